DROP TABLE invoices;
DROP TABLE counters;
ALTER TABLE customers DROP COLUMN postal_address;

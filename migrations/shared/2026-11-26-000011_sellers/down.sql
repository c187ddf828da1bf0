ALTER TABLE tenants DROP COLUMN postal_address;
ALTER TABLE tenants DROP COLUMN tax_id;
ALTER TABLE tenants DROP COLUMN tax_id_kind;

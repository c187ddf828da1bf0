-- What documents say of who sells: a tax number, and an address as JSON.
ALTER TABLE tenants ADD COLUMN tax_id_kind VARCHAR(10);
ALTER TABLE tenants ADD COLUMN tax_id VARCHAR(20);
ALTER TABLE tenants ADD COLUMN postal_address TEXT;

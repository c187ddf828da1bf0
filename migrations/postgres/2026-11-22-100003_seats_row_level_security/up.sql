ALTER TABLE seat_pools ENABLE ROW LEVEL SECURITY;
ALTER TABLE seat_pools FORCE ROW LEVEL SECURITY;
CREATE POLICY seat_pools_tenant ON seat_pools USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE seats ENABLE ROW LEVEL SECURITY;
ALTER TABLE seats FORCE ROW LEVEL SECURITY;
CREATE POLICY seats_tenant ON seats USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE license_users ENABLE ROW LEVEL SECURITY;
ALTER TABLE license_users FORCE ROW LEVEL SECURITY;
CREATE POLICY license_users_tenant ON license_users USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE deactivations ENABLE ROW LEVEL SECURITY;
ALTER TABLE deactivations FORCE ROW LEVEL SECURITY;
CREATE POLICY deactivations_tenant ON deactivations USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE machine_contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_contacts FORCE ROW LEVEL SECURITY;
CREATE POLICY machine_contacts_tenant ON machine_contacts USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

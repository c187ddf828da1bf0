-- The second wall for what 2026-11-22-000005 added; see 2026-11-21-100001.

ALTER TABLE meters ENABLE ROW LEVEL SECURITY;
ALTER TABLE meters FORCE ROW LEVEL SECURITY;
CREATE POLICY meters_tenant ON meters USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE quotas ENABLE ROW LEVEL SECURITY;
ALTER TABLE quotas FORCE ROW LEVEL SECURITY;
CREATE POLICY quotas_tenant ON quotas USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE prices ENABLE ROW LEVEL SECURITY;
ALTER TABLE prices FORCE ROW LEVEL SECURITY;
CREATE POLICY prices_tenant ON prices USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE license_sales ENABLE ROW LEVEL SECURITY;
ALTER TABLE license_sales FORCE ROW LEVEL SECURITY;
CREATE POLICY license_sales_tenant ON license_sales USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE batch_sales ENABLE ROW LEVEL SECURITY;
ALTER TABLE batch_sales FORCE ROW LEVEL SECURITY;
CREATE POLICY batch_sales_tenant ON batch_sales USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

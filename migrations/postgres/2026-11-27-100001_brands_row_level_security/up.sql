-- The second wall for what 2026-11-27-000001 added; see 2026-11-21-100001.

ALTER TABLE brands ENABLE ROW LEVEL SECURITY;
ALTER TABLE brands FORCE ROW LEVEL SECURITY;
CREATE POLICY brands_tenant ON brands USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE brand_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE brand_values FORCE ROW LEVEL SECURITY;
CREATE POLICY brand_values_tenant ON brand_values USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE brand_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE brand_files FORCE ROW LEVEL SECURITY;
CREATE POLICY brand_files_tenant ON brand_files USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

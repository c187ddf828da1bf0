-- The second wall for what 2026-11-24-000003 added; see 2026-11-21-100001.

ALTER TABLE return_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE return_files FORCE ROW LEVEL SECURITY;
CREATE POLICY return_files_tenant ON return_files USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE return_file_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE return_file_parts FORCE ROW LEVEL SECURITY;
CREATE POLICY return_file_parts_tenant ON return_file_parts USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE return_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE return_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY return_lines_tenant ON return_lines USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE quarantined_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE quarantined_reports FORCE ROW LEVEL SECURITY;
CREATE POLICY quarantined_reports_tenant ON quarantined_reports USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE remittances ENABLE ROW LEVEL SECURITY;
ALTER TABLE remittances FORCE ROW LEVEL SECURITY;
CREATE POLICY remittances_tenant ON remittances USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE remittance_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE remittance_parts FORCE ROW LEVEL SECURITY;
CREATE POLICY remittance_parts_tenant ON remittance_parts USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE remittance_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE remittance_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY remittance_entries_tenant ON remittance_entries USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

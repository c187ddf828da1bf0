-- The second wall for what 2026-11-24-000001 added; see 2026-11-21-100001.

ALTER TABLE mandates ENABLE ROW LEVEL SECURITY;
ALTER TABLE mandates FORCE ROW LEVEL SECURITY;
CREATE POLICY mandates_tenant ON mandates USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE mandate_refs ENABLE ROW LEVEL SECURITY;
ALTER TABLE mandate_refs FORCE ROW LEVEL SECURITY;
CREATE POLICY mandate_refs_tenant ON mandate_refs USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE mandate_renewals ENABLE ROW LEVEL SECURITY;
ALTER TABLE mandate_renewals FORCE ROW LEVEL SECURITY;
CREATE POLICY mandate_renewals_tenant ON mandate_renewals USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE mandate_charges ENABLE ROW LEVEL SECURITY;
ALTER TABLE mandate_charges FORCE ROW LEVEL SECURITY;
CREATE POLICY mandate_charges_tenant ON mandate_charges USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

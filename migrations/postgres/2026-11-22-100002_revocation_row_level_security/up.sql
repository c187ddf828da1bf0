-- The second wall for what 2026-11-22-000002_revocation added.
ALTER TABLE revocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocations FORCE ROW LEVEL SECURITY;
CREATE POLICY revocations_tenant ON revocations USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE revocation_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocation_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY revocation_heads_tenant ON revocation_heads USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

-- The second wall for what 2026-11-23-000002 added; see 2026-11-21-100001.

ALTER TABLE plugin_memory ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugin_memory FORCE ROW LEVEL SECURITY;
CREATE POLICY plugin_memory_tenant ON plugin_memory USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE plugin_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugin_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY plugin_requests_tenant ON plugin_requests USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

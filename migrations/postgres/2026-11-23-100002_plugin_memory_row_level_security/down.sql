DROP POLICY plugin_requests_tenant ON plugin_requests;
ALTER TABLE plugin_requests NO FORCE ROW LEVEL SECURITY;
ALTER TABLE plugin_requests DISABLE ROW LEVEL SECURITY;
DROP POLICY plugin_memory_tenant ON plugin_memory;
ALTER TABLE plugin_memory NO FORCE ROW LEVEL SECURITY;
ALTER TABLE plugin_memory DISABLE ROW LEVEL SECURITY;

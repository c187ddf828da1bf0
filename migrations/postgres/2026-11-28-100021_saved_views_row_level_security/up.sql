-- The second wall for what 2026-11-28-000021 added; see 2026-11-21-100001.

ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_views FORCE ROW LEVEL SECURITY;
CREATE POLICY saved_views_tenant ON saved_views USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

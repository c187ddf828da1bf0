-- The second wall for what 2026-11-22-000007 added; see 2026-11-21-100001. The plugins themselves
-- are the installation's and belong to no tenant.

ALTER TABLE plugin_offers ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugin_offers FORCE ROW LEVEL SECURITY;
CREATE POLICY plugin_offers_tenant ON plugin_offers USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

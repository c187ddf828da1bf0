DROP POLICY plugin_offers_tenant ON plugin_offers;
ALTER TABLE plugin_offers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE plugin_offers DISABLE ROW LEVEL SECURITY;

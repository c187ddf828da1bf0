-- The second wall for what 2026-11-24-000002 added; see 2026-11-21-100001.

ALTER TABLE shop_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_accounts_tenant ON shop_accounts USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE shop_skus ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_skus FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_skus_tenant ON shop_skus USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE shop_webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_webhooks FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_webhooks_tenant ON shop_webhooks USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE shop_bodies ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_bodies FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_bodies_tenant ON shop_bodies USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE shop_orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_orders FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_orders_tenant ON shop_orders USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE shop_order_refs ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_order_refs FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_order_refs_tenant ON shop_order_refs USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE shop_units ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_units FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_units_tenant ON shop_units USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE mails FORCE ROW LEVEL SECURITY;
CREATE POLICY mails_tenant ON mails USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

-- The second wall for what 2026-11-26-000012 added; see 2026-11-21-100001.

ALTER TABLE order_invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_invoices FORCE ROW LEVEL SECURITY;
CREATE POLICY order_invoices_tenant ON order_invoices USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

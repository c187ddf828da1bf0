DROP POLICY order_invoices_tenant ON order_invoices;
ALTER TABLE order_invoices NO FORCE ROW LEVEL SECURITY;
ALTER TABLE order_invoices DISABLE ROW LEVEL SECURITY;

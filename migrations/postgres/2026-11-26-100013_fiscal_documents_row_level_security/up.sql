-- The second wall for what 2026-11-26-000013 added; see 2026-11-21-100001.

ALTER TABLE fiscal_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE fiscal_documents FORCE ROW LEVEL SECURITY;
CREATE POLICY fiscal_documents_tenant ON fiscal_documents USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

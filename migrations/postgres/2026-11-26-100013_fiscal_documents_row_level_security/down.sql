DROP POLICY fiscal_documents_tenant ON fiscal_documents;
ALTER TABLE fiscal_documents NO FORCE ROW LEVEL SECURITY;
ALTER TABLE fiscal_documents DISABLE ROW LEVEL SECURITY;

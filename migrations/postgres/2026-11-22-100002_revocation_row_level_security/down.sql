DROP POLICY revocation_heads_tenant ON revocation_heads;
ALTER TABLE revocation_heads NO FORCE ROW LEVEL SECURITY;
ALTER TABLE revocation_heads DISABLE ROW LEVEL SECURITY;
DROP POLICY revocations_tenant ON revocations;
ALTER TABLE revocations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE revocations DISABLE ROW LEVEL SECURITY;

DROP POLICY known_browsers_tenant ON known_browsers;
ALTER TABLE known_browsers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE known_browsers DISABLE ROW LEVEL SECURITY;

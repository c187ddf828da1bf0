DROP POLICY return_lines_tenant ON return_lines;
ALTER TABLE return_lines NO FORCE ROW LEVEL SECURITY;
ALTER TABLE return_lines DISABLE ROW LEVEL SECURITY;
DROP POLICY return_file_parts_tenant ON return_file_parts;
ALTER TABLE return_file_parts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE return_file_parts DISABLE ROW LEVEL SECURITY;
DROP POLICY return_files_tenant ON return_files;
ALTER TABLE return_files NO FORCE ROW LEVEL SECURITY;
ALTER TABLE return_files DISABLE ROW LEVEL SECURITY;

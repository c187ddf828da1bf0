DROP TABLE remittance_entries;
DROP TABLE remittance_parts;
DROP TABLE remittances;
DROP TABLE quarantined_reports;
DROP TABLE return_lines;
DROP TABLE return_file_parts;
DROP TABLE return_files;

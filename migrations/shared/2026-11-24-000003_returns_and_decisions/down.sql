DROP TABLE quarantined_reports;
DROP TABLE return_lines;
DROP TABLE return_file_parts;
DROP TABLE return_files;

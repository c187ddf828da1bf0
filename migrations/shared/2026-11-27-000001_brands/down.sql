DROP TABLE brand_files;
DROP TABLE brand_values;
DROP TABLE brands;

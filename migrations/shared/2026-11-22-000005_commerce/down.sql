DROP TABLE batch_sales;
DROP TABLE license_sales;
DROP TABLE prices;
DROP TABLE quotas;
DROP TABLE meters;

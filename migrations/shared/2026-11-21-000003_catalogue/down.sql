DROP TABLE releases;
DROP TABLE plans;
DROP TABLE policies;
DROP TABLE offers;
DROP TABLE signing_keys;
DROP TABLE modules;
DROP TABLE product_versions;
DROP TABLE products;

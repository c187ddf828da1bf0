DROP TABLE nodes;
DROP TABLE hosts;
DROP TABLE tenants;

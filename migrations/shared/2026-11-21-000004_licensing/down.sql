DROP TABLE renewal_keys;
DROP TABLE machines;
DROP TABLE licenses;
DROP TABLE batches;

DROP TABLE revocation_heads;
DROP TABLE revocations;

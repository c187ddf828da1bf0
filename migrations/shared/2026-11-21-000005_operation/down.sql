DROP TABLE idempotency_keys;
DROP TABLE jobs;
DROP TABLE events;
DROP TABLE audit_heads;
DROP TABLE audit_entries;

-- What happened, what is to be done, and which requests were answered already.
-- hash = SHA-256 over the previous entry's hash and this entry's fields; see docs.
CREATE TABLE audit_entries (
    tenant_id VARCHAR(30) NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor VARCHAR(60) NOT NULL,
    source_address VARCHAR(45) NOT NULL,
    request_id VARCHAR(40) NOT NULL,
    action VARCHAR(60) NOT NULL,
    target VARCHAR(64) NOT NULL,
    before_state TEXT NOT NULL,
    after_state TEXT NOT NULL,
    previous_hash VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    CONSTRAINT audit_entries_pk PRIMARY KEY (tenant_id, seq)
);

CREATE INDEX audit_entries_target_ix ON audit_entries (tenant_id, target, seq);

CREATE TABLE audit_heads (
    tenant_id VARCHAR(30) NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash VARCHAR(64) NOT NULL
);

CREATE TABLE events (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    kind VARCHAR(60) NOT NULL,
    subject VARCHAR(64) NOT NULL,
    data TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT events_pk PRIMARY KEY (tenant_id, id)
);

CREATE INDEX events_subject_ix ON events (tenant_id, subject, id);

CREATE TABLE jobs (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    payload TEXT NOT NULL,
    state VARCHAR(20) NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    claimed_by VARCHAR(40),
    claimed_until BIGINT,
    last_error VARCHAR(500),
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    CONSTRAINT jobs_pk PRIMARY KEY (tenant_id, id)
);

CREATE INDEX jobs_due_ix ON jobs (state, run_at);

-- caller is a hash of who asked; answer is sealed, since it may hold a secret.
CREATE TABLE idempotency_keys (
    tenant_id VARCHAR(30) NOT NULL,
    caller VARCHAR(64) NOT NULL,
    idempotency_key VARCHAR(128) NOT NULL,
    body_hash VARCHAR(64) NOT NULL,
    state VARCHAR(20) NOT NULL,
    status BIGINT,
    answer_sealed TEXT,
    created_at BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    CONSTRAINT idempotency_keys_pk PRIMARY KEY (tenant_id, caller, idempotency_key)
);

CREATE INDEX idempotency_keys_age_ix ON idempotency_keys (created_at);

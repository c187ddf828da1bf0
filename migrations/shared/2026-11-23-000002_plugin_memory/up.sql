-- What plugins keep between calls, apart for each payment account: value is base64 and no secret.
CREATE TABLE plugin_memory (
    tenant_id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    name VARCHAR(128) NOT NULL,
    value TEXT NOT NULL,
    expires_at BIGINT,
    CONSTRAINT plugin_memory_pk PRIMARY KEY (tenant_id, account_id, name),
    CONSTRAINT plugin_memory_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id)
);

-- Requests that change something at a provider, noted before they leave: without query and body.
CREATE TABLE plugin_requests (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    idempotency_key VARCHAR(60) NOT NULL,
    method VARCHAR(10) NOT NULL,
    host VARCHAR(260) NOT NULL,
    path VARCHAR(300) NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT plugin_requests_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT plugin_requests_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id)
);

CREATE INDEX plugin_requests_key_ix ON plugin_requests (tenant_id, account_id, idempotency_key);

CREATE INDEX plugin_requests_at_ix ON plugin_requests (tenant_id, at);

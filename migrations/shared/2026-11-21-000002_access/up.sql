-- Who may sign in, with what, and what they may do.
CREATE TABLE profiles (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    name VARCHAR(100) NOT NULL,
    rules TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT profiles_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT profiles_name_uq UNIQUE (tenant_id, name),
    CONSTRAINT profiles_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

-- role is the name of a built-in role or the id of a profile (rol_…).
CREATE TABLE members (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    email VARCHAR(254) NOT NULL,
    name VARCHAR(200) NOT NULL,
    role VARCHAR(40) NOT NULL,
    state VARCHAR(20) NOT NULL,
    locale VARCHAR(10),
    password_hash VARCHAR(200) NOT NULL,
    totp_sealed VARCHAR(400),
    totp_last_step BIGINT NOT NULL,
    failed_attempts BIGINT NOT NULL,
    locked_until BIGINT,
    credentials_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT members_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT members_email_uq UNIQUE (tenant_id, email),
    CONSTRAINT members_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

-- id_hash is the SHA-256 of the secret that the browser or program holds.
CREATE TABLE sessions (
    tenant_id VARCHAR(30) NOT NULL,
    id_hash VARCHAR(64) NOT NULL,
    member_id VARCHAR(30) NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    source_address VARCHAR(45) NOT NULL,
    user_agent VARCHAR(300) NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (tenant_id, id_hash),
    CONSTRAINT sessions_member_fk FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);

CREATE INDEX sessions_member_ix ON sessions (tenant_id, member_id);

-- On the shared host name the secret is all there is to tell the tenant by.
CREATE INDEX sessions_secret_ix ON sessions (id_hash);

-- A refresh token is good once; using it twice ends its whole family (RFC 9700 §4.14).
CREATE TABLE refresh_tokens (
    tenant_id VARCHAR(30) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    family VARCHAR(26) NOT NULL,
    member_id VARCHAR(30) NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    created_at BIGINT NOT NULL,
    CONSTRAINT refresh_tokens_pk PRIMARY KEY (tenant_id, token_hash),
    CONSTRAINT refresh_tokens_member_fk FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);

CREATE INDEX refresh_tokens_family_ix ON refresh_tokens (tenant_id, family);

CREATE INDEX refresh_tokens_secret_ix ON refresh_tokens (token_hash);

-- permissions is a JSON list of permission codes; an empty list means those of the creator's role.
CREATE TABLE api_keys (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    name VARCHAR(100) NOT NULL,
    role VARCHAR(40) NOT NULL,
    permissions TEXT NOT NULL,
    secret_hash VARCHAR(64) NOT NULL,
    created_by VARCHAR(40) NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT,
    CONSTRAINT api_keys_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT api_keys_secret_uq UNIQUE (secret_hash),
    CONSTRAINT api_keys_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

-- Keys with which the platform signs access tokens.
CREATE TABLE token_keys (
    kid VARCHAR(43) NOT NULL PRIMARY KEY,
    state VARCHAR(20) NOT NULL,
    public_pem TEXT NOT NULL,
    private_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retires_at BIGINT
);

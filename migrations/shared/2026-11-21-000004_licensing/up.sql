-- Licenses, the machines that run under them, and the keys that renew them.
CREATE TABLE batches (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    policy_id VARCHAR(30) NOT NULL,
    request TEXT NOT NULL,
    total BIGINT NOT NULL,
    issued BIGINT NOT NULL,
    state VARCHAR(20) NOT NULL,
    failure VARCHAR(300),
    created_by VARCHAR(40) NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    CONSTRAINT batches_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT batches_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT batches_policy_fk FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id)
);

-- node_id is the place that holds the license: a customer, or the agent or company that has it in
-- stock. key_lookup is a keyed hash of the activation key, key_sealed the key itself encrypted.
-- terms are those of the policy at the moment of issue. expiry is computed from term_anchor and
-- term_periods so that month ends do not drift (31 January plus two months is 31 March).
-- modules are the capabilities it unlocks, with values and ends of their own, as JSON.
-- revision rises with every change that a computer key shows.
CREATE TABLE licenses (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    policy_id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    batch_id VARCHAR(30),
    key_lookup VARCHAR(64) NOT NULL,
    key_sealed VARCHAR(200) NOT NULL,
    key_hint VARCHAR(5) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    state VARCHAR(20) NOT NULL,
    state_reason VARCHAR(300),
    terms TEXT NOT NULL,
    bound_user VARCHAR(254),
    bound_site VARCHAR(100),
    machine_limit BIGINT,
    machines_used BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    first_activated_at BIGINT,
    expires_at BIGINT,
    term_anchor BIGINT,
    term_period VARCHAR(40),
    term_periods BIGINT NOT NULL,
    maintenance_until BIGINT,
    modules TEXT NOT NULL,
    note VARCHAR(500) NOT NULL,
    issued_by VARCHAR(40) NOT NULL,
    issued_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    revision BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT licenses_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT licenses_key_uq UNIQUE (key_lookup),
    CONSTRAINT licenses_offer_fk FOREIGN KEY (tenant_id, product_id) REFERENCES offers (tenant_id, product_id),
    CONSTRAINT licenses_policy_fk FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id),
    CONSTRAINT licenses_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT licenses_batch_fk FOREIGN KEY (tenant_id, batch_id) REFERENCES batches (tenant_id, id)
);

CREATE INDEX licenses_node_ix ON licenses (tenant_id, node_id, id);

CREATE INDEX licenses_expiry_ix ON licenses (tenant_id, expires_at);

CREATE INDEX licenses_batch_ix ON licenses (tenant_id, batch_id, id);

-- One row for each machine that ever ran under a license; activating again reuses it.
-- arrived_by says through which door it came: the tenant's own host name or the shared one.
-- online_until is when the next call is due: silent beyond it, the machine counts as offline.
-- computer_key_held is the newest computer key that the machine itself has shown.
-- Percentages are stored in hundredths (0 to 10000).
CREATE TABLE machines (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    fingerprint VARCHAR(256) NOT NULL,
    components TEXT NOT NULL,
    name VARCHAR(200) NOT NULL,
    platform VARCHAR(60) NOT NULL,
    app_version VARCHAR(60) NOT NULL,
    user_name VARCHAR(254),
    site VARCHAR(100),
    state VARCHAR(20) NOT NULL,
    state_reason VARCHAR(300),
    arrived_by VARCHAR(20) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    activated_at BIGINT NOT NULL,
    deactivated_at BIGINT,
    last_seen_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    online_until BIGINT NOT NULL,
    computer_key_seq BIGINT NOT NULL,
    license_revision BIGINT NOT NULL,
    computer_key_kid VARCHAR(43) NOT NULL,
    computer_key_held BIGINT,
    cpu_percent BIGINT,
    memory_percent BIGINT,
    disk_percent BIGINT,
    source_address VARCHAR(45) NOT NULL,
    clone_suspected_at BIGINT,
    clone_reason VARCHAR(100),
    version BIGINT NOT NULL,
    CONSTRAINT machines_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT machines_fingerprint_uq UNIQUE (tenant_id, license_id, fingerprint),
    CONSTRAINT machines_token_uq UNIQUE (token_hash),
    CONSTRAINT machines_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

CREATE INDEX machines_license_ix ON machines (tenant_id, license_id, id);

CREATE INDEX machines_by_fingerprint_ix ON machines (tenant_id, fingerprint);

CREATE INDEX machines_shared_door_ix ON machines (fingerprint, arrived_by);

-- period is what the key adds, as an ISO 8601 duration; plan_id says at which price it was sold.
CREATE TABLE renewal_keys (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    plan_id VARCHAR(30),
    node_id VARCHAR(30) NOT NULL,
    key_lookup VARCHAR(64) NOT NULL,
    key_sealed VARCHAR(200) NOT NULL,
    key_hint VARCHAR(5) NOT NULL,
    period VARCHAR(40) NOT NULL,
    state VARCHAR(20) NOT NULL,
    used_by_license_id VARCHAR(30),
    used_at BIGINT,
    created_by VARCHAR(40) NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT renewal_keys_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT renewal_keys_key_uq UNIQUE (key_lookup),
    CONSTRAINT renewal_keys_offer_fk FOREIGN KEY (tenant_id, product_id) REFERENCES offers (tenant_id, product_id),
    CONSTRAINT renewal_keys_plan_fk FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, id),
    CONSTRAINT renewal_keys_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

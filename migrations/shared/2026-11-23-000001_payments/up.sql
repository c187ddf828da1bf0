-- What is bought, how it is paid, and what that makes of the books.

-- A tenant's settings and credentials with a payment plugin. config is JSON; secrets_sealed is a
-- JSON object of all secrets, encrypted as a whole, and secret_names are their names in JSON.
CREATE TABLE payment_accounts (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    name VARCHAR(100) NOT NULL,
    plugin VARCHAR(32) NOT NULL,
    plugin_version VARCHAR(40) NOT NULL,
    environment VARCHAR(20) NOT NULL,
    config TEXT NOT NULL,
    secrets_sealed TEXT,
    secret_names TEXT NOT NULL,
    state VARCHAR(20) NOT NULL,
    late_policy VARCHAR(20) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT payment_accounts_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT payment_accounts_name_uq UNIQUE (tenant_id, name)
);

-- How much a place and those below it may owe at once. used_minor is raised by one conditional
-- update, so it never passes limit_minor by being added to.
CREATE TABLE credit_limits (
    tenant_id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    limit_minor BIGINT NOT NULL,
    used_minor BIGINT NOT NULL,
    days BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT credit_limits_pk PRIMARY KEY (tenant_id, node_id),
    CONSTRAINT credit_limits_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

-- credit_minor of the limit of credit_node_id is used up as long as the order is owed.
CREATE TABLE orders (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    state VARCHAR(20) NOT NULL,
    terms VARCHAR(20) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    price_minor BIGINT NOT NULL,
    discount_bp BIGINT NOT NULL,
    taken_off_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    due_at BIGINT,
    credit_node_id VARCHAR(30),
    credit_minor BIGINT NOT NULL,
    narrowed VARCHAR(20) NOT NULL,
    created_by VARCHAR(40) NOT NULL,
    created_at BIGINT NOT NULL,
    paid_at BIGINT,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT orders_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT orders_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT orders_credit_fk FOREIGN KEY (tenant_id, credit_node_id) REFERENCES credit_limits (tenant_id, node_id)
);

CREATE INDEX orders_node_ix ON orders (tenant_id, node_id, id);

-- modules and done are JSON; done says what was given, so that it can be taken back.
CREATE TABLE order_lines (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    order_id VARCHAR(30) NOT NULL,
    position BIGINT NOT NULL,
    kind VARCHAR(20) NOT NULL,
    state VARCHAR(20) NOT NULL,
    state_reason VARCHAR(300),
    product_id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30),
    plan_id VARCHAR(30),
    modules TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    unit_minor BIGINT NOT NULL,
    description VARCHAR(300) NOT NULL,
    expires_before BIGINT,
    expires_after BIGINT,
    done TEXT,
    CONSTRAINT order_lines_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT order_lines_position_uq UNIQUE (tenant_id, order_id, position),
    CONSTRAINT order_lines_order_fk FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    CONSTRAINT order_lines_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

CREATE INDEX order_lines_license_ix ON order_lines (tenant_id, license_id);

-- One attempt to collect the money of an order. ask is what the plugin is asked, the same for all
-- tries; ask, action and decline are JSON. captured to surcharge are how its money is booked.
CREATE TABLE charges (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    order_id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    method VARCHAR(32) NOT NULL,
    state VARCHAR(20) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    requested_minor BIGINT NOT NULL,
    surcharge_most_minor BIGINT NOT NULL,
    discount_most_minor BIGINT NOT NULL,
    authorized_minor BIGINT NOT NULL,
    captured_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    lost_minor BIGINT NOT NULL,
    fees_minor BIGINT NOT NULL,
    earned_minor BIGINT NOT NULL,
    surcharge_minor BIGINT NOT NULL,
    owed BOOLEAN NOT NULL,
    ask TEXT NOT NULL,
    action TEXT,
    decline TEXT,
    raw_status VARCHAR(100) NOT NULL,
    expires_at BIGINT,
    poll_at BIGINT,
    paid_at BIGINT,
    last_event_at BIGINT,
    quarantine VARCHAR(40),
    asked BIGINT NOT NULL,
    created_by VARCHAR(40) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT charges_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT charges_order_fk FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    CONSTRAINT charges_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id)
);

CREATE INDEX charges_order_ix ON charges (tenant_id, order_id, id);

-- A request to a provider, written down before it leaves.
CREATE TABLE charge_attempts (
    tenant_id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    number BIGINT NOT NULL,
    operation VARCHAR(20) NOT NULL,
    refund_id VARCHAR(30),
    idempotency_key VARCHAR(60) NOT NULL,
    state VARCHAR(30) NOT NULL,
    tries BIGINT NOT NULL,
    fault VARCHAR(300),
    prepared_at BIGINT NOT NULL,
    dispatched_at BIGINT,
    finished_at BIGINT,
    CONSTRAINT charge_attempts_pk PRIMARY KEY (tenant_id, charge_id, number),
    CONSTRAINT charge_attempts_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

-- What the provider calls a charge, a refund or a dispute: within one account a name is one thing's.
CREATE TABLE charge_refs (
    tenant_id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    value VARCHAR(200) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    subject_id VARCHAR(30) NOT NULL,
    CONSTRAINT charge_refs_pk PRIMARY KEY (tenant_id, account_id, kind, value),
    CONSTRAINT charge_refs_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

CREATE INDEX charge_refs_subject_ix ON charge_refs (tenant_id, subject_id);

-- What was told of a charge and what was made of it. position is the charge's version after it.
CREATE TABLE charge_history (
    tenant_id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    position BIGINT NOT NULL,
    from_state VARCHAR(20) NOT NULL,
    to_state VARCHAR(20) NOT NULL,
    verdict VARCHAR(60) NOT NULL,
    told_by VARCHAR(20) NOT NULL,
    captured_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT charge_history_pk PRIMARY KEY (tenant_id, charge_id, position),
    CONSTRAINT charge_history_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

CREATE TABLE refunds (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    state VARCHAR(20) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    reason VARCHAR(300) NOT NULL,
    decline TEXT,
    raw_status VARCHAR(100) NOT NULL,
    created_by VARCHAR(40) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT refunds_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT refunds_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

CREATE INDEX refunds_charge_ix ON refunds (tenant_id, charge_id, id);

CREATE TABLE disputes (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    state VARCHAR(20) NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    reason VARCHAR(300) NOT NULL,
    evidence_due BIGINT,
    opened_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT disputes_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT disputes_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

CREATE INDEX disputes_charge_ix ON disputes (tenant_id, charge_id, id);

-- What a provider sent, as it came: request is JSON without the body. event_id is the event's own,
-- or a digest of the body where it has none.
CREATE TABLE inbound_webhooks (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    event_id VARCHAR(200) NOT NULL,
    request TEXT NOT NULL,
    state VARCHAR(20) NOT NULL,
    received_at BIGINT NOT NULL,
    applied_at BIGINT,
    CONSTRAINT inbound_webhooks_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT inbound_webhooks_event_uq UNIQUE (tenant_id, account_id, event_id),
    CONSTRAINT inbound_webhooks_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id)
);

-- The body in base64, in parts: a TEXT of MariaDB holds 64 KiB.
CREATE TABLE inbound_bodies (
    tenant_id VARCHAR(30) NOT NULL,
    webhook_id VARCHAR(30) NOT NULL,
    part BIGINT NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT inbound_bodies_pk PRIMARY KEY (tenant_id, webhook_id, part),
    CONSTRAINT inbound_bodies_webhook_fk FOREIGN KEY (tenant_id, webhook_id) REFERENCES inbound_webhooks (tenant_id, id)
);

-- Every event of a provider that was looked at, once.
CREATE TABLE payment_events (
    tenant_id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    event_id VARCHAR(200) NOT NULL,
    charge_id VARCHAR(30),
    outcome VARCHAR(20) NOT NULL,
    occurred_at BIGINT,
    at BIGINT NOT NULL,
    CONSTRAINT payment_events_pk PRIMARY KEY (tenant_id, account_id, event_id),
    CONSTRAINT payment_events_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id),
    CONSTRAINT payment_events_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

-- What was done to a line, once: a line is granted in round 0 or never again, whichever charge
-- pays it. Later effects count by the charge's version.
CREATE TABLE charge_effects (
    tenant_id VARCHAR(30) NOT NULL,
    order_line_id VARCHAR(30) NOT NULL,
    effect VARCHAR(20) NOT NULL,
    round BIGINT NOT NULL,
    charge_id VARCHAR(30),
    at BIGINT NOT NULL,
    CONSTRAINT charge_effects_pk PRIMARY KEY (tenant_id, order_line_id, effect, round),
    CONSTRAINT charge_effects_line_fk FOREIGN KEY (tenant_id, order_line_id) REFERENCES order_lines (tenant_id, id),
    CONSTRAINT charge_effects_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

-- Entries of one transaction sum to zero.
CREATE TABLE ledger_transactions (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    order_id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30),
    cause VARCHAR(20) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT ledger_transactions_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT ledger_transactions_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT ledger_transactions_order_fk FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);

CREATE INDEX ledger_transactions_order_ix ON ledger_transactions (tenant_id, order_id, id);

CREATE INDEX ledger_transactions_node_ix ON ledger_transactions (tenant_id, node_id, id);

CREATE TABLE ledger_entries (
    tenant_id VARCHAR(30) NOT NULL,
    transaction_id VARCHAR(30) NOT NULL,
    position BIGINT NOT NULL,
    account VARCHAR(30) NOT NULL,
    holder VARCHAR(30) NOT NULL,
    amount_minor BIGINT NOT NULL,
    CONSTRAINT ledger_entries_pk PRIMARY KEY (tenant_id, transaction_id, position),
    CONSTRAINT ledger_entries_transaction_fk FOREIGN KEY (tenant_id, transaction_id) REFERENCES ledger_transactions (tenant_id, id)
);

CREATE INDEX ledger_entries_account_ix ON ledger_entries (tenant_id, account, holder);

-- What a place gets of every sale at it or below it.
CREATE TABLE commission_rules (
    tenant_id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    share_bp BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT commission_rules_pk PRIMARY KEY (tenant_id, node_id),
    CONSTRAINT commission_rules_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

-- What a place earned by a charge, at the share that was in force when the money came.
CREATE TABLE commissions (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    order_id VARCHAR(30) NOT NULL,
    share_bp BIGINT NOT NULL,
    base_minor BIGINT NOT NULL,
    earned_minor BIGINT NOT NULL,
    peak_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    earned_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT commissions_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT commissions_charge_uq UNIQUE (tenant_id, charge_id, node_id),
    CONSTRAINT commissions_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT commissions_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

CREATE INDEX commissions_node_ix ON commissions (tenant_id, node_id, earned_at);

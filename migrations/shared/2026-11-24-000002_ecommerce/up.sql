-- Orders of shops elsewhere, what they became here, and mails that are to be sent.

-- A shop. secret_sealed is what its events are signed with, encrypted; webhook_id is PayPal's name of
-- the webhook and certificate_host where its certificates come from in tests, both empty otherwise.
CREATE TABLE shop_accounts (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    name VARCHAR(100) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    state VARCHAR(20) NOT NULL,
    webhook_id VARCHAR(100) NOT NULL,
    certificate_host VARCHAR(100) NOT NULL,
    secret_sealed TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT shop_accounts_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT shop_accounts_name_uq UNIQUE (tenant_id, name),
    CONSTRAINT shop_accounts_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

-- What a good of the shop is here. least_minor is the least that has to come for one of it, at PayPal.
CREATE TABLE shop_skus (
    tenant_id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    sku VARCHAR(120) NOT NULL,
    plan_id VARCHAR(30) NOT NULL,
    least_minor BIGINT,
    currency VARCHAR(3),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT shop_skus_pk PRIMARY KEY (tenant_id, account_id, sku),
    CONSTRAINT shop_skus_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES shop_accounts (tenant_id, id),
    CONSTRAINT shop_skus_plan_fk FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, id)
);

-- What a shop sent, once. digest is that of the body, which tells a repetition from something new.
CREATE TABLE shop_webhooks (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    state VARCHAR(20) NOT NULL,
    fault VARCHAR(300),
    received_at BIGINT NOT NULL,
    applied_at BIGINT,
    CONSTRAINT shop_webhooks_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT shop_webhooks_digest_uq UNIQUE (tenant_id, account_id, digest),
    CONSTRAINT shop_webhooks_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES shop_accounts (tenant_id, id)
);

-- The body in base64, in parts: a TEXT of MariaDB holds 64 KiB.
CREATE TABLE shop_bodies (
    tenant_id VARCHAR(30) NOT NULL,
    webhook_id VARCHAR(30) NOT NULL,
    part BIGINT NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT shop_bodies_pk PRIMARY KEY (tenant_id, webhook_id, part),
    CONSTRAINT shop_bodies_webhook_fk FOREIGN KEY (tenant_id, webhook_id) REFERENCES shop_webhooks (tenant_id, id)
);

-- facts is everything that the shop told of the order so far, as JSON.
CREATE TABLE shop_orders (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    reference VARCHAR(200) NOT NULL,
    facts TEXT NOT NULL,
    node_id VARCHAR(30),
    held BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT shop_orders_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT shop_orders_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES shop_accounts (tenant_id, id),
    CONSTRAINT shop_orders_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

CREATE INDEX shop_orders_account_ix ON shop_orders (tenant_id, account_id, id);

-- The shop's names for an order, its payment and the like: within one shop a name is one order's.
CREATE TABLE shop_order_refs (
    tenant_id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    value VARCHAR(200) NOT NULL,
    order_id VARCHAR(30) NOT NULL,
    CONSTRAINT shop_order_refs_pk PRIMARY KEY (tenant_id, account_id, value),
    CONSTRAINT shop_order_refs_order_fk FOREIGN KEY (tenant_id, order_id) REFERENCES shop_orders (tenant_id, id)
);

CREATE INDEX shop_order_refs_order_ix ON shop_order_refs (tenant_id, order_id);

-- One license of an order: there is never a second for the same line and number.
CREATE TABLE shop_units (
    tenant_id VARCHAR(30) NOT NULL,
    order_id VARCHAR(30) NOT NULL,
    line BIGINT NOT NULL,
    unit BIGINT NOT NULL,
    sku VARCHAR(120) NOT NULL,
    state VARCHAR(20) NOT NULL,
    reason VARCHAR(300),
    license_id VARCHAR(30),
    CONSTRAINT shop_units_pk PRIMARY KEY (tenant_id, order_id, line, unit),
    CONSTRAINT shop_units_order_fk FOREIGN KEY (tenant_id, order_id) REFERENCES shop_orders (tenant_id, id),
    CONSTRAINT shop_units_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

-- Mails that are to be sent, written with what they tell. content is JSON and holds no key: keys are
-- opened when the mail is written.
CREATE TABLE mails (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    recipient VARCHAR(254) NOT NULL,
    locale VARCHAR(10) NOT NULL,
    content TEXT NOT NULL,
    state VARCHAR(20) NOT NULL,
    tries BIGINT NOT NULL,
    last_error VARCHAR(300),
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    CONSTRAINT mails_pk PRIMARY KEY (tenant_id, id)
);

-- Permissions to collect again and again, and the renewals that were collected by them.

-- ask is what the plugin is asked to set up, the same for all tries; ask and action are JSON.
-- request, tries and sent_at say how that request went. open_license_id is license_id until the
-- mandate is over: a license is renewed by one at a time. ending is why it is to be ended, once
-- somebody wants that. next_at is when the license is looked at next, poll_at the provider.
CREATE TABLE mandates (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    open_license_id VARCHAR(30),
    node_id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    plan_id VARCHAR(30) NOT NULL,
    method VARCHAR(32) NOT NULL,
    plugin_version VARCHAR(40) NOT NULL,
    state VARCHAR(20) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    amount_minor BIGINT NOT NULL,
    ask TEXT NOT NULL,
    request VARCHAR(30) NOT NULL,
    tries BIGINT NOT NULL,
    sent_at BIGINT,
    first_charge_id VARCHAR(30),
    lead_first BIGINT,
    lead_last BIGINT,
    action TEXT,
    reason VARCHAR(300),
    ending VARCHAR(300),
    asked BIGINT NOT NULL,
    raw_status VARCHAR(100) NOT NULL,
    next_at BIGINT,
    poll_at BIGINT,
    created_by VARCHAR(40) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT mandates_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT mandates_open_uq UNIQUE (tenant_id, open_license_id),
    CONSTRAINT mandates_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id),
    CONSTRAINT mandates_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT mandates_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id)
);

CREATE INDEX mandates_license_ix ON mandates (tenant_id, license_id, id);

-- What the provider calls a mandate: one name of each kind.
CREATE TABLE mandate_refs (
    tenant_id VARCHAR(30) NOT NULL,
    mandate_id VARCHAR(30) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    value VARCHAR(200) NOT NULL,
    CONSTRAINT mandate_refs_pk PRIMARY KEY (tenant_id, mandate_id, kind),
    CONSTRAINT mandate_refs_mandate_fk FOREIGN KEY (tenant_id, mandate_id) REFERENCES mandates (tenant_id, id)
);

CREATE INDEX mandate_refs_value_ix ON mandate_refs (tenant_id, account_id, kind, value);

-- The renewal of the period of a license that ends at ends_at: there is one, whatever asks for it.
CREATE TABLE mandate_renewals (
    tenant_id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    ends_at BIGINT NOT NULL,
    mandate_id VARCHAR(30) NOT NULL,
    order_id VARCHAR(30) NOT NULL,
    state VARCHAR(20) NOT NULL,
    failures BIGINT NOT NULL,
    next_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT mandate_renewals_pk PRIMARY KEY (tenant_id, license_id, ends_at),
    CONSTRAINT mandate_renewals_mandate_fk FOREIGN KEY (tenant_id, mandate_id) REFERENCES mandates (tenant_id, id),
    CONSTRAINT mandate_renewals_order_fk FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);

CREATE INDEX mandate_renewals_mandate_ix ON mandate_renewals (tenant_id, mandate_id);

CREATE INDEX mandate_renewals_order_ix ON mandate_renewals (tenant_id, order_id);

-- Which charge was a try of which renewal, by which mandate.
CREATE TABLE mandate_charges (
    tenant_id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    mandate_id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    ends_at BIGINT NOT NULL,
    CONSTRAINT mandate_charges_pk PRIMARY KEY (tenant_id, charge_id),
    CONSTRAINT mandate_charges_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id),
    CONSTRAINT mandate_charges_mandate_fk FOREIGN KEY (tenant_id, mandate_id) REFERENCES mandates (tenant_id, id)
);

CREATE INDEX mandate_charges_mandate_ix ON mandate_charges (tenant_id, mandate_id);

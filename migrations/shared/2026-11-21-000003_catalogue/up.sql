-- What is sold: products with versions, modules and signing keys; who may sell them; on what terms.
CREATE TABLE products (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    code VARCHAR(32) NOT NULL,
    name VARCHAR(200) NOT NULL,
    key_prefix VARCHAR(8) NOT NULL,
    algorithm VARCHAR(10) NOT NULL,
    key_bits BIGINT NOT NULL,
    state VARCHAR(20) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT products_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT products_code_uq UNIQUE (tenant_id, code),
    CONSTRAINT products_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

CREATE TABLE product_versions (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    major BIGINT NOT NULL,
    minor BIGINT NOT NULL,
    name VARCHAR(100) NOT NULL,
    released_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT product_versions_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT product_versions_number_uq UNIQUE (tenant_id, product_id, major, minor),
    CONSTRAINT product_versions_product_fk FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

-- position 0 to 63; the first 32 map to QLM's four feature sets of eight bits.
CREATE TABLE modules (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    code VARCHAR(32) NOT NULL,
    name VARCHAR(200) NOT NULL,
    position BIGINT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT modules_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT modules_code_uq UNIQUE (tenant_id, product_id, code),
    CONSTRAINT modules_position_uq UNIQUE (tenant_id, product_id, position),
    CONSTRAINT modules_product_fk FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

CREATE TABLE signing_keys (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    kid VARCHAR(43) NOT NULL,
    algorithm VARCHAR(10) NOT NULL,
    state VARCHAR(20) NOT NULL,
    public_pem TEXT NOT NULL,
    private_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    activated_at BIGINT,
    retires_at BIGINT,
    CONSTRAINT signing_keys_pk PRIMARY KEY (tenant_id, product_id, kid),
    CONSTRAINT signing_keys_product_fk FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

-- Which products a tenant sells: its own (owner_tenant_id = tenant_id) and those the operator
-- offers it. Everything sold refers to this row, so withdrawing an offer is one change.
CREATE TABLE offers (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    owner_tenant_id VARCHAR(30) NOT NULL,
    state VARCHAR(20) NOT NULL,
    wholesale_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    license_limit BIGINT,
    licenses_issued BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT offers_pk PRIMARY KEY (tenant_id, product_id),
    CONSTRAINT offers_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT offers_product_fk FOREIGN KEY (owner_tenant_id, product_id) REFERENCES products (tenant_id, id)
);

CREATE INDEX offers_owner_ix ON offers (owner_tenant_id, product_id);

CREATE TABLE policies (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    code VARCHAR(32) NOT NULL,
    name VARCHAR(200) NOT NULL,
    terms TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT policies_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT policies_code_uq UNIQUE (tenant_id, product_id, code),
    CONSTRAINT policies_offer_fk FOREIGN KEY (tenant_id, product_id) REFERENCES offers (tenant_id, product_id)
);

-- A policy at a price and period. period is an ISO 8601 duration.
CREATE TABLE plans (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    policy_id VARCHAR(30) NOT NULL,
    code VARCHAR(32) NOT NULL,
    name VARCHAR(200) NOT NULL,
    price_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    period VARCHAR(40) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT plans_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT plans_code_uq UNIQUE (tenant_id, policy_id, code),
    CONSTRAINT plans_policy_fk FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id)
);

-- A published build. sort_key is the version written so that text order is version order.
CREATE TABLE releases (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    channel VARCHAR(20) NOT NULL,
    platform VARCHAR(40) NOT NULL,
    version VARCHAR(60) NOT NULL,
    sort_key VARCHAR(120) NOT NULL,
    url VARCHAR(700) NOT NULL,
    notes TEXT NOT NULL,
    mandatory BOOLEAN NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    signature TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    CONSTRAINT releases_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT releases_version_uq UNIQUE (tenant_id, product_id, channel, platform, version),
    CONSTRAINT releases_product_fk FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

CREATE INDEX releases_newest_ix ON releases (tenant_id, product_id, channel, platform, sort_key);

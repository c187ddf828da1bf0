-- What is counted, handed down and sold: meters, quotas, price lists, sales.

-- How far a counter of a license is. window_start is the beginning of the window that used counts
-- in; once a later window has begun, the next increment starts again from zero.
CREATE TABLE meters (
    tenant_id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    name VARCHAR(32) NOT NULL,
    used BIGINT NOT NULL,
    window_start BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT meters_pk PRIMARY KEY (tenant_id, license_id, name),
    CONSTRAINT meters_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

-- How many licenses of a product a place may issue. used + delegated <= total, always: each is
-- raised by one conditional update. delegated is the sum of the totals of the next quotas below.
CREATE TABLE quotas (
    tenant_id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    total BIGINT NOT NULL,
    used BIGINT NOT NULL,
    delegated BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT quotas_pk PRIMARY KEY (tenant_id, node_id, product_id),
    CONSTRAINT quotas_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT quotas_offer_fk FOREIGN KEY (tenant_id, product_id) REFERENCES offers (tenant_id, product_id)
);

-- The price at which a place sells to everybody below it. subject_id is a plan's or a module's id;
-- a module may be the operator's, so no key refers to it.
CREATE TABLE prices (
    tenant_id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    subject_id VARCHAR(30) NOT NULL,
    kind VARCHAR(10) NOT NULL,
    price_minor BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT prices_pk PRIMARY KEY (tenant_id, node_id, subject_id),
    CONSTRAINT prices_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

-- What a license was sold for and whose quota it counts against. No row: sold at no plan, charged
-- to nobody. price_minor is before the discount, discount_bp in hundredths of a percent.
CREATE TABLE license_sales (
    tenant_id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    plan_id VARCHAR(30),
    price_minor BIGINT,
    discount_bp BIGINT NOT NULL,
    currency VARCHAR(3),
    quota_node_id VARCHAR(30),
    converted_from VARCHAR(20),
    converted_at BIGINT,
    CONSTRAINT license_sales_pk PRIMARY KEY (tenant_id, license_id),
    CONSTRAINT license_sales_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id),
    CONSTRAINT license_sales_plan_fk FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, id)
);

CREATE INDEX license_sales_quota_ix ON license_sales (tenant_id, quota_node_id);

-- The same for licenses of a batch while they are not issued yet: outstanding of them are charged
-- to quota_node_id already.
CREATE TABLE batch_sales (
    tenant_id VARCHAR(30) NOT NULL,
    batch_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    plan_id VARCHAR(30),
    price_minor BIGINT,
    discount_bp BIGINT NOT NULL,
    currency VARCHAR(3),
    quota_node_id VARCHAR(30),
    outstanding BIGINT NOT NULL,
    CONSTRAINT batch_sales_pk PRIMARY KEY (tenant_id, batch_id),
    CONSTRAINT batch_sales_batch_fk FOREIGN KEY (tenant_id, batch_id) REFERENCES batches (tenant_id, id)
);

CREATE INDEX batch_sales_quota_ix ON batch_sales (tenant_id, quota_node_id);

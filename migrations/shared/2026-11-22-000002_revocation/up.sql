-- What is no longer good, for lists that programs without network carry. One row for each license
-- or machine that is listed; digest is its place on the list (16 hexadecimal digits).
CREATE TABLE revocations (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    subject_id VARCHAR(30) NOT NULL,
    digest VARCHAR(16) NOT NULL,
    listed_at BIGINT NOT NULL,
    CONSTRAINT revocations_pk PRIMARY KEY (tenant_id, product_id, subject_id),
    CONSTRAINT revocations_offer_fk FOREIGN KEY (tenant_id, product_id) REFERENCES offers (tenant_id, product_id)
);

-- The number of each list; it rises with every change, in the transaction that changes it.
CREATE TABLE revocation_heads (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    seq BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT revocation_heads_pk PRIMARY KEY (tenant_id, product_id),
    CONSTRAINT revocation_heads_offer_fk FOREIGN KEY (tenant_id, product_id) REFERENCES offers (tenant_id, product_id)
);

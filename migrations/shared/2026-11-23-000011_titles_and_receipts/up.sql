-- Where a customer lives, as JSON: what a boleto needs of its payer.
ALTER TABLE customers ADD COLUMN postal_address TEXT;

-- Numbers that are given out once and without gaps: raised in the transaction that uses one, so what
-- is rolled back was never given.
CREATE TABLE counters (
    tenant_id VARCHAR(30) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    period VARCHAR(10) NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT counters_pk PRIMARY KEY (tenant_id, kind, period)
);

-- Receipts and credit notes. content is what the document says, as JSON: it does not follow later
-- changes of names and addresses.
CREATE TABLE invoices (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    period VARCHAR(10) NOT NULL,
    number BIGINT NOT NULL,
    order_id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    content TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    CONSTRAINT invoices_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT invoices_number_uq UNIQUE (tenant_id, kind, period, number),
    CONSTRAINT invoices_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

CREATE INDEX invoices_charge_ix ON invoices (tenant_id, charge_id);

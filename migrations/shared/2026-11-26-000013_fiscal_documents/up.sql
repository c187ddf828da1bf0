-- Documents of a tax office: which one belongs to a receipt or a credit note, as a fiscal system wrote
-- it back. One row for each: what took its place before is in the audit chain.
CREATE TABLE fiscal_documents (
    tenant_id VARCHAR(30) NOT NULL,
    invoice_id VARCHAR(30) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    number VARCHAR(60) NOT NULL,
    series VARCHAR(20),
    access_key VARCHAR(60),
    protocol VARCHAR(60),
    issued_at BIGINT NOT NULL,
    url VARCHAR(700),
    status VARCHAR(20) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT fiscal_documents_pk PRIMARY KEY (tenant_id, invoice_id),
    CONSTRAINT fiscal_documents_invoice_fk FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
);

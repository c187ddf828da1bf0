-- Invoices: what is to be paid for an order, written with it and before any money moves. content is
-- what the document says, as JSON: it does not follow later changes of names and addresses. Orders
-- that are older have none.
CREATE TABLE order_invoices (
    tenant_id VARCHAR(30) NOT NULL,
    order_id VARCHAR(30) NOT NULL,
    period VARCHAR(10) NOT NULL,
    number BIGINT NOT NULL,
    content TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    CONSTRAINT order_invoices_pk PRIMARY KEY (tenant_id, order_id),
    CONSTRAINT order_invoices_number_uq UNIQUE (tenant_id, period, number),
    CONSTRAINT order_invoices_order_fk FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);

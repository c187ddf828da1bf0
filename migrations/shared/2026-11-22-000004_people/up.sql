-- Who holds licenses, who asks to, and what a machine tried.

-- One row for each node of kind customer; name, e-mail address and place are the node's, and email
-- here is a copy to search by.
-- validated_at stays once somebody validated: lifting a suspension leads back to what was.
-- registration_ref is a keyed hash of the address somebody registered with, so that one address
-- makes one customer however often and however parallel it registers.
CREATE TABLE customers (
    tenant_id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    person VARCHAR(20) NOT NULL,
    legal_name VARCHAR(200) NOT NULL,
    tax_id_kind VARCHAR(20) NOT NULL,
    tax_id VARCHAR(20),
    phone VARCHAR(40) NOT NULL,
    status VARCHAR(20) NOT NULL,
    status_reason VARCHAR(300),
    tier VARCHAR(20) NOT NULL,
    multi_site BOOLEAN NOT NULL,
    multi_user BOOLEAN NOT NULL,
    notes VARCHAR(2000) NOT NULL,
    email VARCHAR(254),
    registered_email VARCHAR(254),
    registration_ref VARCHAR(64),
    search_text VARCHAR(600) NOT NULL,
    validated_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT customers_pk PRIMARY KEY (tenant_id, node_id),
    CONSTRAINT customers_registration_uq UNIQUE (tenant_id, registration_ref),
    CONSTRAINT customers_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

CREATE INDEX customers_tax_id_ix ON customers (tenant_id, tax_id);

CREATE INDEX customers_email_ix ON customers (tenant_id, email);

CREATE INDEX customers_registered_ix ON customers (tenant_id, registered_email);

CREATE TABLE contacts (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    name VARCHAR(200) NOT NULL,
    email VARCHAR(254),
    phone VARCHAR(40) NOT NULL,
    purpose VARCHAR(100) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT contacts_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT contacts_customer_fk FOREIGN KEY (tenant_id, node_id) REFERENCES customers (tenant_id, node_id)
);

CREATE INDEX contacts_customer_ix ON contacts (tenant_id, node_id, id);

CREATE TABLE sites (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    name VARCHAR(100) NOT NULL,
    address VARCHAR(500) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT sites_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT sites_name_uq UNIQUE (tenant_id, node_id, name),
    CONSTRAINT sites_customer_fk FOREIGN KEY (tenant_id, node_id) REFERENCES customers (tenant_id, node_id)
);

-- What a tenant does with programs and people that register themselves for a product.
-- node_id is the place their licenses and customers come under; the root of the tree without.
CREATE TABLE registration_rules (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    mode VARCHAR(20) NOT NULL,
    policy_id VARCHAR(30),
    node_id VARCHAR(30),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT registration_rules_pk PRIMARY KEY (tenant_id, product_id),
    CONSTRAINT registration_rules_offer_fk FOREIGN KEY (tenant_id, product_id) REFERENCES offers (tenant_id, product_id),
    CONSTRAINT registration_rules_policy_fk FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id),
    CONSTRAINT registration_rules_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

-- A program on a machine that asked to run, once for each product and fingerprint.
-- email_domain and domain_slot hold a place among the trials that a domain may have.
-- blocked_machine says that deleting the registration blocked the machine, so that restoring it
-- unblocks that one and no machine that somebody else blocked.
CREATE TABLE registrations (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    fingerprint VARCHAR(256) NOT NULL,
    components TEXT NOT NULL,
    name VARCHAR(200) NOT NULL,
    platform VARCHAR(60) NOT NULL,
    app_version VARCHAR(60) NOT NULL,
    site VARCHAR(100),
    user_name VARCHAR(254),
    applicant_name VARCHAR(200) NOT NULL,
    applicant_email VARCHAR(254),
    applicant_company VARCHAR(200) NOT NULL,
    applicant_message VARCHAR(1000) NOT NULL,
    email_domain VARCHAR(254),
    domain_slot BIGINT,
    node_id VARCHAR(30) NOT NULL,
    state VARCHAR(20) NOT NULL,
    state_reason VARCHAR(300),
    license_id VARCHAR(30),
    decided_by VARCHAR(40),
    decided_at BIGINT,
    source_address VARCHAR(45) NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    deleted_at BIGINT,
    blocked_machine BOOLEAN NOT NULL,
    machine_id VARCHAR(30),
    version BIGINT NOT NULL,
    CONSTRAINT registrations_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT registrations_machine_uq UNIQUE (tenant_id, product_id, fingerprint),
    CONSTRAINT registrations_domain_uq UNIQUE (tenant_id, product_id, email_domain, domain_slot),
    CONSTRAINT registrations_offer_fk FOREIGN KEY (tenant_id, product_id) REFERENCES offers (tenant_id, product_id),
    CONSTRAINT registrations_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT registrations_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id),
    CONSTRAINT registrations_seat_fk FOREIGN KEY (tenant_id, machine_id) REFERENCES machines (tenant_id, id)
);

CREATE INDEX registrations_state_ix ON registrations (tenant_id, state, id);

CREATE INDEX registrations_license_ix ON registrations (tenant_id, license_id);

CREATE INDEX registrations_machine_ix ON registrations (tenant_id, machine_id);

-- The one trial of a machine and product. fingerprint_digest is a SHA-256.
CREATE TABLE trials (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    fingerprint_digest VARCHAR(64) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    email_domain VARCHAR(254),
    at BIGINT NOT NULL,
    CONSTRAINT trials_pk PRIMARY KEY (tenant_id, product_id, fingerprint_digest),
    CONSTRAINT trials_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

-- The components of those machines, to find the one that came with a new fingerprint.
-- part_digest is a SHA-256 of name and value.
CREATE TABLE trial_parts (
    tenant_id VARCHAR(30) NOT NULL,
    product_id VARCHAR(30) NOT NULL,
    part_digest VARCHAR(64) NOT NULL,
    fingerprint_digest VARCHAR(64) NOT NULL,
    name VARCHAR(40) NOT NULL,
    CONSTRAINT trial_parts_pk PRIMARY KEY (tenant_id, product_id, part_digest, fingerprint_digest),
    CONSTRAINT trial_parts_trial_fk FOREIGN KEY (tenant_id, product_id, fingerprint_digest) REFERENCES trials (tenant_id, product_id, fingerprint_digest)
);

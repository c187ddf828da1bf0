-- Files of banks that say what became of titles, each once by its digest.
CREATE TABLE return_files (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    size_bytes BIGINT NOT NULL,
    plugin_version VARCHAR(40) NOT NULL,
    received_by VARCHAR(40) NOT NULL,
    received_at BIGINT NOT NULL,
    CONSTRAINT return_files_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT return_files_digest_uq UNIQUE (tenant_id, account_id, digest),
    CONSTRAINT return_files_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id)
);

-- The file itself, in base64 and in parts, as every database takes them.
CREATE TABLE return_file_parts (
    tenant_id VARCHAR(30) NOT NULL,
    file_id VARCHAR(30) NOT NULL,
    part BIGINT NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT return_file_parts_pk PRIMARY KEY (tenant_id, file_id, part),
    CONSTRAINT return_file_parts_file_fk FOREIGN KEY (tenant_id, file_id) REFERENCES return_files (tenant_id, id)
);

-- What each of its lines says, as JSON, and what was made of it.
CREATE TABLE return_lines (
    tenant_id VARCHAR(30) NOT NULL,
    file_id VARCHAR(30) NOT NULL,
    position BIGINT NOT NULL,
    event TEXT NOT NULL,
    outcome VARCHAR(20) NOT NULL,
    charge_id VARCHAR(30),
    at BIGINT NOT NULL,
    CONSTRAINT return_lines_pk PRIMARY KEY (tenant_id, file_id, position),
    CONSTRAINT return_lines_file_fk FOREIGN KEY (tenant_id, file_id) REFERENCES return_files (tenant_id, id)
);

-- What was told of a charge and not believed, for a person to decide on; digest tells one report from
-- another, so that the same told again is no second one.
CREATE TABLE quarantined_reports (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    reason VARCHAR(40) NOT NULL,
    report TEXT NOT NULL,
    told_by VARCHAR(20) NOT NULL,
    state VARCHAR(20) NOT NULL,
    told_at BIGINT NOT NULL,
    decided_by VARCHAR(40),
    decided_at BIGINT,
    note VARCHAR(300),
    CONSTRAINT quarantined_reports_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT quarantined_reports_digest_uq UNIQUE (tenant_id, charge_id, digest),
    CONSTRAINT quarantined_reports_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id)
);

-- Files for banks that tell them of titles. A file without a name is not written yet: it is written
-- from the same titles when it is asked for again.
CREATE TABLE remittances (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    account_id VARCHAR(30) NOT NULL,
    sequence BIGINT NOT NULL,
    name VARCHAR(128),
    created_by VARCHAR(40) NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT remittances_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT remittances_sequence_uq UNIQUE (tenant_id, account_id, sequence),
    CONSTRAINT remittances_account_fk FOREIGN KEY (tenant_id, account_id) REFERENCES payment_accounts (tenant_id, id)
);

CREATE TABLE remittance_parts (
    tenant_id VARCHAR(30) NOT NULL,
    remittance_id VARCHAR(30) NOT NULL,
    part BIGINT NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT remittance_parts_pk PRIMARY KEY (tenant_id, remittance_id, part),
    CONSTRAINT remittance_parts_remittance_fk FOREIGN KEY (tenant_id, remittance_id) REFERENCES remittances (tenant_id, id)
);

-- A charge stands in one file.
CREATE TABLE remittance_entries (
    tenant_id VARCHAR(30) NOT NULL,
    charge_id VARCHAR(30) NOT NULL,
    remittance_id VARCHAR(30) NOT NULL,
    CONSTRAINT remittance_entries_pk PRIMARY KEY (tenant_id, charge_id),
    CONSTRAINT remittance_entries_charge_fk FOREIGN KEY (tenant_id, charge_id) REFERENCES charges (tenant_id, id),
    CONSTRAINT remittance_entries_remittance_fk FOREIGN KEY (tenant_id, remittance_id) REFERENCES remittances (tenant_id, id)
);

CREATE INDEX remittance_entries_remittance_ix ON remittance_entries (tenant_id, remittance_id);

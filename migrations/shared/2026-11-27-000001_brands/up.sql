-- What places of a tree say of themselves: a draft, and what was published of it last. version rises
-- with every change of the draft; published_version is what it was when that was published, 0 before.
CREATE TABLE brands (
    tenant_id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    version BIGINT NOT NULL,
    published_version BIGINT NOT NULL,
    published_at BIGINT,
    updated_at BIGINT NOT NULL,
    CONSTRAINT brands_pk PRIMARY KEY (tenant_id, node_id),
    CONSTRAINT brands_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

-- What is said, as JSON in base64 and in parts, as every database takes it: legal texts are long.
-- stage is draft or published.
CREATE TABLE brand_values (
    tenant_id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    stage VARCHAR(10) NOT NULL,
    part BIGINT NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT brand_values_pk PRIMARY KEY (tenant_id, node_id, stage, part),
    CONSTRAINT brand_values_brand_fk FOREIGN KEY (tenant_id, node_id) REFERENCES brands (tenant_id, node_id)
);

-- Pictures by the digest of their bytes: draft and published version share those they have in common.
CREATE TABLE brand_files (
    tenant_id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    part BIGINT NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT brand_files_pk PRIMARY KEY (tenant_id, node_id, digest, part),
    CONSTRAINT brand_files_brand_fk FOREIGN KEY (tenant_id, node_id) REFERENCES brands (tenant_id, node_id)
);

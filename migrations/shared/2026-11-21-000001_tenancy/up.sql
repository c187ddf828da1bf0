-- Tenants, their tree of places, and the host names that lead to them.
-- Types are limited to VARCHAR(n), TEXT, BIGINT and BOOLEAN so that one file serves SQLite,
-- PostgreSQL and MariaDB. Instants are BIGINT microseconds since 1970-01-01T00:00:00Z.
CREATE TABLE tenants (
    id VARCHAR(30) NOT NULL PRIMARY KEY,
    slug VARCHAR(40) NOT NULL,
    name VARCHAR(200) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    state VARCHAR(20) NOT NULL,
    root_node_id VARCHAR(30) NOT NULL,
    locale VARCHAR(10) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    time_zone VARCHAR(64) NOT NULL,
    default_product_id VARCHAR(30),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT tenants_slug_uq UNIQUE (slug)
);

CREATE TABLE hosts (
    host VARCHAR(253) NOT NULL PRIMARY KEY,
    tenant_id VARCHAR(30) NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT hosts_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

CREATE INDEX hosts_tenant_ix ON hosts (tenant_id);

-- discount_ceiling_bp: the largest discount this place may give, in basis points.
-- path holds the bare ULIDs from the root to the node, each followed by a slash: /01J…/01J…/
CREATE TABLE nodes (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    parent_id VARCHAR(30),
    kind VARCHAR(20) NOT NULL,
    name VARCHAR(200) NOT NULL,
    search_text VARCHAR(400) NOT NULL,
    email VARCHAR(254),
    path VARCHAR(480) NOT NULL,
    depth BIGINT NOT NULL,
    state VARCHAR(20) NOT NULL,
    discount_ceiling_bp BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    version BIGINT NOT NULL,
    CONSTRAINT nodes_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT nodes_path_uq UNIQUE (tenant_id, path),
    CONSTRAINT nodes_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT nodes_parent_fk FOREIGN KEY (tenant_id, parent_id) REFERENCES nodes (tenant_id, id)
);

CREATE INDEX nodes_parent_ix ON nodes (tenant_id, parent_id);

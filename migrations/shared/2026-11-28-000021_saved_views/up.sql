-- Lists as somebody keeps them: which list, and its search and filters as a JSON object. owner_id is a
-- member or an API key and deliberately no foreign key: the operator's people keep views at a tenant's
-- host too, and are members elsewhere. node_id is the place where a shared one is shared.
CREATE TABLE saved_views (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    owner_id VARCHAR(40) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    list_name VARCHAR(20) NOT NULL,
    name VARCHAR(60) NOT NULL,
    filters TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    pinned BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT saved_views_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT saved_views_name_uq UNIQUE (tenant_id, owner_id, list_name, name),
    CONSTRAINT saved_views_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

-- What is shared at the places above a reader.
CREATE INDEX saved_views_shared_ix ON saved_views (tenant_id, node_id, shared, id);

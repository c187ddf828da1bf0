-- Payment plugins of the installation, whoever may use them.

-- Whose plugins the operator trusts. fingerprint is the SHA-256 of the raw Ed25519 public key, in hex.
CREATE TABLE plugin_publishers (
    fingerprint VARCHAR(64) NOT NULL PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    public_key VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL
);

-- One row a version; versions live side by side. digest is the SHA-256 of the component, in hex.
-- description and grants are JSON; without grants a plugin cannot be used. publisher is empty when
-- nobody signed it.
CREATE TABLE plugins (
    id VARCHAR(30) NOT NULL PRIMARY KEY,
    name VARCHAR(32) NOT NULL,
    plugin_version VARCHAR(40) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    size_bytes BIGINT NOT NULL,
    manifest TEXT NOT NULL,
    description TEXT NOT NULL,
    publisher VARCHAR(64),
    grants TEXT,
    installed_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT plugins_version_uq UNIQUE (name, plugin_version),
    CONSTRAINT plugins_digest_uq UNIQUE (digest)
);

-- The component itself, base64, in pieces that the smallest TEXT of the three databases holds.
CREATE TABLE plugin_pieces (
    plugin_id VARCHAR(30) NOT NULL,
    piece BIGINT NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT plugin_pieces_pk PRIMARY KEY (plugin_id, piece),
    CONSTRAINT plugin_pieces_plugin_fk FOREIGN KEY (plugin_id) REFERENCES plugins (id)
);

-- Which plugins a tenant may open payment accounts with, by name.
CREATE TABLE plugin_offers (
    tenant_id VARCHAR(30) NOT NULL,
    name VARCHAR(32) NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT plugin_offers_pk PRIMARY KEY (tenant_id, name),
    CONSTRAINT plugin_offers_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

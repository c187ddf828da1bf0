-- What a license and its machines go through after the sale.

-- watched_until is when a machine that counts as online is to be looked at: equal to online_until
-- while somebody would have to be told that it fell silent, null once that was told, and for
-- machines that cannot be online. online_since is when it last came online.
ALTER TABLE machines ADD COLUMN watched_until BIGINT;

ALTER TABLE machines ADD COLUMN online_since BIGINT;

UPDATE machines SET watched_until = online_until, online_since = activated_at WHERE state = 'active';

-- Not tenant_id first: every call moves a machine's place in this index, and MariaDB, which may take
-- any index that starts with tenant_id to find the one machine of a tenant, would miss it on the way.
CREATE INDEX machines_watched_ix ON machines (watched_until, tenant_id);

-- Something people at a place ought to know. payload is JSON.
CREATE TABLE notices (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    node_id VARCHAR(30) NOT NULL,
    kind VARCHAR(60) NOT NULL,
    subject_id VARCHAR(64) NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    read_at BIGINT,
    read_by VARCHAR(40),
    CONSTRAINT notices_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT notices_node_fk FOREIGN KEY (tenant_id, node_id) REFERENCES nodes (tenant_id, id)
);

CREATE INDEX notices_by_node_ix ON notices (tenant_id, node_id, id);

-- A license that went from one place to another, or from one machine to another.
CREATE TABLE transfers (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    from_node_id VARCHAR(30),
    to_node_id VARCHAR(30),
    from_machine_id VARCHAR(30),
    to_machine_id VARCHAR(30),
    machines_released BIGINT NOT NULL,
    reason VARCHAR(300),
    made_by VARCHAR(40) NOT NULL,
    made_at BIGINT NOT NULL,
    CONSTRAINT transfers_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT transfers_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id),
    CONSTRAINT transfers_from_node_fk FOREIGN KEY (tenant_id, from_node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT transfers_to_node_fk FOREIGN KEY (tenant_id, to_node_id) REFERENCES nodes (tenant_id, id),
    CONSTRAINT transfers_from_machine_fk FOREIGN KEY (tenant_id, from_machine_id) REFERENCES machines (tenant_id, id),
    CONSTRAINT transfers_to_machine_fk FOREIGN KEY (tenant_id, to_machine_id) REFERENCES machines (tenant_id, id)
);

CREATE INDEX transfers_by_license_ix ON transfers (tenant_id, license_id, id);

-- How a machine came by what it holds: seq is the number of the computer key of its last activation,
-- 0 when that was the one that took its seat; nonce is that of the text it asked by, if it did by one.
CREATE TABLE machine_activations (
    tenant_id VARCHAR(30) NOT NULL,
    machine_id VARCHAR(30) NOT NULL,
    seq BIGINT NOT NULL,
    nonce VARCHAR(64),
    CONSTRAINT machine_activations_pk PRIMARY KEY (tenant_id, machine_id),
    CONSTRAINT machine_activations_machine_fk FOREIGN KEY (tenant_id, machine_id) REFERENCES machines (tenant_id, id)
);

-- How busy a machine was. resolution is m5 (five minutes), h or d; bucket_at is where the bucket
-- starts. A report lies in exactly one bucket of one resolution: down-sampling moves it. Figures are
-- hundredths of a percent; a report may leave some out, so each has a count of its own.
CREATE TABLE machine_metrics (
    tenant_id VARCHAR(30) NOT NULL,
    machine_id VARCHAR(30) NOT NULL,
    resolution VARCHAR(2) NOT NULL,
    bucket_at BIGINT NOT NULL,
    samples BIGINT NOT NULL,
    cpu_count BIGINT NOT NULL,
    cpu_sum BIGINT NOT NULL,
    cpu_min BIGINT,
    cpu_max BIGINT,
    memory_count BIGINT NOT NULL,
    memory_sum BIGINT NOT NULL,
    memory_min BIGINT,
    memory_max BIGINT,
    disk_count BIGINT NOT NULL,
    disk_sum BIGINT NOT NULL,
    disk_min BIGINT,
    disk_max BIGINT,
    CONSTRAINT machine_metrics_pk PRIMARY KEY (tenant_id, machine_id, resolution, bucket_at),
    CONSTRAINT machine_metrics_machine_fk FOREIGN KEY (tenant_id, machine_id) REFERENCES machines (tenant_id, id)
);

CREATE INDEX machine_metrics_age_ix ON machine_metrics (tenant_id, resolution, bucket_at);

-- Work of the whole installation that comes round: whoever moves due_at on does it, once for all
-- instances. Belongs to no tenant.
CREATE TABLE rounds (
    name VARCHAR(40) NOT NULL,
    due_at BIGINT NOT NULL,
    CONSTRAINT rounds_pk PRIMARY KEY (name)
);

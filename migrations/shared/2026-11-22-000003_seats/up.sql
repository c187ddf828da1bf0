-- Floating seats, named users, and what is noted of machines beside their own row.

-- What a license counts beside its machines. The row is the lock of everything that is counted in
-- it: whoever takes a seat or names a user changes it first. sweep_at is when, at the earliest,
-- something of the license may have fallen silent; null while nothing can.
CREATE TABLE seat_pools (
    tenant_id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    seats_used BIGINT NOT NULL,
    users_used BIGINT NOT NULL,
    sweep_at BIGINT,
    CONSTRAINT seat_pools_pk PRIMARY KEY (tenant_id, license_id),
    CONSTRAINT seat_pools_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

CREATE INDEX seat_pools_sweep_ix ON seat_pools (tenant_id, sweep_at);

-- One row for each seat that was ever taken. slot repeats instance while the seat is held and is
-- null afterwards, so that a program on a machine holds at most one and the past stays readable.
CREATE TABLE seats (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    machine_id VARCHAR(30) NOT NULL,
    instance VARCHAR(64) NOT NULL,
    slot VARCHAR(64),
    user_name VARCHAR(254),
    state VARCHAR(20) NOT NULL,
    taken_at BIGINT NOT NULL,
    kept_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    borrowed_until BIGINT,
    ended_at BIGINT,
    CONSTRAINT seats_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT seats_slot_uq UNIQUE (tenant_id, machine_id, slot),
    CONSTRAINT seats_pool_fk FOREIGN KEY (tenant_id, license_id) REFERENCES seat_pools (tenant_id, license_id),
    CONSTRAINT seats_machine_fk FOREIGN KEY (tenant_id, machine_id) REFERENCES machines (tenant_id, id)
);

CREATE INDEX seats_license_ix ON seats (tenant_id, license_id, state, lease_until);

CREATE INDEX seats_ended_ix ON seats (tenant_id, ended_at);

-- The people whom a license names. user_key is the name without regard to case.
CREATE TABLE license_users (
    tenant_id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    user_key VARCHAR(254) NOT NULL,
    name VARCHAR(254) NOT NULL,
    added_by VARCHAR(60) NOT NULL,
    added_at BIGINT NOT NULL,
    CONSTRAINT license_users_pk PRIMARY KEY (tenant_id, license_id, user_key),
    CONSTRAINT license_users_pool_fk FOREIGN KEY (tenant_id, license_id) REFERENCES seat_pools (tenant_id, license_id)
);

-- Each leaving of a machine. counted says whether it counts against the limit of the terms.
CREATE TABLE deactivations (
    tenant_id VARCHAR(30) NOT NULL,
    id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    machine_id VARCHAR(30) NOT NULL,
    reason VARCHAR(20) NOT NULL,
    counted BOOLEAN NOT NULL,
    deactivated_at BIGINT NOT NULL,
    CONSTRAINT deactivations_pk PRIMARY KEY (tenant_id, id),
    CONSTRAINT deactivations_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

CREATE INDEX deactivations_license_ix ON deactivations (tenant_id, license_id, counted, deactivated_at);

-- From where a machine called before it called from where it calls now. Written only when that
-- changes, so that a heartbeat from the usual place stays one statement.
CREATE TABLE machine_contacts (
    tenant_id VARCHAR(30) NOT NULL,
    machine_id VARCHAR(30) NOT NULL,
    previous_address VARCHAR(45) NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT machine_contacts_pk PRIMARY KEY (tenant_id, machine_id),
    CONSTRAINT machine_contacts_machine_fk FOREIGN KEY (tenant_id, machine_id) REFERENCES machines (tenant_id, id)
);

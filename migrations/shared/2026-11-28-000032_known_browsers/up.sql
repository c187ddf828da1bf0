-- Browsers in which a member signed in before, so that a sign-in in another one is told of. mark is an
-- HMAC over the kind of browser and the network: from it nobody learns either.
CREATE TABLE known_browsers (
    tenant_id VARCHAR(30) NOT NULL,
    member_id VARCHAR(30) NOT NULL,
    mark VARCHAR(64) NOT NULL,
    last_seen_at BIGINT NOT NULL,
    CONSTRAINT known_browsers_pk PRIMARY KEY (tenant_id, member_id, mark),
    CONSTRAINT known_browsers_member_fk FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);

-- Which reminder of the end of a license was taken up, so that it is taken up once however many
-- instances look: one row for each license, end and step. offset_days says which day after the end the
-- step belongs to, negative before it.
CREATE TABLE reminders (
    tenant_id VARCHAR(30) NOT NULL,
    license_id VARCHAR(30) NOT NULL,
    ends_at BIGINT NOT NULL,
    offset_days BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT reminders_pk PRIMARY KEY (tenant_id, license_id, ends_at, offset_days),
    CONSTRAINT reminders_license_fk FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

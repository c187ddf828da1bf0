-- What the operator sees of all tenants at once, the newest first: without these, the first page of
-- such a list reads and sorts all rows of all tenants.

CREATE INDEX charges_latest_ix ON charges (id);

CREATE INDEX charges_all_state_ix ON charges (state, id);

CREATE INDEX mails_latest_ix ON mails (id);

CREATE INDEX mails_all_state_ix ON mails (state, id);

CREATE INDEX jobs_latest_ix ON jobs (id);

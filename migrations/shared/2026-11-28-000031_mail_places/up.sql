-- At which place of the tree a mail's reader is, so that whoever looks after a part of it sees the mails
-- of that part. NULL for what is older than this: only who sees the whole tenant sees those. Deliberately
-- no foreign key: a mail is kept whatever becomes of the place.
ALTER TABLE mails ADD COLUMN node_id VARCHAR(30);

CREATE INDEX mails_node_ix ON mails (tenant_id, node_id, id);

CREATE INDEX mails_state_ix ON mails (tenant_id, state, id);

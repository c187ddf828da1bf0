-- MariaDB wants to know of which table and runs what stands in such a comment; the others do not.
DROP INDEX mails_state_ix /*! ON mails */;
DROP INDEX mails_node_ix /*! ON mails */;
ALTER TABLE mails DROP COLUMN node_id;

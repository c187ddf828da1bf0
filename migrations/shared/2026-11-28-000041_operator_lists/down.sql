-- MariaDB wants to know of which table and runs what stands in such a comment; the others do not.
DROP INDEX jobs_latest_ix /*! ON jobs */;
DROP INDEX mails_all_state_ix /*! ON mails */;
DROP INDEX mails_latest_ix /*! ON mails */;
DROP INDEX charges_all_state_ix /*! ON charges */;
DROP INDEX charges_latest_ix /*! ON charges */;

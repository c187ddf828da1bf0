-- MariaDB wants to know of which table and runs what stands in such a comment; the others do not.
DROP INDEX charges_state_ix /*! ON charges */;
DROP INDEX orders_state_ix /*! ON orders */;
DROP INDEX machines_state_ix /*! ON machines */;
DROP INDEX licenses_due_ix /*! ON licenses */;
DROP INDEX licenses_hint_ix /*! ON licenses */;
DROP INDEX licenses_state_ix /*! ON licenses */;
DROP INDEX customers_status_ix /*! ON customers */;
DROP INDEX nodes_reach_ix /*! ON nodes */;

-- What lists and home pages ask for, each in the order in which it is shown: without these, finding a
-- few rows in a state reads all rows of the tenant.

-- The ids of a subtree, without reading a single place.
CREATE INDEX nodes_reach_ix ON nodes (tenant_id, path, id);

CREATE INDEX customers_status_ix ON customers (tenant_id, status, node_id);

CREATE INDEX licenses_state_ix ON licenses (tenant_id, state, id);

CREATE INDEX licenses_hint_ix ON licenses (tenant_id, key_hint, id);

-- What ends soon, by its end: counts and the board of renewals read nothing but this.
CREATE INDEX licenses_due_ix ON licenses (tenant_id, state, expires_at, id, node_id, deleted_at);

-- Deliberately without online_until: every call of every machine would write here.
CREATE INDEX machines_state_ix ON machines (tenant_id, state, id);

CREATE INDEX orders_state_ix ON orders (tenant_id, state, id);

CREATE INDEX charges_state_ix ON charges (tenant_id, state, id);

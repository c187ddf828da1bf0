-- The second wall for the tables of licenses' and machines' lives; see the first migration of this folder.

ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices FORCE ROW LEVEL SECURITY;
CREATE POLICY notices_tenant ON notices USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfers FORCE ROW LEVEL SECURITY;
CREATE POLICY transfers_tenant ON transfers USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE machine_activations ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_activations FORCE ROW LEVEL SECURITY;
CREATE POLICY machine_activations_tenant ON machine_activations USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

ALTER TABLE machine_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE machine_metrics FORCE ROW LEVEL SECURITY;
CREATE POLICY machine_metrics_tenant ON machine_metrics USING (tenant_id = current_setting('alvara.tenant', true) OR current_setting('alvara.tenant', true) = '*');

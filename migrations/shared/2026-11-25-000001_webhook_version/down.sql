ALTER TABLE inbound_webhooks DROP COLUMN plugin_version;

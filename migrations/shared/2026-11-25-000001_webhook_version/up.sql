-- By which version of its plugin a webhook was checked when it came: the same one reads it when it is
-- applied, whatever its payment account is pinned to by then. Empty for what is older than this.
ALTER TABLE inbound_webhooks ADD COLUMN plugin_version VARCHAR(40);

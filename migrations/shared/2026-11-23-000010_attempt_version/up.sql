-- By which version of its plugin a charge was made: what is asked about it later is asked of the same
-- version, whatever its payment account is pinned to by then. Empty for what is older than this.
ALTER TABLE charge_attempts ADD COLUMN plugin_version VARCHAR(40);

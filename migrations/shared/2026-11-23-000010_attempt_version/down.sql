ALTER TABLE charge_attempts DROP COLUMN plugin_version;

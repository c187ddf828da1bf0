DROP TABLE plugin_requests;
DROP TABLE plugin_memory;

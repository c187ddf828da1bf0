DROP TABLE plugin_offers;
DROP TABLE plugin_pieces;
DROP TABLE plugins;
DROP TABLE plugin_publishers;

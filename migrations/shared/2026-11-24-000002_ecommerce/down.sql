DROP TABLE mails;
DROP TABLE shop_units;
DROP TABLE shop_order_refs;
DROP TABLE shop_orders;
DROP TABLE shop_bodies;
DROP TABLE shop_webhooks;
DROP TABLE shop_skus;
DROP TABLE shop_accounts;

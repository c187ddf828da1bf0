ALTER TABLE payment_accounts DROP COLUMN first_title;

-- From which number on the titles of a payment account are numbered, where an agreement with a bank has
-- titles already. Empty: wherever the tenant's count is.
ALTER TABLE payment_accounts ADD COLUMN first_title BIGINT;

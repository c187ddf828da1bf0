DROP TABLE token_keys;
DROP TABLE api_keys;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE members;
DROP TABLE profiles;

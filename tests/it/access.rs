mod api_keys;
mod roles;
mod sign_in;
mod tokens;
mod totp;

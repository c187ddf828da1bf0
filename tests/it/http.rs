mod bad_input;
mod frame;
mod idempotency;
mod pages;
mod rates;
mod versions;

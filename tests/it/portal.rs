mod account;
mod frame;
mod home;
mod machines;
mod pay;
mod payments;
mod public;

mod frame;
mod pay;
mod public;

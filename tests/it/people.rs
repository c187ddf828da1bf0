mod customers;
mod deletion;
mod programs;
mod registering;
mod trials;

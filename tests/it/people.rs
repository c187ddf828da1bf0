mod customers;
mod deletion;
mod known_again;
mod programs;
mod registering;
mod trials;

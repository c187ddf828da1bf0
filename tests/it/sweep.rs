//! Sweeps: what must hold for every operation of the API, found by reading its own document, so
//! that an operation added tomorrow is swept tomorrow.

mod document;
mod fuzz;
mod matrix;
mod operations;
mod problems;

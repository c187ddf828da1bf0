//! Pure values and rules of licensing.

//! Config, wiring and CLI.

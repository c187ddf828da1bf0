//! The host of payment plugins: it runs each as a WebAssembly component in a box, gives it what the
//! contract `alvara:payment` lists and nothing else, and turns its answers into checked values.
//!
//! Deliberately absent: the database. What a call keeps or notes goes out through a trait that the
//! use cases implement, so a plugin never comes nearer to a table than that.

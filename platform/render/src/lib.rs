//! Words in every language.

//! Builds of a product, signed by it, for programs to update themselves with.

mod publish;

pub use publish::{NewRelease, Update, latest, signed_text};

//! The wire dialects that programs in the field already speak: one module each, translating and
//! nothing else. Deliberately absent: rules of licensing.

pub(crate) mod hybrid;

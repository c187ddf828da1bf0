//! Pages by number.

use alvara_store::numbered::PageNumber;

use crate::problem::{Fault, Problem};

/// The page asked for. `number` and `size` are what the dialect calls the two.
pub(super) fn page(
    number: (&'static str, Option<u32>),
    size: (&'static str, Option<u32>),
) -> Result<PageNumber, Problem> {
    PageNumber::new(number.1, size.1).ok_or_else(|| {
        let wrong = match size.1 {
            Some(asked) if !(1..=PageNumber::MOST).contains(&asked) => size.0,
            _ => number.0,
        };
        let pointer = format!("/query/{wrong}");
        Problem::field(Fault::message(
            pointer,
            "out_of_range",
            "field-out-of-range",
        ))
    })
}

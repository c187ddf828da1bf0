//! Reading what was sent: JSON bodies, forms, queries and paths, each failing as one [`Problem`].

mod extract;
mod fault;
mod read;
mod text;

pub(crate) use extract::{Form, Json, Params, Segments};
pub(crate) use fault::json_from;
pub(crate) use read::{BodyLimit, BULK_BODY, SMALL_BODY, read_body};
pub(crate) use text::{Text, nullable};

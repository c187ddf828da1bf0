//! Reading what was sent: JSON bodies, forms, queries and paths, each failing as one [`Problem`].

mod extract;
mod fault;
mod pasted;
mod read;
mod text;

pub(crate) use extract::{Form, Json, Params, Segments};
pub(crate) use fault::json_from;
pub(crate) use pasted::{Pasted, PastedBody};
pub(crate) use read::{
    BULK_BODY, BodyLimit, PLUGIN_BODY, check_media_type, read_body, read_body_up_to,
};
pub(crate) use text::{Hidden, Text, from_text, maybe_from_text, nullable};

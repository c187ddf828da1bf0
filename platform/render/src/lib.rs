//! Pages, words in every language, QR codes of texts that travel without a network, documents as PDF,
//! tables as workbooks, days as calendar files, and pictures of strangers made harmless.
//!
//! Owns the Fluent messages of `templates/locales/<language>/*.ftl`: reading them out of the
//! binary, choosing a language for a reader, and putting numbers and days into sentences. A new
//! language is a new folder and nothing else; no list of languages exists in the code.
//!
//! Deliberately absent: HTTP (the header `Accept-Language` arrives here as text), tenants (their
//! language arrives as a tag), and any rule about *when* a message is shown. Nothing here fails at
//! run time: a message that is missing in a language is read in English, and one that is missing
//! everywhere shows its key, which a test makes impossible to ship.

pub mod calendar;
mod locale;
mod messages;
pub mod page;
pub mod pdf;
mod picture;
mod qr;
pub mod sheet;
mod wording;
mod words;

pub use locale::Locale;
pub use messages::Message;
pub use picture::{CleanPicture, PICTURE_BYTES, PictureRefused, clean_picture};
pub use qr::{QR_BYTES_MAX, Qr, QrError};
pub use wording::{Wording, WordingFault};
pub use words::{Args, Words, WordsError};

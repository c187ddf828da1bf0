//! What is shown once: passwords that are made here, and the secrets of keys.

use actix_web::HttpResponse;
use actix_web::body::to_bytes;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::http::header::HeaderValue;
use alvara_render::page::{DetailPage, Link, Section};
use data_encoding::BASE32_NOPAD;
use serde_json::Value;

use super::super::desk::Desk;
use crate::problem::Problem;

/// Bytes of a password that is made here: 24 letters and digits.
const PASSWORD_BYTES: usize = 15;

/// A password that nobody guesses and everybody can read out: groups of six letters and digits.
///
/// # Errors
/// 500 where the machine has no randomness.
pub(super) fn password() -> Result<String, Problem> {
    let mut bytes = [0_u8; PASSWORD_BYTES];
    openssl::rand::rand_bytes(&mut bytes).map_err(Problem::internal)?;
    let text = BASE32_NOPAD.encode(&bytes).to_lowercase();
    let groups: Vec<&str> = text
        .as_bytes()
        .chunks(6)
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    Ok(groups.join("-"))
}

/// A page that shows a secret, this once and never again. No cache keeps it.
///
/// # Errors
/// A defect of the build, as 500.
pub(super) fn show(
    desk: &Desk,
    title: String,
    secret: String,
    back: Link,
) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let mut answer = desk.show(&DetailPage {
        title,
        links: vec![Link::new(back.href.clone(), tell.word("team-secret-kept"))],
        back: Some(back),
        sections: vec![Section {
            id: "secret",
            title: tell.word("team-secret"),
            intro: Some(tell.word("team-secret-once")),
            block: Some(secret),
            ..Section::default()
        }],
        ..DetailPage::default()
    })?;
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// What an operation of the interface answered.
///
/// # Errors
/// 500 for an answer that is no JSON.
pub(in crate::portal) async fn said(answer: HttpResponse) -> Result<Value, Problem> {
    let bytes = to_bytes(answer.into_body())
        .await
        .map_err(|_| Problem::internal("an answer of the interface without a body"))?;
    serde_json::from_slice(&bytes).map_err(Problem::internal)
}

//! A form with one file, as browsers send it (RFC 7578): proven like any other form, and read whole.
//!
//! It is read as browsers write it and no other way: every name quoted, nothing before the first
//! boundary, no part encoded otherwise than as it is.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};

use super::entry::Entry;
use crate::body::{check_media_type, read_body};
use crate::caller::is_same_origin;
use crate::problem::{Kind, Problem};

/// What a form may hold beside its file, in bytes: for the route's `BodyLimit`.
pub(crate) const ROOM: usize = 4096;
/// The most parts of a form.
const PARTS: usize = 16;
/// The longest head of a part, in bytes.
const HEAD: usize = 1024;
/// The longest boundary (RFC 2046, section 5.1.1).
const BOUNDARY: usize = 70;

/// A form with exactly one file.
#[derive(Debug)]
pub(crate) struct Upload {
    /// Its other fields.
    pub(crate) entry: Entry,
    /// The file's own name, as the browser tells it; it says nothing about what is inside.
    name: String,
    /// What is in the file.
    pub(crate) bytes: Vec<u8>,
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move { Self::read(&request, &mut payload).await })
    }
}

impl Upload {
    /// Reads the form of a request, for who first looks whether somebody may send one: extractors are
    /// asked all at once.
    ///
    /// # Errors
    /// 403 from a page of another site or without its token, 400, 408, 413 and 415 for what is no such
    /// form.
    pub(crate) async fn read(
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> Result<Self, Problem> {
        // A page of another site can send a form here; the browser says that it did.
        if !is_same_origin(request) {
            return Err(Problem::new(Kind::Forbidden));
        }
        check_media_type(request, "multipart/form-data")?;
        let malformed = || Problem::new(Kind::InvalidRequest);
        let boundary = boundary_of(request).ok_or_else(malformed)?;
        let body = read_body(request, payload).await?;
        let upload = Self::of(parts(&boundary, &body).ok_or_else(malformed)?)?;
        upload.entry.prove(request)?;
        Ok(upload)
    }

    fn of(parts: Vec<Part<'_>>) -> Result<Self, Problem> {
        let mut pairs = Vec::new();
        let mut found = None;
        for part in parts {
            match part.file {
                Some(name) if found.is_none() => found = Some((name, part.bytes.to_vec())),
                Some(_) => return Err(Problem::new(Kind::InvalidRequest)),
                None => {
                    let text = std::str::from_utf8(part.bytes)
                        .map_err(|_| Problem::new(Kind::InvalidUtf8))?;
                    pairs.push((part.name, text.replace("\r\n", "\n")));
                }
            }
        }
        let (name, bytes) = found.ok_or_else(|| Problem::new(Kind::InvalidRequest))?;
        Ok(Self {
            entry: Entry::of(pairs)?,
            name,
            bytes,
        })
    }

    /// Whether a file was chosen: without one a browser sends no name and no bytes.
    pub(crate) fn is_chosen(&self) -> bool {
        !(self.name.is_empty() && self.bytes.is_empty())
    }
}

/// A part of a form.
#[derive(Debug, PartialEq, Eq)]
struct Part<'a> {
    name: String,
    /// The name of the file, when it is one.
    file: Option<String>,
    bytes: &'a [u8],
}

/// The boundary that the content type names.
fn boundary_of(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let (_, boundary) = header
        .split(';')
        .skip(1)
        .filter_map(|part| part.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let bare = boundary
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(boundary);
    let known = |c: char| c.is_ascii_alphanumeric() || "'()+_,-./:=?".contains(c);
    ((1..=BOUNDARY).contains(&bare.len()) && bare.chars().all(known)).then(|| bare.to_owned())
}

/// The parts of a body; nothing when it is not written as browsers write it.
fn parts<'a>(boundary: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let fence = format!("\r\n--{boundary}").into_bytes();
    let mut rest = body.strip_prefix(fence.get(2..)?)?;
    let mut parts = Vec::new();
    loop {
        if let Some(end) = rest.strip_prefix(b"--") {
            return (end.is_empty() || end == b"\r\n").then_some(parts);
        }
        if parts.len() == PARTS {
            return None;
        }
        let (head, after) = cut(rest.strip_prefix(b"\r\n")?, b"\r\n\r\n")?;
        let (bytes, after) = cut(after, &fence)?;
        let (name, file) = named(head)?;
        parts.push(Part { name, file, bytes });
        rest = after;
    }
}

/// What stands before and after the first of a mark.
fn cut<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len()).position(|part| part == mark)?;
    Some((bytes.get(..at)?, bytes.get(at + mark.len()..)?))
}

/// The names that the head of a part tells: the field's, and the file's.
fn named(head: &[u8]) -> Option<(String, Option<String>)> {
    if head.len() > HEAD {
        return None;
    }
    let mut found = None;
    for line in std::str::from_utf8(head).ok()?.split("\r\n") {
        let (header, value) = line.split_once(':')?;
        if header.eq_ignore_ascii_case("content-disposition") && found.is_none() {
            found = Some(disposition(value.trim())?);
        } else if !header.eq_ignore_ascii_case("content-type") {
            return None;
        }
    }
    found
}

/// `form-data; name="…"; filename="…"`
fn disposition(value: &str) -> Option<(String, Option<String>)> {
    let mut rest = value.strip_prefix("form-data")?;
    let (mut name, mut file) = (None, None);
    while !rest.is_empty() {
        let (key, after) = rest.strip_prefix(';')?.trim_start().split_once("=\"")?;
        let (text, after) = after.split_once('"')?;
        if text.chars().any(char::is_control) {
            return None;
        }
        let place = match key {
            "name" => &mut name,
            "filename" => &mut file,
            _ => return None,
        };
        if place.replace(unescaped(text)).is_some() {
            return None;
        }
        rest = after;
    }
    Some((name?, file))
}

/// The three characters that browsers write otherwise, put back.
fn unescaped(text: &str) -> String {
    text.replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    /// A form as a browser writes it.
    fn written(boundary: &str, token: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n{token}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"{name}\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        [
            head.as_bytes(),
            bytes,
            format!("\r\n--{boundary}--\r\n").as_bytes(),
        ]
        .concat()
    }

    fn read(body: &[u8]) -> Option<Upload> {
        parts("AaB03x", body).and_then(|parts| Upload::of(parts).ok())
    }

    // R-TEN-04
    #[test]
    fn a_form_with_a_file_is_read_as_browsers_write_it() {
        let upload = read(&written("AaB03x", "T", "a%22b.png", b"\x89PNG\r\n--AaB")).unwrap();
        assert_eq!(upload.entry.text("_csrf"), "T");
        assert_eq!(upload.name, "a\"b.png");
        assert_eq!(upload.bytes, b"\x89PNG\r\n--AaB");
        assert!(upload.is_chosen());
        assert!(!read(&written("AaB03x", "T", "", b"")).unwrap().is_chosen());
    }

    // R-TEN-04
    #[test]
    fn what_no_browser_writes_is_refused() {
        let whole = String::from_utf8(written("AaB03x", "T", "a.png", b"x")).unwrap();
        for (from, to) in [
            ("--AaB03x\r\nContent", "before\r\n--AaB03x\r\nContent"),
            ("\r\n--AaB03x--\r\n", ""),
            ("--AaB03x--\r\n", "--AaB03x--\r\nafter"),
            ("name=\"_csrf\"", "name=_csrf"),
            ("name=\"_csrf\"", "name=\"_csrf\"; name=\"other\""),
            ("name=\"_csrf\"", "name=\"_csrf\"; filename*=\"a\""),
            ("name=\"_csrf\"", "name=\"_csrf\"; filename=\"a\""),
            ("form-data; name=\"_csrf\"", "attachment; name=\"_csrf\""),
            ("; filename=\"a.png\"", ""),
            (
                "Content-Type: image/png",
                "Content-Transfer-Encoding: base64",
            ),
            ("\r\n\r\nT", "\nT"),
            ("T\r\n--AaB03x", "T\r\n--AaB03x9"),
        ] {
            let spoiled = whole.replacen(from, to, 1);
            assert_ne!(spoiled, whole, "{from}");
            assert!(read(spoiled.as_bytes()).is_none(), "{to}");
        }
        let part = "--AaB03x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
        let many = format!("{}{whole}", part.repeat(PARTS - 1));
        assert!(read(many.as_bytes()).is_none());
        let fits = format!("{}{whole}", part.repeat(PARTS - 2));
        assert!(read(fits.as_bytes()).is_some());
    }

    // R-TEN-04
    #[test]
    fn a_boundary_is_found_in_the_content_type() {
        for (header, found) in [
            ("multipart/form-data; boundary=AaB03x", Some("AaB03x")),
            (
                "multipart/form-data; charset=utf-8; Boundary=\"a'b\"",
                Some("a'b"),
            ),
            ("multipart/form-data; boundary=", None),
            ("multipart/form-data; boundary=a b", None),
            ("multipart/form-data", None),
        ] {
            let request = TestRequest::default().insert_header((CONTENT_TYPE, header));
            let boundary = boundary_of(&request.to_http_request());
            assert_eq!(boundary.as_deref(), found, "{header}");
        }
        let long = format!("multipart/form-data; boundary={}", "a".repeat(BOUNDARY + 1));
        let request = TestRequest::default().insert_header((CONTENT_TYPE, long));
        assert_eq!(boundary_of(&request.to_http_request()), None);
    }

    proptest! {
        // R-TEN-04: any file arrives as it was sent.
        #[test]
        fn any_file_arrives_whole(
            bytes in prop::collection::vec(any::<u8>(), 0..600),
            token in "[A-Z2-7]{0,64}",
        ) {
            let boundary = "----formboundary8f3kq0Zc1mV7";
            let body = written(boundary, &token, "logo.svg", &bytes);
            let upload = Upload::of(parts(boundary, &body).unwrap()).unwrap();
            prop_assert_eq!(upload.bytes, bytes);
            prop_assert_eq!(upload.entry.text("_csrf"), token);
        }

        // R-TEN-04: what is cut off is never taken for the whole.
        #[test]
        fn no_beginning_is_taken_for_the_whole(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            end in any::<prop::sample::Index>(),
        ) {
            let body = written("AaB03x", "T", "a.png", &bytes);
            // The last line end may be missing.
            let kept = end.index(body.len() - 2);
            prop_assert!(parts("AaB03x", &body[..kept]).is_none());
        }
    }
}

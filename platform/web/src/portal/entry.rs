//! What a form sent: proven to come from a page of ours, and read into the interface's own bodies.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use alvara_vault::token_hash;
use data_encoding::BASE32_NOPAD;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body::{check_media_type, json_from, read_body};
use crate::caller::{SESSION_COOKIE, is_same_origin};
use crate::precondition::IfMatch;
use crate::problem::{Fault, Kind, Problem};

/// Bytes of the hash that a token proves to know.
const TOKEN_BYTES: usize = 20;

/// The fields of a form, in the order they were sent.
#[derive(Debug)]
pub(crate) struct Entry {
    pairs: Vec<(String, String)>,
}

impl FromRequest for Entry {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            // A page of another site can send a form here; the browser says that it did.
            if !is_same_origin(&request) {
                return Err(Problem::new(Kind::Forbidden));
            }
            check_media_type(&request, "application/x-www-form-urlencoded")?;
            let body = read_body(&request, &mut payload).await?;
            let entry = Self::parse(&body)?;
            entry.prove(&request)?;
            Ok(entry)
        })
    }
}

impl Entry {
    /// Reads an urlencoded form.
    ///
    /// # Errors
    /// 400 where it is not UTF-8, 422 where it holds a NUL, which no database of ours takes.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        if std::str::from_utf8(body).is_err() {
            return Err(Problem::new(Kind::InvalidUtf8));
        }
        Self::of(
            form_urlencoded::parse(body)
                .map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n")))
                .collect(),
        )
    }

    /// A form of these fields.
    ///
    /// # Errors
    /// 422 where one holds a NUL, which no database of ours takes.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Result<Self, Problem> {
        if let Some((name, _)) = pairs.iter().find(|(_, value)| value.contains('\0')) {
            return Err(Problem::field(Fault::message(
                format!("/{name}"),
                "malformed",
                "field-invalid",
            )));
        }
        Ok(Self { pairs })
    }

    /// With a session, the form must bear the session's token.
    pub(super) fn prove(&self, request: &HttpRequest) -> Result<(), Problem> {
        let Some(session) = request.cookie(SESSION_COOKIE) else {
            return Ok(());
        };
        let sent = self.text("_csrf");
        if is_token(sent, session.value()) {
            Ok(())
        } else {
            Err(Problem::new(Kind::Forbidden).with_detail("portal-form-stale"))
        }
    }

    /// What stands in a field, trimmed; nothing when it was left empty.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.typed(name).unwrap_or_default().trim()
    }

    /// What was typed into a field, as it was typed; absent when it was not sent.
    pub(crate) fn typed(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a field that is sent more than once.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.pairs
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The version that the form was made from: the field `_version`. Without it any.
    pub(crate) fn version(&self) -> IfMatch {
        self.text("_version")
            .parse()
            .map_or(IfMatch::Any, IfMatch::Version)
    }

    /// Reads the form into a body of the interface. What was left empty is left out; what follows a
    /// colon in a field's name says what the text is:
    ///
    /// - `int` a whole number, `bool` a ticked box (one that is not sent is false only where a
    ///   hidden `name:no` precedes it), `money` an amount in the currency's own decimals, `percent`,
    /// - `day` the beginning of a day in UTC, `night` its end,
    /// - `lines` a list, one a line, `null` a text that is taken away by being emptied.
    ///
    /// A name that ends in `[]` collects its values into a list; a dot leads into a part. Fields
    /// whose name begins with `_` are the page's own.
    ///
    /// # Errors
    /// 422 with the fields at fault.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.read_without(&[])
    }

    /// The same as if these fields had been left empty: for inputs that always send a value, such as
    /// one for a colour.
    ///
    /// # Errors
    /// As for [`Entry::read`].
    pub(crate) fn read_without<T: DeserializeOwned>(&self, left: &[&str]) -> Result<T, Problem> {
        let mut object = Map::new();
        for (name, value) in &self.pairs {
            if name.starts_with('_') {
                continue;
            }
            let (path, kind) = name.split_once(':').unwrap_or((name, ""));
            if left.contains(&path) {
                continue;
            }
            if let Some(value) = typed(path, kind, value)? {
                place(&mut object, path, value);
            }
        }
        let body = Value::Object(object).to_string();
        json_from(body.as_bytes())
    }
}

/// The text of a field as the value it stands for; nothing when it was left empty.
fn typed(path: &str, kind: &str, text: &str) -> Result<Option<Value>, Problem> {
    let pointer = || format!("/{}", path.trim_end_matches("[]").replace('.', "/"));
    let invalid = || Problem::field(Fault::message(pointer(), "malformed", "field-invalid"));
    let bare = text.trim();
    if kind == "null" {
        return Ok(Some(if bare.is_empty() {
            Value::Null
        } else {
            Value::from(bare)
        }));
    }
    if kind == "no" {
        return Ok(Some(Value::Bool(false)));
    }
    if bare.is_empty() {
        return Ok(None);
    }
    let value = match kind {
        "int" => Value::from(bare.parse::<i64>().map_err(|_| invalid())?),
        "bool" => Value::Bool(matches!(bare, "true" | "on" | "1")),
        "money" => Value::from(minor_units(bare).ok_or_else(invalid)?),
        "percent" => {
            let number = bare.trim_end_matches('%').trim().replace(',', ".");
            let number: f64 = number.parse().map_err(|_| invalid())?;
            serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
        }
        "day" => Value::from(format!("{}T00:00:00Z", day(bare).ok_or_else(invalid)?)),
        "night" => Value::from(format!("{}T23:59:59Z", day(bare).ok_or_else(invalid)?)),
        "lines" => bare
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(Value::from)
            .collect(),
        _ => Value::from(bare),
    };
    Ok(Some(value))
}

/// A date of `<input type=date>`.
fn day(text: &str) -> Option<&str> {
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let dash = |at: usize| text.as_bytes().get(at) == Some(&b'-');
    let shaped =
        text.len() == 10 && [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digit) && dash(4) && dash(7);
    shaped.then_some(text)
}

/// An amount as people write it, in hundredths: `1.499,90`, `1,499.90`, `1499`. The last point or
/// comma that one or two digits follow divides; the others group.
fn minor_units(text: &str) -> Option<i64> {
    let bare: String = text
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '-'))
        .collect();
    let (whole, part) = match bare.rfind([',', '.']) {
        Some(at) if (1..=2).contains(&(bare.len() - at - 1)) => {
            (bare.get(..at)?, bare.get(at + 1..)?)
        }
        _ => (bare.as_str(), ""),
    };
    let whole: String = whole.chars().filter(|c| !matches!(c, ',' | '.')).collect();
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    let sign = if bare.starts_with('-') { -1 } else { 1 };
    whole.checked_mul(100)?.checked_add(sign * part)
}

fn place(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        Some((head, rest)) => {
            let part = object
                .entry(head)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(part) = part {
                place(part, rest, value);
            }
        }
        None => match path.strip_suffix("[]") {
            Some(name) => {
                let list = object.entry(name).or_insert_with(|| Value::Array(vec![]));
                if let Value::Array(list) = list {
                    list.push(value);
                }
            }
            None => {
                object.insert(path.to_owned(), value);
            }
        },
    }
}

/// What a token proves to know: a hash that only who has the session can make.
fn knowledge(session: &str) -> Vec<u8> {
    let mut hash = token_hash(&format!("form {session}")).into_bytes();
    hash.truncate(TOKEN_BYTES);
    hash
}

/// A token for the forms of a page. It is masked anew each time, so that what a page repeats of a
/// stranger's words tells nothing about it by the length of the compressed page (BREACH).
pub(super) fn token(request: &HttpRequest) -> Option<String> {
    let session = request.cookie(SESSION_COOKIE)?;
    let mut mask = [0_u8; TOKEN_BYTES];
    openssl::rand::rand_bytes(&mut mask).ok()?;
    let masked = knowledge(session.value())
        .into_iter()
        .zip(mask)
        .map(|(known, mask)| known ^ mask);
    let bytes: Vec<u8> = mask.into_iter().chain(masked).collect();
    Some(BASE32_NOPAD.encode(&bytes))
}

fn is_token(sent: &str, session: &str) -> bool {
    let Ok(bytes) = BASE32_NOPAD.decode(sent.as_bytes()) else {
        return false;
    };
    let known = knowledge(session);
    if bytes.len() != TOKEN_BYTES * 2 || known.len() != TOKEN_BYTES {
        return false;
    }
    let (mask, masked) = bytes.split_at(TOKEN_BYTES);
    let said: Vec<u8> = mask.iter().zip(masked).map(|(a, b)| a ^ b).collect();
    openssl::memcmp::eq(&said, &known)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Value {
        Entry::parse(body.as_bytes()).unwrap().read().unwrap()
    }

    // R-TEN-04: forms of people become the very bodies of the interface.
    #[test]
    fn a_form_becomes_a_body() {
        let body = "_csrf=X&name=+Ana+&seats:int=5&note=&price:money=1.499%2C9&tags:lines=a%0D%0Ab&address.city=Rio&on:bool=true&email:null=&m[]=a&m[]=b&until:night=2027-01-31";
        assert_eq!(
            read(body),
            json!({
                "name": "Ana", "seats": 5, "price": 149_990, "tags": ["a", "b"],
                "address": { "city": "Rio" }, "on": true, "email": null, "m": ["a", "b"],
                "until": "2027-01-31T23:59:59Z",
            })
        );
    }

    #[test]
    fn what_is_no_number_is_a_fault_of_its_field() {
        let entry = Entry::parse(b"limits.seats:int=many").unwrap();
        let problem = entry.read::<Value>().unwrap_err();
        assert_eq!(problem.faults()[0].pointer, "/limits/seats");
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, minor) in [
            ("1.499,90", Some(149_990)),
            ("1,499.90", Some(149_990)),
            ("R$ 12", Some(1200)),
            ("0,5", Some(50)),
            ("-3.10", Some(-310)),
            ("1.499", Some(149_900)),
            ("a", None),
        ] {
            assert_eq!(minor_units(text), minor, "{text}");
        }
    }

    #[test]
    fn a_token_belongs_to_its_session() {
        let known = knowledge("secret");
        let mask = [7_u8; TOKEN_BYTES];
        let masked = known.iter().zip(mask).map(|(a, b)| a ^ b);
        let bytes: Vec<u8> = mask.into_iter().chain(masked).collect();
        let token = BASE32_NOPAD.encode(&bytes);
        assert!(is_token(&token, "secret"));
        assert!(!is_token(&token, "another"));
        assert!(!is_token("", "secret"));
        assert!(!is_token(&BASE32_NOPAD.encode(&[0; 40]), "secret"));
    }
}

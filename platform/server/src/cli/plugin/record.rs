//! What the simulated provider was asked, and whether the idempotency key of a call is in it.

use super::script::Checked;

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// HTTP method.
    pub(super) method: String,
    /// Path with its query.
    pub(super) path: String,
    /// Names in small letters, in the order of the alphabet.
    pub(super) headers: Vec<(String, String)>,
    /// As it was sent.
    pub(super) body: Vec<u8>,
}

/// Headers that say who asks and when, and nothing of a charge.
const OF_THE_CALLER: [&str; 2] = ["authorization", "date"];

impl Asked {
    /// Whether it changes something at the provider. Fetching a token does not: the host does that,
    /// once for many calls.
    fn changes(&self) -> bool {
        let reads = matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let fetches_a_token = String::from_utf8_lossy(&self.body).contains("client_credentials");
        !reads && !fetches_a_token
    }

    fn of_the_charge(&self) -> impl Iterator<Item = &(String, String)> {
        let known = |name: &str| OF_THE_CALLER.contains(&name);
        self.headers.iter().filter(move |(name, _)| !known(name))
    }

    /// What tells it from another; `None` when a provider cannot tell them apart.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        if (&self.method, &self.path) != (&other.method, &other.path) {
            return Some("the address");
        }
        if self.body != other.body {
            return Some("the body");
        }
        (!self.of_the_charge().eq(other.of_the_charge())).then_some("the headers")
    }
}

fn changing(asked: &[Asked]) -> Vec<&Asked> {
    asked.iter().filter(|one| one.changes()).collect()
}

/// Where two records of requests that change something part.
fn parting(first: &[Asked], second: &[Asked]) -> Option<String> {
    let (first, second) = (changing(first), changing(second));
    if first.len() != second.len() {
        return Some(format!(
            "{} request(s) that change something, then {}",
            first.len(),
            second.len()
        ));
    }
    first.iter().zip(&second).find_map(|(one, other)| {
        let what = one.difference(other)?;
        Some(format!("{what} of {} {}", one.method, one.path))
    })
}

/// Whether a provider sees the very same requests again, as it has to under the same key.
pub(super) fn same_again(first: &[Asked], again: &[Asked]) -> Checked {
    match parting(first, again) {
        None => Ok(()),
        Some(what) => Err(format!(
            "what is sent differs the second time, so that the provider makes another charge: {what}"
        )),
    }
}

/// Whether a provider can tell the requests of one key from those of another.
pub(super) fn told_apart(first: &[Asked], other: &[Asked]) -> Checked {
    match parting(first, other) {
        Some(_) => Ok(()),
        None => Err(
            "the same is sent under another idempotency key, so that the key never reaches the provider"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(key: &str, body: &str) -> Asked {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Asked {
            method: "POST".to_owned(),
            path: "/charges".to_owned(),
            headers: vec![
                header("authorization", "Bearer t"),
                header("idempotency-key", key),
            ],
            body: body.as_bytes().to_vec(),
        }
    }

    // R-PAY-01
    #[test]
    fn the_key_has_to_reach_the_provider_and_to_stay() {
        let first = [post("one", "{}")];
        assert_eq!(same_again(&first, &[post("one", "{}")]), Ok(()));
        assert!(same_again(&first, &[post("two", "{}")]).is_err());
        assert!(same_again(&first, &[post("one", "{\"n\":2}")]).is_err());
        assert!(same_again(&first, &[]).is_err());
        // A plugin that leaves the key out passes the one and not the other.
        let keyless = [post("", "{}")];
        assert_eq!(same_again(&keyless, &keyless), Ok(()));
        assert!(told_apart(&keyless, &keyless).is_err());
        assert_eq!(told_apart(&first, &[post("two", "{}")]), Ok(()));
    }

    // R-PAY-01
    #[test]
    fn a_token_and_a_look_are_no_part_of_a_charge() {
        let token = post("", "grant_type=client_credentials&scope=all");
        let look = Asked {
            method: "GET".to_owned(),
            ..post("", "")
        };
        let renewed = Asked {
            headers: vec![
                ("authorization".to_owned(), "Bearer another".to_owned()),
                ("idempotency-key".to_owned(), "one".to_owned()),
            ],
            ..post("one", "{}")
        };
        let first = [token, post("one", "{}")];
        assert_eq!(same_again(&first, &[look, renewed]), Ok(()));
    }
}

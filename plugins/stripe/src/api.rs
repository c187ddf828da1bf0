//! Requests to Stripe: forms with brackets, a pinned version, a key that makes a repeated request
//! the same, and what its errors mean.

use alvara_plugin_sdk::{
    Answer, Call, ErrorKind, Fault, Json, PluginError,
    encode::form,
    http::{Auth, Reply},
};

/// What objects look like differs between versions, and an account's own may change.
const VERSION: &str = "2026-10-28.endive";
/// So many pages of a hundred are looked through.
const MOST_PAGES: usize = 5;

/// A form's fields in order.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// Sets what is there and not empty.
    pub(crate) fn may(&mut self, name: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value.map(Into::into).filter(|value| !value.is_empty()) {
            self.set(name, value);
        }
    }
}

/// Stripe's address.
#[derive(Debug)]
pub(crate) struct Api {
    base: String,
}

impl Api {
    pub(crate) fn of(host: Option<&str>) -> Self {
        Self {
            base: format!("https://{}", host.unwrap_or("api.stripe.com")),
        }
    }

    fn call(&self, method: &str, path: &str) -> Call {
        Call::new(method, format!("{}{path}", self.base))
            .auth(Auth::Bearer("secret_key".to_owned()))
            .header("stripe-version", VERSION)
    }

    pub(crate) fn get(&self, path: &str) -> Answer<Json> {
        accepted(&self.call("GET", path).send()?)
    }

    /// Changes something; Stripe keeps the key for at least a day.
    pub(crate) fn post(&self, path: &str, key: &str, fields: &Fields) -> Answer<Json> {
        accepted(
            &self
                .call("POST", path)
                .header("idempotency-key", key)
                .form(&fields.0)
                .send()?,
        )
    }

    /// Ends something. To end it twice is to end it.
    pub(crate) fn delete(&self, path: &str) -> Answer<Json> {
        accepted(&self.call("DELETE", path).send()?)
    }

    /// The newest object that a test holds for, among those made since an instant. Lists are
    /// consistent at once, which Stripe's search is not.
    pub(crate) fn find(
        &self,
        path: &str,
        since_ms: u64,
        expand: &str,
        is_it: impl Fn(&Json) -> bool,
    ) -> Answer<Option<Json>> {
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = Fields::default();
            query.set("created[gte]", (since_ms / 1000).to_string());
            query.set("limit", "100");
            query.may("expand[]", Some(expand));
            query.may("starting_after", after.take());
            let page = self.get(&format!("{path}?{}", form(&query.0)))?;
            let objects = page.at("data").list();
            if let Some(found) = objects.iter().find(|object| is_it(object)) {
                return Ok(Some(found.clone()));
            }
            if !page.at("has_more").is_true() {
                return Ok(None);
            }
            after = objects.last().and_then(|object| object.at("id").string());
        }
        // "Not among the newest" is not "not there".
        Err(Fault::of(
            ErrorKind::Unavailable,
            "there are more objects than can be looked through",
        ))
    }
}

fn accepted(reply: &Reply) -> Answer<Json> {
    if reply.is_success() {
        return reply.json();
    }
    let body = reply.json_or_null();
    let error = body.at("error");
    // A refused card is an answer about the charge, not a failure of the request.
    if reply.status() == 402 && *error.at("payment_intent") != Json::Null {
        return Ok(error.at("payment_intent").clone());
    }
    let code = [error.at("decline_code"), error.at("code"), error.at("type")]
        .into_iter()
        .find_map(Json::text);
    let message = error.at("message").text().map_or_else(
        || format!("Stripe answered {}", reply.status()),
        str::to_owned,
    );
    let refused = reply.refused(code, &message);
    let kind = match (error.at("type").text(), error.at("code").text()) {
        (Some("idempotency_error"), _) => ErrorKind::IdempotencyMismatch,
        // The first request under the key still runs.
        (_, Some("idempotency_key_in_use")) => ErrorKind::RateLimited,
        (_, Some("payment_intent_unexpected_state")) => ErrorKind::Conflict,
        // Somebody gave it back elsewhere: a refund of ours would be answered again under its key.
        (_, Some("charge_already_refunded")) => ErrorKind::InvalidRequest,
        _ => refused.kind,
    };
    Err(PluginError { kind, ..refused })
}

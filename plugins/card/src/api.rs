//! Requests to Mercado Pago and what its errors mean.

use alvara_plugin_sdk::{
    Answer, Call, ErrorKind, Json, PluginError,
    http::{Auth, Reply},
};

/// The provider's address.
#[derive(Debug)]
pub(crate) struct Api {
    base: String,
}

impl Api {
    pub(crate) fn of(host: Option<&str>) -> Self {
        Self {
            base: format!("https://{}", host.unwrap_or("api.mercadopago.com")),
        }
    }

    fn call(&self, method: &str, path: &str) -> Call {
        Call::new(method, format!("{}{path}", self.base))
            .auth(Auth::Bearer("access_token".to_owned()))
            .header("accept", "application/json")
    }

    pub(crate) fn get(&self, path: &str) -> Answer<Json> {
        accepted(&self.call("GET", path).send()?)
    }

    /// Changes something; `key` makes the same request the same thing at the provider.
    pub(crate) fn send(&self, method: &str, path: &str, key: &str, body: &Json) -> Answer<Json> {
        accepted(
            &self
                .call(method, path)
                .header("x-idempotency-key", key)
                .json(body)
                .send()?,
        )
    }
}

fn accepted(reply: &Reply) -> Answer<Json> {
    if reply.is_success() {
        return reply.json();
    }
    let body = reply.json_or_null();
    let cause = body.at("cause.0");
    let code = [cause.at("code"), body.at("error")]
        .into_iter()
        .find_map(Json::text);
    let message = [cause.at("description"), body.at("message")]
        .into_iter()
        .find_map(Json::text)
        .map_or_else(
            || format!("the provider answered {}", reply.status()),
            str::to_owned,
        );
    let error = reply.refused(code, &message);
    Err(match error.http_status {
        // The key was used for another body.
        Some(409) => PluginError {
            kind: ErrorKind::IdempotencyMismatch,
            ..error
        },
        _ => error,
    })
}

//! Requests to the provider: address, token profile, certificate, and what its errors mean.

use alvara_plugin_sdk::{
    Answer, Call, CallContext, Config, ErrorKind, Fault, Json, PluginError, Violation,
    encode::{form, percent},
    http::{Auth, OauthAuth, QueryAuth, Reply},
    text, time,
};

/// A provider that speaks Bacen's API Pix.
#[derive(Debug)]
pub(crate) struct Api {
    base: String,
    profile: &'static str,
    app_key_param: Option<String>,
    cert: Option<&'static str>,
}

impl Api {
    pub(crate) fn of(config: &Config<'_>) -> Answer<Self> {
        let certificate = config.get("client_certificate") != Some("false");
        // A profile of the manifest binds the token to the certificate or does not (RFC 8705).
        let profile = match (config.get("token_style").unwrap_or("basic"), certificate) {
            ("form", true) => "pix_form",
            ("form", false) => "pix_form_bare",
            ("json", true) => "pix_json",
            ("json", false) => "pix_json_bare",
            (_, true) => "pix_basic",
            (_, false) => "pix_basic_bare",
        };
        Ok(Self {
            base: format!(
                "https://{}{}",
                config.need("host")?,
                config.get("path").unwrap_or("/v2")
            ),
            profile,
            app_key_param: config.get("app_key_param").map(str::to_owned),
            cert: certificate.then_some("mtls"),
        })
    }

    fn call(&self, method: &str, path: &str) -> Call {
        Call::new(method, format!("{}{path}", self.base))
            .auth(Auth::Oauth(OauthAuth {
                profile: self.profile.to_owned(),
                query: self.app_key_param.as_ref().map(|param| QueryAuth {
                    param: param.clone(),
                    secret: "app_key".to_owned(),
                }),
            }))
            .cert(self.cert)
            .header("accept", "application/json")
    }

    /// Reads something that must be there.
    pub(crate) fn get(&self, path: &str) -> Answer<Json> {
        accepted(&self.call("GET", path).send()?)
    }

    /// Reads something that may not be there.
    pub(crate) fn find(&self, path: &str) -> Answer<Option<Json>> {
        let reply = self.call("GET", path).send()?;
        // Only the API itself says that there is nothing. A page of some proxy says that the
        // address is wrong, and nobody may conclude from it that a charge does not exist.
        if reply.status() == 404 && matches!(reply.json_or_null(), Json::Object(_)) {
            return Ok(None);
        }
        accepted(&reply).map(Some)
    }

    /// Changes something.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Json) -> Answer<Json> {
        accepted(&self.call(method, path).json(body).send()?)
    }

    /// Changes something, without a body.
    pub(crate) fn post(&self, path: &str) -> Answer<Json> {
        accepted(&self.call("POST", path).send()?)
    }

    /// Changes something that is answered without a body.
    pub(crate) fn tell(&self, method: &str, path: &str, body: &Json) -> Answer<()> {
        let reply = self.call(method, path).json(body).send()?;
        if reply.is_success() {
            Ok(())
        } else {
            Err(refusal(&reply))
        }
    }

    /// The last day's charges, one of them: it needs a token, the certificate and a scope.
    pub(crate) fn look_around(&self, ctx: &CallContext) -> Answer<()> {
        let query = form(&[
            ("inicio", time::rfc3339(ctx.now.saturating_sub(86_400_000))),
            ("fim", time::rfc3339(ctx.now)),
            ("paginacao.itensPorPagina", "1".to_owned()),
        ]);
        self.get(&format!("/cob?{query}")).map(drop)
    }
}

/// A segment of a path.
pub(crate) fn segment(text: &str) -> String {
    percent(text)
}

fn accepted(reply: &Reply) -> Answer<Json> {
    if reply.is_success() {
        reply.json()
    } else {
        Err(refusal(reply))
    }
}

/// RFC 7807 as the API Pix uses it. Only the last segment of `type` is stable between providers.
fn refusal(reply: &Reply) -> PluginError {
    let problem = reply.json_or_null();
    let code = problem
        .at("type")
        .text()
        .and_then(|kind| kind.rsplit('/').next())
        .map(str::to_owned);
    let said = [problem.at("title").text(), problem.at("detail").text()];
    let message = said.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let message = if message.is_empty() {
        format!("the provider answered {}", reply.status())
    } else {
        message
    };
    let mut error = reply.refused(code.as_deref(), &message);
    error.violations = problem
        .at("violacoes")
        .list()
        .iter()
        .take(20)
        .map(|violation| Violation {
            property: text::within(violation.at("propriedade").text().unwrap_or("?"), 100),
            reason: text::within(violation.at("razao").text().unwrap_or("?"), 200),
        })
        .collect();
    error
}

/// An answer that lacks what the API promises.
pub(crate) fn incomplete(what: &str) -> PluginError {
    Fault::of(
        ErrorKind::Malformed,
        format!("the provider's answer has no {what} that can be read"),
    )
}

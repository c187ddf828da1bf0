//! People and their programs, as the platform knows them: by a password, by an API key, or not at all.

use std::sync::Arc;

use alvara_domain::time::UtcTime;
use reqwest::Method;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::http::{Answer, Ask};
use crate::site::Site;

/// Every member of the suite has this one.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody who asks.
#[derive(Clone)]
pub struct Actor {
    site: Site,
    host: String,
    signature: Option<Signature>,
    /// The e-mail address of a member; empty for the others.
    pub email: String,
    /// Where it hangs in the tree; empty for the others.
    pub node_id: String,
}

/// How an actor says who it is. Access tokens end after a quarter of an hour, and tests move the
/// clock by years; so a member signs in again whenever its token is over.
#[derive(Clone)]
pub(crate) enum Signature {
    Member {
        site: Site,
        host: String,
        email: String,
        token: Arc<Mutex<Option<(String, UtcTime)>>>,
    },
    Secret(String),
}

impl Signature {
    pub(crate) async fn secret(&self) -> String {
        let (site, host, email, token) = match self {
            Self::Secret(secret) => return secret.clone(),
            Self::Member {
                site,
                host,
                email,
                token,
            } => (site, host, email, token),
        };
        let mut held = token.lock().await;
        let now = site.clock.now();
        if let Some((secret, end)) = held.as_ref()
            && now < *end
            && now > end.saturating_add_seconds(-3600)
        {
            return secret.clone();
        }
        let fields = [
            ("grant_type", "password"),
            ("username", email),
            ("password", PASSWORD),
        ];
        let grant = site
            .ask(Method::POST, host, "oauth/token")
            .form(&fields)
            .await
            .expect(200)
            .json();
        let secret = grant["access_token"]
            .as_str()
            .expect("an access token")
            .to_owned();
        let life = grant["expires_in"].as_i64().expect("a life");
        *held = Some((secret.clone(), now.saturating_add_seconds(life - 30)));
        secret
    }
}

impl Actor {
    pub(crate) fn nobody(site: &Site, host: &str) -> Self {
        let (email, node_id) = (String::new(), String::new());
        Self {
            site: site.clone(),
            host: host.to_owned(),
            signature: None,
            email,
            node_id,
        }
    }

    /// Somebody who bears a secret: an API key's, a machine's token, an access token.
    pub(crate) fn bearing(site: &Site, host: &str, secret: &str) -> Self {
        Self {
            signature: Some(Signature::Secret(secret.to_owned())),
            ..Self::nobody(site, host)
        }
    }

    pub(crate) fn member(site: &Site, host: &str, email: &str, node_id: &str) -> Self {
        let signature = Signature::Member {
            site: site.clone(),
            host: host.to_owned(),
            email: email.to_owned(),
            token: Arc::default(),
        };
        Self {
            site: site.clone(),
            host: host.to_owned(),
            signature: Some(signature),
            email: email.to_owned(),
            node_id: node_id.to_owned(),
        }
    }

    /// The host name it asks under.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    /// The same under another host name.
    #[must_use]
    pub fn at(&self, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            ..self.clone()
        }
    }

    /// The secret it bears at the moment.
    pub async fn secret(&self) -> String {
        match &self.signature {
            Some(signature) => signature.secret().await,
            None => String::new(),
        }
    }

    /// A request of any method. A path without a slash at its front lies below `/api/v1/`.
    pub fn ask(&self, method: Method, path: &str) -> Ask {
        let ask = self.site.ask(method, &self.host, path);
        match &self.signature {
            Some(signature) => ask.signed(signature.clone()),
            None => ask,
        }
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    /// `POST` with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Ask {
        self.ask(Method::POST, path).json(body)
    }

    /// `PUT` with a JSON body.
    pub fn put(&self, path: &str, body: &Value) -> Ask {
        self.ask(Method::PUT, path).json(body)
    }

    /// `PATCH` with a JSON body.
    pub fn patch(&self, path: &str, body: &Value) -> Ask {
        self.ask(Method::PATCH, path).json(body)
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Ask {
        self.ask(Method::DELETE, path)
    }

    /// Reads a thing and changes it, so that the change bears the version that was read.
    pub async fn change(&self, path: &str, change: &Value) -> Answer {
        let read = self.get(path).await.expect(200);
        self.patch(path, change).if_match(&read).await
    }

    /// Every item of a list, over all its pages.
    ///
    /// # Panics
    /// When the answers are no list.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut next = format!("{path}{joint}limit=200");
        loop {
            let page = self.get(&next).await.expect(200).json();
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("{path}{joint}limit=200&cursor={cursor}"),
                None => return items,
            }
        }
    }
}

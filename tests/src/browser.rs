//! A person with a browser and no script: pages, forms, and the cookies between them.

use reqwest::Method;
use tokio::sync::Mutex;

use crate::actor::{Actor, PASSWORD};
use crate::app::TestApp;
use crate::http::{Answer, Ask};
use crate::site::Site;

/// A browser at one host.
pub struct Browser {
    site: Site,
    host: String,
    cookies: Mutex<Vec<(String, String)>>,
}

impl Browser {
    /// Somebody who is not signed in, at a tenant's host.
    #[must_use]
    pub fn visit(app: &TestApp, slug: &str) -> Self {
        Self::at(app, &format!("{slug}.localhost"))
    }

    fn at(site: &Site, host: &str) -> Self {
        Self {
            site: site.clone(),
            host: host.to_owned(),
            cookies: Mutex::default(),
        }
    }

    /// A member who signs in by the form.
    ///
    /// # Panics
    /// When the form refuses.
    pub async fn sign_in(actor: &Actor) -> Self {
        let browser = Self::at(actor.site(), actor.host());
        let fields = [("email", actor.email.as_str()), ("password", PASSWORD)];
        let _ = browser.submit("/login", &fields).await.expect(303);
        browser
    }

    /// The page at a path.
    pub async fn get(&self, path: &str) -> Answer {
        let answer = self.ask(Method::GET, path).await.await;
        self.keep(&answer).await;
        answer
    }

    /// Sends a form to a path, with the token that the pages of this session bear.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let mut all = fields.to_vec();
        all.push(("_csrf", &token));
        self.send(path, &all).await
    }

    /// Sends a form with one file, as browsers write it (RFC 7578), with the token of this session.
    pub async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        (field, name, bytes): (&str, &str, &[u8]),
    ) -> Answer {
        let token = self.token().await;
        let boundary = "----formboundary8f3kq0Zc1mV7";
        let mut body = Vec::new();
        for (known, value) in fields.iter().chain(&[("_csrf", token.as_str())]) {
            let part = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{known}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        let ask = self.ask(Method::POST, path).await;
        let ask = ask.header("sec-fetch-site", "same-origin");
        let answer = ask.bytes(&kind, body).await;
        self.keep(&answer).await;
        answer
    }

    /// Sends exactly these fields, as somebody would who made up a form.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let ask = self.ask(Method::POST, path).await;
        let ask = ask.header("sec-fetch-site", "same-origin").form(fields);
        let answer = ask.await;
        self.keep(&answer).await;
        answer
    }

    /// Sends the form from a page of another site.
    pub async fn send_from_elsewhere(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let mut all = fields.to_vec();
        all.push(("_csrf", &token));
        let ask = self.ask(Method::POST, path).await;
        ask.header("sec-fetch-site", "cross-site").form(&all).await
    }

    /// The token of a page, or nothing for who is not signed in.
    async fn token(&self) -> String {
        if self.cookies.lock().await.is_empty() {
            return String::new();
        }
        let page = self.get("/account").await.body();
        let (_, rest) = page
            .split_once("name=\"_csrf\" value=\"")
            .expect("a form with a token");
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    async fn ask(&self, method: Method, path: &str) -> Ask {
        let ask = self
            .site
            .ask(method, &self.host, path)
            .header("accept", "text/html,application/xhtml+xml");
        let cookies = self.cookies.lock().await;
        let said: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if said.is_empty() {
            ask
        } else {
            ask.header("cookie", &said.join("; "))
        }
    }

    async fn keep(&self, answer: &Answer) {
        let mut cookies = self.cookies.lock().await;
        for set in answer.headers("set-cookie") {
            let pair = set.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                cookies.retain(|(known, _)| known != name);
                if !value.is_empty() {
                    cookies.push((name.to_owned(), value.to_owned()));
                }
            }
        }
    }
}

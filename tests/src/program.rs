//! A program in the field: it has a key, a machine, and what the platform gave it.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::http::Answer;
use crate::site::Site;

/// A program on one machine.
#[derive(Clone)]
pub struct Program {
    nobody: Actor,
    key: String,
    fingerprint: String,
    /// The machine's id, once activated.
    pub machine_id: String,
    /// The machine's token, once activated.
    pub token: String,
    /// The newest computer key it was given.
    pub computer_key: String,
    /// The newest lease it was given.
    pub lease: String,
}

impl Site {
    /// A program with a key, on a machine of this fingerprint, calling at a host.
    #[must_use]
    pub fn program(&self, host: &str, key: &str, fingerprint: &str) -> Program {
        Program {
            nobody: self.nobody(host),
            key: key.to_owned(),
            fingerprint: fingerprint.to_owned(),
            machine_id: String::new(),
            token: String::new(),
            computer_key: String::new(),
            lease: String::new(),
        }
    }
}

impl Program {
    /// Asks to be activated, and takes note of nothing.
    pub async fn try_activate(&self) -> Answer {
        let body = json!({
            "key": self.key,
            "machine": { "fingerprint": self.fingerprint, "name": "Desk", "platform": "linux-x64" },
        });
        self.nobody.post("activations", &body).await
    }

    /// Activates and keeps what it is given.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn activate(&mut self) -> Answer {
        let answer = self.try_activate().await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        self.machine_id = answer.text("/machine/id");
        self.token = answer.text("/machine/token");
        self.computer_key = answer.text("/computer_key");
        self.lease = answer.text("/lease");
        answer
    }

    /// A heartbeat without any report. A new computer key among the commands is kept.
    pub async fn heartbeat(&mut self) -> Answer {
        self.beat(&json!({})).await
    }

    /// A heartbeat.
    pub async fn beat(&mut self, body: &Value) -> Answer {
        let answer = self
            .nobody
            .post("heartbeats", body)
            .bearer(&self.token)
            .await;
        if answer.status == 200 {
            let said = answer.json();
            for command in said["commands"].as_array().into_iter().flatten() {
                if let Some(key) = command["computer_key"].as_str() {
                    key.clone_into(&mut self.computer_key);
                }
            }
            if let Some(lease) = said["lease"].as_str() {
                lease.clone_into(&mut self.lease);
            }
        }
        answer
    }

    /// The verdict of a heartbeat: its code.
    ///
    /// # Panics
    /// When the heartbeat is not answered by a verdict.
    pub async fn contact(&mut self) -> String {
        self.heartbeat().await.expect(200).text("/code")
    }

    /// Asks about its key, naming its machine.
    pub async fn validate(&self) -> Answer {
        let body = json!({ "key": self.key, "machine": { "fingerprint": self.fingerprint } });
        self.nobody.post("validations", &body).await
    }

    /// Gives its seat back.
    pub async fn deactivate(&self) -> Answer {
        self.nobody
            .delete(&format!("activations/{}", self.machine_id))
            .bearer(&self.token)
            .await
    }

    /// The claims of the newest computer key, unverified.
    #[must_use]
    pub fn claims(&self) -> Value {
        payload(&self.computer_key)
    }
}

/// The header of a JWS, unverified.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn header(compact: &str) -> Value {
    part(compact, 0)
}

/// The payload of a JWS, unverified.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn payload(compact: &str) -> Value {
    part(compact, 1)
}

fn part(compact: &str, index: usize) -> Value {
    let part = compact.split('.').nth(index).expect("a part of a JWS");
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

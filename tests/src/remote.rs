//! A program on a machine without network: it prints texts, and reads what is carried back to it.

use alvara_domain::armour::{Armoured, Label};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::http::Answer;
use crate::program::payload;
use crate::site::Site;

/// A program without network, and somebody who carries its texts to a host.
#[derive(Clone)]
pub struct Remote {
    carrier: Actor,
    key: String,
    fingerprint: String,
    /// What it sends with its request beyond the necessary.
    pub machine: Value,
    /// The nonce of its last request.
    pub nonce: String,
    /// Its machine's id, once activated.
    pub machine_id: String,
    /// Its machine's token, once activated.
    pub token: String,
    /// The newest computer key it was given.
    pub computer_key: String,
    /// The newest lease it was given.
    pub lease: String,
}

impl Site {
    /// A program without network, whose user carries texts to a host.
    #[must_use]
    pub fn remote(&self, host: &str, key: &str, fingerprint: &str) -> Remote {
        Remote {
            carrier: self.nobody(host),
            key: key.to_owned(),
            fingerprint: fingerprint.to_owned(),
            machine: json!({ "name": "Cellar", "platform": "linux-x64", "app_version": "2.1.4" }),
            nonce: format!("nonce-of-{fingerprint}-000000"),
            machine_id: String::new(),
            token: String::new(),
            computer_key: String::new(),
            lease: String::new(),
        }
    }
}

impl Remote {
    /// What it prints to be activated.
    #[must_use]
    pub fn request(&self) -> String {
        let mut machine = json!({ "fingerprint": self.fingerprint });
        crate::world::merge(&mut machine, &self.machine);
        block(
            Label::ActivationRequest,
            &json!({ "v": 1, "key": self.key, "machine": machine, "nonce": self.nonce }),
        )
    }

    /// Has a text carried to the platform as it stands.
    pub async fn carry(&self, path: &str, text: &str) -> Answer {
        self.carrier
            .ask(reqwest::Method::POST, path)
            .bytes("text/plain", text.as_bytes())
            .await
    }

    /// Is activated by text.
    ///
    /// # Panics
    /// When it is refused, or the answer is not one to its question.
    pub async fn activate(&mut self) -> Answer {
        let answer = self.carry("offline/activations", &self.request()).await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        self.take(&answer.body());
        answer
    }

    /// Takes a response that was carried back. The nonce must be the one of its request, and signed.
    ///
    /// # Panics
    /// When it is none, or not to its question.
    pub fn take(&mut self, text: &str) {
        let response = unblock(Label::ActivationResponse, text);
        assert_eq!(response["v"], 1);
        assert_eq!(response["nonce"], self.nonce);
        let said = |pointer: &str| {
            response
                .pointer(pointer)
                .and_then(Value::as_str)
                .expect("a text")
                .to_owned()
        };
        self.machine_id = said("/machine/id");
        self.token = said("/machine/token");
        self.computer_key = said("/computer_key");
        self.lease = said("/lease");
        assert_eq!(payload(&self.lease)["nonce"], self.nonce);
    }

    /// What it prints when it has wiped what it was given.
    #[must_use]
    pub fn receipt(&self) -> String {
        self.receipt_of(&json!({}))
    }

    /// The same with some members otherwise, and the proof over what it says then, by its own token.
    ///
    /// # Panics
    /// When it was not activated.
    #[must_use]
    pub fn receipt_of(&self, otherwise: &Value) -> String {
        let claims = payload(&self.computer_key);
        let mut receipt = json!({
            "v": 1, "iss": claims["iss"], "license": claims["sub"], "machine": self.machine_id, "seq": claims["seq"],
            "nonce": "receipt-nonce-0000", "wiped_at": "2027-02-01T08:30:00Z",
        });
        crate::world::merge(&mut receipt, otherwise);
        let said = |name: &str| receipt[name].as_str().expect("a text").to_owned();
        let signed = format!(
            "alvara-deactivation-receipt/1\n{}\n{}\n{}\n{}\n{}\n{}\n",
            said("iss"),
            said("license"),
            said("machine"),
            receipt["seq"],
            said("nonce"),
            said("wiped_at")
        );
        receipt["mac"] = json!(hmac(&self.token, &signed));
        block(Label::DeactivationReceipt, &receipt)
    }

    /// Has its receipt carried.
    pub async fn deactivate(&self) -> Answer {
        self.carry("offline/deactivations", &self.receipt()).await
    }
}

/// A document in its block.
#[must_use]
pub fn block(label: Label, document: &Value) -> String {
    Armoured::new(label, document.to_string().into_bytes()).write()
}

/// The document of a block.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn unblock(label: Label, text: &str) -> Value {
    let body = Armoured::read_as(label, text).expect("a block");
    serde_json::from_slice(&body).expect("JSON")
}

/// HMAC-SHA256 in hexadecimal digits, as any library computes it.
///
/// # Panics
/// When OpenSSL fails.
#[must_use]
pub fn hmac(secret: &str, text: &str) -> String {
    let key = PKey::hmac(secret.as_bytes()).expect("a key");
    let mut signer = Signer::new(MessageDigest::sha256(), &key).expect("a signer");
    signer.update(text.as_bytes()).expect("a text");
    data_encoding::HEXLOWER.encode(&signer.sign_to_vec().expect("a hash"))
}

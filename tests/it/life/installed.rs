//! A program as it is installed: it believes what is signed, and nothing else.

use alvara_domain::certificate::{Compact, ComputerKeyClaims, LeaseClaims, TokenType};
use alvara_domain::fingerprint::{Comparison, Components, Fingerprint, Identity};
use alvara_tests::program::header;
use alvara_tests::{Actor, Answer, TestApp};
use alvara_vault::VerifyingKey;
use serde_json::{Value, json};

/// A program on a machine, with what it keeps from one start to the next.
pub(super) struct Installed {
    pub(super) nobody: Actor,
    keys: Vec<VerifyingKey>,
    pub(super) machine: Value,
    pub(super) token: String,
    pub(super) machine_id: String,
    /// The computer key it holds: number, claims.
    pub(super) key: Option<ComputerKeyClaims>,
    /// Its newest proof of contact.
    pub(super) lease: Option<LeaseClaims>,
}

impl Installed {
    /// A program that was installed with the public keys of its product.
    pub(super) async fn new(app: &TestApp, product: &str, machine: Value) -> Self {
        let nobody = app.nobody("acme.localhost");
        let jwks = nobody
            .get(&format!("/.well-known/alvara/{product}/jwks.json"))
            .await
            .expect(200)
            .json();
        let keys = jwks["keys"].as_array().unwrap();
        Self {
            nobody,
            keys: keys
                .iter()
                .map(|jwk| VerifyingKey::from_jwk(jwk).unwrap())
                .collect(),
            machine,
            token: String::new(),
            machine_id: String::new(),
            key: None,
            lease: None,
        }
    }

    /// The claims of something signed by its product; it stops at anything else.
    fn verified<C: serde::de::DeserializeOwned>(&self, compact: &str, typ: TokenType) -> C {
        let read = Compact::parse(compact).unwrap();
        let kid = header(compact)["kid"].as_str().unwrap().to_owned();
        let key = self.keys.iter().find(|key| key.kid() == kid).unwrap();
        assert!(key.verify(read.signing_input.as_bytes(), &read.signature));
        read.claims(typ).unwrap()
    }

    /// Installs a computer key, provided that it is of this machine and no older than the one held.
    pub(super) fn install(&mut self, compact: &str) {
        let claims: ComputerKeyClaims = self.verified(compact, TokenType::ComputerKey);
        assert!(claims.seq >= self.key.as_ref().map_or(0, |held| held.seq));
        let (fingerprint, components) = self.identity();
        let me = Identity {
            fingerprint: &fingerprint,
            components: &components,
        };
        assert!(
            !matches!(claims.fp.compare(me), Comparison::Mismatch { .. }),
            "a computer key of another machine"
        );
        self.key = Some(claims);
    }

    fn identity(&self) -> (Fingerprint, Components) {
        let text = |name: &str| self.machine[name].clone();
        let components = match &self.machine["components"] {
            Value::Null => json!({}),
            some => some.clone(),
        };
        (
            serde_json::from_value(text("fingerprint")).unwrap(),
            serde_json::from_value(components).unwrap(),
        )
    }

    pub(super) fn renew_lease(&mut self, compact: &str) {
        self.lease = Some(self.verified(compact, TokenType::Lease));
    }

    /// Takes what an activation brought.
    pub(super) fn take(&mut self, said: &Value) {
        self.machine_id = said["machine"]["id"].as_str().unwrap().to_owned();
        self.token = said["machine"]["token"].as_str().unwrap().to_owned();
        self.install(said["computer_key"].as_str().unwrap());
        self.renew_lease(said["lease"].as_str().unwrap());
    }

    /// Asks to be activated with a key, and takes what it gets.
    pub(super) async fn activate(&mut self, key: &str) -> Answer {
        let answer = self.try_activate(key).await;
        if matches!(answer.status, 200 | 201) {
            self.take(&answer.json());
        }
        answer
    }

    pub(super) async fn try_activate(&self, key: &str) -> Answer {
        let body = json!({ "key": key, "machine": self.machine });
        self.nobody.post("activations", &body).await
    }

    /// Calls, and does what it is told. Answers the verdict.
    pub(super) async fn beat(&mut self) -> Value {
        let said = self
            .nobody
            .post("heartbeats", &json!({}))
            .bearer(&self.token)
            .await
            .expect(200)
            .json();
        for command in said["commands"].as_array().unwrap() {
            if let Some(key) = command["computer_key"].as_str() {
                self.install(key);
            }
        }
        if let Some(lease) = said["lease"].as_str() {
            self.renew_lease(lease);
        }
        said
    }

    /// Whether it runs at this moment if nobody can be reached: by computer key and lease alone.
    pub(super) fn runs_alone(&self, app: &TestApp) -> bool {
        let now = app.now().seconds();
        let (Some(key), Some(lease)) = (&self.key, &self.lease) else {
            return false;
        };
        key.nbf.is_none_or(|from| from <= now)
            && key.exp.is_none_or(|end| now < end)
            && lease.iat <= now + 300
            && now <= lease.exp
            && lease.seq <= key.seq
    }
}

//! What a program believes, and when it calls: a platform of a few lines answers.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop loudly"
)]

mod kept;
mod pace;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use alvara_sdk::{Answer, Ask, Client, KeySet, Machine, NoConnection, Options, State};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use openssl::pkey::{PKey, Private};
use openssl::sha::sha256;
use openssl::sign::Signer;
use serde_json::{Value, json};
use tempfile::TempDir;

const NOW: i64 = 1_800_000_000;

/// What the platform answers otherwise than it would.
#[derive(Default)]
struct Mood {
    code: Option<&'static str>,
    nonce: Option<&'static str>,
    older_key: Option<String>,
    is_unsigned: bool,
    is_away: bool,
    is_full: bool,
    fingerprint: String,
}

struct Platform {
    vectors: Value,
    signer: PKey<Private>,
    mood: Mutex<Mood>,
    calls: AtomicUsize,
    freed: AtomicUsize,
}

impl Platform {
    fn new() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/vectors.json");
        let vectors: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let pem = vectors["signing_keys"]["EdDSA"].as_str().unwrap();
        Self {
            signer: PKey::private_key_from_pem(pem.as_bytes()).unwrap(),
            vectors,
            mood: Mutex::default(),
            calls: AtomicUsize::new(0),
            freed: AtomicUsize::new(0),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signer = Signer::new_without_digest(&self.signer).unwrap();
        signer.sign_oneshot_to_vec(message).unwrap()
    }

    fn kid(&self) -> String {
        let keys = self.vectors["jwks"]["keys"].as_array().unwrap();
        let key = keys.iter().find(|key| key["alg"] == "EdDSA").unwrap();
        key["kid"].as_str().unwrap().to_owned()
    }

    fn jws(&self, kind: &str, claims: &Value) -> String {
        let typ = format!("alvara-{kind}+jwt");
        let head = json!({ "alg": "EdDSA", "kid": self.kid(), "typ": typ });
        self.jws_of(&head, claims.to_string().as_bytes())
    }

    fn jws_of(&self, head: &Value, claims: &[u8]) -> String {
        let part = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let signed = format!("{}.{}", part(head.to_string().as_bytes()), part(claims));
        let signature = BASE64URL_NOPAD.encode(&self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn key(&self, fingerprint: &str, seq: i64) -> String {
        let digest = BASE64URL_NOPAD.encode(&sha256(fingerprint.as_bytes())[..6]);
        let claims = json!({
            "iss": "https://acme.example", "sub": self.vectors["license"], "iat": NOW, "seq": seq,
            "prd": "VECTORS", "knd": "permanent", "m32": 0, "fp": digest, "rv": 604_800,
            "gr": 2_592_000,
        });
        self.jws("computer-key", &claims)
    }

    /// A seat, or word that there is none.
    fn seat(&self, said: &Value, mood: &Mood) -> Answer {
        let lease = json!({
            "sub": self.vectors["license"], "mac": self.vectors["machine"], "iat": NOW,
            "exp": NOW + 20, "nxt": NOW + 10, "seq": 3, "nonce": said["nonce"],
            // One that was given back does not count again.
            "seat": format!("sea_01K9ZQ4B7A2C4D6E8F0G1H3J6{}", self.freed.load(Ordering::SeqCst)),
        });
        let (status, body) = if mood.is_full {
            (409, json!({ "code": "SEAT_LIMIT" }))
        } else {
            let lease = self.jws("lease", &lease);
            (
                201,
                json!({ "lease": lease, "seat": { "borrowed_until": null } }),
            )
        };
        Answer {
            status,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }

    /// What the platform answers to a request that was carried to it.
    fn response(&self, request: &str) -> String {
        let inside: String = request
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        let said: Value =
            serde_json::from_slice(&BASE64.decode(inside.as_bytes()).unwrap()).unwrap();
        let fingerprint = said["machine"]["fingerprint"].as_str().unwrap();
        let body = json!({
            "v": 1, "machine": { "id": self.vectors["machine"], "token": format!("amt_{}", "x".repeat(43)) },
            "computer_key": self.key(fingerprint, 3), "lease": self.lease(&said["nonce"]),
            "nonce": said["nonce"],
        });
        let body = BASE64.encode(body.to_string().as_bytes());
        let lines: Vec<&str> = (0..body.len())
            .step_by(64)
            .map(|at| &body[at..body.len().min(at + 64)])
            .collect();
        let label = "ALVARA ACTIVATION RESPONSE";
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            lines.join("\n")
        )
    }

    fn lease(&self, nonce: &Value) -> String {
        let mut claims = json!({
            "sub": self.vectors["license"], "mac": self.vectors["machine"], "iat": NOW,
            "exp": NOW + 37 * 86_400, "nxt": NOW + 604_800, "seq": 3,
        });
        if !nonce.is_null() {
            claims["nonce"] = nonce.clone();
        }
        self.jws("lease", &claims)
    }

    fn answer(&self, ask: &Ask) -> Result<Answer, NoConnection> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut mood = self.mood.lock().unwrap();
        if mood.is_away {
            return Err(NoConnection("nobody there".to_owned()));
        }
        if ask.method == "DELETE" {
            self.freed.fetch_add(1, Ordering::SeqCst);
            return Ok(Answer {
                status: 204,
                headers: Vec::new(),
                body: Vec::new(),
            });
        }
        let said: Value = serde_json::from_slice(ask.body.as_deref().unwrap()).unwrap();
        if ask.url.contains("/seats") {
            return Ok(self.seat(&said, &mood));
        }
        if ask.url.ends_with("/activations") {
            let fingerprint = said["machine"]["fingerprint"].as_str().unwrap();
            fingerprint.clone_into(&mut mood.fingerprint);
            let body = json!({
                "machine": { "id": self.vectors["machine"], "token": "amt_x" },
                "computer_key": self.key(fingerprint, 3), "lease": self.lease(&Value::Null),
            });
            return Ok(Answer {
                status: 201,
                headers: Vec::new(),
                body: body.to_string().into_bytes(),
            });
        }
        let code = mood.code.unwrap_or("VALID");
        let nonce = match mood.nonce {
            Some(another) => json!(another),
            None => said["nonce"].clone(),
        };
        let commands = match &mood.older_key {
            Some(key) => json!([{ "type": "computer_key", "computer_key": key }]),
            None => json!([]),
        };
        let lease = (code == "VALID").then(|| self.lease(&nonce));
        let body = json!({
            "valid": code == "VALID", "code": code, "because": null, "days_left": null,
            "nonce": nonce, "date": "2027-01-15T08:00:00.500Z",
            "next_check_not_before": "2027-01-15T09:00:00Z", "commands": commands, "lease": lease,
        });
        let body = body.to_string().into_bytes();
        let headers = if mood.is_unsigned {
            Vec::new()
        } else {
            self.signature(&body)
        };
        Ok(Answer {
            status: 200,
            headers,
            body,
        })
    }

    fn signature(&self, body: &[u8]) -> Vec<(String, String)> {
        let digest = format!("sha-256=:{}:", BASE64.encode(&sha256(body)));
        let parameters = format!(
            "(\"@status\" \"content-digest\");created={NOW};keyid=\"{}\";alg=\"ed25519\"",
            self.kid()
        );
        let base = format!(
            "\"@status\": 200\n\"content-digest\": {digest}\n\"@signature-params\": {parameters}"
        );
        let signature = BASE64.encode(&self.sign(base.as_bytes()));
        [
            ("content-digest", digest),
            ("signature-input", format!("alvara={parameters}")),
            ("signature", format!("alvara=:{signature}:")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// An activated program, its platform and its clock.
struct Scene {
    platform: Arc<Platform>,
    clock: Arc<AtomicI64>,
    client: Client,
    folder: TempDir,
}

impl Scene {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Arc::new(Platform::new());
        let clock = Arc::new(AtomicI64::new(NOW));
        let client = open(&platform, &clock, folder.path());
        assert_eq!(told(&client.activate("KEY", None)), ("OK", None));
        Self {
            platform,
            clock,
            client,
            folder,
        }
    }

    fn mood(&self, change: impl FnOnce(&mut Mood)) {
        change(&mut self.platform.mood.lock().unwrap());
    }

    fn code(&self) -> String {
        open(&self.platform, &self.clock, self.folder.path())
            .state()
            .code
    }

    fn calls(&self) -> usize {
        self.platform.calls.load(Ordering::SeqCst)
    }

    fn freed(&self) -> usize {
        self.platform.freed.load(Ordering::SeqCst)
    }

    /// A program on the same machine that needs a seat, and has one.
    fn seated(&self) -> Client {
        let mut options = options(&self.platform, &self.clock, self.folder.path());
        options.floating = Some(String::new());
        let client = Client::open(options).unwrap();
        assert_eq!(told(&client.take_seat()), ("OK", None));
        client
    }

    fn contact(&self) -> (&'static str, Option<String>) {
        told(&self.client.validate_online())
    }
}

fn open(platform: &Arc<Platform>, clock: &Arc<AtomicI64>, folder: &Path) -> Client {
    Client::open(options(platform, clock, folder)).unwrap()
}

fn options(platform: &Arc<Platform>, clock: &Arc<AtomicI64>, folder: &Path) -> Options {
    let keys = KeySet::from_jwks(&platform.vectors["jwks"].to_string()).unwrap();
    let (platform, clock) = (Arc::clone(platform), Arc::clone(clock));
    let mut options = Options::new("VECTORS", keys, "https://acme.example");
    options.path = Some(folder.join("license"));
    options.watermark = Some(folder.join("seen"));
    options.machine = Some(Machine {
        secret: "m".to_owned(),
        parts: BTreeMap::new(),
    });
    options.clock = Some(Box::new(move || clock.load(Ordering::SeqCst)));
    options.transport = Some(Box::new(move |ask: &Ask| platform.answer(ask)));
    options
}

fn told(state: &State) -> (&'static str, Option<String>) {
    (state.status.as_str(), state.error.clone())
}

fn doubted() -> Option<String> {
    Some("ANSWER_NOT_BELIEVED".to_owned())
}

// R-SDK-01
#[test]
fn an_old_answer_is_not_believed() {
    let scene = Scene::begin();
    scene.mood(|mood| mood.nonce = Some("another"));
    assert_eq!(scene.contact(), ("OK", doubted()));
    scene.mood(|mood| mood.nonce = None);
    assert_eq!(scene.contact(), ("OK", None));
    let older = scene
        .platform
        .key(&scene.platform.mood.lock().unwrap().fingerprint, 2);
    scene.mood(|mood| mood.older_key = Some(older));
    assert_eq!(scene.contact(), ("OK", doubted()));
}

// R-SDK-01
#[test]
fn a_refusal_counts_where_it_is_signed() {
    let scene = Scene::begin();
    scene.mood(|mood| (mood.code, mood.is_unsigned) = (Some("REVOKED"), true));
    assert_eq!(scene.contact(), ("OK", doubted()));
    scene.mood(|mood| (mood.nonce, mood.is_unsigned) = (Some("another"), false));
    assert_eq!(scene.contact(), ("OK", doubted()));
    scene.mood(|mood| mood.nonce = None);
    assert_eq!(scene.contact(), ("REVOKED", None));
    let again = open(&scene.platform, &scene.clock, scene.folder.path());
    assert_eq!(told(&again.state()), ("REVOKED", None));
}

// R-SDK-01
#[test]
fn a_clock_that_is_off_is_said() {
    let scene = Scene::begin();
    let wrong = Some("CLOCK_WRONG".to_owned());
    scene.clock.store(NOW + 301, Ordering::SeqCst);
    assert_eq!(scene.contact(), ("OK", wrong.clone()));
    scene.clock.store(NOW - 301, Ordering::SeqCst);
    assert_eq!(scene.contact(), ("CLOCK_TAMPERED", wrong));
}

// R-SDK-01
#[test]
fn nobody_is_called_before_it_is_time() {
    let scene = Scene::begin();
    let calls = || scene.platform.calls.load(Ordering::SeqCst);
    let before = calls();
    assert!(scene.client.check().valid);
    assert_eq!(calls(), before, "nothing is due");
    scene.mood(|mood| mood.is_away = true);
    scene.clock.store(NOW + 604_800, Ordering::SeqCst);
    assert_eq!(scene.contact(), ("OK", Some("NO_CONNECTION".to_owned())));
    let after = calls();
    for _ in 0..5 {
        assert!(scene.client.check().valid);
    }
    assert_eq!(calls(), after, "it waits after a failure");
}

// R-SDK-01
#[test]
fn changes_are_told_once() {
    let scene = Scene::begin();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    scene
        .client
        .on_change(move |state| listener.lock().unwrap().push(state.status.as_str()));
    scene.mood(|mood| mood.code = Some("SUSPENDED"));
    assert_eq!(scene.contact().0, "SUSPENDED");
    assert!(!scene.client.check().valid);
    scene.mood(|mood| mood.code = None);
    assert_eq!(scene.contact().0, "OK");
    assert_eq!(*heard.lock().unwrap(), ["SUSPENDED", "OK"]);
}

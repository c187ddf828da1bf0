//! A program that is licensed by the Rust SDK, driven by the suite: one call of the library for each
//! verb, one JSON object on standard output for each. Its siblings in other languages lie in
//! `tests/clients`.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "what it says is what it is for, and what cannot go on should stop loudly"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use alvara_sdk::{ALWAYS_ONLINE, Client, HYBRID, KeySet, Machine, Options, State};
use serde_json::{Value, json};

/// What came after the verb: `--name value`, or a name alone.
struct Asked(BTreeMap<String, String>);

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Self {
        let mut asked = BTreeMap::new();
        while let Some(word) = words.next() {
            let name = word.trim_start_matches('-').to_owned();
            let value = match name.as_str() {
                "floating" => String::new(),
                _ => words.next().expect("a value"),
            };
            asked.insert(name, value);
        }
        Self(asked)
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn load(&self, name: &str) -> &str {
        self.find(name).expect("an argument")
    }
}

fn open(asked: &Asked) -> Client {
    let folder = PathBuf::from(asked.load("dir"));
    let pem = fs::read_to_string(asked.load("pem")).expect("the public key");
    let keys = KeySet::from_pem(&pem).expect("a public key");
    let mut options = Options::new(asked.load("product"), keys, asked.load("base"));
    let version = asked.find("version");
    options.asks.version = version.map(|text| text.parse().expect("a version"));
    if asked.find("preset") == Some("always-online") {
        options.preset = ALWAYS_ONLINE;
    } else {
        options.preset = HYBRID;
    }
    options.floating = asked.find("floating").map(str::to_owned);
    options.path = Some(folder.join("license"));
    options.watermark = Some(folder.join("elsewhere").join("seen"));
    options.machine = Some(Machine {
        secret: asked.find("machine").unwrap_or("desk-1").to_owned(),
        parts: BTreeMap::new(),
    });
    if let Some(now) = asked.find("now") {
        let now: i64 = now.parse().expect("seconds");
        options.clock = Some(Box::new(move || now));
    }
    options.renew_url = Some("https://shop.example/renew?license={license}".to_owned());
    Client::open(options).expect("a client")
}

fn shown(state: &State) -> Value {
    let seat = state.seat.as_ref().map(
        |seat| json!({ "id": seat.id, "until": seat.until, "borrowed_until": seat.borrowed_until }),
    );
    json!({
        "status": state.status, "code": state.code, "valid": state.valid, "access": state.access,
        "days_left": state.days_left, "grace_ends_at": state.grace_ends_at,
        "next_check_at": state.next_check_at, "license": state.license, "machine": state.machine,
        "expires_at": state.expires_at, "error": state.error, "retry_at": state.retry_at,
        "modules": state.modules, "seat": seat, "message": state.message("pt-BR"),
    })
}

fn say(said: &Value) {
    println!("{said}");
}

fn until_input_ends() {
    let mut rest = Vec::new();
    drop(std::io::stdin().read_to_end(&mut rest));
}

fn main() {
    let mut words = std::env::args().skip(1);
    let verb = words.next().expect("a verb");
    let asked = Asked::read(words);
    let client = open(&asked);
    match verb.as_str() {
        "activate" => say(&shown(&client.activate(asked.load("key"), Some("Desk")))),
        // More than once where somebody measures what one costs.
        "check" => {
            let times = asked
                .find("times")
                .map(|text| text.parse().expect("a number"));
            for _ in 1..times.unwrap_or(1) {
                let _ = client.state();
            }
            say(&shown(&client.state()));
        }
        "contact" => say(&shown(&client.validate_online())),
        "deactivate" => say(&shown(&client.deactivate())),
        "offline-request" => {
            let text = client.offline_request(asked.load("key"), None);
            say(&json!({ "text": text.expect("a request") }));
        }
        "offline-activate" => {
            let text = fs::read_to_string(asked.load("file")).expect("a text");
            say(&shown(&client.offline_activate(&text)));
        }
        "offline-deactivate" => {
            let text = client.deactivate_offline();
            say(&json!({ "text": text.expect("a receipt") }));
        }
        "update" => {
            let found = client.check_update("stable", "any");
            let found = found.map(|update| json!({ "version": update.version, "url": update.url }));
            say(&json!({ "update": found }));
        }
        "seat" => {
            let seconds = asked.find("seconds");
            let state = match seconds.map(|text| text.parse().expect("seconds")) {
                Some(seconds) => client.take_seat_for(seconds),
                None => client.take_seat(),
            };
            say(&shown(&state));
            until_input_ends();
        }
        // Runs as a program does: each change of the state is a line, until standard input ends.
        "loop" => {
            client.on_change(|state| say(&shown(state)));
            say(&shown(&client.check()));
            client.start();
            until_input_ends();
        }
        other => panic!("unknown verb {other}"),
    }
}

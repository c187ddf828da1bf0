//! The answers that all SDKs share, as far as a program in C or C++ can ask for them. Programs are
//! asked as they run on machines: a sealed store lies there, and the clock says a time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use alvara_sdk::vectors::{Label, Seal, hashed};
use data_encoding::BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::compiled::{Linked, compile, crate_folder, run, said};

/// The parts of the machine of the vectors; `parts_are_those_of_the_vectors` holds them to it.
const PARTS: [(&str, &str); 3] = [
    ("board", "B-7731"),
    ("disk", "WD-99102"),
    ("nic", "52:54:00:12:34:56"),
];

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

/// The vectors, and the programs that are held to them.
struct Field {
    vectors: Value,
    programs: [PathBuf; 2],
    folder: TempDir,
}

impl Field {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = crate_folder().join("../vectors/vectors.json");
        let vectors: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let clients = crate_folder().join("../../tests/clients");
        let programs =
            [("c", Linked::Shared), ("cpp", Linked::Static)].map(|(language, linked)| {
                let place = folder.path().join(language);
                fs::create_dir(&place).unwrap();
                let source = clients.join(format!("licensed_program.{language}"));
                compile(&source, linked, &place)
            });
        fs::write(folder.path().join("jwks.json"), vectors["jwks"].to_string()).unwrap();
        Self {
            vectors,
            programs,
            folder,
        }
    }

    /// The text of a token by its name.
    fn token(&self, name: &Value) -> Value {
        let tokens = list(&self.vectors, "tokens");
        let found = tokens.iter().find(|token| token["name"] == *name);
        found.unwrap()["text"].clone()
    }

    /// What each program says on a machine where these files lie.
    fn say(&self, machine: &Machine, store: &[u8], seen: &[u8], more: &[&str]) -> Vec<Value> {
        let ask = |program: &PathBuf| {
            let output = self.ask(program, machine, store, seen, more);
            assert!(output.status.success(), "{}", said(&output));
            serde_json::from_slice(&output.stdout).unwrap()
        };
        self.programs.iter().map(ask).collect()
    }

    fn ask(
        &self,
        program: &Path,
        machine: &Machine,
        store: &[u8],
        seen: &[u8],
        more: &[&str],
    ) -> Output {
        // A folder of its own for each program and case, for a look may write.
        let place = tempfile::tempdir_in(self.folder.path()).unwrap();
        fs::create_dir(place.path().join("elsewhere")).unwrap();
        for (file, sealed) in [("license", store), ("elsewhere/seen", seen)] {
            if !sealed.is_empty() {
                fs::write(place.path().join(file), sealed).unwrap();
            }
        }
        let keys = self.folder.path().join("jwks.json");
        let parts: Vec<String> = machine
            .parts
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut arguments = vec![
            "check",
            "--base",
            "https://licenses.example",
            "--product",
            &machine.product,
            "--pem",
            keys.to_str().unwrap(),
            "--dir",
            place.path().to_str().unwrap(),
            "--machine",
            &machine.secret,
        ];
        for part in &parts {
            arguments.extend(["--part", part]);
        }
        arguments.extend(more);
        run(program, &arguments, self.folder.path())
    }

    /// The machine of the vectors.
    fn machine(&self) -> Machine {
        Machine {
            product: text(&self.vectors, "product").to_owned(),
            secret: text(&self.vectors["identity"], "secret").to_owned(),
            parts: PARTS.to_vec(),
        }
    }

    /// A store that holds a computer key and a lease.
    fn kept(&self, key: &Value, lease: &Value, seen: i64) -> Value {
        json!({
            "v": 1, "machine_id": self.vectors["machine"], "token": "amt_x",
            "computer_key": self.token(key), "lease": self.token(lease), "last_seen": seen,
        })
    }
}

struct Machine {
    product: String,
    secret: String,
    parts: Vec<(&'static str, &'static str)>,
}

impl Machine {
    fn sealed(&self, label: Label, said: &Value) -> Vec<u8> {
        let device = hashed(&self.product, "machine", &self.secret);
        let seal = Seal::new(&self.secret, &self.product, &device);
        let sealed = seal.close(label, said.to_string().as_bytes());
        sealed.ok().unwrap()
    }
}

// R-SDK-01
#[test]
fn parts_are_those_of_the_vectors() {
    let field = Field::new();
    let identity = &field.vectors["identity"];
    let hash = |name: &str, value: &str| json!(hashed(&field.machine().product, name, value));
    let secret = text(identity, "secret");
    assert_eq!(identity["fingerprint"], hash("machine", secret));
    for (name, value) in PARTS {
        assert_eq!(identity["components"][name], hash(name, value), "{name}");
    }
}

// R-SDK-01
#[test]
fn states_in_c_are_those_of_the_vectors() {
    let field = Field::new();
    let machine = field.machine();
    for case in list(&field.vectors, "states") {
        let mut kept = case["kept"].clone();
        for name in ["computer_key", "lease"] {
            if kept[name].is_string() {
                kept[name] = field.token(&kept[name]);
            }
        }
        if let Some(seats) = kept.get_mut("seats").and_then(Value::as_object_mut) {
            for seat in seats.values_mut() {
                seat["lease"] = field.token(&seat["lease"]);
            }
        }
        let store = if kept == json!({}) {
            Vec::new()
        } else {
            machine.sealed(Label::Store, &kept)
        };
        let seen = machine.sealed(Label::Watermark, &case["watermark"]);
        let now = case["now"].to_string();
        let mut more = vec!["--now", &now, "--preset", text(case, "preset")];
        if case["floating"] == true {
            more.push("--floating");
        }
        for state in field.say(&machine, &store, &seen, &more) {
            for (name, value) in case["expected"].as_object().unwrap() {
                assert_eq!(&state[name], value, "{}: {state}", case["name"]);
            }
        }
    }
}

// R-SDK-01 R-LIC-05
#[test]
fn verdicts_in_c_are_those_of_the_vectors() {
    let field = Field::new();
    let identity = &field.vectors["identity"];
    let mut judged = 0;
    for case in list(&field.vectors, "verdicts") {
        let asks = &case["asks"];
        // A program is of one product, and its store is sealed for that.
        if asks["product"].is_string() && asks["product"] != field.vectors["product"] {
            continue;
        }
        judged += 1;
        let mut machine = field.machine();
        if case["machine"]["fingerprint"] != identity["fingerprint"] {
            "another machine".clone_into(&mut machine.secret);
        }
        for (name, value) in &mut machine.parts {
            if case["machine"]["components"][*name] != identity["components"][*name] {
                *value = "another part";
            }
        }
        let seen = case["seen"].as_i64().unwrap_or_default();
        let kept = field.kept(&case["computer_key"], &case["lease"], seen);
        let store = machine.sealed(Label::Store, &kept);
        let now = case["now"].to_string();
        let mut more = vec!["--now", &now];
        let released_at = asks["released_at"].to_string();
        for name in ["version", "user", "site"] {
            if let Some(value) = asks[name].as_str() {
                more.extend([
                    match name {
                        "version" => "--version",
                        "user" => "--user",
                        _ => "--site",
                    },
                    value,
                ]);
            }
        }
        if asks["released_at"].is_i64() {
            more.extend(["--released-at", &released_at]);
        }
        for module in asks["modules"].as_array().into_iter().flatten() {
            more.extend(["--module", module.as_str().unwrap()]);
        }
        for state in field.say(&machine, &store, &[], &more) {
            for (name, value) in case["expected"].as_object().unwrap() {
                assert_eq!(&state[name], value, "{}: {state}", case["name"]);
            }
        }
    }
    assert!(judged > 40, "{judged}");
}

// R-SDK-01 R-LIC-12
#[test]
fn tokens_that_nobody_signed_are_not_believed_in_c() {
    let field = Field::new();
    let machine = field.machine();
    for token in list(&field.vectors, "tokens") {
        let (mut key, mut lease) = (json!("key"), json!("lease"));
        match text(token, "type") {
            "computer_key" => key = token["name"].clone(),
            "lease" => lease = token["name"].clone(),
            _ => continue,
        }
        let store = machine.sealed(Label::Store, &field.kept(&key, &lease, 0));
        let states = field.say(&machine, &store, &[], &["--now", "1800000000"]);
        // Another machine's lease and one of a seat are signed, and are not what a store may hold.
        let stray = ["lease-other-machine", "lease-of-seat"];
        let good = token["outcome"] == "valid" && !stray.contains(&text(token, "name"));
        for state in states {
            assert_eq!(state["code"] != "TOKEN_FORGED", good, "{}", token["name"]);
        }
    }
}

// R-SDK-01 R-LIC-12
#[test]
fn stores_open_in_c_as_the_vectors_say() {
    let field = Field::new();
    for case in list(&field.vectors, "stores") {
        // The device is drawn from the secret; a file sealed for another one opens nowhere.
        if case["label"] != "store" {
            continue;
        }
        let machine = Machine {
            product: text(case, "product").to_owned(),
            secret: text(case, "machine_secret").to_owned(),
            parts: Vec::new(),
        };
        let sealed = BASE64.decode(text(case, "sealed").as_bytes()).unwrap();
        let drawn = hashed(&machine.product, "machine", &machine.secret);
        if case["error"].is_null() {
            assert_eq!(case["device"], json!(drawn), "{}", case["name"]);
        } else if case["name"] == "another device" {
            continue;
        }
        for state in field.say(&machine, &sealed, &[], &["--now", "1800000000"]) {
            let expected = case["error"].as_str().unwrap_or("NOT_ACTIVATED");
            assert_eq!(state["code"], expected, "{}", case["name"]);
        }
    }
}

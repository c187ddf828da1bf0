//! Programs beside a platform of a few lines: what goes well, and what the program's own functions are
//! called with.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::{Value, json};

use crate::compiled::{Linked, compile, crate_folder, run, said};

const NOW: &str = "1800000000";

/// What a program asked.
struct Asked {
    line: String,
    body: Value,
}

/// A platform that answers until the test ends.
struct Platform {
    base: String,
    asked: Receiver<Asked>,
    vectors: Value,
}

impl Platform {
    fn open() -> Self {
        let file = crate_folder().join("../vectors/vectors.json");
        let vectors: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (sender, asked) = channel();
        let token = |name: &str| {
            let tokens = vectors["tokens"].as_array().unwrap().iter();
            let mut found = tokens.filter(|token| token["name"] == name);
            found.next().unwrap()["text"].clone()
        };
        let activated = json!({
            "machine": { "id": vectors["machine"], "token": "amt_x" },
            "computer_key": token("key"), "lease": token("lease"),
        });
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &activated, &sender);
            }
        });
        Self {
            base,
            asked,
            vectors,
        }
    }

    /// What a program needs to be the machine of the vectors.
    fn arguments(&self, folder: &Path) -> Vec<String> {
        let keys = folder.join("jwks.json");
        fs::write(&keys, self.vectors["jwks"].to_string()).unwrap();
        let secret = self.vectors["identity"]["secret"].as_str().unwrap();
        [
            ("--base", self.base.as_str()),
            ("--product", "VECTORS"),
            ("--pem", keys.to_str().unwrap()),
            ("--dir", folder.join("desk").to_str().unwrap()),
            ("--machine", secret),
            ("--now", NOW),
        ]
        .iter()
        .flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()])
        .collect()
    }
}

/// Reads one request and answers it.
fn answer(stream: TcpStream, activated: &Value, sender: &Sender<Asked>) {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some(number) = header.strip_prefix("Content-Length: ") {
            length = number.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, told) = if !first.contains("/activations ") {
        ("503 Service Unavailable", json!({}))
    } else if body["key"] == "FULL" {
        let detail = "Todos os lugares estão ocupados.";
        let told = json!({ "code": "MACHINE_LIMIT", "detail": detail });
        ("409 Conflict", told)
    } else {
        ("201 Created", activated.clone())
    };
    let told = told.to_string();
    let line = first.trim().to_owned();
    // The test may have seen all that it wanted.
    drop(sender.send(Asked { line, body }));
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
        told.len()
    );
    let stream = reader.get_mut();
    stream.write_all((head + &told).as_bytes()).unwrap();
}

// R-SDK-01
#[test]
fn an_activated_machine_knows_its_modules_and_gives_a_receipt() {
    for (language, linked) in [("c", Linked::Static), ("cpp", Linked::Shared)] {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::open();
        let source = format!("../../tests/clients/licensed_program.{language}");
        let program = compile(&crate_folder().join(source), linked, folder.path());
        let arguments = platform.arguments(folder.path());
        let ask = |verb: &str, more: &[&str]| -> Value {
            let mut words = vec![verb];
            words.extend(arguments.iter().map(String::as_str));
            words.extend(more);
            let output = run(&program, &words, folder.path());
            assert!(output.status.success(), "{}", said(&output));
            serde_json::from_slice(&output.stdout).unwrap()
        };

        let full = ask("activate", &["--key", "FULL"]);
        assert_eq!(full["error"], "MACHINE_LIMIT", "{full}");
        let state = ask("activate", &["--key", "ACME-1"]);
        let expected = json!({ "REPORTS": null, "SYNC": null, "TILLS": "5" });
        assert_eq!(
            (&state["status"], &state["error"], &state["modules"]),
            (&json!("OK"), &Value::Null, &expected)
        );
        assert_eq!(state["machine"], platform.vectors["machine"]);
        let license = platform.vectors["license"].as_str().unwrap();
        let found = ask("ask", &["--member", "TILLS"]);
        let url = format!("https://shop.example/renew?license={license}");
        assert_eq!(
            found,
            json!({ "has": true, "value": "5", "days_left": 365, "renew_url": url })
        );
        let none = ask("ask", &["--member", "EXPORT"]);
        assert_eq!(
            (&none["has"], &none["value"]),
            (&json!(false), &Value::Null)
        );
        let receipt = ask("offline-deactivate", &[]);
        let opening = "-----BEGIN ALVARA DEACTIVATION RECEIPT-----";
        assert!(receipt["text"].as_str().unwrap().starts_with(opening));
        assert_eq!(ask("check", &[])["status"], "NOT_ACTIVATED");
    }
}

// R-SDK-01
#[test]
fn listeners_clocks_and_metrics_are_called() {
    for (source, linked) in [
        ("listening.c", Linked::Shared),
        ("listening.cpp", Linked::Static),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::open();
        let arguments = platform.arguments(folder.path());
        let source = crate_folder().join("tests/c").join(source);
        let program = compile(&source, linked, folder.path());
        let words = [&platform.base, &arguments[5], &arguments[7], &arguments[9]];
        let output = run(&program, &words.map(String::as_str), folder.path());
        assert!(output.status.success(), "{}", said(&output));
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            told,
            "MACHINE_LIMIT Todos os lugares estão ocupados.\n\
             heard OK\n\
             heard CHECK_OVERDUE\n\
             HTTP_503\n"
        );
        let asked: Vec<Asked> = platform.asked.try_iter().collect();
        let heartbeat = asked.last().unwrap();
        assert_eq!(heartbeat.line, "POST /api/v1/heartbeats HTTP/1.1");
        assert_eq!(
            heartbeat.body["metrics"],
            json!({ "cpu_percent": 12.5, "disk_percent": 0.0 })
        );
    }
}

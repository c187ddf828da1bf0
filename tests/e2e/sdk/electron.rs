//! The licensing part of the Electron example beside a running server: the shipped file and the
//! library, as they lie after `npm install`. Windows are not opened here.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::field::{Desk, Field, Language, Running, root};
use crate::getting_started::said;

/// The example with its only dependency.
fn installed(folder: &Path) -> PathBuf {
    let app = folder.join("app");
    fs::create_dir_all(app.join("node_modules")).unwrap();
    let sdk = fs::canonicalize(root().join("sdk/javascript")).unwrap();
    for name in ["package.json", "licensing.js"] {
        fs::copy(sdk.join("examples/electron").join(name), app.join(name)).unwrap();
    }
    symlink(&sdk, app.join("node_modules/alvara-sdk")).unwrap();
    app
}

fn command(app: &Path, desk: &Desk, verb: &str, more: &[&str]) -> Command {
    let mut command = Command::new("node");
    command
        .arg(root().join("tests/clients/electron_desk.mjs"))
        .args([verb, "--product", "writer", "--base", &desk.base])
        .arg("--app")
        .arg(app)
        .arg("--pem")
        .arg(&desk.pem)
        .arg("--dir")
        .arg(&desk.folder)
        .args(["--machine", &desk.machine])
        .args(more);
    command
}

/// What the person does, and what the window shows then.
fn shown(app: &Path, desk: &Desk, verb: &str, more: &[&str]) -> Value {
    let output = command(app, desk, verb, more)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{verb}: {}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

// R-SDK-01 R-LIC-06 R-LIC-11
#[test]
fn the_main_process_of_the_electron_example_licenses_its_program() {
    let mut field = Field::open();
    let app = installed(field.folder.path());
    let license = field.license_of(&json!({
        "kind": "subscription", "duration": "P1Y", "machine_limit": 2,
        "heartbeat": { "interval_seconds": 5 },
    }));
    let desk = field.desk(Language::JavaScript, "window");
    let refused = shown(&app, &desk, "activate", &["--key", "ACME-12345"]);
    assert_eq!(
        (&refused["status"], &refused["trouble"]["code"]),
        (&json!("NOT_ACTIVATED"), &json!("KEY_MALFORMED"))
    );
    let activated = shown(&app, &desk, "activate", &["--key", &license.key]);
    assert_eq!(
        (&activated["status"], &activated["message"]),
        (&json!("OK"), &json!("A licença é válida."))
    );
    assert!(activated["daysLeft"].as_i64() >= Some(365), "{activated}");
    let opened = shown(&app, &desk, "renew", &[]);
    let renewal = format!("https://lumen.example/renew?license={}", license.id);
    assert_eq!(opened["opened"], renewal);

    // A second computer, which has no network.
    let cellar = field.desk(Language::JavaScript, "cellar");
    let file = field.folder.path().join("carried.txt");
    let carried = ["--file", file.to_str().unwrap(), "--key", &license.key];
    let asked = shown(&app, &cellar, "request", &carried);
    assert_eq!(
        (&asked["status"], &asked["trouble"]),
        (&json!("NOT_ACTIVATED"), &Value::Null)
    );
    let request = fs::read_to_string(&file).unwrap();
    fs::write(&file, field.carry("offline/activations", &request)).unwrap();
    assert_eq!(shown(&app, &cellar, "answer", &carried)["status"], "OK");

    // A program that runs hears of a block by its own heartbeats.
    let machine = desk.ask("check", &[])["machine"].clone();
    let block = format!("machines/{}/block", machine.as_str().unwrap());
    let mut running = Running::begin(command(&app, &desk, "begin", &[]));
    assert_eq!(running.says()["status"], "OK");
    let _ = field.agent("POST", &block);
    let blocked = running.says();
    assert_eq!(
        (&blocked["status"], &blocked["valid"]),
        (&json!("BLOCKED"), &json!(false))
    );
    let _ = field.agent("DELETE", &block);
    assert_eq!(running.says()["status"], "OK");
    running.end();

    // Without the server it begins all the same.
    field.served.kill();
    let mut alone = Running::begin(command(&app, &desk, "begin", &[]));
    let begun = alone.says();
    assert_eq!(
        (&begun["status"], &begun["valid"]),
        (&json!("OK"), &json!(true))
    );
    alone.end();
}

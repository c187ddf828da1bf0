//! From `alvara plugin new` to a signed plugin that a tenant uses, and on to its next version: the
//! author's page as it stands, with a real compiler, beside a running server.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use alvara_tests::served::Place;
use alvara_tests::settings::plugins;
use serde_json::{Value, json};

use crate::getting_started::{blocks, page, said};

/// Everything that the shell needs besides what it inherits: an installation, the SDK of this
/// checkout, no network, and a folder where compiled crates are kept between runs.
fn shell(place: &Place, folder: &Path) -> Command {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut shell = Command::new("sh");
    let alvara = place.command(&[]);
    for (name, value) in alvara.get_envs() {
        if let Some(value) = value.filter(|_| name != "PATH") {
            shell.env(name, value);
        }
    }
    let bin = folder.join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        symlink(alvara.get_program(), bin.join("alvara")).unwrap();
    }
    shell
        .current_dir(folder)
        .env("BIN", bin)
        .env("CARGO_NET_OFFLINE", "true")
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("authors-plugin"),
        )
        .env("ALVARA_PLUGIN_SDK", suite.join("../plugins/sdk"))
        .stdin(Stdio::null());
    shell
}

/// Runs a script with `alvara` on its path; answers its exit code and all it said.
fn run(place: &Place, folder: &Path, script: &str) -> (i32, String) {
    let script = format!("PATH=\"$BIN:$PATH\"; export PATH\n{script}");
    let output = shell(place, folder).args(["-c", &script]).output().unwrap();
    (output.status.code().unwrap(), said(&output))
}

// R-PAY-01 R-PAY-04
#[test]
fn the_page_for_authors_does_what_it_says_and_versions_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let place = Place::in_directory(folder);
    // A port that was free a moment ago: what is to be read there is no part of the API.
    let metrics = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let served = place.serve_with(&[("ALVARA_METRICS__LISTEN", &metrics)]);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let shop = runtime.block_on(served.shop("acme"));
    let alvara = |script: &str| run(&place, folder, script);

    let (code, told) = alvara(&blocks(&page("plugins.md"), "sh"));
    assert_eq!(code, 0, "{told}");
    for step in [
        "ok    create",
        "ok    the same key again is the same charge",
        "ok    another key is another charge",
        "ok    a forged webhook",
        "ok    refund",
        "ok    webhooks in any order, and repeated, come to the same",
        "skip  captures",
        "skip  mandates",
        "+ is signed by ACME Payments (",
    ] {
        assert!(told.contains(step), "{step}: {told}");
    }
    assert!(!told.contains("FAIL"), "{told}");

    // The tenant finds it on the running server.
    let account = runtime.block_on(async {
        let offered = shop.reseller.get("offered-plugins").await.expect(200).json();
        assert_eq!(offered["items"][0]["name"], "acme-pay");
        let version = &offered["items"][0]["versions"][0];
        assert_eq!(version["description"]["capabilities"], json!(["refunds"]));
        assert_eq!(version["secrets"][0]["name"], "api_key");
        let account = json!({
            "name": "ACME", "plugin": "acme-pay", "plugin_version": "0.1.0", "environment": "sandbox",
            "secrets": { "api_key": "k", "webhook_secret": "w" },
        });
        // Its provider does not exist and cannot be asked.
        let made = shop
            .reseller
            .post("payment-accounts?check=skip", &account)
            .await;
        made.expect(201).id()
    });

    // Calls of plugins are counted by how they end and by whose fault.
    let figures = runtime.block_on(async {
        let anybody = served.nobody("acme.localhost");
        let forged = anybody.post(&format!("/hooks/{account}"), &json!({})).await;
        assert!(matches!(forged.status, 400 | 401), "{forged:?}");
        let read = reqwest::Client::builder().no_proxy().build().unwrap();
        let read = read.get(format!("http://{metrics}/metrics")).send().await;
        read.unwrap().text().await.unwrap()
    });
    let counted = |line: &&str| {
        line.starts_with("alvara_plugin_calls_total{")
            && [
                "plugin=\"acme-pay\"",
                "version=\"0.1.0\"",
                "outcome=\"said\"",
                "blame=\"provider\"",
            ]
            .iter()
            .all(|label| line.contains(label))
    };
    let line = figures.lines().find(counted);
    assert!(line.is_some_and(|line| line.ends_with(" 1")), "{figures}");

    // What is wrong is said.
    let file = "acme-pay/acme-pay-0.1.0.wasm";
    let (code, told) = alvara(&format!("alvara plugin install {file}"));
    assert!(code == 1 && told.contains("installed already"), "{told}");
    let (code, told) =
        alvara("alvara plugin sign acme-pay/acme-pay-0.1.0.wasm --key publisher.pem");
    assert!(code == 1 && told.contains("is signed already"), "{told}");
    let (code, told) = alvara(
        "mkdir -p mine/src && echo kept > mine/src/lib.rs && alvara plugin new acme-pay --folder mine",
    );
    assert!(code == 1 && told.contains("src/lib.rs"), "{told}");
    let left = fs::read_to_string(folder.join("mine/src/lib.rs")).unwrap();
    assert_eq!(left, "kept\n");
    assert!(!folder.join("mine/Cargo.toml").exists());
    let (code, told) = alvara("alvara plugin keygen --out publisher.pem");
    assert!(code == 1 && told.contains("never overwritten"), "{told}");
    let (code, told) = alvara("alvara plugin check publisher.pub");
    assert!(
        code == 1 && told.contains("no WebAssembly component"),
        "{told}"
    );
    let (code, told) = alvara("alvara plugin remove acme-pay@0.1.0");
    assert!(code == 1 && told.contains("in use"), "{told}");
    let (code, told) = alvara("alvara plugin show acme-pay@9.0.0");
    assert_eq!(code, 3, "{told}");
    let (code, told) = alvara(
        "sed 's/^state = \"requires_action\"$/state = \"paid\"/' acme-pay/conformance.toml > other.toml\n\
         alvara plugin test acme-pay/acme-pay-0.1.0.wasm --script other.toml",
    );
    assert!(
        code == 1 && told.contains("FAIL  create: paid is expected, requires_action is reported"),
        "{told}"
    );
    for step in ["the same key again is the same charge", "refund"] {
        let skipped = format!("skip  {step}: create did not succeed");
        assert!(told.contains(&skipped), "{told}");
    }

    // The next version asks for more, is unsigned, and is gone back from.
    let (code, told) = alvara(
        "set -eu; cd acme-pay\n\
         sed -i 's/^version = \"0.1.0\"/version = \"0.2.0\"/' Cargo.toml plugin.toml\n\
         sed -i 's/sandbox.example.com\"\\]/sandbox.example.com\", \"two.example.com\"]/' plugin.toml\n\
         sed -i 's/&ctx.idempotency_key/\"always the same\"/' src/lib.rs\n\
         alvara plugin build .",
    );
    assert_eq!(code, 0, "{told}");
    // It also forgot the idempotency key: the provider's answers are the same, what it is sent is not.
    let (code, told) = alvara("alvara plugin test acme-pay/acme-pay-0.2.0.wasm");
    let step =
        "FAIL  another key is another charge: the same is sent under another idempotency key";
    assert!(code == 1 && told.contains(step), "{told}");
    let second = "acme-pay/acme-pay-0.2.0.wasm";
    let (code, told) = alvara(&format!("alvara plugin install {second}"));
    assert!(code == 1 && told.contains("nobody signed it"), "{told}");
    let (code, told) = alvara(&format!("alvara plugin install --unsigned {second}"));
    assert_eq!(code, 0, "{told}");
    let (_, told) = alvara("alvara plugin sheet acme-pay@0.2.0");
    assert!(told.contains("beside 0.1.0"), "{told}");
    assert!(told.contains("+ call two.example.com (sandbox)"), "{told}");
    assert!(told.contains("+ is signed by nobody"), "{told}");
    assert!(told.contains("- is signed by ACME Payments ("), "{told}");
    let pin = format!("alvara plugin pin {account} 0.2.0 --tenant acme");
    let (code, told) = alvara(&pin);
    assert!(code == 1 && told.contains("granted"), "{told}");
    let (code, told) = alvara(&format!("alvara plugin grant acme-pay@0.2.0 && {pin}"));
    assert_eq!(code, 0, "{told}");
    let pinned = || {
        let path = format!("payment-accounts/{account}");
        let read = runtime.block_on(async { shop.reseller.get(&path).await.expect(200).json() });
        read["plugin_version"].as_str().unwrap().to_owned()
    };
    assert_eq!(pinned(), "0.2.0");
    let (code, told) = alvara(&format!("alvara plugin rollback {account} --tenant acme"));
    assert_eq!(code, 0, "{told}");
    assert_eq!(pinned(), "0.1.0");
    let (code, told) = alvara(&format!("alvara plugin rollback {account} --tenant acme"));
    assert_eq!(code, 3, "{told}");
    let (code, told) = alvara("alvara plugin remove acme-pay@0.2.0 && alvara plugin list --json");
    assert_eq!(code, 0, "{told}");
    let list = place.run(&["plugin", "list", "--json"]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["plugin_version"], "0.1.0");
    let (code, told) = alvara("alvara plugin withdraw acme-pay --tenant acme");
    assert_eq!(code, 0, "{told}");
    let publishers = place.run(&["plugin", "publishers", "--json"]);
    let publishers: Value = serde_json::from_slice(&publishers.stdout).unwrap();
    let whose = publishers["items"][0]["fingerprint"].as_str().unwrap();
    let (code, told) = alvara(&format!("alvara plugin distrust {whose}"));
    assert_eq!(code, 0, "{told}");
}

/// What all four pass.
const COMMON: [&str; 9] = [
    "settings are taken",
    "bad settings are refused",
    "create",
    "the same key again is the same charge",
    "another key is another charge",
    "a paid charge",
    "timeout is unknown, and is found",
    "a provider's garbage is never money",
    "hostile input is answered",
];
/// What those pass whose provider tells of money.
const TOLD: [&str; 5] = [
    "a genuine webhook",
    "a forged webhook",
    "the same webhook twice",
    "refund",
    "webhooks in any order, and repeated, come to the same",
];
const MANDATES: [&str; 4] = [
    "a mandate is set up",
    "a mandate is consented to",
    "a collection by a mandate",
    "a mandate is ended",
];

// R-PAY-01 R-PAY-02 R-PAY-04
#[test]
fn the_four_plugins_pass_the_conformance_script_against_the_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_directory(folder.path());
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let own: [(&str, &[&[&str]]); 4] = [
        (
            "pix",
            &[&TOLD, &MANDATES, &["the provider is told where to call"]],
        ),
        ("boleto", &[&["a file for the bank", "a file of the bank"]]),
        ("card", &[&TOLD, &["decline", "captures"]]),
        ("stripe", &[&TOLD, &MANDATES, &["captures"]]),
    ];
    for (name, further) in own {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let source = sources.join(name);
        let (component, file) = (
            text(&plugins().join(format!("{name}.wasm"))),
            text(&folder.path().join(format!("{name}.wasm"))),
        );
        let built = place.run(&[
            "plugin",
            "build",
            &text(&source),
            "--component",
            &component,
            "--out",
            &file,
        ]);
        assert!(built.status.success(), "{name}: {}", said(&built));
        let script = text(&source.join("conformance.toml"));
        let tested = place.run(&["plugin", "test", &file, "--script", &script]);
        let told = said(&tested);
        assert!(tested.status.success(), "{name}: {told}");
        for step in further.iter().copied().flatten().chain(&COMMON) {
            assert!(
                told.contains(&format!("ok    {step}\n")),
                "{name}, {step}: {told}"
            );
        }
        assert!(!told.contains("FAIL"), "{name}: {told}");
    }
}

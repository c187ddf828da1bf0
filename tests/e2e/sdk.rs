//! Licensed programs in each language of the SDKs, beside a running server. They keep their things in
//! folders of their own, and the clock they are given is moved and never waited for.

mod csharp;
mod electron;
mod field;
mod quickstart;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use alvara_tests::PASSWORD;
use alvara_tests::program::payload;
use alvara_tests::served::Place;
use alvara_tests::settings::python;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::getting_started::{OPERATOR, blocks, page, said};
use field::{Desk, Field, LANGUAGES, Language, interpreter, root};

const DAY: i64 = 86_400;
/// How long somebody waits for a seat whose lease of ten seconds nobody renews.
const PATIENCE: Duration = Duration::from_secs(60);

// R-SDK-01 R-LIC-05 R-LIC-08
#[test]
fn a_program_survives_the_servers_death_for_exactly_its_grace() {
    for language in LANGUAGES {
        let mut field = Field::open();
        let license = field.license_of(&json!({
            "kind": "subscription", "duration": "P1Y", "modules": [],
            "revalidate_after_seconds": 3600, "offline_grace_seconds": 7200,
        }));
        let desk = field.desk(language, "desk-1");
        assert_eq!(desk.status("check", &[]), "NOT_ACTIVATED");
        let mistyped = desk.ask("activate", &["--key", "ACME-12345"]);
        assert_eq!(
            (&mistyped["status"], &mistyped["error"]),
            (&json!("NOT_ACTIVATED"), &json!("KEY_MALFORMED"))
        );
        assert_eq!(desk.activate(&license)["status"], "OK");
        assert_eq!(desk.status("contact", &[]), "OK");
        let lease = desk.lease();
        let (seen, end) = (
            lease["iat"].as_i64().unwrap(),
            lease["exp"].as_i64().unwrap(),
        );
        assert_eq!(end - seen, 3600 + 7200);

        field.served.kill();
        assert_eq!(desk.at(seen + 3600)["status"], "OK");
        let grace = desk.at(seen + 3601);
        assert_eq!(
            (&grace["status"], &grace["grace_ends_at"]),
            (&json!("GRACE"), &json!(end)),
            "{language:?}"
        );
        let alone = desk.ask("contact", &["--now", &end.to_string()]);
        assert_eq!(
            (&alone["status"], &alone["valid"], &alone["error"]),
            (&json!("GRACE"), &json!(true), &json!("NO_CONNECTION"))
        );
        let late = desk.at(end + 1);
        assert_eq!(
            (&late["status"], &late["code"], &late["valid"]),
            (
                &json!("CHECK_OVERDUE"),
                &json!("LEASE_EXPIRED"),
                &json!(false)
            )
        );
        // Turning the clock back to when all was well does not help.
        let back = desk.at(seen + 60);
        assert_eq!(
            (&back["status"], &back["code"]),
            (&json!("CLOCK_TAMPERED"), &json!("CLOCK_ROLLBACK"))
        );
        assert_eq!(desk.at(seen - 301)["status"], "CLOCK_TAMPERED");

        // One contact sets everything right, the clock that was wrong too.
        field.served = field.place.serve();
        let desk = Desk {
            base: field.desk(language, "desk-1").base,
            ..desk
        };
        assert_eq!(desk.status("contact", &[]), "OK", "{language:?}");
        assert_eq!(desk.status("check", &[]), "OK");
    }
}

// R-SDK-01 R-LIC-08
#[test]
fn a_program_goes_down_the_ladder_without_contact() {
    let mut field = Field::open();
    let license = field.license_of(&json!({
        "kind": "subscription", "duration": "P30D", "machine_limit": LANGUAGES.len(),
        "offline_grace_seconds": 90 * DAY,
        "grace": { "warn_days": 10, "full_days": 7, "read_only_days": 5 },
    }));
    let desks = LANGUAGES.map(|language| field.desk(language, "desk-1"));
    for desk in &desks {
        // Each language is a machine of its own to the platform.
        let desk = Desk {
            machine: format!("{:?}", desk.language),
            ..desk.clone()
        };
        let state = desk.activate(&license);
        let end = state["expires_at"].as_i64().unwrap();
        assert_eq!(desk.lease()["lad"], "10.7.5");
        for (now, status, code, access) in [
            (end - 1, "GRACE", "VALID", "full"),
            (end, "GRACE", "EXPIRED_GRACE", "full"),
            (end + 7 * DAY - 1, "GRACE", "EXPIRED_GRACE", "full"),
            (end + 7 * DAY, "GRACE", "EXPIRED_GRACE", "read_only"),
            (end + 12 * DAY - 1, "GRACE", "EXPIRED_GRACE", "read_only"),
            (end + 12 * DAY, "EXPIRED", "EXPIRED", "none"),
        ] {
            let shown = desk.at(now);
            assert_eq!(
                (&shown["status"], &shown["code"], &shown["access"]),
                (&json!(status), &json!(code), &json!(access)),
                "{:?} {} seconds after the end",
                desk.language,
                now - end
            );
        }
    }
    assert!(field.served.stop().success());
}

/// A computer key that promises ten years, under the signature of the one that was given.
fn forged(computer_key: &str) -> String {
    let mut parts: Vec<String> = computer_key.split('.').map(str::to_owned).collect();
    let mut claims = payload(computer_key);
    claims["exp"] = json!(claims["exp"].as_i64().unwrap() + 3650 * DAY);
    parts[1] = BASE64URL_NOPAD.encode(claims.to_string().as_bytes());
    parts.join(".")
}

fn flip(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).unwrap();
}

// R-SDK-01 R-LIC-12
#[test]
fn what_was_copied_changed_or_put_back_is_refused() {
    for language in LANGUAGES {
        let field = Field::open();
        let license = field.runtime.block_on(field.shop.license());
        let desk = field.desk(language, "desk-1");
        let _ = desk.activate(&license);
        let before = desk.ask("show", &[]);
        let old = desk.copied("before", "desk-1");
        let _ = field.agent("POST", &format!("licenses/{}/renewals", license.id));
        assert_eq!(desk.status("contact", &[]), "OK");
        let after = desk.ask("show", &[]);
        assert!(after["seq"].as_i64() > before["seq"].as_i64());
        let planted = |name: &str, text: &str| {
            let file = field.folder.path().join("text");
            fs::write(&file, text).unwrap();
            let victim = desk.copied(name, "desk-1");
            let more = ["--member", "computer_key", "--file", file.to_str().unwrap()];
            let _ = victim.ask("plant", &more);
            (victim.ask("check", &[])["code"].clone(), victim)
        };

        // Signed by nobody.
        let key = after["computer_key"].as_str().unwrap();
        let (code, _) = planted("forged", &forged(key));
        assert_eq!(code, "TOKEN_FORGED", "{language:?}");
        // Signed, and older than the one that was held.
        let (code, victim) = planted("older", before["computer_key"].as_str().unwrap());
        assert_eq!(code, "STORE_ROLLBACK", "{language:?}");
        assert_eq!(
            victim.status("contact", &[]),
            "OK",
            "a contact brings the newest"
        );

        // The whole file as it was before the renewal.
        let restored = desk.copied("restored", "desk-1");
        for file in ["license", "license.bak"] {
            fs::copy(old.folder.join(file), restored.folder.join(file)).unwrap();
        }
        assert_eq!(restored.ask("check", &[])["code"], "STORE_ROLLBACK");

        // Everything, on another machine.
        let copied = desk.copied("copied", "desk-2");
        let shown = copied.ask("check", &[]);
        assert_eq!(
            (&shown["status"], &shown["code"]),
            (&json!("DEVICE_MISMATCH"), &json!("STORE_COPIED"))
        );

        // One bit: the backup serves. In both: nothing does.
        let damaged = desk.copied("damaged", "desk-1");
        flip(&damaged.folder.join("license"));
        assert_eq!(damaged.status("check", &[]), "OK");
        flip(&damaged.folder.join("license.bak"));
        assert_eq!(damaged.ask("check", &[])["code"], "STORE_DAMAGED");

        // A file that was kept while the seat was given back.
        let kept = desk.copied("kept", "desk-1");
        assert_eq!(desk.status("deactivate", &[]), "NOT_ACTIVATED");
        for file in ["license", "license.bak"] {
            fs::copy(kept.folder.join(file), desk.folder.join(file)).unwrap();
        }
        assert_eq!(desk.ask("check", &[])["code"], "STORE_ROLLBACK");
        assert_eq!(desk.activate(&license)["status"], "OK", "{language:?}");
    }
}

// R-SDK-01 R-LIC-11
#[test]
fn a_blocked_machine_stops_at_its_next_contact() {
    let field = Field::open();
    for language in LANGUAGES {
        let license = field.license_of(&json!({
            "kind": "subscription", "duration": "P1Y", "heartbeat": { "interval_seconds": 5 },
        }));
        let desk = field.desk(language, &format!("{language:?}"));
        let machine = desk.activate(&license)["machine"].clone();
        let block = format!("machines/{}/block", machine.as_str().unwrap());
        let _ = field.agent("POST", &block);
        assert_eq!(desk.status("check", &[]), "OK", "it has not heard yet");
        let stopped = desk.ask("contact", &[]);
        assert_eq!(
            (&stopped["status"], &stopped["code"], &stopped["valid"]),
            (&json!("BLOCKED"), &json!("MACHINE_BLOCKED"), &json!(false))
        );
        assert_eq!(desk.status("check", &[]), "BLOCKED", "and remembers");
        let _ = field.agent("DELETE", &block);
        assert_eq!(desk.status("contact", &[]), "OK");

        // A program that runs hears of it by its own heartbeats.
        let mut running = desk.start("loop", &[]);
        assert_eq!(running.says()["status"], "OK");
        let _ = field.agent("POST", &block);
        assert_eq!(running.says()["status"], "BLOCKED", "{language:?}");
        let _ = field.agent("DELETE", &block);
        assert_eq!(running.says()["status"], "OK", "{language:?}");
        running.end();
    }
}

// R-SDK-01 R-LIC-04
#[test]
fn floating_seats_return_on_exit_and_are_reclaimed_after_a_kill() {
    let field = Field::open();
    for language in LANGUAGES {
        let license = field.license_of(&json!({
            "binding": "floating", "seat_limit": 1, "machine_limit": null,
            "seat_lease_seconds": 10, "borrow_limit_seconds": 7 * DAY,
        }));
        let [one, two] = ["one", "two"].map(|name| field.desk(language, name));
        for desk in [&one, &two] {
            let _ = desk.activate(&license);
            assert_eq!(desk.status("check", &["--floating"]), "NO_SEAT");
        }
        let take = |desk: &Desk| desk.ask("seat", &["--floating"]);

        let mut holder = one.start("seat", &["--floating"]);
        assert_eq!(holder.says()["status"], "OK");
        let refused = take(&two);
        assert_eq!(
            (&refused["status"], &refused["error"]),
            (&json!("NO_SEAT"), &json!("SEAT_LIMIT"))
        );
        assert!(refused["retry_at"].is_i64(), "{refused}");
        holder.end();
        // It is there at once; and this program too gives it back as it ends.
        assert_eq!(take(&two)["status"], "OK", "{language:?}");

        let mut holder = one.start("seat", &["--floating"]);
        assert_eq!(holder.says()["status"], "OK");
        drop(holder);
        assert_eq!(
            take(&two)["error"],
            "SEAT_LIMIT",
            "killed, it gave nothing back"
        );
        let killed = Instant::now();
        while take(&two)["status"] != "OK" {
            let waited = killed.elapsed();
            assert!(waited < PATIENCE, "{language:?}: nobody reclaims the seat");
        }

        // Borrowed, it is kept after the program ended, and given back by nobody but its holder.
        let borrowed = two.ask("seat", &["--floating", "--seconds", "86400"]);
        assert!(borrowed["seat"]["borrowed_until"].is_i64(), "{borrowed}");
        assert_eq!(take(&one)["error"], "SEAT_LIMIT");
        let until = borrowed["seat"]["until"].as_i64().unwrap();
        let at = |now: i64| two.ask("check", &["--floating", "--now", &now.to_string()]);
        assert_eq!(at(until)["status"], "OK");
        assert_eq!(at(until + 1)["status"], "NO_SEAT");
    }
}

// R-SDK-01 R-LIC-06
#[test]
fn a_machine_without_network_is_licensed_by_texts() {
    for language in LANGUAGES {
        let field = Field::open();
        let license = field.runtime.block_on(field.shop.license());
        let desk = field.desk(language, "cellar");
        let file = |text: &str| {
            let path = field.folder.path().join("carried");
            fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let asked = desk.ask("offline-request", &["--key", &license.key]);
        let response = field.carry("offline/activations", asked["text"].as_str().unwrap());
        let stranger = field.desk(language, "attic");
        let take = |desk: &Desk, text: &str| desk.ask("offline-activate", &["--file", &file(text)]);
        assert_eq!(take(&stranger, &response)["error"], "NOT_MY_REQUEST");
        assert_eq!(take(&desk, &response[..200])["error"], "TEXT_NOT_BELIEVED");
        assert_eq!(take(&desk, &response)["status"], "OK", "{language:?}");
        assert_eq!(
            take(&desk, &response)["error"],
            "NOT_MY_REQUEST",
            "once only"
        );

        let held = desk.ask("show", &[]);
        let machine = held["machine_id"].as_str().unwrap().to_owned();
        let _ = field.agent("POST", &format!("licenses/{}/renewals", license.id));
        let newer = loop {
            // A lease is taken where it ends later, and both are dated by the second.
            let text = field.agent("POST", &format!("machines/{machine}/computer-keys"));
            let state = take(&desk, &text);
            if state["error"] != "OLDER_THAN_HELD" {
                break state;
            }
        };
        assert_eq!(
            (&newer["status"], &newer["error"]),
            (&json!("OK"), &Value::Null),
            "{newer}"
        );
        assert!(desk.ask("show", &[])["seq"].as_i64() > held["seq"].as_i64());

        let lists = "/.well-known/alvara/writer/revocations.jws";
        let list = || {
            let asked = field.served.nobody("acme.localhost").get(lists);
            field
                .runtime
                .block_on(async { asked.await.expect(200).body() })
        };
        let clean = list();
        assert_eq!(take(&desk, &clean)["status"], "OK");
        let _ = field.agent("POST", &format!("machines/{machine}/block"));
        let named = list();
        assert_eq!(take(&desk, &named)["status"], "BLOCKED", "{language:?}");
        assert_eq!(take(&desk, &clean)["error"], "OLDER_THAN_HELD");
        assert_eq!(desk.status("check", &[]), "BLOCKED");

        let _ = field.agent("DELETE", &format!("machines/{machine}/block"));
        let receipt = desk.ask("offline-deactivate", &[]);
        let freed = field.carry("offline/deactivations", receipt["text"].as_str().unwrap());
        let freed: Value = serde_json::from_str(&freed).unwrap();
        assert_eq!(freed["freed"], true, "{language:?}");
        assert_eq!(desk.status("check", &[]), "NOT_ACTIVATED");
    }
}

// R-SDK-01 R-VER-01
#[test]
fn a_newer_build_is_offered_where_the_product_signed_it() {
    let field = Field::open();
    let releases = format!("products/{}/releases", field.shop.product_id);
    let release = json!({
        "channel": "stable", "platform": "any", "version": "2.1.0",
        "url": "https://downloads.example/writer", "sha256": "9f".repeat(32),
    });
    field.runtime.block_on(async {
        let published = field.shop.reseller.post(&releases, &release).await;
        drop(published.expect(201));
    });
    for language in LANGUAGES {
        let desk = field.desk(language, "desk-1");
        let update = |version: &str| desk.ask("update", &["--version", version])["update"].clone();
        assert_eq!(update("2.0.9")["version"], "2.1.0", "{language:?}");
        assert_eq!(update("2.1.0"), Value::Null);
        // A program with another vendor's key believes nobody here.
        let pem = field.folder.path().join("stranger.pem");
        fs::write(&pem, STRANGER).unwrap();
        let stranger = Desk {
            pem,
            ..desk.clone()
        };
        let shown = stranger.ask("update", &["--version", "1.0"]);
        assert_eq!(shown["update"], Value::Null, "{language:?}");
    }
}

/// An Ed25519 key of RFC 8032, test 1.
const STRANGER: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    -----END PUBLIC KEY-----\n";

// R-SDK-01
#[test]
fn one_language_reads_what_another_kept() {
    let field = Field::open();
    let license = field.runtime.block_on(field.shop.license());
    let [rust, python, javascript, c, cpp, csharp] = LANGUAGES.map(|language| Desk {
        language,
        ..field.desk(Language::Rust, "desk-1")
    });
    let first = python.activate(&license);
    for desk in [&rust, &javascript, &c, &cpp, &csharp] {
        let shown = desk.ask("contact", &[]);
        for name in [
            "status",
            "license",
            "machine",
            "expires_at",
            "modules",
            "message",
        ] {
            assert_eq!(first[name], shown[name], "{:?} {name}", desk.language);
        }
        assert_eq!(python.status("contact", &[]), "OK");
    }
    assert_eq!(javascript.status("deactivate", &[]), "NOT_ACTIVATED");
    assert_eq!(rust.status("check", &[]), "NOT_ACTIVATED");
    assert_eq!(rust.activate(&license)["status"], "OK");
    assert_eq!(python.status("contact", &[]), "OK");
    assert_eq!(cpp.status("deactivate", &[]), "NOT_ACTIVATED");
    assert_eq!(c.activate(&license)["status"], "OK");
    assert_eq!(csharp.status("deactivate", &[]), "NOT_ACTIVATED");
    assert_eq!(python.status("check", &[]), "NOT_ACTIVATED");
    assert_eq!(csharp.activate(&license)["status"], "OK");
    assert_eq!(javascript.status("check", &[]), "OK");
}

// R-SDK-01
#[test]
fn the_vectors_hold_in_every_language() {
    // Those of Rust, C and C++ are tests of their own crates; those of C# are the next test.
    for language in [Language::Python, Language::JavaScript] {
        let mut command = interpreter(language);
        match language {
            Language::Rust | Language::C | Language::Cpp | Language::CSharp => &mut command,
            Language::Python => command
                .current_dir(root().join("sdk/python"))
                .env("PYTHONPATH", "src")
                .args(["-m", "unittest", "discover", "-s", "tests"]),
            Language::JavaScript => command
                .current_dir(root().join("sdk/javascript"))
                .arg("--test"),
        };
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
}

// R-SDK-01 R-LIC-05 R-LIC-12
#[test]
fn the_vectors_hold_in_csharp_and_what_the_library_calls_outlives_the_collector() {
    let output = csharp::program("tests", &csharp::sources("tests"))
        .arg(root().join("sdk/vectors/vectors.json"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let told = String::from_utf8_lossy(&output.stdout);
    let closing = told.lines().last().unwrap();
    assert!(closing.ends_with(" held, 0 failed"), "{}", said(&output));
    assert!(told.contains("VerdictsAreThoseOfTheVectors"), "{told}");
}

// R-SDK-01
#[test]
fn fifteen_lines_in_csharp_license_a_program() {
    let field = Field::open();
    let price = json!({ "amount_minor": 990, "currency": "BRL" });
    let module = json!({ "code": "TILLS", "name": "Cash desks", "price": price });
    let path = format!("products/{}/modules", field.shop.product_id);
    let made = field.shop.reseller.post(&path, &module);
    let _ = field.runtime.block_on(async { made.await.expect(201) });
    let terms = json!({
        "kind": "subscription", "duration": "P1Y", "versions": "1.0-2.9",
        "modules": [{ "code": "TILLS", "value": "5" }],
    });
    let license = field.license_of(&terms);
    let folder = field.folder.path();
    fs::rename(folder.join("key.pem"), folder.join("writer.jwks.json")).unwrap();
    fs::write(folder.join("key.txt"), format!("{}\n", license.key)).unwrap();
    let base = field.desk(Language::CSharp, "desk-1").base;
    let run = || {
        csharp::program("fifteen-lines", &csharp::sources("examples"))
            .arg(&base)
            .current_dir(folder)
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_STATE_HOME", folder.join("state"))
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    for turn in ["activated", "found again"] {
        let output = run();
        assert!(output.status.success(), "{turn}: {}", said(&output));
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "A licença é válida.\n5 cash desks\n",
            "{turn}"
        );
    }
}

// R-SDK-01
#[test]
fn the_page_for_authors_of_programs_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Place::in_directory(folder.path()).serve();
    let port = served.base_url().rsplit(':').next().unwrap().to_owned();
    let modules = folder.path().join("node_modules");
    fs::create_dir(&modules).unwrap();
    symlink(
        fs::canonicalize(root().join("sdk/javascript")).unwrap(),
        modules.join("alvara-sdk"),
    )
    .unwrap();
    let text = page("sdk.md").replace(":8080", &format!(":{port}"));
    for (file, language) in [("first.py", "python"), ("second.mjs", "js")] {
        fs::write(folder.path().join(file), blocks(&text, language)).unwrap();
    }
    let interpreter = python().unwrap_or_else(|| "python3".into());
    let story = Command::new("sh")
        .args(["-c", &blocks(&text, "sh")])
        .current_dir(folder.path())
        .env("PORT", &port)
        .env("PYTHON", interpreter)
        .env(
            "PYTHONPATH",
            fs::canonicalize(root().join("sdk/python/src")).unwrap(),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("OPERATOR", OPERATOR)
        .env("ALVARA_OPERATOR_PASSWORD", PASSWORD)
        .env("NO_PROXY", "*")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(story.status.success(), "{}", said(&story));
    let told = String::from_utf8_lossy(&story.stdout);
    for line in [
        "A licença é válida.",
        "5 cash desks",
        "The license is valid.",
    ] {
        assert!(told.contains(line), "{line}: {}", said(&story));
    }
    assert!(served.stop().success());
}

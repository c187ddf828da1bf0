//! The pages that a stranger starts with, run as they stand: what they say is what happens.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use alvara_tests::PASSWORD;
use alvara_tests::served::Place;
use alvara_tests::settings::python;

/// The address that [`Place`] gives the operator.
pub(crate) const OPERATOR: &str = alvara_tests::site::OPERATOR;

/// The fenced blocks of a page that are marked with a language, one after the other.
pub(crate) fn blocks(page: &str, language: &str) -> String {
    let (begin, mut inside, mut script) = (format!("```{language}"), false, String::new());
    for line in page.lines() {
        match line {
            _ if line == begin => inside = true,
            "```" => inside = false,
            _ if inside => {
                script.push_str(line);
                script.push('\n');
            }
            _ => {}
        }
    }
    script
}

pub(crate) fn page(name: &str) -> String {
    fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../docs")
            .join(name),
    )
    .unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Runs the `sh` blocks of a page as one script against the server at a port.
fn run(name: &str, folder: &Path, port: &str) -> Output {
    let story = Command::new("sh")
        .args(["-c", &blocks(&page(name), "sh")])
        .current_dir(folder)
        .env("PORT", port)
        .env("OPERATOR", OPERATOR)
        .env("ALVARA_OPERATOR_PASSWORD", PASSWORD)
        .env("NO_PROXY", "*")
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(story.status.success(), "{}", said(&story));
    story
}

// R-LIC-06 R-LIC-09 R-LIC-12
#[test]
fn the_page_on_machines_without_network_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_directory(folder.path());
    let mut served = place.serve();
    let port = served.base_url().rsplit(':').next().unwrap().to_owned();
    let story = run("offline.md", folder.path(), &port);
    let told = String::from_utf8_lossy(&story.stdout);
    assert_eq!(told.matches("Verified OK").count(), 5, "{}", said(&story));
    assert!(served.stop().success());
}

// R-OPS-01 R-TEN-01 R-TEN-08 R-LIC-05 R-LIC-07 R-LIC-09 R-LIC-11
#[test]
fn both_pages_do_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_directory(folder.path());
    let mut served = place.serve();
    let port = served.base_url().rsplit(':').next().unwrap().to_owned();
    let story = run("getting-started.md", folder.path(), &port);
    let told = String::from_utf8_lossy(&story.stdout);
    assert!(told.contains("Verified OK"), "{}", said(&story));
    assert!(told.contains("license.revoked by mem_"), "{}", said(&story));
    assert!(served.stop().success());

    the_chain_verifies_without_us(&place, folder.path());
}

// R-API-02
#[test]
fn the_page_on_dialects_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Place::in_directory(folder.path()).serve();
    let port = served.base_url().rsplit(':').next().unwrap().to_owned();
    let _ = run("dialects.md", folder.path(), &port);
    assert!(served.stop().success());
}

// R-LIC-03 R-LIC-09 R-LIC-11
#[test]
fn the_page_about_machines_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_directory(folder.path());
    let mut served = place.serve();
    let port = served.base_url().rsplit(':').next().unwrap().to_owned();
    let story = run("machines.md", folder.path(), &port);
    let told = String::from_utf8_lossy(&story.stdout);
    assert!(told.contains("license.arrived"), "{}", said(&story));
    assert!(served.stop().success());
}

/// What the story left in the audit chain, checked by the program on the page about it.
fn the_chain_verifies_without_us(place: &Place, folder: &Path) {
    let program = blocks(&page("audit.md"), "python");
    let export = place.run(&["audit", "export", "--tenant", "nova"]);
    assert!(export.status.success(), "{}", said(&export));
    let export = String::from_utf8(export.stdout).unwrap();
    let verify = |text: &str| {
        let file = folder.join("nova.jsonl");
        fs::write(&file, text).unwrap();
        let python = python().unwrap_or_else(|| "python3".into());
        Command::new(python)
            .args(["-c", &program])
            .arg(&file)
            .output()
            .unwrap()
    };
    let whole = verify(&export);
    let entries = export.lines().count();
    assert!(whole.status.success(), "{}", said(&whole));
    assert!(
        said(&whole).starts_with(&format!("{entries} entries, whole")),
        "{}",
        said(&whole)
    );
    for broken in [
        export.replacen("invoice unpaid", "invoice paid", 1),
        without_line(&export, entries / 2),
    ] {
        let found = verify(&broken);
        assert!(
            !found.status.success() && said(&found).contains("the chain breaks at entry"),
            "{}",
            said(&found)
        );
    }
}

fn without_line(text: &str, gone: usize) -> String {
    text.lines()
        .enumerate()
        .filter(|(index, _)| *index != gone)
        .map(|(_, line)| format!("{line}\n"))
        .collect()
}

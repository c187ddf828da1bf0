//! The pages on modules and meters, and on quotas and prices, run as they stand.

use std::process::{Command, Stdio};

use alvara_tests::PASSWORD;
use alvara_tests::served::Place;

use crate::getting_started::{OPERATOR, blocks, page, said};

/// Runs what a page says against a platform of its own.
fn does_what_it_says(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_directory(folder.path());
    let mut served = place.serve();
    let port = served.base_url().rsplit(':').next().unwrap().to_owned();
    let script = blocks(&page(name), "sh");
    assert!(script.contains("curl"), "{name} has no script");
    let story = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PORT", port)
        .env("OPERATOR", OPERATOR)
        .env("ALVARA_OPERATOR_PASSWORD", PASSWORD)
        .env("NO_PROXY", "*")
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(story.status.success(), "{name}: {}", said(&story));
    assert!(served.stop().success());
}

// R-LIC-01 R-LIC-13 R-LIC-14 R-LIC-15
#[test]
fn modules_and_meters_do_what_their_page_says() {
    does_what_it_says("modules-and-meters.md");
}

// R-TEN-05 R-TEN-06
#[test]
fn quotas_and_prices_do_what_their_page_says() {
    does_what_it_says("quotas-and-prices.md");
}

// R-API-01: whoever tries one page after another on one installation finds every name free.
#[test]
fn no_two_pages_open_the_same_tenant() {
    let mut seen = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for rest in text.split("\"slug\": \"").skip(1) {
            let slug = rest.split('"').next().unwrap().to_owned();
            let other = seen.insert(slug.clone(), path.clone());
            assert!(
                other.as_ref().is_none_or(|other| *other == path),
                "{slug}: {other:?} and {path:?}"
            );
        }
    }
    assert!(seen.len() > 3, "{seen:?}");
}

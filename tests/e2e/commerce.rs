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

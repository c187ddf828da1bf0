//! The page on registration, run as it stands.

use std::process::{Command, Stdio};

use alvara_tests::PASSWORD;
use alvara_tests::served::Place;

use crate::getting_started::{OPERATOR, blocks, page, said};

// R-LIC-10 R-TEN-09
#[test]
fn the_page_on_registration_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_directory(folder.path());
    let mut served = place.serve();
    let port = served.base_url().rsplit(':').next().unwrap().to_owned();
    let story = Command::new("sh")
        .args(["-c", &blocks(&page("registration.md"), "sh")])
        .current_dir(folder.path())
        .env("PORT", port)
        .env("OPERATOR", OPERATOR)
        .env("ALVARA_OPERATOR_PASSWORD", PASSWORD)
        .env("NO_PROXY", "*")
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(story.status.success(), "{}", said(&story));
    let told = String::from_utf8_lossy(&story.stdout);
    assert!(told.contains("\"retry_after\":10"), "{}", said(&story));
    assert!(
        told.contains("\"tax_id\":\"00743110157\""),
        "{}",
        said(&story)
    );
    assert!(served.stop().success());
}

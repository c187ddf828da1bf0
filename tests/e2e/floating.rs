//! The page for authors of programs with floating seats, run as it stands.

use std::process::{Command, Stdio};

use alvara_tests::PASSWORD;
use alvara_tests::served::Place;

use crate::getting_started::{OPERATOR, blocks, page, said};

// R-LIC-04 R-LIC-09
#[test]
fn the_page_on_floating_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_directory(folder.path());
    let mut served = place.serve();
    let port = served.base_url().rsplit(':').next().unwrap().to_owned();
    let story = Command::new("sh")
        .args(["-c", &blocks(&page("floating.md"), "sh")])
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
    assert!(told.contains("SEAT_LIMIT"), "{}", said(&story));
    assert!(told.contains("\"matched\":20"), "{}", said(&story));
    assert!(served.stop().success());
}

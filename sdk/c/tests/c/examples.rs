//! The examples, and what the calls answer where there is no server.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::compiled::{Linked, compile, crate_folder, run, said};

/// An address of this machine at which nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

fn keys(folder: &Path) -> String {
    let file = crate_folder().join("../vectors/vectors.json");
    let vectors: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let path = folder.join("jwks.json");
    fs::write(&path, vectors["jwks"].to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What came out, and how it ended.
fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

// R-SDK-01
#[test]
fn the_examples_compile_and_tell_states_from_misuse() {
    for source in ["activate.c", "activate.cpp"] {
        for linked in [Linked::Shared, Linked::Static] {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path();
            let source = crate_folder().join("examples").join(source);
            let program = compile(&source, linked, folder);
            let keys = keys(folder);
            let fresh = run(&program, &["VECTORS", &keys, NOBODY], folder);
            let (status, out, err) = told(&fresh);
            assert_eq!((status, err.as_str()), (Some(1), ""), "{linked:?}");
            assert_eq!(
                out,
                "NOT_ACTIVATED The program is not activated. Enter your key.\n\
                 renew at https://shop.example/renew?license=\n"
            );
            let alone = run(&program, &["VECTORS", &keys, NOBODY, "ACME-1"], folder);
            let (status, _, err) = told(&alone);
            assert_eq!(status, Some(1));
            let sentence = "The license server was not reached. Check the connection.";
            assert_eq!(err, format!("NO_CONNECTION: {sentence}\n"));

            let insecure = run(&program, &["VECTORS", &keys, "http://a.example"], folder);
            let (status, _, err) = told(&insecure);
            assert_eq!(status, Some(2));
            assert!(err.starts_with("ADDRESS: "), "{}", said(&insecure));
            let image = program.to_str().unwrap();
            let (status, _, err) = told(&run(&program, &["VECTORS", image, NOBODY], folder));
            assert_eq!(status, Some(2));
            assert!(err.contains("PUBLIC_KEY"), "{err}");
        }
    }
}

// R-SDK-01
#[test]
fn null_and_nonsense_are_answered_and_threads_do_no_harm() {
    for linked in [Linked::Shared, Linked::Static] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let source = crate_folder().join("tests/c/misuse.c");
        let program = compile(&source, linked, folder);
        let output = run(&program, &[&keys(folder)], folder);
        assert!(output.status.success(), "{}", said(&output));
        assert!(String::from_utf8_lossy(&output.stdout).ends_with("all is well\n"));
    }
}

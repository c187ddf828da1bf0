use std::os::unix::fs::PermissionsExt as _;

use crate::run::{Running, alvara, run};

fn serve(home: &std::path::Path) -> Running {
    let mut command = alvara(home);
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    Running::start(command)
}

#[test]
fn a_first_start_needs_nothing_and_sigterm_ends_it_in_order() {
    // R-OPS-01 R-OPS-03
    let home = tempfile::tempdir().unwrap();
    let server = serve(home.path());
    assert_ne!(server.port, 0);
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    server.signal("TERM");
    let (code, said) = server.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("made the operator operator@localhost") && said.contains("shown this once"),
        "{said}"
    );

    let key = home.path().join("data/master.key");
    assert_eq!(
        std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::metadata(home.path().join("data/alvara.db"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );

    // The second start makes nothing new.
    let server = serve(home.path());
    server.signal("INT");
    let (code, said) = server.end();
    assert_eq!(code, Some(0));
    assert!(!said.contains("made the"), "{said}");
}

#[test]
fn no_new_master_key_beside_an_existing_database() {
    // R-LIC-12
    let home = tempfile::tempdir().unwrap();
    let server = serve(home.path());
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));

    let key = home.path().join("data/master.key");
    let right = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let said = run(home.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(said.code, 7, "{}", said.err);
    assert!(said.err.contains("master key"), "{}", said.err);
    assert!(!key.exists());

    // Another key is noticed at once and not at the first signature.
    std::fs::write(&key, "11".repeat(32)).unwrap();
    for command in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["tenant", "list"],
    ] {
        let said = run(home.path(), command);
        assert_eq!(said.code, 7, "{}", said.err);
    }
    std::fs::write(&key, right).unwrap();
    assert_eq!(run(home.path(), &["tenant", "list"]).code, 0);
}

#[test]
fn the_operator_comes_from_the_environment_and_its_password_is_not_said() {
    // R-TEN-07
    let home = tempfile::tempdir().unwrap();
    let mut command = alvara(home.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    command
        .env("ALVARA_OPERATOR_EMAIL", "root@example.test")
        .env("ALVARA_OPERATOR_PASSWORD", "correct horse battery");
    let server = Running::start(command);
    server.signal("TERM");
    let (code, said) = server.end();
    assert_eq!(code, Some(0));
    assert!(
        said.contains("root@example.test") && !said.contains("horse"),
        "{said}"
    );
}

#[test]
fn a_port_in_use_is_said_with_what_to_do() {
    // R-OPS-01
    let home = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let said = run(
        home.path(),
        &[
            "serve",
            "--listen",
            &taken.local_addr().unwrap().to_string(),
        ],
    );
    assert_eq!(said.code, 1);
    assert!(said.err.contains("--listen"), "{}", said.err);
}

#[test]
fn logs_go_into_files_as_json_and_metrics_to_a_listener_of_their_own() {
    // R-OPS-03
    let home = tempfile::tempdir().unwrap();
    let metrics = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let logs = home.path().join("logs");
    let mut command = alvara(home.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    command
        .env("ALVARA_LOG__DIRECTORY", &logs)
        .env("ALVARA_METRICS__LISTEN", metrics.to_string());
    let mut server = Running::start(command);
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(server.get("/metrics").starts_with("HTTP/1.1 404"));
    let main = std::mem::replace(&mut server.port, metrics.port());
    assert!(server.get("/metrics").starts_with("HTTP/1.1 200"));
    server.port = main;
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
    let files: Vec<_> = std::fs::read_dir(&logs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1);
    let text = std::fs::read_to_string(&files[0]).unwrap();
    assert!(text.lines().count() >= 2);
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            line["level"].is_string() && line["message"].is_string(),
            "{line}"
        );
    }
}

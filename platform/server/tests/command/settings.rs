use crate::run::{Said, alvara, run};

#[test]
fn settings_are_shown_masked_and_checked() {
    // R-OPS-01
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("alvara.toml"),
        "[http]\nlisten = \"127.0.0.1:9999\"\n",
    )
    .unwrap();
    let mut command = alvara(home.path());
    command
        .args(["config", "show", "--json"])
        .env("ALVARA_DATABASE__URL", "postgres://alvara:s3cret@db/alvara");
    let shown = Said::from(command.output().unwrap());
    assert!(!shown.out.contains("s3cret"));
    assert_eq!(shown.json()["http"]["listen"], "127.0.0.1:9999");

    assert_eq!(run(home.path(), &["config", "check"]).code, 0);
    std::fs::write(home.path().join("alvara.toml"), "[http]\nlistne = \"x\"\n").unwrap();
    let said = run(home.path(), &["config", "check"]);
    assert_eq!(said.code, 6);
    assert!(
        said.err.contains("`http.listne`") && said.err.contains("`http.listen`"),
        "{}",
        said.err
    );
}

#[test]
fn wrong_usage_and_missing_databases_have_their_codes() {
    // R-OPS-01
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["licence"]).code, 2);
    assert_eq!(run(home.path(), &["--version"]).code, 0);
    assert_eq!(run(home.path(), &["tenant", "list"]).code, 4);
    assert!(!home.path().join("data").exists());
    assert_eq!(run(home.path(), &["doctor"]).code, 9);
    let said = run(
        home.path(),
        &["--database", "sqllite://x", "tenant", "list"],
    );
    assert_eq!(said.code, 4);
    assert!(said.err.contains("sqllite"), "{}", said.err);
    let said = run(home.path(), &["completions", "bash"]);
    assert!(said.code == 0 && said.out.contains("_alvara"));
}

#[test]
fn master_keys_are_made_and_checked() {
    // R-LIC-12
    let home = tempfile::tempdir().unwrap();
    let printed = run(home.path(), &["key", "generate"]);
    assert_eq!(printed.out.trim().len(), 64);
    let file = home.path().join("key");
    let name = file.to_str().unwrap();
    assert_eq!(
        run(home.path(), &["key", "generate", "--out", name]).code,
        0
    );
    assert_eq!(
        run(home.path(), &["key", "generate", "--out", name]).code,
        7
    );
    assert_eq!(run(home.path(), &["key", "check"]).code, 7);
    let mut command = alvara(home.path());
    command
        .args(["key", "check"])
        .env("ALVARA_SECRETS__MASTER_KEY_FILE", &file);
    assert_eq!(Said::from(command.output().unwrap()).code, 0);
}

#[test]
fn migrations_are_named_applied_and_then_none_is_missing() {
    // R-OPS-01
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["migrate", "--dry-run"]).code, 4);
    let applied = run(home.path(), &["migrate", "--json"]).json();
    assert!(applied["applied"].as_array().unwrap().len() >= 5);
    let missing = run(home.path(), &["migrate", "--dry-run", "--json"]).json();
    assert_eq!(missing["missing"], serde_json::json!([]));
    let doctor = run(home.path(), &["doctor", "--json"]).json();
    let wrong = doctor["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["grade"] == "wrong")
        .count();
    assert_eq!(wrong, 0, "{doctor}");
}

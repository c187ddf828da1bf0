use crate::run::run;

#[test]
fn a_change_of_history_is_found() {
    // R-TEN-08
    let home = tempfile::tempdir().unwrap();
    let path = home.path();
    assert_eq!(run(path, &["migrate"]).code, 0);
    for slug in ["acme", "bella"] {
        let email = format!("a@{slug}.test");
        assert_eq!(
            run(
                path,
                &[
                    "tenant",
                    "create",
                    slug,
                    "--name",
                    "Somebody",
                    "--admin-email",
                    &email
                ]
            )
            .code,
            0
        );
    }
    let whole = run(path, &["audit", "verify", "--json"]).json();
    assert!(
        whole["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["whole"] == true),
        "{whole}"
    );

    let exported = run(path, &["audit", "export", "--tenant", "acme"]);
    assert_eq!(exported.code, 0);
    let entry: serde_json::Value =
        serde_json::from_str(exported.out.lines().next().unwrap()).unwrap();
    assert_eq!(entry["actor"], "console");

    // Somebody with a hex editor makes it look as if another had done it.
    let file = path.join("data/alvara.db");
    assert!(std::fs::metadata(path.join("data/alvara.db-wal")).map_or(0, |wal| wal.len()) == 0);
    let mut bytes = std::fs::read(&file).unwrap();
    let row = entry["hash"].as_str().unwrap().as_bytes();
    let at = bytes
        .windows(row.len())
        .position(|window| window == row)
        .unwrap();
    let record = &mut bytes[at - 600..at];
    let actor = record
        .windows(7)
        .rposition(|window| window == b"console")
        .unwrap();
    record[actor..actor + 7].copy_from_slice(b"nobody!");
    std::fs::write(&file, bytes).unwrap();

    let said = run(path, &["audit", "verify"]);
    assert_eq!(said.code, 5, "{}{}", said.out, said.err);
    assert!(
        said.out.contains("acme: BROKEN at entry 1")
            && said.out.contains("bella: 1 entries, whole"),
        "{}",
        said.out
    );
    assert_eq!(run(path, &["audit", "verify", "--tenant", "bella"]).code, 0);
}

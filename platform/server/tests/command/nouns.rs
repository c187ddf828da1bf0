use crate::run::run;

#[test]
fn a_tenant_is_opened_with_people_suspended_and_reinstated() {
    // R-TEN-01 R-OPS-01
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    assert_eq!(run(home, &["migrate"]).code, 0);
    let create = [
        "tenant",
        "create",
        "acme",
        "--name",
        "Acme",
        "--admin-email",
        "ana@acme.test",
        "--currency",
        "BRL",
        "--json",
    ];
    let made = run(home, &create).json();
    assert_eq!(made["tenant"]["currency"], "BRL");
    assert!(made["admin"]["password"].as_str().unwrap().len() > 20);
    assert_eq!(run(home, &create).code, 1);
    let said = run(
        home,
        &[
            "tenant",
            "create",
            "A!",
            "--name",
            "x",
            "--admin-email",
            "nobody",
        ],
    );
    assert!(
        said.code == 1 && said.err.contains("slug") && said.err.contains("admin/email"),
        "{}",
        said.err
    );

    let listed = run(home, &["tenant", "list", "--json"]).json();
    assert_eq!(listed["items"][0]["slug"], "acme");
    assert_eq!(run(home, &["tenant", "show", "nobody"]).code, 3);
    assert_eq!(run(home, &["tenant", "suspend", "acme"]).code, 0);
    assert_eq!(run(home, &["tenant", "suspend", "acme"]).code, 1);
    assert_eq!(
        run(home, &["tenant", "show", "acme", "--json"]).json()["state"],
        "suspended"
    );
    assert_eq!(run(home, &["tenant", "reinstate", "acme"]).code, 0);

    let member = run(
        home,
        &[
            "member",
            "create",
            "bia@acme.test",
            "--tenant",
            "acme",
            "--name",
            "Bia",
            "--role",
            "agent",
            "--json",
        ],
    )
    .json();
    let id = member["id"].as_str().unwrap();
    let again = run(
        home,
        &["member", "reset-password", id, "--tenant", "acme", "--json"],
    )
    .json();
    assert_ne!(again["password"], member["password"]);
    let listed = run(home, &["member", "list", "--tenant", "acme", "--json"]);
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 2);
    assert!(!listed.out.contains("argon2"));
    let said = run(
        home,
        &[
            "member",
            "create",
            "x@acme.test",
            "--tenant",
            "acme",
            "--name",
            "X",
            "--role",
            "superadmin",
        ],
    );
    assert_eq!(said.code, 1, "{}", said.out);

    // Another tenant's member is not there.
    let other = [
        "tenant",
        "create",
        "bella",
        "--name",
        "Bella",
        "--admin-email",
        "b@bella.test",
    ];
    assert_eq!(run(home, &other).code, 0);
    assert_eq!(
        run(home, &["member", "reset-password", id, "--tenant", "bella"]).code,
        3
    );
    assert_eq!(
        run(
            home,
            &[
                "license",
                "show",
                "lic_01J9ZZZZZZZZZZZZZZZZZZZZZZ",
                "--tenant",
                "acme"
            ]
        )
        .code,
        3
    );
    assert_eq!(
        run(
            home,
            &["license", "show", "lic_nonsense", "--tenant", "acme"]
        )
        .code,
        2
    );
}

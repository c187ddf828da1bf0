use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::run::{Said, alvara};

/// Everything about the demonstration in one test, since filling one takes some seconds.
#[test]
fn the_demonstration_is_what_its_document_says() {
    // R-OPS-01
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("data");
    let file = home.path().join("demo.json");
    let mut command = alvara(home.path());
    command
        .args(["demo", "--port", "0", "--no-payments", "--dir"])
        .arg(&dir)
        .arg("--json")
        .arg(&file);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("http://localhost:"), "{line}");
    let stopped = std::process::Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(stopped.success() && child.wait().unwrap().success());

    let document: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert!(
        document["operator"]["api_token"]
            .as_str()
            .unwrap()
            .starts_with("alv_")
    );
    let run =
        |arguments: &[&str]| Said::from(alvara(home.path()).args(arguments).output().unwrap());
    for tenant in document["tenants"].as_array().unwrap() {
        let slug = tenant["slug"].as_str().unwrap();
        for role in ["admin", "subcompany", "agent", "agent2", "customer"] {
            assert!(
                tenant[role]["password"].as_str().unwrap().len() > 20,
                "{slug} {role}"
            );
        }
        for (name, count) in [
            ("permanent", 20),
            ("subscription", 20),
            ("trial", 5),
            ("seats_5", 5),
            ("floating_3", 5),
            ("always_online", 5),
            ("hybrid", 10),
            ("expired", 5),
            ("suspended", 3),
            ("pending", 3),
            ("renewal", 10),
        ] {
            assert_eq!(
                tenant["keys"][name].as_array().unwrap().len(),
                count,
                "{slug} {name}"
            );
        }
        let listed = run(&[
            "license", "list", "--tenant", slug, "--limit", "200", "--json",
        ])
        .json();
        let licenses = listed["items"].as_array().unwrap();
        assert_eq!(
            (licenses.len(), &listed["next"]),
            (200, &serde_json::Value::Null),
            "{slug}"
        );
        let seats: i64 = licenses
            .iter()
            .map(|license| license["machines_used"].as_i64().unwrap())
            .sum();
        assert_eq!(seats, 60, "{slug}");
        let first = licenses
            .iter()
            .map(|license| license["issued_at"].as_str().unwrap())
            .min()
            .unwrap();
        let last = licenses
            .iter()
            .map(|license| license["issued_at"].as_str().unwrap())
            .max()
            .unwrap();
        assert!(first[..7] < last[..7], "{first} {last}");
        for id in tenant["license_ids"]["expired"].as_array().unwrap() {
            let license = licenses
                .iter()
                .find(|license| &license["id"] == id)
                .unwrap();
            assert_eq!(license["machines_used"], 0);
            assert!(license["expires_at"].as_str().unwrap() < last);
        }
        // The terminal does with these licenses what the API does.
        let id = tenant["license_ids"]["subscription"][0].as_str().unwrap();
        let policy = licenses.iter().find(|license| license["id"] == id).unwrap()["policy_id"]
            .as_str()
            .unwrap();
        let issued = run(&[
            "license", "issue", "--tenant", slug, "--policy", policy, "--json",
        ])
        .json();
        assert!(issued["key"].as_str().unwrap().len() > 25);
        let new = issued["id"].as_str().unwrap();
        for (verb, state) in [
            ("suspend", "suspended"),
            ("reinstate", "active"),
            ("revoke", "revoked"),
        ] {
            assert_eq!(
                run(&["license", verb, new, "--tenant", slug]).code,
                0,
                "{verb}"
            );
            assert_eq!(
                run(&["license", "show", new, "--tenant", slug, "--json"]).json()["state"],
                state
            );
        }
        assert_eq!(run(&["license", "renew", id, "--tenant", slug]).code, 0);
        assert_eq!(
            run(&["license", "renew", new, "--tenant", slug]).code,
            1,
            "a revoked license is over"
        );
    }
    assert_eq!(run(&["audit", "verify"]).code, 0);
    assert_eq!(run(&["doctor"]).code, 0);
}

//! The command line serves machines without network, beside a running server.

use std::fs;

use alvara_tests::served::Place;
use serde_json::json;

// R-LIC-06 R-LIC-12
#[test]
fn texts_are_answered_and_lists_checked_from_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_directory(folder.path());
    let served = place.serve();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (shop, license) = runtime.block_on(async {
        let shop = served.shop("acme").await;
        let license = shop.license().await;
        (shop, license)
    });
    let mut remote = served.remote("acme.localhost", &license.key, "fp-cellar");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let alvara = |arguments: &[&str]| {
        let output = place.run(&[arguments, &["--tenant", "acme"]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            said,
        )
    };

    let request = file("request.pem", &remote.request());
    let response = folder.path().join("response.pem").display().to_string();
    let (code, _, said) = alvara(&["offline", "activate", &request, "--out", &response]);
    assert_eq!(code, 0, "{said}");
    remote.take(&fs::read_to_string(&response).unwrap());
    let (code, text, _) = alvara(&["offline", "activate", &request]);
    assert_eq!(code, 0);
    remote.take(&text);
    let other = served.remote("acme.localhost", &license.key, "fp-attic");
    let (code, _, said) = alvara(&["offline", "activate", &file("other.pem", &other.request())]);
    assert!(code == 1 && said.contains("MACHINE_LIMIT"), "{said}");
    let (code, _, said) = alvara(&[
        "offline",
        "activate",
        &file("half.pem", &remote.request()[..90]),
    ]);
    assert!(code == 1 && said.contains("cut"), "{said}");
    let (code, _, said) = alvara(&["offline", "deactivate", &request]);
    assert!(
        code == 1 && said.contains("ALVARA ACTIVATION REQUEST"),
        "{said}"
    );

    let list = |name: &str| {
        let path = folder.path().join(name).display().to_string();
        let (code, _, said) = alvara(&["revocations", "write", "writer", "--out", &path]);
        assert_eq!(code, 0, "{said}");
        path
    };
    let old = list("old.pem");
    runtime.block_on(async {
        let block = format!("machines/{}/block", remote.machine_id);
        let _ = shop.agent.post(&block, &json!({})).await.expect(200);
    });
    let new = list("new.pem");
    let (code, said, why) = alvara(&["revocations", "check", &new, "--after", "1", "--json"]);
    assert_eq!(code, 0, "{why}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["seq"], &said["n"]), (&json!(1), &json!(1)));
    let (code, _, said) = alvara(&["revocations", "check", &old, "--after", "1"]);
    assert!(
        code == 1 && said.contains("list 0 is older than list 1"),
        "{said}"
    );
    let (code, _, _) = alvara(&["revocations", "check", &old]);
    assert_eq!(code, 0);
    let (code, _, said) = alvara(&["revocations", "check", &request]);
    assert_eq!(code, 1, "{said}");
    let (code, _, _) = alvara(&["revocations", "write", "nothing"]);
    assert_eq!(code, 3);

    let receipt = file("receipt.pem", &remote.receipt());
    let (code, _, said) = alvara(&["offline", "deactivate", &receipt]);
    assert!(code == 1 && said.contains("blocked"), "{said}");
    runtime.block_on(async {
        let block = format!("machines/{}/block", remote.machine_id);
        let _ = shop.agent.delete(&block).await.expect(200);
    });
    let (code, said, _) = alvara(&["offline", "deactivate", &receipt]);
    assert!(code == 0 && said.contains("is free"), "{said}");
    let (code, said, _) = alvara(&["offline", "deactivate", &receipt, "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &said["freed"]), (0, &json!(false)));
    remote.token = "amt_made_up".to_owned();
    let forged = file("forged.pem", &remote.receipt());
    let (code, _, said) = alvara(&["offline", "deactivate", &forged]);
    assert!(code == 1 && said.contains("proof"), "{said}");
    let audit = place.run(&["audit", "export", "--tenant", "acme"]);
    let audit = String::from_utf8_lossy(&audit.stdout).into_owned();
    let accepted = audit
        .lines()
        .find(|line| line.contains("machine.receipt_accepted"))
        .unwrap();
    assert!(accepted.contains("\"actor\":\"console\""), "{accepted}");
}

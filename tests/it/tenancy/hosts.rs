//! Host names of a tenant's own, proven over the DNS.

use std::net::{Ipv4Addr, UdpSocket};

use alvara_tests::{Browser, Setting, TestApp, dns, each_app, each_database, one_app};
use serde_json::json;

// R-TEN-04: a name leads to a tenant once its DNS says so, and to nobody before.
#[test]
fn a_name_is_proven_before_it_leads_anywhere() {
    each_app(async |app| {
        let acme = app.shop("acme").await.reseller;
        let bella = app.shop("bella").await.reseller;
        let name = "licenses.proven.example";
        let proof = acme
            .get("settings/host-proof?host=Licenses.Proven.Example.")
            .await
            .expect(200)
            .json();
        assert_eq!(proof["host"], name);
        assert_eq!(proof["txt_name"], format!("_host-proof.{name}"));
        assert_eq!(proof["target"], "localhost");
        let text = |proof: &serde_json::Value| proof["txt_value"].as_str().unwrap().to_owned();
        let (record, own) = (format!("_host-proof.{name}"), text(&proof));
        let theirs = bella
            .get(&format!("settings/host-proof?host={name}"))
            .await
            .expect(200)
            .json();
        assert_ne!(own, text(&theirs), "nobody's proof is another's");

        dns::write(&record, &[]);
        let body = json!({ "host": name });
        let refused = acme.post("settings/hosts", &body).await.expect(422).json();
        assert_eq!(refused["code"], "HOST_UNPROVEN", "{refused}");
        assert_eq!(refused["record"], record);
        assert_eq!(refused["value"], own.as_str());
        dns::write(&record, &["v=spf1 -all", &text(&theirs)]);
        let refused = acme.post("settings/hosts", &body).await.expect(422).json();
        assert_eq!(refused["code"], "HOST_UNPROVEN", "{refused}");
        let _ = app.nobody(name).get("/login").await.expect(404);

        // Beside other texts, and in several strings.
        dns::write(&record, &["v=spf1 -all", &own]);
        let added = acme.post("settings/hosts", &body).await.expect(201).json();
        assert_eq!(added["host"], name);
        let _ = app.nobody(name).get("/login").await.expect(200);
        let known = acme.get("settings/hosts").await.expect(200).json();
        let hosts = known["items"].as_array().unwrap();
        assert!(hosts.iter().any(|one| one["host"] == name), "{known}");

        // Who can write into the DNS of a name later does not take it from who has it.
        dns::write(&record, &[&text(&theirs)]);
        let taken = bella.post("settings/hosts", &body).await.expect(409).json();
        assert_eq!(taken["code"], "ALREADY_EXISTS");
        let _ = bella
            .delete(&format!("settings/hosts/{name}"))
            .await
            .expect(404);

        let _ = acme
            .delete(&format!("settings/hosts/{name}"))
            .await
            .expect(204);
        let _ = app.nobody(name).get("/login").await.expect(404);
        let _ = bella.post("settings/hosts", &body).await.expect(201);
        let trail = acme.get("audit").await.expect(200).body();
        for deed in ["host.added", "host.removed"] {
            assert!(trail.contains(deed), "{deed}: {trail}");
        }
    });
}

// R-TEN-04: what is no name of one's own is refused before anybody is asked.
#[test]
fn no_name_of_the_installation_is_given_away() {
    one_app(async |app| {
        let acme = app.shop("acme").await.reseller;
        for name in [
            "localhost",
            "bella.localhost",
            "x.acme.localhost",
            "127.0.0.1",
            "a b.example",
            "https://a.example",
        ] {
            let body = json!({ "host": name });
            let refused = acme.post("settings/hosts", &body).await.expect(422).json();
            assert_eq!(refused["code"], "INVALID_FIELDS", "{name}: {refused}");
        }
        let agent = app.shop("bella").await.agent;
        let body = json!({ "host": "licenses.agent.example" });
        let _ = agent.post("settings/hosts", &body).await.expect(403);
    });
}

// R-TEN-04: a name server that says nothing is no proof, and no defect of ours.
#[test]
fn a_name_server_that_is_silent_proves_nothing() {
    each_database(async |database| {
        let deaf = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let setting = Setting {
            dns: Some(deaf.local_addr().unwrap()),
            ..Setting::default()
        };
        let app = TestApp::start_with(database, setting).await;
        let acme = app.shop("acme").await.reseller;
        let body = json!({ "host": "licenses.silent.example" });
        let refused = acme.post("settings/hosts", &body).await.expect(503).json();
        assert_eq!(refused["code"], "DNS_SILENT", "{refused}");
        app.finish().await;
    });
}

// R-TEN-04: the page says what to write where, looks for it, and says what is missing.
#[test]
fn a_name_is_added_on_a_page() {
    one_app(async |app| {
        let acme = app.shop("acme").await.reseller;
        let ada = Browser::sign_in(&acme.admin()).await;
        let name = "portal.paged.example";
        let page = ada.get("/settings/hosts").await.expect(200).body();
        assert!(page.contains("href=\"/settings/hosts/new\""), "{page}");
        let wrong = [("host", "bella.localhost")];
        let again = ada.submit("/settings/hosts/new", &wrong).await.expect(422);
        assert!(again.body().contains("role=\"alert\""));
        let fields = [("host", name)];
        let told = ada
            .submit("/settings/hosts/new", &fields)
            .await
            .expect(200)
            .body();
        let proof = acme
            .get(&format!("settings/host-proof?host={name}"))
            .await
            .expect(200)
            .json();
        let value = proof["txt_value"].as_str().unwrap();
        assert!(told.contains(&format!("_host-proof.{name}")), "{told}");
        assert!(told.contains(value), "{told}");
        let missing = ada
            .submit("/settings/hosts/claim", &fields)
            .await
            .expect(422)
            .body();
        assert!(missing.contains("role=\"alert\""), "{missing}");
        assert!(missing.contains(value), "{missing}");
        dns::write(&format!("_host-proof.{name}"), &[value]);
        let _ = ada
            .submit("/settings/hosts/claim", &fields)
            .await
            .expect(303);
        let page = ada.get("/settings/hosts").await.expect(200).body();
        assert!(page.contains(name), "{page}");
        let _ = ada
            .submit("/settings/hosts/remove", &fields)
            .await
            .expect(303);
        let page = ada.get("/settings/hosts").await.expect(200).body();
        assert!(!page.contains(name), "{page}");
    });
}

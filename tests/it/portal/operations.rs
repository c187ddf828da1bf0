//! How the installation does, on a page.

use alvara_tests::{Browser, each_app, one_app};
use serde_json::json;

// R-OPS-03: the operator sees what runs, since when, and whether it is ready; no secret is shown.
#[test]
fn the_operator_sees_how_the_installation_does() {
    one_app(async |app| {
        let opal = Browser::sign_in(&app.operator()).await;
        let page = opal.get("/operations").await.expect(200).body();
        for part in [
            "id=\"process\"",
            "id=\"parts\"",
            "badge ok",
            env!("CARGO_PKG_VERSION"),
            "http://localhost",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let kinds = ["SQLite", "PostgreSQL", "MariaDB"];
        assert_eq!(
            kinds.iter().filter(|kind| page.contains(**kind)).count(),
            1,
            "{page}"
        );
        for secret in ["postgres://", "mysql://", "sqlite:"] {
            assert!(!page.contains(secret), "{page}");
        }
    });
}

// R-JOB-01, R-TEN-01: the operator sees the work of all tenants, cuts it down to one, and has a job
// done again that failed for good; nobody else sees any of it.
#[test]
fn work_of_all_tenants_is_seen_and_tried_again() {
    each_app(async |app| {
        let (acme, bella) = (app.shop("acme").await, app.shop("bella").await);
        let mut jobs = Vec::new();
        for shop in [&acme, &bella] {
            let batch = json!({
                "policy_id": shop.policy_id, "node_id": shop.customer.node_id, "count": 1,
            });
            let _ = shop
                .reseller
                .post("license-batches", &batch)
                .await
                .expect(202);
            let tenant = &shop.reseller.tenant_id;
            jobs.push(app.database().sql(&format!(
                "SELECT id FROM jobs WHERE tenant_id = '{tenant}' AND kind = 'issue_batch'"
            )));
        }
        let retry = |job: &str| format!("/operations/jobs/{job}/retry");
        let opal = Browser::sign_in(&app.operator()).await;
        // What waits is not tried again.
        let early = opal.submit(&retry(&jobs[0]), &[]).await;
        assert_eq!(early.status, 409, "{early:?}");
        let _ = app.database().sql(&format!(
            "UPDATE jobs SET state = 'failed', last_error = 'no answer', attempts = 10 WHERE id = '{}'",
            jobs[0]
        ));
        let page = opal
            .get("/operations/jobs?q=issue_batch")
            .await
            .expect(200)
            .body();
        for part in [
            format!("/tenants/{}", acme.reseller.tenant_id),
            format!("/tenants/{}", bella.reseller.tenant_id),
            "no answer".to_owned(),
            retry(&jobs[0]),
        ] {
            assert!(page.contains(&part), "{part}: {page}");
        }
        assert!(!page.contains(&retry(&jobs[1])), "{page}");
        let bellas = format!("/operations/jobs?tenant={}", bella.reseller.tenant_id);
        let page = opal.get(&bellas).await.expect(200).body();
        assert!(!page.contains("no answer"), "{page}");

        for stranger in [&acme.reseller.admin(), &acme.customer] {
            let stranger = Browser::sign_in(stranger).await;
            let _ = stranger.get("/operations/jobs").await.expect(403);
            let _ = stranger.submit(&retry(&jobs[0]), &[]).await.expect(403);
        }
        let _ = opal.submit(&retry(&jobs[0]), &[]).await.expect(303);
        app.run_jobs().await;
        let state = app
            .database()
            .sql(&format!("SELECT state FROM jobs WHERE id = '{}'", jobs[0]));
        assert_eq!(state, "done");
        let told = acme
            .reseller
            .get(&format!("audit?target={}", jobs[0]))
            .await;
        let told = told.expect(200).json();
        assert_eq!(told["items"][0]["action"], "job.requeued", "{told}");
    });
}

// R-PAY-06, R-TEN-01: the operator sees what is paid at all tenants, as a file too, but not by whom; and
// what became of mails, but not to whom they went.
#[test]
fn money_and_mails_of_all_tenants_are_seen_without_the_people() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let stranger = Browser::visit(app, "acme");
        let fields = [("name", "Beatriz"), ("email", "beatriz@aurora.example")];
        let _ = stranger.submit("/signup", &fields).await.expect(303);
        let opal = Browser::sign_in(&app.operator()).await;
        let mails = opal.get("/operations/mails").await.expect(200).body();
        let home = format!("/tenants/{}", acme.reseller.tenant_id);
        assert!(mails.contains(&home), "{mails}");
        assert!(!mails.contains("beatriz"), "{mails}");
        let others = format!(
            "/operations/mails?tenant={}&state=sent",
            acme.reseller.tenant_id
        );
        let none = opal.get(&others).await.expect(200).body();
        assert!(!none.contains("<table"), "{none}");
        let _ = opal.get("/operations/payments").await.expect(200);
        let _ = opal.get("/operations/payments.csv").await.expect(200);
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        for page in ["payments", "payments.csv", "mails"] {
            let _ = ada.get(&format!("/operations/{page}")).await.expect(403);
        }
    });
}

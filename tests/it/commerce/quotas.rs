//! Licenses handed down the tree, never more than there are.

use std::sync::atomic::{AtomicBool, Ordering};

use alvara_tests::{Actor, Answer, Shop, TestApp, each_app};
use serde_json::{Value, json};
use tokio::task::JoinSet;

pub(super) fn path(shop: &Shop, node: &str) -> String {
    format!("nodes/{node}/quotas/{}", shop.product_id)
}

pub(super) async fn grant(who: &Actor, shop: &Shop, node: &str, total: i64) -> Answer {
    who.put(&path(shop, node), &json!({ "total": total })).await
}

pub(super) async fn issue(who: &Actor, shop: &Shop, node: &str) -> Answer {
    let new = json!({ "policy_id": shop.policy_id, "node_id": node });
    who.post("licenses", &new).await
}

/// Total, used and handed on.
async fn numbers(who: &Actor, shop: &Shop, node: &str) -> (i64, i64, i64) {
    let quota = who.get(&path(shop, node)).await.expect(200).json();
    let number = |name: &str| quota[name].as_i64().unwrap();
    (number("total"), number("used"), number("delegated"))
}

/// What must hold whatever happened: no quota is exceeded, what is used is what is charged, what is
/// handed on is what the next quotas below come to.
pub(super) fn check(app: &TestApp) {
    let wrong = |statement: &str| app.database().count(statement);
    assert_eq!(
        wrong(
            "SELECT COUNT(*) FROM quotas WHERE used < 0 OR delegated < 0 OR used + delegated > total"
        ),
        0,
        "a quota is exceeded"
    );
    let charged = "SELECT COUNT(*) FROM quotas q WHERE q.used <> \
        (SELECT COUNT(*) FROM license_sales s JOIN licenses l ON l.tenant_id = s.tenant_id AND l.id = s.license_id \
         WHERE s.tenant_id = q.tenant_id AND s.quota_node_id = q.node_id AND l.product_id = q.product_id) + \
        (SELECT COALESCE(SUM(b.outstanding), 0) FROM batch_sales b \
         WHERE b.tenant_id = q.tenant_id AND b.quota_node_id = q.node_id AND b.product_id = q.product_id)";
    assert_eq!(wrong(charged), 0, "used is not what is charged");
    // The next quotas below one: below it, and none of another between.
    let handed = "SELECT COUNT(*) FROM quotas q JOIN nodes n ON n.tenant_id = q.tenant_id AND n.id = q.node_id \
        WHERE q.delegated <> (SELECT COALESCE(SUM(c.total), 0) FROM quotas c \
          JOIN nodes m ON m.tenant_id = c.tenant_id AND m.id = c.node_id \
          WHERE c.tenant_id = q.tenant_id AND c.product_id = q.product_id AND m.depth > n.depth \
          AND SUBSTR(m.path, 1, LENGTH(n.path)) = n.path \
          AND NOT EXISTS (SELECT 1 FROM quotas b JOIN nodes k ON k.tenant_id = b.tenant_id AND k.id = b.node_id \
            WHERE b.tenant_id = q.tenant_id AND b.product_id = q.product_id AND k.depth > n.depth AND k.depth < m.depth \
            AND SUBSTR(k.path, 1, LENGTH(n.path)) = n.path AND SUBSTR(m.path, 1, LENGTH(k.path)) = k.path))";
    assert_eq!(wrong(handed), 0, "delegated is not what those below have");
    // Nobody is charged who has no quota.
    let orphans = "SELECT COUNT(*) FROM license_sales s JOIN licenses l ON l.tenant_id = s.tenant_id AND l.id = s.license_id \
        WHERE s.quota_node_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM quotas q \
        WHERE q.tenant_id = s.tenant_id AND q.node_id = s.quota_node_id AND q.product_id = l.product_id)";
    assert_eq!(wrong(orphans), 0, "charged to a quota that is not there");
}

// R-TEN-05
#[test]
fn a_quota_comes_out_of_the_one_above() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (company, desk) = (shop.subcompany.node_id.clone(), shop.agent.node_id.clone());
        // Without any quota nobody is limited.
        let free = issue(&shop.agent, &shop, &desk).await.expect(201).json();
        assert_eq!(free["license"]["sale"], Value::Null);
        let _ = grant(&shop.reseller, &shop, &company, 5).await.expect(200);
        // Nobody grants anything to themselves, and an agent grants nothing at all.
        grant(&shop.subcompany, &shop, &company, 50)
            .await
            .refuse(403, "EXCEEDS_OWN_RIGHTS");
        grant(&shop.agent, &shop, &shop.customer.node_id, 1)
            .await
            .refuse(403, "FORBIDDEN");
        let _ = grant(&shop.subcompany, &shop, &desk, 3).await.expect(200);
        let refused = grant(&shop.subcompany, &shop, &desk, 6).await;
        assert_eq!(refused.json()["available"], 2);
        refused.refuse(409, "QUOTA_EXHAUSTED");
        assert_eq!(numbers(&shop.reseller, &shop, &company).await, (5, 0, 3));
        // What hangs below the agent counts against the agent, who is told whose quota it is.
        for _ in 0..3 {
            let issued = issue(&shop.agent, &shop, &shop.customer.node_id)
                .await
                .expect(201)
                .json();
            assert_eq!(issued["license"]["sale"]["quota_node_id"], json!(desk));
        }
        let refused = issue(&shop.agent, &shop, &shop.customer.node_id).await;
        let said = refused.json();
        assert_eq!(
            (&said["node_id"], &said["total"], &said["used"]),
            (&json!(desk), &json!(3), &json!(3))
        );
        refused.refuse(409, "QUOTA_EXHAUSTED");
        // Not below what is issued; and what is taken away falls to the one above.
        let refused = grant(&shop.subcompany, &shop, &desk, 2).await;
        assert_eq!(refused.json()["used"], 3);
        refused.refuse(409, "QUOTA_IN_USE");
        check(app);
        let _ = shop
            .subcompany
            .delete(&path(&shop, &desk))
            .await
            .expect(204);
        assert_eq!(numbers(&shop.reseller, &shop, &company).await, (5, 3, 0));
        check(app);
        for _ in 0..2 {
            let _ = issue(&shop.agent, &shop, &shop.customer.node_id)
                .await
                .expect(201);
        }
        // Whose quota it is that is used up lies above the agent now, and stays there.
        let refused = issue(&shop.agent, &shop, &shop.customer.node_id).await;
        assert!(!refused.body().contains(&company), "{refused:?}");
        assert_eq!(refused.json()["total"], Value::Null);
        refused.refuse(409, "QUOTA_EXHAUSTED");
        check(app);
    });
}

// R-TEN-05: a quota in the middle takes over those below it.
#[test]
fn a_quota_between_two_others_keeps_the_sums() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (company, desk) = (shop.subcompany.node_id.clone(), shop.agent.node_id.clone());
        let home = shop.customer.node_id.clone();
        let _ = grant(&shop.reseller, &shop, &company, 10).await.expect(200);
        let _ = grant(&shop.reseller, &shop, &home, 4).await.expect(200);
        check(app);
        let refused = grant(&shop.subcompany, &shop, &desk, 3).await;
        assert_eq!(refused.json()["delegated"], 4);
        refused.refuse(409, "QUOTA_IN_USE");
        let _ = grant(&shop.subcompany, &shop, &desk, 7).await.expect(200);
        assert_eq!(numbers(&shop.reseller, &shop, &company).await, (10, 0, 7));
        assert_eq!(numbers(&shop.reseller, &shop, &desk).await, (7, 0, 4));
        check(app);
        let _ = shop.reseller.delete(&path(&shop, &desk)).await.expect(204);
        assert_eq!(numbers(&shop.reseller, &shop, &company).await, (10, 0, 4));
        check(app);
        let listed = shop.agent.list(&format!("nodes/{home}/quotas")).await;
        assert_eq!(listed[0]["available"], 4);
    });
}

// R-TEN-05 R-TEN-02: a subtree takes its charges along, or stays where it is.
#[test]
fn a_subtree_moves_with_its_charges_or_not_at_all() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (norte, desk) = (shop.subcompany.node_id.clone(), shop.agent.node_id.clone());
        let sul = shop.reseller.node("subcompany", "Sul").await;
        let _ = grant(&shop.reseller, &shop, &norte, 10).await.expect(200);
        let _ = grant(&shop.reseller, &shop, &sul, 3).await.expect(200);
        let home = &shop.customer.node_id;
        let _ = grant(&shop.subcompany, &shop, home, 2).await.expect(200);
        for node in [&desk, &desk, home] {
            let _ = issue(&shop.agent, &shop, node).await.expect(201);
        }
        assert_eq!(numbers(&shop.reseller, &shop, &norte).await, (10, 2, 2));
        let hang = format!("nodes/{desk}/moves");
        let there = json!({ "parent_id": sul });
        let refused = shop.reseller.post(&hang, &there).await;
        assert_eq!(
            (&refused.json()["wanted"], &refused.json()["available"]),
            (&json!(4), &json!(3))
        );
        refused.refuse(409, "QUOTA_EXHAUSTED");
        check(app);
        let _ = grant(&shop.reseller, &shop, &sul, 4).await.expect(200);
        let _ = shop.reseller.post(&hang, &there).await.expect(200);
        assert_eq!(numbers(&shop.reseller, &shop, &norte).await, (10, 0, 0));
        assert_eq!(numbers(&shop.reseller, &shop, &sul).await, (4, 2, 2));
        assert_eq!(numbers(&shop.reseller, &shop, home).await, (2, 1, 0));
        check(app);
        // To where nobody counts.
        let root = json!({ "parent_id": shop.reseller.node_id });
        let _ = shop.reseller.post(&hang, &root).await.expect(200);
        assert_eq!(numbers(&shop.reseller, &shop, &sul).await, (4, 0, 0));
        check(app);
    });
}

// R-TEN-05 R-LIC-03: a batch takes all it needs at once, or nothing.
#[test]
fn a_batch_reserves_as_one() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (company, desk) = (shop.subcompany.node_id.clone(), shop.agent.node_id.clone());
        let _ = grant(&shop.reseller, &shop, &company, 600)
            .await
            .expect(200);
        let batch =
            |count: u32| json!({ "policy_id": shop.policy_id, "node_id": desk, "count": count });
        let refused = shop.agent.post("license-batches", &batch(601)).await;
        assert_eq!(refused.json()["wanted"], 601);
        refused.refuse(409, "QUOTA_EXHAUSTED");
        let _ = shop
            .agent
            .post("license-batches", &batch(600))
            .await
            .expect(202);
        assert_eq!(
            numbers(&shop.reseller, &shop, &company).await,
            (600, 600, 0)
        );
        check(app);
        issue(&shop.agent, &shop, &desk)
            .await
            .refuse(409, "QUOTA_EXHAUSTED");
        // The agent's place moves before anything of it is issued: the batch moves along.
        let root = json!({ "parent_id": shop.reseller.node_id });
        let hang = format!("nodes/{desk}/moves");
        let _ = shop.reseller.post(&hang, &root).await.expect(200);
        assert_eq!(numbers(&shop.reseller, &shop, &company).await, (600, 0, 0));
        let back = json!({ "parent_id": company });
        let _ = shop.reseller.post(&hang, &back).await.expect(200);
        app.run_jobs().await;
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 600);
        check(app);
    });
}

// R-TEN-05: 64 at once at three levels never issue more than there is, at any of them.
#[test]
fn sixty_four_issuers_never_exceed_any_level() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (company, desk) = (shop.subcompany.node_id.clone(), shop.agent.node_id.clone());
        let home = shop.customer.node_id.clone();
        let _ = grant(&shop.reseller, &shop, &company, 40).await.expect(200);
        let _ = grant(&shop.reseller, &shop, &desk, 25).await.expect(200);
        let _ = grant(&shop.reseller, &shop, &home, 10).await.expect(200);
        let mut all = JoinSet::new();
        for index in 0..64 {
            let node = [&home, &desk, &company][index % 3].clone();
            let (who, shop) = (shop.subcompany.clone(), shop.clone());
            all.spawn(async move {
                let answer = issue(&who, &shop, &node).await;
                (node, answer.status, answer.code())
            });
        }
        let answers = all.join_all().await;
        let of = |place: &str| {
            let issued = answers
                .iter()
                .filter(|(node, status, _)| node == place && *status == 201);
            i64::try_from(issued.count()).unwrap()
        };
        // Of 40 handed 25, of 25 handed 10: so 15, 15 and 10 are each place's own.
        assert_eq!((of(&home), of(&desk), of(&company)), (10, 15, 15));
        let refused = answers
            .iter()
            .filter(|(_, status, code)| *status == 409 && code == "QUOTA_EXHAUSTED");
        assert_eq!(refused.count(), 24);
        check(app);
    });
}

// R-TEN-05 R-LIC-03 R-LIC-09: issuing, granting, taking away, moving, transferring and batches at the
// same time keep every sum.
#[test]
fn everything_at_once_keeps_every_sum() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let (company, desk) = (shop.subcompany.node_id.clone(), shop.agent.node_id.clone());
        let sul = shop.reseller.node("subcompany", "Sul").await;
        let _ = grant(&shop.reseller, &shop, &company, 30).await.expect(200);
        let _ = grant(&shop.reseller, &shop, &sul, 30).await.expect(200);
        let new = json!({ "parent_id": sul, "kind": "customer", "name": "Dora" });
        let there = shop.reseller.post("nodes", &new).await.expect(201).id();
        let mut licenses = Vec::new();
        for _ in 0..3 {
            licenses.push(shop.license().await.id);
        }
        let mut all = JoinSet::new();
        for index in 0..64 {
            let (shop, desk) = (shop.clone(), desk.clone());
            let (license, there) = (licenses[index % 3].clone(), there.clone());
            let to = [&company, &sul][index / 8 % 2].clone();
            all.spawn(async move {
                let who = &shop.reseller;
                match index % 8 {
                    0 => grant(who, &shop, &desk, 5 + i64::try_from(index % 3).unwrap()).await,
                    3 => who.delete(&path(&shop, &desk)).await,
                    5 => {
                        let hang = format!("nodes/{desk}/moves");
                        who.post(&hang, &json!({ "parent_id": to })).await
                    }
                    1 | 7 => {
                        let go = format!("licenses/{license}/transfers");
                        let home = [&there, &shop.customer.node_id][index / 8 % 2];
                        who.post(&go, &json!({ "node_id": home, "machines": "keep" }))
                            .await
                    }
                    6 => {
                        let batch =
                            json!({ "policy_id": shop.policy_id, "node_id": desk, "count": 2 });
                        who.post("license-batches", &batch).await
                    }
                    _ => issue(who, &shop, &desk).await,
                }
                .status
            });
        }
        // The batches are worked on for as long as somebody still asks for something.
        let over = AtomicBool::new(false);
        let crowd = async {
            let answers = all.join_all().await;
            over.store(true, Ordering::Relaxed);
            answers
        };
        let (answers, ()) = tokio::join!(crowd, async {
            while !over.load(Ordering::Relaxed) {
                app.run_jobs().await;
                tokio::task::yield_now().await;
            }
        });
        for done in [200, 201, 202] {
            assert!(answers.contains(&done), "{answers:?}");
        }
        app.run_jobs().await;
        check(app);
    });
}

//! Orders on pages: lists, one of them, and calling it off.

use alvara_tests::{Browser, Shop, one_app};
use serde_json::json;

/// An order of the customer's for a new license.
async fn order(shop: &Shop) -> String {
    let plan = json!({
        "policy_id": shop.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
        "price": { "amount_minor": 19_900, "currency": "BRL" },
    });
    let plan = shop.reseller.post("plans", &plan).await.expect(201).id();
    let wanted = json!({
        "customer": shop.customer.node_id,
        "lines": [{ "plan_id": plan, "quantity": 1 }],
    });
    shop.agent.post("orders", &wanted).await.expect(201).id()
}

// R-PAY-06 R-TEN-01: an order is in one's own list with its sum, and in nobody else's.
#[test]
fn an_order_is_listed_where_it_belongs() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let id = order(&acme).await;
        let carla = Browser::sign_in(&acme.customer).await;
        let list = carla.get("/payments").await.expect(200).body();
        assert!(list.contains(&format!("/orders/{id}")), "{list}");
        assert!(list.contains("199,00"), "{list}");
        let paid = carla.get("/payments?state=paid").await.expect(200).body();
        assert!(!paid.contains(&id), "{paid}");
        let page = carla.get(&format!("/orders/{id}")).await.expect(200).body();
        let paper = format!("/api/v1/orders/{id}/invoice.pdf");
        assert!(page.contains(&paper), "{page}");
        assert!(page.contains(&format!("/orders/{id}/pay")), "{page}");
        let file = carla.get(&paper).await.expect(200);
        assert_eq!(file.header("content-type"), Some("application/pdf"));
        let _ = carla.get("/payments/charges").await.expect(200);
        let _ = carla.get("/payments/charges.csv").await.expect(200);
        let other = app.shop("bravo").await;
        let bob = Browser::sign_in(&other.reseller.admin()).await;
        let list = bob.get("/payments").await.expect(200).body();
        assert!(!list.contains(&id), "{list}");
        let _ = bob.get(&format!("/orders/{id}")).await.expect(404);
    });
}

// R-PAY-06: who may calls an order off; a customer may not.
#[test]
fn an_order_is_called_off() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let id = order(&acme).await;
        let place = format!("/orders/{id}/cancellation");
        let carla = Browser::sign_in(&acme.customer).await;
        let page = carla.get(&format!("/orders/{id}")).await.expect(200).body();
        assert!(!page.contains(&place), "{page}");
        let _ = carla.submit(&place, &[]).await.expect(403);
        let ana = Browser::sign_in(&acme.agent).await;
        let done = ana.submit(&place, &[]).await.expect(303);
        let there = done.header("location").unwrap().to_owned();
        assert_eq!(there, format!("/orders/{id}?done=order-canceled"));
        let page = ana.get(&there).await.expect(200).body();
        assert!(!page.contains(&place), "{page}");
        assert!(
            ana.get("/payments.csv")
                .await
                .expect(200)
                .body()
                .contains("199,00")
        );
    });
}

// R-TEN-06: commissions are shown to who may see them.
#[test]
fn commissions_are_the_sellers() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        for place in [
            "/commissions",
            "/commissions?period=last",
            "/commissions.csv",
        ] {
            let _ = ana.get(place).await.expect(200);
        }
        let carla = Browser::sign_in(&acme.customer).await;
        let _ = carla.get("/commissions").await.expect(403);
    });
}

//! What something costs whom, and how much may be taken off.

use alvara_tests::{Shop, each_app};
use serde_json::{Value, json};

use super::modules::sell_modules;

fn brl(amount_minor: i64) -> Value {
    json!({ "amount_minor": amount_minor, "currency": "BRL" })
}

/// A yearly plan of the shop's policy in the catalogue.
async fn plan(shop: &Shop, price: i64) -> String {
    let plan = json!({
        "policy_id": shop.policy_id, "code": format!("p{price}"), "name": "Monthly", "period": "P1M", "price": brl(price),
    });
    shop.reseller.post("plans", &plan).await.expect(201).id()
}

// R-TEN-06: the nearest list above the buyer counts, and a list above is seen only by its effect.
#[test]
fn each_place_pays_what_the_nearest_above_it_asks() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let plan = plan(&shop, 10_000).await;
        let root = shop.reseller.node_id.clone();
        let price_at = |node: &str| format!("nodes/{node}/prices/{plan}");
        let pays = async |who: &alvara_tests::Actor, node: &str| {
            let listed = who.list(&format!("nodes/{node}/prices")).await;
            listed[0].clone()
        };
        let company = &shop.subcompany.node_id;
        let customer = &shop.customer.node_id;
        let seen = pays(&shop.subcompany, customer).await;
        assert_eq!(
            (&seen["price"], &seen["source"]),
            (&brl(10_000), &json!("catalogue"))
        );
        // The reseller asks 90 of all below, the sub-company 120 of its own.
        let _ = shop
            .reseller
            .put(&price_at(&root), &json!({ "price": brl(9_000) }))
            .await
            .expect(200);
        let _ = shop
            .subcompany
            .put(&price_at(company), &json!({ "price": brl(12_000) }))
            .await
            .expect(200);
        let own = pays(&shop.subcompany, company).await;
        assert_eq!(
            (&own["price"], &own["sells_at"]),
            (&brl(9_000), &brl(12_000))
        );
        // Whose list that is stays above; the number is all there is.
        assert_eq!(
            (&own["source"], &own["source_node_id"]),
            (&json!("place"), &Value::Null)
        );
        let theirs = pays(&shop.subcompany, customer).await;
        assert_eq!(
            (&theirs["price"], &theirs["source_node_id"]),
            (&brl(12_000), &json!(company))
        );
        shop.subcompany
            .get(&price_at(&root))
            .await
            .refuse(404, "NOT_FOUND");
        shop.agent
            .put(&price_at(&shop.agent.node_id), &json!({ "price": brl(1) }))
            .await
            .refuse(403, "FORBIDDEN");
        // Taken away, those below pay the reseller's price again.
        let _ = shop.subcompany.delete(&price_at(company)).await.expect(204);
        assert_eq!(pays(&shop.subcompany, customer).await["price"], brl(9_000));
        let unknown = format!("nodes/{root}/prices/pln_01JABCDEFGHJKMNPQRSTVWXYZ0");
        shop.reseller
            .put(&unknown, &json!({ "price": brl(1) }))
            .await
            .refuse(404, "NOT_FOUND");
    });
}

// R-TEN-06: ceilings count as the least on the way down, and nobody raises their own.
#[test]
fn a_discount_stops_at_the_ceiling_of_the_issuer() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let plan = plan(&shop, 9_999).await;
        let ceiling = |node: &str| format!("nodes/{node}/discount-ceiling");
        let _ = shop
            .reseller
            .put(
                &ceiling(&shop.subcompany.node_id),
                &json!({ "percent": 12.5 }),
            )
            .await
            .expect(200);
        // Whoever is below may say more, which gives nobody more.
        let _ = shop
            .subcompany
            .put(&ceiling(&shop.agent.node_id), &json!({ "percent": 50 }))
            .await
            .expect(200);
        shop.subcompany
            .put(
                &ceiling(&shop.subcompany.node_id),
                &json!({ "percent": 100 }),
            )
            .await
            .refuse(403, "EXCEEDS_OWN_RIGHTS");
        let quote = |percent: Value| json!({ "plan_id": plan, "node_id": shop.customer.node_id, "discount_percent": percent });
        let said = shop
            .agent
            .post("quotes", &quote(json!(12.5)))
            .await
            .expect(200)
            .json();
        // 12.5 % of 99.99 are 12.49875: rounded half up once, on the sum.
        assert_eq!(
            (&said["price"], &said["discount"], &said["total"]),
            (&brl(9_999), &brl(1_250), &brl(8_749))
        );
        assert_eq!(said["ceiling_percent"], 12.5);
        let refused = shop.agent.post("quotes", &quote(json!(12.51))).await;
        assert_eq!(refused.json()["ceiling_percent"], 12.5);
        refused.refuse(422, "DISCOUNT_ABOVE_CEILING");
        let odd = shop.agent.post("quotes", &quote(json!(1.234))).await;
        assert_eq!(odd.pointers(), ["/discount_percent"]);
        // The reseller itself is bound by nobody.
        let free = shop
            .reseller
            .post("quotes", &quote(json!(100)))
            .await
            .expect(200)
            .json();
        assert_eq!(free["total"], brl(0));
        let new = json!({
            "policy_id": shop.policy_id, "plan_id": plan, "node_id": shop.customer.node_id, "discount_percent": 20,
        });
        shop.agent
            .post("licenses", &new)
            .await
            .refuse(422, "DISCOUNT_ABOVE_CEILING");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 0);
    });
}

// R-TEN-06 R-LIC-01: what a license was sold for stands with it, whatever prices do later.
#[test]
fn a_license_keeps_what_it_was_sold_for() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let plan = plan(&shop, 10_000).await;
        let modules = sell_modules(&shop, &["CORE", "EXTRA"]).await;
        let root = &shop.reseller.node_id;
        let _ = shop
            .reseller
            .put(
                &format!("nodes/{root}/prices/{}", modules[1]),
                &json!({ "price": brl(500) }),
            )
            .await
            .expect(200);
        let quote = json!({ "plan_id": plan, "node_id": shop.customer.node_id, "modules": ["CORE", "EXTRA"] });
        let said = shop.agent.post("quotes", &quote).await.expect(200).json();
        let lines: Vec<&Value> = said["lines"].as_array().unwrap().iter().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(
            (&lines[1]["price"], &lines[2]["price"], &said["total"]),
            (&brl(990), &brl(500), &brl(11_490))
        );
        let new = json!({
            "policy_id": shop.policy_id, "plan_id": plan, "node_id": shop.customer.node_id,
            "modules": ["CORE", "EXTRA"], "discount_percent": 10,
        });
        let issued = shop.agent.post("licenses", &new).await.expect(201).json();
        let sale = &issued["license"]["sale"];
        assert_eq!(
            (&sale["price"], &sale["total"], &sale["plan_id"]),
            (&brl(11_490), &brl(10_341), &json!(plan))
        );
        assert_eq!(sale["discount_percent"], 10.0);
        // Who pays for a month gets a month, though the policy is for a year.
        assert_eq!(issued["license"]["terms"]["duration"], "P1M");
        let _ = shop
            .reseller
            .put(
                &format!("nodes/{root}/prices/{plan}"),
                &json!({ "price": brl(1) }),
            )
            .await
            .expect(200);
        let path = format!("licenses/{}", issued["license"]["id"].as_str().unwrap());
        let shown = shop.agent.get(&path).await.expect(200).json();
        assert_eq!(shown["sale"], *sale);
        // So does each of a batch: sold at the moment it was asked for.
        let batch = json!({
            "policy_id": shop.policy_id, "plan_id": plan, "node_id": shop.agent.node_id, "count": 3,
        });
        let _ = shop.agent.post("license-batches", &batch).await.expect(202);
        let _ = shop
            .reseller
            .put(
                &format!("nodes/{root}/prices/{plan}"),
                &json!({ "price": brl(77) }),
            )
            .await
            .expect(200);
        app.run_jobs().await;
        let sold = app
            .database()
            .count("SELECT COUNT(*) FROM license_sales WHERE price_minor = 1");
        assert_eq!(sold, 3);
        // A plan of another policy sells nothing here, and a discount needs a price.
        let other = shop
            .reseller
            .policy(&shop.product_id, "other", &json!({ "terms": {} }))
            .await;
        let wrong =
            json!({ "policy_id": other, "plan_id": plan, "node_id": shop.customer.node_id });
        assert_eq!(
            shop.agent.post("licenses", &wrong).await.pointers(),
            ["/plan_id"]
        );
        let wrong =
            json!({ "policy_id": other, "discount_percent": 5, "node_id": shop.customer.node_id });
        assert_eq!(
            shop.agent.post("licenses", &wrong).await.pointers(),
            ["/discount_percent"]
        );
    });
}

// R-TEN-06: amounts of two currencies have no sum.
#[test]
fn currencies_are_never_mixed() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let plan = plan(&shop, 10_000).await;
        let modules = sell_modules(&shop, &["CORE"]).await;
        let euros = json!({ "price": { "amount_minor": 100, "currency": "EUR" } });
        let path = format!("nodes/{}/prices/{}", shop.reseller.node_id, modules[0]);
        let _ = shop.reseller.put(&path, &euros).await.expect(200);
        let quote =
            json!({ "plan_id": plan, "node_id": shop.customer.node_id, "modules": ["CORE"] });
        let refused = shop.agent.post("quotes", &quote).await;
        assert_eq!(refused.json()["currencies"], json!(["BRL", "EUR"]));
        refused.refuse(409, "MIXED_CURRENCIES");
        let listed = shop
            .reseller
            .list(&format!(
                "nodes/{}/prices?kind=module",
                shop.customer.node_id
            ))
            .await;
        assert_eq!(listed[0]["price"], euros["price"]);
    });
}

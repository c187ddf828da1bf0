//! A charge is followed while its customer pays.

use serde_json::{Value, json};

use super::each_till;

/// The events of a stream: their numbers, and what they say.
fn events(stream: &str) -> Vec<(i64, Value)> {
    let mut found = Vec::new();
    for block in stream.split("\n\n") {
        let Some(id) = block.strip_prefix("id: ") else {
            continue;
        };
        let mut lines = id.split('\n');
        let number = lines.next().unwrap().parse().unwrap();
        assert_eq!(lines.next(), Some("event: charge"));
        let data = lines.next().unwrap().strip_prefix("data: ").unwrap();
        assert_eq!(lines.next(), None);
        found.push((number, serde_json::from_str(data).unwrap()));
    }
    found
}

// R-PAY-06
#[test]
fn whoever_waits_sees_each_change_and_goes_on_after_the_last() {
    each_till(async |app, bank, till| {
        let order = till.order().await;
        let charge = till.charge(&order, "followed").await;
        let id = charge["id"].as_str().unwrap();
        let path = format!("charges/{id}/events");
        let customer = &till.shop.customer;
        let mut following = customer.get(&path).opened().await;
        assert_eq!(following.status(), 200);
        assert_eq!(following.header("content-type"), Some("text/event-stream"));
        assert_eq!(following.header("cache-control"), Some("no-store"));
        // What is so far is told at once, and whoever listens waits for what comes.
        following.until("requires_action").await;
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({})).await;
        app.run_jobs().await;
        // It ends with the charge.
        let told = following.whole().await;
        assert!(told.starts_with("retry: 1000\n\n"), "{told}");
        let seen = events(&told);
        let states: Vec<&str> = seen
            .iter()
            .map(|(_, data)| data["state"].as_str().unwrap())
            .collect();
        assert_eq!(states.first(), Some(&"created"));
        assert_eq!(states.last(), Some(&"paid"), "{states:?}");
        assert!(states.contains(&"requires_action"), "{states:?}");
        assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let (last, paid) = seen.last().unwrap();
        assert_eq!(paid["captured"]["amount_minor"], 19_900);
        let history = till.get(&format!("charges/{id}")).await["history"].clone();
        assert_eq!(history.as_array().unwrap().len(), seen.len());

        // Who comes back is told what came after, and nothing twice.
        let (before, _) = &seen[seen.len() - 2];
        let rest = customer
            .get(&path)
            .header("last-event-id", &before.to_string())
            .await
            .expect(200);
        assert_eq!(events(&rest.body()), [(*last, paid.clone())]);
        let nothing = customer
            .get(&path)
            .header("last-event-id", &last.to_string())
            .await;
        let _ = nothing.expect(204);
        for wrong in ["x", "-1", "1.5"] {
            let refused = customer.get(&path).header("last-event-id", wrong).await;
            assert_eq!(refused.expect(422).pointers(), ["/headers/last-event-id"]);
        }
    });
}

// R-PAY-06 R-TEN-01
#[test]
fn nobody_follows_what_is_anothers() {
    each_till(async |app, _bank, till| {
        let order = till.order().await;
        let charge = till.charge(&order, "own").await;
        let path = format!("charges/{}/events", charge["id"].as_str().unwrap());
        let bella = app.shop("bella").await;
        let _ = bella.reseller.get(&path).await.expect(404);
        let sul = till.shop.reseller.node("subcompany", "Sul").await;
        let sibling = till
            .shop
            .reseller
            .recruit(&sul, "subcompany_admin", "Silvio")
            .await;
        let _ = sibling.get(&path).await.expect(404);
        let anybody = app.nobody("acme.localhost");
        let _ = anybody.get(&path).await.expect(401);
    });
}

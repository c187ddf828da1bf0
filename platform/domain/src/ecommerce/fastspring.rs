//! Events of FastSpring (<https://developer.fastspring.com/reference/processing-events>): several
//! come in one body. FastSpring is the merchant; its refunds and chargebacks are both a return.

use serde_json::Value;

use super::path::{id, lines, list, read, text, texts};
use super::{Purchase, ShopEvent, ShopFact, Unreadable};

/// The most events of one body.
const MOST_EVENTS: usize = 500;

/// Reads the events of a body, each by itself: what is wrong with one is nothing to the others. Those
/// that are nothing to us have no facts.
///
/// # Errors
/// [`Unreadable`] when the body is none of events.
pub fn events(body: &[u8]) -> Result<Vec<Result<ShopEvent, Unreadable>>, Unreadable> {
    let value = read(body)?;
    if !value.pointer("/events").is_some_and(Value::is_array) {
        return Err(Unreadable("it has no events".to_owned()));
    }
    let all: Vec<Result<ShopEvent, Unreadable>> = list(&value, "/events").map(event).collect();
    if all.len() > MOST_EVENTS {
        return Err(Unreadable(format!("it has more than {MOST_EVENTS} events")));
    }
    Ok(all)
}

fn event(value: &Value) -> Result<ShopEvent, Unreadable> {
    let data = value.pointer("/data").unwrap_or(&Value::Null);
    let (refs, mut facts) = match text(value, "/type").as_str() {
        "order.completed" => (
            texts(data, &["/order", "/id", "/reference"]),
            vec![ShopFact::Bought(purchase(data)?), ShopFact::Paid],
        ),
        "return.created" => {
            let refs = texts(
                data,
                &[
                    "/original/order",
                    "/original/id",
                    "/original",
                    "/original/reference",
                ],
            );
            let back = lines(list(data, "/items"), &["/product", "/sku"], "/quantity")?;
            let id = texts(data, &["/return", "/id"])
                .into_iter()
                .next()
                .unwrap_or_default();
            let fact = match (back.is_empty(), id.is_empty()) {
                (true, _) => ShopFact::Returned,
                (false, true) => return Err(Unreadable("a return has no id".to_owned())),
                (false, false) => ShopFact::ReturnedLines { id, lines: back },
            };
            (refs, vec![fact])
        }
        _ => (Vec::new(), Vec::new()),
    };
    // Test orders are signed like all others and paid with a card that everybody can read up.
    let is_test = |told: &Value| told.pointer("/live") == Some(&Value::Bool(false));
    if !facts.is_empty() && (is_test(value) || is_test(data)) {
        facts.push(ShopFact::Trial);
    }
    Ok(ShopEvent {
        id: id(value)?,
        refs: without_repeats(refs),
        facts,
    })
}

fn without_repeats(refs: Vec<String>) -> Vec<String> {
    let mut seen = Vec::new();
    for one in refs {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

fn purchase(order: &Value) -> Result<Purchase, Unreadable> {
    let name = texts(order, &["/customer/first", "/customer/last"]).join(" ");
    Ok(Purchase {
        email: text(order, "/customer/email"),
        name,
        language: text(order, "/language"),
        lines: lines(list(order, "/items"), &["/product", "/sku"], "/quantity")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(kind: &str, data: &Value) -> ShopEvent {
        let body = json!({ "events": [{ "id": "e1", "type": kind, "data": data }] });
        let mut all = events(body.to_string().as_bytes()).unwrap();
        all.remove(0).unwrap()
    }

    // R-PAY-10
    #[test]
    fn an_order_says_what_was_bought_and_a_return_what_goes_back() {
        let order = json!({
            "order": "o1", "id": "o1", "reference": "ABC-1",
            "customer": { "first": "Ana", "last": "Lima", "email": "ana@example.com" }, "language": "pt",
            "items": [{ "product": "writer", "quantity": 2, "sku": "W" }],
        });
        let event = one("order.completed", &order);
        assert_eq!(event.refs, ["o1", "ABC-1"]);
        let [ShopFact::Bought(purchase), ShopFact::Paid] = &event.facts[..] else {
            panic!("{:?}", event.facts);
        };
        assert_eq!(
            (purchase.name.as_str(), purchase.lines[0].sku.as_str()),
            ("Ana Lima", "writer")
        );
        let back = json!({ "return": "r1", "original": { "order": "o1" }, "items": [{ "product": "writer", "quantity": 1 }] });
        let event = one("return.created", &back);
        assert_eq!(event.refs, ["o1"]);
        assert!(
            matches!(&event.facts[..], [ShopFact::ReturnedLines { id, .. }] if id == "r1"),
            "{:?}",
            event.facts
        );
        let all = json!({ "return": "r1", "original": "o1" });
        assert_eq!(one("return.created", &all).facts, [ShopFact::Returned]);
    }

    // R-PAY-10
    #[test]
    fn an_empty_body_is_well_and_one_that_is_none_is_not() {
        assert_eq!(events(br#"{"events":[]}"#), Ok(Vec::new()));
        for body in [&b"{}"[..], b"[]", br#"{"events":1}"#] {
            assert!(events(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
        let mixed = events(br#"{"events":[{},{"id":"e1"}]}"#).unwrap();
        assert!(mixed[0].is_err() && mixed[1].is_ok(), "{mixed:?}");
    }

    // R-PAY-10
    #[test]
    fn a_test_order_says_that_it_is_one() {
        let order = |live: bool| json!({ "order": "o1", "live": live, "items": [] });
        assert_eq!(one("order.completed", &order(true)).facts.len(), 2);
        let told = one("order.completed", &order(false));
        assert_eq!(told.facts.last(), Some(&ShopFact::Trial));
        let body = br#"{"events":[{"id":"e1","type":"order.completed","live":false,"data":{"order":"o1"}}]}"#;
        let told = events(body).unwrap().remove(0).unwrap();
        assert_eq!(told.facts.last(), Some(&ShopFact::Trial));
    }
}

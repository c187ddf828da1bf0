//! Events of Stripe Checkout and Payment Links (<https://docs.stripe.com/api/events/types>).
//!
//! A session in an event does not carry its items. What was bought is what the seller wrote into the
//! session's `metadata` (`sku`, `quantity`), or the Payment Link it was bought by; items that somebody
//! expanded count before both.

use serde_json::Value;

use super::path::{id, lines, list, quantity, read, text, texts};
use super::{Purchase, ShopEvent, ShopFact, ShopLine, Unreadable};

/// Reads an event. One that is nothing to us has no facts.
///
/// # Errors
/// [`Unreadable`] when it is none.
pub fn event(body: &[u8]) -> Result<ShopEvent, Unreadable> {
    let value = read(body)?;
    let object = value.pointer("/data/object").unwrap_or(&Value::Null);
    let (refs, facts) = match text(&value, "/type").as_str() {
        "checkout.session.completed" => {
            let mut facts = vec![ShopFact::Bought(purchase(object)?)];
            // Others wait for a bank slip or a transfer: `async_payment_succeeded` tells of those. That
            // no payment is required is said of what a voucher made free, and of a card that is only
            // kept, or charged after a trial.
            let (status, mode) = (text(object, "/payment_status"), text(object, "/mode"));
            let is_free = status == "no_payment_required" && mode == "payment";
            if status == "paid" || is_free {
                facts.push(ShopFact::Paid);
            }
            (session(object), facts)
        }
        "checkout.session.async_payment_succeeded" => {
            let facts = vec![ShopFact::Bought(purchase(object)?), ShopFact::Paid];
            (session(object), facts)
        }
        "charge.refunded" => {
            let all = object.pointer("/refunded") == Some(&Value::Bool(true));
            let fact = if all {
                ShopFact::Returned
            } else {
                // The sum is what tells one refund of a charge from the next.
                let id = format!(
                    "{}/{}",
                    text(object, "/id"),
                    text(object, "/amount_refunded")
                );
                ShopFact::PartlyReturned { id }
            };
            (charge(object, "/id"), vec![fact])
        }
        "charge.dispute.created" => {
            let id = text(object, "/id");
            (charge(object, "/charge"), vec![ShopFact::Contested { id }])
        }
        "charge.dispute.closed" => {
            let id = text(object, "/id");
            let won = match text(object, "/status").as_str() {
                "won" | "warning_closed" => true,
                "lost" => false,
                other => return Err(Unreadable(format!("a dispute is {other:.40}"))),
            };
            (
                charge(object, "/charge"),
                vec![ShopFact::DisputeOver { id, won }],
            )
        }
        _ => (Vec::new(), Vec::new()),
    };
    Ok(ShopEvent {
        id: id(&value)?,
        refs,
        facts,
    })
}

fn session(object: &Value) -> Vec<String> {
    texts(object, &["/id", "/payment_intent", "/invoice"])
}

fn charge(object: &Value, own: &str) -> Vec<String> {
    texts(object, &["/payment_intent", own, "/invoice"])
}

fn purchase(session: &Value) -> Result<Purchase, Unreadable> {
    let mut bought = lines(
        list(session, "/line_items/data"),
        &["/price/metadata/sku", "/price/id"],
        "/quantity",
    )?;
    if bought.is_empty() {
        let named = texts(session, &["/metadata/sku", "/payment_link"]);
        let sku = named.into_iter().next().unwrap_or_default();
        let quantity = quantity(session, "/metadata/quantity")?;
        bought.push(ShopLine { sku, quantity });
    }
    let email = texts(session, &["/customer_details/email", "/customer_email"]);
    Ok(Purchase {
        email: email.into_iter().next().unwrap_or_default(),
        name: text(session, "/customer_details/name"),
        language: text(session, "/locale"),
        lines: bought,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: &str, object: &Value) -> ShopEvent {
        let body = json!({ "id": "evt_1", "type": kind, "data": { "object": object } });
        event(body.to_string().as_bytes()).unwrap()
    }

    fn session(paid: &str) -> Value {
        json!({
            "id": "cs_1", "payment_intent": "pi_1", "invoice": null, "payment_status": paid,
            "customer_details": { "email": "ana@example.com", "name": "Ana" }, "locale": "pt-BR",
            "metadata": { "sku": "writer-year", "quantity": "3" },
        })
    }

    // R-PAY-10
    #[test]
    fn a_session_says_what_was_bought_and_whether_it_is_paid() {
        let event = told("checkout.session.completed", &session("paid"));
        assert_eq!(event.refs, ["cs_1", "pi_1"]);
        let [ShopFact::Bought(purchase), ShopFact::Paid] = &event.facts[..] else {
            panic!("{:?}", event.facts);
        };
        assert_eq!(purchase.email, "ana@example.com");
        assert_eq!(
            purchase.lines,
            [ShopLine {
                sku: "writer-year".to_owned(),
                quantity: 3
            }]
        );
        let waits = told("checkout.session.completed", &session("unpaid"));
        assert_eq!(waits.facts.len(), 1, "the money is still to come");
        for (mode, facts) in [("payment", 2), ("setup", 1), ("subscription", 1)] {
            let mut free = session("no_payment_required");
            free["mode"] = json!(mode);
            let event = told("checkout.session.completed", &free);
            assert_eq!(event.facts.len(), facts, "{mode}");
        }
        let came = told(
            "checkout.session.async_payment_succeeded",
            &session("unpaid"),
        );
        assert_eq!(came.facts[1], ShopFact::Paid);
    }

    // R-PAY-10
    #[test]
    fn items_count_before_metadata_and_the_link_after_both() {
        let mut object = session("paid");
        object["line_items"] =
            json!({ "data": [{ "quantity": 2, "price": { "id": "price_1", "metadata": {} } }] });
        let ShopFact::Bought(purchase) = &told("checkout.session.completed", &object).facts[0]
        else {
            panic!("bought");
        };
        assert_eq!(purchase.lines[0].sku, "price_1");
        let mut object = session("paid");
        object["metadata"] = json!({});
        object["payment_link"] = json!("plink_1");
        let ShopFact::Bought(purchase) = &told("checkout.session.completed", &object).facts[0]
        else {
            panic!("bought");
        };
        assert_eq!(
            (purchase.lines[0].sku.as_str(), purchase.lines[0].quantity),
            ("plink_1", 1)
        );
    }

    // R-PAY-10
    #[test]
    fn money_that_goes_back_is_all_or_a_part_and_a_dispute_ends() {
        let charge = |all: bool| json!({ "id": "ch_1", "payment_intent": "pi_1", "refunded": all, "amount_refunded": 5 });
        assert_eq!(
            told("charge.refunded", &charge(true)).facts,
            [ShopFact::Returned]
        );
        let part = told("charge.refunded", &charge(false));
        assert_eq!(part.refs, ["pi_1", "ch_1"]);
        assert_eq!(
            part.facts,
            [ShopFact::PartlyReturned {
                id: "ch_1/5".to_owned()
            }]
        );
        let lost =
            json!({ "id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1", "status": "lost" });
        assert_eq!(
            told("charge.dispute.closed", &lost).facts,
            [ShopFact::DisputeOver {
                id: "dp_1".to_owned(),
                won: false
            }]
        );
        assert_eq!(told("customer.created", &json!({})).facts, []);
    }

    // R-PAY-10
    #[test]
    fn what_is_no_event_is_refused() {
        let nameless = br#"{"type":"charge.refunded","data":{"object":{}}}"#;
        let countless = br#"{"id":"e","type":"checkout.session.completed","data":{"object":{"metadata":{"sku":"a","quantity":"-1"}}}}"#;
        for body in [&b"x"[..], b"[]", nameless, countless] {
            assert!(event(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }
}

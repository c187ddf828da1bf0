//! Events of PayPal's Orders v2 (<https://developer.paypal.com/api/rest/webhooks/event-names/>).
//!
//! What was bought stands in the order, which `CHECKOUT.ORDER.APPROVED` carries before any money
//! moves; that the money came, `PAYMENT.CAPTURE.COMPLETED` says, which carries no goods. Both are
//! needed, in either order.

use serde_json::Value;

use super::path::{id, lines, list, read, text, texts};
use super::{Purchase, ShopEvent, ShopFact, Unreadable};

/// Reads an event. One that is nothing to us has no facts.
///
/// # Errors
/// [`Unreadable`] when it is none.
pub fn event(body: &[u8]) -> Result<ShopEvent, Unreadable> {
    let value = read(body)?;
    let object = value.pointer("/resource").unwrap_or(&Value::Null);
    let (refs, facts) = match text(&value, "/event_type").as_str() {
        "CHECKOUT.ORDER.APPROVED" | "CHECKOUT.ORDER.COMPLETED" => {
            let mut facts = vec![ShopFact::Bought(purchase(object)?)];
            let mut refs = texts(object, &["/id"]);
            for unit in list(object, "/purchase_units") {
                for capture in list(unit, "/payments/captures") {
                    refs.extend(texts(capture, &["/id"]));
                    if text(capture, "/status") == "COMPLETED" {
                        facts.extend(captured(capture));
                    }
                }
            }
            (refs, facts)
        }
        "PAYMENT.CAPTURE.COMPLETED" => (
            texts(object, &["/supplementary_data/related_ids/order_id", "/id"]),
            captured(object),
        ),
        "PAYMENT.CAPTURE.REFUNDED" => (refunded(object), vec![refund(object)]),
        "PAYMENT.CAPTURE.REVERSED" | "PAYMENT.CAPTURE.DENIED" => (
            [refunded(object), texts(object, &["/id"])].concat(),
            vec![ShopFact::Returned],
        ),
        "CUSTOMER.DISPUTE.CREATED" => {
            let id = text(object, "/dispute_id");
            (disputed(object), vec![ShopFact::Contested { id }])
        }
        "CUSTOMER.DISPUTE.RESOLVED" => {
            let id = text(object, "/dispute_id");
            let won = match text(object, "/dispute_outcome/outcome_code").as_str() {
                "RESOLVED_BUYER_FAVOUR" | "ACCEPTED" => false,
                "RESOLVED_SELLER_FAVOUR"
                | "RESOLVED_WITH_PAYOUT"
                | "CANCELED_BY_BUYER"
                | "DENIED" => true,
                other => return Err(Unreadable(format!("a dispute ends as {other:.40}"))),
            };
            (disputed(object), vec![ShopFact::DisputeOver { id, won }])
        }
        _ => (Vec::new(), Vec::new()),
    };
    Ok(ShopEvent {
        id: id(&value)?,
        refs,
        facts,
    })
}

fn captured(capture: &Value) -> Vec<ShopFact> {
    let id = text(capture, "/id");
    let amount = amount(capture, "/amount");
    vec![ShopFact::Paid, ShopFact::Captured { id, amount }]
}

/// The capture and the order of a refund: named outright, or by the link to what it is of.
fn refunded(refund: &Value) -> Vec<String> {
    let mut refs = texts(
        refund,
        &[
            "/supplementary_data/related_ids/order_id",
            "/supplementary_data/related_ids/capture_id",
        ],
    );
    for link in list(refund, "/links").filter(|link| text(link, "/rel") == "up") {
        let address = text(link, "/href");
        if let Some((_, capture)) = address.rsplit_once("/captures/")
            && !capture.is_empty()
        {
            refs.push(capture.to_owned());
        }
    }
    refs
}

fn amount(object: &Value, pointer: &str) -> String {
    let value = text(object, &format!("{pointer}/value"));
    let currency = text(object, &format!("{pointer}/currency_code"));
    format!("{value} {currency}")
}

/// A refund names what went back of the capture altogether.
fn refund(object: &Value) -> ShopFact {
    const TOTAL: &str = "/seller_payable_breakdown/total_refunded_amount";
    let id = text(object, "/id");
    if object.pointer(TOTAL).is_none() {
        return ShopFact::PartlyReturned { id };
    }
    let total = amount(object, TOTAL);
    ShopFact::Refunded { id, total }
}

fn disputed(dispute: &Value) -> Vec<String> {
    list(dispute, "/disputed_transactions")
        .flat_map(|one| texts(one, &["/seller_transaction_id"]))
        .collect()
}

fn purchase(order: &Value) -> Result<Purchase, Unreadable> {
    let units: Vec<&Value> = list(order, "/purchase_units").collect();
    let items = units.iter().flat_map(|unit| list(unit, "/items"));
    let mut bought = lines(items, &["/sku", "/name"], "/quantity")?;
    if bought.is_empty() {
        bought = lines(
            units.iter().copied(),
            &["/custom_id", "/reference_id"],
            "/no_count",
        )?;
    }
    let name = texts(order, &["/payer/name/given_name", "/payer/name/surname"]).join(" ");
    Ok(Purchase {
        email: text(order, "/payer/email_address"),
        name,
        language: text(order, "/payment_source/paypal/experience_context/locale"),
        lines: bought,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ecommerce::{ShopFacts, UnitState};
    use crate::money::{Currency, Money};

    fn told(kind: &str, object: &Value) -> ShopEvent {
        let body = json!({ "id": "WH-1", "event_type": kind, "resource": object });
        event(body.to_string().as_bytes()).unwrap()
    }

    fn order() -> Value {
        json!({
            "id": "5O1", "status": "APPROVED",
            "payer": { "email_address": "ana@example.com", "name": { "given_name": "Ana", "surname": "Lima" } },
            "purchase_units": [{ "items": [{ "name": "Writer", "sku": "writer-year", "quantity": "2" }] }],
        })
    }

    fn capture() -> Value {
        json!({
            "id": "3C6", "status": "COMPLETED", "amount": { "currency_code": "USD", "value": "49.00" },
            "supplementary_data": { "related_ids": { "order_id": "5O1" } },
        })
    }

    fn refund(total: &str) -> Value {
        json!({
            "id": "1JU", "status": "COMPLETED",
            "seller_payable_breakdown": { "total_refunded_amount": { "currency_code": "USD", "value": total } },
            "links": [{ "rel": "up", "href": "https://api.paypal.com/v2/payments/captures/3C6" }],
        })
    }

    fn standing(events: &[ShopEvent]) -> Vec<UnitState> {
        let mut facts = ShopFacts::default();
        for fact in events.iter().flat_map(|event| event.facts.clone()) {
            facts.learn(fact);
        }
        facts.units().into_iter().map(|unit| unit.state).collect()
    }

    // R-PAY-10
    #[test]
    fn goods_come_with_the_order_and_money_with_the_capture() {
        let approved = told("CHECKOUT.ORDER.APPROVED", &order());
        let captured = told("PAYMENT.CAPTURE.COMPLETED", &capture());
        assert_eq!(approved.refs, ["5O1"]);
        assert_eq!(captured.refs, ["5O1", "3C6"]);
        assert_eq!(
            standing(std::slice::from_ref(&approved)),
            [UnitState::Waiting; 2]
        );
        assert_eq!(standing(&[captured, approved]), [UnitState::Given; 2]);
        let mut whole = order();
        whole["purchase_units"][0]["payments"] = json!({ "captures": [capture()] });
        let completed = told("CHECKOUT.ORDER.COMPLETED", &whole);
        assert_eq!(completed.refs, ["5O1", "3C6"]);
        assert_eq!(standing(&[completed]), [UnitState::Given; 2]);
    }

    // R-PAY-10
    #[test]
    fn all_of_the_money_takes_the_licenses_back_and_a_part_does_not() {
        let begun = [
            told("CHECKOUT.ORDER.APPROVED", &order()),
            told("PAYMENT.CAPTURE.COMPLETED", &capture()),
        ];
        let back = |total: &str| told("PAYMENT.CAPTURE.REFUNDED", &refund(total));
        assert_eq!(back("9.00").refs, ["3C6"]);
        let with = |event: ShopEvent| standing(&[&begun[..], &[event]].concat());
        assert_eq!(with(back("9.00")), [UnitState::Given; 2]);
        assert_eq!(with(back("49.00")), [UnitState::Withdrawn; 2]);
        let reversed = told("PAYMENT.CAPTURE.REVERSED", &refund("1.00"));
        assert_eq!(with(reversed), [UnitState::Withdrawn; 2]);
        // Of two payments that are alike one went back.
        let mut second = capture();
        second["id"] = json!("7D8");
        let second = told("PAYMENT.CAPTURE.COMPLETED", &second);
        let both = [&begun[..], &[second, back("49.00")]].concat();
        assert_eq!(standing(&both), [UnitState::Given; 2]);
        let mut facts = ShopFacts::default();
        assert_eq!(facts.came(), None);
        for fact in both.iter().flat_map(|event| event.facts.clone()) {
            facts.learn(fact);
        }
        let dollars = |cents| Some(Money::new(cents, Currency::USD));
        assert_eq!(facts.came(), dollars(9_800));
        let mut other = capture();
        other["id"] = json!("9F0");
        other["amount"]["currency_code"] = json!("EUR");
        for fact in told("PAYMENT.CAPTURE.COMPLETED", &other).facts {
            facts.learn(fact);
        }
        assert_eq!(facts.came(), None, "dollars and euros have no sum");
    }

    // R-PAY-10
    #[test]
    fn a_dispute_names_the_capture() {
        let dispute = |code: &str| {
            json!({
                "dispute_id": "PP-D-1", "dispute_outcome": { "outcome_code": code },
                "disputed_transactions": [{ "seller_transaction_id": "3C6" }],
            })
        };
        let over = told(
            "CUSTOMER.DISPUTE.RESOLVED",
            &dispute("RESOLVED_BUYER_FAVOUR"),
        );
        assert_eq!(over.refs, ["3C6"]);
        assert_eq!(
            over.facts,
            [ShopFact::DisputeOver {
                id: "PP-D-1".to_owned(),
                won: false
            }]
        );
        let body = json!({ "id": "WH-1", "event_type": "CUSTOMER.DISPUTE.RESOLVED", "resource": dispute("MOON") });
        assert!(event(body.to_string().as_bytes()).is_err());
    }
}

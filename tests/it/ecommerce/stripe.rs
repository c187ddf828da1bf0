use alvara_tests::Answer;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::{GOOD, Stall, all, each_stall, hmac, keys};

impl Stall<'_> {
    /// An event of Stripe's, signed so many seconds ago.
    async fn event(&self, kind: &str, object: &Value, ago: i64) -> Answer {
        let number = self.stored();
        let body = json!({
            "id": format!("evt_{kind}_{number}"), "object": "event", "type": kind,
            "data": { "object": object },
        });
        let body = body.to_string();
        let at = self.app.now().seconds() - ago;
        let tag = HEXLOWER.encode(&hmac(format!("{at}.{body}").as_bytes()));
        let header = format!("t={at},v1={tag}");
        self.send(&[("stripe-signature", header)], body.as_bytes())
            .await
    }

    async fn happens(&self, kind: &str, object: &Value) {
        let _ = self.event(kind, object, 0).await.expect(200);
        self.app.run_jobs().await;
    }
}

fn session(paid: &str) -> Value {
    json!({
        "id": "cs_1", "object": "checkout.session", "payment_intent": "pi_1", "payment_status": paid,
        "customer_details": { "email": "caio@example.com", "name": "" }, "locale": null,
        "metadata": { "sku": GOOD, "quantity": "2" },
    })
}

fn dispute(status: &str) -> Value {
    json!({ "id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1", "status": status })
}

// R-PAY-10
#[test]
fn a_license_follows_its_money_through_a_dispute_and_back() {
    each_stall("stripe", async |stall| {
        stall
            .happens("checkout.session.completed", &session("unpaid"))
            .await;
        assert_eq!(stall.licenses(), 0, "the money is still to come");
        stall
            .happens(
                "checkout.session.async_payment_succeeded",
                &session("unpaid"),
            )
            .await;
        assert_eq!(stall.standing().await, all(2, "given", "active"));
        let mails = stall.post.taken();
        assert_eq!(mails.len(), 1);
        assert_eq!(keys(&mails[0]).len(), 2);
        // Nobody said a language, so it is the seller's.
        assert!(mails[0].text.contains("obrigado"), "{}", mails[0].text);
        stall
            .happens("charge.dispute.created", &dispute("needs_response"))
            .await;
        assert_eq!(stall.standing().await, all(2, "suspended", "suspended"));
        stall
            .happens("charge.dispute.closed", &dispute("won"))
            .await;
        assert_eq!(stall.standing().await, all(2, "given", "active"));
        let part = json!({ "id": "ch_1", "payment_intent": "pi_1", "refunded": false, "amount_refunded": 100 });
        stall.happens("charge.refunded", &part).await;
        assert_eq!(stall.standing().await, all(2, "given", "active"));
        assert_eq!(stall.told("shop_order.held").await.len(), 1);
        let whole = json!({ "id": "ch_1", "payment_intent": "pi_1", "refunded": true, "amount_refunded": 9_800 });
        stall.happens("charge.refunded", &whole).await;
        assert_eq!(stall.standing().await, all(2, "withdrawn", "revoked"));
        // Late news gives nothing back.
        stall
            .happens("checkout.session.completed", &session("paid"))
            .await;
        assert_eq!(stall.standing().await, all(2, "withdrawn", "revoked"));
        assert_eq!(stall.post.taken().len(), 1, "nothing more was mailed");
    });
}

// R-PAY-10
#[test]
fn an_old_signature_is_refused() {
    each_stall("stripe", async |stall| {
        let paid = session("paid");
        for ago in [301, -301, 86_400] {
            let answer = stall.event("checkout.session.completed", &paid, ago).await;
            let _ = answer.expect(401);
        }
        assert_eq!(stall.stored(), 0);
        let answer = stall.event("checkout.session.completed", &paid, 299).await;
        let _ = answer.expect(200);
        stall.app.run_jobs().await;
        assert_eq!(stall.licenses(), 2);
    });
}

// R-PAY-10
#[test]
fn an_order_that_was_refunded_before_it_was_known_gives_nothing() {
    each_stall("stripe", async |stall| {
        let whole = json!({ "id": "ch_1", "payment_intent": "pi_1", "refunded": true, "amount_refunded": 9_800 });
        stall.happens("charge.refunded", &whole).await;
        stall
            .happens("checkout.session.completed", &session("paid"))
            .await;
        assert_eq!(stall.standing().await, all(2, "withdrawn", "none"));
        assert_eq!(stall.licenses(), 0);
        assert_eq!(stall.post.taken().len(), 0);
    });
}

//! That a mandate did not collect what was due.

use serde_json::json;

use super::{CARLA, House, each_house, links, said, subject};

impl House<'_> {
    /// The customer permits that the license is renewed by itself, and pays once.
    async fn permit(&self) {
        self.change_customer(&json!({ "tax_id": "451.646.324-54" }))
            .await;
        let accounts = self.shop.reseller.list("payment-accounts").await;
        let account = accounts[0]["id"].as_str().unwrap();
        self.bank.tell_mandates_to(self.app, "acme", account).await;
        let path = format!("licenses/{}/mandates", self.license.id);
        let asked = json!({ "method": "pix" });
        let _ = self.shop.customer.post(&path, &asked).await.expect(201);
        self.press_bill(0, "pay").await;
    }

    async fn press_bill(&self, at: usize, action: &str) {
        let bills = self.bank.bills().await;
        let reference = bills[at]["reference"].as_str().unwrap();
        self.bank.press(reference, action, &json!({})).await;
        self.app.run_jobs().await;
    }
}

// R-PAY-09 R-ALR-03: each try that failed is told of with the next, and the last one as the last.
#[test]
fn what_is_not_collected_is_told_of() {
    each_house(async |house| {
        house.permit().await;
        assert_eq!(&house.expiry().await[..4], "2029");
        assert_eq!(house.post.taken().len(), 1, "the payment is told of");
        // The license ends on day 731; the charge is handed in nine days before.
        house.day(731 - 9).await;
        for (tried, wait) in [(1, 1), (2, 3), (3, 7), (4, 1)] {
            assert_eq!(house.bank.bills().await.len(), tried + 1);
            house.press_bill(tried, "decline").await;
            let mail = house.only_mail_since(tried);
            assert_eq!(mail.to, [CARLA]);
            assert_eq!(subject(&mail), "Não foi possível cobrar R$ 199,00");
            let text = said(&mail);
            let ends = if tried < 4 {
                "Tentaremos de novo em "
            } else {
                "Não tentaremos mais."
            };
            assert!(text.contains(ends), "{text}");
            assert_eq!(links(&mail).len(), 1, "{text}");
            if tried < 4 {
                house.app.advance_seconds(wait * 86_400 + 60);
                house.bank.follow(house.app).await;
                house.app.run_jobs().await;
            }
        }
        let log = house.shop.reseller.list("mails?kind=uncollected").await;
        assert_eq!(log.len(), 4, "{log:?}");
    });
}

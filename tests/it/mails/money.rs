//! That money came, went back, or is owed.

use alvara_tests::Browser;
use alvara_tests::post::Taken;
use serde_json::json;

use super::{CARLA, House, each_house, links, path_at, said, subject};

impl House<'_> {
    /// An order of the customer's that renews the license, and its charge by PIX; paid.
    async fn paid(&self) -> String {
        let wanted = json!({ "lines": [{ "license_id": self.license.id }] });
        let order = self.shop.customer.post("orders", &wanted).await;
        let charges = format!("orders/{}/charges", order.expect(201).id());
        let asked = json!({ "method": "pix" });
        let charge = self.shop.customer.post(&charges, &asked).once("pay").await;
        let charge = charge.expect(201).id();
        self.press("pay").await;
        charge
    }

    async fn press(&self, action: &str) {
        let bills = self.bank.bills().await;
        let reference = bills.last().unwrap()["reference"].as_str().unwrap();
        self.bank.press(reference, action, &json!({})).await;
        self.app.run_jobs().await;
    }

    /// The paper that a mail leads to, read by somebody who is not signed in.
    async fn paper(&self, mail: &Taken) {
        let all = links(mail);
        assert_eq!(all.len(), 1, "{}", mail.text);
        let payer = Browser::visit(self.app, "acme");
        let path = path_at(&all[0], "acme.localhost");
        let pdf = payer.get(path).await.expect(200);
        assert!(pdf.bytes().starts_with(b"%PDF-"));
    }
}

// R-PAY-05 R-PAY-06: told once, however often the payment is.
#[test]
fn a_payment_is_told_of_with_its_receipt() {
    each_house(async |house| {
        let _ = house.paid().await;
        house.press("tell").await;
        let mail = house.only_mail_since(0);
        assert_eq!(mail.to, [CARLA]);
        assert_eq!(
            subject(&mail),
            "Recebemos o seu pagamento (recibo 2027-000001)"
        );
        for sentence in [
            "recebemos R$ 199,00 por Yearly. Obrigado.",
            "a licença agora vale até 15/01/2029.",
            "Seu recibo",
        ] {
            assert!(said(&mail).contains(sentence), "{sentence}: {}", mail.text);
        }
        house.paper(&mail).await;
        house.app.advance(3);
        house.app.run_jobs().await;
        assert_eq!(house.post.taken().len(), 1);
        let stored = house.app.database().sql("SELECT content FROM mails");
        assert!(!stored.contains("/pay/"), "{stored}");
    });
}

// R-PAY-06
#[test]
fn what_is_given_back_is_told_of_with_its_credit_note() {
    each_house(async |house| {
        let charge = house.paid().await;
        let part = json!({ "amount": { "amount_minor": 5_000, "currency": "BRL" } });
        let refunds = format!("charges/{charge}/refunds");
        let asked = house.shop.reseller.post(&refunds, &part).once("part").await;
        let _ = asked.expect(201);
        house.app.run_jobs().await;
        assert_eq!(house.post.taken().len(), 1, "it is not back yet");
        house.press("return_money").await;
        house.app.advance_seconds(3_600);
        house.bank.follow(house.app).await;
        house.app.run_jobs().await;
        let mail = house.only_mail_since(1);
        assert_eq!(subject(&mail), "R$ 50,00 volta para você");
        assert!(
            said(&mail).contains("devolvemos R$ 50,00 do que foi pago por Yearly."),
            "{}",
            mail.text
        );
        house.paper(&mail).await;
    });
}

// R-PAY-08
#[test]
fn what_is_owed_is_told_of_until_it_is_paid_or_taken_back() {
    each_house(async |house| {
        let limit = json!({ "limit": { "amount_minor": 20_000, "currency": "BRL" }, "days": 28 });
        let path = format!("nodes/{}/credit-limit", house.shop.customer.node_id);
        let _ = house.shop.subcompany.put(&path, &limit).await.expect(200);
        let line = json!({ "license_id": house.license.id });
        let wanted = json!({ "lines": [line], "terms": "deferred" });
        let _ = house.shop.agent.post("orders", &wanted).await.expect(201);
        house.app.run_jobs().await;
        let mail = house.only_mail_since(0);
        assert_eq!(
            subject(&mail),
            "Seu pedido: R$ 199,00 a pagar até 12/02/2027"
        );
        let steps = [
            (28, Some("o que foi pedido deixa de poder ser usado")),
            (29, None),
            (
                35,
                Some("O que foi pedido não pode ser usado até ser pago."),
            ),
            (58, Some("não há mais nada a pagar.")),
        ];
        let mut told = 1;
        for (day, sentence) in steps {
            house.day(day).await;
            let Some(sentence) = sentence else {
                assert_eq!(house.post.taken().len(), told, "day {day}");
                continue;
            };
            let mail = house.only_mail_since(told);
            told += 1;
            assert_eq!(
                subject(&mail),
                "Seu pedido de R$ 199,00 venceu em 12/02/2027"
            );
            let text = said(&mail);
            assert!(text.contains(sentence), "{sentence}: {text}");
            assert_eq!(links(&mail).len(), usize::from(day < 58), "{text}");
        }
    });
}

//! Documents of a tax office: a fiscal system finds what needs one, issues it elsewhere, and writes
//! back what it is.

use serde_json::{Value, json};

use super::paper::{scanned, text_of};
use super::{Till, each_till};
use alvara_tests::TestApp;
use alvara_tests::bank::Bank;

/// The example of the Manual de Orientação do Contribuinte.
const KEY: &str = "52060433009911002506550120000007800267301615";

/// An order that is paid; answers the id of its receipt.
async fn receipt(app: &TestApp, bank: &Bank, till: &Till, order: &str) -> String {
    let charge = till.charge(order, "fiscal").await;
    let bills = bank.bills().await;
    let reference = bills[0]["reference"].as_str().unwrap();
    bank.press(reference, "pay", &json!({ "tell": 5 })).await;
    app.run_jobs().await;
    let list = format!("charges/{}/invoices", charge["id"].as_str().unwrap());
    let written = till.get(&list).await;
    assert_eq!(written["items"][0]["fiscal_document"], json!(null));
    written["items"][0]["id"].as_str().unwrap().to_owned()
}

fn goods(status: &str) -> Value {
    json!({
        "kind": "nfe", "number": "780026730", "series": "12", "access_key": KEY,
        "protocol": "135270000000001", "issued_at": "2027-01-15T15:30:00Z",
        "url": "https://fiscal.example/danfe/780026730", "status": status,
    })
}

/// How often something happened, and was noted.
fn told(app: &TestApp, what: &str) -> [i64; 2] {
    let count = |table: &str, column: &str| {
        let name = format!("invoice.fiscal_document_{what}");
        app.database().count(&format!(
            "SELECT COUNT(*) FROM {table} WHERE {column} = '{name}'"
        ))
    };
    [count("events", "kind"), count("audit_entries", "action")]
}

/// The ids of a list of receipts and credit notes.
async fn standing(till: &Till, which: &str) -> Vec<String> {
    let found = till.shop.reseller.list(&format!("invoices?{which}")).await;
    let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
    found.iter().map(id).collect()
}

// R-PAY-11
#[test]
fn a_fiscal_system_finds_what_needs_a_document_and_writes_it_back() {
    each_till(async |app, bank, till| {
        let reseller = &till.shop.reseller;
        assert!(reseller.list("invoices").await.is_empty());
        let order = till.order().await;
        let id = receipt(app, bank, till, &order).await;
        assert_eq!(
            standing(till, "fiscal=missing").await,
            std::slice::from_ref(&id)
        );
        let receipts = "fiscal=missing&kind=receipt";
        assert_eq!(standing(till, receipts).await, std::slice::from_ref(&id));
        assert!(standing(till, "kind=credit_note").await.is_empty());
        let odd = reseller.get("invoices?fiscal=perhaps").await.expect(422);
        assert_eq!(odd.pointers(), ["/query/fiscal"]);

        let path = format!("invoices/{id}");
        let document = format!("{path}/fiscal-document");
        let none = reseller.get(&path).await.expect(200);
        assert_eq!(none.json()["fiscal_document"], json!(null));
        assert_eq!(none.header("etag"), Some("\"0\""));

        // What cannot be so.
        for (field, value, pointer) in [
            (
                "access_key",
                json!(KEY.replace("615", "616")),
                "/access_key",
            ),
            ("access_key", json!("123"), "/access_key"),
            ("access_key", json!(null), "/access_key"),
            ("url", json!("http://fiscal.example/danfe"), "/url"),
            ("url", json!("https://who@fiscal.example/"), "/url"),
            ("number", json!(""), "/number"),
        ] {
            let mut wrong = goods("issued");
            wrong[field] = value;
            let refused = reseller.put(&document, &wrong).if_match(&none).await;
            assert_eq!(refused.expect(422).pointers(), [pointer], "{wrong}");
        }
        let unsaid = reseller.put(&document, &goods("issued")).await;
        let _ = unsaid.expect(428);
        let early = reseller.put(&document, &goods("canceled"));
        let _ = early.if_match(&none).await.expect(409);
        assert_eq!(told(app, "issued"), [0, 0]);

        let issued = reseller.put(&document, &goods("issued")).if_match(&none);
        let issued = issued.await.expect(200);
        assert_eq!(issued.header("etag"), Some("\"1\""));
        let kept = issued.json()["fiscal_document"].clone();
        assert_eq!(kept["access_key"], KEY, "{kept}");
        assert_eq!(kept["status"], "issued", "{kept}");
        assert_eq!(kept["issued_at"], "2027-01-15T15:30:00.000Z", "{kept}");
        assert!(standing(till, "fiscal=missing").await.is_empty());
        assert_eq!(
            standing(till, "fiscal=issued").await,
            std::slice::from_ref(&id)
        );
        assert_eq!(told(app, "issued"), [1, 1]);

        // Who lost the answer says it again; who says something else is not heard.
        let again = reseller.put(&document, &goods("issued")).if_match(&none);
        let again = again.await.expect(200);
        assert_eq!(again.json()["fiscal_document"], kept);
        assert_eq!(again.header("etag"), Some("\"1\""));
        let mut other = goods("issued");
        other["number"] = json!("780026731");
        let refused = reseller.put(&document, &other).if_match(&issued);
        let refused = refused.await.expect(409);
        assert_eq!(refused.json()["code"], "STATE_CONFLICT");
        let stale = reseller.put(&document, &goods("canceled")).if_match(&none);
        assert_eq!(stale.await.expect(412).json()["code"], "STALE_VERSION");
        assert_eq!(told(app, "issued"), [1, 1]);
        assert_eq!(told(app, "canceled"), [0, 0]);

        // Canceled, by whoever runs that part of the tree, and replaced.
        let canceled = till.shop.subcompany.put(&document, &goods("canceled"));
        let canceled = canceled.if_match(&issued).await.expect(200);
        assert_eq!(canceled.json()["fiscal_document"]["status"], "canceled");
        assert_eq!(
            standing(till, "fiscal=canceled").await,
            std::slice::from_ref(&id)
        );
        assert!(standing(till, "fiscal=missing").await.is_empty());
        assert!(standing(till, "fiscal=issued").await.is_empty());
        let revived = reseller.put(&document, &goods("issued"));
        let _ = revived.if_match(&canceled).await.expect(409);
        let services = json!({
            "kind": "nfse", "number": "77", "issued_at": "2027-01-15T16:00:00Z", "status": "issued",
        });
        let replaced = reseller.put(&document, &services).if_match(&canceled);
        let replaced = replaced.await.expect(200);
        assert_eq!(replaced.header("etag"), Some("\"3\""));
        let kept = replaced.json()["fiscal_document"].clone();
        assert_eq!(kept["number"], "77", "{kept}");
        assert_eq!(kept["access_key"], json!(null), "{kept}");
        assert_eq!(
            standing(till, "fiscal=issued").await,
            std::slice::from_ref(&id)
        );
        assert_eq!(told(app, "issued"), [2, 2]);
        assert_eq!(told(app, "canceled"), [1, 1]);
    });
}

// R-PAY-11 R-TEN-01 R-TEN-03
#[test]
fn a_document_is_for_who_runs_the_place_and_seen_by_who_pays() {
    each_till(async |app, bank, till| {
        let order = till.order().await;
        let id = receipt(app, bank, till, &order).await;
        let path = format!("invoices/{id}");
        let document = format!("{path}/fiscal-document");
        let any = |ask: alvara_tests::Ask| ask.header("if-match", "*");
        let sul = till.shop.reseller.node("subcompany", "Sul").await;
        let sibling = till
            .shop
            .reseller
            .recruit(&sul, "subcompany_admin", "Silvio")
            .await;
        let bella = app.reseller("bella").await.admin();
        for stranger in [&sibling, &bella] {
            assert!(stranger.list("invoices").await.is_empty());
            let _ = stranger.get(&path).await.expect(404);
            let asked = stranger.put(&document, &goods("issued"));
            let _ = any(asked).await.expect(404);
        }
        for reader in [&till.shop.agent, &till.shop.customer] {
            let asked = reader.put(&document, &goods("issued"));
            let _ = any(asked).await.expect(403);
        }
        assert_eq!(told(app, "issued"), [0, 0]);
        let issued = till.shop.subcompany.put(&document, &goods("issued"));
        let _ = any(issued).await.expect(200);

        let customer = &till.shop.customer;
        let seen = customer.list("invoices?fiscal=issued").await;
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0]["id"], id.as_str());
        let printed = async |path: &str| {
            let drawn = customer.get(path).header("accept-language", "pt-BR").await;
            drawn.expect(200).bytes().to_vec()
        };
        let invoice = format!("orders/{order}/invoice.pdf");
        for paper in [format!("{path}.pdf"), invoice] {
            let drawn = printed(&paper).await;
            let text = text_of(&drawn);
            for expected in [
                "Documento fiscal: NF-e 780026730, série 12 (15/01/2027)",
                "5206 0433 0099 1100 2506 5501 2000 0007 8002 6730 1615",
                "Protocolo de autorização: 135270000000001",
                "Confira este documento",
            ] {
                assert!(text.contains(expected), "{expected} is missing in\n{text}");
            }
            let code = "QR-Code:https://fiscal.example/danfe/780026730";
            assert_eq!(scanned(&drawn), [code]);
        }
        let canceled = till.shop.subcompany.put(&document, &goods("canceled"));
        let _ = any(canceled).await.expect(200);
        let drawn = printed(&format!("{path}.pdf")).await;
        let text = text_of(&drawn);
        let expected = "Documento fiscal cancelado: NF-e 780026730";
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
        // Nothing is left to see at the tax office; the receipt itself stays what it is.
        let codes = scanned(&drawn);
        let [code] = codes.as_slice() else {
            panic!("one code: {codes:?}")
        };
        assert!(code.contains("/verify/"), "{code}");
    });
}

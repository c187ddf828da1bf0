//! A customer of the demonstration renews what is expired by each method, without any network but
//! the machine itself: real binary, real plugins, providers on loopback.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use alvara_tests::Actor;
use alvara_tests::demo::Demo;
use alvara_tests::strangers::openssl_verifies;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::getting_started::{blocks, page, said};
use crate::story::wait;

/// How long a webhook may take until it is applied.
const PATIENCE: u32 = 150;

/// A customer of acme's before its expired licenses.
struct Customer {
    demo: Demo,
    who: Actor,
    admin: Actor,
}

/// What an order promised and did.
struct Paid {
    charge: String,
    order: String,
    total: i64,
    /// When the license was to end, and ends: seconds.
    promised: i64,
    ends: i64,
}

/// A moment of the API, in seconds.
fn instant(text: &Value) -> i64 {
    let text = text.as_str().unwrap();
    let read: alvara_domain::time::UtcTime = text.parse().unwrap();
    read.micros() / 1_000_000
}

impl Customer {
    fn of(demo: Demo) -> Self {
        Self {
            who: demo.person("acme", "customer"),
            admin: demo.person("acme", "admin"),
            demo,
        }
    }

    /// Orders a renewal, pays it by a method and waits until the platform knows.
    async fn renew(&self, license: &str, method: &str) -> Paid {
        let wanted = json!({ "lines": [{ "license_id": license }] });
        let order = self.who.post("orders", &wanted).await.expect(201).json();
        let id = order["id"].as_str().unwrap().to_owned();
        let promised = order["lines"][0]["expires_after"].as_str().unwrap();
        let total = order["total"]["amount_minor"].as_i64().unwrap();
        assert_eq!(total, 11_900, "{order}");
        let ask = json!({ "method": method, "return_url": "https://shop.example/back" });
        let path = format!("orders/{id}/charges");
        let charge = self.who.post(&path, &ask).once(&id).await;
        let charge = charge.expect(201).json();
        assert_eq!(charge["state"], "requires_action", "{charge}");
        check_action(method, &charge["action"]);

        let bills = self.demo.bills("acme").await;
        let bill = bills.iter().rfind(|bill| bill["status"] == "open").unwrap();
        assert_eq!(bill["minor"], 11_900, "{bill}");
        let reference = bill["id"].as_str().unwrap();
        self.demo.press("acme", reference, "pay").await;
        let charge = charge["id"].as_str().unwrap().to_owned();
        self.settled(&charge, method).await;
        let order = self.get(&format!("orders/{id}")).await;
        assert_eq!(order["state"], "paid", "{order}");
        let found = self.get(&format!("licenses/{license}")).await;
        // What is over counts from the payment on, which the order took to be at once.
        let (promised, ends) = (instant(&json!(promised)), instant(&found["expires_at"]));
        assert!(
            (0..=60).contains(&(ends - promised)),
            "as the order promised"
        );
        Paid {
            charge,
            order: id,
            total,
            promised,
            ends,
        }
    }

    /// Waits for what the provider tells. The bank of the boletos tells nothing: it is asked, as the
    /// customer's page does.
    async fn settled(&self, charge: &str, method: &str) {
        let path = format!("charges/{charge}");
        let mut last = Value::Null;
        for _ in 0..PATIENCE {
            if method == "boleto" {
                let sync = format!("{path}/sync");
                let _ = self.who.post(&sync, &json!({})).await.expect(200);
            }
            last = self.get(&path).await;
            if last["state"] == "paid" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("never paid: {last}");
    }

    /// Runs a page's commands beside the demonstration, to their end; answers all they said.
    fn follow(&self, script: &str, folder: &Path) -> String {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).current_dir(folder);
        shell.env("NO_PROXY", "*").stdin(Stdio::null());
        let story = shell.output().unwrap();
        assert!(
            story.status.success(),
            "{}: {}",
            self.demo.document["base_url"],
            said(&story)
        );
        said(&story)
    }

    async fn get(&self, path: &str) -> Value {
        self.admin.get(path).await.expect(200).json()
    }

    /// Ledger, commissions, receipt and audit say the same of a payment.
    async fn check_books(&self, paid: &Paid, method: &str) {
        let ledger = self.get(&format!("ledger?charge_id={}", paid.charge)).await;
        let entries: Vec<&Value> = ledger["items"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|one| one["entries"].as_array().unwrap())
            .collect();
        let sum = |account: &str| -> i64 {
            let of = entries.iter().filter(|one| one["account"] == account);
            of.map(|one| one["amount_minor"].as_i64().unwrap()).sum()
        };
        let all: i64 = entries
            .iter()
            .map(|one| one["amount_minor"].as_i64().unwrap())
            .sum();
        assert_eq!(all, 0, "{ledger}");
        assert_eq!(sum("revenue"), -paid.total, "{ledger}");

        let earned = self.get("commissions?limit=200").await;
        let mut earned: Vec<i64> = earned["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["charge_id"] == json!(paid.charge))
            .map(|one| one["earned"]["amount_minor"].as_i64().unwrap())
            .collect();
        earned.sort_unstable();
        assert_eq!(
            earned,
            [595, 1_190],
            "the company's twentieth, the agent's tenth"
        );

        let list = format!("charges/{}/invoices", paid.charge);
        let written = self.who.get(&list).await.expect(200).json();
        assert_eq!(written["items"].as_array().unwrap().len(), 1, "{written}");
        let receipt = &written["items"][0];
        assert_eq!(receipt["kind"], "receipt");
        let path = receipt["pdf"].as_str().unwrap();
        let path = path.trim_start_matches("/api/v1/");
        let drawn = self.who.get(path).header("accept-language", "pt-BR").await;
        let text = text_of(drawn.expect(200).bytes());
        let number = receipt["number"].as_str().unwrap();
        let by = match method {
            "pix" => "PIX",
            "boleto" => "Boleto",
            "card" => "Cartão",
            _ => "Stripe",
        };
        for expected in ["Recibo", number, "R$ 119,00", "Padaria Estrela", by] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }

        let audit = self.get(&format!("audit?target={}", paid.charge)).await;
        let settling =
            audit["items"].as_array().unwrap().iter().find(|entry| {
                entry["action"] == "charge.changed" && entry["after"]["state"] == "paid"
            });
        assert!(settling.is_some(), "{audit}");
        let audit = self.get(&format!("audit?target={}", paid.order)).await;
        let settling =
            audit["items"].as_array().unwrap().iter().find(|entry| {
                entry["action"] == "order.changed" && entry["after"]["state"] == "paid"
            });
        assert!(settling.is_some(), "{audit}");
    }
}

/// What the customer has to do now can be done.
fn check_action(method: &str, action: &Value) {
    let text = |name: &str| action[name].as_str().unwrap_or_else(|| panic!("{action}"));
    match method {
        "pix" => {
            assert_eq!(action["kind"], "qr");
            check_br_code(text("br_code"));
        }
        "boleto" => {
            assert_eq!(action["kind"], "voucher");
            check_br_code(text("br_code"));
            let (line, barcode) = (text("digitable_line"), text("barcode"));
            assert_eq!((line.len(), barcode.len()), (47, 44), "{action}");
            // The amount is the last ten digits of the one and in the middle of the other.
            assert!(line.ends_with("0000011900") && barcode[9..19].ends_with("11900"));
            assert_eq!(barcode.as_bytes()[4] - b'0', check_11(barcode), "{barcode}");
        }
        _ => {
            assert_eq!(action["kind"], "redirect");
            assert!(text("url").starts_with("http://127.0.0.1:"), "{action}");
        }
    }
}

/// The general check digit of a barcode (FEBRABAN: modulo 11, weights 2 to 9 from the right).
fn check_11(barcode: &str) -> u8 {
    let rest = barcode[..4].bytes().chain(barcode[5..].bytes());
    let digits: Vec<u32> = rest.map(|digit| u32::from(digit - b'0')).collect();
    let weighted = digits.iter().rev().zip((2..=9).cycle());
    let sum: u32 = weighted.map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        0 | 10 | 11 => 1,
        digit => u8::try_from(digit).unwrap(),
    }
}

/// A code of the central bank ends with the CRC of all before it (ISO/IEC 13239: polynomial 1021,
/// begun with ones).
fn check_br_code(code: &str) {
    assert!(code.starts_with("000201"), "{code}");
    let (body, given) = code.split_at(code.len() - 4);
    let mut crc = 0xffff_u16;
    for byte in body.bytes() {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            let out = crc & 0x8000 != 0;
            crc <<= 1;
            if out {
                crc ^= 0x1021;
            }
        }
    }
    assert_eq!(given, format!("{crc:04X}"), "{code}");
}

/// What a reader of PDF finds in a document.
fn text_of(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("receipt.pdf");
    std::fs::write(&file, pdf).unwrap();
    let mut read = Command::new("pdftotext");
    let read = read.arg("-layout").arg(&file).arg("-").output();
    let read = read.unwrap_or_else(|error| panic!("pdftotext is needed (poppler-utils): {error}"));
    assert!(read.status.success(), "{read:?}");
    // The blank that does not break is the same sign to a reader.
    String::from_utf8_lossy(&read.stdout).replace('\u{a0}', " ")
}

/// An expired license is refused, paid for, and runs; paid for once more, its machine hears of it at
/// the next check.
fn renewed_by(method: &str, which: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    wait(async {
        let customer = Customer::of(demo);
        let acme = customer.demo.tenant("acme").clone();
        assert!(
            acme["payment_methods"]
                .as_array()
                .unwrap()
                .contains(&json!(method))
        );
        let key = acme["keys"]["expired"][which].as_str().unwrap().to_owned();
        let license = acme["license_ids"]["expired"][which].as_str().unwrap();
        let name = format!("fp-{method}");
        let mut program = customer.demo.program("acme.localhost", &key, &name);
        program.try_activate().await.refuse(403, "EXPIRED");

        let first = customer.renew(license, method).await;
        let _ = program.activate().await;
        let ends = program.claims();
        assert_eq!(program.contact().await, "VALID");
        customer.check_books(&first, method).await;

        let second = customer.renew(license, method).await;
        assert_eq!(second.ends, second.promised, "a month after the other");
        assert!(second.ends > first.ends);
        let before = program.computer_key.clone();
        assert_eq!(program.contact().await, "VALID");
        assert_ne!(
            program.computer_key, before,
            "the next check brings a new key"
        );
        let pem = acme["product"]["public_key_pem"].as_str().unwrap();
        assert!(openssl_verifies(&program.computer_key, pem));
        let claims = program.claims();
        assert_ne!(claims["exp"], ends["exp"]);
        assert_eq!(claims["exp"], second.ends, "{claims}");
        customer.check_books(&second, method).await;
    });
    folder
}

// R-PAY-02 R-PAY-06 R-PAY-07 R-PAY-11
#[test]
fn an_expired_license_is_renewed_by_pix() {
    let _folder = renewed_by("pix", 0);
}

// R-PAY-02 R-PAY-06 R-PAY-11
#[test]
fn an_expired_license_is_renewed_by_boleto() {
    let folder = renewed_by("boleto", 1);
    // Served again, the same accounts are led to providers that know of nothing; titles go on
    // counting, for the bank of a real account would.
    let demo = Demo::start(folder.path());
    wait(async {
        let customer = Customer::of(demo);
        assert!(customer.demo.bills("acme").await.is_empty());
        let acme = customer.demo.tenant("acme").clone();
        let license = acme["license_ids"]["expired"][1].as_str().unwrap();
        let third = customer.renew(license, "boleto").await;
        customer.check_books(&third, "boleto").await;
        let bills = customer.demo.bills("acme").await;
        // Three were written for the customers that the demonstration begins with.
        assert_eq!(bills[0]["reference"], "00031285570000000006");
    });
}

// R-PAY-02 R-PAY-06 R-PAY-07 R-PAY-11
#[test]
fn an_expired_license_is_renewed_by_card() {
    let _folder = renewed_by("card", 2);
}

// R-PAY-02 R-PAY-06 R-PAY-07 R-PAY-11
#[test]
fn an_expired_license_is_renewed_by_stripe() {
    let folder = renewed_by("stripe", 3);
    // The new providers give out no name that the former ones gave.
    let demo = Demo::start(folder.path());
    wait(async {
        let customer = Customer::of(demo);
        let acme = customer.demo.tenant("acme").clone();
        for (method, which) in [("stripe", 3), ("card", 2)] {
            let license = acme["license_ids"]["expired"][which].as_str().unwrap();
            let third = customer.renew(license, method).await;
            customer.check_books(&third, method).await;
        }
    });
}

// R-OPS-06 R-PAY-06 R-TEN-06: there is money to look at from the first minute, in the words of each
// house, and none of it twice when the demonstration is served again.
#[test]
fn customers_of_the_demonstration_have_paid() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let demo = Demo::start(folder.path());
        wait(async {
            for (slug, yearly) in [
                ("acme", "Assinatura anual"),
                ("bella", "Abbonamento annuale"),
            ] {
                let admin = demo.person(slug, "admin");
                let count = async |path: &str| admin.list(path).await.len();
                assert_eq!(count("orders?state=paid").await, 8, "{slug}");
                assert_eq!(count("orders?state=open").await, 2, "{slug}");
                assert_eq!(count("invoices?kind=receipt").await, 8, "{slug}");
                assert!(count("commissions").await >= 8, "{slug}");
                let plans = admin.list("plans").await;
                let named = plans.iter().any(|plan| plan["name"] == yearly);
                assert!(named, "{slug}: {plans:?}");
            }
        });
    }
}

// R-PAY-02 R-PAY-06 R-PAY-11
#[test]
fn the_page_about_paying_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    wait(async {
        let customer = Customer::of(demo);
        let acme = customer.demo.tenant("acme").clone();
        let license = acme["license_ids"]["expired"][0].as_str().unwrap();
        let license = format!("licenses/{license}");
        let before = customer.get(&license).await;
        let script = blocks(&page("payments.md"), "sh");
        let told = customer.follow(&script, folder.path());
        for line in [
            "the charge is paid",
            "the boleto is requires_action",
            "\"pointer\": \"/customer/address\"",
            "the method boleto needs the postal address of the customer",
        ] {
            assert!(told.contains(line), "{line}: {told}");
        }
        for paper in ["invoice.pdf", "receipt.pdf", "boleto.pdf"] {
            let text = text_of(&std::fs::read(folder.path().join(paper)).unwrap());
            assert!(text.contains("CNPJ 12.345.670/0001-29"), "{paper}: {text}");
        }
        let after = customer.get(&license).await;
        assert_ne!(after["expires_at"], before["expires_at"], "{after}");
        let bills = customer.demo.bills("acme").await;
        let states: Vec<&Value> = bills.iter().map(|bill| &bill["status"]).collect();
        // Eight that were paid and two that wait are there from the beginning.
        let (before, since) = states.split_at(10);
        assert!(before[..8].iter().all(|state| *state == "paid"));
        assert_eq!(before[8..], ["open", "open"]);
        assert_eq!(since, ["paid", "open"], "the charge and the boleto");
    });
}

//! What an operator does with plugins on a running server, and what a tenant notices of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use alvara_gateway::{Package, fingerprint};
use alvara_tests::app::plugin_file;
use alvara_tests::settings::plugins;
use alvara_tests::{Actor, Answer};
use data_encoding::BASE64;
use openssl::pkey::{PKey, Private};
use reqwest::Method;
use serde_json::{Value, json};

use super::{balance, each_till};

/// Hands a file in.
pub(super) async fn install(operator: &Actor, how: &str, file: &[u8]) -> Answer {
    let path = format!("plugins{how}");
    let ask = operator.ask(Method::POST, &path);
    ask.bytes("application/wasm", file).await
}

/// Why a file is refused.
fn why(answer: Answer) -> String {
    let problem = answer.refuse(422, "PLUGIN_REFUSED").json();
    problem["reason"].as_str().unwrap().to_owned()
}

/// Announces a plugin's file under an idempotency key, sends nothing of it, and answers the first
/// line of what is said to that. Whoever waits for the file says nothing within the time.
async fn announce(base: &str, actor: &Actor, method: &str) -> String {
    let address = base.trim_start_matches("http://").to_owned();
    let head = format!(
        "{method} /api/v1/plugins HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
         idempotency-key: announced\r\ncontent-type: application/wasm\r\ncontent-length: {}\r\n\r\n",
        actor.host(),
        actor.secret().await,
        20 << 20
    );
    let ask = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let patience = Some(Duration::from_secs(10));
        stream.set_read_timeout(patience).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

// R-PAY-01 R-API-01
#[test]
fn a_plugins_file_is_read_for_who_may_install_it_and_nobody_else() {
    each_till(async |app, _bank, till| {
        for actor in [&till.shop.customer, &till.shop.agent] {
            let told = announce(app.base_url(), actor, "POST").await;
            assert!(told.starts_with("HTTP/1.1 403"), "{told}");
        }
        let told = announce(app.base_url(), &app.operator(), "PUT").await;
        assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    });
}

fn publisher() -> (PKey<Private>, String) {
    let key = PKey::generate_ed25519().unwrap();
    let public = BASE64.encode(&key.raw_public_key().unwrap());
    (key, public)
}

// R-PAY-01 R-PAY-04
#[test]
fn only_what_a_trusted_publisher_signed_is_installed() {
    each_till(async |app, _bank, till| {
        let operator = app.operator();
        let (key, public) = publisher();
        let (other, _) = publisher();
        let file = plugin_file("pix", "1.1.0");
        let signed = Package::sign(&file, &key).unwrap();
        assert!(why(install(&operator, "", &file).await).contains("nobody signed it"));
        assert!(why(install(&operator, "", &signed).await).contains("trusted publisher"));
        let trust = json!({ "name": "ACME Payments", "public_key": public });
        let bad = json!({ "name": "ACME Payments", "public_key": "c2hvcnQ=" });
        let bad = operator.post("plugin-publishers", &bad).await.expect(422);
        assert_eq!(bad.pointers(), ["/public_key"]);
        let trusted = operator.post("plugin-publishers", &trust).await.expect(201);
        let _ = operator.post("plugin-publishers", &trust).await.expect(409);
        // Another key under the same name, which stands before it in the list.
        let mark = trusted.text("/fingerprint");
        let is_before = |public: &String| {
            let raw = BASE64.decode(public.as_bytes()).unwrap();
            fingerprint(&raw) < mark
        };
        let namesake = std::iter::repeat_with(|| publisher().1).find(is_before);
        let namesake = json!({ "name": "ACME Payments", "public_key": namesake });
        let second = operator.post("plugin-publishers", &namesake).await;
        let _ = second.expect(201);
        let theirs = Package::sign(&file, &other).unwrap();
        // Not even where unsigned files are taken.
        assert!(
            why(install(&operator, "?unsigned=accept", &theirs).await)
                .contains("trusted publisher")
        );
        let mut forged = signed.clone();
        let middle = forged.len() / 2;
        forged[middle] ^= 1;
        let _ = install(&operator, "", &forged).await.expect(422);
        assert!(why(install(&operator, "", b"%PDF-1.7").await).contains("WebAssembly"));
        assert!(why(install(&operator, "", &signed[..9_000]).await).contains("cut off"));
        // What the manifest says and the component does not.
        let said = Package::read(&file).unwrap().manifest;
        let said = said.replace("version = \"1.1.0\"", "version = \"7.0.0\"");
        let bare = std::fs::read(plugins().join("pix.wasm")).unwrap();
        let odd = Package::pack(&bare, &said).unwrap();
        let told = why(install(&operator, "?unsigned=accept", &odd).await);
        assert!(told.contains("7.0.0") && told.contains("1.0.0"), "{told}");
        let wrong = operator.ask(Method::POST, "plugins");
        let _ = wrong
            .bytes("application/json", b"{}".to_vec())
            .await
            .expect(415);
        let huge = vec![0; (32 << 20) + 4096];
        let _ = install(&operator, "", &huge).await.expect(413);
        let _ = install(&till.shop.reseller, "", &signed).await.expect(403);

        let ask = operator.ask(Method::POST, "plugins").once("install");
        let made = ask
            .bytes("application/wasm", signed.clone())
            .await
            .expect(201);
        let shown = made.json();
        assert_eq!(
            (&shown["name"], &shown["version"]),
            (&json!("pix"), &json!("1.1.0"))
        );
        assert_eq!(shown["publisher"], trusted.json()["fingerprint"]);
        assert_eq!(shown["grants"], Value::Null);
        let ask = operator.ask(Method::POST, "plugins").once("install");
        let again = ask
            .bytes("application/wasm", signed.clone())
            .await
            .expect(201);
        assert_eq!(
            again.bytes(),
            made.bytes(),
            "answered again, not done again"
        );
        let _ = install(&operator, "", &signed)
            .await
            .refuse(409, "ALREADY_EXISTS");
        // A publisher that is trusted no longer: what is there stays, and nothing more is taken.
        let path = format!("plugins/{}", made.id());
        let _ = operator.delete(&path).await.expect(204);
        let _ = operator.get(&path).await.expect(404);
        let whose = format!("plugin-publishers/{}", trusted.text("/fingerprint"));
        let _ = operator.delete(&whose).await.expect(204);
        let _ = operator.delete(&whose).await.expect(404);
        assert!(why(install(&operator, "", &signed).await).contains("trusted publisher"));
        assert_eq!(operator.list("plugins?name=pix").await.len(), 1);
    });
}

// R-PAY-01 R-PAY-03 R-PAY-06
#[test]
fn an_account_moves_between_versions_and_open_charges_stay_with_theirs() {
    each_till(async |app, bank, till| {
        let operator = app.operator();
        let reseller = &till.shop.reseller;
        let account = format!("payment-accounts/{}", till.account);
        let order = till.order().await;
        let old = till.charge(&order, "old").await;
        assert_eq!(old["state"], "requires_action", "{old}");
        let first = first_version(&operator).await;

        // A version that is not there, and one that is granted nothing.
        let to = |version: &str| json!({ "plugin_version": version });
        let missing = reseller.change(&account, &to("1.1.0")).await.expect(422);
        assert_eq!(missing.pointers(), ["/plugin_version"]);
        let file = plugin_file("pix", "1.1.0");
        let made = install(&operator, "?unsigned=accept", &file)
            .await
            .expect(201);
        let second = format!("plugins/{}", made.id());
        let bare = reseller.change(&account, &to("1.1.0")).await.expect(422);
        assert_eq!(bare.pointers(), ["/plugin_version"]);
        assert!(bare.body().contains("granted"), "{}", bare.body());

        // It is granted no host: then it cannot reach the provider, and the one before can.
        let sheet = operator.get(&format!("{second}/sheet")).await.expect(200);
        assert_eq!(sheet.json()["compared_with"], "1.0.0");
        assert_eq!(sheet.json()["new"], json!([]));
        // No manifest names the bank: it is carried over from the version before, and said.
        let carried = format!("call {} (sandbox), granted to 1.0.0 besides", bank.host());
        let asks = sheet.json()["asks"].clone();
        assert!(asks.as_array().unwrap().contains(&json!(carried)), "{asks}");
        let asks = asks.to_string();
        let tokens = "pix_form: the secrets client_id and client_secret are sent to the address in \
                      the account's setting token_url, presenting the certificate mtls";
        assert!(asks.contains("is signed by nobody"), "{asks}");
        assert!(asks.contains(tokens), "{asks}");
        let mut grants = sheet.json()["grants"].clone();
        let hosts = std::mem::replace(&mut grants["hosts"], json!({}));
        let path = format!("{second}/grants");
        let stale = operator
            .put(&path, &grants)
            .header("if-match", "\"9\"")
            .await;
        let _ = stale.expect(412);
        let _ = operator.put(&path, &grants).await.expect(428);
        let granted = operator
            .put(&path, &grants)
            .if_match(&sheet)
            .await
            .expect(200);
        let offered = reseller.get("offered-plugins").await.expect(200).json();
        let versions = offered["items"][0]["versions"].as_array().unwrap();
        let versions: Vec<_> = versions.iter().map(|one| &one["version"]).collect();
        assert_eq!(versions, ["1.1.0", "1.0.0"]);
        let _ = reseller.change(&account, &to("1.1.0")).await.expect(200);
        let order_two = till.order().await;
        let lost = till.charge(&order_two, "lost").await;
        assert_ne!(lost["state"], "requires_action", "{lost}");
        // By the version that it was made by, the open charge still reaches its provider; so that
        // version cannot go.
        let _ = operator.delete(&first).await.refuse(409, "IN_USE");
        let bills = bank.bills().await;
        assert_eq!(bills.len(), 1);
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({ "tell": 0 })).await;
        let before = till.expiry().await;
        let id = old["id"].as_str().unwrap();
        let sync = format!("charges/{id}/sync");
        let synced = reseller.post(&sync, &json!({})).await.expect(200).json();
        assert_eq!(synced["state"], "paid", "{synced}");
        assert_ne!(till.expiry().await, before);

        // Granted what its sheet says, the new version charges, without anything being started again.
        grants["hosts"] = hosts;
        assert_eq!(grants, sheet.json()["grants"]);
        let full = operator.put(&path, &grants).if_match(&granted).await;
        let _ = full.expect(200);
        let order_three = till.order().await;
        let new = till.charge(&order_three, "new").await;
        assert_eq!(new["state"], "requires_action", "{new}");

        // Back again. Each version goes when nothing leads to it any more.
        let _ = reseller.change(&account, &to("1.0.0")).await.expect(200);
        let _ = operator.delete(&second).await.refuse(409, "IN_USE");
        let cancel = format!("charges/{}/cancellation", new["id"].as_str().unwrap());
        let canceled = reseller.post(&cancel, &json!({})).await.expect(200).json();
        assert_eq!(canceled["state"], "canceled", "{canceled}");
        let _ = operator.delete(&second).await.expect(204);
        let _ = operator.delete(&first).await.refuse(409, "IN_USE");
        app.run_jobs().await;
        balance(app);
    });
}

/// The path of the version that is installed from the beginning.
pub(super) async fn first_version(operator: &Actor) -> String {
    let id = operator.list("plugins?name=pix").await[0]["id"].clone();
    format!("plugins/{}", id.as_str().unwrap())
}

// R-PAY-01
#[test]
fn a_version_stays_until_what_goes_back_of_its_charges_is_back() {
    each_till(async |app, bank, till| {
        let operator = app.operator();
        let reseller = &till.shop.reseller;
        let first = first_version(&operator).await;
        let charge = till.charge(&till.order().await, "old").await;
        let id = charge["id"].as_str().unwrap();
        let bills = bank.bills().await;
        let reference = bills[0]["reference"].as_str().unwrap();
        bank.press(reference, "pay", &json!({})).await;
        app.run_jobs().await;
        assert_eq!(till.state(id).await, "paid");
        let file = plugin_file("pix", "1.1.0");
        let made = install(&operator, "?unsigned=accept", &file).await;
        let second = format!("plugins/{}", made.expect(201).id());
        let sheet = operator.get(&format!("{second}/sheet")).await.expect(200);
        let grants = sheet.json()["grants"].clone();
        let path = format!("{second}/grants");
        let granted = operator.put(&path, &grants).if_match(&sheet).await;
        let _ = granted.expect(200);
        let account = format!("payment-accounts/{}", till.account);
        let to = json!({ "plugin_version": "1.1.0" });
        let _ = reseller.change(&account, &to).await.expect(200);
        // Nothing is open, and no account is pinned to it: but money is on its way back by it.
        let path = format!("charges/{id}/refunds");
        let ask = json!({ "reason": "changed their mind" });
        let refund = reseller.post(&path, &ask).once("all").await;
        let _ = refund.expect(201);
        let _ = operator.delete(&first).await.refuse(409, "IN_USE");
        bank.press(reference, "return_money", &json!({})).await;
        app.run_jobs().await;
        // The charge hears of it at once, the refund itself is asked about in its own time.
        for _ in 0..3 {
            app.advance_seconds(86_400);
            app.run_jobs().await;
        }
        assert_eq!(till.state(id).await, "refunded");
        let _ = operator.delete(&first).await.expect(204);
        balance(app);
    });
}

// R-PAY-01 R-PAY-03
#[test]
fn a_version_that_is_granted_nothing_is_out_of_use() {
    each_till(async |app, bank, till| {
        let operator = app.operator();
        let reseller = &till.shop.reseller;
        let first = first_version(&operator).await;
        let path = format!("{first}/grants");
        let before = operator.get(&first).await.expect(200);
        let grants = before.json()["grants"].clone();
        let nothing = json!({ "hosts": { "sandbox": [] }, "limits": grants["limits"] });
        let bare = operator.put(&path, &nothing).if_match(&before).await;
        let bare = bare.expect(200);
        let lost = till.charge(&till.order().await, "lost").await;
        assert_ne!(lost["state"], "requires_action", "{lost}");
        assert_eq!(bank.bills().await.len(), 0);
        let mut account = bank.pix_account();
        account["name"] = json!("Another");
        let refused = reseller
            .post("payment-accounts", &account)
            .await
            .expect(422);
        assert_eq!(refused.pointers(), ["/plugin_version"]);
        assert!(refused.body().contains("nothing"), "{}", refused.body());
        let offered = reseller.get("offered-plugins").await.expect(200).json();
        assert_eq!(offered["items"][0]["versions"], json!([]));
        // And back in use, at the next call.
        let full = operator.put(&path, &grants).if_match(&bare).await;
        let _ = full.expect(200);
        let charge = till.charge(&till.order().await, "new").await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
    });
}

// R-PAY-01
#[test]
fn what_is_not_offered_opens_no_account_and_makes_no_charge() {
    each_till(async |app, bank, till| {
        let operator = app.operator();
        let reseller = &till.shop.reseller;
        let mut account = bank.pix_account();
        account["name"] = json!("Another");
        let tenant = &till.shop.reseller.tenant_id;
        let offer = format!("tenants/{tenant}/plugins/pix");
        let offered = operator.list(&format!("tenants/{tenant}/plugins")).await;
        assert_eq!(offered[0]["plugin"], "pix");
        let order = till.order().await;
        let _ = operator.delete(&offer).await.expect(204);
        let _ = operator.delete(&offer).await.expect(404);
        let refused = reseller
            .post("payment-accounts", &account)
            .await
            .expect(422);
        assert_eq!(refused.pointers(), ["/plugin"]);
        let path = format!("orders/{order}/charges");
        let by = json!({ "method": "pix", "payment_account": till.account });
        let refused = till.shop.customer.post(&path, &by).once("one").await;
        assert_eq!(refused.expect(422).pointers(), ["/payment_account"]);
        let by = json!({ "method": "pix" });
        let refused = till.shop.customer.post(&path, &by).once("two").await;
        assert_eq!(refused.expect(422).pointers(), ["/method"]);
        let none = reseller.get("offered-plugins").await.expect(200).json();
        assert_eq!(none["items"], json!([]));
        // Its settings can still be put right, for what is open goes on.
        let name = json!({ "name": "Pix, put aside" });
        let path = format!("payment-accounts/{}", till.account);
        let _ = reseller.change(&path, &name).await.expect(200);
        let nobody = format!("tenants/{tenant}/plugins/no-such-plugin");
        let _ = operator.ask(Method::PUT, &nobody).await.expect(404);
        let _ = operator.ask(Method::PUT, &offer).await.expect(204);
        let _ = operator.ask(Method::PUT, &offer).await.expect(204);
        let _ = reseller
            .post("payment-accounts", &account)
            .await
            .expect(201);
        account["plugin_version"] = json!("2.0.0");
        account["name"] = json!("A third");
        let refused = reseller
            .post("payment-accounts", &account)
            .await
            .expect(422);
        assert_eq!(refused.pointers(), ["/plugin_version"]);
        assert!(refused.body().contains("1.0.0"), "{}", refused.body());
        let charge = till.charge(&order, "three").await;
        assert_eq!(charge["state"], "requires_action", "{charge}");
    });
}

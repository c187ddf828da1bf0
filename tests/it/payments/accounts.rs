//! Payment accounts are tried before they are made.

use serde_json::json;

use super::each_till;

// R-PAY-01 R-PAY-03
#[test]
fn an_account_that_its_provider_refuses_is_not_made() {
    each_till(async |app, bank, till| {
        let reseller = &till.shop.reseller;
        let accounts = || {
            app.database()
                .count("SELECT COUNT(*) FROM payment_accounts")
        };
        assert_eq!(accounts(), 1);

        // Settings, by the plugin's own judgement.
        let mut odd = bank.pix_account();
        odd["name"] = json!("Odd");
        odd["config"]["chave"] = json!("no key at all");
        let refused = reseller.post("payment-accounts", &odd).await;
        assert_eq!(refused.expect(422).pointers(), ["/config/chave"]);

        // Credentials, by the provider's.
        let mut stranger = bank.pix_account();
        stranger["name"] = json!("Stranger");
        stranger["secrets"]["client_secret"] = json!("of-somebody-else");
        let refused = reseller.post("payment-accounts", &stranger).await;
        let refused = refused.expect(422);
        assert_eq!(refused.pointers(), ["/secrets"]);
        assert!(!refused.body().contains("of-somebody-else"));
        app.install_plugin("card", "acme", &bank.host()).await;
        let mut card = bank.card_account();
        let token = card["secrets"]["access_token"].take();
        card["secrets"]["access_token"] = json!("TEST-of-somebody-else");
        let refused = reseller.post("payment-accounts", &card).await;
        let refused = refused.expect(422);
        assert_eq!(refused.pointers(), ["/secrets"]);
        assert!(!refused.body().contains("TEST-of-somebody-else"));

        // A provider that is down is no reason to believe the credentials; whoever knows better says so.
        card["secrets"]["access_token"] = token;
        bank.misbehave("GET", "/users/me", "error").await;
        let refused = reseller.post("payment-accounts", &card).await;
        let refused = refused.expect(422);
        assert_eq!(refused.pointers(), ["/config"]);
        assert!(refused.body().contains("check=skip"), "{}", refused.body());
        assert_eq!(accounts(), 1, "nothing is kept");
        bank.misbehave("GET", "/users/me", "error").await;
        let made = reseller.post("payment-accounts?check=skip", &card).await;
        let _ = made.expect(201);
        // The order to misbehave still stands: nobody was asked.
        card["name"] = json!("Another");
        let refused = reseller.post("payment-accounts", &card).await;
        let _ = refused.expect(422);
        let made = reseller.post("payment-accounts", &card).await;
        let _ = made.expect(201);
        assert_eq!(accounts(), 3);

        // One that says nothing keeps nobody waiting for long.
        card["name"] = json!("Silent");
        bank.misbehave("GET", "/users/me", "silence").await;
        let refused = reseller.post("payment-accounts", &card).await;
        assert_eq!(refused.expect(422).pointers(), ["/config"]);
        assert_eq!(accounts(), 3);
    });
}

// R-PAY-01 R-PAY-03
#[test]
fn a_plugin_may_keep_something_while_it_looks_at_an_account_that_is_not_there_yet() {
    each_till(async |app, bank, till| {
        app.install_plugin("hostile", "acme", &bank.host()).await;
        let account = json!({
            "name": "Keeper", "plugin": "hostile", "plugin_version": "1.0.0",
            "environment": "sandbox", "secrets": { "api_key": "k" },
            "config": { "base": format!("https://{}", bank.host()), "do": "keep" },
        });
        let made = till.shop.reseller.post("payment-accounts", &account).await;
        let _ = made.expect(201);
        let kept = "SELECT COUNT(*) FROM plugin_memory WHERE name = 'seen'";
        assert_eq!(app.database().count(kept), 0, "nothing outlasts the look");
    });
}

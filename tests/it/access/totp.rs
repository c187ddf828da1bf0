//! One-time codes (RFC 6238), computed here as an authenticator would.

use alvara_tests::{PASSWORD, each_app};
use data_encoding::BASE32_NOPAD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::json;

/// The code that an authenticator shows.
fn code(secret: &str, seconds: i64) -> String {
    let seed = BASE32_NOPAD
        .decode(secret.trim_end_matches('=').as_bytes())
        .expect("base32");
    let key = PKey::hmac(&seed).unwrap();
    let mut signer = Signer::new(MessageDigest::sha1(), &key).unwrap();
    signer.update(&(seconds / 30).to_be_bytes()).unwrap();
    let hash = signer.sign_to_vec().unwrap();
    let at = usize::from(hash[19] & 0xf);
    let number =
        u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

// R-TEN-07
#[test]
fn with_one_time_codes_a_password_alone_is_not_enough() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let begun = shop
            .agent
            .post("account/totp", &json!({ "password": PASSWORD }))
            .await
            .expect(200);
        let secret = begun.text("/secret");
        assert!(begun.text("/uri").starts_with("otpauth://totp/"));
        let now = || app.now().seconds();
        let wrong = json!({ "ticket": begun.text("/ticket"), "code": "000000" });
        let refused = shop.agent.put("account/totp", &wrong).await;
        assert!((400..=422).contains(&refused.status), "{refused:?}");
        let confirm = json!({ "ticket": begun.text("/ticket"), "code": code(&secret, now()) });
        let _ = shop.agent.put("account/totp", &confirm).await.expect(204);

        let sign_in = |totp: Option<String>| {
            let mut body = json!({ "email": shop.agent.email, "password": PASSWORD });
            if let Some(totp) = totp {
                body["totp"] = json!(totp);
            }
            app.nobody("acme.localhost").post("sessions", &body)
        };
        sign_in(None).await.refuse(401, "SECOND_FACTOR_NEEDED");
        let wrong = sign_in(Some("000000".to_owned())).await;
        assert_eq!(wrong.status, 401, "{wrong:?}");
        app.advance_seconds(60);
        let right = code(&secret, now());
        let _ = sign_in(Some(right.clone())).await.expect(201);
        // A code is good once, however quickly it is played back.
        let replayed = sign_in(Some(right)).await;
        assert_eq!(replayed.status, 401, "{replayed:?}");
        // Nor is one that is over.
        app.advance_seconds(600);
        let old = sign_in(Some(code(&secret, now() - 600))).await;
        assert_eq!(old.status, 401, "{old:?}");
        // The seed is sealed at rest.
        assert!(
            !app.database()
                .sql("SELECT totp_sealed FROM members")
                .contains(&secret)
        );
        // Whoever lost the device asks an admin.
        let id = shop.subcompany.list("members?q=ana").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let _ = shop
            .subcompany
            .delete(&format!("members/{id}/totp"))
            .await
            .expect(204);
        let _ = sign_in(None).await.expect(201);
    });
}

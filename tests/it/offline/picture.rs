//! The whole round trip by camera: nothing but pictures passes between machine and platform.

use alvara_tests::one_app;
use alvara_tests::picture::{read_png, read_svg, show};
use alvara_tests::program::payload;
use alvara_tests::strangers::joserfc_verifies;
use reqwest::Method;

// R-LIC-06
#[test]
fn a_machine_is_activated_and_deactivated_by_pictures_alone() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let license = shop.license().await;
        let mut remote = app.remote("acme.localhost", &license.key, "fp-cellar");
        // The program shows its request; a phone reads it and hands the text on.
        let read = read_png(&show(&remote.request()));
        let phone = app.nobody("acme.localhost");
        let send = |path: &str, text: &str| {
            phone
                .ask(Method::POST, path)
                .bytes("text/plain", text.as_bytes())
        };
        let answer = send("offline/activations", &read)
            .header("accept", "image/png")
            .await
            .expect(201);
        assert_eq!(answer.header("content-type"), Some("image/png"));
        remote.take(&read_png(answer.bytes()));
        let jwks = phone
            .get("/.well-known/alvara/writer/jwks.json")
            .await
            .expect(200)
            .json();
        let claims = joserfc_verifies(&remote.computer_key, &jwks).expect("a signature that holds");
        assert_eq!(claims, payload(&remote.computer_key));
        assert_eq!(claims["sub"], license.id);
        assert!(joserfc_verifies(&remote.lease, &jwks).is_some());
        // The same as a drawing.
        let answer = send("offline/activations", &read)
            .header("accept", "image/svg+xml")
            .await
            .expect(200);
        remote.take(&read_svg(&answer.body()));
        assert!(joserfc_verifies(&remote.computer_key, &jwks).is_some());
        let receipt = read_png(&show(&remote.receipt()));
        let answer = send("offline/deactivations", &receipt).await.expect(200);
        assert_eq!(answer.json()["freed"], true);
    });
}

//! Plugins by page: a file is sent, the sheet read, and granted line by line.

use alvara_tests::app::plugin_file;
use alvara_tests::{Browser, one_app};

/// What the inputs of a page's own form would send: hidden ones, texts, and ticked boxes.
fn inputs(page: &str) -> Vec<(String, String)> {
    let (_, main) = page.split_once("<main").unwrap();
    let parts = main.split("<input ").skip(1);
    let tags = parts.filter_map(|part| part.split_once('>').map(|(tag, _)| tag));
    let value = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    tags.filter(|tag| !tag.contains("type=\"checkbox\"") || tag.contains(" checked"))
        .filter_map(|tag| Some((value(tag, " name")?, value(tag, "value")?)))
        .filter(|(name, _)| name != "_csrf")
        .collect()
}

// R-PAY-01: a plugin is installed, looked at, granted and removed without the command line.
#[test]
fn a_plugin_is_installed_looked_at_and_granted_by_pages() {
    one_app(async |app| {
        let operator = app.operator();
        let opal = Browser::sign_in(&operator).await;
        let place = "/plugins/install";
        let list = opal.get("/plugins").await.expect(200).body();
        assert!(list.contains(&format!("href=\"{place}\"")), "{list}");
        let form = opal.get(place).await.expect(200).body();
        assert!(form.contains("enctype=\"multipart/form-data\""), "{form}");
        let accept = [("_unsigned", "true")];
        let file = plugin_file("pix", "1.1.0");
        for (fields, name, bytes, why) in [
            (&accept[..], "", &b""[..], "href=\"#f-file\""),
            (&[][..], "pix.wasm", &file[..], "nobody signed it"),
            (&accept[..], "a.pdf", &b"%PDF-1.7"[..], "WebAssembly"),
        ] {
            let again = opal.upload(place, fields, ("file", name, bytes)).await;
            let again = again.expect(422).body();
            assert!(
                again.contains(why) && again.contains("role=\"alert\""),
                "{again}"
            );
        }
        let upload = async |version: &str| {
            let file = plugin_file("pix", version);
            let made = opal
                .upload(place, &accept, ("file", "pix.wasm", &file))
                .await
                .expect(303);
            let home = made.header("location").unwrap().to_owned();
            home.strip_suffix("?done=plugin-installed")
                .unwrap()
                .to_owned()
        };
        let first = upload("1.1.0").await;
        let page = opal.get(&first).await.expect(200).body();
        for part in [
            "id=\"sheet\"",
            "MiB of memory a call",
            "1.1.0",
            "badge warn",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let grants = format!("{first}/grants");
        let asked = inputs(&opal.get(&grants).await.expect(200).body());
        let asked: Vec<(&str, &str)> = asked
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert!(
            asked.iter().any(|(name, _)| name.starts_with("_secret.")),
            "{asked:?}"
        );
        let _ = opal.submit(&grants, &asked).await.expect(303);
        assert!(opal.get(&first).await.body().contains("badge ok"));
        // The next version says what is new beside it, and each leads to the other.
        let second = upload("1.2.0").await;
        let page = opal.get(&second).await.expect(200).body();
        assert!(page.contains(&format!("href=\"{first}\"")), "{page}");
        assert!(
            opal.get(&first)
                .await
                .body()
                .contains(&format!("href=\"{second}\""))
        );
        // The same once more is refused at the form.
        let twice = plugin_file("pix", "1.2.0");
        let twice = opal
            .upload(place, &accept, ("file", "pix.wasm", &twice))
            .await;
        assert!(twice.expect(409).body().contains("role=\"alert\""));
        let _ = opal
            .submit(&format!("{second}/remove"), &[])
            .await
            .expect(303);
        let _ = opal.get(&second).await.expect(404);
    });
}

// R-TEN-03: nobody else installs anything, and no form of a stranger's does.
#[test]
fn plugins_are_installed_by_the_operator_alone() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ada = Browser::sign_in(&acme.reseller.admin()).await;
        let place = "/plugins/install";
        let _ = ada.get(place).await.expect(403);
        let file = plugin_file("pix", "1.1.0");
        let sent = ada
            .upload(place, &[("_unsigned", "true")], ("file", "pix.wasm", &file))
            .await;
        let _ = sent.expect(403);
        let opal = Browser::sign_in(&app.operator()).await;
        let forged = [("_unsigned", "true"), ("_csrf", "AAAA")];
        let _ = opal
            .upload(place, &forged, ("file", "pix.wasm", &file))
            .await
            .expect(403);
        assert!(app.operator().list("plugins?name=pix").await.is_empty());
    });
}

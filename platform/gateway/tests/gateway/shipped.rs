//! The plugins that ship, in the real engine.

use std::sync::Arc;

use alvara_domain::charge::ChargeState;
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::payment::ask::{Due, InboundRequest, Payer, PayerTaxIdKind, PostalAddress};
use alvara_domain::payment::report::{Capability, EventBody, NextAction, Trust};
use alvara_domain::time::UtcTime;
use alvara_gateway::{Account, Call, Digest, Gateway, Secrets};

use crate::world::{World, ask, config, inbound, manifest, wasm};

/// A plugin in the world of the others, and a call with settings and one secret.
pub(crate) async fn shipped(
    name: &str,
    settings: &[(&str, &str)],
    secret: (&str, &str),
) -> (World, Call) {
    let gateway = Gateway::new(config()).expect("a gateway");
    let bytes = wasm(name);
    let plugin = gateway
        .load(Digest::of(&bytes), &manifest(name), || bytes.clone())
        .await
        .expect("it loads");
    let world = World {
        gateway,
        plugin,
        services: Arc::default(),
    };
    let account = world.account(&[], "", settings);
    let account = Account {
        secrets: [secret].into_iter().collect::<Secrets>(),
        ..account
    };
    let call = world.for_account(account);
    (world, call)
}

// R-PAY-01 R-PAY-02
#[tokio::test]
async fn the_four_plugins_say_what_they_are_and_export_what_they_can() {
    use Capability::{BatchFiles, Captures, Mandates, Refunds};
    let gateway = Gateway::new(config()).expect("a gateway");
    for (name, capabilities) in [
        ("pix", vec![Refunds, Mandates]),
        ("boleto", vec![BatchFiles]),
        ("card", vec![Captures, Refunds, Mandates]),
        ("stripe", vec![Captures, Refunds, Mandates]),
    ] {
        let found = gateway
            .inspect(wasm(name), &manifest(name))
            .await
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(found.described.plugin_id, name);
        assert_eq!(found.described.capabilities, capabilities, "{name}");
    }
}

// R-PAY-02
#[tokio::test]
async fn static_pix_codes_and_boletos_for_files_need_no_provider() {
    let settings = [
        ("mode", "static"),
        ("chave", "+5511987654321"),
        ("merchant_name", "Padaria São João"),
        ("merchant_city", "São Paulo"),
    ];
    let (world, call) = shipped("pix", &settings, ("webhook_token", "w0rd")).await;
    let made = world.plugin.create(&call, &ask()).await.expect("created");
    assert_eq!(made.state, ChargeState::RequiresAction);
    let Some(NextAction::Qr { br_code, .. }) = &made.action else {
        panic!("no code: {made:?}");
    };
    assert!(br_code.starts_with("000201") && br_code.contains("540519.90"));
    let found = world
        .plugin
        .find_by_key(&call, &ask())
        .await
        .expect("found");
    assert_eq!(found, Some(made));

    let settings = [
        ("mode", "cnab"),
        ("bank", "341"),
        ("wallet", "109"),
        ("agency", "0057"),
        ("account", "12345"),
    ];
    let (world, call) = shipped("boleto", &settings, ("client_id", "x")).await;
    let mut slip = ask();
    slip.customer = Some(Payer {
        id: "nod_1".to_owned(),
        name: "Ana Souza".to_owned(),
        email: None,
        phone: None,
        tax_id: Some((PayerTaxIdKind::Cpf, "45164632454".to_owned())),
        address: Some(PostalAddress {
            line1: "Avenida Paulista".to_owned(),
            number: Some("1000".to_owned()),
            line2: None,
            district: Some("Bela Vista".to_owned()),
            city: "São Paulo".to_owned(),
            state: "SP".to_owned(),
            postal_code: "01310100".to_owned(),
            country: "BR".to_owned(),
        }),
    });
    slip.due = Some(Due {
        due_date: "2026-12-10".parse().expect("a day"),
        days_valid_after_due: 30,
        fine: None,
        monthly_interest: None,
        discount: None,
        instructions: Vec::new(),
        bank_sequence: Some(12_345_678),
    });
    let made = world.plugin.create(&call, &slip).await.expect("created");
    assert_eq!(made.state, ChargeState::Processing);
    let Some(NextAction::Voucher { digitable_line, .. }) = made.action else {
        panic!("no voucher");
    };
    assert!(digitable_line.starts_with("34191"));
}

// R-PAY-03 R-PAY-07: the plugin never sees the secret; the host compares.
#[tokio::test]
async fn webhooks_are_verified_by_the_hosts_secrets() {
    let (world, mut call) = shipped("stripe", &[], ("webhook_secret", "whsec_test")).await;
    call.now = UtcTime::from_seconds(1_700_000_000).expect("in range");
    let with = |signature: &str| InboundRequest {
        headers: vec![("Stripe-Signature".to_owned(), signature.to_owned())],
        ..inbound(br#"{"id":"evt_1","object":"event"}"#, None)
    };
    // The vector that Stripe's own library accepts.
    let genuine =
        "t=1700000000,v1=4c15fb2a43f93ef61eaa3e0893866d57cad9cad4223242cfb96f362480cb4021";
    let told = world
        .plugin
        .handle_webhook(&call, &with(genuine))
        .await
        .expect("genuine");
    assert_eq!(told.events[0].event_id, "evt_1");
    assert_eq!(told.events[0].trust, Trust::Signed);
    let forged = world
        .plugin
        .handle_webhook(&call, &with(&genuine.replace("4c15", "4c16")))
        .await
        .expect_err("forged");
    assert_eq!(forged.fault.kind, PluginFaultKind::BadSignature);

    let settings = [
        ("chave", "+5511987654321"),
        ("host", "psp.example.com.br"),
        ("token_url", "https://psp.example.com.br/token"),
    ];
    let (world, call) = shipped("pix", &settings, ("webhook_token", "w0rd")).await;
    let with = |query: &str| InboundRequest {
        query: query.to_owned(),
        ..inbound(br#"{"pix":[{"txid":"a","endToEndId":"E1"}]}"#, None)
    };
    let told = world
        .plugin
        .handle_webhook(&call, &with("token=w0rd"))
        .await
        .expect("genuine");
    assert_eq!(told.events[0].body, EventBody::ChargeHint);
    assert!(
        world
            .plugin
            .handle_webhook(&call, &with("token=other"))
            .await
            .is_err()
    );
}

//! BR Codes, read by a foreign parser.

use alvara_oracles::ask;
use alvara_plugin_pix::{Pix, brcode::BrCode};
use alvara_plugin_sdk::{
    NextAction, PaymentPlugin, key,
    kit::{charge, context},
    money::decimal,
};
use serde_json::Value;

// R-PAY-02
#[test]
fn a_stranger_reads_in_our_codes_what_we_wrote() {
    let mut codes = String::new();
    let mut written = Vec::new();
    for at in 0_i64..300 {
        let mail = format!("loja{at}@example.com.br");
        let chave = if at % 2 == 0 {
            "+5511987654321"
        } else {
            mail.as_str()
        };
        let (name, plain) = [
            ("Padaria São João", "Padaria Sao Joao"),
            ("Licenças & Cia", "Licencas & Cia"),
            (
                "Açaí do Zé de Itapecerica da Serra",
                "Acai do Ze de Itapecerica",
            ),
        ][(at % 3) as usize];
        let config = [
            ("mode", "static"),
            ("chave", chave),
            ("merchant_name", name),
            ("merchant_city", "São José dos Campos"),
        ];
        let ctx = context(&format!("key-{at}"), &config);
        let minor = 1 + at * at * 997;
        let made = Pix::create(&ctx, &charge("pix", minor, "BRL")).expect("created");
        let Some(NextAction::Qr(qr)) = made.action else {
            panic!("no code")
        };
        codes += &qr.br_code;
        codes.push('\n');
        written.push((
            chave.to_owned(),
            decimal(minor, 2),
            key::derived(&ctx.idempotency_key, 25),
            plain,
        ));
    }
    let said = ask("brcodes.cjs", &codes);
    assert_eq!(said.lines().count(), 300);
    for (line, (chave, amount, txid, plain)) in said.lines().zip(written) {
        let read: Value = serde_json::from_str(line).expect("json");
        assert_eq!(read["ok"], true, "{line}");
        assert_eq!(
            (
                read["key"].as_str(),
                read["amount"].as_str(),
                read["txid"].as_str()
            ),
            (Some(&*chave), Some(&*amount), Some(&*txid))
        );
        assert_eq!(read["city"], "Sao Jose dos Ca");
        assert_eq!(read["name"], plain);
    }
}

// R-PAY-02: codes of the field, which both read alike; and ours that lead to a charge.
#[test]
fn we_read_what_a_stranger_reads() {
    let fixtures = include_str!("../../../../plugins/pix/fixtures/brcodes.txt");
    let codes: Vec<_> = fixtures
        .lines()
        .filter_map(|line| line.split_once('|'))
        .map(|(_, code)| code)
        .collect();
    let ours = BrCode {
        initiation: Some("12".to_owned()),
        url: Some("pix.example.com/qr/v2/9d36b84fc70b478fb95c12729b90ca25".to_owned()),
        recurrence_url: Some(
            "pix.example.com/qr/v2/rec/2353c790eefb11eaadc10242ac120002".to_owned(),
        ),
        category: "0000".to_owned(),
        name: "Loja".to_owned(),
        city: "Recife".to_owned(),
        ..BrCode::default()
    }
    .write()
    .expect("fits");
    let asked: Vec<_> = codes.iter().copied().chain([ours.as_str()]).collect();
    let said = ask("brcodes.cjs", &(asked.join("\n") + "\n"));
    assert_eq!(said.lines().count(), asked.len());
    let mut alike = 0;
    for (code, line) in asked.iter().zip(said.lines()) {
        let theirs: Value = serde_json::from_str(line).expect("json");
        let read = BrCode::read(code).expect("readable");
        // It takes only one template of an account, and no GUI in capitals.
        if theirs["ok"] != true {
            continue;
        }
        alike += 1;
        assert_eq!(theirs["name"].as_str(), Some(read.name.as_str()), "{code}");
        assert_eq!(theirs["city"].as_str(), Some(read.city.as_str()), "{code}");
        if theirs["type"] == "STATIC" {
            assert_eq!(theirs["key"].as_str(), read.key.as_deref(), "{code}");
            assert_eq!(
                theirs["amount"].as_str().map(str::to_owned),
                read.amount.map(|minor| decimal(minor, 2)),
                "{code}"
            );
        }
        if let Some(url) = theirs["url"].as_str() {
            assert_eq!(Some(url), read.url.as_deref(), "{code}");
        }
    }
    assert!(alike >= 15, "the stranger read {alike} codes");
}

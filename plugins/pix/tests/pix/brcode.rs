//! Codes of Bacen's manual, of its API's examples and of the field.
// R-PAY-02

use alvara_plugin_pix::brcode::{BrCode, Refusal, crc16};
use proptest::prelude::*;

fn codes() -> Vec<(&'static str, &'static str)> {
    include_str!("../../fixtures/brcodes.txt")
        .lines()
        .filter_map(|line| line.split_once('|'))
        .collect()
}

fn of(source: &str) -> BrCode {
    let (_, code) = codes()
        .into_iter()
        .find(|(name, _)| name.contains(source))
        .expect("a code");
    BrCode::read(code).expect("readable")
}

// R-PAY-02
#[test]
fn every_code_is_read_and_written_back() {
    assert_eq!(crc16(b"123456789"), 0x29B1);
    assert_eq!(codes().len(), 17);
    for (source, code) in codes() {
        let read = BrCode::read(code).unwrap_or_else(|refusal| panic!("{source}: {refusal}"));
        let written = read
            .write()
            .unwrap_or_else(|refusal| panic!("{source}: {refusal}"));
        assert_eq!(BrCode::read(&written), Ok(read), "{source}");
        // What holds nothing that PIX does not use comes back to the letter.
        let foreign = ["multi-arranjo", "gist", "static+amount+rec"];
        if !foreign.iter().any(|name| source.contains(name)) {
            assert_eq!(written, code, "{source}");
        }
        // A reader may shout.
        let (body, sum) = code.split_at(code.len() - 4);
        assert!(BrCode::read(&format!("{body}{}", sum.to_lowercase())).is_ok());
    }
}

// R-PAY-02
#[test]
fn kinds_of_codes_are_told_apart() {
    let fixed = of("bcb-manual");
    assert_eq!(
        fixed.key.as_deref(),
        Some("123e4567-e12b-12d1-a456-426655440000")
    );
    assert_eq!(
        (fixed.name.as_str(), fixed.city.as_str()),
        ("Fulano de Tal", "BRASILIA")
    );
    assert_eq!((fixed.amount, fixed.txid), (None, None));

    let consent = of("jornada2");
    assert_eq!((consent.key, consent.url), (None, None));
    assert!(
        consent
            .recurrence_url
            .is_some_and(|url| url.contains("/rec/"))
    );

    let both = of("jornada3");
    assert_eq!(
        both.url.as_deref(),
        Some("pix.example.com/qr/v2/8b3da2f39a4140d1a91abd93113bd441")
    );
    assert_eq!(both.initiation.as_deref(), Some("12"));
    assert!(both.recurrence_url.is_some());

    assert_eq!(of("static info amount").amount, Some(1000));
    assert_eq!(of("static info amount").info.as_deref(), Some("Pedido 123"));
    assert_eq!(of("FSS").withdrawal_agent.as_deref(), Some("12341234"));
    assert_eq!(
        of("txid 30").txid.as_deref(),
        Some("123456789012345678901234567890")
    );
    assert_eq!(
        of("sandbox static txid").txid.as_deref(),
        Some("80a2d0a923984e8dbb80b4adf")
    );
    let crowded = of("multi-arranjo");
    assert_eq!(
        (crowded.amount, crowded.name.as_str()),
        (Some(12_345), "NOMEDORECEBEDOR")
    );
    assert_eq!(crowded.postal_code.as_deref(), Some("70074900"));
}

fn sealed(body: &str) -> String {
    let body = format!("{body}6304");
    format!("{body}{:04X}", crc16(body.as_bytes()))
}

// R-PAY-02
#[test]
fn what_is_no_code_is_refused_for_what_it_is() {
    let good = codes()[0].1;
    let account = "26580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000";
    let rest = "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***";
    assert_eq!(sealed(&format!("000201{account}{rest}")), good);
    for (code, refusal) in [
        (String::new(), Refusal::Checksum),
        (good.replace("Fulano", "Sicrano"), Refusal::Truncated),
        (good.replace("Fulano", "Fulana"), Refusal::Checksum),
        (
            format!("{}0000", &good[..good.len() - 4]),
            Refusal::Checksum,
        ),
        (good[..good.len() - 2].to_owned(), Refusal::Truncated),
        (format!("{good}00"), Refusal::Trailing),
        (
            sealed(&format!("000201{account}{account}{rest}")),
            Refusal::Twice("26".to_owned()),
        ),
        (
            sealed(&format!(
                "000201{account}{}{rest}",
                account.replacen("26", "27", 1)
            )),
            Refusal::Twice("27".to_owned()),
        ),
        (
            sealed(&format!("000202{account}{rest}")),
            Refusal::Field("00"),
        ),
        (sealed(&format!("000201{rest}")), Refusal::Field("26")),
        (
            sealed(&format!("00020126180014br.gov.bcb.pix{rest}")),
            Refusal::Field("26"),
        ),
        (
            sealed(&format!("000201{account}{}", rest.replace("986", "840"))),
            Refusal::Field("53"),
        ),
        (
            sealed(&format!("000201{account}{}", rest.replace("BR59", "AR59"))),
            Refusal::Field("58"),
        ),
        (
            sealed(&format!("000201{account}54041,00{rest}")),
            Refusal::Field("54"),
        ),
        (
            sealed(&format!("000201{account}5404-1.0{rest}")),
            Refusal::Field("54"),
        ),
        (
            sealed(&format!(
                "000201{account}{}",
                rest.replace("6008BRASILIA", "6016SAO MIGUEL DO OE")
            )),
            Refusal::Field("60"),
        ),
        ("9".repeat(600), Refusal::TooLong),
        ("00030é".to_owned(), Refusal::Truncated),
    ] {
        assert_eq!(BrCode::read(&code), Err(refusal), "{code}");
    }
}

// R-PAY-02
#[test]
fn what_does_not_fit_is_not_written() {
    let good = BrCode {
        key: Some("+5511987654321".to_owned()),
        category: "0000".to_owned(),
        name: "Padaria São João de Itapecerica da Serra".to_owned(),
        city: "São José dos Campos".to_owned(),
        txid: Some("PED123".to_owned()),
        amount: Some(100),
        ..BrCode::default()
    };
    let written = good.write().expect("fits");
    let read = BrCode::read(&written).expect("readable");
    assert_eq!(read.name, "Padaria Sao Joao de Itape");
    assert_eq!(read.city, "Sao Jose dos Ca");
    assert_eq!(read.amount, Some(100));
    for (code, field) in [
        (
            BrCode {
                name: "日本".to_owned(),
                ..good.clone()
            },
            "59",
        ),
        (
            BrCode {
                city: String::new(),
                ..good.clone()
            },
            "60",
        ),
        (
            BrCode {
                amount: Some(1_000_000_000_000),
                ..good.clone()
            },
            "54",
        ),
        (
            BrCode {
                amount: Some(-1),
                ..good.clone()
            },
            "54",
        ),
        // Key and note share 99 characters: 73 less the key's length are left for the note.
        (
            BrCode {
                info: Some("x".repeat(73 - 14 + 1)),
                ..good.clone()
            },
            "26",
        ),
        (
            BrCode {
                url: Some("x".repeat(78)),
                key: None,
                ..good.clone()
            },
            "26",
        ),
    ] {
        assert_eq!(code.write(), Err(Refusal::Field(field)));
    }
    assert!(
        BrCode {
            info: Some("x".repeat(73 - 14)),
            ..good
        }
        .write()
        .is_ok()
    );
}

proptest! {
    // R-PAY-02
    #[test]
    fn what_is_written_is_read(name in "[A-Za-z ]{1,40}[a-z]", city in "[A-Z]{1,30}", amount in 0_i64..1_000_000_000_000, txid in "[A-Za-z0-9]{1,25}", key in "[a-z]{1,20}@example\\.com") {
        let code = BrCode { key: Some(key), category: "0000".to_owned(), name, city, amount: Some(amount), txid: Some(txid), ..BrCode::default() };
        let read = BrCode::read(&code.write().expect("fits")).expect("readable");
        prop_assert_eq!((read.amount, read.txid, read.key), (code.amount, code.txid, code.key));
    }

    // R-PAY-03
    #[test]
    fn nothing_makes_the_reader_fail(text in "\\PC{0,200}", at in 0_usize..120, with in prop::char::range(' ', '~')) {
        let _ = BrCode::read(&text);
        let mut letters: Vec<char> = codes()[3].1.chars().collect();
        letters[at] = with;
        let changed: String = letters.into_iter().collect();
        // One letter that is another never passes.
        if changed != codes()[3].1 {
            prop_assert!(BrCode::read(&changed).is_err());
        }
    }
}

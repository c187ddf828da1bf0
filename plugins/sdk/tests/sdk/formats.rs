//! Amounts, days, JSON and encodings, against tables and strangers.
// R-PAY-04

use alvara_plugin_sdk::{
    ErrorKind, Json, encode, key, money,
    text::{is_cnpj, is_cpf, plain, plain_within},
    time::{self, Day},
};
use proptest::prelude::*;

// R-PAY-04
#[test]
fn amounts_are_integers_all_the_way() {
    for (minor, places, text) in [
        (1990, 2, "19.90"),
        (5, 2, "0.05"),
        (0, 2, "0.00"),
        (-1, 2, "-0.01"),
        (1990, 0, "1990"),
        (1, 3, "0.001"),
        (i64::MAX, 2, "92233720368547758.07"),
    ] {
        assert_eq!(money::decimal(minor, places), text);
        assert_eq!(money::from_decimal(text, places), Some(minor));
    }
    assert_eq!(money::from_decimal("19.9", 2), Some(1990));
    assert_eq!(money::from_decimal("19", 2), Some(1900));
    assert_eq!(money::from_decimal("19.9000", 2), Some(1990));
    for wrong in [
        "",
        "-",
        ".",
        "1.",
        ".5",
        "1,00",
        "1e2",
        "+1",
        "19.901",
        "١",
        "1 ",
        "0x1",
        "NaN",
        "99999999999999999999",
        "1.2.3",
    ] {
        assert_eq!(money::from_decimal(wrong, 2), None, "{wrong:?}");
    }
    assert_eq!(money::places("BRL"), 2);
    assert_eq!(money::places("JPY"), 0);
    assert_eq!(money::places("KWD"), 3);
    assert!(money::expect(&money::money(100, "USD"), "BRL").is_err());
    assert!(money::expect(&money::money(0, "BRL"), "BRL").is_err());
}

// R-PAY-04
#[test]
fn days_and_instants_are_read_and_written() {
    for (text, since) in [
        ("1970-01-01", 0),
        ("1997-10-07", 10_141),
        ("2000-02-29", 11_016),
        ("2025-02-22", 20_141),
    ] {
        let day = Day::parse(text).expect("a day");
        assert_eq!(day.since(Day::of(0)), since, "{text}");
        assert_eq!(day.to_string(), text);
    }
    for wrong in [
        "2025-02-29",
        "2100-02-29",
        "2025-13-01",
        "2025-00-10",
        "2025-1-01",
        "20250101",
        "2025-04-31",
        "",
    ] {
        assert_eq!(Day::parse(wrong), None, "{wrong}");
    }
    let instant = 1_599_682_500_358;
    assert_eq!(time::rfc3339(instant), "2020-09-09T20:15:00.358Z");
    for text in [
        "2020-09-09T20:15:00.358Z",
        "2020-09-09T17:15:00.358-03:00",
        "2020-09-09T17:15:00.3580000-0300",
        "2020-09-09 20:15:00.358",
    ] {
        assert_eq!(time::from_rfc3339(text), Some(instant), "{text}");
    }
    for wrong in [
        "2020-09-09",
        "2020-09-09T25:00:00Z",
        "2020-09-09T20:15:00.Z",
        "2020-09-09T20:15:00+3",
        "é",
        "1960-01-01T00:00:00Z",
    ] {
        assert_eq!(time::from_rfc3339(wrong), None, "{wrong}");
    }
}

// R-PAY-04
#[test]
fn ids_come_from_the_key_and_from_nothing_else() {
    assert_eq!(key::derived("a|b", 32), key::derived("a|b", 32));
    assert_ne!(key::derived("a|b", 32), key::derived("a|c", 32));
    assert_ne!(key::derived("k", 32), key::derived_for("k", "first", 32));
    assert_eq!(
        key::derived("abc", 64),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(key::derived("abc", 35).len(), 35);
}

// R-PAY-04
#[test]
fn encodings_are_those_of_the_standards() {
    // RFC 4648 §10.
    for (plain, coded) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(encode::base64(plain.as_bytes()), coded);
        assert_eq!(
            encode::from_base64(coded).as_deref(),
            Some(plain.as_bytes())
        );
    }
    for wrong in ["Zg=", "Z===", "Z!==", "Zg"] {
        assert_eq!(encode::from_base64(wrong), None);
    }
    assert_eq!(encode::from_hex("00fF"), Some(vec![0, 255]));
    assert_eq!(encode::from_hex("0"), None);
    assert_eq!(encode::from_hex("zz"), None);
    assert_eq!(
        encode::form(&[("a b", "ç&="), ("c", "")]),
        "a%20b=%C3%A7%26%3D&c="
    );
    assert_eq!(
        encode::parse_form("a+b=%C3%A7%26&bad=%zz%4&x"),
        [("a b", "ç&"), ("bad", "%zz%4"), ("x", "")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
}

// R-PAY-02
#[test]
fn banks_get_plain_text_and_numbers_that_are_right() {
    assert_eq!(
        plain("Conceição  Araújo\n& Cia – Ltda. 日本"),
        "Conceicao Araujo & Cia - Ltda."
    );
    assert_eq!(plain("Sa\u{303}o"), "Sao");
    assert_eq!(plain_within("SAO MIGUEL DO OESTE", 14), "SAO MIGUEL DO");
    assert!(is_cpf("12345678909"));
    assert!(!is_cpf("12345678900"));
    assert!(!is_cpf("11111111111"));
    assert!(is_cnpj("12345678000195"));
    // The example of the Receita Federal for the CNPJ with letters.
    assert!(is_cnpj("12ABC34501DE35"));
    assert!(!is_cnpj("12ABC34501DE36"));
    assert!(!is_cnpj("12abc34501de35"));
}

// R-PAY-04
#[test]
fn numbers_in_json_stay_text() {
    let json =
        Json::parse(br#"{"a":199.90,"b":[{"c":"x"}],"n":12345678901234567890,"t":true,"z":null}"#)
            .expect("json");
    assert_eq!(json.at("a").minor(2), Some(19_990));
    assert_eq!(json.at("b.0.c").text(), Some("x"));
    assert_eq!(json.at("n").text(), Some("12345678901234567890"));
    assert_eq!(json.at("b.1.c"), &Json::Null);
    assert_eq!(json.at("a").list().len(), 1);
    assert!(json.at("t").is_true());
    let made = Json::object([
        ("v", Json::amount(19_990, 2)),
        ("s", "a\"\n".into()),
        ("none", Json::Null),
    ]);
    assert_eq!(made.to_string(), r#"{"s":"a\"\n","v":199.90}"#);
}

// R-PAY-03
#[test]
fn hostile_json_is_refused_and_not_repeated() {
    let deep = "[".repeat(4000) + &"]".repeat(4000);
    let rather_deep = "[".repeat(40) + &"]".repeat(40);
    for body in [
        &b""[..],
        b"{",
        b"<html>secret</html>",
        b"{\"a\":\xff}",
        deep.as_bytes(),
        rather_deep.as_bytes(),
        br#"{"a":"\ud800"}"#,
        b"{\"a\":1}garbage",
        b"nul",
        b"01",
    ] {
        let error = Json::parse(body).expect_err("no JSON");
        assert_eq!(error.kind, ErrorKind::Malformed);
        assert!(!error.message.contains("secret"));
    }
}

fn as_theirs(json: &Json) -> serde_json::Value {
    serde_json::from_str(&json.to_string()).expect("what we write is JSON")
}

proptest! {
    // R-PAY-04
    #[test]
    fn amounts_survive_the_way_there_and_back(minor: i64, places in 0_u32..6) {
        prop_assert_eq!(money::from_decimal(&money::decimal(minor, places), places), (minor > i64::MIN).then_some(minor));
    }

    // R-PAY-04
    #[test]
    fn days_follow_one_another(days in -700_000_i64..2_900_000) {
        let day = Day::of(0).plus(days);
        prop_assert_eq!(Day::parse(&day.to_string()), Some(day));
        prop_assert_eq!(day.plus(1).since(day), 1);
        prop_assert!(day.plus(1).to_string() > day.to_string());
    }

    // R-PAY-04: what another reader of JSON takes we take, and mean the same by it.
    #[test]
    fn json_is_read_as_another_reads_it(text in r#"[\[\]{}",:0-9a-u\\ .eE+-]{0,40}"#) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        let ours = Json::parse(text.as_bytes());
        match (theirs, ours) {
            (Ok(theirs), Ok(ours)) => prop_assert_eq!(as_theirs(&ours), theirs),
            // A number beyond a float's range is one all the same.
            (Err(_), Ok(ours)) => prop_assert!(ours.to_string().contains(['e', 'E'])),
            (Ok(theirs), Err(_)) => prop_assert!(false, "refused {theirs}"),
            (Err(_), Err(_)) => {}
        }
    }

    // R-PAY-04
    #[test]
    fn encodings_survive_the_way_there_and_back(bytes: Vec<u8>, text: String) {
        prop_assert_eq!(encode::from_base64(&encode::base64(&bytes)), Some(bytes.clone()));
        prop_assert_eq!(encode::from_hex(&encode::hex(&bytes)), Some(bytes));
        let pairs = encode::parse_form(&encode::form(&[(&text, &text)]));
        prop_assert_eq!(pairs, vec![(text.clone(), text)]);
    }

    // R-PAY-03
    #[test]
    fn nothing_in_a_text_makes_a_reader_fail(text: String) {
        let _ = (Day::parse(&text), time::from_rfc3339(&text), money::from_decimal(&text, 2));
        let _ = (encode::from_base64(&text), encode::from_hex(&text), encode::parse_form(&text));
        let _ = (is_cpf(&text), is_cnpj(&text), plain(&text), Json::parse(text.as_bytes()));
    }
}

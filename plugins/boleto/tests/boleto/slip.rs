//! Barcodes, lines and banks' numbers, by printed examples and by property.
// R-PAY-02

use alvara_plugin_boleto::bank::{Beneficiary, Misfit};
use alvara_plugin_boleto::digits::{Rule, general, modulo_10};
use alvara_plugin_boleto::slip::{Refusal, Slip, factor, printed};
use alvara_plugin_sdk::{Json, time::Day};
use proptest::prelude::*;

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn vectors() -> Json {
    Json::parse(include_bytes!("../../fixtures/vectors.json")).expect("json")
}

// R-PAY-02
#[test]
fn the_factor_went_round_on_the_22nd_of_february_2025() {
    let Json::Object(factors) = vectors().at("fator").clone() else {
        panic!("no factors")
    };
    assert_eq!(factors.len(), 9);
    for (due, wanted) in factors {
        assert_eq!(
            factor(day(&due)).map(|factor| factor as u64),
            wanted.whole(),
            "{due}"
        );
    }
    assert_eq!(factor(day("2000-07-02")), None);
    // The window moves with today: one factor is three different days.
    let slip = Slip {
        bank: "001".to_owned(),
        due: Some(day("2026-12-10")),
        cents: 100,
        free: "0".repeat(25),
    };
    let barcode = slip.barcode().expect("fits");
    for (today, due) in [
        ("2026-11-22", "2026-12-10"),
        ("2002-01-01", "2002-04-20"),
        ("2051-01-01", "2051-08-01"),
    ] {
        assert_eq!(
            Slip::read(&barcode, day(today)).expect("a slip").due,
            Some(day(due)),
            "{today}"
        );
    }
}

// R-PAY-02
#[test]
fn every_printed_slip_is_read_and_written() {
    let vectors = vectors();
    let slips = vectors.at("vectors").list();
    assert_eq!(slips.len(), 16);
    for vector in slips {
        let text = |field: &str| vector.at(field).string().expect("a field");
        let today = day("2026-11-22");
        let read = Slip::read(&text("linha"), today).expect("a slip");
        assert_eq!(read, Slip::read(&text("barcode"), today).expect("a slip"));
        assert_eq!(
            (read.bank.as_str(), read.free.as_str()),
            (&text("barcode")[..3], text("livre").as_str())
        );
        assert_eq!(Some(read.cents as u64), vector.at("cents").whole());
        assert_eq!(
            read.due.and_then(factor).map(|factor| factor as u64),
            vector.at("fator").whole()
        );
        assert_eq!(read.barcode().expect("fits"), text("barcode"));
        assert_eq!(read.line().expect("fits"), text("linha"));
        if let Some(wanted) = vector.at("linha_fmt").text() {
            assert_eq!(printed(&text("linha")).as_deref(), Some(wanted));
            assert_eq!(Slip::read(wanted, today), Ok(read));
        }
    }
}

fn to(bank: &str, agreement: &str, agency: &str, account: &str, wallet: &str) -> Beneficiary {
    Beneficiary {
        bank: bank.to_owned(),
        agreement: agreement.to_owned(),
        agency: agency.to_owned(),
        account: account.to_owned(),
        wallet: wallet.to_owned(),
    }
}

// R-PAY-02: the free fields of the manuals, from their parts.
#[test]
fn banks_put_their_fields_together() {
    for (to, number, free) in [
        (
            to("001", "0500", "1606", "06809350", "31"),
            9_401_448,
            "0500940144816060680935031",
        ),
        (
            to("001", "1474166", "", "", "17"),
            328,
            "0000001474166000000032817",
        ),
        (
            to("001", "123879", "4042", "61900", "18"),
            1234,
            "1238790123440420006190018",
        ),
        (
            to("001", "1238", "4042", "61900", "18"),
            123_456,
            "1238012345640420006190018",
        ),
        (
            to("341", "", "0057", "12345", "110"),
            12_345_678,
            "1101234567880057123457000",
        ),
        (
            to("341", "", "0057", "12345", "109"),
            12_345_678,
            "1091234567800057123457000",
        ),
        (
            to("341", "", "1248", "02124", "109"),
            10_152,
            "1090001015271248021246000",
        ),
        (
            to("237", "", "1172", "0403005", "06"),
            75_896_452,
            "1172060007589645204030050",
        ),
        (
            to("033", "0282033", "", "", "101"),
            566_612_457_800,
            "9028203356661245780020101",
        ),
        (
            to("033", "1899775", "", "", "102"),
            9_000_026,
            "9189977500000900002690102",
        ),
        (
            to("104", "005507", "", "", "14"),
            222_333_777_777_777,
            "0055077222133347777777771",
        ),
    ] {
        assert_eq!(to.free(number).as_deref(), Ok(free), "{to:?}");
    }
    assert_eq!(
        to("104", "1100001", "", "", "14")
            .free(1)
            .map(|free| free.len()),
        Ok(25)
    );
    for (to, number, misfit) in [
        (to("999", "1", "1", "1", "1"), 1, Misfit::Layout),
        (to("001", "12345", "1", "1", "17"), 1, Misfit::Layout),
        // These carteiras carry the customer's number, which we have no place for.
        (to("341", "", "1", "1", "198x"), 1, Misfit::Layout),
        (to("341", "", "", "1", "109"), 1, Misfit::Part("agency")),
        (
            to("341", "", "1", "123456", "109"),
            1,
            Misfit::Part("account"),
        ),
        (
            to("341", "", "1", "1", "109"),
            100_000_000,
            Misfit::Part("bank-sequence"),
        ),
        (to("237", "", "1", "1", "123"), 1, Misfit::Part("wallet")),
    ] {
        assert_eq!(to.free(number), Err(misfit), "{to:?}");
    }
}

// R-PAY-02
#[test]
fn titles_are_closed_as_each_bank_does() {
    for entry in vectors().at("nosso_numero_dv").list() {
        let (rule, digits, wanted) = (
            entry.at("0").text(),
            entry.at("1").string(),
            entry.at("2").text(),
        );
        let digits = digits.expect("digits").replace('+', "");
        let rule = match rule.and_then(|rule| rule.split('_').next()) {
            Some("bb") => Rule::Brasil,
            Some("itau") => Rule::Itau,
            Some("bradesco") => Rule::Bradesco,
            _ => Rule::Plain,
        };
        assert_eq!(
            Some(rule.of(&digits).to_string().as_str()),
            wanted,
            "{entry}"
        );
    }
    assert_eq!(Rule::Plain.of("005507"), '7');
    assert_eq!(
        to("001", "0500", "1606", "06809350", "31").check(9_401_448),
        Ok(Some('1'))
    );
    assert_eq!(to("001", "1474166", "", "", "17").check(1), Ok(None));
    assert_eq!(
        to("341", "", "0057", "12345", "168").check(258_281),
        Ok(Some('0'))
    );
    assert_eq!(to("104", "005507", "", "", "14").check(19), Ok(Some('7')));
    assert_eq!(
        to("001", "1474166", "", "", "17").number(328).as_deref(),
        Ok("14741660000000328")
    );
    // The rest that would be 0, 10 or 11 is 1.
    assert_eq!(general("0"), 1);
    assert_eq!(modulo_10("0"), 0);
}

// R-PAY-02
#[test]
fn what_is_no_slip_is_refused_for_what_it_is() {
    let today = day("2026-11-22");
    let line = "00190500954014481606906809350314337370000000100";
    for (text, refusal) in [
        ("", Refusal::Length),
        ("0019050095", Refusal::Length),
        (
            "0019050095401448160690680935031433737000000010x",
            Refusal::Length,
        ),
        (
            "00190500954014481606906809350314337370000000١00",
            Refusal::Length,
        ),
        (
            "846700000017435900240209024050002435842210108119",
            Refusal::Utility,
        ),
        (
            &line.replacen("0019050095", "0019050096", 1),
            Refusal::Field(1),
        ),
        (
            &line.replacen("4014481606", "4014481706", 1),
            Refusal::Field(2),
        ),
        (&line.replacen("314337", "315337", 1), Refusal::Field(3)),
        (&line.replacen("4337370", "4437370", 1), Refusal::General),
        (
            &line.replacen("0000000100", "0000000200", 1),
            Refusal::General,
        ),
        (
            "00113373700000001000500940144816060680935031",
            Refusal::Currency,
        ),
    ] {
        assert_eq!(Slip::read(text, today), Err(refusal), "{text}");
    }
    let good = Slip {
        bank: "001".to_owned(),
        due: None,
        cents: 0,
        free: "0".repeat(25),
    };
    assert_eq!(
        Slip::read(&good.barcode().expect("fits"), today),
        Ok(good.clone())
    );
    assert_eq!(
        Slip {
            cents: 10_000_000_000,
            ..good.clone()
        }
        .barcode(),
        Err(Refusal::Amount)
    );
    assert_eq!(
        Slip {
            cents: -1,
            ..good.clone()
        }
        .barcode(),
        Err(Refusal::Amount)
    );
    assert_eq!(
        Slip {
            due: Some(day("1999-01-01")),
            ..good.clone()
        }
        .barcode(),
        Err(Refusal::Factor)
    );
    assert_eq!(
        Slip {
            free: "1".to_owned(),
            ..good
        }
        .line(),
        Err(Refusal::Part)
    );
}

proptest! {
    // R-PAY-02
    #[test]
    fn what_is_written_is_read(bank in "[0-7][0-9]{2}", cents in 0_i64..10_000_000_000, free in "[0-9]{25}", days in -2900_i64..5400) {
        let today = day("2026-11-22");
        let slip = Slip { bank, due: Some(today.plus(days)), cents, free };
        prop_assert_eq!(Slip::read(&slip.line().expect("fits"), today), Ok(slip.clone()));
        prop_assert_eq!(Slip::read(&slip.barcode().expect("fits"), today), Ok(slip));
    }

    // R-PAY-02: a digit of the three fields that is mistyped never passes.
    #[test]
    fn a_mistyped_digit_is_noticed(cents in 0_i64..10_000_000_000, free in "[0-9]{25}", at in 0_usize..47, by in 1_u8..10) {
        let today = day("2026-11-22");
        let slip = Slip { bank: "341".to_owned(), due: Some(today), cents, free };
        let mut line = slip.line().expect("fits").into_bytes();
        line[at] = b'0' + (line[at] - b'0' + by) % 10;
        let line = String::from_utf8(line).expect("digits");
        // The general digit maps 0, 10 and 11 to 1, so it alone lets a few through in its own field.
        if at < 32 {
            prop_assert!(Slip::read(&line, today).is_err());
        } else {
            prop_assert_ne!(Slip::read(&line, today), Ok(slip));
        }
    }

    // R-PAY-03
    #[test]
    fn nothing_makes_the_reader_fail(text in "\\PC{0,60}", digits in "[0-9]{44,48}") {
        let _ = Slip::read(&text, day("2026-11-22"));
        let _ = Slip::read(&digits, day("2026-11-22"));
        let _ = printed(&text);
    }
}

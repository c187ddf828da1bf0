//! Files to and from banks.
// R-PAY-02 R-PAY-12

use alvara_plugin_boleto::Boleto;
use alvara_plugin_sdk::{
    ChargeStatus, Entry, ErrorKind, EventBody, Instruction, NextAction, PaymentEvent,
    PaymentPlugin, kit::context, reference,
};

use super::api::{API, boleto};

fn account(bank: &str) -> Vec<(&'static str, String)> {
    let (agreement, agency, account, wallet) = match bank {
        "001" => ("1474166", "3174", "11672", "17"),
        "033" => ("0282033", "4567", "11111111", "101"),
        "104" => ("043210", "0001", "1", "24"),
        "237" => ("", "1420", "16910", "09"),
        _ => ("", "1248", "02124", "109"),
    };
    [
        ("mode", "cnab"),
        ("bank", bank),
        ("agreement", agreement),
        ("wallet", wallet),
        ("variation", "19"),
        ("agency", agency),
        ("agency_digit", "7"),
        ("account", account),
        ("account_digit", "6"),
        ("company", "Licenças SA"),
        ("company_tax_id", "11222333000181"),
    ]
    .map(|(key, value)| (key, value.to_owned()))
    .to_vec()
}

fn at(bank: &str) -> alvara_plugin_sdk::CallContext {
    let account = account(bank);
    let pairs: Vec<_> = account
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    context("key-1", &pairs)
}

fn read(bank: &str, file: &[u8]) -> Vec<PaymentEvent> {
    Boleto::import_return(&at(bank), file).expect("readable")
}

/// Number, status, amount, days of payment and credit, fee.
fn told(event: &PaymentEvent) -> (String, ChargeStatus, i64, String, i64) {
    let EventBody::Charge(state) = &event.body else {
        panic!("no charge: {event:?}")
    };
    (
        reference(&event.refs, "nosso-numero")
            .unwrap_or_default()
            .to_owned(),
        state.status,
        state.captured.minor,
        state.settles_on.clone().unwrap_or_default(),
        state.fees.iter().map(|fee| fee.amount.minor).sum(),
    )
}

// R-PAY-12
#[test]
fn files_of_the_field_are_read_by_each_banks_own_map() {
    let brasil = read(
        "001",
        include_bytes!("../../fixtures/cnab/retorno_cnab240_banco_brasil.ret"),
    );
    assert_eq!(brasil.len(), 5);
    assert_eq!(
        told(&brasil[0]),
        (
            "32948600000000196".to_owned(),
            ChargeStatus::Paid,
            4000,
            "2011-03-23".to_owned(),
            500
        )
    );
    assert_eq!(
        brasil[0].occurred_at,
        alvara_plugin_sdk::time::from_rfc3339("2011-03-21T03:00:00Z")
    );

    let caixa = read(
        "104",
        include_bytes!("../../fixtures/cnab/retorno_cnab240_caixa.ret"),
    );
    assert_eq!(caixa.len(), 9);
    assert_eq!(
        told(&caixa[7]),
        (
            "24000000000031999".to_owned(),
            ChargeStatus::Paid,
            42_000,
            "2014-01-07".to_owned(),
            125
        )
    );

    // By FEBRABAN's general table this file says 33 centavos and another day.
    let santander = read(
        "033",
        include_bytes!("../../fixtures/cnab/retorno_cnab240_santander.ret"),
    );
    assert_eq!(
        santander.iter().map(told).collect::<Vec<_>>(),
        [(
            "000000000104".to_owned(),
            ChargeStatus::Paid,
            1100,
            "2014-06-05".to_owned(),
            324
        )]
    );

    let itau = read(
        "341",
        include_bytes!("../../fixtures/cnab/retorno_cnab400_itau.ret"),
    );
    assert_eq!(itau.len(), 4);
    assert_eq!(
        told(&itau[0]),
        (
            "00231327".to_owned(),
            ChargeStatus::Paid,
            20_997,
            "2013-06-21".to_owned(),
            333
        )
    );
    // 25 is "protested and written off" at others; here the payer objected, and nothing moves.
    assert!(matches!(&itau[1].body, EventBody::Ignored(what) if what.contains("objected")));

    let bradesco = read(
        "237",
        include_bytes!("../../fixtures/cnab/retorno_cnab400_bradesco.ret"),
    );
    assert_eq!(bradesco.len(), 7);
    assert_eq!(told(&bradesco[0]).1, ChargeStatus::RequiresAction);
    assert_eq!(
        told(&bradesco[1]),
        (
            "00000000009".to_owned(),
            ChargeStatus::Paid,
            500,
            "2012-04-13".to_owned(),
            0
        )
    );
    assert_eq!(
        told(&bradesco[2]).1,
        ChargeStatus::Paid,
        "17: paid after it was written off"
    );

    let brasil_400 = read(
        "001",
        include_bytes!("../../fixtures/cnab/retorno_cnab400_banco_brasil.ret"),
    );
    assert_eq!(
        told(&brasil_400[0]),
        (
            "11122450000000290".to_owned(),
            ChargeStatus::Paid,
            2500,
            "2015-09-10".to_owned(),
            900
        )
    );
}

// R-PAY-12
#[test]
fn the_same_line_is_the_same_event_in_whatever_file() {
    let file = include_bytes!("../../fixtures/cnab/retorno_cnab240_banco_brasil.ret");
    let first = read("001", file);
    assert_eq!(first, read("001", file));
    let ids: std::collections::BTreeSet<_> = first.iter().map(|event| &event.event_id).collect();
    assert_eq!(ids.len(), first.len());
    let unix = String::from_utf8_lossy(file).replace("\r\n", "\n");
    assert_eq!(read("001", format!("{unix}\u{1a}\n").as_bytes()), first);
}

// R-PAY-12: what a company writes for its own use may stand at many titles, and names none of them.
#[test]
fn a_title_goes_by_its_number_alone() {
    let file = include_str!("../../fixtures/cnab/retorno_cnab240_banco_brasil.ret");
    let words = format!("{:<25}", "LOJA CENTRO");
    let mut written = String::new();
    for line in file.split_inclusive('\n') {
        if line.get(13..14) == Some("T") {
            written += &format!("{}{words}{}", &line[..105], &line[130..]);
        } else {
            written += line;
        }
    }
    let events = read("001", written.as_bytes());
    assert!(events.len() > 1);
    for event in events {
        assert_eq!(reference(&event.refs, "uso-empresa"), Some("LOJA CENTRO"));
        let EventBody::Charge(state) = &event.body else {
            panic!("no charge: {event:?}")
        };
        let number = reference(&event.refs, "nosso-numero");
        assert_eq!(reference(&state.refs, "nosso-numero"), number);
        assert_eq!(state.refs.len(), 1, "{:?}", state.refs);
    }
}

/// The sample with another movement in its first title.
fn with_movement(code: &str) -> Vec<u8> {
    let file = include_str!("../../fixtures/cnab/retorno_cnab240_banco_brasil.ret");
    file.replacen("T 06", &format!("T {code}"), 1)
        .replacen("U 06", &format!("U {code}"), 1)
        .into_bytes()
}

// R-PAY-12: FEBRABAN's movements by the table of states; what is not in it is shown to people.
#[test]
fn movements_are_those_of_the_table() {
    for (code, wanted) in [
        ("02", Some(ChargeStatus::RequiresAction)),
        ("03", Some(ChargeStatus::Failed)),
        ("06", Some(ChargeStatus::Paid)),
        ("09", Some(ChargeStatus::Canceled)),
        ("17", Some(ChargeStatus::Paid)),
        ("25", Some(ChargeStatus::Canceled)),
        ("26", None),
        ("27", None),
        ("28", None),
        ("30", None),
        ("77", None),
    ] {
        let event = read("001", &with_movement(code)).remove(0);
        match (&event.body, wanted) {
            (EventBody::Charge(state), Some(wanted)) => {
                assert_eq!((state.status, state.raw_status.as_str()), (wanted, code));
                assert_eq!(state.decline.is_some(), code == "03");
            }
            (EventBody::Ignored(what), None) => assert!(what.contains(code)),
            other => panic!("{code}: {other:?}"),
        }
    }
}

// R-PAY-03
#[test]
fn files_that_are_none_are_refused_with_their_line() {
    let good = include_str!("../../fixtures/cnab/retorno_cnab240_banco_brasil.ret");
    let remittance = include_bytes!("../../fixtures/cnab/remessa_bb240.rem");
    let unmapped = include_bytes!("../../fixtures/cnab/retorno_cnab240_btg.ret");
    let cut: String = good
        .lines()
        .map(|line| format!("{line}\n"))
        .take(3)
        .collect();
    let short = good.replacen("T 06", "T06", 1);
    let letters = good.replacen("000000000004000", "00000000000x000", 2);
    let no_day = good.replacen("21032011", "99999999", 9);
    for (bank, file) in [
        ("001", &b""[..]),
        ("001", b"\r\n\r\n"),
        ("001", b"garbage"),
        ("001", remittance),
        ("104", good.as_bytes()),
        ("001", unmapped),
        ("001", cut.as_bytes()),
        ("001", short.as_bytes()),
        ("001", letters.as_bytes()),
        ("001", no_day.as_bytes()),
        ("001", &[0xff; 240]),
    ] {
        let error = Boleto::import_return(&at(bank), file).expect_err("refused");
        assert_eq!(error.kind, ErrorKind::Malformed);
        assert!(error.message.len() < 200);
    }
}

fn entries() -> Vec<Entry> {
    let mut plain = boleto(5_000, "2026-12-20", 329);
    plain.due.as_mut().expect("one").fine = None;
    vec![
        Entry {
            instruction: Instruction::Register,
            request: boleto(19_990, "2026-12-10", 328),
        },
        Entry {
            instruction: Instruction::Register,
            request: plain,
        },
        Entry {
            instruction: Instruction::Cancel,
            request: boleto(100, "2026-12-10", 300),
        },
    ]
}

// R-PAY-02
#[test]
fn a_remittance_says_what_the_banks_own_sample_says() {
    let file = Boleto::export_remittance(&at("001"), 1, &entries()).expect("written");
    assert_eq!(file.name, "CB001000001.REM");
    let text = String::from_utf8(file.content).expect("ASCII");
    assert!(text.is_ascii() && text.ends_with("\r\n"));
    let lines: Vec<_> = text.split_terminator("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() == 240));
    let sample = include_str!("../../fixtures/cnab/remessa_bb240.rem");
    let theirs: Vec<_> = sample.lines().collect();
    let same = |ours: &str, theirs: &str, columns: &[(usize, usize)]| {
        for (from, to) in columns {
            assert_eq!(
                ours[from - 1..*to],
                theirs[from - 1..*to],
                "columns {from} to {to} of\n{ours}"
            );
        }
    };
    // What both files are of: the same company, agreement, number and payer.
    same(
        lines[0],
        theirs[0],
        &[
            (1, 17),
            (18, 32),
            (33, 52),
            (53, 57),
            (73, 83),
            (143, 143),
            (158, 166),
        ],
    );
    same(
        lines[1],
        theirs[1],
        &[(1, 16), (18, 53), (54, 58), (74, 84), (200, 207)],
    );
    same(
        lines[2],
        theirs[2],
        &[
            (1, 22),
            (38, 58),
            (59, 59),
            (78, 109),
            (166, 195),
            (221, 223),
            (228, 229),
        ],
    );
    same(lines[3], theirs[3], &[(1, 33), (154, 154)]);
    same(lines[4], theirs[4], &[(1, 17), (66, 66), (75, 89)]);
    assert_eq!(&lines[3][33..49], "CONCEICAO ARAUJO");
    // P and Q of each, R where there is a fine: 8 details, numbered. The lot's header has its layout
    // in that column.
    let kinds: String = lines.iter().map(|line| &line[13..14]).collect();
    assert_eq!(kinds, " 0PQRPQPQR  ");
    for (place, line) in lines[2..10].iter().enumerate() {
        assert_eq!(line[8..13].parse::<usize>(), Ok(place + 1));
    }
    assert_eq!(&lines[7][15..17], "02");
    assert_eq!(&lines[10][17..46], "00001000000300000000000025090");
    assert_eq!(&lines[11][17..29], "000001000012");
}

// R-PAY-02
#[test]
fn a_title_waits_for_its_file() {
    let ctx = at("001");
    let ask = boleto(19_990, "2026-12-10", 328);
    let made = Boleto::create(&ctx, &ask).expect("created");
    assert_eq!(made.status, ChargeStatus::Processing);
    assert!(matches!(made.action, Some(NextAction::Voucher(_))));
    assert_eq!(
        Boleto::find_by_key(&ctx, &ask).expect("answer"),
        Some(made.clone())
    );
    // The number is the one that the return file names.
    assert_eq!(
        reference(&made.refs, "nosso-numero"),
        Some("14741660000000328")
    );
    for bank in ["033", "104", "237", "341"] {
        let made = Boleto::create(&at(bank), &ask).expect("created");
        let Some(NextAction::Voucher(voucher)) = made.action else {
            panic!("no voucher")
        };
        assert!(voucher.digitable_line.starts_with(bank));
    }
    assert_eq!(
        Boleto::sync(&ctx, &made.refs)
            .expect_err("nobody to ask")
            .kind,
        ErrorKind::Unsupported
    );
    assert_eq!(
        Boleto::cancel(&ctx, &made.refs)
            .expect_err("by a file")
            .kind,
        ErrorKind::Unsupported
    );
    assert_eq!(Boleto::health_check(&ctx), Ok(()));
    let account = account("001");
    let pairs: Vec<_> = account
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    assert_eq!(
        Boleto::validate_config(&alvara_plugin_sdk::kit::pairs(&pairs)),
        Ok(())
    );
}

// R-PAY-03 R-PAY-12: found out only in the file, it would hold up the titles beside it.
#[test]
fn a_title_that_fits_into_no_file_is_refused_before_it_is_shown() {
    let good = boleto(19_990, "2026-12-10", 328);
    let made = Boleto::create(&at("001"), &good).expect("created");
    assert_eq!(made.status, ChargeStatus::Processing);
    let mut nameless = good.clone();
    nameless.customer = None;
    let mut abroad = good.clone();
    let customer = abroad.customer.as_mut().expect("one");
    customer.address.as_mut().expect("one").country = "PT".to_owned();
    let mut short = good.clone();
    let customer = short.customer.as_mut().expect("one");
    customer.address.as_mut().expect("one").postal_code = "1310100".to_owned();
    let mut numberless = good;
    numberless.customer.as_mut().expect("one").tax_id = None;
    for wrong in [nameless, abroad, short, numberless] {
        let error = Boleto::create(&at("001"), &wrong).expect_err("refused");
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert!(error.message.contains("boleto") || error.message.contains("eight digits"));
    }
}

// R-PAY-03
#[test]
fn a_remittance_that_cannot_be_is_refused_with_its_entry() {
    let mut nameless = entries();
    nameless[1].request.customer = None;
    let error = Boleto::export_remittance(&at("001"), 1, &nameless).expect_err("refused");
    assert!(error.message.starts_with("entry 2:"), "{}", error.message);
    let mut abroad = entries();
    let customer = abroad[0].request.customer.as_mut().expect("one");
    customer.address.as_mut().expect("one").country = "PT".to_owned();
    let error = Boleto::export_remittance(&at("001"), 1, &abroad).expect_err("refused");
    assert!(error.message.starts_with("entry 1:"), "{}", error.message);
    assert!(Boleto::export_remittance(&at("001"), 0, &entries()).is_err());
    assert!(Boleto::export_remittance(&at("001"), 1_000_000, &entries()).is_err());
    assert!(Boleto::export_remittance(&at("001"), 1, &[]).is_err());
    let unknown = Boleto::export_remittance(&at("341"), 1, &entries()).expect_err("no map");
    assert_eq!(unknown.kind, ErrorKind::Unsupported);
    // What the bank's API registered is not registered again.
    let twice = Boleto::export_remittance(&context("key-1", API), 1, &entries());
    assert_eq!(twice.expect_err("refused").kind, ErrorKind::Unsupported);
}

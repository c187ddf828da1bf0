//! A thousand boletos, accepted by two foreign validators.

use alvara_oracles::ask;
use alvara_plugin_boleto::Boleto;
use alvara_plugin_sdk::{
    DueOptions, NextAction, PaymentPlugin,
    key::sha256,
    kit::{charge, context},
    time::Day,
};
use serde_json::json;

/// Numbers that differ from one another and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 += 1;
        let digest = sha256(&self.0.to_be_bytes());
        digest[..8]
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
            % end
    }
}

// R-PAY-02: due dates on both sides of the factor's restart of 2025-02-22.
#[test]
fn a_thousand_boletos_are_accepted_by_two_strangers() {
    let mut numbers = Numbers(0);
    let restart = Day::parse("2025-02-22").expect("a day");
    let mut lines = String::new();
    for at in 0..1000 {
        let (bank, agreement, wallet, most) = match at % 8 {
            0 => (
                "001",
                format!("{:07}", 1_000_000 + numbers.below(8_999_999)),
                "17",
                10_000_000_000,
            ),
            1 => (
                "001",
                format!("{:06}", numbers.below(999_999)),
                "18",
                100_000,
            ),
            2 => (
                "001",
                format!("{:04}", numbers.below(9_999)),
                "31",
                10_000_000,
            ),
            3 => (
                "033",
                format!("{:07}", numbers.below(9_999_999)),
                "101",
                1_000_000_000_000,
            ),
            4 => (
                "104",
                format!("{:06}", numbers.below(999_999)),
                "14",
                1_000_000_000_000_000,
            ),
            5 => ("237", String::new(), "09", 100_000_000_000),
            6 => ("341", String::new(), "109", 100_000_000),
            _ => ("341", String::new(), "112", 100_000_000),
        };
        let (agency, account) = (
            format!("{:04}", numbers.below(9_999)),
            format!("{:05}", numbers.below(99_999)),
        );
        let config = [
            ("mode", "cnab"),
            ("bank", bank),
            ("agreement", &agreement),
            ("wallet", wallet),
            ("agency", &agency),
            ("account", &account),
            ("company", "X"),
            ("company_tax_id", "11222333000181"),
        ];
        let due = restart.plus(numbers.below(4_300) as i64 - 800);
        let cents =
            1 + numbers.below([999, 99_999, 9_999_999, 9_999_999_998][(at % 4) as usize]) as i64;
        let mut ctx = context(&format!("key-{at}"), &config);
        // As on the day it is issued.
        ctx.now = due.plus(-10).starts();
        let mut ask = charge("boleto", cents, "BRL");
        ask.due = Some(DueOptions {
            due_date: due.to_string(),
            days_valid_after_due: 0,
            fine: None,
            monthly_interest_bp: None,
            discount: None,
            instructions: Vec::new(),
            bank_sequence: Some(1 + numbers.below(most - 1)),
        });
        let made = Boleto::create(&ctx, &ask).expect("created");
        let Some(NextAction::Voucher(voucher)) = made.action else {
            panic!("no voucher")
        };
        lines += &json!({
            "line": voucher.digitable_line, "barcode": voucher.barcode, "cents": cents, "due": due.to_string(),
        })
        .to_string();
        lines.push('\n');
    }
    assert_eq!(ask("boletos.cjs", &lines).trim(), "1000 of 1000");
}

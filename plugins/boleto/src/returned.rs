//! Return files of banks, CNAB 240 and 400: which title moved, how and when.
//!
//! Banks shift fields, so each has its own map, made from its manual and read against a file of its
//! own. A file of a bank or layout without a map is refused. A movement that is not known is no
//! error: the event says so, and people look at it.

use alvara_plugin_sdk::{
    Answer, CallContext, ChargeStatus, Decline, EventBody, Fault, Fee, PaymentEvent, RetryAdvice,
    Trust, key, money::money, time::Day,
};

use crate::settings::Settings;
use crate::title::{bare, reference};

/// Columns from 1, both within.
type Columns = (usize, usize);

/// Where a bank's layout has what.
struct Map {
    bank: &'static str,
    columns: usize,
    /// How a record of a title begins, and at which column.
    detail: (usize, &'static str),
    /// In 240 columns amounts and days are in a second record.
    second: Option<(usize, &'static str)>,
    number: Columns,
    own_use: Columns,
    movement: Columns,
    amount: Columns,
    fee: Columns,
    reasons: Columns,
    paid: Columns,
    occurred: Columns,
    credited: Columns,
    /// What the bank's movements mean.
    meaning: fn(u32) -> Meaning,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Registered,
    Refused,
    Paid,
    WrittenOff,
    /// Nothing that moves a charge, and what it is.
    Nothing(&'static str),
    /// Not in the table.
    Unknown,
}

/// FEBRABAN's movements, which Itaú, Bradesco and Santander share in 400 columns for what is here.
pub(crate) fn febraban(movement: u32) -> Meaning {
    match movement {
        2 => Meaning::Registered,
        3 => Meaning::Refused,
        6 | 17 => Meaning::Paid,
        9 | 25 => Meaning::WrittenOff,
        19 => Meaning::Nothing("protest confirmed"),
        26 => Meaning::Nothing("instruction refused"),
        27 => Meaning::Nothing("change confirmed"),
        28 => Meaning::Nothing("fees"),
        30 => Meaning::Nothing("change refused"),
        _ => Meaning::Unknown,
    }
}

/// Itaú in 400 columns has meanings of its own for some of them.
fn itau(movement: u32) -> Meaning {
    match movement {
        2 => Meaning::Registered,
        3 => Meaning::Refused,
        6 | 8 | 10 => Meaning::Paid,
        9 => Meaning::WrittenOff,
        25 => Meaning::Nothing("the payer objected"),
        _ => Meaning::Unknown,
    }
}

/// Banco do Brasil's and Caixa's 400 columns: only what is in FEBRABAN's table and theirs alike.
fn careful(movement: u32) -> Meaning {
    match movement {
        2 => Meaning::Registered,
        3 => Meaning::Refused,
        6 => Meaning::Paid,
        9 => Meaning::WrittenOff,
        _ => Meaning::Unknown,
    }
}

const U: Option<(usize, &str)> = Some((14, "U"));

const MAPS: &[Map] = &[
    Map {
        bank: "001",
        columns: 240,
        detail: (14, "T"),
        second: U,
        number: (38, 57),
        own_use: (106, 130),
        movement: (16, 17),
        amount: (82, 96),
        fee: (199, 213),
        reasons: (214, 223),
        paid: (78, 92),
        occurred: (138, 145),
        credited: (146, 153),
        meaning: febraban,
    },
    Map {
        bank: "104",
        columns: 240,
        detail: (14, "T"),
        second: U,
        number: (40, 56),
        own_use: (106, 130),
        movement: (16, 17),
        amount: (82, 96),
        fee: (199, 213),
        reasons: (214, 223),
        paid: (78, 92),
        occurred: (138, 145),
        credited: (146, 153),
        meaning: febraban,
    },
    Map {
        bank: "033",
        columns: 240,
        detail: (14, "T"),
        second: U,
        number: (41, 53),
        own_use: (101, 125),
        movement: (16, 17),
        amount: (78, 92),
        fee: (194, 208),
        reasons: (209, 218),
        paid: (78, 92),
        occurred: (138, 145),
        credited: (146, 153),
        meaning: febraban,
    },
    Map {
        bank: "341",
        columns: 400,
        detail: (1, "1"),
        second: None,
        number: (63, 70),
        own_use: (38, 62),
        movement: (109, 110),
        amount: (153, 165),
        fee: (176, 188),
        reasons: (378, 385),
        paid: (254, 266),
        occurred: (111, 116),
        credited: (296, 301),
        meaning: itau,
    },
    Map {
        bank: "237",
        columns: 400,
        detail: (1, "1"),
        second: None,
        number: (71, 81),
        own_use: (38, 62),
        movement: (109, 110),
        amount: (153, 165),
        fee: (176, 188),
        reasons: (319, 328),
        paid: (254, 266),
        occurred: (111, 116),
        credited: (296, 301),
        meaning: febraban,
    },
    Map {
        bank: "001",
        columns: 400,
        detail: (1, "7"),
        second: None,
        number: (64, 80),
        own_use: (39, 63),
        movement: (109, 110),
        amount: (153, 165),
        fee: (182, 188),
        reasons: (87, 88),
        paid: (254, 266),
        occurred: (111, 116),
        credited: (176, 181),
        meaning: careful,
    },
];

struct Line<'a> {
    bytes: &'a [u8],
    number: usize,
}

impl Line<'_> {
    fn text(&self, (from, to): Columns) -> String {
        String::from_utf8_lossy(&self.bytes[from - 1..to])
            .trim()
            .to_owned()
    }

    fn malformed(&self, what: &str) -> alvara_plugin_sdk::PluginError {
        Fault::malformed(format!("line {}: {what}", self.number))
    }

    fn digits(&self, columns: Columns, what: &str) -> Answer<u64> {
        let text = self.text(columns);
        if text.is_empty() {
            return Ok(0);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.malformed(&format!("{what} is no number")));
        }
        text.parse()
            .map_err(|_| self.malformed(&format!("{what} is too long")))
    }

    fn cents(&self, columns: Columns, what: &str) -> Answer<i64> {
        i64::try_from(self.digits(columns, what)?).map_err(|_| self.malformed(what))
    }

    /// `DDMMAAAA` or `DDMMAA`; zeros and blanks are no day.
    fn day(&self, columns: Columns, what: &str) -> Answer<Option<Day>> {
        let value = self.digits(columns, what)?;
        if value == 0 {
            return Ok(None);
        }
        let (day, month, year) = match columns.1 - columns.0 + 1 {
            8 => (value / 1_000_000, value / 10_000 % 100, value % 10_000),
            // The files are younger than 2000.
            _ => (value / 10_000, value / 100 % 100, 2000 + value % 100),
        };
        Day::new(year as i64, month as i64, day as i64)
            .map(Some)
            .ok_or_else(|| self.malformed(&format!("{what} is no day")))
    }

    fn begins(&self, (column, text): (usize, &str)) -> bool {
        self.bytes.get(column - 1..column - 1 + text.len()) == Some(text.as_bytes())
    }
}

/// The file's lines without their ends. A control character after the last, and blanks beyond the
/// last column, occur in the field; what is shorter does not pass.
fn lines(content: &[u8]) -> Vec<Line<'_>> {
    content
        .split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(index, bytes)| {
            let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            let beyond = [400, 240]
                .into_iter()
                .find(|columns| bytes.len() >= *columns)
                .filter(|columns| bytes[*columns..].iter().all(|byte| *byte == b' '));
            Line {
                bytes: &bytes[..beyond.unwrap_or(bytes.len())],
                number: index + 1,
            }
        })
        .filter(|line| line.bytes.iter().any(|byte| !matches!(byte, b' ' | 0x1a)))
        .collect()
}

/// Bank and columns, from the first line.
fn map(first: &Line<'_>) -> Answer<&'static Map> {
    let columns = first.bytes.len();
    let (bank, is_return) = match columns {
        240 => (first.text((1, 3)), first.text((143, 143)) == "2"),
        400 => (first.text((77, 79)), first.text((2, 9)) == "2RETORNO"),
        _ => return Err(first.malformed("a return file has 240 or 400 columns")),
    };
    if !is_return {
        return Err(first.malformed("this is no return file"));
    }
    MAPS.iter()
        .find(|map| map.bank == bank && map.columns == columns)
        .ok_or_else(|| {
            first.malformed(&format!(
                "bank {bank:?} with {columns} columns has no map here"
            ))
        })
}

pub(crate) fn import(
    ctx: &CallContext,
    settings: &Settings,
    content: &[u8],
) -> Answer<Vec<PaymentEvent>> {
    let lines = lines(content);
    let first = lines
        .first()
        .ok_or_else(|| Fault::malformed("the file is empty"))?;
    let map = map(first)?;
    if map.bank != settings.to.bank {
        return Err(first.malformed(&format!(
            "the file is of bank {}, the account of {}",
            map.bank, settings.to.bank
        )));
    }
    if let Some(line) = lines.iter().find(|line| line.bytes.len() != map.columns) {
        return Err(line.malformed(&format!(
            "has {} columns instead of {}",
            line.bytes.len(),
            map.columns
        )));
    }
    let mut events = Vec::new();
    let mut rest = lines.iter();
    while let Some(title) = rest.next() {
        if !title.begins(map.detail) || (map.columns == 240 && !title.begins((8, "3"))) {
            continue;
        }
        let outcome = match map.second {
            None => title,
            Some(mark) => rest
                .next()
                .filter(|line| line.begins(mark))
                .ok_or_else(|| title.malformed("the record of amounts does not follow"))?,
        };
        events.push(event(ctx, map, title, outcome)?);
    }
    Ok(events)
}

fn event(
    _ctx: &CallContext,
    map: &Map,
    title: &Line<'_>,
    outcome: &Line<'_>,
) -> Answer<PaymentEvent> {
    let number = title.text(map.number);
    if number.is_empty() {
        return Err(title.malformed("the title has no number"));
    }
    let movement = title.digits(map.movement, "the movement")? as u32;
    let occurred = outcome.day(map.occurred, "the day")?;
    let amount = title.cents(map.amount, "the amount")?;
    let paid = outcome.cents(map.paid, "the paid amount")?;
    let own_use = title.text(map.own_use);
    // The title's one name. What a company writes for its own use tells people more, and may stand at
    // any number of titles.
    let named = vec![reference("nosso-numero", &name(map, &number))];
    let mut refs = named.clone();
    if own_use.bytes().any(|byte| byte != b'0' && byte != b' ') {
        refs.push(reference("uso-empresa", &own_use));
    }
    let raw = format!("{movement:02}");
    let meaning = (map.meaning)(movement);
    let body = match meaning {
        Meaning::Unknown => EventBody::Ignored(format!(
            "movement {raw} is not known here; look at the file"
        )),
        Meaning::Nothing(what) => EventBody::Ignored(format!("movement {raw}: {what}")),
        Meaning::Registered => EventBody::Charge(bare(ChargeStatus::RequiresAction, named, &raw)),
        Meaning::WrittenOff => EventBody::Charge(bare(ChargeStatus::Canceled, named, &raw)),
        Meaning::Refused => {
            let mut state = bare(ChargeStatus::Failed, named, &raw);
            state.decline = Some(Decline {
                code: title.text(map.reasons),
                message: "the bank refused the title".to_owned(),
                advice: RetryAdvice::DoNotRetry,
            });
            EventBody::Charge(state)
        }
        Meaning::Paid => {
            if paid == 0 {
                return Err(outcome.malformed("a title is paid with nothing"));
            }
            let mut state = bare(ChargeStatus::Paid, named, &raw);
            state.authorized = money(paid, "BRL");
            state.captured = money(paid, "BRL");
            state.paid_at = occurred.map(|day| day.starts() + 3 * 3_600_000);
            state.settles_on = outcome
                .day(map.credited, "the day of credit")?
                .map(|day| day.to_string());
            let fee = title.cents(map.fee, "the fee")?;
            if fee > 0 {
                state.fees.push(Fee {
                    amount: money(fee, "BRL"),
                    kind: "tarifa".to_owned(),
                });
            }
            EventBody::Charge(state)
        }
    };
    // The same line in another file is the same event.
    let what = format!("{}|{number}|{raw}|{occurred:?}|{amount}|{paid}", map.bank);
    Ok(PaymentEvent {
        event_id: format!("cnab-{}", key::derived(&what, 40)),
        occurred_at: occurred.map(|day| day.starts() + 3 * 3_600_000),
        // Who imports the file answers for where it came from; only members who may do it can.
        trust: Trust::Signed,
        refs,
        body,
    })
}

/// As [`crate::Boleto`] names titles: without the bank's check digit.
fn name(map: &Map, number: &str) -> String {
    match map.bank {
        // Santander's field holds the digit too.
        "033" => number[..number.len().saturating_sub(1)].to_owned(),
        _ => number.to_owned(),
    }
}

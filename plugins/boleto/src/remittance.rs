//! CNAB 240 files for the bank: registering, writing off and moving due dates.
//!
//! FEBRABAN's layout 10.6 with each bank's own fields as data. A bank whose own fields are not known
//! here is refused: a file by the general table alone would say something else to it.

use alvara_plugin_sdk::{
    Address, Answer, CallContext, ChargeRequest, Customer, Entry, ErrorKind, Fault, File,
    Instruction, Rate, TaxId, TaxIdKind, clock, text, time::Day,
};

use crate::settings::Settings;
use crate::title::{Title, ZONE, postal_code};

const COLUMNS: usize = 240;
/// A file of FEBRABAN counts lots and records in six digits; banks take far less.
const MOST_ENTRIES: usize = 5_000;

/// What a bank has of its own in a remittance.
struct Own {
    bank: &'static str,
    /// Versions of the file's and the lot's layout.
    layouts: (&'static str, &'static str),
    /// Columns 33 to 52 of the headers.
    agreement: fn(&Settings) -> String,
    /// Columns 38 to 57 of segment P.
    number: fn(&Settings, &Title<'_>) -> String,
    /// Column 58: the carteira's code.
    wallet_code: &'static str,
}

/// Banco do Brasil: agreement of nine digits, product `0014`, carteira, variation; the number without
/// a digit at agreements of seven.
const OWN: &[Own] = &[Own {
    bank: "001",
    layouts: ("083", "042"),
    agreement: |settings| {
        format!(
            "{:0>9}0014{:0>2}{:0>3}",
            settings.to.agreement, settings.to.wallet, settings.variation
        )
    },
    number: |settings, title| {
        let check = settings.to.check(title.sequence).ok().flatten();
        format!(
            "{}{}",
            title.number,
            check.map_or(String::new(), String::from)
        )
    },
    wallet_code: "7",
}];

/// A record of 240 columns.
struct Record(Vec<u8>);

impl Record {
    fn new(settings: &Settings, lot: &str, kind: &str) -> Self {
        let mut record = Self(vec![b' '; COLUMNS]);
        record.text(1, 3, &settings.to.bank);
        record.text(4, 7, lot);
        record.text(8, 8, kind);
        record
    }

    /// A detail record: its place in the lot, its segment and the movement.
    fn detail(settings: &Settings, place: usize, segment: &str, movement: &str) -> Self {
        let mut record = Self::new(settings, "0001", "3");
        record.number(9, 13, place as u64);
        record.text(14, 14, segment);
        record.text(16, 17, movement);
        record
    }

    /// Columns from 1, both within; left-aligned, capitals, plain ASCII, cut.
    fn text(&mut self, from: usize, to: usize, value: &str) {
        let plain = text::plain(value).to_uppercase();
        for (place, byte) in self.0[from - 1..to].iter_mut().zip(plain.bytes()) {
            *place = byte;
        }
    }

    /// Right-aligned, filled with zeros.
    fn digits(&mut self, from: usize, to: usize, value: &str) {
        let width = to - from + 1;
        self.text(from, to, &format!("{value:0>width$}"));
    }

    fn number(&mut self, from: usize, to: usize, value: u64) {
        self.digits(from, to, &value.to_string());
    }

    /// `DDMMAAAA`; zeros for no day.
    fn day(&mut self, from: usize, to: usize, day: Option<Day>) {
        let text = day.map_or("00000000".to_owned(), |day| {
            let (year, month, day) = day.parts();
            format!("{day:02}{month:02}{year:04}")
        });
        self.text(from, to, &text);
    }

    /// The company's account: branch, account and their digits, from a column on.
    fn account(&mut self, from: usize, settings: &Settings) {
        self.digits(from, from + 4, &settings.to.agency);
        self.text(from + 5, from + 5, &settings.agency_digit);
        self.digits(from + 6, from + 17, &settings.to.account);
        self.text(from + 18, from + 18, &settings.account_digit);
    }
}

fn tax_id_kind(id: &str) -> u64 {
    if id.len() == 11 { 1 } else { 2 }
}

fn file_header(ctx: &CallContext, settings: &Settings, own: &Own, sequence: u64) -> Record {
    let mut record = Record::new(settings, "0000", "0");
    record.number(18, 18, tax_id_kind(&settings.company_tax_id));
    record.digits(19, 32, &settings.company_tax_id);
    record.text(33, 52, &(own.agreement)(settings));
    record.account(53, settings);
    record.text(73, 102, &settings.company);
    record.text(
        103,
        132,
        settings.to.layout().map_or("", |layout| layout.name),
    );
    record.text(143, 143, "1");
    record.day(144, 151, Some(clock::today(ZONE, ctx.now)));
    let minutes = ctx.now / 60_000;
    record.digits(
        152,
        157,
        &format!("{:02}{:02}00", minutes / 60 % 24, minutes % 60),
    );
    record.number(158, 163, sequence);
    record.text(164, 166, own.layouts.0);
    record.digits(167, 171, "0");
    record
}

fn lot_header(ctx: &CallContext, settings: &Settings, own: &Own, sequence: u64) -> Record {
    let mut record = Record::new(settings, "0001", "1");
    record.text(9, 9, "R");
    record.text(10, 11, "01");
    record.text(14, 16, own.layouts.1);
    record.number(18, 18, tax_id_kind(&settings.company_tax_id));
    record.digits(19, 33, &settings.company_tax_id);
    record.text(34, 53, &(own.agreement)(settings));
    record.account(54, settings);
    record.text(74, 103, &settings.company);
    record.number(184, 191, sequence);
    record.day(192, 199, Some(clock::today(ZONE, ctx.now)));
    record.day(200, 207, None);
    record
}

/// The document's name: the charge's id, at the end of which it differs from others.
fn document(request: &ChargeRequest) -> String {
    let plain = text::plain(&request.charge_id);
    plain[plain.len().saturating_sub(15)..].to_owned()
}

fn segment_p(
    ctx: &CallContext,
    settings: &Settings,
    own: &Own,
    place: usize,
    movement: &str,
    title: &Title<'_>,
    request: &ChargeRequest,
) -> Record {
    let mut record = Record::detail(settings, place, "P", movement);
    record.account(18, settings);
    record.text(38, 57, &(own.number)(settings, title));
    record.text(58, 58, own.wallet_code);
    record.text(59, 59, "1");
    // Issued and handed out by the beneficiary.
    record.text(61, 62, "22");
    record.text(63, 77, &document(request));
    record.day(78, 85, Some(title.due));
    record.number(86, 100, title.cents.unsigned_abs());
    record.digits(101, 105, "0");
    record.text(107, 108, "02");
    record.text(109, 109, "N");
    record.day(110, 117, Some(clock::today(ZONE, ctx.now)));
    match title.options.monthly_interest_bp {
        // 2: per cent a month, from the day after.
        Some(points) => {
            record.text(118, 118, "2");
            record.day(119, 126, Some(title.due.plus(1)));
            record.number(127, 141, u64::from(points));
        }
        None => {
            record.text(118, 118, "3");
            record.day(119, 126, None);
            record.number(127, 141, 0);
        }
    }
    let discount = title.options.discount.as_ref();
    let until = discount.and_then(|discount| Day::parse(&discount.until));
    let (code, value) = match discount.map(|discount| &discount.rate) {
        None => (0, 0),
        Some(Rate::Amount(amount)) => (1, amount.minor.unsigned_abs()),
        Some(Rate::BasisPoints(points)) => (2, u64::from(*points)),
    };
    record.number(142, 142, code);
    record.day(143, 150, until);
    record.number(151, 165, value);
    record.number(166, 180, 0);
    record.number(181, 195, 0);
    record.text(196, 220, &request.charge_id);
    // 3: not to be protested. 1: to be written off after so many days.
    record.text(221, 221, "3");
    record.digits(222, 223, "0");
    let days = title.options.days_valid_after_due.min(999);
    record.number(224, 224, if days > 0 { 1 } else { 2 });
    record.number(225, 227, u64::from(days));
    record.text(228, 229, "09");
    record.digits(230, 239, "0");
    record
}

/// Who pays, as a file names them: with CPF or CNPJ, and where they live.
fn payer(request: &ChargeRequest) -> Answer<(&Customer, &TaxId, &Address, &str)> {
    let customer = request
        .customer
        .as_ref()
        .ok_or_else(|| Fault::invalid("customer", "a boleto names its payer"))?;
    let tax_id = customer
        .tax_id
        .as_ref()
        .filter(|tax_id| tax_id.kind != TaxIdKind::Other)
        .ok_or_else(|| Fault::invalid("customer.tax-id", "a boleto needs CPF or CNPJ"))?;
    let address = customer
        .address
        .as_ref()
        .ok_or_else(|| Fault::invalid("customer.address", "a boleto needs the payer's address"))?;
    Ok((customer, tax_id, address, postal_code(address)?))
}

/// Refuses a title that no file could tell the bank of: found out there, it would hold up the titles
/// beside it.
pub(crate) fn fits(request: &ChargeRequest) -> Answer<()> {
    payer(request).map(drop)
}

fn segment_q(
    settings: &Settings,
    place: usize,
    movement: &str,
    request: &ChargeRequest,
) -> Answer<Record> {
    let (customer, tax_id, address, postal_code) = payer(request)?;
    let mut record = Record::detail(settings, place, "Q", movement);
    record.number(18, 18, if tax_id.kind == TaxIdKind::Cpf { 1 } else { 2 });
    record.digits(19, 33, &tax_id.value);
    record.text(34, 73, &customer.name);
    let street = [
        Some(address.line1.as_str()),
        address.number.as_deref(),
        address.line2.as_deref(),
    ];
    record.text(
        74,
        113,
        &street.into_iter().flatten().collect::<Vec<_>>().join(" "),
    );
    record.text(114, 128, address.district.as_deref().unwrap_or_default());
    record.text(129, 136, postal_code);
    record.text(137, 151, &address.city);
    record.text(152, 153, &address.state);
    record.digits(154, 169, "0");
    record.digits(210, 212, "0");
    Ok(record)
}

/// The fine has a segment of its own.
fn segment_r(
    settings: &Settings,
    place: usize,
    movement: &str,
    title: &Title<'_>,
) -> Option<Record> {
    let fine = title.options.fine.as_ref()?;
    let mut record = Record::detail(settings, place, "R", movement);
    record.digits(18, 65, "0");
    let (code, value) = match fine {
        Rate::Amount(amount) => (1, amount.minor.unsigned_abs()),
        Rate::BasisPoints(points) => (2, u64::from(*points)),
    };
    record.number(66, 66, code);
    record.day(67, 74, Some(title.due.plus(1)));
    record.number(75, 89, value);
    let line = |at: usize| {
        title
            .options
            .instructions
            .get(at)
            .map_or("", String::as_str)
    };
    record.text(100, 139, line(0));
    record.text(140, 179, line(1));
    record.digits(200, 215, "0");
    record.digits(217, 228, "0");
    record.digits(231, 231, "0");
    Some(record)
}

pub(crate) fn export(
    ctx: &CallContext,
    settings: &Settings,
    sequence: u64,
    entries: &[Entry],
) -> Answer<File> {
    let own = OWN
        .iter()
        .find(|own| own.bank == settings.to.bank)
        .ok_or_else(|| {
            Fault::of(
                ErrorKind::Unsupported,
                format!("files for bank {} are not known here", settings.to.bank),
            )
        })?;
    if entries.is_empty() || entries.len() > MOST_ENTRIES {
        return Err(Fault::invalid(
            "entries",
            format!("must be 1 to {MOST_ENTRIES}"),
        ));
    }
    if sequence == 0 || sequence > 999_999 {
        return Err(Fault::invalid("sequence", "must be 1 to 999999"));
    }
    let mut records = vec![
        file_header(ctx, settings, own, sequence),
        lot_header(ctx, settings, own, sequence),
    ];
    let (mut place, mut total) = (0, 0_u64);
    for (index, entry) in entries.iter().enumerate() {
        let at_entry = |error: alvara_plugin_sdk::PluginError| alvara_plugin_sdk::PluginError {
            message: format!("entry {}: {}", index + 1, error.message),
            ..error
        };
        let movement = match entry.instruction {
            Instruction::Register => "01",
            Instruction::Cancel => "02",
            Instruction::ChangeDueDate => "06",
        };
        let title = Title::of(settings, &entry.request).map_err(at_entry)?;
        total = total.saturating_add(title.cents.unsigned_abs());
        let mut next = || {
            place += 1;
            place
        };
        records.push(segment_p(
            ctx,
            settings,
            own,
            next(),
            movement,
            &title,
            &entry.request,
        ));
        let payer = segment_q(settings, next(), movement, &entry.request);
        records.push(payer.map_err(at_entry)?);
        if title.options.fine.is_some() {
            records.extend(segment_r(settings, next(), movement, &title));
        }
    }
    let mut lot_end = Record::new(settings, "0001", "5");
    // The lot's own two records count.
    lot_end.number(18, 23, place as u64 + 2);
    lot_end.number(24, 29, entries.len() as u64);
    lot_end.number(30, 46, total);
    lot_end.digits(47, 115, "0");
    let mut file_end = Record::new(settings, "9999", "9");
    file_end.number(18, 23, 1);
    file_end.number(24, 29, place as u64 + 4);
    file_end.digits(30, 35, "0");
    records.extend([lot_end, file_end]);
    let mut content = Vec::with_capacity(records.len() * (COLUMNS + 2));
    for record in records {
        content.extend(record.0);
        content.extend(b"\r\n");
    }
    Ok(File {
        name: format!("CB{}{sequence:06}.REM", settings.to.bank),
        content,
    })
}

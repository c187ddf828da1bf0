//! Boletos on paper: what the payer reads, the line to type, the bars to scan.

use alvara_domain::payment::slip::Slip;

use super::barcode::{BarcodeError, interleaved};
use super::canvas::{At, BLACK, Canvas, GREY, PAGE_WIDTH, Type};
use super::money::money;
use crate::{Args, Locale, Qr, Words};

const LEFT: f32 = 45.0;
const RIGHT: f32 = PAGE_WIDTH - 45.0;
/// A narrow bar: 0.254 mm, so that the 44 digits take the 103 mm that FEBRABAN prescribes.
const NARROW: f32 = 0.72;
/// The bars are 13 mm high.
const HEIGHT: f32 = 36.9;

/// Draws it: the payer's part above, the bank's below, as the banks want it.
///
/// # Errors
/// [`BarcodeError`] for a barcode or a line that are none.
pub fn slip(slip: &Slip, words: &Words, locale: &Locale) -> Result<Vec<u8>, BarcodeError> {
    let bars = interleaved(&slip.barcode)?;
    if slip.barcode.len() != 44 || slip.printed_line().is_none() {
        return Err(BarcodeError);
    }
    let mut canvas = Canvas::new();
    let word = |key: &str| words.text(locale, key, &Args::new());
    let top = part(
        slip,
        &mut canvas,
        50.0,
        &word("pdf-slip-payer-part"),
        words,
        locale,
    );
    if let Some(code) = slip.br_code.as_deref().and_then(|code| Qr::new(code).ok()) {
        canvas.qr(LEFT, top + 10.0, 110.0, &code);
        let text = word("pdf-slip-pix");
        canvas.lines(LEFT + 130.0, top + 40.0, 330.0, Type::regular(10.0), &text);
    }
    canvas.rule(LEFT, RIGHT, 420.0, GREY);
    let top = part(
        slip,
        &mut canvas,
        455.0,
        &word("pdf-slip-bank-part"),
        words,
        locale,
    );
    canvas.bars(LEFT, top + 14.0, NARROW, HEIGHT, &bars);
    let title = format!("Boleto {}", slip.our_number);
    let author = slip.beneficiary.first().map_or("", String::as_str);
    Ok(canvas.finish(&title, author, locale.tag()))
}

fn part(
    slip: &Slip,
    canvas: &mut Canvas,
    top: f32,
    name: &str,
    words: &Words,
    locale: &Locale,
) -> f32 {
    let word = |key: &str| words.text(locale, key, &Args::new());
    canvas.text(
        At::Right(RIGHT),
        top - 14.0,
        Type::regular(8.0).in_colour(GREY),
        name,
    );
    canvas.text(At::Left(LEFT), top + 6.0, Type::bold(13.0), &slip.bank_name);
    canvas.stroke(LEFT + 128.0, top - 8.0, top + 10.0, BLACK);
    canvas.text(
        At::Left(LEFT + 135.0),
        top + 6.0,
        Type::bold(15.0),
        &slip.bank_code,
    );
    canvas.stroke(LEFT + 186.0, top - 8.0, top + 10.0, BLACK);
    let line = slip.printed_line().unwrap_or_default();
    canvas.text(At::Right(RIGHT), top + 6.0, Type::bold(10.5), &line);
    let mut top = top + 12.0;
    let rows = [
        [
            ("pdf-slip-document", slip.document.clone()),
            ("pdf-slip-issued", words.date(locale, slip.issued_on)),
            ("pdf-slip-due", words.date(locale, slip.due_on)),
        ],
        [
            ("pdf-slip-agency", slip.agency_account.clone()),
            ("pdf-slip-our-number", slip.wallet_and_number()),
            ("pdf-slip-amount", money(slip.amount, locale.tag())),
        ],
    ];
    for row in rows {
        canvas.rule(LEFT, RIGHT, top, BLACK);
        for (column, (key, value)) in row.into_iter().enumerate() {
            let left = LEFT + 4.0 + column as f32 * 170.0;
            canvas.text(
                At::Left(left),
                top + 9.0,
                Type::regular(7.0).in_colour(GREY),
                &word(key),
            );
            canvas.text(At::Left(left), top + 21.0, Type::bold(9.5), &value);
        }
        top += 27.0;
    }
    canvas.rule(LEFT, RIGHT, top, BLACK);
    for (key, lines) in [
        ("pdf-slip-beneficiary", &slip.beneficiary),
        ("pdf-slip-payer", &slip.payer),
        ("pdf-slip-instructions", &slip.instructions),
    ] {
        if lines.is_empty() {
            continue;
        }
        canvas.text(
            At::Left(LEFT + 4.0),
            top + 9.0,
            Type::regular(7.0).in_colour(GREY),
            &word(key),
        );
        top += 20.0;
        for line in lines {
            top = canvas.lines(
                LEFT + 4.0,
                top,
                RIGHT - LEFT - 8.0,
                Type::regular(9.0),
                line,
            );
        }
        canvas.rule(LEFT, RIGHT, top - 6.0, BLACK);
        top -= 5.0;
    }
    top
}

#[cfg(test)]
mod tests {
    use alvara_domain::money::Money;

    use super::*;

    fn boleto() -> Slip {
        Slip {
            bank_name: "Banco do Brasil".to_owned(),
            bank_code: "001-9".to_owned(),
            beneficiary: vec!["ACME Soluções — CNPJ 12.345.678/0001-95".to_owned()],
            payer: vec!["Fulano de Tal — CPF 451.646.324-81".to_owned()],
            document: "PED-1".to_owned(),
            our_number: "14741660000000328".to_owned(),
            agency_account: "4042 / 61900".to_owned(),
            wallet: "17".to_owned(),
            issued_on: "2016-06-01".parse().unwrap(),
            due_on: "2016-07-05".parse().unwrap(),
            amount: Money::new(224_674, "BRL".parse().unwrap()),
            instructions: vec!["Após o vencimento, multa de 2 % e juros de 1 % ao mês.".to_owned()],
            barcode: "00191684600002246740000001474166000000032817".to_owned(),
            digitable_line: "00190000090147416600400000328179168460000224674".to_owned(),
            br_code: Some("00020126580014br.gov.bcb.pix".to_owned()),
        }
    }

    // R-PAY-11
    #[test]
    fn the_line_has_its_dots_and_what_is_no_barcode_is_refused() {
        let words = Words::new().unwrap();
        let locale = words.locale("pt-BR").unwrap();
        let pdf = slip(&boleto(), &words, locale).unwrap();
        let text = String::from_utf8_lossy(&pdf).into_owned();
        assert!(text.contains("00190.00009 01474.166004 00000.328179 1 68460000224674"));
        for (barcode, line) in [
            ("0019168460000224674", boleto().digitable_line.as_str()),
            (boleto().barcode.as_str(), "0019"),
        ] {
            let wrong = Slip {
                barcode: barcode.to_owned(),
                digitable_line: line.to_owned(),
                ..boleto()
            };
            assert_eq!(slip(&wrong, &words, locale), Err(BarcodeError));
        }
    }
}

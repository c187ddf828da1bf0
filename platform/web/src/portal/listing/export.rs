//! The rows of a list as a file: CSV, or a workbook where the address ends so.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web;
use alvara_render::page::{Cell, Row};
use alvara_render::sheet::{SHEET_TYPE, Sheet, Value};

use super::{Desk, FILE_ROWS, Tell};
use crate::problem::Problem;

/// A file of rows: of the kind that the address ends in, `.csv` or `.xlsx`, called `name`.
///
/// # Errors
/// A workbook too large to be one, as 500.
pub(crate) async fn file(
    desk: &Desk,
    name: &str,
    head: &[String],
    rows: Vec<Row>,
) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let note = note(&tell, &rows);
    let (kind, ending, bytes) = if desk.request().path().ends_with(".xlsx") {
        let sheet = Sheet {
            name: name.to_owned(),
            head: head.to_vec(),
            rows: rows.into_iter().map(values).collect(),
            note,
        };
        // Ten thousand rows take a while to compress.
        let written = web::block(move || sheet.write()).await;
        let bytes = written
            .map_err(Problem::internal)?
            .map_err(Problem::internal)?;
        (SHEET_TYPE, "xlsx", bytes)
    } else {
        let text = csv(&tell, head, &rows, note.as_deref());
        ("text/csv; charset=utf-8", "csv", text.into_bytes())
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{ending}\""),
        ))
        .body(bytes))
}

/// What stands under the last row where there may be more: a file that was cut and does not say so
/// would be taken for the whole.
fn note(tell: &Tell, rows: &[Row]) -> Option<String> {
    (rows.len() >= FILE_ROWS).then(|| tell.word("portal-export-cut"))
}

/// What a workbook holds of a row: values where they are known, the texts of the page elsewhere.
fn values(row: Row) -> Vec<Value> {
    let value = |cell: Cell| cell.value.unwrap_or(Value::Text(cell.text));
    row.cells.into_iter().map(value).collect()
}

/// Rows for a spreadsheet: UTF-8 with the mark that Excel wants, the separator that it expects in
/// the reader's language, and nothing that it would take for a formula.
fn csv(tell: &Tell, head: &[String], rows: &[Row], note: Option<&str>) -> String {
    let separator = if tell.locale().tag().starts_with("en") {
        ','
    } else {
        ';'
    };
    let mut text = String::from("\u{feff}");
    let mut line = |values: &mut dyn Iterator<Item = &str>| {
        for (at, value) in values.enumerate() {
            if at > 0 {
                text.push(separator);
            }
            text.push_str(&quoted(value, separator));
        }
        text.push_str("\r\n");
    };
    line(&mut head.iter().map(String::as_str));
    for row in rows {
        line(&mut row.cells.iter().map(|cell| cell.text.as_str()));
    }
    if let Some(note) = note {
        line(&mut std::iter::once(note));
    }
    text
}

/// A value of a CSV file (RFC 4180). One that a spreadsheet would calculate is made text by an
/// apostrophe; a negative amount is not, since it is a number and nothing else.
fn quoted(value: &str, separator: char) -> String {
    let is_number = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\u{a0}'))
    };
    let calculates = match value.chars().next() {
        Some('=' | '+' | '@' | '\t' | '\r') => true,
        Some('-') => !is_number(value.get(1..).unwrap_or_default()),
        _ => false,
    };
    let safe = if calculates {
        format!("'{value}")
    } else {
        value.to_owned()
    };
    if safe.contains(['"', '\n', '\r', separator]) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use actix_web::web::Data;
    use alvara_domain::time::ZoneName;
    use alvara_render::Words;

    use super::*;

    fn tell(tag: &str) -> Tell {
        let words = Words::new().unwrap();
        let locale = words.locale(tag).unwrap().clone();
        let now = "2027-01-15T10:00:00Z".parse().unwrap();
        Tell::new(Data::new(words), locale, ZoneName::utc(), now)
    }

    // R-TEN-04: a file that was cut says so under its last row, in the reader's language.
    #[test]
    fn a_file_that_is_not_all_says_so() {
        let tell = tell("it");
        let row = |_| Row::new(vec![Cell::text("a")]);
        let whole: Vec<Row> = (1..FILE_ROWS).map(row).collect();
        assert_eq!(note(&tell, &whole), None);
        let cut: Vec<Row> = (0..FILE_ROWS).map(row).collect();
        let said = note(&tell, &cut).unwrap();
        let text = csv(&tell, &["head".to_owned()], &cut, Some(&said));
        assert_eq!(text.lines().count(), FILE_ROWS + 2);
        assert_eq!(text.lines().last(), Some(said.as_str()));
        assert_ne!(said, "portal-export-cut");
    }

    // R-TEN-04: a file of ours never runs anything in a spreadsheet.
    #[test]
    fn formulas_are_text() {
        for (value, written) in [
            ("=1+1", "'=1+1"),
            ("+55 11", "'+55 11"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-1.499,90", "-1.499,90"),
            ("-cmd", "'-cmd"),
            ("a;b", "\"a;b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("plain", "plain"),
        ] {
            assert_eq!(quoted(value, ';'), written);
        }
    }
}

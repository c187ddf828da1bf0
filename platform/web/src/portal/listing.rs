//! What every list shares: its state in the address, pages, and the same rows as a file.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use alvara_render::page::{Choice, Empty, Filter, Link, ListPage, Search, Table};
use alvara_store::page::{Cursor, Page, PageRequest};

use super::desk::Desk;
use super::tell::Tell;

/// Rows a page.
const ROWS: u32 = 25;

/// Rows a file: more of them are asked for by narrowing the list.
pub(crate) const FILE_ROWS: usize = 10_000;

/// Rows read at once where all are wanted.
const PART: u32 = 200;

/// Parameters that are no filter.
const OWN: [&str; 3] = ["cursor", "done", "lang"];

/// The state of a list, as its address holds it.
pub(crate) struct Query {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads the address of the page.
    pub(crate) fn of(desk: &Desk) -> Self {
        let request = desk.request();
        let pairs = form_urlencoded::parse(request.query_string().as_bytes())
            .filter(|(_, value)| !value.is_empty() && !value.contains('\0'))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self {
            path: request.path().to_owned(),
            pairs,
        }
    }

    /// A parameter, trimmed; nothing when it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(known, _)| known == name)?;
        let value = value.trim();
        (!value.is_empty()).then_some(value)
    }

    /// A parameter as a value; what is not one is as if it were not there.
    pub(crate) fn value<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// The page asked for.
    pub(crate) fn page(&self) -> PageRequest {
        PageRequest::new(Some(ROWS), self.get("cursor").map(Cursor::from_text))
    }

    /// The address of the same list with this parameter instead.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (known, kept) in &self.pairs {
            if known != name && known != "done" {
                query.append_pair(known, kept);
            }
        }
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{query}", self.path)
        }
    }

    /// A filter over the values of an enumeration: "all", then each value with its word.
    pub(crate) fn filter(
        &self,
        name: &'static str,
        label: String,
        all: String,
        values: impl IntoIterator<Item = (String, String)>,
    ) -> Filter {
        let now = self.get(name).unwrap_or_default();
        let mut choices = vec![Choice::new("", all, now)];
        choices.extend(
            values
                .into_iter()
                .map(|(value, label)| Choice::new(value, label, now)),
        );
        Filter {
            name,
            label,
            choices,
        }
    }

    /// The list around a table. Searching is offered where `hint` says what for.
    pub(crate) fn list(
        &self,
        title: String,
        table: Table,
        next: Option<&Cursor>,
        hint: Option<String>,
        empty: Empty,
    ) -> ListPage {
        let is_filter = |(name, _): &&(String, String)| !OWN.contains(&name.as_str());
        ListPage {
            title,
            search: hint.map(|hint| Search {
                value: self.get("q").unwrap_or_default().to_owned(),
                hint,
            }),
            narrowed: self.pairs.iter().any(|pair| is_filter(&pair)),
            path: self.path.clone(),
            table,
            empty,
            first: self.get("cursor").map(|_| self.with("cursor", "")),
            next: next.map(|next| self.with("cursor", next.as_str())),
            ..ListPage::default()
        }
    }

    /// A link to the same rows as a file, at `path` with the same parameters.
    pub(crate) fn export(&self, path: &str, tell: &Tell) -> Link {
        let here = self.with("cursor", "");
        let query = here.split_once('?').map_or("", |(_, query)| query);
        Link::new(format!("{path}?{query}"), tell.word("portal-export-csv"))
    }
}

/// Every row of a list from its pages, until there are `most` or some more.
///
/// # Errors
/// Those of reading a page.
pub(crate) fn every<T, E>(
    most: usize,
    mut part: impl FnMut(&PageRequest) -> Result<Page<T>, E>,
) -> Result<Vec<T>, E> {
    let mut all = Vec::new();
    let mut page = PageRequest::new(Some(PART), None);
    loop {
        let found = part(&page)?;
        all.extend(found.items);
        match found.next {
            Some(next) if all.len() < most => page = PageRequest::new(Some(PART), Some(next)),
            _ => return Ok(all),
        }
    }
}

/// A file of rows for a spreadsheet: UTF-8 with the mark that Excel wants, the separator that it
/// expects in the reader's language, and nothing that it would take for a formula.
pub(crate) fn csv(name: &str, tell: &Tell, head: &[String], rows: &[Vec<String>]) -> HttpResponse {
    let separator = if tell.locale().tag().starts_with("en") {
        ','
    } else {
        ';'
    };
    let mut text = String::from("\u{feff}");
    for row in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)) {
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                text.push(separator);
            }
            text.push_str(&quoted(value, separator));
        }
        text.push_str("\r\n");
    }
    // A file that was cut and does not say so would be taken for the whole.
    if rows.len() >= FILE_ROWS {
        text.push_str(&quoted(&tell.word("portal-export-cut"), separator));
        text.push_str("\r\n");
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.csv\""),
        ))
        .body(text)
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
    use super::*;

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

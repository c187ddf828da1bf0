//! Reading columns back into domain values, and saying which one is corrupt when that fails.
use crate::error::{StoreError, StoreResult};
use alvara_domain::money::{Currency, Money};
use alvara_domain::time::UtcTime;
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// How many ids go into one statement: below every database's limit of values.
pub(crate) const MANY: usize = 500;

/// A row being read: names the table and the row in every complaint.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'static str,
    id: &'a str,
}

impl<'a> Row<'a> {
    pub(crate) fn of(table: &'static str, id: &'a str) -> Self {
        Self { table, id }
    }

    pub(crate) fn corrupt(self, column: &'static str) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            column,
            id: self.id.to_owned(),
        }
    }

    pub(crate) fn text<T: FromStr>(self, column: &'static str, value: &str) -> StoreResult<T> {
        value.parse().map_err(|_| self.corrupt(column))
    }

    pub(crate) fn text_opt<T: FromStr>(
        self,
        column: &'static str,
        value: Option<&str>,
    ) -> StoreResult<Option<T>> {
        value.map(|value| self.text(column, value)).transpose()
    }

    pub(crate) fn time(self, column: &'static str, value: i64) -> StoreResult<UtcTime> {
        UtcTime::from_micros(value).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn time_opt(
        self,
        column: &'static str,
        value: Option<i64>,
    ) -> StoreResult<Option<UtcTime>> {
        value.map(|value| self.time(column, value)).transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(
        self,
        column: &'static str,
        value: &str,
    ) -> StoreResult<T> {
        serde_json::from_str(value).map_err(|_| self.corrupt(column))
    }

    /// A number in a narrower type.
    pub(crate) fn number<T: TryFrom<i64>>(
        self,
        column: &'static str,
        value: i64,
    ) -> StoreResult<T> {
        T::try_from(value).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn money(
        self,
        column: &'static str,
        minor: i64,
        currency: &str,
    ) -> StoreResult<Money> {
        Ok(Money::new(minor, self.text::<Currency>(column, currency)?))
    }
}

/// A text that is to be found anywhere in a normalised column: lower case, with the pattern
/// characters of `LIKE` escaped by a backslash.
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in normalised(text).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// How a search column is written: lower case, single spaces. Done here and not by a database, for
/// `lower` knows only ASCII on one of the three.
pub(crate) fn normalised(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

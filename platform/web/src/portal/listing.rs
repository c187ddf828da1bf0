//! What every list shares: its state in the address, pages, and the same rows as a file.

mod export;

use std::collections::BTreeMap;

use alvara_render::page::{Choice, Empty, Filter, Link, ListPage, Search, Table};
use alvara_store::page::{Cursor, Page, PageRequest};

use super::desk::Desk;
use super::tell::Tell;

pub(crate) use export::file;

/// Rows a page.
const ROWS: u32 = 25;

/// Rows a file: more of them are asked for by narrowing the list.
pub(crate) const FILE_ROWS: usize = 10_000;

/// Rows that are counted where no page of them is shown; more are told as "and more".
pub(crate) const COUNTED: i64 = 1000;

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

    /// A list as it was kept.
    pub(crate) fn kept(path: &str, filters: &BTreeMap<String, String>) -> Self {
        let pairs = filters.iter();
        Self {
            path: path.to_owned(),
            pairs: pairs
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        }
    }

    /// Everything that the address holds.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
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

    /// Links to the same rows as files, at `path` with the ending of each kind and the same
    /// parameters.
    pub(crate) fn exports(&self, path: &str, tell: &Tell) -> Vec<Link> {
        let here = self.with("cursor", "");
        let query = here.split_once('?').map_or("", |(_, query)| query);
        let link = |kind: &str| {
            let label = tell.word(&format!("portal-export-{kind}"));
            Link::new(format!("{path}.{kind}?{query}"), label)
        };
        ["csv", "xlsx"].map(link).into()
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

/// How many rows a list has, from its pages: exact up to [`COUNTED`], and more than that beyond.
///
/// # Errors
/// Those of reading a page.
pub(crate) fn counted<T, E>(
    mut part: impl FnMut(&PageRequest) -> Result<Page<T>, E>,
) -> Result<i64, E> {
    let mut number = 0;
    let mut page = PageRequest::new(Some(PART), None);
    loop {
        let found = part(&page)?;
        number += i64::try_from(found.items.len()).unwrap_or(COUNTED);
        match found.next {
            Some(next) if number <= COUNTED => page = PageRequest::new(Some(PART), Some(next)),
            _ => return Ok(number),
        }
    }
}

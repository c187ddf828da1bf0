//! Lists: search, filters, a table that becomes cards on a phone, pages, exports.

use serde::Serialize;

use super::Page;
use crate::sheet::Value;

/// How something stands, in colour; the word beside it says the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// As it should be.
    Ok,
    /// Needs attention soon.
    Warn,
    /// Needs attention now.
    Bad,
    /// Worth knowing.
    Info,
    /// Neither good nor bad.
    #[default]
    Neutral,
}

/// A word with a tone.
#[derive(Clone, Debug, Serialize)]
pub struct Badge {
    /// How it stands.
    pub tone: Tone,
    /// The word.
    pub text: String,
}

/// Somewhere to go.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Where.
    pub href: String,
    /// What it is called.
    pub label: String,
}

impl Link {
    /// A link.
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            label: label.into(),
        }
    }
}

/// One field over all shown text.
#[derive(Clone, Debug, Serialize)]
pub struct Search {
    /// What is searched for.
    pub value: String,
    /// What may be typed.
    pub hint: String,
}

/// A choice that narrows the list. Its state is in the address, so that a view can be shared.
#[derive(Clone, Debug, Serialize)]
pub struct Filter {
    /// Name of the parameter.
    pub name: &'static str,
    /// What it is called.
    pub label: String,
    /// The values, the first of which is usually "all" with an empty value.
    pub choices: Vec<super::Choice>,
}

/// The head of a column.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// What it is called.
    pub label: String,
    /// Whether it holds numbers, which stand to the right.
    pub numeric: bool,
}

impl Column {
    /// A column of text.
    pub fn text(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            numeric: false,
        }
    }

    /// A column of numbers.
    pub fn number(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            numeric: true,
        }
    }
}

/// What stands in one place of a table. Make it from text and add to it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// A second, quieter line.
    pub note: Option<String>,
    /// Where it leads.
    pub href: Option<String>,
    /// Shown as a badge in this tone.
    pub tone: Option<Tone>,
    /// Text for the clipboard, with a button to put it there.
    pub copy: Option<String>,
    /// A bar of so many per cent, 0 to 100, which the text explains.
    pub percent: Option<u8>,
    /// The instant in RFC 3339, for `<time>`.
    pub instant: Option<String>,
    /// Set in letters of one width.
    pub code: bool,
    /// The language that the text is in, where it is not that of the page.
    pub lang: Option<String>,
    /// What the text says, where a spreadsheet can hold more than a text. No page shows it.
    #[serde(skip)]
    pub value: Option<Value>,
}

impl Cell {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// A badge.
    pub fn badge(badge: Badge) -> Self {
        Self {
            text: badge.text,
            tone: Some(badge.tone),
            ..Self::default()
        }
    }

    /// A code, in letters of one width.
    pub fn code(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: true,
            ..Self::default()
        }
    }

    /// Adds a second line.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Makes it a link.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Adds a button that copies this text.
    #[must_use]
    pub fn copy(mut self, text: impl Into<String>) -> Self {
        self.copy = Some(text.into());
        self
    }

    /// Says which language the text is in.
    #[must_use]
    pub fn lang(mut self, tag: impl Into<String>) -> Self {
        self.lang = Some(tag.into());
        self
    }

    /// Adds what the text says, for a spreadsheet.
    #[must_use]
    pub fn value(mut self, value: Value) -> Self {
        self.value = Some(value);
        self
    }

    /// Adds a bar.
    #[must_use]
    pub fn percent(mut self, percent: u8) -> Self {
        self.percent = Some(percent.min(100));
        self
    }
}

/// A line of a table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Row {
    /// The value of its box to tick, where rows can be chosen.
    pub pick: Option<String>,
    /// The places, as many as there are columns. The first one names the row.
    pub cells: Vec<Cell>,
    /// What can be done with the row: each a form of its own with one button.
    pub actions: Vec<super::Action>,
}

impl Row {
    /// A row of these cells.
    #[must_use]
    pub fn new(cells: Vec<Cell>) -> Self {
        Self {
            cells,
            ..Self::default()
        }
    }
}

/// A table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Table {
    /// What it shows, for who cannot see it.
    pub caption: String,
    /// The heads.
    pub columns: Vec<Column>,
    /// The lines.
    pub rows: Vec<Row>,
    /// Whether rows have actions, which take a column of their own.
    pub acts: bool,
    /// Whether rows can be ticked.
    pub picks: bool,
}

impl Table {
    /// A table; whether a column of actions is needed is seen from the rows.
    pub fn new(caption: impl Into<String>, columns: Vec<Column>, rows: Vec<Row>) -> Self {
        Self {
            caption: caption.into(),
            acts: rows.iter().any(|row| !row.actions.is_empty()),
            picks: rows.iter().any(|row| row.pick.is_some()),
            columns,
            rows,
        }
    }
}

/// What stands where a list has nothing to show.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Empty {
    /// One sentence.
    pub text: String,
    /// What to do about it.
    pub action: Option<Link>,
}

/// A view of the list that somebody keeps.
#[derive(Clone, Debug, Serialize)]
pub struct ViewLink {
    /// The list with its search and filters.
    pub href: String,
    /// What it is called.
    pub label: String,
    /// Whether the page shows it.
    pub current: bool,
    /// Whether others see it too.
    pub shared: bool,
}

/// The views that are kept of a list, and the forms about them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Views {
    /// All that the reader sees.
    pub links: Vec<ViewLink>,
    /// Keeps what the page shows.
    pub save: Option<super::FormView>,
    /// Changes the one that the page shows.
    pub change: Option<super::FormView>,
    /// Lets that one go.
    pub delete: Option<super::Action>,
}

/// A list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListPage {
    /// The heading and the title.
    pub title: String,
    /// A sentence under the heading.
    pub intro: Option<String>,
    /// Where one came from.
    pub back: Option<Link>,
    /// What one does here most: "New license".
    pub primary: Option<Link>,
    /// Other places that belong to it, as tabs.
    pub tabs: Vec<super::NavItem>,
    /// The search.
    pub search: Option<Search>,
    /// The filters.
    pub filters: Vec<Filter>,
    /// Parameters that a search or filter keeps.
    pub kept: Vec<Link>,
    /// Whether anything narrows the list, so that "clear" is offered.
    pub narrowed: bool,
    /// The path of the list, without parameters.
    pub path: String,
    /// Views that are kept of it.
    pub views: Views,
    /// The lines.
    pub table: Table,
    /// What to do with the ticked rows: buttons of one form.
    pub bulk: Vec<super::Action>,
    /// What stands where there are none.
    pub empty: Empty,
    /// The first page, when this is a later one.
    pub first: Option<String>,
    /// The next page, when there is one.
    pub next: Option<String>,
    /// Files of the same rows.
    pub exports: Vec<Link>,
}

impl Page for ListPage {
    const TEMPLATE: &'static str = "list";
}

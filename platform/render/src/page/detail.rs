//! One thing: how it stands, what can be done with it, and what belongs to it.

use serde::Serialize;

use super::Page;
use super::form::{FieldView, FormView};
use super::list::{Badge, Cell, Link, Table, Tone};

/// Something to do: a form that is sent by one button, asked about first where it cannot be undone.
#[derive(Clone, Debug, Serialize)]
pub struct Action {
    /// Where the form is sent.
    pub post: String,
    /// What the button says.
    pub label: String,
    /// How grave it is: `Bad` for what ends something.
    pub tone: Tone,
    /// What will happen; with it the button opens this question first.
    pub confirm: Option<String>,
    /// Fields to fill before, such as a reason.
    pub fields: Vec<FieldView>,
    /// A name that tells one row's button from another's, for who cannot see the row.
    pub about: Option<String>,
}

impl Action {
    /// An action without questions.
    pub fn new(post: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            post: post.into(),
            label: label.into(),
            tone: Tone::Neutral,
            confirm: None,
            fields: Vec::new(),
            about: None,
        }
    }

    /// Asks first.
    #[must_use]
    pub fn confirm(mut self, tone: Tone, question: impl Into<String>) -> Self {
        self.tone = tone;
        self.confirm = Some(question.into());
        self
    }

    /// Adds a field, which also asks first.
    #[must_use]
    pub fn field(mut self, field: FieldView) -> Self {
        self.confirm.get_or_insert_default();
        self.fields.push(field);
        self
    }

    /// Says which of many it concerns.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = Some(about.into());
        self
    }
}

/// A name and what stands for it.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// The value.
    pub cell: Cell,
}

impl Fact {
    /// A fact.
    pub fn new(label: impl Into<String>, cell: Cell) -> Self {
        Self {
            label: label.into(),
            cell,
        }
    }
}

/// A part of the page with a heading of its own. What is absent is not shown.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Section {
    /// Anchor, unique on the page.
    pub id: &'static str,
    /// The heading.
    pub title: String,
    /// A sentence under it.
    pub intro: Option<String>,
    /// Facts.
    pub facts: Vec<Fact>,
    /// A table; where it has no rows `empty` stands instead.
    pub table: Option<Table>,
    /// What stands for a table without rows.
    pub empty: Option<String>,
    /// A form.
    pub form: Option<FormView>,
    /// Text to be taken away whole, such as a computer key, with a button that copies it.
    pub block: Option<String>,
    /// How many lines of that text are seen at once; six unless said.
    pub block_rows: Option<usize>,
    /// The language of that text, where it is not that of the page.
    pub block_lang: Option<String>,
    /// Address of a picture for a phone's camera.
    pub picture: Option<String>,
    /// What the picture says, for who cannot see it.
    pub picture_text: String,
    /// Places to go from here.
    pub links: Vec<Link>,
}

/// One thing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DetailPage {
    /// The heading and the title.
    pub title: String,
    /// How it stands.
    pub badge: Option<Badge>,
    /// A sentence under the heading.
    pub intro: Option<String>,
    /// The list it is from.
    pub back: Option<Link>,
    /// The places it is worked on further: links that look like buttons.
    pub links: Vec<Link>,
    /// What can be done.
    pub actions: Vec<Action>,
    /// What is known.
    pub facts: Vec<Fact>,
    /// The parts.
    pub sections: Vec<Section>,
}

impl Page for DetailPage {
    const TEMPLATE: &'static str = "detail";
}

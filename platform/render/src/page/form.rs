//! Forms: labelled fields, what is wrong with them, and nothing that needs a script.

use serde::Serialize;

use super::Page;
use super::list::Link;

/// What a field is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// A line of text.
    #[default]
    Text,
    /// A mail address.
    Email,
    /// A secret that is not shown.
    Password,
    /// A whole number.
    Number,
    /// A day.
    Date,
    /// A telephone number.
    Tel,
    /// An address.
    Url,
    /// A file.
    File,
    /// A colour.
    Color,
    /// Several lines.
    Area,
    /// One of a few.
    Select,
    /// Yes or no.
    Check,
    /// Not shown at all.
    Hidden,
}

/// A value that may be chosen.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Whether it is the one.
    pub chosen: bool,
}

impl Choice {
    /// A value that may be chosen.
    pub fn new(value: impl Into<String>, label: impl Into<String>, now: &str) -> Self {
        let value = value.into();
        Self {
            chosen: value == now,
            value,
            label: label.into(),
        }
    }
}

/// A field.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FieldView {
    /// The name under which it is sent. A kind may follow it after a colon (`seats:int`); a dot
    /// leads into a part (`address.city`).
    pub name: String,
    /// Unique on the page.
    pub id: String,
    /// What it is called.
    pub label: String,
    /// What it is.
    pub kind: FieldKind,
    /// What is in it.
    pub value: String,
    /// Whether the box is ticked.
    pub checked: bool,
    /// A sentence under it.
    pub hint: Option<String>,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Whether it must be filled.
    pub required: bool,
    /// Whether it is one of several ways to say the same, so that it alone is neither required nor
    /// optional.
    pub either: bool,
    /// What the browser may fill in by itself, as HTML names it.
    pub autocomplete: Option<&'static str>,
    /// The values of a select.
    pub choices: Vec<Choice>,
    /// Which files are taken, as HTML's `accept`.
    pub accept: Option<&'static str>,
    /// `numeric` and the like, for a phone's keyboard.
    pub inputmode: Option<&'static str>,
    /// The language that is typed into several lines, where it is not that of the page.
    pub lang: Option<String>,
}

impl FieldView {
    /// A field of this kind.
    pub fn new(kind: FieldKind, name: impl Into<String>, label: impl Into<String>) -> Self {
        let name = name.into();
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        Self {
            id: format!("f-{}", name.chars().map(plain).collect::<String>()),
            name,
            label: label.into(),
            kind,
            ..Self::default()
        }
    }

    /// A line of text.
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(FieldKind::Text, name, label)
    }

    /// A select.
    pub fn select(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self {
            choices,
            ..Self::new(FieldKind::Select, name, label)
        }
    }

    /// A box to tick.
    pub fn check(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: "true".to_owned(),
            ..Self::new(FieldKind::Check, name, label)
        }
    }

    /// A value that is sent and not shown.
    pub fn hidden(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            ..Self::new(FieldKind::Hidden, name, "")
        }
    }

    /// Fills it.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Must be filled.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Is one of several ways to say the same.
    #[must_use]
    pub fn either(mut self) -> Self {
        self.either = true;
        self
    }

    /// Adds a sentence.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What the browser may fill in.
    #[must_use]
    pub fn autocomplete(mut self, what: &'static str) -> Self {
        self.autocomplete = Some(what);
        self
    }

    /// The pointer by which the interface names it: `/address/city` for `address.city`.
    #[must_use]
    pub fn pointer(&self) -> String {
        let bare = self.name.split([':', '[']).next().unwrap_or_default();
        format!("/{}", bare.replace('.', "/"))
    }

    /// Puts back what was typed.
    pub fn refill(&mut self, typed: Option<&str>) {
        match (self.kind, typed) {
            // A secret is typed again, a file is chosen again.
            (FieldKind::Password | FieldKind::File, _) => {}
            (FieldKind::Check, typed) => self.checked = typed.is_some(),
            (FieldKind::Select, Some(typed)) => {
                for choice in &mut self.choices {
                    choice.chosen = choice.value == typed;
                }
            }
            (_, Some(typed)) => typed.clone_into(&mut self.value),
            (_, None) => {}
        }
    }
}

/// Something wrong, told over the form and at its field.
#[derive(Clone, Debug, Serialize)]
pub struct FormFault {
    /// The field's id, to jump there; absent when it concerns the whole form.
    pub id: Option<String>,
    /// One sentence.
    pub text: String,
}

/// A form.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FormView {
    /// Where it is sent.
    pub action: String,
    /// What the button says.
    pub submit: String,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// What is wrong.
    pub faults: Vec<FormFault>,
    /// Back without sending.
    pub cancel: Option<Link>,
    /// Whether files are sent, which takes another encoding.
    pub files: bool,
    /// Whether the button is that of something which ends.
    pub danger: bool,
}

impl FormView {
    /// A form of these fields.
    pub fn new(
        action: impl Into<String>,
        submit: impl Into<String>,
        fields: Vec<FieldView>,
    ) -> Self {
        Self {
            action: action.into(),
            submit: submit.into(),
            files: fields.iter().any(|field| field.kind == FieldKind::File),
            fields,
            ..Self::default()
        }
    }

    /// Adds the way back.
    #[must_use]
    pub fn cancel(mut self, link: Link) -> Self {
        self.cancel = Some(link);
        self
    }
}

/// A page that is a form.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FormPage {
    /// The heading and the title.
    pub title: String,
    /// A sentence under the heading.
    pub intro: Option<String>,
    /// Where one came from.
    pub back: Option<Link>,
    /// The form.
    pub form: FormView,
    /// Other ways from here.
    pub links: Vec<Link>,
}

impl Page for FormPage {
    const TEMPLATE: &'static str = "form";
}

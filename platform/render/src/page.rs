//! Pages: strict handlebars templates of `templates/portal`, filled from typed values.
//!
//! A template sees `lang`, `chrome` (what surrounds every page) and `page`, and nothing else; a name
//! that is not there is an error, which the tests of every page turn into a failed build. Texts come
//! from [`Words`] through `{{t "key" name=value}}`. Everything is escaped: no template may use three
//! braces, which a test holds.

mod chrome;
mod detail;
mod form;
mod home;
mod list;
mod pay;

use std::collections::BTreeMap;
use std::sync::Arc;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};
use rust_embed::RustEmbed;
use serde::Serialize;
use serde_json::Value;

pub use chrome::{BrandView, Chrome, Flash, Language, NavItem, UserView};
pub use detail::{Action, DetailPage, Fact, Section};
pub use form::{Choice, FieldKind, FieldView, FormFault, FormPage, FormView};
pub use home::{Card, Figure, HomePage, Task};
pub use list::{
    Badge, Cell, Column, Empty, Filter, Link, ListPage, Row, Search, Table, Tone, ViewLink, Views,
};
pub use pay::{
    PayCode, PayEnd, PayLine, PayMethod, PayPage, PayPanel, PayPicture, PayStart, PayTick,
};

use crate::locale::Locale;
use crate::wording::Wording;
use crate::words::{Args, Words};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../templates/portal"]
struct Templates;

/// Values that a template is made for.
pub trait Page: Serialize {
    /// Path of the template below `templates/portal`, without `.hbs`.
    const TEMPLATE: &'static str;
}

/// Why a page cannot be had. Every case is a defect of the build.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A template is not handlebars.
    #[error("{name}: {reason}")]
    Template {
        /// Path below `templates/portal`.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A template asks for what its page does not have.
    #[error("a page could not be filled: {0}")]
    Fill(#[from] RenderError),
}

/// Every template. Make one at start and share it.
pub struct Pages {
    registry: Handlebars<'static>,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pages(…)")
    }
}

#[derive(Serialize)]
struct Root<'a, C, P> {
    lang: &'a str,
    chrome: &'a C,
    page: &'a P,
}

impl Pages {
    /// Reads the templates that the binary carries.
    ///
    /// # Errors
    /// [`PageError::Template`].
    pub fn new(words: Arc<Words>) -> Result<Self, PageError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.set_prevent_indent(true);
        registry.register_escape_fn(escape);
        registry.register_helper("t", Box::new(Told { words }));
        for path in Templates::iter() {
            let Some(name) = path.strip_suffix(".hbs") else {
                continue;
            };
            let fault = |reason: String| PageError::Template {
                name: path.to_string(),
                reason,
            };
            let file = Templates::get(&path).ok_or_else(|| fault("is gone".to_owned()))?;
            let text = std::str::from_utf8(&file.data).map_err(|error| fault(error.to_string()))?;
            registry
                .register_template_string(name, text)
                .map_err(|error| fault(error.to_string()))?;
        }
        Ok(Self { registry })
    }

    /// The page as HTML.
    ///
    /// # Errors
    /// [`PageError::Fill`] where the template asks for what is not there.
    pub fn render<P: Page>(
        &self,
        locale: &Locale,
        chrome: &Chrome,
        page: &P,
    ) -> Result<String, PageError> {
        let root = Root {
            lang: locale.tag(),
            chrome,
            page,
        };
        Ok(self.registry.render(P::TEMPLATE, &root)?)
    }
}

/// Text made safe between tags and inside quoted attributes; the templates quote every attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// `{{t "key" name=value …}}`: a message in the language of the page. It is escaped like any value.
struct Told {
    words: Arc<Words>,
}

impl HelperDef for Told {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let wrong = |what: String| RenderErrorReason::Other(what);
        let key = helper
            .param(0)
            .and_then(|param| param.value().as_str())
            .ok_or_else(|| wrong("t needs a key".to_owned()))?;
        if !self.words.has(key) {
            return Err(wrong(format!("there is no message {key}")).into());
        }
        let lang = context.data().get("lang").and_then(Value::as_str);
        let locale = lang
            .and_then(|lang| self.words.locale(lang))
            .unwrap_or_else(|| self.words.last_resort());
        let args = helper
            .hash()
            .iter()
            .fold(Args::new(), |args, (name, param)| match param.value() {
                Value::Number(number) => {
                    args.number(name.to_string(), number.as_i64().unwrap_or_default())
                }
                Value::String(text) => args.text(name.to_string(), text.clone()),
                other => args.text(name.to_string(), other.to_string()),
            });
        // A brand may word a message itself; it says few, so each is read when it is met.
        let own = context
            .data()
            .pointer("/chrome/wording")
            .and_then(|wording| wording.get(key)?.as_str());
        let text = match own {
            Some(own) => {
                let texts = BTreeMap::from([(key.to_owned(), own.to_owned())]);
                let wording = BTreeMap::from([(locale.tag().to_owned(), texts)]);
                self.words
                    .text_in(&Wording::new(&wording), locale, key, &args)
            }
            None => self.words.text(locale, key, &args),
        };
        Ok(ScopedJson::Derived(Value::String(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-TEN-04: what a stranger typed never becomes markup.
    #[test]
    fn no_template_writes_anything_unescaped() {
        for path in Templates::iter() {
            let file = Templates::get(&path).unwrap();
            let text = std::str::from_utf8(&file.data).unwrap();
            assert!(!text.contains("{{{"), "{path} writes something unescaped");
            assert!(!text.contains("{{&"), "{path} writes something unescaped");
            for inline in ["<script>", "<style", " style=", " onclick=", "javascript:"] {
                assert!(
                    !text.contains(inline),
                    "{path} has {inline}, which the policy forbids"
                );
            }
        }
    }

    // R-TEN-04
    #[test]
    fn every_template_is_read_and_every_key_it_names_exists() {
        let words = Arc::new(Words::new().unwrap());
        Pages::new(Arc::clone(&words)).unwrap();
        for path in Templates::iter() {
            let file = Templates::get(&path).unwrap();
            let text = std::str::from_utf8(&file.data).unwrap();
            for part in text
                .split("{{t \"")
                .skip(1)
                .chain(text.split("(t \"").skip(1))
            {
                let key = part.split('"').next().unwrap();
                assert!(words.has(key), "{path}: {key}");
            }
        }
    }
}

//! The messages of every language, in memory, shared by all threads.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use alvara_domain::civil_date::CivilDate;
use alvara_domain::time::UtcTime;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

use crate::locale::{Locale, closeness, preferences};
use crate::messages::Catalogue;

/// The language that every message exists in first, and the last to fall back to.
const LAST_RESORT: &str = "en";

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../templates/locales"]
struct Locales;

/// Why the messages could not be read. Every case is a defect of the build, found at start.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// A folder is not named by a language tag.
    #[error("{0} is not a language tag")]
    Tag(String),
    /// A file is not Fluent, or repeats a message of another file of the same language.
    #[error("{file}: {reason}")]
    File {
        /// Path below `templates/locales`.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The language that others fall back to is missing.
    #[error("the messages in {LAST_RESORT} are missing")]
    NoLastResort,
}

/// Values for the places of a message: `Args::new().number("limit", 5)`.
#[derive(Default)]
pub struct Args {
    values: Vec<(Cow<'static, str>, Value)>,
}

enum Value {
    Text(String),
    Number(i64),
    Day(UtcTime),
}

impl Args {
    /// No values yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text. It appears as it is: whoever shows the message as HTML escapes it.
    #[must_use]
    pub fn text(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.values.push((name.into(), Value::Text(value.into())));
        self
    }

    /// Adds a number, which also chooses the plural form.
    #[must_use]
    pub fn number(mut self, name: impl Into<Cow<'static, str>>, value: i64) -> Self {
        self.values.push((name.into(), Value::Number(value)));
        self
    }

    /// Adds an instant, shown as its day in UTC, written out in the language of the message.
    #[must_use]
    pub fn day(mut self, name: impl Into<Cow<'static, str>>, value: UtcTime) -> Self {
        self.values.push((name.into(), Value::Day(value)));
        self
    }
}

/// Every message in every language. Make one at start and share it.
pub struct Words {
    bundles: BTreeMap<Locale, FluentBundle<FluentResource>>,
    last_resort: Locale,
    /// The messages one by one; made when somebody first words them anew.
    pub(crate) catalogue: OnceLock<Catalogue>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(…)")
    }
}

impl Words {
    /// Reads the messages that the binary carries.
    ///
    /// # Errors
    /// When a file or folder is broken; see [`WordsError`].
    pub fn new() -> Result<Self, WordsError> {
        let mut bundles = BTreeMap::new();
        for path in Locales::iter() {
            let Some((folder, _)) = path.split_once('/') else {
                continue;
            };
            let tag: LanguageIdentifier = folder
                .parse()
                .map_err(|_| WordsError::Tag(folder.to_owned()))?;
            let bundle = bundles.entry(Locale(Arc::from(folder))).or_insert_with(|| {
                let mut bundle = FluentBundle::new_concurrent(vec![tag]);
                // The marks that isolate inserted text from its surroundings matter only where
                // directions mix; programs that show these texts would print them as boxes.
                bundle.set_use_isolating(false);
                bundle
            });
            bundle
                .add_resource(read(&path)?)
                .map_err(|errors| WordsError::File {
                    file: path.to_string(),
                    reason: format!("{errors:?}"),
                })?;
        }
        let last_resort = Locale(Arc::from(LAST_RESORT));
        if !bundles.contains_key(&last_resort) {
            return Err(WordsError::NoLastResort);
        }
        Ok(Self {
            bundles,
            last_resort,
            catalogue: OnceLock::new(),
        })
    }

    /// The languages that have messages, in the order of their tags.
    pub fn locales(&self) -> impl Iterator<Item = &Locale> {
        self.bundles.keys()
    }

    /// The language with exactly this tag (case does not matter), as a tenant or member chose it.
    #[must_use]
    pub fn locale(&self, tag: &str) -> Option<&Locale> {
        self.locales()
            .find(|known| closeness(tag, known.tag()) == 2)
    }

    /// The language for a reader: the best of `Accept-Language` that exists, else the tenant's,
    /// else English. A reader of `pt-PT` gets `pt-BR` rather than a foreign language.
    #[must_use]
    pub fn negotiate(&self, accept_language: Option<&str>, tenant: Option<&str>) -> Locale {
        let wanted = preferences(accept_language.unwrap_or_default());
        for range in wanted {
            if range == "*" {
                break;
            }
            let best = self
                .locales()
                .max_by_key(|known| closeness(range, known.tag()))
                .filter(|known| closeness(range, known.tag()) > 0);
            if let Some(found) = best {
                return found.clone();
            }
        }
        tenant
            .and_then(|tag| self.locale(tag))
            .unwrap_or(&self.last_resort)
            .clone()
    }

    /// English, for texts that are written before a reader is known.
    #[must_use]
    pub fn last_resort(&self) -> &Locale {
        &self.last_resort
    }

    /// Whether some language has this key. `name.attribute` asks for an attribute of a message.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.bundles
            .get(&self.last_resort)
            .is_some_and(|bundle| pattern(bundle, key).is_some())
    }

    /// The message `key` in this language, its places filled from `args`.
    ///
    /// `name.attribute` reads an attribute. When a value is missing for a place of an attribute,
    /// the message's own plain text answers instead: a short true sentence beats one with a hole.
    #[must_use]
    pub fn text(&self, locale: &Locale, key: &str, args: &Args) -> String {
        let plain = key.split_once('.').map(|(message, _)| message);
        [locale, &self.last_resort]
            .into_iter()
            .find_map(|candidate| {
                self.try_text(candidate, key, args)
                    .or_else(|| self.try_text(candidate, plain?, args))
            })
            .unwrap_or_else(|| key.to_owned())
    }

    fn try_text(&self, locale: &Locale, key: &str, args: &Args) -> Option<String> {
        self.format(self.bundles.get(locale)?, locale, key, args)
    }

    /// A message of a bundle, in which days are written in the language of `locale`.
    pub(crate) fn format(
        &self,
        bundle: &FluentBundle<FluentResource>,
        locale: &Locale,
        key: &str,
        args: &Args,
    ) -> Option<String> {
        let pattern = pattern(bundle, key)?;
        let mut values = FluentArgs::with_capacity(args.values.len());
        for (name, value) in &args.values {
            let value = match value {
                Value::Text(text) => FluentValue::from(text.as_str()),
                Value::Number(number) => FluentValue::from(*number),
                Value::Day(instant) => FluentValue::from(self.day(locale, *instant)),
            };
            values.set(name.clone(), value);
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&values), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }

    /// The day of an instant in UTC, written out: `July 3, 2026`, `3 de julho de 2026`.
    #[must_use]
    pub fn day(&self, locale: &Locale, instant: UtcTime) -> String {
        let iso = instant.to_string();
        let mut parts = iso.split(['-', 'T']);
        let mut next = || parts.next().and_then(|part| part.parse::<i64>().ok());
        let (Some(year), Some(month), Some(day)) = (next(), next(), next()) else {
            return iso;
        };
        let month = self.text(locale, &format!("month-{month}"), &Args::new());
        let args = Args::new()
            .text("year", year.to_string())
            .text("month", month)
            .number("day", day);
        self.text(locale, "date-long", &args)
    }
}

impl Words {
    /// A calendar day in figures: `2026-07-03`, `03/07/2026`.
    #[must_use]
    pub fn date(&self, locale: &Locale, date: CivilDate) -> String {
        let (year, month, day) = date.parts();
        let args = Args::new()
            .text("year", format!("{year:04}"))
            .text("month", format!("{month:02}"))
            .text("day", format!("{day:02}"));
        self.text(locale, "date-short", &args)
    }
}

impl Words {
    /// The pattern of a message in exactly this language.
    pub(crate) fn pattern(
        &self,
        tag: &str,
        key: &str,
    ) -> Option<&fluent_syntax::ast::Pattern<&str>> {
        pattern(self.bundles.get(self.locale(tag)?)?, key)
    }
}

/// Every file that can be read: its language, its name, what is in it.
pub(crate) fn resources() -> impl Iterator<Item = (String, String, FluentResource)> {
    Locales::iter().filter_map(|path| {
        let (language, file) = path.split_once('/')?;
        let file = file.strip_suffix(".ftl")?;
        Some((language.to_owned(), file.to_owned(), read(&path).ok()?))
    })
}

fn read(path: &str) -> Result<FluentResource, WordsError> {
    let fault = |reason: String| WordsError::File {
        file: path.to_owned(),
        reason,
    };
    let file = Locales::get(path).ok_or_else(|| fault("is gone".to_owned()))?;
    let text = match file.data {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(str::to_owned),
        Cow::Owned(bytes) => String::from_utf8(bytes).map_err(|error| error.utf8_error()),
    };
    let text = text.map_err(|error| fault(error.to_string()))?;
    FluentResource::try_new(text).map_err(|(_, errors)| fault(format!("{errors:?}")))
}

fn pattern<'a>(
    bundle: &'a FluentBundle<FluentResource>,
    key: &str,
) -> Option<&'a fluent_syntax::ast::Pattern<&'a str>> {
    match key.split_once('.') {
        Some((message, attribute)) => bundle
            .get_message(message)?
            .get_attribute(attribute)
            .map(|found| found.value()),
        None => bundle.get_message(key)?.value(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

    use super::*;

    /// Every key of a language (messages and attributes) with the places it fills.
    fn keys(language: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut found = BTreeMap::new();
        for path in Locales::iter().filter(|path| path.starts_with(&format!("{language}/"))) {
            let resource = read(&path).unwrap();
            for entry in resource.entries() {
                let Entry::Message(message) = entry else {
                    continue;
                };
                if let Some(value) = &message.value {
                    found.insert(message.id.name.to_owned(), places(value));
                }
                for attribute in &message.attributes {
                    let key = format!("{}.{}", message.id.name, attribute.id.name);
                    found.insert(key, places(&attribute.value));
                }
            }
        }
        found
    }

    fn places(pattern: &Pattern<&str>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                match expression {
                    Expression::Inline(inline) => found.extend(variable(inline)),
                    Expression::Select { selector, variants } => {
                        found.extend(variable(selector));
                        for variant in variants {
                            found.extend(places(&variant.value));
                        }
                    }
                }
            }
        }
        found
    }

    fn variable(expression: &InlineExpression<&str>) -> Option<String> {
        match expression {
            InlineExpression::VariableReference { id } => Some(id.name.to_owned()),
            _ => None,
        }
    }

    // R-API-01, R-TEN-04: a language is complete or it is not shipped.
    #[test]
    fn every_key_exists_in_every_language_with_the_same_places() {
        let english = keys(LAST_RESORT);
        assert!(english.len() > 100);
        let words = Words::new().unwrap();
        let tags: Vec<_> = words.locales().map(Locale::tag).collect();
        assert_eq!(tags, ["en", "es", "it", "pt-BR"]);
        for tag in tags {
            assert_eq!(keys(tag), english, "{tag} differs from {LAST_RESORT}");
        }
    }

    #[test]
    fn only_names_and_loan_words_are_the_same_in_two_languages() {
        let words = Words::new().unwrap();
        let plain = |language: &str, key: &str, places: &BTreeSet<String>| {
            let args = places
                .iter()
                .fold(Args::new(), |args, name| args.number(name.clone(), 7));
            words.text(words.locale(language).unwrap(), key, &args)
        };
        let english = keys(LAST_RESORT);
        for language in ["pt-BR", "it", "es"] {
            for (key, places) in &english {
                let said = plain("en", key, places);
                // Labels of a word or two may be the same ("E-mail", "Plan"); a sentence is not.
                if !key.starts_with("date-") && said.split_whitespace().count() > 2 {
                    assert_ne!(plain(language, key, places), said, "{language} {key}");
                }
            }
        }
    }

    #[test]
    fn chooses_the_plural_form() {
        let words = Words::new().unwrap();
        let limit = |tag: &str, limit: i64| {
            let args = Args::new().number("limit", limit).number("count", limit);
            words.text(
                words.locale(tag).unwrap(),
                "verdict-machine-limit.detail",
                &args,
            )
        };
        assert_eq!(
            limit("en", 1),
            "The only machine this license allows is already in use."
        );
        assert_eq!(limit("pt-BR", 5), "5 de 5 máquinas já estão em uso.");
        assert_eq!(limit("it", 5), "5 dispositivi su 5 sono già in uso.");
    }

    #[test]
    fn writes_a_day_out() {
        let words = Words::new().unwrap();
        let instant: UtcTime = "2026-03-01T23:30:00.000Z".parse().unwrap();
        let args = Args::new().day("date", instant);
        let text =
            |tag: &str| words.text(words.locale(tag).unwrap(), "verdict-expired.detail", &args);
        assert_eq!(text("en"), "This license expired on March 1, 2026.");
        assert_eq!(text("pt-BR"), "Esta licença expirou em 1 de março de 2026.");
        assert_eq!(text("it"), "Questa licenza è scaduta il 1 marzo 2026.");
        assert_eq!(text("es"), "Esta licencia caducó el 1 de marzo de 2026.");
    }

    #[test]
    fn a_missing_value_gives_the_plain_text() {
        let words = Words::new().unwrap();
        let text = words.text(
            words.locale("es").unwrap(),
            "verdict-expired.detail",
            &Args::new(),
        );
        assert_eq!(text, "Licencia caducada");
    }

    #[test]
    fn negotiates_from_the_reader_to_the_tenant_to_english() {
        let words = Words::new().unwrap();
        let chosen = |header, tenant| words.negotiate(header, tenant).tag().to_owned();
        assert_eq!(chosen(Some("pt-PT, en;q=0.8"), None), "pt-BR");
        assert_eq!(chosen(Some("de, it;q=0.5"), Some("es")), "it");
        assert_eq!(chosen(Some("de"), Some("es")), "es");
        assert_eq!(chosen(Some("*"), Some("es")), "es");
        assert_eq!(chosen(None, Some("xx")), "en");
        assert_eq!(chosen(Some("\u{0}\u{ffff};;q="), None), "en");
    }
}

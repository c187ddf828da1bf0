//! Messages in words of a brand's own, in place of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use unic_langid::LanguageIdentifier;

use crate::{Args, Locale, Words};

/// Why words do not take the place of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordingFault {
    /// There are no messages in this language.
    #[error("there are no messages in this language")]
    Language,
    /// There is no such message.
    #[error("there is no such message")]
    Key,
    /// The text cannot be read: braces hold nothing but places.
    #[error("the text cannot be read: braces hold nothing but places such as {{ $name }}")]
    Syntax,
    /// A place of the message is missing, or there is one that it does not have.
    #[error("the text must have the places of the message, and no others")]
    Places,
}

/// Words of a brand's own, read. Made once for a brand and then asked for each message.
#[derive(Default)]
pub struct Wording {
    bundles: BTreeMap<String, FluentBundle<FluentResource>>,
}

impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wording({} languages)", self.bundles.len())
    }
}

impl Wording {
    /// Reads words: language → key → text. What cannot be read, or is in no language, is left out, so
    /// that the message itself is shown.
    #[must_use]
    pub fn new(words: &BTreeMap<String, BTreeMap<String, String>>) -> Self {
        let mut bundles = BTreeMap::new();
        for (tag, texts) in words {
            let Ok(language) = tag.parse::<LanguageIdentifier>() else {
                continue;
            };
            let mut bundle = FluentBundle::new_concurrent(vec![language]);
            bundle.set_use_isolating(false);
            for (key, text) in texts {
                if let Some(resource) = read(key, text) {
                    bundle.add_resource_overriding(resource);
                }
            }
            bundles.insert(tag.clone(), bundle);
        }
        Self { bundles }
    }
}

impl Words {
    /// The message `key` in the words of a brand, or in ours where it has none.
    #[must_use]
    pub fn text_in(&self, wording: &Wording, locale: &Locale, key: &str, args: &Args) -> String {
        wording
            .bundles
            .get(locale.tag())
            .and_then(|bundle| self.format(bundle, locale, &id_of(key), args))
            .unwrap_or_else(|| self.text(locale, key, args))
    }

    /// Whether `text` may take the place of a message: it is read as Fluent, with every place that
    /// the message shows and none that it does not know.
    ///
    /// # Errors
    /// See [`WordingFault`].
    pub fn check_wording(&self, tag: &str, key: &str, text: &str) -> Result<(), WordingFault> {
        let known = self.locale(tag).is_some_and(|known| known.tag() == tag);
        if !known {
            return Err(WordingFault::Language);
        }
        let ours = self.pattern(tag, key).ok_or(WordingFault::Key)?;
        let resource = read(key, text).ok_or(WordingFault::Syntax)?;
        let theirs = only_pattern(&resource).ok_or(WordingFault::Syntax)?;
        let (mut shown, mut known) = (BTreeSet::new(), BTreeSet::new());
        places(ours, &mut shown, &mut known);
        let (mut says, mut uses) = (BTreeSet::new(), BTreeSet::new());
        if !places(theirs, &mut says, &mut uses) {
            return Err(WordingFault::Syntax);
        }
        if shown.is_subset(&says) && uses.is_subset(&known) {
            Ok(())
        } else {
            Err(WordingFault::Places)
        }
    }
}

/// An attribute is a message of its own here: two of one message may come apart.
fn id_of(key: &str) -> String {
    key.replace('.', "--")
}

fn read(key: &str, text: &str) -> Option<FluentResource> {
    // Indented, every line belongs to this message and none begins another.
    let source = format!("{} =\n    {}\n", id_of(key), text.replace('\n', "\n    "));
    FluentResource::try_new(source).ok()
}

fn only_pattern(resource: &FluentResource) -> Option<&Pattern<&str>> {
    let mut entries = resource.entries();
    match (entries.next(), entries.next()) {
        (Some(Entry::Message(message)), None) if message.attributes.is_empty() => {
            message.value.as_ref()
        }
        _ => None,
    }
}

/// Gathers the places of a pattern: those that are shown, and all. `false` when braces hold something
/// else.
pub(crate) fn places<'a>(
    pattern: &Pattern<&'a str>,
    shown: &mut BTreeSet<&'a str>,
    all: &mut BTreeSet<&'a str>,
) -> bool {
    let mut plain = true;
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        match expression {
            Expression::Inline(InlineExpression::VariableReference { id }) => {
                shown.insert(id.name);
                all.insert(id.name);
            }
            Expression::Inline(_) => plain = false,
            Expression::Select { selector, variants } => {
                match selector {
                    InlineExpression::VariableReference { id } => {
                        all.insert(id.name);
                    }
                    _ => plain = false,
                }
                for variant in variants {
                    plain &= places(&variant.value, shown, all);
                }
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Wording, WordingFault};
    use crate::{Args, Words};

    // R-TEN-04
    #[test]
    fn words_of_a_brand_take_the_place_of_ours_with_all_their_places() {
        let words = Words::new().unwrap();
        let check = |tag: &str, key: &str, text: &str| words.check_wording(tag, key, text);
        assert_eq!(check("it", "mail-greeting", "Caro { $name },"), Ok(()));
        for (tag, key, text, fault) in [
            ("xx", "mail-greeting", "{ $name }", WordingFault::Language),
            (
                "pt-br",
                "mail-greeting",
                "{ $name }",
                WordingFault::Language,
            ),
            ("it", "mail-grating", "{ $name }", WordingFault::Key),
            ("it", "mail-greeting", "Caro,", WordingFault::Places),
            (
                "it",
                "mail-greeting",
                "{ $name } { $key }",
                WordingFault::Places,
            ),
            ("it", "mail-greeting", "{ $name", WordingFault::Syntax),
            (
                "it",
                "mail-greeting",
                "{ mail-farewell } { $name }",
                WordingFault::Syntax,
            ),
            (
                "it",
                "mail-greeting",
                "{ NUMBER($name) }",
                WordingFault::Syntax,
            ),
            ("it", "mail-greeting", "", WordingFault::Syntax),
            (
                "it",
                "mail-greeting",
                "{ $name }\n.x = y",
                WordingFault::Syntax,
            ),
        ] {
            assert_eq!(check(tag, key, text), Err(fault), "{tag} {key} {text}");
        }
        // What looks like the beginning of another message is a line of this one.
        assert_eq!(
            check("it", "mail-greeting", "{ $name }\nmail-farewell = no"),
            Ok(())
        );
    }

    // R-TEN-04
    #[test]
    fn what_a_brand_does_not_say_is_said_in_our_words() {
        let words = Words::new().unwrap();
        let said = [(
            "mail-greeting".to_owned(),
            "Caro { $name },\ncome va?".to_owned(),
        )];
        let wording = Wording::new(&BTreeMap::from([("it".to_owned(), BTreeMap::from(said))]));
        let text = |tag: &str, key: &str| {
            let args = Args::new().text("name", "Ana").text("seller", "Acme");
            words.text_in(&wording, words.locale(tag).unwrap(), key, &args)
        };
        let ours = |tag: &str, key: &str| {
            let args = Args::new().text("name", "Ana").text("seller", "Acme");
            words.text(words.locale(tag).unwrap(), key, &args)
        };
        assert_eq!(text("it", "mail-greeting"), "Caro Ana,\ncome va?");
        assert_eq!(text("es", "mail-greeting"), ours("es", "mail-greeting"));
        assert_eq!(text("it", "mail-farewell"), ours("it", "mail-farewell"));
    }
}

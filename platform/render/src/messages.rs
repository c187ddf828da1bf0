//! The messages one by one, for who words them anew.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Identifier, Message as Written, Pattern, Resource};
use fluent_syntax::serializer::serialize;

use crate::Words;
use crate::wording::places;
use crate::words::resources;

/// A message as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// By which it is asked for.
    pub key: String,
    /// The file that it is in, without folder and ending.
    pub file: String,
    /// What it says, as Fluent.
    pub text: String,
    /// The places that words in its stead must show.
    pub shown: Vec<String>,
    /// Those that they may use besides.
    pub known: Vec<String>,
}

/// Of each language its messages.
pub(crate) type Catalogue = BTreeMap<String, Vec<Message>>;

impl Words {
    /// The messages of a language, file by file and in their order there. Attributes are not among
    /// them. None for a language that has no messages.
    #[must_use]
    pub fn messages(&self, tag: &str) -> &[Message] {
        let catalogue = self.catalogue.get_or_init(read);
        catalogue.get(tag).map_or(&[], Vec::as_slice)
    }
}

/// Every file was read before, when the words were made: one that cannot be read is none.
fn read() -> Catalogue {
    let mut catalogue = Catalogue::new();
    for (language, file, resource) in resources() {
        let found = catalogue.entry(language).or_default();
        for entry in resource.entries() {
            if let Entry::Message(message) = entry
                && let Some(pattern) = &message.value
            {
                found.push(told(message.id.name, &file, pattern));
            }
        }
    }
    catalogue
}

fn told(key: &str, file: &str, pattern: &Pattern<&str>) -> Message {
    let (mut shown, mut all) = (BTreeSet::new(), BTreeSet::new());
    places(pattern, &mut shown, &mut all);
    let names = |names: &BTreeSet<&str>| names.iter().map(|name| (*name).to_owned()).collect();
    Message {
        key: key.to_owned(),
        file: file.to_owned(),
        text: source(pattern),
        known: names(&(&all - &shown)),
        shown: names(&shown),
    }
}

/// A pattern as Fluent, without the key and without the indent that follows from it.
fn source(pattern: &Pattern<&str>) -> String {
    let message = Written {
        id: Identifier { name: "k" },
        value: Some(pattern.clone()),
        attributes: Vec::new(),
        comment: None,
    };
    let text = serialize(&Resource {
        body: vec![Entry::Message(message)],
    });
    let text = text.strip_prefix("k =").unwrap_or(&text).trim();
    text.replace("\n    ", "\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::Words;

    // R-TEN-04: what somebody begins from is what they may send back.
    #[test]
    fn every_message_is_good_in_its_own_stead() {
        let words = Words::new().unwrap();
        let mut counts = BTreeSet::new();
        for locale in words.locales() {
            let messages = words.messages(locale.tag());
            counts.insert(messages.len());
            for one in messages {
                let checked = words.check_wording(locale.tag(), &one.key, &one.text);
                assert_eq!(
                    checked,
                    Ok(()),
                    "{} {}: {}",
                    locale.tag(),
                    one.key,
                    one.text
                );
            }
        }
        assert_eq!(counts.len(), 1, "{counts:?}");
        assert!(counts.first().is_some_and(|count| *count > 1_000));
        assert!(words.messages("xx").is_empty());
    }

    // R-TEN-04
    #[test]
    fn a_message_is_told_with_its_places() {
        let words = Words::new().unwrap();
        let messages = words.messages("en");
        let find = |key: &str| messages.iter().find(|one| one.key == key).unwrap();
        let greeting = find("mail-greeting");
        assert_eq!(greeting.text, "Hello { $name },");
        assert_eq!(
            (greeting.file.as_str(), greeting.shown.as_slice()),
            ("mail", ["name".to_owned()].as_slice())
        );
        let intro = find("mail-shop-intro");
        assert!(intro.text.starts_with("{ $count ->\n"), "{}", intro.text);
        assert_eq!(intro.known, ["count"]);
        assert!(intro.shown.is_empty());
    }
}

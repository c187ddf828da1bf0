//! Which messages can be worded, and what kind each is of.

use alvara_render::Message;

/// Kinds of messages, in the order that they are shown in: mails, then pages. What programs are told
/// and what stands in documents is not worded by brands, and so is not among them.
pub(super) const GROUPS: [&str; 28] = [
    "mail",
    "mail-shop",
    "mail-own",
    "mail-renewal",
    "mail-paid",
    "mail-refund",
    "mail-deferred",
    "mail-overdue",
    "mail-uncollected",
    "mail-people",
    "portal",
    "portal-pay",
    "portal-public",
    "portal-legal",
    "portal-home",
    "portal-licenses",
    "portal-machines",
    "portal-customers",
    "portal-payments",
    "portal-approvals",
    "portal-products",
    "portal-team",
    "portal-account",
    "portal-settings",
    "portal-brand",
    "portal-palette",
    "portal-operator",
    "portal-wording",
];

/// Begin of messages that only the pages of the operator show, or that speak of a plugin's settings:
/// nobody but who sets one up reads those.
const OPERATORS: [&str; 4] = ["plugins-", "plugin-", "tenants-", "tenant-"];

/// The kind of a message; nothing for one that no brand words. Pages that are in no kind of their own
/// are among the general ones.
pub(super) fn group_of(message: &Message) -> Option<&'static str> {
    let found = |name: &str| GROUPS.iter().find(|group| **group == name).copied();
    match message.file.as_str() {
        "mail" => {
            let kind = message.key.split('-').nth(1).unwrap_or_default();
            found(&format!("mail-{kind}")).or(Some("mail"))
        }
        file if file.starts_with("mail-") => found(file).or(Some("mail")),
        file if file.starts_with("portal") => found(file).or(Some("portal")),
        _ => None,
    }
}

/// Whether only the operator's pages show it.
pub(super) fn is_of_operator(message: &Message) -> bool {
    OPERATORS.iter().any(|begin| message.key.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alvara_render::Words;

    use super::{GROUPS, group_of, is_of_operator};

    // R-TEN-04: every kind has messages and a name, and nothing that a reseller may word names the
    // platform.
    #[test]
    fn every_kind_has_messages_and_a_name() {
        let words = Words::new().unwrap();
        let messages = words.messages("en");
        let used: BTreeSet<&str> = messages.iter().filter_map(group_of).collect();
        for group in GROUPS {
            assert!(used.contains(group), "{group}");
            assert!(words.has(&format!("wording-group-{group}")), "{group}");
        }
        for message in messages.iter().filter(|one| group_of(one).is_some()) {
            let is_clean = !message.text.to_lowercase().contains("alvar");
            assert!(is_clean || is_of_operator(message), "{message:?}");
        }
    }
}

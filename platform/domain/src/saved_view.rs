//! Lists as somebody keeps them: which list, and what it is narrowed to.
//!
//! A view is a question and holds no rows: whoever opens it sees those of their own scope.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::charge::ChargeState;
use crate::customer::CustomerStatus;
use crate::fault::{FaultCode, FieldFault};
use crate::fingerprint::Fingerprint;
use crate::id::{BatchId, LicenseId, NodeId, PolicyId, ProductId, SavedViewId, TenantId};
use crate::order::OrderState;
use crate::terms::{LicenseKind, is_code};
use crate::time::UtcTime;

/// The most views that one person or API key keeps.
pub const MOST_VIEWS: i64 = 50;

/// Characters of a view's name at most.
pub const NAME_LENGTH: usize = 60;

/// Characters of a search at most.
const SEARCH_LENGTH: usize = 200;

/// The most days ahead that a list of licenses is narrowed to by their end.
const DAYS_AHEAD: i64 = 3660;

/// The statuses that the list of licenses is narrowed to.
pub const LICENSE_STATUSES: [&str; 7] = [
    "active",
    "expiring",
    "expired",
    "pending",
    "suspended",
    "revoked",
    "deleted",
];

/// The states that the list of machines is narrowed to.
pub const MACHINE_STATES: [&str; 6] = [
    "online",
    "offline",
    "blocked",
    "reserved",
    "deactivated",
    "suspected",
];

/// The parts of the board of renewals: days until the end, days of grace, or over.
pub const DUE_PARTS: [&str; 5] = ["7", "30", "60", "grace", "expired"];

crate::text_enum! {
    /// A list of which views are kept.
    pub enum ListName {
        /// Licenses.
        Licenses = "licenses",
        /// Customers.
        Customers = "customers",
        /// The board of renewals.
        Renewals = "renewals",
        /// Orders.
        Payments = "payments",
        /// The charges that pay them.
        Charges = "charges",
        /// Machines.
        Machines = "machines",
    }
}

type Check = fn(&str) -> bool;

fn is<T: FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

fn is_search(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= SEARCH_LENGTH && !text.chars().any(char::is_control)
}

fn is_license_status(text: &str) -> bool {
    LICENSE_STATUSES.contains(&text)
}

fn is_machine_state(text: &str) -> bool {
    MACHINE_STATES.contains(&text)
}

fn is_due_part(text: &str) -> bool {
    DUE_PARTS.contains(&text)
}

fn is_end(text: &str) -> bool {
    text == "past"
        || text
            .parse()
            .is_ok_and(|days| (1..=DAYS_AHEAD).contains(&days))
}

impl ListName {
    /// What the list knows how to be narrowed by, and which values each takes.
    const fn parameters(self) -> &'static [(&'static str, Check)] {
        match self {
            Self::Licenses => &[
                ("q", is_search),
                ("status", is_license_status),
                ("product", is::<ProductId>),
                ("kind", is::<LicenseKind>),
                ("expires", is_end),
                ("node", is::<NodeId>),
                ("batch", is::<BatchId>),
                ("policy", is::<PolicyId>),
            ],
            Self::Customers => &[("q", is_search), ("status", is::<CustomerStatus>)],
            Self::Renewals => &[("due", is_due_part), ("product", is::<ProductId>)],
            Self::Payments => &[("state", is::<OrderState>), ("node", is::<NodeId>)],
            Self::Charges => &[("state", is::<ChargeState>), ("method", is_code)],
            Self::Machines => &[
                ("q", is::<Fingerprint>),
                ("state", is_machine_state),
                ("license", is::<LicenseId>),
            ],
        }
    }

    fn check(self, name: &str) -> Option<Check> {
        let mut known = self.parameters().iter();
        known
            .find(|(known, _)| *known == name)
            .map(|(_, check)| *check)
    }
}

/// What a list is narrowed to: parameters that it knows, with values that it takes, in one order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViewFilters(BTreeMap<String, String>);

impl ViewFilters {
    /// Takes what somebody wants to keep of a list. Values are trimmed.
    ///
    /// # Errors
    /// A fault for each parameter that the list does not know or whose value it does not take, with a
    /// pointer below the map; one at the map itself where nothing is narrowed at all.
    pub fn check(
        list: ListName,
        given: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut kept = BTreeMap::new();
        for (name, value) in given {
            let pointer = || format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            let value = value.trim();
            match list.check(name) {
                None => faults.push(FieldFault::new(
                    pointer(),
                    FaultCode::Unknown,
                    format!("the list of {list} is not narrowed by this"),
                )),
                Some(takes) if takes(value) => {
                    kept.insert(name.clone(), value.to_owned());
                }
                Some(_) => faults.push(FieldFault::new(
                    pointer(),
                    FaultCode::Malformed,
                    format!("the list of {list} does not take this value"),
                )),
            }
        }
        if given.is_empty() {
            faults.push(FieldFault::new(
                "",
                FaultCode::Required,
                "a view narrows its list by something",
            ));
        }
        if faults.is_empty() {
            Ok(Self(kept))
        } else {
            Err(faults)
        }
    }

    /// What of an address the list understands; the first of parameters that stand there twice. The
    /// rest is left out, as the list itself does.
    #[must_use]
    pub fn of_address<'a>(
        list: ListName,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut kept = BTreeMap::new();
        for (name, value) in pairs {
            let value = value.trim();
            if list.check(name).is_some_and(|takes| takes(value)) {
                kept.entry(name.to_owned())
                    .or_insert_with(|| value.to_owned());
            }
        }
        Self(kept)
    }

    /// Whether nothing is narrowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, by name.
    #[must_use]
    pub const fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Names and values, by name.
    #[must_use]
    pub fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }

    /// Those that were kept before, which a later release may know no more: what it does not know
    /// narrows nothing.
    #[must_use]
    pub const fn kept(filters: BTreeMap<String, String>) -> Self {
        Self(filters)
    }
}

/// Who sees a view beside whoever keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody.
    Private,
    /// Whoever works at the place where it was shared, or below it. Customers see what was shared at
    /// their own place and nothing of their seller's.
    Shared,
}

/// Where a view stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Above its list.
    List,
    /// On the first page too, with the number of its rows.
    Pinned,
}

/// A list as somebody keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its id.
    pub id: SavedViewId,
    /// Who keeps it: the id of a member or an API key.
    pub owner_id: String,
    /// The place where it was kept, or shared last.
    pub node_id: NodeId,
    /// The list.
    pub list: ListName,
    /// What it is called; unique among those that its owner keeps of the list.
    pub name: String,
    /// What the list is narrowed to.
    pub filters: ViewFilters,
    /// Who else sees it.
    pub sharing: Sharing,
    /// Where it stands.
    pub standing: Standing,
    /// When it was kept.
    pub created_at: UtcTime,
    /// When it changed last.
    pub updated_at: UtcTime,
    /// Rises with every change; the `ETag`.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn faults(list: ListName, pairs: &[(&str, &str)]) -> Vec<(String, FaultCode)> {
        let found = ViewFilters::check(list, &given(pairs)).unwrap_err();
        found
            .into_iter()
            .map(|fault| (fault.pointer, fault.code))
            .collect()
    }

    // R-TEN-04: a view keeps what its list knows, and says of everything else that it does not.
    #[test]
    fn a_list_takes_what_it_knows() {
        let kept = ViewFilters::check(
            ListName::Licenses,
            &given(&[
                ("status", "expiring"),
                ("q", " Padaria "),
                ("expires", "30"),
            ]),
        )
        .unwrap();
        assert_eq!(kept.as_map()["q"], "Padaria");
        assert_eq!(
            faults(
                ListName::Licenses,
                &[("status", "asleep"), ("a/b", "1"), ("cursor", "x")]
            ),
            [
                ("/a~1b".to_owned(), FaultCode::Unknown),
                ("/cursor".to_owned(), FaultCode::Unknown),
                ("/status".to_owned(), FaultCode::Malformed),
            ]
        );
        assert_eq!(
            faults(ListName::Customers, &[]),
            [(String::new(), FaultCode::Required)]
        );
        for value in ["0", "3661", "-1", "soon", ""] {
            assert_eq!(
                faults(ListName::Licenses, &[("expires", value)]).len(),
                1,
                "{value}"
            );
        }
        assert_eq!(
            faults(ListName::Customers, &[("q", &"a".repeat(201))]).len(),
            1
        );
        assert_eq!(faults(ListName::Customers, &[("q", "a\nb")]).len(), 1);
    }

    // R-TEN-04: an address says the same however it is written, and nonsense in it counts for nothing.
    #[test]
    fn an_address_is_read_like_its_list_reads_it() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            ViewFilters::of_address(ListName::Payments, pairs.iter().copied())
        };
        let one = of(&[("state", "open"), ("cursor", "x"), ("state", "paid")]);
        assert_eq!(one, of(&[("lang", "it"), ("state", " open")]));
        assert!(of(&[("state", "asleep"), ("node", "")]).is_empty());
    }
}

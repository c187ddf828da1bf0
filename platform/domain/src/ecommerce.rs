//! Orders that were bought in a shop elsewhere: what the shop told of one so far, and what follows
//! from it. Events come in any order and any number of times; what follows is the same.

pub mod fastspring;
mod measure;
mod path;
pub mod paypal;
pub mod stripe;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{LicenseId, NodeId, PlanId, ShopAccountId, ShopOrderId};
use crate::money::Money;
use crate::time::UtcTime;
use measure::{MOST_FACTS, MOST_LINES, bounded, cut, few, money};

/// The most licenses that one order gives by itself; above it a person decides.
pub const MOST_UNITS: u32 = 200;
/// The most characters of the name of a good.
pub const LONGEST_SKU: usize = 120;

crate::text_enum! {
    /// Who runs the shop.
    pub enum ShopKind {
        /// Stripe: Checkout and Payment Links.
        Stripe = "stripe",
        /// PayPal: Orders v2.
        Paypal = "paypal",
        /// FastSpring.
        Fastspring = "fastspring",
    }
}

crate::text_enum! {
    /// Whether a shop is listened to.
    pub enum ShopAccountState {
        /// Yes.
        Active = "active",
        /// No: what it sends is refused, and it tries again later.
        Disabled = "disabled",
    }
}

/// A shop elsewhere, whose orders become licenses here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `shop_accounts`, named for what they hold"
)]
pub struct ShopAccount {
    pub id: ShopAccountId,
    pub name: String,
    pub kind: ShopKind,
    /// The place that new customers come under.
    pub node_id: NodeId,
    pub state: ShopAccountState,
    /// What PayPal calls the webhook; empty for others.
    pub webhook_id: String,
    /// Where PayPal's certificates come from in tests and demonstrations; empty for its own hosts.
    pub certificate_host: String,
    /// What events are signed with, sealed; absent for PayPal, which signs by certificate.
    pub secret_sealed: Option<String>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
    /// Rises with every change; the ETag.
    pub version: i64,
}

/// What a good of a shop is here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `shop_skus`, named for what they hold"
)]
pub struct ShopSku {
    pub account_id: ShopAccountId,
    /// As the shop names it.
    pub sku: String,
    pub plan_id: PlanId,
    /// The least that has to come for one of it; where the shop's page writes the amounts.
    pub least: Option<Money>,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

/// So many of a good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShopLine {
    /// As the shop names the good.
    pub sku: String,
    /// How many.
    pub quantity: u32,
}

/// What was bought, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Where the keys go.
    pub email: String,
    /// The buyer's name; empty when the shop does not say it.
    pub name: String,
    /// The buyer's language as the shop says it; empty when it does not.
    pub language: String,
    /// The goods, in the order of the shop.
    pub lines: Vec<ShopLine>,
}

/// Something that a shop told of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShopFact {
    /// What it is. Whether it is paid is another fact.
    Bought(Purchase),
    /// Its money came.
    Paid,
    /// It is a trial of the shop's: whoever bought paid nothing.
    Trial,
    /// All of it goes back.
    Returned,
    /// These goods go back. One return is told under one name however often.
    ReturnedLines {
        /// The shop's name for the return.
        id: String,
        /// What goes back.
        lines: Vec<ShopLine>,
    },
    /// Some money went back, and the shop does not say for which goods.
    PartlyReturned {
        /// The shop's name for the refund.
        id: String,
    },
    /// So much came at once, in the shop's own words for an amount.
    Captured {
        /// The shop's name for the payment.
        id: String,
        /// Amount and currency.
        amount: String,
    },
    /// So much of it went back altogether, in the same words: all of it, when the words are the same.
    Refunded {
        /// The shop's name for the refund.
        id: String,
        /// Amount and currency of all refunds so far.
        total: String,
    },
    /// The buyer's bank contests the payment.
    Contested {
        /// The shop's name for the dispute.
        id: String,
    },
    /// A dispute is over.
    DisputeOver {
        /// The shop's name for the dispute.
        id: String,
        /// Whether the money stays with the seller.
        won: bool,
    },
}

/// An event of a shop, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopEvent {
    /// The shop's name for the event.
    pub id: String,
    /// The shop's names for the order, its payment and the like: any of them may be what a later
    /// event knows it by. Empty when the event is of no order.
    pub refs: Vec<String>,
    /// What it tells; empty when it is nothing to us.
    pub facts: Vec<ShopFact>,
}

/// A body that is no event of the shop's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the event cannot be read: {0}")]
pub struct Unreadable(pub String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Dispute {
    Open,
    Won,
    Lost,
}

/// Everything that a shop told of one order so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShopFacts {
    purchase: Option<Purchase>,
    /// It has more lines than are kept.
    beyond: bool,
    trial: bool,
    paid: bool,
    returned: bool,
    returns: BTreeMap<String, Vec<ShopLine>>,
    partly: BTreeSet<String>,
    captured: BTreeMap<String, String>,
    refunded: BTreeMap<String, String>,
    disputes: BTreeMap<String, Dispute>,
}

crate::text_enum! {
    /// How a license of an order is to stand, or stands.
    pub enum UnitState {
        /// Nothing is given: it is not paid, or what was bought is not known yet.
        Waiting = "waiting",
        /// It could not be given.
        Held = "held",
        /// It is given.
        Given = "given",
        /// It is suspended while the payment is contested.
        Suspended = "suspended",
        /// It is taken back.
        Withdrawn = "withdrawn",
    }
}

/// One license of an order: a line gives as many as its quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedUnit {
    /// Which line, from 0.
    pub line: u32,
    /// Which of the line, from 0.
    pub unit: u32,
    /// The good.
    pub sku: String,
    /// How it is to stand.
    pub state: UnitState,
}

/// One license of an order, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `shop_units`, named for what they hold"
)]
pub struct ShopUnit {
    pub line: u32,
    pub unit: u32,
    pub sku: String,
    pub state: UnitState,
    /// Why it is held.
    pub reason: Option<String>,
    pub license_id: Option<LicenseId>,
}

/// An order of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of `shop_orders`, named for what they hold"
)]
pub struct ShopOrder {
    pub id: ShopOrderId,
    pub account_id: ShopAccountId,
    /// The first name that the shop gave it.
    pub reference: String,
    pub facts: ShopFacts,
    /// The customer it was given to.
    pub node_id: Option<NodeId>,
    /// Whether something of it waits for a person.
    pub held: bool,
    pub created_at: UtcTime,
    pub updated_at: UtcTime,
}

impl ShopFacts {
    /// Takes in a fact. What was told before, and what is beyond all measure, changes nothing.
    pub fn learn(&mut self, fact: ShopFact) {
        match fact {
            ShopFact::Bought(purchase) => {
                if self.purchase.is_none() {
                    self.beyond = purchase.lines.len() > MOST_LINES;
                    self.purchase = Some(bounded(purchase));
                }
            }
            ShopFact::Paid => self.paid = true,
            ShopFact::Trial => self.trial = true,
            ShopFact::Returned => self.returned = true,
            ShopFact::ReturnedLines { id, lines } => {
                let told: usize = self.returns.values().map(Vec::len).sum();
                if self.returns.len() < MOST_FACTS && told + lines.len() <= MOST_LINES {
                    self.returns.entry(cut(&id)).or_insert(few(lines));
                }
            }
            ShopFact::PartlyReturned { id } => {
                if self.partly.len() < MOST_FACTS {
                    self.partly.insert(cut(&id));
                }
            }
            ShopFact::Captured { id, amount } => {
                if self.captured.len() < MOST_FACTS {
                    self.captured.entry(cut(&id)).or_insert(cut(&amount));
                }
            }
            ShopFact::Refunded { id, total } => {
                if self.refunded.len() < MOST_FACTS {
                    self.refunded.entry(cut(&id)).or_insert(cut(&total));
                }
            }
            ShopFact::Contested { id } => self.dispute(&id, Dispute::Open),
            ShopFact::DisputeOver { id, won: true } => self.dispute(&id, Dispute::Won),
            ShopFact::DisputeOver { id, won: false } => self.dispute(&id, Dispute::Lost),
        }
    }

    /// Takes in all that was told of the same order under another name.
    pub fn merge(&mut self, other: Self) {
        if self.purchase.is_none() {
            self.purchase = other.purchase;
            self.beyond = other.beyond;
        }
        self.trial |= other.trial;
        self.paid |= other.paid;
        self.returned |= other.returned;
        for (id, lines) in other.returns {
            self.learn(ShopFact::ReturnedLines { id, lines });
        }
        for id in other.partly {
            self.learn(ShopFact::PartlyReturned { id });
        }
        for (id, amount) in other.captured {
            self.learn(ShopFact::Captured { id, amount });
        }
        for (id, total) in other.refunded {
            self.learn(ShopFact::Refunded { id, total });
        }
        for (id, standing) in other.disputes {
            self.dispute(&id, standing);
        }
    }

    /// What was bought, once that is known.
    #[must_use]
    pub const fn purchase(&self) -> Option<&Purchase> {
        self.purchase.as_ref()
    }

    /// How much came altogether; `None` where the shop does not say, or in several currencies.
    #[must_use]
    pub fn came(&self) -> Option<Money> {
        let mut amounts = self.captured.values().map(|said| money(said));
        let first = amounts.next()??;
        amounts.try_fold(first, |sum, next| sum.checked_add(next?).ok())
    }

    /// How many refunds the shop told without saying of which goods.
    #[must_use]
    pub fn unclear_refunds(&self) -> usize {
        if self.is_refunded() {
            self.partly.len()
        } else {
            self.partly.len() + self.refunded.len()
        }
    }

    /// Whether all that came went back. Of an order with several payments nobody says so here.
    fn is_refunded(&self) -> bool {
        self.captured.len() == 1
            && self
                .refunded
                .values()
                .any(|total| self.captured.values().any(|came| came == total))
    }

    /// Why nothing of the order is given by itself, whatever it is of: a person decides.
    #[must_use]
    pub fn obstacle(&self) -> Option<String> {
        let lines = self.purchase.iter().flat_map(|bought| &bought.lines);
        let count: u64 = lines.map(|line| u64::from(line.quantity)).sum();
        if self.trial {
            Some("it is a test order of the shop, which nobody paid".to_owned())
        } else if count > u64::from(MOST_UNITS) {
            Some(format!("it is of more than {MOST_UNITS} licenses"))
        } else if self.beyond {
            Some(format!("it has more than {MOST_LINES} lines"))
        } else {
            None
        }
    }

    /// Every license of the order and how it is to stand. Of a good that partly goes back the last
    /// ones do. Empty as long as it is not known what was bought, and where there is an
    /// [obstacle](Self::obstacle).
    #[must_use]
    pub fn units(&self) -> Vec<WantedUnit> {
        let Some(purchase) = &self.purchase else {
            return Vec::new();
        };
        if self.obstacle().is_some() {
            return Vec::new();
        }
        let whole = self.standing();
        let mut gone: BTreeMap<&str, u32> = BTreeMap::new();
        for line in self.returns.values().flatten() {
            let count = gone.entry(&line.sku).or_default();
            *count = count.saturating_add(line.quantity);
        }
        let mut units = Vec::new();
        for (position, line) in (0_u32..).zip(&purchase.lines) {
            for unit in 0..line.quantity {
                units.push(WantedUnit {
                    line: position,
                    unit,
                    sku: line.sku.clone(),
                    state: whole,
                });
            }
        }
        for unit in units.iter_mut().rev() {
            if let Some(left) = gone.get_mut(unit.sku.as_str())
                && *left > 0
            {
                *left -= 1;
                unit.state = UnitState::Withdrawn;
            }
        }
        units
    }

    fn standing(&self) -> UnitState {
        let any = |standing| self.disputes.values().any(|one| *one == standing);
        if self.returned || self.is_refunded() || any(Dispute::Lost) {
            UnitState::Withdrawn
        } else if !self.paid {
            UnitState::Waiting
        } else if any(Dispute::Open) {
            UnitState::Suspended
        } else {
            UnitState::Given
        }
    }

    /// What is over stays over, whatever comes late.
    fn dispute(&mut self, id: &str, standing: Dispute) {
        if self.disputes.len() < MOST_FACTS {
            let known = self.disputes.entry(cut(id)).or_insert(standing);
            *known = (*known).max(standing);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(sku: &str, quantity: u32) -> ShopLine {
        ShopLine {
            sku: sku.to_owned(),
            quantity,
        }
    }

    fn bought(lines: &[ShopLine]) -> ShopFact {
        ShopFact::Bought(Purchase {
            email: "ana@example.com".to_owned(),
            name: "Ana".to_owned(),
            language: "pt".to_owned(),
            lines: lines.to_vec(),
        })
    }

    fn states(facts: &[ShopFact]) -> Vec<UnitState> {
        let mut known = ShopFacts::default();
        for fact in facts {
            known.learn(fact.clone());
        }
        known.units().into_iter().map(|unit| unit.state).collect()
    }

    // R-PAY-10
    #[test]
    fn only_what_is_known_and_paid_is_given() {
        let goods = bought(&[line("a", 2), line("b", 1)]);
        assert_eq!(states(&[ShopFact::Paid]), []);
        assert_eq!(
            states(std::slice::from_ref(&goods)),
            [UnitState::Waiting; 3]
        );
        assert_eq!(states(&[goods, ShopFact::Paid]), [UnitState::Given; 3]);
    }

    // R-PAY-10
    #[test]
    fn the_last_of_a_good_go_back_and_a_return_counts_once() {
        let back = ShopFact::ReturnedLines {
            id: "r1".to_owned(),
            lines: vec![line("a", 2)],
        };
        let facts = [
            bought(&[line("a", 1), line("b", 1), line("a", 2)]),
            ShopFact::Paid,
            back.clone(),
            back,
        ];
        use UnitState::{Given, Withdrawn};
        assert_eq!(states(&facts), [Given, Given, Withdrawn, Withdrawn]);
    }

    // R-PAY-10
    #[test]
    fn a_contest_suspends_until_it_is_won_and_takes_back_when_it_is_lost() {
        let id = || "d1".to_owned();
        let begun = [bought(&[line("a", 1)]), ShopFact::Paid];
        let with = |more: &[ShopFact]| states(&[&begun[..], more].concat());
        let open = ShopFact::Contested { id: id() };
        let over = |won| ShopFact::DisputeOver { id: id(), won };
        assert_eq!(with(std::slice::from_ref(&open)), [UnitState::Suspended]);
        assert_eq!(with(&[open.clone(), over(true)]), [UnitState::Given]);
        assert_eq!(with(&[over(true), open.clone()]), [UnitState::Given]);
        assert_eq!(with(&[over(false), open]), [UnitState::Withdrawn]);
    }

    // R-PAY-10
    #[test]
    fn an_order_beyond_measure_gives_nothing_by_itself() {
        let most = [bought(&[line("a", MOST_UNITS)]), ShopFact::Paid];
        assert_eq!(states(&most).len(), MOST_UNITS as usize);
        let more = [bought(&[line("a", u32::MAX), line("a", 1)]), ShopFact::Paid];
        assert_eq!(states(&more), []);
        // Lines that do not fit are not left out in silence.
        let lines = |count: usize| [bought(&vec![line("a", 1); count]), ShopFact::Paid];
        assert_eq!(states(&lines(MOST_LINES)).len(), MOST_LINES);
        assert_eq!(states(&lines(MOST_LINES + 1)), []);
    }

    // R-PAY-10
    #[test]
    fn what_nobody_paid_gives_nothing_and_a_name_is_one_line() {
        let mut known = ShopFacts::default();
        let ShopFact::Bought(mut purchase) = bought(&[line("a", 1)]) else {
            panic!("bought");
        };
        purchase.name = "Ana\r\n\r\nBuy at x.example\n".to_owned();
        known.learn(ShopFact::Bought(purchase));
        known.learn(ShopFact::Paid);
        assert_eq!(known.obstacle(), None);
        let name = known.purchase().map(|bought| bought.name.as_str());
        assert_eq!(name, Some("Ana    Buy at x.example"));
        known.learn(ShopFact::Trial);
        assert!(known.obstacle().is_some());
        assert_eq!(known.units(), []);
    }

    fn facts() -> impl Strategy<Value = Vec<ShopFact>> {
        let name = || prop::sample::select(vec!["1".to_owned(), "2".to_owned()]);
        let fact = prop_oneof![
            Just(bought(&[line("a", 2), line("b", 1)])),
            Just(ShopFact::Paid),
            Just(ShopFact::Trial),
            Just(ShopFact::Returned),
            name().prop_map(|id| ShopFact::ReturnedLines {
                id,
                lines: vec![line("a", 1)]
            }),
            name().prop_map(|id| ShopFact::PartlyReturned { id }),
            name().prop_map(|id| ShopFact::Captured {
                id,
                amount: "1.00 EUR".to_owned()
            }),
            name().prop_map(|id| ShopFact::Refunded {
                total: format!("{id}.00 EUR"),
                id
            }),
            name().prop_map(|id| ShopFact::Contested { id }),
            (name(), any::<bool>()).prop_map(|(id, won)| ShopFact::DisputeOver { id, won }),
        ];
        prop::collection::vec(fact, 0..8)
    }

    proptest! {
        // R-PAY-10
        #[test]
        fn neither_order_nor_repetition_matters(told in facts(), from in 0usize..8) {
            let mut once = ShopFacts::default();
            for fact in &told {
                once.learn(fact.clone());
            }
            let mut again = ShopFacts::default();
            for fact in told.iter().rev().chain(told.iter().skip(from)) {
                again.learn(fact.clone());
            }
            prop_assert_eq!(&once, &again);
            // Told under two names first and found to be one.
            let (mut first, mut second) = (ShopFacts::default(), ShopFacts::default());
            for (at, fact) in told.into_iter().enumerate() {
                if at < from { first.learn(fact) } else { second.learn(fact) }
            }
            first.merge(second);
            prop_assert_eq!(first, once);
        }
    }
}

//! That licenses end, or have ended, and how to go on.

use alvara_domain::civil_date::CivilDate;
use alvara_domain::license::License;
use alvara_domain::mail::{Ending, Mail};
use alvara_domain::order::OrderState;
use alvara_domain::reminder::ReminderStep;
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_store::{TenantTx, licenses, orders, products, reminders};
use alvara_vault::Secret;

use super::{Draft, Letter};
use crate::reminder::{collects_itself, end_told_of};
use crate::{AppError, AppResult, Platform};

/// How a license stands between days before its end and weeks after it. What a mail says is what is so
/// when it leaves, whatever step it was written down for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It ends in two days or more.
    Ahead,
    /// It ends tomorrow.
    Tomorrow,
    /// It ends today.
    Today,
    /// It has ended and can still be used.
    Grace,
    /// It has ended.
    Over,
}

impl Phase {
    const fn key(self) -> &'static str {
        match self {
            Self::Ahead => "ahead",
            Self::Tomorrow => "tomorrow",
            Self::Today => "today",
            Self::Grace => "grace",
            Self::Over => "over",
        }
    }

    const fn is_past(self) -> bool {
        matches!(self, Self::Grace | Self::Over)
    }
}

/// What is said of one license, and by what and where it is renewed.
pub(super) struct Line {
    pub(super) phase: Phase,
    pub(super) facts: Args,
    /// Amount and address.
    pub(super) pay: Option<(String, Secret)>,
}

/// A license that is still told of.
struct Told {
    license: License,
    product: String,
    ends_at: UtcTime,
    ending: Ending,
}

/// Until when a license can be used that ends at an instant.
fn last_use(license: &License, ends_at: UtcTime) -> UtcTime {
    let grace = license.terms.grace;
    let days = i64::from(grace.full_days) + i64::from(grace.read_only_days);
    ends_at.saturating_add_seconds(days * 86_400)
}

/// Whether a license is still to be told of: neither renewed, stopped nor handed over since, nor told of
/// by a later mail.
fn still(tx: &mut TenantTx<'_>, step: ReminderStep, ending: &Ending) -> AppResult<Option<Told>> {
    let Some(license) = licenses::find(tx, ending.license)? else {
        return Ok(None);
    };
    let ends_at = end_told_of(&license).filter(|at| at.micros() == ending.ends_at);
    let Some(ends_at) = ends_at else {
        return Ok(None);
    };
    let of = (license.id, ends_at);
    if reminders::is_overtaken(tx, of, step)? || collects_itself(tx, &license)? {
        return Ok(None);
    }
    if let Some(id) = ending.order
        && let Some(order) = orders::find(tx, id)?
        && (order.node_id != license.node_id || order.state == OrderState::Paid)
    {
        return Ok(None);
    }
    let product = products::find(tx, license.product_id)?;
    let product = product.ok_or(AppError::NotFound("product"))?.name;
    Ok(Some(Told {
        license,
        product,
        ends_at,
        ending: ending.clone(),
    }))
}

fn phase(draft: &Draft<'_>, told: &Told, now: UtcTime) -> Phase {
    if now >= told.ends_at {
        let last = last_use(&told.license, told.ends_at);
        return if now < last {
            Phase::Grace
        } else {
            Phase::Over
        };
    }
    let day = |at| CivilDate::of(at, &draft.zone);
    match day(now).days_until(day(told.ends_at)) {
        ..=0 => Phase::Today,
        1 => Phase::Tomorrow,
        _ => Phase::Ahead,
    }
}

fn facts(draft: &Draft<'_>, told: &Told, now: UtcTime) -> Args {
    let day = |at| CivilDate::of(at, &draft.zone);
    let left = day(now).days_until(day(told.ends_at));
    Args::new()
        .text("product", told.product.as_str())
        .text("hint", told.license.key_hint.as_str())
        .text("day", draft.day(told.ends_at))
        .text("time", told.ends_at.clock_in(&draft.zone))
        .text("until", draft.day(last_use(&told.license, told.ends_at)))
        .number("days", i64::from(left))
}

pub(super) fn write(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    (name, step, endings): (&str, ReminderStep, &[Ending]),
) -> AppResult<Option<Letter>> {
    let mut all = Vec::new();
    for ending in endings {
        all.extend(still(tx, step, ending)?);
    }
    let Some(first) = all.first() else {
        return Ok(None);
    };
    let now = tx.now();
    let draft = Draft::open(tx, platform, mail, (first.license.node_id, name))?;
    let mut lines = Vec::new();
    for told in &all {
        let order = match told.ending.order {
            Some(id) => orders::find(tx, id)?.filter(|one| one.state == OrderState::Open),
            None => None,
        };
        let pay = match order {
            Some(order) => {
                let url = draft.url(tx, platform, (order.id, ""))?;
                Some((draft.say.money(order.total()), url))
            }
            None => None,
        };
        lines.push(Line {
            phase: phase(&draft, told, now),
            facts: facts(&draft, told, now),
            pay,
        });
    }
    Ok(Some(letter(draft, name, lines)))
}

/// The letter over licenses that end, of which there is at least one.
pub(super) fn letter(mut draft: Draft<'_>, name: &str, lines: Vec<Line>) -> Letter {
    let subject = subject(&draft, &lines);
    let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    draft.add("mail-renewal-intro", &Args::new().number("count", count));
    let is_payable = lines.iter().any(|line| line.pay.is_some());
    for line in lines {
        draft.add(&format!("mail-renewal-{}", line.phase.key()), &line.facts);
        if let Some((amount, url)) = line.pay {
            draft.link("mail-renewal-pay", &Args::new().text("amount", amount), url);
        }
    }
    let next = if is_payable {
        "mail-renewal-next"
    } else {
        "mail-renewal-ask"
    };
    draft.add(next, &Args::new());
    draft.close(subject, name, &["mail-renewal-stops"])
}

/// A subject that names one of several products, or one of several days, would say too much of it.
fn subject(draft: &Draft<'_>, lines: &[Line]) -> String {
    if let [only] = lines {
        let key = format!("mail-renewal-subject-{}", only.phase.key());
        return draft.say.text(&key, &only.facts);
    }
    let key = if lines.iter().all(|line| line.phase.is_past()) {
        "mail-renewal-subject-some-ended"
    } else {
        "mail-renewal-subject-some-end"
    };
    let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    draft.say.text(key, &Args::new().number("count", count))
}

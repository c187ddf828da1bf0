//! What may be wrong with terms.

use super::{Binding, DAY, LicenseKind, TermStart, Terms, WINDOW_MAX, is_code};
use crate::fault::{FaultCode, FieldFault};
use crate::module::is_value;

impl Terms {
    /// Everything that is wrong, with JSON pointers from the root of the terms; empty when the
    /// terms may be used. Whether the modules exist only the catalogue can say.
    #[must_use]
    pub fn check(&self) -> Vec<FieldFault> {
        let mut faults = Faults(Vec::new());
        self.check_term(&mut faults);
        self.check_windows(&mut faults);
        self.check_limits(&mut faults);
        self.check_binding(&mut faults);
        self.check_names(&mut faults);
        self.check_trial_email(&mut faults);
        faults.0.extend(
            self.fingerprint
                .check()
                .into_iter()
                .map(|fault| fault.under("/fingerprint")),
        );
        faults.0
    }

    fn check_term(&self, faults: &mut Faults) {
        match (self.kind.ends(), self.duration) {
            (true, None) => {
                faults.add(
                    "/duration",
                    FaultCode::Required,
                    format!("a {} license needs a duration", self.kind),
                );
            }
            (false, Some(_)) => {
                faults.add(
                    "/duration",
                    FaultCode::Conflict,
                    format!("a {} license does not end", self.kind),
                );
            }
            (true, Some(period)) if period.is_zero() => {
                faults.add(
                    "/duration",
                    FaultCode::OutOfRange,
                    "a license must last some time",
                );
            }
            _ => {}
        }
        match (self.starts, self.starts_on) {
            (TermStart::FixedDate, None) => {
                faults.add(
                    "/starts_on",
                    FaultCode::Required,
                    "say on which date the term starts",
                );
            }
            (TermStart::Issue | TermStart::FirstActivation, Some(_)) => {
                faults.add(
                    "/starts_on",
                    FaultCode::Conflict,
                    "only a fixed start has a date",
                );
            }
            _ => {}
        }
        if self.maintenance.is_some_and(|period| period.is_zero()) {
            faults.add(
                "/maintenance",
                FaultCode::OutOfRange,
                "maintenance must last some time",
            );
        }
        if self.kind == LicenseKind::SemiPermanent && self.maintenance.is_none() {
            faults.add(
                "/maintenance",
                FaultCode::Required,
                "a semi-permanent license needs a maintenance period",
            );
        }
        for (pointer, days) in [
            ("/grace/warn_days", self.grace.warn_days),
            ("/grace/full_days", self.grace.full_days),
            ("/grace/read_only_days", self.grace.read_only_days),
        ] {
            faults.add_unless(days <= 3660, pointer, "at most ten years");
        }
    }

    fn check_windows(&self, faults: &mut Faults) {
        faults.add_unless(
            (10..=WINDOW_MAX).contains(&self.revalidate_after_seconds),
            "/revalidate_after_seconds",
            "10 seconds to ten years",
        );
        faults.add_unless(
            self.offline_grace_seconds <= WINDOW_MAX,
            "/offline_grace_seconds",
            "at most ten years",
        );
        faults.add_unless(
            (1..=WINDOW_MAX).contains(&self.retry_seconds),
            "/retry_seconds",
            "1 second to ten years",
        );
        if let Some(interval) = self.heartbeat.interval_seconds {
            faults.add_unless(
                (5..=WINDOW_MAX).contains(&interval),
                "/heartbeat/interval_seconds",
                "5 seconds to ten years",
            );
        }
        faults.add_unless(
            !self.deactivations.period.is_zero(),
            "/deactivations/period",
            "the period of a limit must last some time",
        );
        faults.add_unless(
            !self.transfers.period.is_zero(),
            "/transfers/period",
            "the period of a limit must last some time",
        );
    }

    fn check_limits(&self, faults: &mut Faults) {
        for (pointer, limit) in [
            ("/machine_limit", self.machine_limit),
            ("/user_limit", self.user_limit),
            ("/seat_limit", self.seat_limit),
        ] {
            faults.add_unless(
                limit.is_none_or(|limit| (1..=1_000_000).contains(&limit)),
                pointer,
                "1 to 1 000 000, or null for no limit",
            );
        }
        faults.add_unless(
            self.overage_percent <= 1000,
            "/overage_percent",
            "at most 1000 percent",
        );
    }

    /// A limit that nothing would count must not look like one.
    fn check_binding(&self, faults: &mut Faults) {
        let floating = self.binding == Binding::Floating;
        if self.seat_limit.is_some() && !floating {
            faults.add(
                "/seat_limit",
                FaultCode::Conflict,
                "only a floating license has seats",
            );
        }
        if self.user_limit.is_some() && self.binding != Binding::User {
            faults.add(
                "/user_limit",
                FaultCode::Conflict,
                "only a license bound to users counts them",
            );
        }
        if self.borrow_limit_seconds > 0 && !floating {
            faults.add(
                "/borrow_limit_seconds",
                FaultCode::Conflict,
                "only a floating seat can be borrowed",
            );
        }
        if floating
            && let Some(machines) = self.machine_limit
            && self.seat_limit.is_none_or(|seats| machines < seats)
        {
            faults.add(
                "/machine_limit",
                FaultCode::Conflict,
                "a floating license has seats: let its machines be null, or at least as many",
            );
        }
        faults.add_unless(
            (10..=7 * DAY).contains(&self.seat_lease_seconds),
            "/seat_lease_seconds",
            "10 seconds to a week",
        );
        faults.add_unless(
            self.borrow_limit_seconds <= 366 * DAY,
            "/borrow_limit_seconds",
            "at most a year",
        );
    }
    fn check_trial_email(&self, faults: &mut Faults) {
        let rule = &self.trial_email;
        faults.add_unless(
            rule.per_domain
                .is_none_or(|limit| (1..=10_000).contains(&limit)),
            "/trial_email/per_domain",
            "1 to 10 000, or null for no limit",
        );
        if rule.blocked_domains.len() > 1000 {
            faults.add(
                "/trial_email/blocked_domains",
                FaultCode::TooLong,
                "at most 1000 domains",
            );
        }
        for (index, domain) in rule.blocked_domains.iter().enumerate() {
            let pointer = format!("/trial_email/blocked_domains/{index}");
            let fits = (1..=253).contains(&domain.len())
                && domain.to_lowercase() == *domain
                && !domain.starts_with('.')
                && !domain.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
            if !fits {
                faults.add(
                    pointer,
                    FaultCode::Malformed,
                    "a domain in lower case, such as mailinator.com",
                );
            }
        }
    }

    fn check_names(&self, faults: &mut Faults) {
        if self.modules.len() > 64 {
            faults.add(
                "/modules",
                FaultCode::TooLong,
                "a product has at most 64 modules",
            );
        }
        for (index, module) in self.modules.iter().enumerate() {
            let pointer = || format!("/modules/{index}");
            if !is_code(&module.code) {
                faults.add(pointer(), FaultCode::Malformed, CODE_HELP);
            } else if self.modules[..index]
                .iter()
                .any(|other| other.code == module.code)
            {
                faults.add(pointer(), FaultCode::Duplicate, "each module is named once");
            }
            if module
                .value
                .as_deref()
                .is_some_and(|value| !is_value(value))
            {
                faults.add(
                    format!("/modules/{index}/value"),
                    FaultCode::Malformed,
                    VALUE_HELP,
                );
            }
            if module.duration.is_some_and(|period| period.is_zero()) {
                faults.add(
                    format!("/modules/{index}/duration"),
                    FaultCode::OutOfRange,
                    "a module must last some time",
                );
            }
        }
        if self.meters.len() > 64 {
            faults.add("/meters", FaultCode::TooLong, "at most 64 meters");
        }
        for (index, meter) in self.meters.iter().enumerate() {
            let pointer = || format!("/meters/{index}/name");
            if !is_code(&meter.name) {
                faults.add(pointer(), FaultCode::Malformed, CODE_HELP);
            } else if self.meters[..index]
                .iter()
                .any(|other| other.name == meter.name)
            {
                faults.add(pointer(), FaultCode::Duplicate, "each meter is named once");
            }
            if meter.reset.is_some_and(|period| period.is_zero()) {
                faults.add(
                    format!("/meters/{index}/reset"),
                    FaultCode::OutOfRange,
                    "a reset period must last some time",
                );
            }
        }
    }
}

/// What a refused value of a module is told.
pub const VALUE_HELP: &str = "1 to 32 of A-Z, a-z, 0-9 and . _ : / + -";

const CODE_HELP: &str = "1 to 32 of A-Z, a-z, 0-9, _ and -";

struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, pointer: impl Into<String>, code: FaultCode, detail: impl Into<String>) {
        self.0.push(FieldFault::new(pointer, code, detail));
    }

    fn add_unless(&mut self, holds: bool, pointer: &str, detail: &str) {
        if !holds {
            self.add(pointer, FaultCode::OutOfRange, detail);
        }
    }
}

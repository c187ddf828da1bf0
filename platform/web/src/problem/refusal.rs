//! From a verdict that forbids an act to the problem that says so, and to the words of any verdict.

use alvara_domain::key::KeyError;
use alvara_domain::verdict::{Because, Code, Verdict};
use alvara_render::{Args, Locale, Words};
use serde_json::json;

use super::{Kind, Problem};

/// The problem of an act that a verdict forbids. Its code is the verdict's.
pub(crate) fn refused(verdict: &Verdict) -> Problem {
    let kind = kind(verdict.code);
    if kind == Kind::NotFound {
        return Problem::not_found();
    }
    let mut problem = Problem::new(kind).with_args(args(verdict)).with_member(
        "verdict",
        json!({ "valid": false, "code": verdict.code, "because": verdict.because }),
    );
    if let Some(Because::Key(error)) = &verdict.because {
        problem = problem.with_detail(key_message(error));
    }
    problem
}

/// The problem of a mistyped key at `pointer` of the body.
pub(crate) fn mistyped(error: &KeyError) -> Problem {
    Problem::new(Kind::KeyMalformed)
        .with_args(key_args(error))
        .with_detail(key_message(error))
}

/// The sentence that explains a verdict.
pub(crate) fn sentence(verdict: &Verdict, words: &Words, locale: &Locale) -> String {
    if let Some(Because::Key(error)) = &verdict.because {
        return words.text(locale, key_message(error), &key_args(error));
    }
    let slug = verdict.code.as_str().to_ascii_lowercase().replace('_', "-");
    words.text(locale, &format!("verdict-{slug}.detail"), &args(verdict))
}

fn key_message(error: &KeyError) -> &'static str {
    match error {
        KeyError::Empty => "key-empty",
        KeyError::TooShort { .. } => "key-too-short",
        KeyError::TooLong { .. } => "key-too-long",
        KeyError::BadSymbol { .. } => "key-bad-symbol",
        KeyError::CheckFailed => "key-check-failed",
    }
}

fn key_args(error: &KeyError) -> Args {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    match error {
        KeyError::Empty | KeyError::CheckFailed => Args::new(),
        KeyError::TooShort { found } | KeyError::TooLong { found } => {
            Args::new().number("found", number(*found))
        }
        KeyError::BadSymbol { position, symbol } => Args::new()
            .number("position", number(*position))
            .text("symbol", symbol.to_string()),
    }
}

/// What a verdict compared, as values of its sentence.
fn args(verdict: &Verdict) -> Args {
    let args = Args::new();
    let Some(because) = &verdict.because else {
        return args;
    };
    match because {
        Because::Key(error) => key_args(error),
        Because::Start { starts_at } => args.day("date", *starts_at),
        Because::Version { asked, .. } => args.text("version", asked.to_string()),
        Because::Release { entitled_until, .. } => args.day("date", *entitled_until),
        Because::Fingerprint { changed, .. } | Because::Drift { changed } => {
            args.text("components", changed.join(", "))
        }
        Because::Limit { used, limit, .. } => args.number("count", *used).number("limit", *limit),
        Because::Reserved { used, limit, .. } => {
            args.number("count", *used).number("limit", *limit)
        }
        Because::Contact { until } => args.day("date", *until),
        Because::Expiry { expires_at, .. } => args.day("date", *expires_at),
        Because::Modules { missing } => args.text("module", missing.join(", ")),
        Because::Meter { used, limit, .. } => {
            let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            args.number("count", number(*used))
                .number("limit", number(*limit))
        }
        Because::State { .. }
        | Because::Standing { .. }
        | Because::Payment { .. }
        | Because::Product { .. }
        | Because::User { .. }
        | Because::Site { .. }
        | Because::Machine { .. }
        | Because::Trial
        | Because::Clock { .. } => args,
    }
}

fn kind(code: Code) -> Kind {
    match code {
        Code::NotFound => Kind::NotFound,
        Code::KeyMalformed => Kind::KeyMalformed,
        Code::Revoked => Kind::Revoked,
        Code::Suspended => Kind::Suspended,
        Code::CustomerSuspended => Kind::CustomerSuspended,
        Code::TenantSuspended => Kind::TenantSuspended,
        Code::PendingValidation => Kind::PendingValidation,
        Code::PendingApproval => Kind::PendingApproval,
        Code::NotYetEffective => Kind::NotYetEffective,
        Code::ProductMismatch => Kind::ProductMismatch,
        Code::VersionNotEntitled => Kind::VersionNotEntitled,
        Code::UserMismatch => Kind::UserMismatch,
        Code::SiteMismatch => Kind::SiteMismatch,
        Code::MachineUnknown => Kind::MachineUnknown,
        Code::MachineBlocked => Kind::MachineBlocked,
        Code::FingerprintMismatch => Kind::FingerprintMismatch,
        Code::MachineLimit => Kind::MachineLimit,
        Code::SeatLimit => Kind::SeatLimit,
        Code::UserLimit => Kind::UserLimit,
        Code::LeaseExpired => Kind::LeaseExpired,
        Code::CheckOverdue => Kind::CheckOverdue,
        Code::Expired | Code::ExpiredGrace => Kind::Expired,
        Code::MaintenanceEnded => Kind::MaintenanceEnded,
        Code::TrialUsed => Kind::TrialUsed,
        Code::ModuleMissing => Kind::ModuleMissing,
        Code::PaymentOverdue => Kind::PaymentOverdue,
        Code::ClockRollback => Kind::ClockRollback,
        Code::MeterLimit => Kind::MeterLimit,
        // Nothing refuses with a verdict that allows; if something did, it would be our defect.
        Code::Valid => Kind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-LIC-07: every code explains itself, in every language.
    #[test]
    fn every_code_has_a_sentence() {
        let words = Words::new().unwrap();
        for code in Code::ALL {
            let slug = code.as_str().to_ascii_lowercase().replace('_', "-");
            assert!(words.has(&format!("verdict-{slug}.detail")), "{code}");
            if *code != Code::Valid {
                let same = kind(*code).code() == code.as_str();
                assert!(same || *code == Code::ExpiredGrace, "{code}");
            }
        }
    }
}

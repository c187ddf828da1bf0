//! The terms of a policy as a form: those that are used most. The others stay as they are, or as
//! the preset that one began with has them.

use alvara_domain::module::ModuleTerm;
use alvara_domain::product::Module;
use alvara_domain::terms::{
    Approval, Binding, ExpiryStrategy, GraceLadder, LicenseKind, RenewalBasis, TermStart, Terms,
    TrialRule,
};
use alvara_domain::time::Period;
use alvara_render::page::FieldView;
use serde_json::{Map, Value};

use super::super::entry::Entry;
use super::super::tell::Tell;
use super::field::{length, number, one_of, put_length};
use crate::problem::Problem;

/// What a policy may begin with.
pub(super) const PRESETS: [&str; 6] = [
    "subscription",
    "perpetual",
    "trial",
    "floating",
    "hybrid",
    "always-online",
];

/// Limits of which an emptied one is none.
const LIMITS: [&str; 3] = ["machine_limit", "user_limit", "seat_limit"];

/// The terms to begin with; an unknown name is the first preset.
pub(super) fn preset(name: &str) -> Terms {
    let warned = GraceLadder {
        warn_days: 14,
        ..GraceLadder::default()
    };
    let yearly = Terms {
        kind: LicenseKind::Subscription,
        duration: Some(Period::years(1)),
        starts: TermStart::FirstActivation,
        grace: warned,
        ..Terms::default()
    };
    match name {
        "perpetual" => Terms::default(),
        "trial" => Terms {
            kind: LicenseKind::Trial,
            duration: Some(Period::days(30)),
            grace: GraceLadder::default(),
            ..yearly
        },
        "floating" => Terms {
            binding: Binding::Floating,
            machine_limit: None,
            seat_limit: Some(5),
            ..yearly
        },
        "hybrid" => Terms::hybrid(),
        "always-online" => Terms::always_online(),
        _ => yearly,
    }
}

/// The fields of terms.
pub(super) fn fields(terms: &Terms, modules: &[Module], tell: &Tell) -> Vec<FieldView> {
    let word = |key: &str| tell.word(&format!("terms-{key}"));
    let grace = terms.grace;
    // A fixed date belongs to one license; a policy that has one keeps it.
    let starts = match terms.starts {
        TermStart::FixedDate => TermStart::ALL,
        _ => &[TermStart::Issue, TermStart::FirstActivation],
    };
    let mut fields = vec![one_of(
        "terms.kind",
        word("kind"),
        LicenseKind::ALL,
        &terms.kind,
        "license-kind",
        tell,
    )];
    fields.extend(length(
        "terms.duration",
        word("duration"),
        terms.duration,
        tell,
    ));
    fields.push(one_of(
        "terms.starts",
        word("starts"),
        starts,
        &terms.starts,
        "term-start",
        tell,
    ));
    fields.push(one_of(
        "terms.renewal_basis",
        word("renewal"),
        RenewalBasis::ALL,
        &terms.renewal_basis,
        "renewal-basis",
        tell,
    ));
    fields.push(one_of(
        "terms.binding",
        word("binding"),
        Binding::ALL,
        &terms.binding,
        "binding",
        tell,
    ));
    for (name, key, now) in [
        ("machine_limit", "machines", terms.machine_limit),
        ("user_limit", "users", terms.user_limit),
        ("seat_limit", "seats", terms.seat_limit),
    ] {
        let field = number(&format!("terms.{name}:int"), word(key), now);
        fields.push(field.hint(word("limit-hint")));
    }
    for (name, key, now) in [
        ("grace.warn_days", "warn", grace.warn_days),
        ("grace.full_days", "full", grace.full_days),
        ("grace.read_only_days", "read-only", grace.read_only_days),
        (
            "revalidate_after_seconds",
            "revalidate",
            terms.revalidate_after_seconds,
        ),
        (
            "offline_grace_seconds",
            "offline",
            terms.offline_grace_seconds,
        ),
        ("overage_percent", "overage", terms.overage_percent),
    ] {
        let field = number(&format!("terms.{name}:int"), word(key), Some(now)).required();
        fields.push(if name.ends_with("seconds") {
            field.hint(word("seconds-hint"))
        } else {
            field
        });
    }
    fields.push(one_of(
        "terms.expiry_strategy",
        word("after"),
        ExpiryStrategy::ALL,
        &terms.expiry_strategy,
        "expiry-strategy",
        tell,
    ));
    fields.push(one_of(
        "terms.approval",
        word("approval"),
        Approval::ALL,
        &terms.approval,
        "approval",
        tell,
    ));
    fields.push(one_of(
        "terms.trial",
        word("trial"),
        TrialRule::ALL,
        &terms.trial,
        "trial-rule",
        tell,
    ));
    fields.extend(length(
        "terms.maintenance",
        word("maintenance"),
        terms.maintenance,
        tell,
    ));
    fields.push(
        FieldView::text("terms.versions", word("versions"))
            .value(terms.versions.to_string())
            .required()
            .hint(word("versions-hint")),
    );
    for module in modules {
        let label = format!("{} {}", word("module"), module.name);
        fields.push(FieldView {
            checked: terms.modules.iter().any(|term| term.code == module.code),
            ..FieldView::check(format!("_module.{}", module.code), label)
        });
    }
    fields
}

/// Lays what was typed over what was there.
fn lay(over: Map<String, Value>, under: &mut Map<String, Value>) {
    for (key, value) in over {
        match (value, under.get_mut(&key)) {
            (Value::Object(part), Some(Value::Object(there))) => lay(part, there),
            (value, _) => {
                under.insert(key, value);
            }
        }
    }
}

/// The body that a form of a policy makes, upon the terms that it was made from.
///
/// # Errors
/// 422 with the fields at fault.
pub(super) fn body(entry: &Entry, base: &Terms, modules: &[Module]) -> Result<Value, Problem> {
    let mut body: Map<String, Value> = entry.read()?;
    let typed = match body.remove("terms") {
        Some(Value::Object(typed)) => typed,
        _ => Map::new(),
    };
    let mut terms = match serde_json::to_value(base).map_err(Problem::internal)? {
        Value::Object(terms) => terms,
        _ => Map::new(),
    };
    for limit in LIMITS {
        if !typed.contains_key(limit) {
            terms.insert(limit.to_owned(), Value::Null);
        }
    }
    lay(typed, &mut terms);
    put_length(&mut terms, entry, "terms.duration", "duration");
    put_length(&mut terms, entry, "terms.maintenance", "maintenance");
    let ticked = |code: &str| entry.typed(&format!("_module.{code}")).is_some();
    let is_of_product = |code: &str| modules.iter().any(|module| module.code == code);
    let mut unlocked: Vec<ModuleTerm> = base
        .modules
        .iter()
        .filter(|term| ticked(&term.code) || !is_of_product(&term.code))
        .cloned()
        .collect();
    for module in modules.iter().filter(|module| ticked(&module.code)) {
        if !unlocked.iter().any(|term| term.code == module.code) {
            unlocked.push(ModuleTerm::from(module.code.as_str()));
        }
    }
    let unlocked = serde_json::to_value(unlocked).map_err(Problem::internal)?;
    terms.insert("modules".to_owned(), unlocked);
    body.insert("terms".to_owned(), Value::Object(terms));
    Ok(Value::Object(body))
}

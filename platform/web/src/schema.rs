//! Names of plain values in the OpenAPI document. The values themselves are the domain's; these
//! types are never made, they only say how the text looks.

use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

fn read(value: Value) -> RefOr<Schema> {
    serde_json::from_value(value).unwrap_or_else(|_| RefOr::T(Schema::default()))
}

/// The id of anything: a prefix and a ULID.
#[derive(ToSchema)]
#[schema(value_type = String, pattern = "^[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}$", example = "lic_01JABCDEFGHJKMNPQRSTVWXYZ0")]
pub(crate) struct Id(#[expect(dead_code, reason = "only its description is used")] String);

/// An instant in UTC.
#[derive(ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-01-01T00:00:00.000Z")]
pub(crate) struct Instant(#[expect(dead_code, reason = "only its description is used")] String);

/// A length of time, ISO 8601.
#[derive(ToSchema)]
#[schema(value_type = String, pattern = "^P", example = "P1Y")]
pub(crate) struct Length(#[expect(dead_code, reason = "only its description is used")] String);

/// An amount of money.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct Money {
    /// In the smallest unit of the currency.
    #[schema(example = 19900, minimum = 0)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "BRL", pattern = "^[A-Z]{3}$")]
    currency: String,
}

/// What a license grants and demands. Every field may be left out; unknown ones are refused.
pub(crate) struct Terms;

impl PartialSchema for Terms {
    fn schema() -> RefOr<Schema> {
        let seconds =
            |about: &str| json!({ "type": "integer", "minimum": 0, "description": about });
        let limit = |about: &str| json!({ "type": ["integer", "null"], "minimum": 1, "description": about });
        let period = |about: &str| json!({ "type": ["string", "null"], "pattern": "^P", "description": about });
        let choice = |values: &[&str], about: &str| json!({ "type": "string", "enum": values, "description": about });
        let mut described = json!({
            "type": "object",
            "description": "What a license grants and demands. Every field may be left out; unknown ones are refused.",
            "additionalProperties": false,
            "properties": {
                "kind": choice(&["permanent", "trial", "demo", "subscription", "temporary", "semi_permanent"], "Kind of license."),
                "duration": period("How long it runs (ISO 8601); for the kinds that end."),
                "starts": choice(&["issue", "first_activation", "fixed_date"], "From when the duration counts."),
                "starts_on": { "type": ["string", "null"], "format": "date-time", "description": "The date of `fixed_date`." },
                "renewal_basis": choice(&["from_expiry", "from_now", "from_now_if_expired"], "From when a renewal counts."),
                "expiry_strategy": choice(&["restrict", "maintain", "allow"], "What remains after expiry and grace."),
                "grace": {
                    "type": "object", "description": "What happens around the expiry.", "additionalProperties": false,
                    "properties": { "warn_days": seconds("Days before the expiry."), "full_days": seconds("Days of full use after it."), "read_only_days": seconds("Days of reading only after those.") }
                },
                "revalidate_after_seconds": seconds("After how long a program should check again."),
                "offline_grace_seconds": seconds("How long it may still run when a due check does not get through."),
                "retry_seconds": seconds("Pause between attempts."),
                "heartbeat": {
                    "type": "object", "description": "Signs of life.", "additionalProperties": false,
                    "properties": { "interval_seconds": { "type": ["integer", "null"], "minimum": 1 }, "dead_machine": choice(&["keep", "release_seat"], "What a machine that fell silent does.") }
                },
                "binding": choice(&["device", "user", "site", "floating"], "To what the license is bound."),
                "machine_limit": limit("How many machines may be active; null is no limit."),
                "user_limit": limit("How many named users; null is no limit."),
                "seat_limit": limit("How many may run at the same time when floating; null is no limit."),
                "seat_lease_seconds": seconds("After how long a floating seat that nobody kept is free again."),
                "borrow_limit_seconds": seconds("For how long a floating seat may be borrowed at most; 0: not at all."),
                "overage_percent": seconds("By how many percent every limit may be passed."),
                "fingerprint": {
                    "type": "object", "description": "How much of a machine may change.", "additionalProperties": false,
                    "properties": {
                        "components": { "type": "array", "items": { "type": "object", "additionalProperties": false, "required": ["name", "weight"], "properties": { "name": { "type": "string" }, "weight": { "type": "integer", "minimum": 0 } } } },
                        "threshold": seconds("Weight that must still match."),
                        "drift": choice(&["absorb", "keep"], "What becomes of the record when a part changed within that.")
                    }
                },
                "approval": choice(&["automatic", "required"], "Whether somebody must approve first."),
                "deactivations": {
                    "type": "object", "description": "How often machines may be deactivated.", "additionalProperties": false,
                    "properties": { "limit": { "type": ["integer", "null"], "minimum": 0 }, "period": { "type": "string", "pattern": "^P" } }
                },
                "trial": choice(&["once_per_machine", "unlimited"], "How often one machine may try."),
                "trial_email": {
                    "type": "object", "description": "What a trial asks of the e-mail address that somebody registers with.", "additionalProperties": false,
                    "properties": { "required": { "type": "boolean" }, "per_domain": limit("How many trials one domain may have; null is no limit."), "blocked_domains": { "type": "array", "items": { "type": "string" }, "description": "Domains that get none, with all below them." } }
                },
                "maintenance": period("How long new versions come with it (ISO 8601); null: as long as it runs."),
                "versions": { "type": "string", "description": "Which versions it may run: `*`, `1.0-2.9`, `1.0-` or `-2.9`.", "example": "*" },
                "modules": modules(),
                "meters": { "type": "array", "items": { "type": "object", "additionalProperties": false, "required": ["name", "limit"], "properties": { "name": { "type": "string" }, "limit": { "type": "integer", "minimum": 0 }, "reset": { "type": ["string", "null"] } } } }
            },
            "example": { "kind": "subscription", "duration": "P1Y", "starts": "first_activation", "machine_limit": 3, "modules": [] }
        });
        // Apart, since the macro above is as deep as the compiler goes.
        described["properties"]["transfers"] = json!({
            "type": "object", "description": "How often it may be transferred, to another place or machine.", "additionalProperties": false,
            "properties": { "limit": { "type": ["integer", "null"], "minimum": 0 }, "period": { "type": "string", "pattern": "^P" } }
        });
        read(described)
    }
}

/// The modules of terms: codes, or objects where one has a value or a length of its own.
fn modules() -> Value {
    let code = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$" });
    let spelled = json!({
        "type": "object", "additionalProperties": false, "required": ["code"],
        "properties": {
            "code": code,
            "value": { "type": ["string", "null"], "pattern": "^[A-Za-z0-9._:/+-]{1,32}$", "description": "What the program is told with it." },
            "duration": { "type": ["string", "null"], "pattern": "^P", "description": "How long it lasts from the start of the term (ISO 8601); null: as long as the license." }
        }
    });
    json!({
        "type": "array", "items": { "oneOf": [code, spelled] },
        "description": "The modules it unlocks: codes, or objects where one has a value or a length of its own."
    })
}

impl ToSchema for Terms {
    fn name() -> std::borrow::Cow<'static, str> {
        "Terms".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terms_are_described_as_the_domain_reads_them() {
        let described = serde_json::to_value(Terms::schema()).unwrap();
        let described = described["properties"].as_object().unwrap();
        let terms = serde_json::to_value(alvara_domain::terms::Terms::default()).unwrap();
        let real: Vec<&String> = terms.as_object().unwrap().keys().collect();
        assert!(!real.is_empty());
        for name in &real {
            assert!(described.contains_key(*name), "{name} is not described");
        }
        assert_eq!(described.len(), real.len());
    }
}

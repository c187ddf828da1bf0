//! Custom profiles: a tenant's own roles.

use std::collections::BTreeSet;

use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::text_enum;
use alvara_store::Reach;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::authz::{RulesError, rules_of};
use crate::permission::PermissionKey;
use crate::principal::Principal;

/// The most rules a profile has.
pub const MOST_RULES: usize = 100;

text_enum! {
    /// How far a rule reaches.
    pub enum RuleScope {
        /// The member's place alone.
        Own = "own",
        /// The member's place and everything below.
        Tree = "tree",
    }
}

text_enum! {
    /// What a rule does. One deny outweighs any number of allows.
    pub enum Effect {
        /// Grants.
        Allow = "allow",
        /// Refuses.
        Deny = "deny",
    }
}

/// One line of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A permission's module, or `*`.
    pub module: String,
    /// A permission's action, or `*`.
    pub action: String,
    /// How far.
    pub scope: RuleScope,
    /// Which way.
    pub effect: Effect,
}

impl Rule {
    fn names(&self, key: PermissionKey) -> bool {
        (self.module == "*" || self.module == key.module())
            && (self.action == "*" || self.action == key.action())
    }
}

/// Reads the rules of a profile's row.
///
/// # Errors
/// When the value is not a list of rules: somebody wrote around the platform.
pub fn read_rules(json: Value) -> Result<Vec<Rule>, serde_json::Error> {
    serde_json::from_value(json)
}

/// Checks a profile before it is stored: every rule names a permission of a tenant, and the whole
/// allows nothing that `creator` may not do itself, nor further than it may.
///
/// `*` stands for the tenant's permissions and never for the platform's. The pointers are below
/// `/rules`.
///
/// # Errors
/// What is wrong, each with its place.
pub fn check(rules: &[Rule], creator: &Principal) -> Result<(), Vec<FieldFault>> {
    check_against(rules, |key| creator.reach(key))
}

fn check_against(
    rules: &[Rule],
    creator: impl Fn(PermissionKey) -> Option<Reach>,
) -> Result<(), Vec<FieldFault>> {
    if rules.is_empty() {
        return Err(vec![FieldFault::new(
            "/rules",
            FaultCode::Required,
            "A profile has at least one rule.",
        )]);
    }
    if rules.len() > MOST_RULES {
        let detail = format!("A profile has at most {MOST_RULES} rules.");
        return Err(vec![FieldFault::new("/rules", FaultCode::TooLong, detail)]);
    }
    let mut faults: Vec<FieldFault> = rules
        .iter()
        .enumerate()
        .filter_map(|(index, rule)| fault_of(index, rule))
        .collect();
    if faults.is_empty() {
        faults = excess(rules, creator);
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

fn fault_of(index: usize, rule: &Rule) -> Option<FieldFault> {
    let mut named = PermissionKey::ALL
        .iter()
        .filter(|key| rule.names(**key))
        .peekable();
    if named.peek().is_none() {
        let (field, detail) = if rule.module == "*" || PermissionKey::module_exists(&rule.module) {
            ("action", "There is no such action in this module.")
        } else {
            ("module", "There is no such module.")
        };
        return Some(FieldFault::new(
            format!("/rules/{index}/{field}"),
            FaultCode::Unknown,
            detail,
        ));
    }
    if named.all(|key| key.is_platform()) {
        let detail = "This permission is the operator's alone.";
        return Some(FieldFault::new(
            format!("/rules/{index}/module"),
            FaultCode::OutOfRange,
            detail,
        ));
    }
    None
}

fn excess(rules: &[Rule], creator: impl Fn(PermissionKey) -> Option<Reach>) -> Vec<FieldFault> {
    let profile = match rules_of("profile", rules) {
        Ok(profile) => profile,
        Err(RulesError { .. }) => {
            return vec![FieldFault::new(
                "/rules",
                FaultCode::Malformed,
                "The rules cannot be read.",
            )];
        }
    };
    let mut guilty = BTreeSet::new();
    for key in PermissionKey::ALL
        .iter()
        .copied()
        .filter(|key| !key.is_platform())
    {
        if !within(profile.reach(key), creator(key)) {
            guilty.extend(
                rules
                    .iter()
                    .enumerate()
                    .filter(|(_, rule)| rule.effect == Effect::Allow && rule.names(key))
                    .map(|(index, _)| (index, key)),
            );
        }
    }
    guilty
        .into_iter()
        .map(|(index, key)| {
            let detail = format!("This would allow {key} further than you may use it yourself.");
            FieldFault::new(format!("/rules/{index}"), FaultCode::OutOfRange, detail)
        })
        .collect()
}

/// Whether `asked` goes no further than `allowed`.
pub(crate) fn within(asked: Option<Reach>, allowed: Option<Reach>) -> bool {
    match (asked, allowed) {
        (None, _) | (Some(_), Some(Reach::Tree)) | (Some(Reach::Own), Some(Reach::Own)) => true,
        (Some(Reach::Tree), Some(Reach::Own)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use alvara_domain::fault::FaultCode;
    use serde_json::json;

    use super::{Effect, Rule, RuleScope, check_against, read_rules};
    use crate::authz::Authorizer;
    use crate::role::BuiltInRole;

    fn rule(module: &str, action: &str, scope: RuleScope, effect: Effect) -> Rule {
        Rule {
            module: module.into(),
            action: action.into(),
            scope,
            effect,
        }
    }

    fn faults(creator: BuiltInRole, rules: &[Rule]) -> Vec<(String, FaultCode)> {
        let creator = Authorizer::new().unwrap().built_in(creator).unwrap();
        match check_against(rules, |key| creator.reach(key)) {
            Ok(()) => Vec::new(),
            Err(faults) => faults
                .into_iter()
                .map(|fault| (fault.pointer, fault.code))
                .collect(),
        }
    }

    #[test]
    fn a_profile_never_exceeds_its_creator() {
        // R-TEN-03
        let all = [rule("license", "*", RuleScope::Tree, Effect::Allow)];
        assert_eq!(faults(BuiltInRole::ResellerAdmin, &all), []);
        // An agent may neither revoke a license nor put one away or bring it back.
        let beyond = ["revoke", "delete", "restore"];
        assert_eq!(
            faults(BuiltInRole::Agent, &all),
            beyond.map(|_| ("/rules/0".to_owned(), FaultCode::OutOfRange))
        );
        let denied = beyond.map(|action| rule("license", action, RuleScope::Tree, Effect::Deny));
        let without: Vec<Rule> = all.iter().chain(&denied).cloned().collect();
        assert_eq!(faults(BuiltInRole::Agent, &without), []);
        let tree = [rule("machine", "read", RuleScope::Tree, Effect::Allow)];
        assert_eq!(faults(BuiltInRole::Customer, &tree).len(), 1);
        let own = [rule("machine", "read", RuleScope::Own, Effect::Allow)];
        assert_eq!(faults(BuiltInRole::Customer, &own), []);
    }

    #[test]
    fn platform_permissions_are_not_to_be_had_even_by_the_operator() {
        // R-TEN-01
        for rules in [
            rule("tenant", "create", RuleScope::Tree, Effect::Allow),
            rule("host", "*", RuleScope::Own, Effect::Allow),
        ] {
            let found = faults(BuiltInRole::Superadmin, &[rules]);
            assert_eq!(
                found,
                [("/rules/0/module".to_owned(), FaultCode::OutOfRange)]
            );
        }
        let everything = [rule("*", "*", RuleScope::Tree, Effect::Allow)];
        assert_eq!(faults(BuiltInRole::ResellerAdmin, &everything), []);
    }

    #[test]
    fn unknown_names_and_odd_sizes_are_pointed_at() {
        assert_eq!(
            faults(BuiltInRole::ResellerAdmin, &[]),
            [("/rules".to_owned(), FaultCode::Required)]
        );
        let many = vec![rule("license", "read", RuleScope::Own, Effect::Allow); 101];
        assert_eq!(
            faults(BuiltInRole::ResellerAdmin, &many),
            [("/rules".to_owned(), FaultCode::TooLong)]
        );
        let odd = [
            rule("license", "fly", RuleScope::Own, Effect::Allow),
            rule("rocket", "read", RuleScope::Own, Effect::Allow),
        ];
        assert_eq!(
            faults(BuiltInRole::ResellerAdmin, &odd),
            [
                ("/rules/0/action".to_owned(), FaultCode::Unknown),
                ("/rules/1/module".to_owned(), FaultCode::Unknown)
            ]
        );
    }

    #[test]
    fn rows_are_read_strictly() {
        let good =
            json!([{"module": "license", "action": "read", "scope": "own", "effect": "allow"}]);
        assert!(read_rules(good).is_ok());
        for odd in [
            json!(null),
            json!({}),
            json!([{"module": "license"}]),
            json!([{"module": "a", "action": "b", "scope": "all", "effect": "allow"}]),
            json!([{"module": "a", "action": "b", "scope": "own", "effect": "allow", "more": 1}]),
        ] {
            assert!(read_rules(odd.clone()).is_err(), "{odd}");
        }
    }
}

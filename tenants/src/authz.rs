//! What a role may do, decided by casbin and remembered.
//!
//! A decision has three answers: not at all, at one's own place, or there and everywhere below.
//! The enforcer is asked about the place itself and about a place below it; which rows of a list
//! are meant is then SQL's business. Roles and rules are few, permissions are types, so a decision
//! is remembered in a slot of its own, without hashing anything a caller controls.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

use alvara_domain::id::{ProfileId, TenantId};
use alvara_store::Reach;
use casbin::function_map::{OperatorFunction, dynamic_to_str};
use casbin::rhai::Dynamic;
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi, StringAdapter};
use lru::LruCache;

use crate::permission::PermissionKey;
use crate::profile::Rule;
use crate::role::BuiltInRole;

const MODEL: &str = include_str!("../authz/model.conf");
const ROLES: &str = include_str!("../authz/roles.csv");
/// How many custom profiles are kept ready.
const PROFILES: NonZeroUsize = NonZeroUsize::new(512).unwrap();

/// The rules cannot be loaded: the built-in files are broken, or a profile's rows are.
#[derive(Debug, thiserror::Error)]
#[error("the access rules cannot be loaded: {0}")]
pub struct RulesError(String);

/// One role's rules, ready to decide.
pub struct RoleRules {
    enforcer: Arc<Enforcer>,
    role: String,
    memo: Box<[OnceLock<Option<Reach>>]>,
}

impl RoleRules {
    fn new(enforcer: Arc<Enforcer>, role: String) -> Self {
        let memo = PermissionKey::ALL.iter().map(|_| OnceLock::new()).collect();
        Self {
            enforcer,
            role,
            memo,
        }
    }

    /// How far the role may use the permission; `None` is no.
    #[must_use]
    pub fn reach(&self, key: PermissionKey) -> Option<Reach> {
        match self.memo.get(key.index()) {
            Some(slot) => *slot.get_or_init(|| self.decide(key)),
            None => None,
        }
    }

    /// The same, asking the enforcer every time. For measuring.
    #[must_use]
    pub fn decide(&self, key: PermissionKey) -> Option<Reach> {
        let here = self.ask("/here/", "/here/", key);
        let below = self.ask("/here/", "/here/below/", key);
        match (here, below) {
            (true, true) => Some(Reach::Tree),
            (true, false) => Some(Reach::Own),
            (false, _) => None,
        }
    }

    fn ask(&self, place: &str, object: &str, key: PermissionKey) -> bool {
        match self.enforcer.enforce((
            self.role.as_str(),
            place,
            object,
            key.module(),
            key.action(),
        )) {
            Ok(allowed) => allowed,
            Err(error) => {
                tracing::error!(role = %self.role, permission = key.code(), %error, "a check failed and counts as no");
                false
            }
        }
    }
}

impl fmt::Debug for RoleRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleRules")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// All rules: the built-in roles', and the custom profiles' that were used lately.
pub struct Authorizer {
    built_in: HashMap<BuiltInRole, Arc<RoleRules>>,
    profiles: Mutex<LruCache<(TenantId, ProfileId, i64), Arc<RoleRules>>>,
}

impl Authorizer {
    /// Loads the built-in roles.
    ///
    /// # Errors
    /// When the embedded files are broken, which the tests of this crate rule out.
    pub fn new() -> Result<Self, RulesError> {
        let enforcer = Arc::new(load(async {
            let model = DefaultModel::from_str(MODEL).await?;
            Enforcer::new(model, StringAdapter::new(ROLES)).await
        })?);
        let built_in = BuiltInRole::ALL
            .iter()
            .map(|role| {
                (
                    *role,
                    Arc::new(RoleRules::new(Arc::clone(&enforcer), role.to_string())),
                )
            })
            .collect();
        Ok(Self {
            built_in,
            profiles: Mutex::new(LruCache::new(PROFILES)),
        })
    }

    /// The rules of a built-in role.
    #[must_use]
    pub fn built_in(&self, role: BuiltInRole) -> Option<Arc<RoleRules>> {
        self.built_in.get(&role).cloned()
    }

    /// The rules of a custom profile. `version` is that of its row, so a changed profile counts
    /// with the next request on every instance, without anybody being told.
    ///
    /// # Errors
    /// When casbin does not take the rules.
    pub fn profile(
        &self,
        tenant: TenantId,
        profile: ProfileId,
        version: i64,
        rules: &[Rule],
    ) -> Result<Arc<RoleRules>, RulesError> {
        let key = (tenant, profile, version);
        let mut kept = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = kept.get(&key) {
            return Ok(Arc::clone(ready));
        }
        drop(kept);
        let built = Arc::new(rules_of(&profile.to_string(), rules)?);
        kept = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(key, Arc::clone(&built));
        Ok(built)
    }
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorizer")
    }
}

/// Builds an enforcer for one profile alone, so that its cost does not depend on other profiles.
pub(crate) fn rules_of(name: &str, rules: &[Rule]) -> Result<RoleRules, RulesError> {
    let lines: Vec<Vec<String>> = rules
        .iter()
        .map(|rule| {
            vec![
                name.to_owned(),
                rule.module.clone(),
                rule.action.clone(),
                rule.scope.to_string(),
                rule.effect.to_string(),
            ]
        })
        .collect();
    let enforcer = load(async {
        let model = DefaultModel::from_str(MODEL).await?;
        let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
        if !lines.is_empty() {
            enforcer.add_policies(lines).await?;
        }
        Ok(enforcer)
    })?;
    Ok(RoleRules::new(Arc::new(enforcer), name.to_owned()))
}

/// casbin loads through async functions that, from memory, never wait: one poll is enough, and
/// needs no runtime.
fn load(future: impl Future<Output = casbin::Result<Enforcer>>) -> Result<Enforcer, RulesError> {
    let mut enforcer = match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.map_err(|error| RulesError(error.to_string()))?,
        Poll::Pending => return Err(RulesError("loading from memory waited".to_owned())),
    };
    enforcer.add_function("inScope", OperatorFunction::Arg3(in_scope));
    Ok(enforcer)
}

fn in_scope(place: Dynamic, object: Dynamic, scope: Dynamic) -> Dynamic {
    let (place, object) = (dynamic_to_str(&place), dynamic_to_str(&object));
    match dynamic_to_str(&scope).as_ref() {
        "tree" => place.ends_with('/') && object.starts_with(place.as_ref()),
        "own" => place == object,
        _ => false,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use alvara_store::Reach;

    use super::{Authorizer, rules_of};
    use crate::permission::PermissionKey;
    use crate::profile::{Effect, Rule, RuleScope};
    use crate::role::BuiltInRole;

    fn matrix() -> String {
        let authorizer = Authorizer::new().unwrap();
        let mut out = String::from(
            "# What each built-in role may do: tree, own or nothing. Written by a test:\n",
        );
        out.push_str("# ALVARA_REWRITE_MATRIX=1 cargo test -p alvara-tenants matrix\n");
        write!(out, "{:<24}", "permission").unwrap();
        for role in BuiltInRole::ALL {
            write!(out, "{role:<18}").unwrap();
        }
        out = out.trim_end().to_owned() + "\n";
        for key in PermissionKey::ALL {
            let mut line = format!("{:<24}", key.code());
            for role in BuiltInRole::ALL {
                let cell = match authorizer.built_in(*role).unwrap().reach(*key) {
                    Some(Reach::Tree) => "tree",
                    Some(Reach::Own) => "own",
                    None => "-",
                };
                write!(line, "{cell:<18}").unwrap();
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "asks whoever runs the test, not a setting of the server"
    )]
    fn matrix_is_the_reviewed_one() {
        // R-TEN-03
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/authz/matrix.txt");
        let found = matrix();
        if std::env::var_os("ALVARA_REWRITE_MATRIX").is_some() {
            std::fs::write(file, &found).unwrap();
        }
        let reviewed = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            reviewed == found,
            "authz/matrix.txt differs from the roles; look at the change, then rewrite:\n{found}"
        );
    }

    #[test]
    fn no_reseller_role_bears_a_platform_permission() {
        // R-TEN-01
        let authorizer = Authorizer::new().unwrap();
        for role in BuiltInRole::ALL
            .iter()
            .filter(|role| **role != BuiltInRole::Superadmin)
        {
            let rules = authorizer.built_in(*role).unwrap();
            for key in PermissionKey::ALL.iter().filter(|key| key.is_platform()) {
                assert_eq!(rules.reach(*key), None, "{role} {key}");
            }
        }
    }

    #[test]
    fn the_role_file_stays_short_and_names_only_what_exists() {
        let lines: Vec<Vec<&str>> = super::ROLES
            .lines()
            .filter(|line| line.starts_with("p,"))
            .map(|line| line.split(',').map(str::trim).collect())
            .collect();
        assert!(lines.len() <= 100, "{}", lines.len());
        for line in lines {
            assert_eq!(line.len(), 6, "{line:?}");
            assert!(line[1].parse::<BuiltInRole>().is_ok(), "{line:?}");
            let known = PermissionKey::ALL.iter().any(|key| {
                (line[2] == "*" || line[2] == key.module())
                    && (line[3] == "*" || line[3] == key.action())
            });
            assert!(known, "{line:?}");
            assert!(line[4].parse::<RuleScope>().is_ok(), "{line:?}");
            assert!(line[5].parse::<Effect>().is_ok(), "{line:?}");
        }
    }

    fn rule(module: &str, action: &str, scope: RuleScope, effect: Effect) -> Rule {
        Rule {
            module: module.into(),
            action: action.into(),
            scope,
            effect,
        }
    }

    #[test]
    fn a_profile_allows_what_it_says_and_deny_wins() {
        // R-TEN-03
        let rules = rules_of(
            "rol_x",
            &[
                rule("license", "*", RuleScope::Tree, Effect::Allow),
                rule("license", "revoke", RuleScope::Tree, Effect::Deny),
                rule("machine", "read", RuleScope::Own, Effect::Allow),
            ],
        )
        .unwrap();
        assert_eq!(rules.reach(PermissionKey::LicenseRenew), Some(Reach::Tree));
        assert_eq!(rules.reach(PermissionKey::LicenseRevoke), None);
        assert_eq!(rules.reach(PermissionKey::MachineRead), Some(Reach::Own));
        assert_eq!(rules.reach(PermissionKey::MachineBlock), None);
        assert_eq!(
            rules.reach(PermissionKey::LicenseRenew),
            rules.decide(PermissionKey::LicenseRenew)
        );
    }

    #[test]
    fn an_empty_profile_allows_nothing() {
        let rules = rules_of("rol_x", &[]).unwrap();
        assert!(
            PermissionKey::ALL
                .iter()
                .all(|key| rules.reach(*key).is_none())
        );
    }

    #[test]
    fn text_in_a_rule_is_never_read_as_code() {
        let rules = rules_of(
            "rol_x\" || true || \"",
            &[rule("\" || true", "*", RuleScope::Tree, Effect::Allow)],
        );
        let rules = rules.unwrap();
        assert!(
            PermissionKey::ALL
                .iter()
                .all(|key| rules.reach(*key).is_none())
        );
    }
}

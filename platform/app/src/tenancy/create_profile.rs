use alvara_domain::event::EventKind;
use alvara_domain::id::ProfileId;
use alvara_store::TenantTx;
use alvara_store::profiles::{self, Profile};
use alvara_tenants::{Principal, Rule, check_profile};
use serde::Serialize;
use serde_json::Value;

use crate::field::Fields;
use crate::{AppError, AppResult};

/// A role of the tenant's own, to make or to replace.
#[derive(Debug, Clone)]
pub struct ProfileText {
    /// At most 100 characters; unique in the tenant.
    pub name: String,
    /// What it may do: at most 100 rules, and nothing that the maker may not do itself.
    pub rules: Vec<Rule>,
}

/// What the audit chain and events say of a profile.
#[derive(Serialize)]
pub(super) struct ProfileNote<'a> {
    id: ProfileId,
    name: &'a str,
    rules: &'a Value,
}

impl<'a> ProfileNote<'a> {
    pub(super) fn of(profile: &'a Profile) -> Self {
        Self {
            id: profile.id,
            name: &profile.name,
            rules: &profile.rules,
        }
    }
}

impl ProfileText {
    /// Name and rules as they are stored, if the maker may give all of that away.
    pub(super) fn check(&self, maker: &Principal) -> AppResult<(String, Value)> {
        let mut fields = Fields::new();
        let name = fields.line("/name", &self.name, 100);
        if let Err(faults) = check_profile(&self.rules, maker) {
            fields.adopt("", faults);
        }
        fields.finish()?;
        let rules = serde_json::to_value(&self.rules).map_err(alvara_store::StoreError::from)?;
        Ok((name, rules))
    }
}

/// Makes a role of the tenant's own.
///
/// # Errors
/// [`AppError::Invalid`] with pointers below `/rules`, rules beyond the maker's own rights among
/// it; [`AppError::Taken`] for the name.
pub fn create_profile(
    tx: &mut TenantTx<'_>,
    maker: &Principal,
    request: &ProfileText,
) -> AppResult<Profile> {
    let (name, rules) = request.check(maker)?;
    let profile = Profile {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        name,
        rules,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    profiles::insert(tx, &profile).map_err(AppError::taken("/name"))?;
    tx.audit("profile.created", profile.id, (), ProfileNote::of(&profile))?;
    tx.emit(
        EventKind::ProfileCreated,
        profile.id,
        ProfileNote::of(&profile),
    )?;
    Ok(profile)
}

//! Changes what a license unlocks: a module more, another value, another end, a module less.

use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::LicenseId;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::module::{ModuleGrant, is_value};
use alvara_domain::money::Money;
use alvara_domain::terms::VALUE_HELP;
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, licenses, modules};
use serde_json::json;

use crate::field::Fields;
use crate::license::renew::held;
use crate::price::charge_module;
use crate::{AppError, AppResult};

/// A module as a license is to have it.
#[derive(Debug, Clone)]
pub struct ModuleChange {
    /// What the program is told with it.
    pub value: Option<String>,
    /// When it ends before the license does.
    pub expires_at: Option<UtcTime>,
}

/// Gives a license a module, or the one it has another value and end. Its machines get a new
/// computer key at their next contact. Below the tenant's root, where its policy has plans, the
/// module's price is added to what the license was sold for.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope; [`AppError::Invalid`] for a module that the product does
/// not have, a value that does not fit, an end that is past; [`AppError::WrongState`] for a revoked
/// license; [`AppError::Money`] for prices in different currencies.
pub fn set_module(
    tx: &mut TenantTx<'_>,
    id: LicenseId,
    code: &str,
    change: &ModuleChange,
) -> AppResult<License> {
    let license = held(tx, id)?;
    let mut fields = Fields::new();
    let known = modules::list(tx, license.product_id)?;
    if !known.iter().any(|module| module.code == code) {
        fields.refuse(
            "/code",
            FaultCode::Unknown,
            "the product has no such module",
        );
    }
    if change
        .value
        .as_deref()
        .is_some_and(|value| !is_value(value))
    {
        fields.refuse("/value", FaultCode::Malformed, VALUE_HELP);
    }
    if change.expires_at.is_some_and(|end| end <= tx.now()) {
        fields.refuse(
            "/expires_at",
            FaultCode::OutOfRange,
            "an end lies ahead; to take a module away, remove it",
        );
    }
    fields.finish()?;
    let grant = ModuleGrant {
        code: code.to_owned(),
        value: change.value.clone(),
        expires_at: change.expires_at,
        duration: None,
    };
    let charged = match license.state {
        LicenseState::Revoked => None,
        _ => charge_module(tx, &license, &grant)?,
    };
    apply(tx, &license, charged, |modules| {
        match modules.iter_mut().find(|module| module.code == code) {
            Some(module) => *module = grant.clone(),
            None => modules.push(grant.clone()),
        }
        Ok(())
    })
}

/// Takes a module from a license.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope or when the license does not have it; otherwise as for
/// [`set_module`].
pub fn remove_module(tx: &mut TenantTx<'_>, id: LicenseId, code: &str) -> AppResult<License> {
    let license = held(tx, id)?;
    apply(tx, &license, None, |modules| {
        let before = modules.len();
        modules.retain(|module| module.code != code);
        if modules.len() == before {
            return Err(AppError::NotFound("module"));
        }
        Ok(())
    })
}

/// Gives a license exactly the modules of these codes. Those it has keep value and end.
///
/// # Errors
/// As for [`set_module`], with the place in the list.
pub fn set_modules(tx: &mut TenantTx<'_>, id: LicenseId, codes: &[String]) -> AppResult<License> {
    let license = held(tx, id)?;
    let known = modules::list(tx, license.product_id)?;
    let mut fields = Fields::new();
    for (index, code) in codes.iter().enumerate() {
        let pointer = format!("/modules/{index}");
        if !known.iter().any(|module| module.code == *code) {
            let detail = "the product has no such module";
            fields.refuse(&pointer, FaultCode::Unknown, detail);
        } else if codes[..index].contains(code) {
            fields.refuse(&pointer, FaultCode::Duplicate, "each module is named once");
        }
    }
    fields.finish()?;
    let mut charged: Option<Money> = None;
    if license.state != LicenseState::Revoked {
        for code in codes {
            if license.modules.iter().any(|module| module.code == *code) {
                continue;
            }
            let more = charge_module(tx, &license, &ModuleGrant::plain(code))?;
            charged = match (charged, more) {
                (Some(sum), Some(more)) => Some(sum.checked_add(more)?),
                (sum, more) => sum.or(more),
            };
        }
    }
    apply(tx, &license, charged, |modules| {
        modules.retain(|module| codes.contains(&module.code));
        for code in codes {
            if !modules.iter().any(|module| module.code == *code) {
                modules.push(ModuleGrant::plain(code));
            }
        }
        Ok(())
    })
}

fn apply(
    tx: &mut TenantTx<'_>,
    license: &License,
    charged: Option<Money>,
    change: impl Fn(&mut Vec<ModuleGrant>) -> AppResult<()>,
) -> AppResult<License> {
    if license.state == LicenseState::Revoked {
        return Err(AppError::WrongState {
            noun: "license",
            state: license.state.as_str(),
            wanted: "given other modules",
        });
    }
    let mut after = license.clone();
    change(&mut after.modules)?;
    if after.modules == license.modules {
        return Ok(after);
    }
    after.revision += 1;
    licenses::update(tx, &after)?;
    tx.audit(
        "license.modules_changed",
        license.id,
        json!({ "modules": license.modules }),
        json!({ "modules": after.modules, "charged": charged }),
    )?;
    tx.emit(
        EventKind::LicenseUpdated,
        license.id,
        json!({ "modules": after.modules, "revision": after.revision, "charged": charged }),
    )?;
    licenses::find(tx, license.id)?.ok_or(AppError::NotFound("license"))
}

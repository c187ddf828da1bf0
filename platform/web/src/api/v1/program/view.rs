//! How programs see licenses and verdicts.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, web};
use alvara_app::machine::drift::SaidMachine;
use alvara_domain::fingerprint::Components;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::module::ModuleGrant;
use alvara_domain::product::Product;
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::{Access, Because, Code, Verdict};
use alvara_render::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Text;
use crate::frame::Context;
use crate::problem::{Fault, Problem, refusal};

/// The machine that asks, as it is now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskingMachine {
    /// The fingerprint it was activated with.
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    fingerprint: Text<1, 256>,
    /// Parts of it by name; where the terms weigh them, some may have changed.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    components: BTreeMap<String, String>,
}

impl AskingMachine {
    /// What the use cases take.
    pub(crate) fn read(self) -> Result<SaidMachine, Problem> {
        let malformed = |pointer, error: &dyn std::fmt::Display| {
            Problem::field(Fault::text(pointer, "malformed", error.to_string()))
        };
        Ok(SaidMachine {
            fingerprint: self
                .fingerprint
                .as_str()
                .parse()
                .map_err(|error| malformed("/machine/fingerprint", &error))?,
            components: Components::try_from(self.components)
                .map_err(|error| malformed("/machine/components", &error))?,
        })
    }
}

/// What a program gets to know of its license.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LicenseSummary {
    /// Its id.
    #[schema(value_type = String, example = "lic_01K9ZQ3V5T8N2M4R6W7X0YBCDE")]
    id: String,
    /// Code of its product.
    product: String,
    /// Its kind.
    #[schema(value_type = String, example = "subscription")]
    kind: LicenseKind,
    /// What somebody decided about it; that it expired shows in `expires_at`.
    #[schema(value_type = String, example = "active")]
    state: LicenseState,
    /// When it expires; null when it does not, or not before its first activation.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<UtcTime>,
    /// Days until then, rounded up; null when it does not expire.
    days_left: Option<i64>,
    /// Until when new versions come with it.
    #[schema(value_type = Option<String>, format = DateTime)]
    maintenance_until: Option<UtcTime>,
    /// Versions it may run: `*`, `1.0-2.9`, `1.0-`.
    versions: String,
    /// Codes of the modules it unlocks.
    modules: Vec<String>,
    /// The same with the value and the end that a module has.
    module_grants: Vec<GrantedModule>,
    /// How many machines it allows; null when as many as you like.
    machine_limit: Option<i64>,
    /// How many are active.
    machines_used: i64,
}

/// A module that a license unlocks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantedModule {
    /// Its code.
    code: String,
    /// What comes with it, such as a number of cash desks.
    value: Option<String>,
    /// When it ends before the license does.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<UtcTime>,
}

impl From<&ModuleGrant> for GrantedModule {
    fn from(module: &ModuleGrant) -> Self {
        Self {
            code: module.code.clone(),
            value: module.value.clone(),
            expires_at: module.expires_at,
        }
    }
}

impl LicenseSummary {
    /// A license as of `now`.
    pub(crate) fn of(license: &License, product: &Product, now: UtcTime) -> Self {
        let live = || license.modules.iter().filter(|module| module.is_live(now));
        Self {
            id: license.id.to_string(),
            product: product.code.clone(),
            kind: license.kind,
            state: license.state,
            expires_at: license.term.expires_at,
            days_left: license.days_left(now),
            maintenance_until: license.term.maintenance_until,
            versions: license.terms.versions.to_string(),
            modules: live().map(|module| module.code.clone()).collect(),
            module_grants: live().map(GrantedModule::from).collect(),
            machine_limit: license.machine_limit,
            machines_used: license.machines_used,
        }
    }
}

/// A verdict, explained in the reader's language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictView {
    /// Whether the program may run, in whatever way `access` says.
    valid: bool,
    /// Why; stable.
    #[schema(value_type = String, example = "VALID")]
    code: Code,
    /// The same in a sentence.
    detail: String,
    /// How much the program may do: `full`, `read_only` or `none`.
    #[schema(value_type = String, example = "full")]
    access: Access,
    /// What differed; null when there is nothing to say. `kind` tells which members follow.
    #[schema(value_type = Option<Object>)]
    because: Option<Because>,
    /// Days until the expiry, rounded up; null when it does not expire or there is no license.
    days_left: Option<i64>,
}

impl VerdictView {
    /// A verdict for whoever sent the request.
    pub(crate) fn of(request: &HttpRequest, verdict: &Verdict) -> Result<Self, Problem> {
        Ok(Self {
            valid: verdict.valid,
            code: verdict.code,
            detail: said(request, verdict)?,
            access: verdict.access,
            because: verdict.because.clone(),
            days_left: verdict.days_left,
        })
    }
}

/// A verdict in a sentence, for whoever sent the request.
pub(crate) fn said(request: &HttpRequest, verdict: &Verdict) -> Result<String, Problem> {
    let words = request
        .app_data::<web::Data<Words>>()
        .ok_or_else(|| Problem::internal("no words in the assembly"))?;
    let locale = Context::of(request).locale(words);
    Ok(refusal::sentence(verdict, words, &locale))
}

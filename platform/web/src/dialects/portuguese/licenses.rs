//! `/licencas`, for people who sell and look after licenses.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::license::change_state::{Decision, decide};
use alvara_app::license::choose::choose_policy;
use alvara_app::license::issue::{IssueRequest, Issued, issue as issue_license};
use alvara_app::license::renew::{RenewBy, renew as renew_license};
use alvara_app::{AppError, Platform};
use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::license::License;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx};
use alvara_tenants::permissions::{LicenseIssue, LicenseRenew, LicenseSuspend};
use serde::{Deserialize, Serialize};

use super::super::body::Sent;
use super::words::{Tipo, license_status};
use crate::answer;
use crate::body::{Segments, Text};
use crate::caller::Caller;
use crate::problem::Problem;

/// A license.
#[derive(Serialize)]
struct Licenca {
    id: LicenseId,
    /// The key itself where it was issued just now, else only its end.
    chave: String,
    tipo: Tipo,
    status: &'static str,
    cliente_id: NodeId,
    maquinas: Option<i64>,
    maquinas_usadas: i64,
    modulos: Vec<String>,
    emitida_em: UtcTime,
    ativada_em: Option<UtcTime>,
    expira_em: Option<UtcTime>,
    dias_restantes: Option<i64>,
}

impl Licenca {
    fn of(license: &License, now: UtcTime) -> Self {
        Self {
            id: license.id,
            chave: format!("*****-*****-*****-*****-{}", license.key_hint),
            tipo: Tipo::of(license.kind),
            status: license_status(license, now),
            cliente_id: license.node_id,
            maquinas: license.machine_limit,
            maquinas_usadas: license.machines_used,
            modulos: modules(license, now),
            emitida_em: license.issued_at,
            ativada_em: license.first_activated_at,
            expira_em: license.term.expires_at,
            dias_restantes: license.days_left(now),
        }
    }
}

/// The codes of what a license unlocks at `now`.
pub(super) fn modules(license: &License, now: UtcTime) -> Vec<String> {
    let live = license.modules.iter().filter(|module| module.is_live(now));
    live.map(|module| module.code.clone()).collect()
}

#[derive(Deserialize)]
pub(super) struct Nova {
    cliente_id: NodeId,
    tipo: Tipo,
    /// Code of the product; the default product when not said.
    produto: Option<Text<1, 32>>,
    /// How many machines instead of the policy's limit.
    maquinas: Option<u32>,
    modulos: Option<Vec<Text<1, 32>>>,
}

/// `POST /licencas/`
pub(super) async fn issue(
    caller: Caller<LicenseIssue>,
    Sent(body): Sent<Nova>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let parts = platform.clone();
    let work = move |tx: &mut TenantTx<'_>| {
        let product = body.produto.as_ref().map(Text::as_str);
        let policy = choose_policy(tx, product, body.tipo.kinds())?;
        let modules = body.modulos.as_ref();
        let request = IssueRequest {
            modules: modules.map(|all| all.iter().map(|code| code.as_str().to_owned()).collect()),
            machine_limit: body.maquinas,
            ..IssueRequest::of(policy.id, body.cliente_id)
        };
        issue_license(tx, parts.vault(), &request)
    };
    let Issued { license, key, .. } = platform.db().write(&caller.scope, work).await?;
    Ok(HttpResponse::Created().json(Licenca {
        chave: key.expose().to_owned(),
        ..Licenca::of(&license, platform.db().clock().now())
    }))
}

/// `POST /licencas/{id}/renovar`: one more period of its own length.
pub(super) async fn renew(
    caller: Caller<LicenseRenew>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| renew_license(tx, id, RenewBy::OwnPeriod);
    let license: Result<_, AppError> = db.write(&caller.scope, work).await;
    Ok(answer::ok(&Licenca::of(&license?, db.clock().now())))
}

/// `POST /licencas/{id}/bloquear`
pub(super) async fn block(
    caller: Caller<LicenseSuspend>,
    Segments(id): Segments<LicenseId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let work = move |tx: &mut TenantTx<'_>| decide(tx, id, Decision::Suspend, None);
    let license: Result<_, AppError> = db.write(&caller.scope, work).await;
    Ok(answer::ok(&Licenca::of(&license?, db.clock().now())))
}

//! Files that tell a bank of titles: written here, carried there by people.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::billing::remittance;
use alvara_app::{AppError, AppResult, Platform};
use alvara_domain::id::{ChargeId, PaymentAccountId, RemittanceId};
use alvara_domain::payment::returned::Remittance;
use alvara_domain::time::UtcTime;
use alvara_store::{Db, TenantTx, payment_accounts, remittances};
use alvara_tenants::permissions::PaymentAccountUpdate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer;
use crate::body::{Params, Segments};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/payment-accounts/{id}/remittances")
                .get(list)
                .post(create),
        )
        .service(
            web::resource("/payment-accounts/{id}/remittances/{remittance_id}/content")
                .get(content),
        );
}

/// A file that tells a bank of titles.
#[derive(Serialize, ToSchema)]
pub(crate) struct RemittanceView {
    #[schema(value_type = Id)]
    id: RemittanceId,
    #[schema(value_type = Id)]
    payment_account_id: PaymentAccountId,
    /// Rises by one with each file of the account.
    sequence: i64,
    /// As the bank wants it called; null while it is not written.
    name: Option<String>,
    /// The charges whose titles it tells of.
    #[schema(value_type = Vec<Id>)]
    charges: Vec<ChargeId>,
    created_by: String,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
}

fn view(tx: &mut TenantTx<'_>, file: Remittance) -> AppResult<RemittanceView> {
    Ok(RemittanceView {
        charges: remittances::entries(tx, file.id)?,
        id: file.id,
        payment_account_id: file.account_id,
        sequence: file.sequence,
        name: file.name,
        created_by: file.created_by,
        created_at: file.created_at,
    })
}

/// Lists the files for a payment account's bank, the last one first.
#[utoipa::path(get, path = "/payment-accounts/{id}/remittances", tag = "payments", operation_id = "list_remittances",
    params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of files.", body = Listed<RemittanceView>)))]
pub(crate) async fn list(
    caller: Caller<PaymentAccountUpdate>,
    Segments(account): Segments<PaymentAccountId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        payment_accounts::find(tx, account)?.ok_or(AppError::NotFound("payment account"))?;
        let found = remittances::list(tx, account, &page)?;
        let mut views = Vec::new();
        for file in found.items {
            views.push(view(tx, file)?);
        }
        Ok((views, found.next))
    };
    let (items, next) = db.read(&caller.scope, read).await?;
    Ok(answer::ok(&Listed {
        items,
        next_cursor: next.map(|cursor| cursor.as_str().to_owned()),
    }))
}

/// Writes a file with the titles that the bank does not know yet, at most a thousand. Each title
/// stands in one file; where none waits, that is said.
#[utoipa::path(post, path = "/payment-accounts/{id}/remittances", tag = "payments", operation_id = "create_remittance", params(("id" = Id, Path)),
    responses((status = 201, description = "Written.", body = RemittanceView)))]
pub(crate) async fn create(
    caller: Caller<PaymentAccountUpdate>,
    Segments(account): Segments<PaymentAccountId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let file = remittance::write(&platform, &caller.scope, account).await?;
    let id = file.id;
    let scope = caller.scope.without_claim();
    let show = move |tx: &mut TenantTx<'_>| view(tx, file.clone());
    let shown = platform.db().read(&scope, show).await?;
    let location = format!("/api/v1/payment-accounts/{account}/remittances/{id}/content");
    Ok(answer::created(&location, &shown))
}

/// A file for the bank, to be carried there as it is.
#[utoipa::path(get, path = "/payment-accounts/{id}/remittances/{remittance_id}/content", tag = "payments", operation_id = "get_remittance_content",
    params(("id" = Id, Path), ("remittance_id" = Id, Path)),
    responses((status = 200, description = "Its bytes.", body = Vec<u8>, content_type = "application/octet-stream")))]
pub(crate) async fn content(
    caller: Caller<PaymentAccountUpdate>,
    Segments((account, id)): Segments<(PaymentAccountId, RemittanceId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let file = remittances::find(tx, id)?.filter(|file| file.account_id == account);
        let name = file.and_then(|file| file.name);
        let name = name.ok_or(AppError::NotFound("remittance"))?;
        Ok((name, remittances::content(tx, id)?))
    };
    let (name, bytes) = db.read(&caller.scope, read).await?;
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let name: String = name.chars().filter(plain).collect();
    let attached = format!("attachment; filename=\"{name}\"");
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header(("content-disposition", attached))
        .body(bytes))
}

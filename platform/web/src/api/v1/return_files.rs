//! Files of a bank that say what became of titles: brought here, read once, and reported on.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::billing::returned::{self, Arrival, ReturnReport};
use alvara_app::{AppError, AppResult, Platform};
use alvara_domain::id::{ChargeId, PaymentAccountId, ReturnFileId};
use alvara_domain::payment::PspRef;
use alvara_domain::payment::report::EventBody;
use alvara_domain::payment::returned::{LineOutcome, ReturnFile, ReturnLine, Tally};
use alvara_domain::time::UtcTime;
use alvara_store::{Db, Scope, TenantTx, payment_accounts, return_files};
use alvara_tenants::permissions::PaymentAccountUpdate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer;
use crate::body::{BULK_BODY, Params, Segments, check_media_type, read_body_up_to};
use crate::caller::Caller;
use crate::list::{Listed, PageParams};
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/payment-accounts/{id}/return-files")
                .get(list)
                .post(import),
        )
        .service(web::resource("/payment-accounts/{id}/return-files/{file_id}").get(get))
        .service(
            web::resource("/payment-accounts/{id}/return-files/{file_id}/content").get(content),
        );
}

/// A file of a bank, and how many of its lines came to what.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReturnFileView {
    #[schema(value_type = Id)]
    id: ReturnFileId,
    #[schema(value_type = Id)]
    payment_account_id: PaymentAccountId,
    /// SHA-256 of its bytes: the same file is one file however often it is sent.
    digest: String,
    size_bytes: i64,
    /// The version of the plugin that read it.
    plugin_version: String,
    received_by: String,
    #[schema(value_type = Instant)]
    received_at: UtcTime,
    /// How many titles it speaks of.
    lines: u32,
    /// Lines that are not looked at yet.
    waiting: u32,
    /// Lines that changed a charge.
    applied: u32,
    /// Lines that told nothing new.
    same: u32,
    /// Lines after which the provider is asked how things stand.
    asked: u32,
    /// Lines that are not believed: the charge says why.
    quarantined: u32,
    /// Lines that name a title which nobody here knows. They are looked at again when the file is
    /// sent again.
    unknown: u32,
    /// Lines that move no charge, or in a way that is not known here, or tell of another payment of
    /// what is paid: look at what they say.
    noted: u32,
}

impl ReturnFileView {
    fn of(file: ReturnFile, tally: Tally) -> Self {
        Self {
            id: file.id,
            payment_account_id: file.account_id,
            digest: file.digest,
            size_bytes: file.size_bytes,
            plugin_version: file.plugin_version,
            received_by: file.received_by,
            received_at: file.received_at,
            lines: tally.lines,
            waiting: tally.waiting,
            applied: tally.applied,
            same: tally.same,
            asked: tally.asked,
            quarantined: tally.quarantined,
            unknown: tally.unknown,
            noted: tally.noted,
        }
    }
}

/// How the bank calls a title.
#[derive(Serialize, ToSchema)]
pub(crate) struct TitleNameView {
    /// `nosso-numero`, `uso-empresa` or another.
    kind: String,
    value: String,
}

impl From<PspRef> for TitleNameView {
    fn from(name: PspRef) -> Self {
        Self {
            kind: name.kind,
            value: name.value,
        }
    }
}

/// A line of a bank's file.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReturnLineView {
    /// From 1, in the order of the file.
    position: i64,
    /// How the bank calls the title.
    names: Vec<TitleNameView>,
    /// `waiting`, `applied`, `same`, `ask_again`, `quarantined`, `unknown` or `noted`.
    #[schema(value_type = String)]
    outcome: LineOutcome,
    /// The charge that the title is of.
    #[schema(value_type = Option<Id>)]
    charge_id: Option<ChargeId>,
    /// The state that the bank reports of it; null where the line moves no charge.
    state: Option<String>,
    /// What was paid, in the smallest unit of the charge's currency.
    paid_minor: Option<i64>,
    /// The bank's own word, or what the line is about where it moves nothing.
    said: String,
    #[schema(value_type = Option<Instant>)]
    occurred_at: Option<UtcTime>,
}

impl From<ReturnLine> for ReturnLineView {
    fn from(line: ReturnLine) -> Self {
        let (state, paid_minor, said) = match line.event.body {
            EventBody::Charge(report) => (
                Some(report.state.to_string()),
                Some(report.captured.amount_minor),
                report.raw_status,
            ),
            EventBody::Ignored(what) => (None, None, what),
            EventBody::Refund(report) => (None, None, report.raw_status),
            EventBody::Mandate(report) => (None, None, report.raw_status),
            EventBody::Dispute(report) => (None, None, report.reason),
            EventBody::ChargeHint | EventBody::RefundHint | EventBody::MandateHint => {
                (None, None, String::new())
            }
        };
        Self {
            position: line.position,
            names: line
                .event
                .refs
                .into_iter()
                .map(TitleNameView::from)
                .collect(),
            outcome: line.outcome,
            charge_id: line.charge_id,
            state,
            paid_minor,
            said,
            occurred_at: line.event.occurred_at,
        }
    }
}

/// A file of a bank with its lines.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReturnReportView {
    #[serde(flatten)]
    file: ReturnFileView,
    titles: Vec<ReturnLineView>,
}

impl From<ReturnReport> for ReturnReportView {
    fn from(report: ReturnReport) -> Self {
        Self {
            file: ReturnFileView::of(report.file, report.tally),
            titles: report.lines.into_iter().map(ReturnLineView::from).collect(),
        }
    }
}

async fn load(
    db: &Db,
    scope: &Scope,
    (account, id): (PaymentAccountId, ReturnFileId),
) -> Result<ReturnReportView, Problem> {
    let read = move |tx: &mut TenantTx<'_>| returned::report(tx, account, id);
    Ok(db.read(scope, read).await?.into())
}

/// Lists the files of a payment account's bank, the last one received first.
#[utoipa::path(get, path = "/payment-accounts/{id}/return-files", tag = "payments", operation_id = "list_return_files",
    params(("id" = Id, Path), PageParams),
    responses((status = 200, description = "A page of files.", body = Listed<ReturnFileView>)))]
pub(crate) async fn list(
    caller: Caller<PaymentAccountUpdate>,
    Segments(account): Segments<PaymentAccountId>,
    Params(page): Params<PageParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page.request()?;
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        payment_accounts::find(tx, account)?.ok_or(AppError::NotFound("payment account"))?;
        let found = return_files::list(tx, account, &page)?;
        let mut views = Vec::new();
        for file in found.items {
            let tally = return_files::tally(tx, file.id)?;
            views.push(ReturnFileView::of(file, tally));
        }
        Ok((views, found.next))
    };
    let (items, next) = db.read(&caller.scope, read).await?;
    Ok(answer::ok(&Listed {
        items,
        next_cursor: next.map(|cursor| cursor.as_str().to_owned()),
    }))
}

/// Takes in a file of the bank, at most 512 KiB, as it came. The account's plugin reads it; what it
/// does not understand is refused with its words and kept nowhere. Each line is applied once, however
/// often it is sent. A file that came before is answered with its report, 200; lines that named a
/// title which nobody knew are looked at again then.
#[utoipa::path(post, path = "/payment-accounts/{id}/return-files", tag = "payments", operation_id = "import_return_file",
    params(("id" = Id, Path)), request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "Read, with what its lines came to.", body = ReturnReportView),
        (status = 200, description = "It came before.", body = ReturnReportView)))]
pub(crate) async fn import(
    caller: Caller<PaymentAccountUpdate>,
    Segments(account): Segments<PaymentAccountId>,
    request: HttpRequest,
    payload: web::Payload,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    check_media_type(&request, "application/octet-stream")?;
    let file = read_body_up_to(BULK_BODY, &request, &mut payload.into_inner()).await?;
    let (id, arrival) = returned::import(&platform, &caller.scope, account, file.to_vec()).await?;
    let scope = caller.scope.without_claim();
    let view = load(platform.db(), &scope, (account, id)).await?;
    Ok(match arrival {
        Arrival::New => {
            let location = format!("/api/v1/payment-accounts/{account}/return-files/{id}");
            answer::created(&location, &view)
        }
        Arrival::Again => answer::ok(&view),
    })
}

/// Shows what a file of the bank said of each title, and what was made of it.
#[utoipa::path(get, path = "/payment-accounts/{id}/return-files/{file_id}", tag = "payments", operation_id = "get_return_file",
    params(("id" = Id, Path), ("file_id" = Id, Path)),
    responses((status = 200, description = "The report.", body = ReturnReportView)))]
pub(crate) async fn get(
    caller: Caller<PaymentAccountUpdate>,
    Segments(at): Segments<(PaymentAccountId, ReturnFileId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    Ok(answer::ok(&load(&db, &caller.scope, at).await?))
}

/// A file of the bank as it came.
#[utoipa::path(get, path = "/payment-accounts/{id}/return-files/{file_id}/content", tag = "payments", operation_id = "get_return_file_content",
    params(("id" = Id, Path), ("file_id" = Id, Path)),
    responses((status = 200, description = "Its bytes.", body = Vec<u8>, content_type = "application/octet-stream")))]
pub(crate) async fn content(
    caller: Caller<PaymentAccountUpdate>,
    Segments((account, id)): Segments<(PaymentAccountId, ReturnFileId)>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let read = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let file = return_files::find(tx, id)?.filter(|file| file.account_id == account);
        file.ok_or(AppError::NotFound("return file"))?;
        Ok(return_files::content(tx, id)?)
    };
    let bytes = db.read(&caller.scope, read).await?;
    let attached = format!("attachment; filename=\"{id}.ret\"");
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header(("content-disposition", attached))
        .body(bytes))
}

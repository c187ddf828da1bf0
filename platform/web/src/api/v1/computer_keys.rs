//! Computer keys as files, for machines that never call.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_app::machine::export_keys::{KEYS_MOST, KeyFile, KeyPage};
use alvara_domain::id::{LicenseId, MachineId};
use alvara_store::page::Cursor;
use alvara_tenants::permissions::MachineExportKey;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Params, Segments};
use crate::caller::Caller;
use crate::carried::{Carried, Form};
use crate::list::Listed;
use crate::problem::{Fault, Problem};
use crate::schema::Id;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/machines/{id}/computer-keys").post(issue))
        .service(web::resource("/licenses/{id}/computer-keys").post(issue_all));
}

/// A computer key and a lease to carry to their machine.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComputerKeyView {
    #[schema(value_type = Id)]
    machine_id: MachineId,
    /// The machine's name.
    name: String,
    /// Number of the key; a program refuses a lower one than it holds.
    seq: i64,
    /// Key and lease in their block: an ALVARA COMPUTER KEY, which holds the two JWS, a line each.
    armour: String,
}

impl From<KeyFile> for ComputerKeyView {
    fn from(file: KeyFile) -> Self {
        Self {
            armour: file.armour(),
            machine_id: file.machine,
            name: file.name,
            seq: file.seq,
        }
    }
}

/// Which machines of the license.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeyParams {
    /// Keys a page, 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Gives out a new computer key for one machine, which shows its license as it is now, and a lease
/// that begins now: a block to save as a file, a QR code (`Accept: image/svg+xml` or `image/png`), or
/// JSON.
#[utoipa::path(post, path = "/machines/{id}/computer-keys", tag = "machines", operation_id = "issue_computer_key", params(("id" = Id, Path)),
    responses(
        (status = 200, description = "The key.", content(
            (String = "application/x-pem-file"), (ComputerKeyView = "application/json"),
            (String = "image/svg+xml"), (Vec<u8> = "image/png"))),
    ))]
pub(crate) async fn issue(
    request: HttpRequest,
    caller: Caller<MachineExportKey>,
    Segments(id): Segments<MachineId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let file = platform.export_key(&caller.scope, id).await?;
    let bare = file.lines();
    let json = ComputerKeyView::from(file);
    let carried = Carried {
        block: &json.armour,
        bare: &bare,
        json: &json,
        name: "computer-key",
    };
    let form = Form::asked(&request, &[Form::Block, Form::Json, Form::Svg, Form::Png]);
    carried.answer_write(HttpResponse::Ok(), form)
}

/// Gives out new computer keys, each with a lease, for every active machine of a license, up to 1000 at
/// once. After a renewal machines without network learn of it so.
#[utoipa::path(post, path = "/licenses/{id}/computer-keys", tag = "licenses", operation_id = "issue_computer_keys",
    params(("id" = Id, Path), KeyParams),
    responses((status = 200, description = "A page of keys.", body = Listed<ComputerKeyView>)))]
pub(crate) async fn issue_all(
    caller: Caller<MachineExportKey>,
    Segments(id): Segments<LicenseId>,
    Params(params): Params<KeyParams>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    if params
        .limit
        .is_some_and(|limit| !(1..=KEYS_MOST).contains(&limit))
    {
        let fault = Fault::message("/query/limit", "out_of_range", "field-out-of-range");
        return Err(Problem::field(fault));
    }
    let page = KeyPage {
        limit: params.limit,
        after: params.cursor.as_deref().map(Cursor::from_text),
    };
    let (files, next) = platform.export_keys(&caller.scope, id, page).await?;
    Ok(answer::ok(&Listed {
        items: files.into_iter().map(ComputerKeyView::from).collect(),
        next_cursor: next.map(|cursor| cursor.as_str().to_owned()),
    }))
}

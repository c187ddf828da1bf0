//! The form by which a version of a plugin is installed: its one file, and whether it may be unsigned.

use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_render::page::{FieldKind, FieldView, FormPage, FormView, Link};
use alvara_tenants::permissions::PluginUpdate;

use super::super::desk::Desk;
use super::super::upload::{ROOM, Upload};
use crate::api::v1::plugins::{self as interface, Unsigned};
use crate::body::{BodyLimit, PLUGIN_BODY};
use crate::caller::Operator;
use crate::problem::{Fault, Kind, Problem};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/plugins/install")
            .app_data(BodyLimit(PLUGIN_BODY + ROOM))
            .get(form)
            .post(install),
    );
}

fn page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let mut file = FieldView::new(FieldKind::File, "file", tell.word("plugins-file"))
        .required()
        .hint(tell.word("plugins-file-hint"));
    file.accept = Some(".wasm,application/wasm");
    let unsigned = FieldView::check("_unsigned", tell.word("plugins-unsigned-accept"))
        .hint(tell.word("plugins-unsigned-hint"));
    FormPage {
        title: tell.word("plugins-install"),
        intro: Some(tell.word("plugins-install-intro")),
        form: FormView::new(
            "/plugins/install",
            tell.word("plugins-install-this"),
            vec![file, unsigned],
        )
        .cancel(Link::new("/plugins", tell.word("portal-cancel"))),
        back: Some(Link::new("/plugins", tell.word("nav-plugins"))),
        ..FormPage::default()
    }
}

async fn form(desk: Desk, _: Operator<PluginUpdate>) -> Result<HttpResponse, Problem> {
    desk.show(&page(&desk))
}

/// The file is read only for who may install it: it is large.
async fn install(
    desk: Desk,
    caller: Operator<PluginUpdate>,
    request: HttpRequest,
    payload: Payload,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let upload = Upload::read(&request, &mut payload.into_inner()).await?;
    let is_chosen = upload.is_chosen();
    let Upload { entry, bytes, .. } = upload;
    let unsigned = match entry.typed("_unsigned") {
        Some(_) => Unsigned::Accept,
        None => Unsigned::Refuse,
    };
    let made = if is_chosen {
        interface::install_file(caller, unsigned, bytes, &platform).await
    } else {
        let missing = Fault::message("/file", "required", "field-required");
        Err(Problem::field(missing))
    };
    match made {
        Ok(made) => Ok(desk.done(&desk.place_of(&made), "plugin-installed")),
        Err(problem) => desk.retry(page(&desk), &entry, of_file(problem)),
    }
}

/// Why a file is refused stands at its field.
fn of_file(problem: Problem) -> Problem {
    match (problem.kind(), problem.member("reason")) {
        (Kind::PluginRefused, Some(reason)) => {
            Problem::field(Fault::text("/file", "malformed", reason))
        }
        _ => problem,
    }
}

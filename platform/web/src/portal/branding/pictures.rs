//! The pictures of a draft: each shown on the ground it is for, put by a form with a file, and taken
//! out.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::brand::PictureSlot;
use alvara_domain::id::NodeId;
use alvara_render::PICTURE_BYTES;
use alvara_render::page::{Action, FieldKind, FieldView, FormView};
use alvara_tenants::permissions::BrandUpdate;
use alvara_tenants::{DARK, LIGHT, PermissionKey};
use serde::Serialize;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::upload::{ROOM, Upload};
use super::{Known, page, place};
use crate::api::v1::brands as interface;
use crate::body::{BodyLimit, Segments};
use crate::caller::Caller;
use crate::precondition::MaybeIfMatch;
use crate::problem::{Fault, Problem};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/nodes/{id}/branding/pictures/{picture}")
                // A little more than a picture, so that one that is too large is told from what is
                // no form.
                .app_data(BodyLimit(2 * PICTURE_BYTES + ROOM))
                .get(interface::picture)
                .post(put),
        )
        .service(web::resource("/nodes/{id}/branding/pictures/{picture}/remove").post(remove));
}

/// A picture, and how to change it.
#[derive(Serialize)]
pub(super) struct PictureBox {
    /// Unique on the page.
    id: String,
    title: String,
    about: String,
    /// Its address, when the draft has one of its own.
    src: Option<String>,
    alt: String,
    /// The colour that it is shown on.
    ground: String,
    /// What stands for it.
    none: String,
    form: Option<FormView>,
    remove: Option<Action>,
}

/// What was wrong with a picture that was sent.
pub(super) struct Wrong {
    slot: PictureSlot,
    form: FormView,
}

fn form(desk: &Desk, known: &Known, slot: PictureSlot) -> FormView {
    let tell = desk.tell();
    let mut file = FieldView::new(FieldKind::File, "picture", tell.word("branding-file"))
        .required()
        .hint(tell.word(&format!("branding-{slot}-hint")));
    file.id = format!("f-{slot}");
    file.accept = Some(match slot {
        PictureSlot::Favicon => "image/png",
        PictureSlot::Logo | PictureSlot::LogoDark => "image/png,image/svg+xml",
    });
    let post = format!("{}/pictures/{slot}", known.place());
    let fields = vec![known.version(), file];
    FormView::new(post, tell.word("branding-upload"), fields)
}

/// The three pictures.
pub(super) fn boxes(desk: &Desk, known: &Known, wrong: Option<Wrong>) -> Vec<PictureBox> {
    let tell = desk.tell();
    let may = desk.may(PermissionKey::BrandUpdate);
    let mut wrong = wrong;
    let mut one = |slot: PictureSlot| {
        let own = known.stored.draft.picture(slot);
        let title = tell.word(&format!("branding-{slot}"));
        let place = format!("{}/pictures/{slot}", known.place());
        let sent = wrong.take_if(|wrong| wrong.slot == slot);
        let remove = || {
            Action::new(format!("{place}/remove"), tell.word("branding-remove"))
                .field(known.version())
                .about(title.clone())
        };
        let form = || sent.map_or_else(|| form(desk, known, slot), |wrong| wrong.form);
        PictureBox {
            id: format!("picture-{slot}"),
            about: own.map_or_else(String::new, |own| {
                format!("{} {} × {}", own.format, own.width, own.height)
            }),
            // The digest makes a new picture a new address.
            src: own.map(|own| format!("{place}?v={}", own.digest.get(..12).unwrap_or_default())),
            alt: title.clone(),
            ground: match slot {
                PictureSlot::LogoDark => DARK.panel.to_string(),
                PictureSlot::Logo | PictureSlot::Favicon => LIGHT.panel.to_string(),
            },
            none: tell.word(if known.brand.picture(slot).is_some() {
                "branding-picture-inherited"
            } else {
                "branding-picture-none"
            }),
            remove: (may && own.is_some()).then(remove),
            form: may.then(form),
            title,
        }
    };
    PictureSlot::ALL.iter().map(|slot| one(*slot)).collect()
}

async fn put(
    desk: Desk,
    caller: Caller<BrandUpdate>,
    Segments((id, slot)): Segments<(NodeId, PictureSlot)>,
    upload: Upload,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.without_claim();
    let is_chosen = upload.is_chosen();
    let Upload { entry, bytes, .. } = upload;
    let put = if is_chosen {
        let version = entry.version();
        interface::put_bytes(caller, (id, slot), version, bytes, platform.clone()).await
    } else {
        let missing = Fault::message("/picture", "required", "field-required");
        Err(Problem::field(missing))
    };
    match put {
        Ok(_) => Ok(desk.done(&format!("{}#picture-{slot}", place(id)), "picture-put")),
        Err(problem) => {
            let known = Known::read(&platform, &scope, id).await?;
            let mut form = form(&desk, &known, slot);
            let status = desk.again(&mut form, &entry, of_field(problem))?;
            let page = page(&desk, &scope, &known, Some(Wrong { slot, form }));
            desk.answer(status, &page)
        }
    }
}

/// The interface takes a picture as a whole body; here it is a field.
fn of_field(problem: Problem) -> Problem {
    match problem.faults() {
        [fault] if fault.pointer.is_empty() => Problem::field(Fault {
            pointer: "/picture".to_owned(),
            ..fault.clone()
        }),
        _ => problem,
    }
}

async fn remove(
    desk: Desk,
    caller: Caller<BrandUpdate>,
    at: Segments<(NodeId, PictureSlot)>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let (id, slot) = at.0;
    let version = MaybeIfMatch::from(entry.version());
    let _ = interface::remove_image(caller, at, version, platform).await?;
    Ok(desk.done(&format!("{}#picture-{slot}", place(id)), "picture-removed"))
}

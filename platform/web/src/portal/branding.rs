//! What a place says of itself: the draft, its pictures, how it would look, and making it public.

mod form;
mod mails;
mod pictures;
mod preview;
mod wording;

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::brand::brand_of;
use alvara_app::{AppResult, Platform};
use alvara_domain::brand::StoredBrand;
use alvara_domain::id::NodeId;
use alvara_domain::node::{Node, Tenant};
use alvara_render::page::{Action, Badge, Cell, Fact, FieldView, FormFault, Link, Page, Tone};
use alvara_store::{Scope, TenantTx, tenants};
use alvara_tenants::permissions::{BrandRead, BrandUpdate};
use alvara_tenants::{Brand, PermissionKey};
use serde::Serialize;

use super::desk::Desk;
use super::entry::Entry;
use super::tell::Tell;
use crate::api::v1::brands as interface;
use crate::body::{BULK_BODY, BodyLimit, Json, Segments};
use crate::caller::Caller;
use crate::precondition::{IfMatch, MaybeIfMatch};
use crate::problem::Problem;
use form::Group;
use pictures::{PictureBox, Wrong};
use preview::{Swatches, swatches};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/branding").get(own))
        .service(
            web::resource("/nodes/{id}/branding")
                .app_data(BodyLimit(BULK_BODY))
                .get(show)
                .post(save),
        )
        .service(web::resource("/nodes/{id}/branding/publish").post(publish))
        .service(web::resource("/nodes/{id}/branding/revert").post(revert))
        .configure(mails::routes)
        .configure(pictures::routes)
        .configure(preview::routes)
        .configure(wording::routes);
}

/// The brand of a place, and what follows from its draft.
struct Known {
    tenant: Tenant,
    node: Node,
    stored: StoredBrand,
    brand: Brand,
}

impl Known {
    async fn read(platform: &Platform, scope: &Scope, id: NodeId) -> Result<Self, Problem> {
        let work = move |tx: &mut TenantTx<'_>| -> AppResult<_> {
            let (node, stored) = brand_of(tx, id)?;
            Ok((tenants::load_own(tx)?, node, stored))
        };
        let (tenant, node, stored) = platform.db().read(&scope.without_claim(), work).await?;
        let brand = platform
            .gate()
            .preview_brand(&tenant, &node.path, stored.draft.clone())
            .await?;
        Ok(Self {
            tenant,
            node,
            stored,
            brand,
        })
    }

    fn is_changed(&self) -> bool {
        self.stored.published.clone().unwrap_or_default() != self.stored.draft
    }

    /// Address of its page.
    fn place(&self) -> String {
        place(self.node.id)
    }

    fn version(&self) -> FieldView {
        FieldView::hidden("_version", self.stored.version.to_string())
    }
}

/// Address of the page of a place's brand.
fn place(id: NodeId) -> String {
    format!("/nodes/{id}/branding")
}

/// The page.
#[derive(Serialize)]
struct BrandingPage {
    title: String,
    badge: Option<Badge>,
    intro: Option<String>,
    back: Option<Link>,
    links: Vec<Link>,
    actions: Vec<Action>,
    facts: Vec<Fact>,
    swatches: Vec<Swatches>,
    /// Where the form is sent; absent for who may only look.
    post: Option<String>,
    /// What is wrong with it.
    faults: Vec<FormFault>,
    groups: Vec<Group>,
    pictures: Vec<PictureBox>,
}

impl Page for BrandingPage {
    const TEMPLATE: &'static str = "branding";
}

/// The page of a place, with what was wrong with the picture that was just sent.
fn page(desk: &Desk, scope: &Scope, known: &Known, wrong: Option<Wrong>) -> BrandingPage {
    let tell = desk.tell();
    let may = desk.may(PermissionKey::BrandUpdate);
    let place = known.place();
    let form = form::fields(known, &tell);
    BrandingPage {
        title: tell.word("branding-title"),
        badge: Some(badge(known, &tell)),
        intro: Some(known.node.name.clone()),
        back: back(desk, scope, known),
        links: ["preview", "wording", "mails"]
            .map(|page| {
                let label = tell.word(&format!("branding-{page}"));
                Link::new(format!("{place}/{page}"), label)
            })
            .into(),
        actions: if may && known.is_changed() {
            actions(known, &tell)
        } else {
            Vec::new()
        },
        facts: facts(known, &tell),
        swatches: swatches(&known.brand, &tell),
        post: may.then_some(place),
        faults: Vec::new(),
        groups: if may {
            form::groups(form, &tell)
        } else {
            Vec::new()
        },
        pictures: pictures::boxes(desk, known, wrong),
    }
}

fn back(desk: &Desk, scope: &Scope, known: &Known) -> Option<Link> {
    let tell = desk.tell();
    if scope.path().id() != known.node.id && desk.may(PermissionKey::NodeRead) {
        let place = format!("/nodes/{}", known.node.id);
        return Some(Link::new(place, known.node.name.clone()));
    }
    desk.may(PermissionKey::SettingsRead)
        .then(|| Link::new("/settings", tell.word("nav-settings")))
}

fn badge(known: &Known, tell: &Tell) -> Badge {
    let (tone, key) = match (known.is_changed(), known.stored.published_at) {
        (true, _) => (Tone::Warn, "branding-state-changed"),
        (false, Some(_)) => (Tone::Ok, "branding-state-public"),
        (false, None) => (Tone::Neutral, "branding-state-silent"),
    };
    Badge {
        tone,
        text: tell.word(key),
    }
}

fn actions(known: &Known, tell: &Tell) -> Vec<Action> {
    let place = known.place();
    let action = |what: &str, tone: Tone| {
        Action::new(
            format!("{place}/{what}"),
            tell.word(&format!("branding-{what}")),
        )
        .confirm(tone, tell.word(&format!("branding-{what}-question")))
        .field(known.version())
    };
    vec![
        action("publish", Tone::Neutral),
        action("revert", Tone::Bad),
    ]
}

fn facts(known: &Known, tell: &Tell) -> Vec<Fact> {
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("branding-{key}")), cell);
    let text = |text: Option<&str>| Cell::text(text.unwrap_or("—"));
    let brand = &known.brand;
    vec![
        fact("trade-name", Cell::text(brand.trade_name.clone())),
        fact("sender-name", Cell::text(brand.sender_name.clone())),
        fact("reply-to", text(brand.reply_to.as_deref())),
        fact(
            "published-at",
            tell.maybe_instant(known.stored.published_at),
        ),
    ]
}

/// `/branding` is that of one's own place.
async fn own(caller: Caller<BrandRead>) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, place(caller.scope.path().id())))
        .finish()
}

async fn show(
    desk: Desk,
    caller: Caller<BrandRead>,
    Segments(id): Segments<NodeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = Known::read(&platform, &caller.scope, id).await?;
    desk.show(&page(&desk, &caller.scope, &known, None))
}

async fn save(
    desk: Desk,
    caller: Caller<BrandUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.scope.without_claim();
    let known = Known::read(&platform, &scope, id).await?;
    // The form says everything but the wording, which stays as it was when it was read here: so
    // nothing may have been written since, even by who sent no version.
    let version = match entry.version() {
        IfMatch::Any => IfMatch::Version(known.stored.version),
        said @ IfMatch::Version(_) => said,
    };
    let written = match form::read(&entry) {
        Ok(body) => {
            let body = body.with_wording(known.stored.draft.wording.clone());
            interface::put(caller, Segments(id), version, Json(body), platform.clone()).await
        }
        Err(problem) => Err(problem),
    };
    match written {
        Ok(_) => Ok(desk.done(&place(id), "saved")),
        Err(problem) => {
            let mut page = page(&desk, &scope, &known, None);
            let mut form = form::fields(&known, &desk.tell());
            let status = desk.again(&mut form, &entry, problem)?;
            page.faults = std::mem::take(&mut form.faults);
            page.groups = form::groups(form, &desk.tell());
            desk.answer(status, &page)
        }
    }
}

async fn publish(
    desk: Desk,
    caller: Caller<BrandUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let version = MaybeIfMatch::from(entry.version());
    let _ = interface::publish(caller, Segments(id), version, platform).await?;
    Ok(desk.done(&place(id), "brand-published"))
}

async fn revert(
    desk: Desk,
    caller: Caller<BrandUpdate>,
    Segments(id): Segments<NodeId>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let version = MaybeIfMatch::from(entry.version());
    let _ = interface::revert(caller, Segments(id), version, platform).await?;
    Ok(desk.done(&place(id), "brand-reverted"))
}

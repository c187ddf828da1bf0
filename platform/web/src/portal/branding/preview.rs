//! How a draft would look: its colours as they are shown, and a page that wears them.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::brand::{Colour, PictureSlot, Scheme};
use alvara_domain::id::NodeId;
use alvara_render::Args;
use alvara_render::page::{Badge, Link, Page, Tone};
use alvara_tenants::permissions::BrandRead;
use alvara_tenants::{Brand, Palette};
use serde::Serialize;

use super::super::desk::Desk;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::Known;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/nodes/{id}/branding/preview").get(show))
        .service(web::resource("/nodes/{id}/branding/preview.css").get(style));
}

/// Letters on a ground, both as pages show them.
#[derive(Serialize)]
struct Swatch {
    /// Where it begins, in units of the drawing.
    x: usize,
    fill: Colour,
    ink: Colour,
}

/// The colours on one ground.
#[derive(Serialize)]
pub(super) struct Swatches {
    title: String,
    /// The same in words, for who cannot see it.
    alt: String,
    items: Vec<Swatch>,
}

/// The colours as they are shown, for a light and for a dark ground.
pub(super) fn swatches(brand: &Brand, tell: &Tell) -> Vec<Swatches> {
    [("light", &brand.light), ("dark", &brand.dark)]
        .map(|(key, palette)| on(key, palette, tell))
        .into()
}

fn on(key: &str, palette: &Palette, tell: &Tell) -> Swatches {
    let (brand, accent) = (palette.brand, palette.accent);
    let pairs = [
        (brand.fill, brand.on_fill),
        (palette.ground.page, brand.text),
        (brand.tint, brand.text),
        (accent.fill, accent.on_fill),
        (palette.ground.page, accent.text),
    ];
    let items = pairs.iter().enumerate().map(|(at, (fill, ink))| Swatch {
        x: at * 80,
        fill: *fill,
        ink: *ink,
    });
    let title = tell.word(&format!("branding-ground-{key}"));
    let args = Args::new()
        .text("button", brand.fill.to_string())
        .text("letters", brand.on_fill.to_string())
        .text("text", brand.text.to_string())
        .text("accent", accent.fill.to_string());
    Swatches {
        title,
        alt: tell.say("branding-swatches", args),
        items: items.collect(),
    }
}

/// A page that wears the draft.
#[derive(Serialize)]
struct PreviewPage {
    title: String,
    badge: Option<Badge>,
    intro: Option<String>,
    back: Option<Link>,
    /// Address of the draft's style sheet.
    style: String,
    /// The same page on the other grounds.
    grounds: Vec<Link>,
    name: String,
    logo: Option<String>,
    website: Option<String>,
    mail: Option<String>,
    badges: Vec<Badge>,
}

impl Page for PreviewPage {
    const TEMPLATE: &'static str = "brand-preview";
}

async fn show(
    desk: Desk,
    caller: Caller<BrandRead>,
    Segments(id): Segments<NodeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = Known::read(&platform, &caller.scope, id).await?;
    let tell = desk.tell();
    let scheme = Query::of(&desk).value("scheme").unwrap_or(Scheme::Auto);
    let place = known.place();
    let slot = match scheme {
        Scheme::Dark => PictureSlot::LogoDark,
        Scheme::Light | Scheme::Auto => PictureSlot::Logo,
    };
    let grounds = Scheme::ALL.iter().map(|scheme| {
        let label = tell.value("branding-scheme", scheme);
        Link::new(format!("{place}/preview?scheme={scheme}"), label)
    });
    let tones = [Tone::Ok, Tone::Warn, Tone::Bad, Tone::Info];
    let words =
        ["ok", "warn", "bad", "info"].map(|key| tell.word(&format!("branding-badge-{key}")));
    let badges = tones.into_iter().zip(words);
    desk.show(&PreviewPage {
        title: tell.word("branding-preview"),
        badge: None,
        intro: Some(tell.word("branding-preview-intro")),
        back: Some(Link::new(place.clone(), tell.word("branding-title"))),
        style: format!("{place}/preview.css?scheme={scheme}"),
        grounds: grounds.collect(),
        name: known.brand.trade_name.clone(),
        logo: logo(&known, slot),
        website: known.brand.website.clone(),
        mail: known.brand.support_email.clone(),
        badges: badges.map(|(tone, text)| Badge { tone, text }).collect(),
    })
}

/// The draft's own picture, or that of the tenant's root, which its host serves. Where it comes from
/// a place between them, the name stands for it.
fn logo(known: &Known, slot: PictureSlot) -> Option<String> {
    let shown = known.brand.picture(slot)?;
    if shown.node == known.node.id {
        // What is shown for dark grounds may be the only logo there is.
        let slot = match known.stored.draft.picture(slot) {
            Some(_) => slot,
            None => PictureSlot::Logo,
        };
        return Some(format!("{}/pictures/{slot}", known.place()));
    }
    (shown.node == known.tenant.root_node_id).then(|| format!("/brand/{slot}"))
}

/// The style sheet of the draft, on the ground that is asked for.
async fn style(
    desk: Desk,
    caller: Caller<BrandRead>,
    Segments(id): Segments<NodeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = Known::read(&platform, &caller.scope, id).await?;
    let scheme = match Query::of(&desk).value("scheme") {
        Some(Scheme::Light) => ":root{color-scheme:light}\n",
        Some(Scheme::Dark) => ":root{color-scheme:dark}\n",
        Some(Scheme::Auto) | None => "",
    };
    Ok(HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .body(format!("{}{scheme}", known.brand.css())))
}

//! One message: how it comes, its places, and the form in which a place says it otherwise.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::id::NodeId;
use alvara_render::Message;
use alvara_render::page::{
    Action, Cell, DetailPage, Fact, FieldKind, FieldView, FormView, Link, Section, Tone,
};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{BrandRead, BrandUpdate};

use super::super::super::desk::{Desk, own_name};
use super::super::super::entry::Entry;
use super::super::Known;
use super::catalogue::group_of;
use super::{Whose, Worded};
use crate::api::v1::brands::{self as interface, BrandBody, BrandValues};
use crate::body::{BULK_BODY, BodyLimit, Json, Segments, json_from};
use crate::caller::Caller;
use crate::precondition::IfMatch;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/nodes/{id}/branding/wording/{language}/{key}")
                .app_data(BodyLimit(BULK_BODY))
                .get(show)
                .post(save),
        )
        .service(web::resource("/nodes/{id}/branding/wording/{language}/{key}/reset").post(reset));
}

/// Which message of which place: node, language, key.
type Place = (NodeId, String, String);

/// A message that the place may word.
fn find<'a>(
    desk: &'a super::Tell,
    known: &Known,
    (_, tag, key): &Place,
) -> Result<&'a Message, Problem> {
    let messages = desk.words().messages(tag).iter();
    let worded = Worded { known, tag };
    messages
        .filter(|message| worded.offers(message))
        .find(|message| message.key == *key)
        .ok_or_else(Problem::not_found)
}

/// The name of the field, whose pointer is the one that the interface names.
fn field_name((_, tag, key): &Place) -> String {
    format!("wording.{tag}.{key}")
}

fn address(known: &Known, (_, tag, key): &Place) -> String {
    format!("{}/wording/{tag}/{key}", known.place())
}

fn form(desk: &Desk, known: &Known, place: &Place, said: &str) -> FormView {
    let tell = desk.tell();
    let name = field_name(place);
    let mut field = FieldView::new(FieldKind::Area, name, tell.word("wording-own-text"))
        .required()
        .value(said)
        .hint(tell.word("wording-own-hint"));
    field.lang = Some(place.1.clone());
    FormView::new(
        address(known, place),
        tell.word("branding-save"),
        vec![known.version(), field],
    )
}

fn page(
    desk: &Desk,
    known: &Known,
    place: &Place,
    sent: Option<FormView>,
) -> Result<DetailPage, Problem> {
    let tell = desk.tell();
    let message = find(&tell, known, place)?;
    let (_, tag, key) = place;
    let worded = Worded { known, tag };
    let (whose, said) = worded.said(message);
    let may = desk.may(PermissionKey::BrandUpdate);
    let mut sections = vec![Section {
        id: "ours",
        title: tell.word("wording-ours-title"),
        block: Some(message.text.clone()),
        block_lang: Some(tag.clone()),
        ..Section::default()
    }];
    if whose == Whose::Above {
        sections.push(Section {
            id: "above",
            title: tell.word("wording-above-title"),
            block: Some(said.to_owned()),
            block_lang: Some(tag.clone()),
            ..Section::default()
        });
    }
    if may {
        sections.push(Section {
            id: "own",
            title: tell.word("wording-own-title"),
            form: Some(sent.unwrap_or_else(|| form(desk, known, place, said))),
            ..Section::default()
        });
    } else if whose == Whose::Own {
        sections.push(Section {
            id: "own",
            title: tell.word("wording-own-title"),
            block: Some(said.to_owned()),
            block_lang: Some(tag.clone()),
            ..Section::default()
        });
    }
    let home = format!("{}/wording?language={tag}", known.place());
    let mut links = Vec::new();
    if message.file == "mail" {
        let mails = format!("{}/mails?language={tag}", known.place());
        links.push(Link::new(mails, tell.word("branding-mails")));
    }
    let mut actions = Vec::new();
    if may && whose == Whose::Own {
        actions.push(
            Action::new(
                format!("{}/reset", address(known, place)),
                tell.word("wording-reset"),
            )
            .confirm(Tone::Bad, tell.word("wording-reset-question"))
            .field(known.version()),
        );
    }
    Ok(DetailPage {
        title: key.clone(),
        badge: Some(whose.badge(&tell)),
        back: Some(Link::new(home, tell.word("branding-wording"))),
        links,
        actions,
        facts: facts(&tell, message, tag),
        sections,
        ..DetailPage::default()
    })
}

fn facts(tell: &super::Tell, message: &Message, tag: &str) -> Vec<Fact> {
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("wording-{key}")), cell);
    let places = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| format!("{{ ${name} }}")).collect();
        if names.is_empty() {
            Cell::text("—")
        } else {
            Cell::code(names.join(" "))
        }
    };
    let mut facts = vec![
        fact("language", Cell::text(own_name(tag)).lang(tag)),
        fact(
            "group",
            Cell::text(tell.value("wording-group", &group_of(message).unwrap_or_default())),
        ),
        fact("must-show", places(&message.shown)),
    ];
    if !message.known.is_empty() {
        facts.push(fact("may-use", places(&message.known)));
    }
    facts
}

async fn show(
    desk: Desk,
    caller: Caller<BrandRead>,
    Segments(place): Segments<Place>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = Known::read(&platform, &caller.scope, place.0).await?;
    desk.show(&page(&desk, &known, &place, None)?)
}

/// The draft as the interface takes it, with this text of a message or, without one, with ours.
fn body(known: &Known, (_, tag, key): &Place, text: Option<&str>) -> Result<BrandBody, Problem> {
    let draft = known.stored.draft.clone();
    let mut wording: BTreeMap<_, BTreeMap<_, _>> = draft.wording.clone();
    let texts = wording.entry(tag.clone()).or_default();
    match text {
        Some(text) => texts.insert(key.clone(), text.to_owned()),
        None => texts.remove(key),
    };
    wording.retain(|_, texts| !texts.is_empty());
    let values = serde_json::to_vec(&BrandValues::from(draft)).map_err(Problem::internal)?;
    let body: BrandBody = json_from(&values)?;
    Ok(body.with_wording(wording))
}

/// Writes the whole draft, so nothing may have been written since it was read here.
fn version(known: &Known, entry: &Entry) -> IfMatch {
    match entry.version() {
        IfMatch::Any => IfMatch::Version(known.stored.version),
        said @ IfMatch::Version(_) => said,
    }
}

async fn save(
    desk: Desk,
    caller: Caller<BrandUpdate>,
    Segments(place): Segments<Place>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = Known::read(&platform, &caller.scope, place.0).await?;
    let _ = find(&desk.tell(), &known, &place)?;
    let said = entry.text(&field_name(&place)).to_owned();
    let body = body(&known, &place, Some(&said))?;
    let (id, version) = (Segments(place.0), version(&known, &entry));
    match interface::put(caller, id, version, Json(body), platform).await {
        Ok(_) => Ok(desk.done(&address(&known, &place), "saved")),
        Err(problem) => {
            let mut form = form(&desk, &known, &place, &said);
            let status = desk.again(&mut form, &entry, problem)?;
            desk.answer(status, &page(&desk, &known, &place, Some(form))?)
        }
    }
}

async fn reset(
    desk: Desk,
    caller: Caller<BrandUpdate>,
    Segments(place): Segments<Place>,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = Known::read(&platform, &caller.scope, place.0).await?;
    let body = body(&known, &place, None)?;
    let (id, version) = (Segments(place.0), version(&known, &entry));
    let _ = interface::put(caller, id, version, Json(body), platform).await?;
    Ok(desk.done(&address(&known, &place), "wording-reset"))
}

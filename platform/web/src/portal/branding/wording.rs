//! The messages that a place words itself: all of them by language and kind, those of mails first, and
//! the form for one.

mod catalogue;
mod one;

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::id::NodeId;
use alvara_domain::node::TenantKind;
use alvara_render::page::{Badge, Cell, Choice, Column, Empty, Filter, Link, Row, Table, Tone};
use alvara_render::{Args, Message};
use alvara_store::page::Cursor;
use alvara_tenants::permissions::BrandRead;

use super::super::desk::Desk;
use super::super::listing::Query;
use super::super::tell::Tell;
use super::{Known, place};
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;
use catalogue::{GROUPS, group_of, is_of_operator};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/branding/wording").get(own))
        .service(web::resource("/nodes/{id}/branding/wording").get(list))
        .configure(one::routes);
}

/// Messages a page.
const ROWS: usize = 25;

/// Who words a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The place itself, in its draft.
    Own,
    /// A place above.
    Above,
    /// Nobody: it is as it comes.
    Ours,
}

impl Whose {
    const ALL: [Self; 3] = [Self::Own, Self::Above, Self::Ours];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Above => "above",
            Self::Ours => "ours",
        }
    }

    fn badge(self, tell: &Tell) -> Badge {
        Badge {
            tone: match self {
                Self::Own => Tone::Info,
                Self::Above | Self::Ours => Tone::Neutral,
            },
            text: tell.word(&format!("wording-{}", self.as_str())),
        }
    }
}

/// What a place makes of the messages of a language.
struct Worded<'a> {
    known: &'a Known,
    tag: &'a str,
}

impl Worded<'_> {
    /// Whether this is a message that a place of this tenant may word, and sees the effect of.
    fn offers(&self, message: &Message) -> bool {
        let is_operator = self.known.tenant.kind == TenantKind::Operator;
        group_of(message).is_some() && (is_operator || !is_of_operator(message))
    }

    /// The message as it would be shown once the draft is published, and by whose words.
    fn said<'m>(&'m self, message: &'m Message) -> (Whose, &'m str) {
        let of = |texts: &'m alvara_domain::brand::Branding| {
            texts.wording.get(self.tag)?.get(&message.key)
        };
        if let Some(own) = of(&self.known.stored.draft) {
            return (Whose::Own, own);
        }
        let shown = self.known.brand.wording.get(self.tag);
        match shown.and_then(|texts| texts.get(&message.key)) {
            Some(above) => (Whose::Above, above),
            None => (Whose::Ours, &message.text),
        }
    }
}

/// What narrows the list.
struct Narrowed {
    group: Option<String>,
    whose: Option<String>,
    text: Option<String>,
}

impl Narrowed {
    fn of(query: &Query) -> Self {
        let get = |name: &str| query.get(name).map(str::to_owned);
        Self {
            group: get("group"),
            whose: get("whose"),
            text: get("q").map(|text| text.to_lowercase()),
        }
    }

    fn admits(&self, message: &Message, (whose, said): (Whose, &str)) -> bool {
        let is = |asked: &Option<String>, found: Option<&str>| {
            asked.as_deref().is_none_or(|asked| Some(asked) == found)
        };
        let holds = |text: &str| {
            [message.key.as_str(), &message.text, said]
                .iter()
                .any(|found| found.to_lowercase().contains(text))
        };
        is(&self.group, group_of(message))
            && is(&self.whose, Some(whose.as_str()))
            && self.text.as_deref().is_none_or(holds)
    }
}

/// The language that the address names, or that of the page.
pub(super) fn language(query: &Query, tell: &Tell) -> String {
    let asked = query
        .get("language")
        .and_then(|tag| tell.words().locale(tag));
    asked.unwrap_or(tell.locale()).tag().to_owned()
}

/// Every language, in its own words.
fn languages(tell: &Tell, now: &str) -> Vec<Choice> {
    let tags = tell.words().locales().map(|locale| locale.tag().to_owned());
    tags.map(|tag| Choice::new(tag.as_str(), super::super::desk::own_name(&tag), now))
        .collect()
}

/// Where a choice of the language is made, without "all".
pub(super) fn language_filter(tell: &Tell, now: &str) -> Filter {
    Filter {
        name: "language",
        label: tell.word("wording-language"),
        choices: languages(tell, now),
    }
}

/// `/branding/wording` is that of one's own place.
async fn own(caller: Caller<BrandRead>) -> HttpResponse {
    let place = place(caller.scope.path().id());
    HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("{place}/wording")))
        .finish()
}

async fn list(
    desk: Desk,
    caller: Caller<BrandRead>,
    Segments(id): Segments<NodeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = Known::read(&platform, &caller.scope, id).await?;
    let (tell, query) = (desk.tell(), Query::of(&desk));
    let tag = language(&query, &tell);
    let worded = Worded {
        known: &known,
        tag: &tag,
    };
    let narrowed = Narrowed::of(&query);
    let home = format!("{}/wording", known.place());
    let first: usize = query.value("cursor").unwrap_or_default();
    let mut found = ordered(tell.words().messages(&tag))
        .filter(|message| worded.offers(message))
        .map(|message| (message, worded.said(message)))
        .filter(|(message, said)| narrowed.admits(message, *said))
        .skip(first);
    let rows = found
        .by_ref()
        .take(ROWS)
        .map(|(message, said)| row(&tell, (&home, &tag), message, said))
        .collect();
    let next = found
        .next()
        .map(|_| Cursor::from_text(&(first + ROWS).to_string()));
    let columns = ["message", "text", "whose"]
        .map(|column| Column::text(tell.word(&format!("wording-{column}"))));
    let title = tell.word("branding-wording");
    let table = Table::new(title.clone(), columns.into(), rows);
    let empty = Empty {
        text: tell.word("portal-none"),
        action: None,
    };
    let hint = Some(tell.word("wording-search"));
    let mut page = query.list(title, table, next.as_ref(), hint, empty);
    let args = Args::new().text("place", known.node.name.clone());
    page.intro = Some(tell.say("wording-intro", args));
    page.primary = Some(Link::new(
        format!("{}/mails?language={tag}", known.place()),
        tell.word("branding-mails"),
    ));
    page.back = Some(Link::new(known.place(), tell.word("branding-title")));
    page.filters = filters(&query, &tell, &tag);
    desk.show(&page)
}

/// The messages of mails first, kind by kind, then those of pages.
fn ordered(messages: &[Message]) -> impl Iterator<Item = &Message> {
    GROUPS.iter().flat_map(move |group| {
        let is_of = move |message: &&Message| group_of(message) == Some(*group);
        messages.iter().filter(is_of)
    })
}

fn filters(query: &Query, tell: &Tell, tag: &str) -> Vec<Filter> {
    let values = |prefix: &str, values: &[&str]| -> Vec<(String, String)> {
        let label = |value: &&str| ((*value).to_owned(), tell.value(prefix, value));
        values.iter().map(label).collect()
    };
    let all = tell.word("portal-all");
    let whose = Whose::ALL.map(Whose::as_str);
    vec![
        language_filter(tell, tag),
        query.filter(
            "group",
            tell.word("wording-group"),
            all.clone(),
            values("wording-group", &GROUPS),
        ),
        query.filter(
            "whose",
            tell.word("wording-whose"),
            all,
            values("wording", &whose),
        ),
    ]
}

fn row(
    tell: &Tell,
    (home, tag): (&str, &str),
    message: &Message,
    (whose, said): (Whose, &str),
) -> Row {
    let shown = Cell::text(said).lang(tag);
    Row::new(vec![
        Cell::code(&message.key).link(format!("{home}/{tag}/{}", message.key)),
        shown,
        Cell::badge(whose.badge(tell)),
    ])
}

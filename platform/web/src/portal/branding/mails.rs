//! Mails as their readers would get them under a draft: with made-up names, by the very code that
//! writes the real ones. The mark-up is shown in a frame that can do nothing.

use actix_web::HttpResponse;
use actix_web::http::header::{
    CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderValue, X_FRAME_OPTIONS,
};
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::mail::{SampleLetter, SampleMail, SampleScene, sample_letter};
use alvara_app::{AppResult, Platform};
use alvara_domain::id::NodeId;
use alvara_render::page::{Badge, Cell, Fact, Filter, Link, Page};
use alvara_store::page::PageRequest;
use alvara_store::{Scope, TenantTx, hosts, products};
use alvara_tenants::permissions::BrandRead;
use serde::Serialize;

use super::super::desk::{Desk, POLICY};
use super::super::listing::Query;
use super::super::tell::Tell;
use super::Known;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/nodes/{id}/branding/mails").get(show))
        .service(web::resource("/nodes/{id}/branding/mails/letter").get(letter));
}

/// A mail's own mark-up: its colours stand in it, and nothing else is let in. Only a page of ours
/// shows it, and there it is nobody's.
const LETTER: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'self'; sandbox";

/// What is sold in a mail of a place that sells nothing yet.
const PRODUCT: &str = "Writer";

/// What a mail is written from besides the brand.
struct House {
    product: String,
    pages: String,
}

async fn house(platform: &Platform, scope: &Scope, known: &Known) -> Result<House, Problem> {
    let read = |tx: &mut TenantTx<'_>| -> AppResult<_> {
        let first = PageRequest::new(Some(1), None);
        let mut names = hosts::list(tx)?;
        names.sort_by_key(|host| host.created_at);
        Ok((products::list(tx, &first)?.items, names))
    };
    let (sold, names) = platform.db().read(&scope.without_claim(), read).await?;
    let names = names.iter().map(|host| host.host.as_str());
    let product = sold.into_iter().next().map(|product| product.name);
    Ok(House {
        product: product.unwrap_or_else(|| PRODUCT.to_owned()),
        pages: platform.address().pages_url(&known.tenant, names),
    })
}

/// Which mail in which language.
struct Asked {
    mail: SampleMail,
    tag: String,
}

impl Asked {
    fn of(desk: &Desk) -> Self {
        let query = Query::of(desk);
        Self {
            mail: query.value("mail").unwrap_or(SampleMail::RenewalAhead),
            tag: super::wording::language(&query, &desk.tell()),
        }
    }
}

async fn write(
    desk: &Desk,
    (platform, scope): (&Platform, &Scope),
    known: &Known,
    asked: &Asked,
) -> Result<SampleLetter, Problem> {
    let tell = desk.tell();
    let house = house(platform, scope, known).await?;
    let locale = tell.words().locale(&asked.tag).unwrap_or(tell.locale());
    let scene = SampleScene {
        words: tell.words(),
        locale,
        brand: known.brand.clone(),
        zone: known.tenant.time_zone.clone(),
        pages: house.pages,
        product: &house.product,
        now: tell.now(),
    };
    Ok(sample_letter(&scene, asked.mail))
}

/// The page around a mail.
#[derive(Serialize)]
struct MailPage {
    title: String,
    badge: Option<Badge>,
    intro: Option<String>,
    back: Option<Link>,
    path: String,
    filters: Vec<Filter>,
    links: Vec<Link>,
    facts: Vec<Fact>,
    /// Language of the mail.
    tag: String,
    /// Address of the mail as mark-up, for those that have it.
    frame: Option<String>,
    text: String,
}

impl Page for MailPage {
    const TEMPLATE: &'static str = "mail-preview";
}

fn filters(tell: &Tell, query: &Query, asked: &Asked) -> Vec<Filter> {
    let mails = SampleMail::ALL.iter();
    let mails = mails.map(|mail| (mail.to_string(), tell.value("wording-mail", mail)));
    let mut mail = query.filter("mail", tell.word("wording-mail"), String::new(), mails);
    // A mail there always is.
    mail.choices.retain(|choice| !choice.value.is_empty());
    for choice in &mut mail.choices {
        choice.chosen = choice.value == asked.mail.as_str();
    }
    vec![mail, super::wording::language_filter(tell, &asked.tag)]
}

async fn show(
    desk: Desk,
    caller: Caller<BrandRead>,
    Segments(id): Segments<NodeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = Known::read(&platform, &caller.scope, id).await?;
    let asked = Asked::of(&desk);
    let letter = write(&desk, (&platform, &caller.scope), &known, &asked).await?;
    let tell = desk.tell();
    let place = known.place();
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("wording-{key}")), cell);
    let (mail, tag) = (asked.mail, &asked.tag);
    let page = MailPage {
        title: tell.word("branding-mails"),
        badge: None,
        intro: Some(tell.word("wording-mails-intro")),
        back: Some(Link::new(place.clone(), tell.word("branding-title"))),
        path: format!("{place}/mails"),
        filters: filters(&tell, &Query::of(&desk), &asked),
        links: vec![Link::new(
            format!("{place}/wording?language={tag}&group={}", group(mail)),
            tell.word("wording-change"),
        )],
        facts: vec![
            fact("subject", Cell::text(&letter.subject).lang(tag)),
            fact("from", Cell::text(&letter.sender)),
            fact(
                "answers",
                Cell::text(letter.reply_to.unwrap_or_else(|| "—".to_owned())),
            ),
        ],
        tag: tag.clone(),
        frame: letter
            .html
            .map(|_| format!("{place}/mails/letter?mail={mail}&language={tag}")),
        text: letter.text,
    };
    let mut answer = desk.show(&page)?;
    let policy = HeaderValue::try_from(format!("{POLICY}; frame-src 'self'"));
    let policy = policy.map_err(Problem::internal)?;
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// The kind of messages that a mail is made of.
const fn group(mail: SampleMail) -> &'static str {
    match mail {
        SampleMail::ShopKey | SampleMail::ShopKeys => "mail-shop",
        SampleMail::OwnKeys => "mail-own",
        SampleMail::RenewalAhead
        | SampleMail::RenewalTomorrow
        | SampleMail::RenewalToday
        | SampleMail::RenewalGrace
        | SampleMail::RenewalOver
        | SampleMail::RenewalSeveral => "mail-renewal",
        SampleMail::Paid => "mail-paid",
        SampleMail::Refunded => "mail-refund",
        SampleMail::Deferred => "mail-deferred",
        SampleMail::Overdue | SampleMail::OverdueSuspended | SampleMail::OverdueWithdrawn => {
            "mail-overdue"
        }
        SampleMail::Uncollected => "mail-uncollected",
        SampleMail::Registered
        | SampleMail::Admitted
        | SampleMail::Rejected
        | SampleMail::Invited
        | SampleMail::Forgotten
        | SampleMail::SignedIn
        | SampleMail::PasswordChanged
        | SampleMail::CodesAdded
        | SampleMail::CodesRemoved => "mail-people",
    }
}

/// The mark-up of a mail, for the frame.
async fn letter(
    desk: Desk,
    caller: Caller<BrandRead>,
    Segments(id): Segments<NodeId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let known = Known::read(&platform, &caller.scope, id).await?;
    let asked = Asked::of(&desk);
    let letter = write(&desk, (&platform, &caller.scope), &known, &asked).await?;
    let html = letter.html.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, LETTER))
        .insert_header((X_FRAME_OPTIONS, "SAMEORIGIN"))
        .insert_header((CONTENT_LANGUAGE, asked.tag))
        .body(html))
}

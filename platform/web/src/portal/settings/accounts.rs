//! Payment accounts: how money comes in. Secrets go in and never come out.

mod form;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::charge::record::{PaymentAccount, PaymentAccountState};
use alvara_domain::id::PaymentAccountId;
use alvara_domain::payment::Environment;
use alvara_render::page::{
    Action, Badge, Cell, Column, DetailPage, Empty, Fact, Link, Row, Section, Table, Tone,
};
use alvara_store::page::PageRequest;
use alvara_store::{Db, payment_accounts};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{PaymentAccountRead, PaymentAccountUpdate};
use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::super::team::said;
use super::super::tell::Tell;
use crate::api::v1::payment_accounts as interface;
use crate::body::{Json, Segments, json_from};
use crate::caller::Caller;
use crate::precondition::IfMatch;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/payment-accounts").get(list))
        .configure(form::routes)
        .service(web::resource("/payment-accounts/{id}").get(show))
        .service(web::resource("/payment-accounts/{id}/enable").post(enable))
        .service(web::resource("/payment-accounts/{id}/disable").post(disable))
        .service(web::resource("/payment-accounts/{id}/webhook").post(tell_provider));
}

fn badge(account: &PaymentAccount, tell: &Tell) -> Badge {
    let tone = match account.state {
        PaymentAccountState::Active => Tone::Ok,
        PaymentAccountState::Disabled => Tone::Neutral,
    };
    Badge {
        tone,
        text: tell.value("payment-account-state", &account.state),
    }
}

fn environment(account: &PaymentAccount, tell: &Tell) -> Cell {
    Cell::badge(Badge {
        tone: match account.environment {
            Environment::Production => Tone::Info,
            Environment::Sandbox => Tone::Warn,
        },
        text: tell.value("payment-environment", &account.environment),
    })
}

async fn list(
    desk: Desk,
    caller: Caller<PaymentAccountRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let page: PageRequest = query.page();
    let found = db
        .read(&caller.scope, move |tx| payment_accounts::list(tx, &page))
        .await?;
    let tell = desk.tell();
    let rows = found.items.iter().map(|account| {
        Row::new(vec![
            Cell::text(&account.name).link(format!("/payment-accounts/{}", account.id)),
            Cell::badge(badge(account, &tell)),
            Cell::text(&account.plugin).note(&account.plugin_version),
            environment(account, &tell),
        ])
    });
    let columns = ["name", "status", "plugin", "environment"]
        .map(|column| Column::text(tell.word(&format!("settings-{column}"))));
    let title = tell.word("settings-accounts");
    let table = Table::new(title.clone(), columns.into(), rows.collect());
    let new = desk
        .may(PermissionKey::PaymentAccountCreate)
        .then(|| Link::new("/payment-accounts/new", tell.word("settings-account-new")));
    let empty = Empty {
        text: tell.word("settings-no-accounts"),
        action: new.clone(),
    };
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.primary = new;
    desk.show(&page)
}

async fn show(
    desk: Desk,
    caller: Caller<PaymentAccountRead>,
    Segments(id): Segments<PaymentAccountId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| payment_accounts::find(tx, id))
        .await?;
    let account = found.ok_or_else(Problem::not_found)?;
    let tell = desk.tell();
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("settings-{key}")), cell);
    let config = account
        .config
        .iter()
        .map(|(key, value)| Fact::new(key.clone(), Cell::text(value)));
    let may = desk.may(PermissionKey::PaymentAccountUpdate);
    let place = format!("/payment-accounts/{id}");
    let act = |what: &str, word: &str| Action::new(format!("{place}/{what}"), tell.word(word));
    let mut actions = Vec::new();
    let mut links = Vec::new();
    if may {
        links.push(Link::new(
            format!("{place}/edit"),
            tell.word("settings-account-edit"),
        ));
        actions.push(
            act("webhook", "settings-webhook")
                .confirm(Tone::Neutral, tell.word("settings-webhook-ask")),
        );
        actions.push(match account.state {
            PaymentAccountState::Active => act("disable", "settings-disable")
                .confirm(Tone::Bad, tell.word("settings-disable-ask")),
            PaymentAccountState::Disabled => act("enable", "settings-enable"),
        });
    }
    let plugin = format!("{} {}", account.plugin, account.plugin_version);
    let late = tell.value("late-policy", &account.late_policy);
    desk.show(&DetailPage {
        title: account.name.clone(),
        badge: Some(badge(&account, &tell)),
        back: Some(Link::new(
            "/payment-accounts",
            tell.word("settings-accounts"),
        )),
        links,
        actions,
        facts: vec![
            fact("plugin", Cell::text(plugin)),
            fact("environment", environment(&account, &tell)),
            fact("late", Cell::text(late)),
            fact("secrets", Cell::text(account.secret_names.join(", "))),
            fact("since", tell.day_cell(account.created_at)),
        ],
        sections: vec![Section {
            id: "config",
            title: tell.word("settings-config"),
            facts: config.collect(),
            ..Section::default()
        }],
        ..DetailPage::default()
    })
}

async fn set_state(
    desk: &Desk,
    caller: Caller<PaymentAccountUpdate>,
    (id, state): (PaymentAccountId, PaymentAccountState),
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let body = json_from(json!({ "state": state }).to_string().as_bytes())?;
    interface::update(caller, Segments(id), IfMatch::Any, Json(body), platform).await?;
    Ok(desk.done(&format!("/payment-accounts/{id}"), "saved"))
}

async fn enable(
    desk: Desk,
    caller: Caller<PaymentAccountUpdate>,
    Segments(id): Segments<PaymentAccountId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    set_state(&desk, caller, (id, PaymentAccountState::Active), platform).await
}

async fn disable(
    desk: Desk,
    caller: Caller<PaymentAccountUpdate>,
    Segments(id): Segments<PaymentAccountId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    set_state(&desk, caller, (id, PaymentAccountState::Disabled), platform).await
}

/// Tells the provider where to call, and shows what it was told.
async fn tell_provider(
    desk: Desk,
    caller: Caller<PaymentAccountUpdate>,
    Segments(id): Segments<PaymentAccountId>,
    _: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let answer = interface::tell_provider(caller, Segments(id), platform).await?;
    let answer = said(answer).await?;
    let tell = desk.tell();
    let text = |value: &Value, key: &str| {
        let text = value.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let url = Cell::code(text(&answer, "url"));
    let mut facts = vec![Fact::new(tell.word("settings-webhook-url"), url)];
    let told = answer.get("told").and_then(Value::as_array);
    for one in told.into_iter().flatten() {
        facts.push(Fact::new(text(one, "name"), Cell::text(text(one, "value"))));
    }
    desk.show(&DetailPage {
        title: tell.word("settings-webhook-told"),
        back: Some(Link::new(
            format!("/payment-accounts/{id}"),
            tell.word("settings-account"),
        )),
        facts,
        ..DetailPage::default()
    })
}

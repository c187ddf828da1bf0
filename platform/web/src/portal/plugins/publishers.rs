//! Whose plugins the operator trusts.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::plugin::Publisher;
use alvara_render::page::{
    Action, Cell, Column, Empty, FieldView, FormPage, FormView, Link, Row, Table, Tone,
};
use alvara_store::{Db, plugins};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{PluginRead, PluginUpdate};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::tabs;
use crate::api::v1::plugins as interface;
use crate::body::{Json, Segments};
use crate::caller::Operator;
use crate::problem::Problem;

/// Where they are listed.
const HOME: &str = "/plugins/publishers";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource(HOME).get(list))
        .service(
            web::resource("/plugins/publishers/new")
                .get(new)
                .post(trust),
        )
        .service(web::resource("/plugins/publishers/{fingerprint}/distrust").post(distrust));
}

async fn list(
    desk: Desk,
    caller: Operator<PluginRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .platform_read(&caller.scope, plugins::list_publishers)
        .await?;
    let tell = desk.tell();
    let changes = desk.may(PermissionKey::PluginUpdate);
    let row = |publisher: &Publisher| {
        let print = &publisher.fingerprint;
        let mut row = Row::new(vec![
            Cell::text(&publisher.name),
            Cell::code(print.chars().take(16).collect::<String>()).copy(print),
            Cell::code(&publisher.public_key).copy(&publisher.public_key),
            tell.day_cell(publisher.created_at),
        ]);
        if changes {
            let place = format!("{HOME}/{print}/distrust");
            row.actions.push(
                Action::new(place, tell.word("plugins-distrust"))
                    .confirm(Tone::Bad, tell.word("plugins-distrust-ask"))
                    .about(&publisher.name),
            );
        }
        row
    };
    let columns = ["name", "fingerprint", "public-key", "trusted-since"]
        .map(|column| Column::text(tell.word(&format!("plugins-{column}"))));
    let title = tell.word("plugins-publishers");
    let rows = found.iter().map(row).collect();
    let table = Table::new(title.clone(), columns.into(), rows);
    let new = changes.then(|| {
        let place = format!("{HOME}/new");
        Link::new(place, tell.word("plugins-trust"))
    });
    let empty = Empty {
        text: tell.word("plugins-no-publishers"),
        action: new.clone(),
    };
    let mut page = Query::of(&desk).list(title, table, None, None, empty);
    page.intro = Some(tell.word("plugins-publishers-intro"));
    page.primary = new;
    page.tabs = tabs(&tell, HOME);
    desk.show(&page)
}

fn new_page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::text("name", tell.word("plugins-name")).required(),
        FieldView::text("public_key", tell.word("plugins-public-key"))
            .required()
            .hint(tell.word("plugins-public-key-hint")),
    ];
    FormPage {
        title: tell.word("plugins-trust"),
        form: FormView::new(format!("{HOME}/new"), tell.word("plugins-trust"), fields)
            .cancel(Link::new(HOME, tell.word("portal-cancel"))),
        back: Some(Link::new(HOME, tell.word("plugins-publishers"))),
        ..FormPage::default()
    }
}

async fn new(desk: Desk, _: Operator<PluginUpdate>) -> Result<HttpResponse, Problem> {
    desk.show(&new_page(&desk))
}

async fn trust(
    desk: Desk,
    caller: Operator<PluginUpdate>,
    entry: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let made = match entry.read() {
        Ok(body) => interface::trust(caller, Json(body), db).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(HOME, "publisher-trusted")),
        Err(problem) => desk.retry(new_page(&desk), &entry, problem),
    }
}

async fn distrust(
    desk: Desk,
    caller: Operator<PluginUpdate>,
    Segments(fingerprint): Segments<String>,
    _: Entry,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    interface::distrust(caller, Segments(fingerprint), db).await?;
    Ok(desk.done(HOME, "publisher-distrusted"))
}

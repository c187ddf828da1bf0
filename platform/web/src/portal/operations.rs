//! Operations: the audit chain, work for later, notices, and the keys of access tokens.

mod all;
mod audit;
mod jobs;
pub(super) mod mails;
mod notices;
mod parts;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_domain::product::SigningKeyState;
use alvara_domain::time::UtcTime;
use alvara_render::page::{Badge, Cell, Column, DetailPage, Fact, Link, Row, Section, Table, Tone};
use alvara_store::token_keys::TokenKey;
use alvara_store::{PlatformTx, StoreResult, jobs as work, plugins, rounds, tenants, token_keys};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::TokenKeyRead;

use super::desk::Desk;
use super::listing::every;
use super::tell::Tell;
use crate::caller::Operator;
use crate::health::{Leaving, Readiness, Started};
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/operations").get(hub))
        .configure(all::routes)
        .configure(jobs::routes)
        .configure(audit::routes)
        .configure(mails::routes)
        .configure(notices::routes);
}

/// Plugins that are counted: nobody installs as many.
const MOST: usize = 10_000;

/// What the hub says at once.
struct Known {
    due: i64,
    operator: Option<String>,
    plugins: usize,
    keys: Vec<TokenKey>,
    rounds: Vec<(String, UtcTime)>,
}

fn read(tx: &mut PlatformTx<'_>) -> StoreResult<Known> {
    Ok(Known {
        due: work::count_due(tx)?,
        operator: tenants::find_operator(tx)?.map(|tenant| tenant.name),
        plugins: every(MOST, |page| plugins::list(tx, None, page))?.len(),
        keys: token_keys::list(tx)?,
        rounds: rounds::list(tx)?,
    })
}

async fn hub(
    desk: Desk,
    caller: Operator<TokenKeyRead>,
    platform: Data<Platform>,
    leaving: Data<Leaving>,
    started: Data<Started>,
) -> Result<HttpResponse, Problem> {
    let db = platform.db();
    let known = db.platform_read(&caller.scope, read).await?;
    let found = Readiness::of(db, &leaving).await;
    let tell = desk.tell();
    let places = [
        ("/audit", "operations-audit", PermissionKey::AuditRead),
        (
            "/audit/chain",
            "operations-verify",
            PermissionKey::AuditRead,
        ),
        (
            "/operations/payments",
            "operations-payments",
            PermissionKey::TenantRead,
        ),
        (
            "/operations/jobs",
            "operations-jobs",
            PermissionKey::TenantRead,
        ),
        (
            "/operations/mails",
            "operations-mails",
            PermissionKey::TenantRead,
        ),
        ("/notices", "operations-notices", PermissionKey::NoticeRead),
    ];
    let links = places
        .into_iter()
        .filter(|(_, _, key)| desk.may(*key))
        .map(|(place, key, _)| Link::new(place, tell.word(key)));
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("operations-{key}")), cell);
    desk.show(&DetailPage {
        title: tell.word("nav-operations"),
        intro: Some(tell.word("operations-intro")),
        links: links.collect(),
        facts: vec![
            fact(
                "operator",
                Cell::text(known.operator.unwrap_or_else(|| "—".to_owned())),
            ),
            fact("due", Cell::text(tell.number(known.due))),
            fact("now", tell.instant_cell(tell.now())),
        ],
        sections: vec![
            parts::process_section(&tell, found, started.0),
            parts::part_section(&tell, &platform, found, known.plugins),
            jobs::round_section(&tell, &known.rounds),
            key_section(&tell, &known.keys),
        ],
        ..DetailPage::default()
    })
}

fn key_section(tell: &Tell, keys: &[TokenKey]) -> Section {
    let rows = keys.iter().map(|key| {
        let tone = match key.state {
            SigningKeyState::Active => Tone::Ok,
            SigningKeyState::Next => Tone::Info,
            SigningKeyState::Retiring => Tone::Warn,
            SigningKeyState::Retired => Tone::Neutral,
        };
        Row::new(vec![
            Cell::code(&key.kid).copy(&key.kid),
            Cell::badge(Badge {
                tone,
                text: tell.value("signing-key", &key.state),
            }),
            tell.day_cell(key.created_at),
            tell.maybe_day(key.retires_at),
        ])
    });
    let columns = ["kid", "state", "since", "until"]
        .map(|column| Column::text(tell.word(&format!("operations-{column}"))));
    let title = tell.word("operations-token-keys");
    Section {
        id: "token-keys",
        intro: Some(tell.word("operations-token-keys-intro")),
        table: Some(Table::new(title.clone(), columns.into(), rows.collect())),
        empty: Some(tell.word("operations-no-token-keys")),
        title,
        ..Section::default()
    }
}

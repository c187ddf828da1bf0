//! The operator's page: how much there is, what failed, and how to begin.

use alvara_render::page::{Figure, HomePage, Link, Task, Tone};
use alvara_store::page::PageRequest;
use alvara_store::{
    Db, PlatformTx, StoreResult, jobs, licenses, machines, plugins, products, tenants,
};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::TenantRead;

use super::super::desk::Desk;
use super::super::tell::Tell;
use super::Count;
use crate::caller::{SignedIn, gate_of};
use crate::problem::Problem;

struct Counts {
    tenants: i64,
    licenses: i64,
    machines: i64,
    failed: i64,
    due: i64,
    has_plugin: bool,
}

fn read(tx: &mut PlatformTx<'_>) -> StoreResult<Counts> {
    let one = PageRequest::new(Some(1), None);
    Ok(Counts {
        // The operator's own tenant is none of those it serves.
        tenants: tenants::count(tx)? - 1,
        licenses: licenses::count_all(tx)?,
        machines: machines::count_all(tx)?,
        failed: jobs::count_failed(tx)?,
        due: jobs::count_due(tx)?,
        has_plugin: !plugins::list(tx, None, &one)?.items.is_empty(),
    })
}

fn figures(counts: &Counts, tell: &Tell) -> Vec<Figure> {
    let number = |key: &str, number: i64| Figure {
        label: tell.word(key),
        value: tell.number(number),
        tone: Tone::Neutral,
        href: None,
    };
    let jobs = |key: &str, number: i64, tone: Tone| {
        Count::exact(number).figure(tell.word(key), tone, "/operations", tell)
    };
    vec![
        Count::exact(counts.tenants).figure(
            tell.word("nav-tenants"),
            Tone::Neutral,
            "/tenants",
            tell,
        ),
        number("nav-licenses", counts.licenses),
        number("nav-machines", counts.machines),
        jobs("home-jobs-failed", counts.failed, Tone::Bad),
        jobs("home-jobs-due", counts.due, Tone::Info),
    ]
}

pub(super) async fn page(desk: &Desk, caller: &SignedIn, db: &Db) -> Result<HomePage, Problem> {
    let tell = desk.tell();
    let gate = gate_of(desk.request())?;
    let scope = gate.platform::<TenantRead>(&caller.principal, &caller.origin)?;
    let counts = db.platform_read(&scope, read).await?;
    let own = desk.scope(PermissionKey::ProductRead)?;
    let list =
        |tx: &mut alvara_store::TenantTx<'_>| products::list(tx, &PageRequest::new(Some(1), None));
    let has_product = !db.read(&own, list).await?.items.is_empty();
    let task = |key: &str, href: &str, done: bool| Task {
        label: tell.word(key),
        href: href.to_owned(),
        done,
    };
    let mut tasks = vec![
        task("home-begin-product", "/products", has_product),
        task("home-begin-plugin", "/plugins", counts.has_plugin),
        task("home-begin-tenant", "/tenants", counts.tenants > 0),
    ];
    if tasks.iter().all(|task| task.done) {
        tasks.clear();
    }
    Ok(HomePage {
        title: tell.word("nav-overview"),
        primary: Some(Link::new("/tenants", tell.word("nav-tenants"))),
        figures: figures(&counts, &tell),
        tasks,
        ..HomePage::default()
    })
}

//! The demonstration: two resellers with three months of history, made by the ordinary use cases
//! under a clock that is moved from moment to moment.

mod cast;
mod dice;
mod document;
mod face;
mod money;
mod payments;
mod people;
mod shelf;
mod story;
mod telling;

use std::sync::Arc;

use alvara_app::AppError;
use alvara_domain::time::UtcTime;
use alvara_store::{Clock, TenantTx, WhenMissing};
use alvara_tenants::{BuiltInRole, HostTenant};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

pub(crate) use document::{Document, SignIn};
pub(crate) use payments::Banks;

use cast::RESELLERS;
use document::{ProductSheet, TenantSheet};
use people::{Door, origin, settle};
use story::{DAYS, Step, Story};
use telling::Stage;

use crate::config::Config;
use crate::exit::{Failure, Outcome};
use crate::first_start::{OperatorSignIn, provision_operator};
use crate::installation::{self, Installation};

/// Fills an empty installation and says who may sign in.
pub(crate) async fn seed(config: &Config) -> Outcome<Document> {
    let now = Clock::system().now();
    let start = first_midnight(now);
    let clock = Clock::still_at(start);
    let (db, mint) = installation::open_database(config, WhenMissing::Create, clock.clone())?;
    db.migrate().await?;
    let address = installation::address(config, config.http.listen.port())?;
    let installation = Arc::new(Installation::assemble(config, (db, mint), address)?);

    let operator = operator(&installation).await?;
    let mut stages = Vec::new();
    let mut stories = Vec::new();
    for (number, cast) in (1..).zip(&RESELLERS) {
        let people = settle(&installation, cast).await?;
        let scope = installation.console.scope(&people.tenant);
        face::show(&installation, &scope, cast).await?;
        let shelf = shelf::fill(&installation, &scope, cast).await?;
        stages.push(Arc::new(Stage::new(
            Arc::clone(&installation),
            people,
            shelf,
        )));
        stories.push(Story::of(number));
    }
    tell(&stages, &stories, &clock, (start, now)).await?;

    let mut tenants = Vec::new();
    for (stage, story) in stages.iter().zip(&stories) {
        tenants.push(sheet(stage, story).await?);
    }
    let base_url = installation.platform.address().base_url();
    installation.db().close().await;
    Ok(Document {
        base_url,
        operator,
        tenants,
    })
}

/// The midnight (UTC) with which the story begins.
fn first_midnight(now: UtcTime) -> UtcTime {
    const DAY_MICROS: i64 = 86_400_000_000;
    let today = now.micros() - now.micros().rem_euclid(DAY_MICROS);
    UtcTime::from_micros(today - DAYS * DAY_MICROS).unwrap_or(now)
}

async fn operator(installation: &Arc<Installation>) -> Outcome<SignIn> {
    let who = OperatorSignIn::new(Some("operator@alvara.example".to_owned()), None)?;
    let made = provision_operator(installation, &who).await?;
    let made = made.ok_or_else(|| {
        Failure::refused("this database is not empty")
            .hint("the demonstration fills an empty one; name another directory with --dir or another --database")
    })?;
    installation.check_master_key().await?;
    let scope = installation.console.scope(&made.tenant);
    let door = Door {
        installation,
        scope: &scope,
        host: &HostTenant::Shared,
    };
    let account = (who.email.clone(), who.password.expose().to_owned());
    Ok(door
        .known(account, BuiltInRole::Superadmin, made.root.id)
        .await?
        .sheet)
}

/// Tells all stories at once, moment by moment. What happens in one moment happens side by side,
/// as in life; what depends on something else comes in a later moment.
async fn tell(
    stages: &[Arc<Stage>],
    stories: &[Story],
    clock: &Clock,
    (start, now): (UtcTime, UtcTime),
) -> Outcome {
    let mut steps: Vec<(i64, usize, Step)> = Vec::new();
    for (teller, story) in stories.iter().enumerate() {
        steps.extend(
            story
                .steps
                .iter()
                .map(|(moment, step)| (moment.seconds(), teller, step.clone())),
        );
    }
    steps.retain(|(seconds, ..)| start.saturating_add_seconds(*seconds) < now);
    steps.sort_by_key(|(seconds, ..)| *seconds);
    let progress = progress(steps.len());
    for moment in steps.chunk_by(|(one, ..), (other, ..)| one == other) {
        let Some((seconds, ..)) = moment.first() else {
            continue;
        };
        if !clock.set(start.saturating_add_seconds(*seconds)) {
            return Err(Failure::refused(
                "the clock of the demonstration does not move",
            ));
        }
        let mut playing = JoinSet::new();
        for (_, teller, step) in moment {
            let (stage, step) = (Arc::clone(&stages[*teller]), step.clone());
            playing.spawn(async move {
                let told = format!("{step:?}");
                stage
                    .play(step)
                    .await
                    .map_err(|failure| Failure::refused(format!("{told}: {failure}")))
            });
        }
        while let Some(played) = playing.join_next().await {
            played.map_err(|error| Failure::refused(error.to_string()))??;
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    say_that_they_run(stages, stories, clock).await
}

/// The machines that must always be online are so at this very moment, whatever the clock of the
/// story says: the first look of housekeeping would otherwise take their seats.
async fn say_that_they_run(stages: &[Arc<Stage>], stories: &[Story], clock: &Clock) -> Outcome {
    let _ = clock.set(Clock::system().now());
    for (stage, story) in stages.iter().zip(stories) {
        for machine in &story.online {
            stage.play(Step::Call { machine: *machine }).await?;
        }
    }
    Ok(())
}

fn progress(steps: usize) -> ProgressBar {
    // Draws on a terminal only.
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(0));
    if let Ok(style) = ProgressStyle::with_template("three months of history {bar:40} {pos}/{len}")
    {
        bar.set_style(style);
    }
    bar
}

async fn sheet(stage: &Stage, story: &Story) -> Outcome<TenantSheet> {
    let people = &stage.people;
    let (keys, license_ids) = stage.keys(story)?;
    let platform = stage.installation.platform.clone();
    let url = platform.address().tenant_url(&people.tenant);
    let (id, code) = (stage.shelf.product.id, stage.shelf.product.code.clone());
    let scope = platform.gate().public(&people.host, &origin()).await?;
    let scope =
        scope.ok_or_else(|| Failure::refused("a tenant of the demonstration has no host"))?;
    let ring = {
        let keys = platform.clone();
        let read = move |tx: &mut TenantTx<'_>| -> Result<_, AppError> { keys.keys().ring(tx, id) };
        platform.db().read(&scope, read).await?
    };
    Ok(TenantSheet {
        slug: people.tenant.slug.clone(),
        admin: people.admin.sheet.clone(),
        subcompany: people.subcompany.sheet.clone(),
        agent: people.agents[0].sheet.clone(),
        agent2: people.agents[1].sheet.clone(),
        customer: people.customer.sheet.clone(),
        product: ProductSheet {
            id,
            jwks_url: format!("{url}/.well-known/alvara/{code}/jwks.json"),
            code,
            public_key_pem: ring.active().public_pem().to_owned(),
        },
        url,
        keys,
        license_ids,
        plans: stage.shelf.plans.clone(),
        payment_methods: Vec::new(),
        simulator_url: None,
    })
}

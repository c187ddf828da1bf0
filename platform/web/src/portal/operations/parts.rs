//! How the process does, and what it stands on. Nothing here is a secret: of the database its kind, of the
//! mail server whether there is one.

use alvara_app::Platform;
use alvara_domain::time::UtcTime;
use alvara_render::Args;
use alvara_render::page::{Badge, Cell, Fact, Section, Tone};
use alvara_store::Backend;

use super::super::tell::Tell;
use crate::health::Readiness;

fn fact(tell: &Tell, key: &str, cell: Cell) -> Fact {
    Fact::new(tell.word(&format!("operations-{key}")), cell)
}

fn badge(tell: &Tell, tone: Tone, key: &str) -> Cell {
    Cell::badge(Badge {
        tone,
        text: tell.word(&format!("operations-{key}")),
    })
}

/// Version, since when, and whether it is ready.
pub(super) fn process_section(tell: &Tell, found: Readiness, started: UtcTime) -> Section {
    let seconds = tell.now().micros().saturating_sub(started.micros()) / 1_000_000;
    let length = Args::new().number("days", seconds / 86_400).text(
        "time",
        format!("{:02}:{:02}", seconds / 3_600 % 24, seconds / 60 % 60),
    );
    let state = if found.is_ready() {
        badge(tell, Tone::Ok, "ready")
    } else {
        badge(tell, Tone::Bad, "not-ready")
    };
    Section {
        id: "process",
        title: tell.word("operations-process"),
        intro: Some(tell.word("operations-process-intro")),
        facts: vec![
            fact(tell, "version", Cell::text(env!("CARGO_PKG_VERSION"))),
            fact(tell, "readiness", state),
            fact(
                tell,
                "started",
                tell.instant_cell(started)
                    .note(tell.say("operations-for", length)),
            ),
        ],
        ..Section::default()
    }
}

/// The database, mail, plugins, and where all of it is reached.
pub(super) fn part_section(
    tell: &Tell,
    platform: &Platform,
    found: Readiness,
    plugins: usize,
) -> Section {
    let database = match platform.db().backend() {
        Backend::Sqlite => "SQLite",
        Backend::Postgres => "PostgreSQL",
        Backend::MariaDb => "MariaDB",
    };
    let schema = match found.pending {
        Some(0) => badge(tell, Tone::Ok, "migrated"),
        Some(_) => badge(tell, Tone::Bad, "pending"),
        None => badge(tell, Tone::Bad, "unknown"),
    };
    let mail = match platform.mail() {
        Some(_) => badge(tell, Tone::Ok, "mail-set"),
        None => badge(tell, Tone::Warn, "mail-unset"),
    };
    let plugins = i64::try_from(plugins).unwrap_or(i64::MAX);
    let address = platform.address().base_url();
    Section {
        id: "parts",
        title: tell.word("operations-parts"),
        facts: vec![
            fact(tell, "database", Cell::text(database)),
            fact(tell, "schema", schema),
            fact(tell, "mail", mail),
            fact(
                tell,
                "plugins",
                Cell::text(tell.number(plugins)).link("/plugins"),
            ),
            fact(tell, "address", Cell::code(&address).copy(&address)),
        ],
        ..Section::default()
    }
}

//! Looks an installation over and says, for everything it finds, what to do about it.
//!
//! It changes nothing, apart from one small file in the data directory that it writes and removes.

use std::time::Instant;

use alvara_domain::time::UtcTime;
use alvara_store::audit::{self, AuditFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Clock, Db, Mint, SecondWall, WhenMissing, licenses, tenants, token_keys};
use serde::Serialize;

use crate::config::{Config, PublicUrl};
use crate::exit::Outcome;
use crate::installation::{self, Installation};
use crate::master_key::{self, Source};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Grade {
    /// As it should be.
    Good,
    /// It works, and somebody should know.
    Attention,
    /// It does not work, or will not for long.
    Wrong,
}

/// What one check found.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) check: &'static str,
    /// How it is.
    pub(crate) grade: Grade,
    /// What was found.
    pub(crate) found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
}

impl Finding {
    fn good(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            grade: Grade::Good,
            found: found.into(),
            advice: None,
        }
    }

    fn attention(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            check,
            grade: Grade::Attention,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }

    fn wrong(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            check,
            grade: Grade::Wrong,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }
}

/// Looks everything over. What cannot be looked at because something before it is wrong is left out.
pub(crate) async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![
        public_address(config),
        data_directory(config),
        master_key_source(config),
        clock(),
    ];
    let asked = Instant::now();
    let (db, mint) = match installation::open_database(config, WhenMissing::Refuse, Clock::system())
    {
        Ok(opened) => opened,
        Err(failure) => {
            let advice = failure
                .advice()
                .unwrap_or("see that the server runs and that database.url is right")
                .to_owned();
            findings.push(Finding::wrong("database", failure.to_string(), advice));
            return findings;
        }
    };
    match db.ping().await {
        Ok(()) => findings.push(Finding::good(
            "database",
            format!("answered after {} ms", asked.elapsed().as_millis()),
        )),
        Err(error) => {
            findings.push(Finding::wrong(
                "database",
                error.to_string(),
                "see that it runs and that its disk is not full",
            ));
            return findings;
        }
    }
    match db.pending_migrations().await {
        Ok(missing) if missing.is_empty() => {
            findings.push(Finding::good("migrations", "all are applied"))
        }
        Ok(missing) => {
            let advice = "stop older instances, make a backup, then run `alvara migrate`";
            findings.push(Finding::wrong(
                "migrations",
                format!("missing: {}", missing.join(", ")),
                advice,
            ));
            return findings;
        }
        Err(error) => findings.push(Finding::wrong(
            "migrations",
            error.to_string(),
            "see that the role may read the tables",
        )),
    }
    findings.push(shape(&db).await);
    findings.push(second_wall(&db).await);
    match contents(config, db.clone(), mint).await {
        Ok(more) => findings.extend(more),
        Err(failure) => {
            let advice = failure
                .advice()
                .unwrap_or("the log of the database says more")
                .to_owned();
            findings.push(Finding::wrong("contents", failure.to_string(), advice));
        }
    }
    db.close().await;
    findings
}

fn public_address(config: &Config) -> Finding {
    const CHECK: &str = "address";
    let Some(url) = &config.http.public_url else {
        let advice =
            "set http.public_url before anybody outside uses it: it is part of every computer key";
        return Finding::attention(CHECK, "http.public_url is not set", advice);
    };
    match PublicUrl::parse(url) {
        Err(why) => Finding::wrong(CHECK, why, "write it as https://host"),
        Ok(url)
            if url.scheme == "http"
                && url.host != "localhost"
                && !url.host.ends_with(".localhost") =>
        {
            let advice =
                "put a proxy with TLS in front, or set http.tls_certificate and http.tls_key";
            Finding::attention(CHECK, "the installation is reached without TLS", advice)
        }
        Ok(_) => Finding::good(CHECK, url.clone()),
    }
}

fn data_directory(config: &Config) -> Finding {
    const CHECK: &str = "data directory";
    let directory = &config.data.directory;
    if !directory.is_dir() {
        if config.database.url.is_some() {
            return Finding::good(CHECK, "not needed with this database");
        }
        let found = format!("{} does not exist", directory.display());
        return Finding::attention(
            CHECK,
            found,
            "the first start makes it; if this is not the first, check data.directory",
        );
    }
    let probe = directory.join(format!(".alvara-doctor-{}", std::process::id()));
    match std::fs::write(&probe, b"probe").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Finding::good(CHECK, format!("{} can be written", directory.display())),
        Err(error) => Finding::wrong(
            CHECK,
            format!("{} cannot be written: {error}", directory.display()),
            "see that the disk is neither full nor read-only and that the account owns the directory",
        ),
    }
}

fn master_key_source(config: &Config) -> Finding {
    const CHECK: &str = "master key";
    let source = Source::of(config);
    match master_key::load(config) {
        Err(failure) => Finding::wrong(
            CHECK,
            failure.to_string(),
            failure.advice().unwrap_or("check [secrets]"),
        ),
        Ok(_) => match source.too_open() {
            Some(file) => Finding::attention(
                CHECK,
                format!("others may read {}", file.display()),
                format!("chmod 600 {}", file.display()),
            ),
            None => Finding::good(CHECK, format!("read from {}", source.name())),
        },
    }
}

/// Terms, sessions and tokens hang on the clock. No build is older than its first release.
fn clock() -> Finding {
    const CHECK: &str = "clock";
    const FIRST_RELEASE: i64 = 1_767_225_600_000_000; // 2026-01-01
    let now = Clock::system().now();
    if now.micros() < FIRST_RELEASE {
        return Finding::wrong(
            CHECK,
            format!("it shows {now}"),
            "set the clock and keep it set by NTP",
        );
    }
    Finding::good(CHECK, now.to_string())
}

async fn shape(db: &Db) -> Finding {
    const CHECK: &str = "tables";
    match db.differences().await {
        Ok(differences) if differences.is_empty() => {
            Finding::good(CHECK, "as this build expects them")
        }
        Ok(differences) => {
            let listed: Vec<String> = differences
                .iter()
                .map(|d| {
                    format!(
                        "{}.{} is {}, expected {}",
                        d.table, d.column, d.found, d.expected
                    )
                })
                .collect();
            let advice = "somebody changed the tables by hand; compare with a fresh database of the same version";
            Finding::wrong(CHECK, listed.join("; "), advice)
        }
        Err(error) => Finding::wrong(
            CHECK,
            error.to_string(),
            "see that the role may read the tables",
        ),
    }
}

async fn second_wall(db: &Db) -> Finding {
    const CHECK: &str = "second wall";
    match db.second_wall().await {
        Ok(SecondWall::Standing) => Finding::good(CHECK, "row-level security holds"),
        Ok(SecondWall::NotOffered) => {
            Finding::good(CHECK, "this database has no row-level security")
        }
        Ok(SecondWall::Bypassed { role }) => Finding::attention(
            CHECK,
            format!("the role {role} walks through row-level security"),
            "connect as a role that owns the tables and is neither superuser nor BYPASSRLS",
        ),
        Err(error) => Finding::wrong(
            CHECK,
            error.to_string(),
            "see that the role may read pg_roles",
        ),
    }
}

/// Whether what is inside fits together.
async fn contents(config: &Config, db: Db, mint: Mint) -> Outcome<Vec<Finding>> {
    let address = installation::address(config, config.http.listen.port())?;
    let installation = Installation::assemble(config, (db, mint), address)?;
    let (db, scope) = (installation.db(), installation.console.platform());
    let mut findings = Vec::new();

    let sealed = db.platform_read(&scope, token_keys::list).await?;
    findings.push(if sealed.is_empty() {
        Finding::good("secrets", "nothing is sealed yet")
    } else {
        match installation.check_master_key().await {
            Ok(()) => Finding::good("secrets", "the master key opens what is stored"),
            Err(failure) => Finding::wrong(
                "secrets",
                failure.to_string(),
                failure.advice().unwrap_or_default(),
            ),
        }
    });

    let miscounted = db.platform_read(&scope, licenses::list_miscounted).await?;
    findings.push(match miscounted.as_slice() {
        [] => Finding::good("seats", "every license counts the machines it has"),
        [(_, license, _), ..] => Finding::wrong(
            "seats",
            format!("{} license(s) count other machines than they have, {license} first", miscounted.len()),
            "somebody wrote around the platform; keep the database as it is and compare with a backup",
        ),
    });

    let Some(operator) = db.platform_read(&scope, tenants::find_operator).await? else {
        findings.push(Finding::attention(
            "operator",
            "there is no operator yet",
            "`alvara serve` makes it",
        ));
        return Ok(findings);
    };
    let newest = db
        .read(&installation.console.scope(&operator), |tx| {
            audit::list(
                tx,
                &AuditFilter::default(),
                &PageRequest::new(Some(1), None),
            )
        })
        .await?;
    findings.push(history(
        newest
            .items
            .first()
            .and_then(|entry| UtcTime::from_micros(entry.at).ok()),
        Clock::system().now(),
    ));
    Ok(findings)
}

/// A clock that shows less than the last entry was set back, or ran ahead before.
fn history(last: Option<UtcTime>, now: UtcTime) -> Finding {
    const CHECK: &str = "history";
    const TOLERANCE_MICROS: i64 = 300_000_000;
    match last {
        Some(last) if last.micros() > now.micros().saturating_add(TOLERANCE_MICROS) => {
            Finding::wrong(
                CHECK,
                format!("the last audit entry is of {last}, the clock shows {now}"),
                "set the clock; until it has passed that instant, terms and tokens are judged wrongly",
            )
        }
        _ => Finding::good(CHECK, "nothing lies in the future"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_history_is_noticed() {
        // R-OPS-03
        let at = |text: &str| text.parse::<UtcTime>().unwrap();
        let last = at("2026-05-01T12:00:00Z");
        assert_eq!(
            history(Some(last), at("2026-05-01T12:00:01Z")).grade,
            Grade::Good
        );
        assert_eq!(
            history(Some(last), at("2026-05-01T11:58:00Z")).grade,
            Grade::Good
        );
        assert_eq!(
            history(Some(last), at("2026-05-01T11:50:00Z")).grade,
            Grade::Wrong
        );
        assert_eq!(history(None, last).grade, Grade::Good);
    }
}

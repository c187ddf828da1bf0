use alvara_domain::node::Tenant;
use alvara_domain::time::UtcTime;
use alvara_store::audit::{self, AuditEntry, AuditFilter, Chain};
use alvara_store::page::PageRequest;
use alvara_store::tenants;
use clap::Subcommand;
use serde_json::{Value, json};

use super::whose::{Whose, find_tenant};
use super::{Common, Form, print, wait};
use crate::exit::{Exit, Failure, Outcome};
use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Walk through the hash chain of every tenant, or of one
    Verify {
        /// Slug or id of the only tenant to look at
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        #[command(flatten)]
        form: Form,
    },
    /// Write a tenant's chain to standard output, the newest entry first, one JSON object a line
    Export {
        #[command(flatten)]
        whose: Whose,
        /// Only entries at this instant (RFC 3339) or later
        #[arg(long, value_name = "TIME")]
        from: Option<UtcTime>,
        /// Only entries before this instant
        #[arg(long, value_name = "TIME")]
        until: Option<UtcTime>,
    },
}

impl Audit {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let config = common.settings([])?;
        wait(Installation::within(
            &config,
            async |installation| match self {
                Self::Verify { tenant, form } => {
                    verify(installation, tenant.as_deref(), *form).await
                }
                Self::Export { whose, from, until } => {
                    let filter = AuditFilter {
                        from: *from,
                        until: *until,
                        ..AuditFilter::default()
                    };
                    export(installation, whose, filter).await
                }
            },
        ))
    }
}

async fn verify(installation: &Installation, only: Option<&str>, form: Form) -> Outcome {
    let tenants = match only {
        Some(name) => vec![find_tenant(installation, name).await?],
        None => all_tenants(installation).await?,
    };
    let mut broken = Vec::new();
    let mut items = Vec::new();
    for tenant in &tenants {
        let scope = installation.console.scope(tenant);
        let chain = installation.db().read_long(&scope, audit::verify).await?;
        let (found, item) = match chain {
            Chain::Whole { entries } => (
                format!("{entries} entries, whole"),
                json!({ "entries": entries, "whole": true }),
            ),
            Chain::Broken { seq } => {
                broken.push(tenant.slug.clone());
                (
                    format!("BROKEN at entry {seq}"),
                    json!({ "whole": false, "first_broken": seq }),
                )
            }
        };
        let mut item = item;
        item["tenant"] = Value::from(tenant.slug.clone());
        items.push(item);
        if !form.json {
            print::line(format!("{}: {found}", tenant.slug));
        }
    }
    if form.json {
        print::json(&json!({ "items": items }))?;
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::AuditBroken,
        format!("the audit chain of {} does not hold", broken.join(", ")),
    )
    .hint("somebody changed history; keep the database as it is and compare it with a backup"))
}

async fn all_tenants(installation: &Installation) -> Outcome<Vec<Tenant>> {
    let scope = installation.console.platform();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest::new(Some(200), after);
        let page = installation
            .db()
            .platform_read(&scope, move |tx| tenants::list(tx, None, &request))
            .await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

async fn export(installation: &Installation, whose: &Whose, filter: AuditFilter) -> Outcome {
    let (_, scope) = whose.scope(installation).await?;
    let mut after = None;
    loop {
        let (filter, request) = (filter.clone(), PageRequest::new(Some(200), after));
        let page = installation
            .db()
            .read(&scope, move |tx| audit::list(tx, &filter, &request))
            .await?;
        for entry in &page.items {
            print::line(line(entry).to_string());
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// An entry with all that its hash is computed from; the states stay the texts that were hashed.
fn line(entry: &AuditEntry) -> Value {
    json!({
        "tenant_id": entry.tenant_id,
        "seq": entry.seq,
        "at": UtcTime::from_micros(entry.at).map(|at| at.to_string()).unwrap_or_default(),
        "at_micros": entry.at,
        "actor": entry.actor,
        "source_address": entry.source_address,
        "request_id": entry.request_id,
        "action": entry.action,
        "target": entry.target,
        "before": entry.before,
        "after": entry.after,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    })
}

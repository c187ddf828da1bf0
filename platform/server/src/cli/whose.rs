//! Which tenant a command works in, and which page of a list it shows.

use alvara_domain::id::TenantId;
use alvara_domain::node::Tenant;
use alvara_store::page::{Cursor, Page, PageRequest};
use alvara_store::{Scope, tenants};
use clap::Args;
use serde::Serialize;

use super::print;
use crate::exit::{Failure, Outcome};
use crate::installation::Installation;

/// The tenant a command works in.
#[derive(Clone, Debug, Args)]
pub(super) struct Whose {
    /// Slug or id of the tenant
    #[arg(long, value_name = "TENANT")]
    pub(super) tenant: String,
}

impl Whose {
    /// The tenant, and a scope of the console over the whole of it.
    pub(super) async fn scope(&self, installation: &Installation) -> Outcome<(Tenant, Scope)> {
        let tenant = find_tenant(installation, &self.tenant).await?;
        let scope = installation.console.scope(&tenant);
        Ok((tenant, scope))
    }
}

/// A tenant by slug or id.
pub(super) async fn find_tenant(installation: &Installation, name: &str) -> Outcome<Tenant> {
    let wanted = name.to_owned();
    let found = installation
        .db()
        .platform_read(&installation.console.platform(), move |tx| {
            match wanted.parse::<TenantId>() {
                Ok(id) => tenants::find(tx, id),
                Err(_) => tenants::find_by_slug(tx, &wanted),
            }
        })
        .await?;
    found.ok_or_else(|| {
        Failure::not_found(format!("there is no tenant {name}"))
            .hint("`alvara tenant list` names those that exist")
    })
}

/// Which page of a list.
#[derive(Clone, Debug, Args)]
pub(super) struct Paging {
    /// Rows on the page, at most 200
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Where the page before ended: its `next`
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

impl Paging {
    pub(super) fn request(&self) -> PageRequest {
        PageRequest::new(
            Some(self.limit),
            self.after.as_deref().map(Cursor::from_text),
        )
    }
}

/// A page for programs.
pub(super) fn print_page<T>(page: &Page<T>, view: impl Fn(&T) -> serde_json::Value) -> Outcome {
    let items: Vec<serde_json::Value> = page.items.iter().map(view).collect();
    print::json(
        &serde_json::json!({ "items": items, "next": page.next.as_ref().map(Cursor::as_str) }),
    )
}

/// Says how a person gets to the next page.
pub(super) fn print_next<T>(page: &Page<T>) {
    if let Some(next) = &page.next {
        print::note(format!("more with --after {}", next.as_str()));
    }
}

/// Any of our values as JSON.
pub(super) fn json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

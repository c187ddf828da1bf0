use alvara_app::AppError;
use alvara_app::license::change_state::{Decision, decide};
use alvara_app::license::issue::{IssueRequest, issue};
use alvara_app::license::renew::{RenewBy, renew};
use alvara_domain::id::{LicenseId, NodeId, PlanId, PolicyId, ProductId};
use alvara_domain::license::{License as Row, LicenseState};
use alvara_domain::terms::LicenseKind;
use alvara_domain::time::{Period, UtcTime};
use alvara_store::licenses::{self, LicenseFilter};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::whose::{Paging, Whose, json, print_next, print_page};
use super::{Common, Form, print, wait};
use crate::exit::{Failure, Outcome};
use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum License {
    /// List licenses
    List(List),
    /// Show one license; its key stays hidden
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        form: Form,
    },
    /// Issue a license and print its activation key
    Issue(Issue),
    /// Renew a license, by one more period of its own unless said otherwise
    Renew {
        #[command(flatten)]
        which: Which,
        /// By the period of this plan
        #[arg(long, value_name = "PLAN", conflicts_with = "period")]
        plan: Option<PlanId>,
        /// By this period, such as P1Y or P3M
        #[arg(long)]
        period: Option<Period>,
    },
    /// Suspend a license
    Suspend(Decide),
    /// Lift a suspension
    Reinstate(Decide),
    /// Revoke a license for good
    Revoke(Decide),
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Its id
    license: LicenseId,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
pub(super) struct Decide {
    #[command(flatten)]
    which: Which,
    /// Why; shown to whoever asks about the license
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    whose: Whose,
    /// Only those in this state: active, suspended, pending or revoked
    #[arg(long)]
    state: Option<LicenseState>,
    /// Only this kind, such as trial or subscription
    #[arg(long)]
    kind: Option<LicenseKind>,
    /// Only those of this product
    #[arg(long, value_name = "PRODUCT")]
    product: Option<ProductId>,
    /// Only those at this place of the tree
    #[arg(long, value_name = "NODE")]
    node: Option<NodeId>,
    /// Only those that expire before this instant (RFC 3339)
    #[arg(long, value_name = "TIME")]
    expires_before: Option<UtcTime>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Args)]
pub(super) struct Issue {
    #[command(flatten)]
    whose: Whose,
    /// The policy whose terms it gets
    #[arg(long, value_name = "POLICY")]
    policy: PolicyId,
    /// Who holds it [default: the tenant itself, as stock]
    #[arg(long, value_name = "NODE")]
    node: Option<NodeId>,
    /// How many machines, instead of the policy's limit
    #[arg(long, value_name = "N")]
    machines: Option<u32>,
    /// The one user it is for
    #[arg(long)]
    user: Option<String>,
    /// The one site it is for
    #[arg(long)]
    site: Option<String>,
    /// A note for people
    #[arg(long, default_value = "")]
    note: String,
    #[command(flatten)]
    form: Form,
}

impl License {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let config = common.settings([])?;
        wait(Installation::within(&config, async |installation| {
            self.act(installation).await
        }))
    }

    async fn act(&self, installation: &Installation) -> Outcome {
        match self {
            Self::List(command) => command.act(installation).await,
            Self::Issue(command) => command.act(installation).await,
            Self::Show { which, form } => which.show(installation, *form).await,
            Self::Renew {
                which,
                plan,
                period,
            } => {
                let by = match (plan, period) {
                    (Some(plan), _) => RenewBy::Plan(*plan),
                    (None, Some(period)) => RenewBy::Period(*period),
                    (None, None) => RenewBy::OwnPeriod,
                };
                let (_, scope) = which.whose.scope(installation).await?;
                let id = which.license;
                let renewed = installation
                    .db()
                    .write(&scope, move |tx| renew(tx, id, by))
                    .await?;
                print::line(format!("{} runs until {}", renewed.id, end(&renewed)));
                Ok(())
            }
            Self::Suspend(command) => command.act(installation, Decision::Suspend).await,
            Self::Reinstate(command) => command.act(installation, Decision::Reinstate).await,
            Self::Revoke(command) => command.act(installation, Decision::Revoke).await,
        }
    }
}

impl Decide {
    async fn act(&self, installation: &Installation, decision: Decision) -> Outcome {
        let (_, scope) = self.which.whose.scope(installation).await?;
        let (id, reason) = (self.which.license, self.reason.clone());
        let decided = installation
            .db()
            .write(&scope, move |tx| {
                decide(tx, id, decision, reason.as_deref())
            })
            .await?;
        print::line(format!("{} is {}", decided.id, decided.state));
        Ok(())
    }
}

impl List {
    async fn act(&self, installation: &Installation) -> Outcome {
        let (_, scope) = self.whose.scope(installation).await?;
        let filter = LicenseFilter {
            node: self.node,
            state: self.state,
            kind: self.kind,
            product: self.product,
            expires_before: self.expires_before,
            ..LicenseFilter::default()
        };
        let request = self.paging.request();
        let page = installation
            .db()
            .read(&scope, move |tx| licenses::list(tx, &filter, &request))
            .await?;
        if self.form.json {
            return print_page(&page, json);
        }
        let rows: Vec<Vec<String>> = page
            .items
            .iter()
            .map(|l| {
                vec![
                    l.id.to_string(),
                    format!("…{}", l.key_hint),
                    l.kind.to_string(),
                    l.state.to_string(),
                    machines(l),
                    end(l),
                ]
            })
            .collect();
        print::table(&["ID", "KEY", "KIND", "STATE", "MACHINES", "UNTIL"], &rows);
        print_next(&page);
        Ok(())
    }
}

impl Which {
    async fn show(&self, installation: &Installation, form: Form) -> Outcome {
        let (_, scope) = self.whose.scope(installation).await?;
        let id = self.license;
        let found = installation
            .db()
            .read(&scope, move |tx| licenses::find(tx, id))
            .await?;
        let license = found.ok_or_else(|| {
            Failure::not_found(format!("there is no license {id} in {}", self.whose.tenant))
                .hint("check the id, and that it belongs to the tenant named with --tenant")
        })?;
        if form.json {
            return print::json(&license);
        }
        print::fields(&[
            ("id", license.id.to_string()),
            ("key ends in", license.key_hint.clone()),
            ("kind", license.kind.to_string()),
            ("state", state(&license)),
            ("until", end(&license)),
            ("machines", machines(&license)),
            ("product", license.product_id.to_string()),
            ("policy", license.policy_id.to_string()),
            ("held by", license.node_id.to_string()),
            (
                "issued",
                format!("{} by {}", license.issued_at, license.issued_by),
            ),
            ("note", license.note.clone()),
        ]);
        Ok(())
    }
}

impl Issue {
    async fn act(&self, installation: &Installation) -> Outcome {
        let (tenant, scope) = self.whose.scope(installation).await?;
        let request = IssueRequest {
            machine_limit: self.machines,
            user: self.user.clone(),
            site: self.site.clone(),
            note: self.note.clone(),
            ..IssueRequest::of(self.policy, self.node.unwrap_or(tenant.root_node_id))
        };
        let vault = installation.platform.vault().clone();
        let issued = installation
            .db()
            .write(&scope, move |tx| -> Result<_, AppError> {
                issue(tx, &vault, &request)
            })
            .await?;
        if self.form.json {
            let mut shown = json(&issued.license);
            shown["key"] = Value::from(issued.key.expose());
            return print::json(&shown);
        }
        print::note(format!(
            "issued {}, until {}",
            issued.license.id,
            end(&issued.license)
        ));
        print::line(issued.key.expose());
        Ok(())
    }
}

fn end(license: &Row) -> String {
    match (license.term.expires_at, license.kind.ends()) {
        (Some(end), _) => end.to_string(),
        (None, true) => "not started".to_owned(),
        (None, false) => "no end".to_owned(),
    }
}

fn machines(license: &Row) -> String {
    match license.machine_limit {
        Some(limit) => format!("{} of {limit}", license.machines_used),
        None => license.machines_used.to_string(),
    }
}

fn state(license: &Row) -> String {
    match &license.state_reason {
        Some(reason) => format!("{} ({reason})", license.state),
        None => license.state.to_string(),
    }
}

use alvara_app::AppError;
use alvara_app::tenancy::{reinstate_tenant, suspend_tenant};
use alvara_domain::money::Currency;
use alvara_domain::node::{Tenant as Row, TenantState};
use alvara_domain::time::ZoneName;
use alvara_store::tenants;
use alvara_tenants::NewTenant;
use clap::{Args, Subcommand};

use super::whose::{Paging, find_tenant, json, print_next, print_page};
use super::{Common, Form, print, wait};
use crate::exit::Outcome;
use crate::first_start::made_up_password;
use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum Tenant {
    /// Open a reseller's tenant with its first administrator, whose password is printed once
    Create(Create),
    /// List tenants
    List {
        /// Only those in this state: active or suspended
        #[arg(long)]
        state: Option<TenantState>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        form: Form,
    },
    /// Show one tenant
    Show {
        /// Slug or id
        tenant: String,
        #[command(flatten)]
        form: Form,
    },
    /// Suspend a tenant: its people are shut out, its programs are told at their next contact
    Suspend {
        /// Slug or id
        tenant: String,
    },
    /// Lift a suspension
    Reinstate {
        /// Slug or id
        tenant: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Its short name: small letters, digits and hyphens; also its host name below the installation's
    slug: String,
    /// Its name
    #[arg(long)]
    name: String,
    /// E-mail address of its first administrator
    #[arg(long, value_name = "EMAIL")]
    admin_email: String,
    /// Name of its first administrator
    #[arg(long, default_value = "Administrator")]
    admin_name: String,
    /// Language, such as pt-BR
    #[arg(long, default_value = "en")]
    locale: String,
    /// Currency it sells in, such as BRL
    #[arg(long, default_value = "EUR")]
    currency: Currency,
    /// Time zone it counts days in, such as America/Sao_Paulo
    #[arg(long, default_value = "UTC")]
    time_zone: ZoneName,
    #[command(flatten)]
    form: Form,
}

impl Tenant {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let config = common.settings([])?;
        wait(Installation::within(&config, async |installation| {
            self.act(installation).await
        }))
    }

    async fn act(&self, installation: &Installation) -> Outcome {
        match self {
            Self::Create(command) => command.act(installation).await,
            Self::List {
                state,
                paging,
                form,
            } => {
                let (state, request) = (*state, paging.request());
                let scope = installation.console.platform();
                let page = installation
                    .db()
                    .platform_read(&scope, move |tx| tenants::list(tx, state, &request))
                    .await?;
                if form.json {
                    return print_page(&page, json);
                }
                let rows: Vec<Vec<String>> = page
                    .items
                    .iter()
                    .map(|t| {
                        vec![
                            t.slug.clone(),
                            t.kind.to_string(),
                            t.state.to_string(),
                            t.locale.clone(),
                            t.currency.to_string(),
                            t.name.clone(),
                        ]
                    })
                    .collect();
                print::table(
                    &["SLUG", "KIND", "STATE", "LANGUAGE", "CURRENCY", "NAME"],
                    &rows,
                );
                print_next(&page);
                Ok(())
            }
            Self::Show { tenant, form } => show(&find_tenant(installation, tenant).await?, *form),
            Self::Suspend { tenant } => change(installation, tenant, TenantState::Suspended).await,
            Self::Reinstate { tenant } => change(installation, tenant, TenantState::Active).await,
        }
    }
}

impl Create {
    async fn act(&self, installation: &Installation) -> Outcome {
        let password = made_up_password()?;
        let new = NewTenant {
            slug: self.slug.clone(),
            name: self.name.clone(),
            locale: self.locale.clone(),
            currency: self.currency,
            time_zone: self.time_zone.clone(),
            admin_email: self.admin_email.clone(),
            admin_name: self.admin_name.clone(),
            admin_password: password.expose().to_owned(),
        };
        let made = installation
            .platform
            .gate()
            .provision(&installation.console.platform(), new)
            .await?;
        let url = installation.platform.address().tenant_url(&made.tenant);
        if self.form.json {
            return print::json(&serde_json::json!({
                "tenant": made.tenant, "url": url,
                "admin": { "id": made.admin, "email": self.admin_email, "password": password.expose() },
            }));
        }
        print::line(format!("{} is open at {url}", made.tenant.slug));
        print::line(format!("administrator {}", self.admin_email));
        print::line(format!("password, shown this once: {}", password.expose()));
        Ok(())
    }
}

fn show(tenant: &Row, form: Form) -> Outcome {
    if form.json {
        return print::json(tenant);
    }
    print::fields(&[
        ("id", tenant.id.to_string()),
        ("slug", tenant.slug.clone()),
        ("name", tenant.name.clone()),
        ("kind", tenant.kind.to_string()),
        ("state", tenant.state.to_string()),
        ("language", tenant.locale.clone()),
        ("currency", tenant.currency.to_string()),
        ("time zone", tenant.time_zone.to_string()),
        ("root", tenant.root_node_id.to_string()),
        ("opened", tenant.created_at.to_string()),
    ]);
    Ok(())
}

async fn change(installation: &Installation, name: &str, to: TenantState) -> Outcome {
    let id = find_tenant(installation, name).await?.id;
    let scope = installation.console.platform();
    let changed = installation
        .db()
        .platform_write(&scope, move |tx| -> Result<Row, AppError> {
            match to {
                TenantState::Suspended => suspend_tenant(tx, id),
                TenantState::Active => reinstate_tenant(tx, id),
            }
        })
        .await?;
    print::line(format!("{} is {}", changed.slug, changed.state));
    Ok(())
}

use alvara_app::tenancy::{Granter, NewMember};
use alvara_domain::id::{MemberId, NodeId};
use alvara_store::members::{self, Member as Row, MemberFilter, MemberState};
use alvara_tenants::Role;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::whose::{Paging, Whose, print_next, print_page};
use super::{Common, Form, print, wait};
use crate::exit::Outcome;
use crate::first_start::made_up_password;
use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum Member {
    /// Let a person in; the password is made up and printed once
    Create(Create),
    /// List members
    List {
        #[command(flatten)]
        whose: Whose,
        /// Only those at this place
        #[arg(long, value_name = "NODE")]
        node: Option<NodeId>,
        /// Only those in this state
        #[arg(long)]
        state: Option<MemberState>,
        /// Only those whose name or address contains this
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        form: Form,
    },
    /// Make up a new password, lift a lock-out, and end all sessions and tokens of a member
    ResetPassword {
        /// Its id
        member: MemberId,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        form: Form,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// E-mail address to sign in with
    email: String,
    #[command(flatten)]
    whose: Whose,
    /// Name
    #[arg(long)]
    name: String,
    /// superadmin, reseller_admin, subcompany_admin, agent, customer, or the id of a profile
    #[arg(long)]
    role: Role,
    /// The place whose subtree the member sees [default: the whole tenant]
    #[arg(long, value_name = "NODE")]
    node: Option<NodeId>,
    /// Language, if another than the tenant's
    #[arg(long)]
    locale: Option<String>,
    #[command(flatten)]
    form: Form,
}

impl Member {
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
                whose,
                node,
                state,
                search,
                paging,
                form,
            } => {
                let (_, scope) = whose.scope(installation).await?;
                let filter = MemberFilter {
                    node: *node,
                    state: *state,
                    search: search.clone(),
                };
                let request = paging.request();
                let page = installation
                    .db()
                    .read(&scope, move |tx| members::list(tx, &filter, &request))
                    .await?;
                if form.json {
                    return print_page(&page, view);
                }
                let rows: Vec<Vec<String>> = page
                    .items
                    .iter()
                    .map(|m| {
                        vec![
                            m.id.to_string(),
                            m.role.clone(),
                            m.state.to_string(),
                            m.email.clone(),
                            m.name.clone(),
                        ]
                    })
                    .collect();
                print::table(&["ID", "ROLE", "STATE", "E-MAIL", "NAME"], &rows);
                print_next(&page);
                Ok(())
            }
            Self::ResetPassword {
                member,
                whose,
                form,
            } => {
                let (_, scope) = whose.scope(installation).await?;
                let password = made_up_password()?;
                let granter = Granter::Console(&installation.console);
                installation
                    .platform
                    .reset_password(&scope, granter, *member, &password)
                    .await?;
                if form.json {
                    return print::json(&json!({ "id": member, "password": password.expose() }));
                }
                print::line(format!("password, shown this once: {}", password.expose()));
                Ok(())
            }
        }
    }
}

impl Create {
    async fn act(&self, installation: &Installation) -> Outcome {
        let (tenant, scope) = self.whose.scope(installation).await?;
        let password = made_up_password()?;
        let new = NewMember {
            node_id: self.node.unwrap_or(tenant.root_node_id),
            email: self.email.clone(),
            name: self.name.clone(),
            role: self.role,
            locale: self.locale.clone(),
            password: Some(password.clone()),
        };
        let member = installation
            .platform
            .create_member(&scope, Granter::Console(&installation.console), &new)
            .await?;
        if self.form.json {
            let mut shown = view(&member);
            shown["password"] = Value::from(password.expose());
            return print::json(&shown);
        }
        print::line(format!("{} {}", member.id, member.email));
        print::line(format!("password, shown this once: {}", password.expose()));
        Ok(())
    }
}

/// A member without anything that is, or leads to, a credential.
fn view(member: &Row) -> Value {
    json!({
        "id": member.id,
        "node_id": member.node_id,
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "state": member.state,
        "locale": member.locale,
        "second_factor": member.totp_sealed.is_some(),
        "locked_until": member.locked_until,
        "created_at": member.created_at,
        "updated_at": member.updated_at,
    })
}

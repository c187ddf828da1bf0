use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{MemberId, NodeId};
use alvara_domain::mail::{Door, MailContent};
use alvara_store::members::{self, Member, MemberState};
use alvara_store::{Scope, TenantTx};
use alvara_tenants::{Role, is_acceptable_password};
use alvara_vault::{Secret, new_secret};
use serde::Serialize;

use super::grant::{Granter, check_role};
use super::load_node;
use crate::field::Fields;
use crate::mail::{NewMail, post};
use crate::{AppError, AppResult, Platform};

/// A person to let in.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// The place that the person will see, with what is below it.
    pub node_id: NodeId,
    /// Unique in the tenant.
    pub email: String,
    /// At most 200 characters.
    pub name: String,
    /// What it may do there.
    pub role: Role,
    /// Its language, if not the tenant's.
    pub locale: Option<String>,
    /// Its first password. Without one the person is mailed a link to choose it by.
    pub password: Option<Secret>,
}

/// What the audit chain and events say of a member: no credential.
#[derive(Serialize)]
pub(super) struct MemberNote<'a> {
    id: MemberId,
    node_id: NodeId,
    email: &'a str,
    name: &'a str,
    role: &'a str,
    state: MemberState,
    locale: Option<&'a str>,
}

impl<'a> MemberNote<'a> {
    pub(super) fn of(member: &'a Member) -> Self {
        Self {
            id: member.id,
            node_id: member.node_id,
            email: &member.email,
            name: &member.name,
            role: &member.role,
            state: member.state,
            locale: member.locale.as_deref(),
        }
    }
}

/// Refuses a password that is too short, too long or the same few characters over and over.
pub(super) fn check_password(fields: &mut Fields, password: &Secret) {
    if !is_acceptable_password(password.expose()) {
        let detail = "10 to 200 characters, at least 5 of them different";
        fields.refuse("/password", FaultCode::OutOfRange, detail);
    }
}

#[derive(Clone)]
struct Checked {
    node_id: NodeId,
    email: String,
    name: String,
    role: Role,
    locale: Option<String>,
}

impl NewMember {
    fn check(&self) -> AppResult<Checked> {
        let mut fields = Fields::new();
        let checked = Checked {
            node_id: self.node_id,
            email: fields.email("/email", &self.email),
            name: fields.line("/name", &self.name, 200),
            role: self.role,
            locale: self
                .locale
                .as_deref()
                .map(|locale| fields.locale("/locale", locale)),
        };
        if let Some(password) = &self.password {
            check_password(&mut fields, password);
        }
        fields.finish()?;
        Ok(checked)
    }
}

impl Platform {
    /// Lets a person in at a place of the scope. The password is hashed beside the transaction.
    ///
    /// # Errors
    /// [`AppError::Invalid`]; [`AppError::NotFound`] for the place; [`AppError::Taken`] for the
    /// address; [`AppError::ExceedsOwnRights`] for a role beyond the granter's own.
    pub async fn create_member(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        request: &NewMember,
    ) -> AppResult<Member> {
        if request.password.is_none() && self.mail().is_none() {
            let detail = "without a mail server nobody can be invited to choose one";
            return Err(AppError::field("/password", FaultCode::Required, detail));
        }
        let checked = request.check()?;
        let valid = checked.clone();
        self.db()
            .read(scope, move |tx| precondition(tx, &valid))
            .await?;
        granter
            .check(self.gate(), scope, checked.role, None)
            .await?;
        let invited = request.password.is_none();
        // What is not given is nobody's: until one is chosen, no password opens.
        let password = match &request.password {
            Some(password) => password.clone(),
            None => new_secret("")?,
        };
        let hash = self.gate().hash_password(password.expose()).await?;
        let work = move |tx: &mut TenantTx<'_>| {
            let member = create_member(tx, &checked, &hash)?;
            if invited {
                let mail = NewMail {
                    place: member.node_id,
                    recipient: member.email.clone(),
                    locale: member.locale.clone().unwrap_or_default(),
                    content: MailContent::Invited(Door {
                        member: member.id,
                        epoch: member.credentials_epoch,
                    }),
                };
                post(tx, mail)?;
            }
            Ok(member)
        };
        self.db().write(scope, work).await
    }
}

/// What can be refused before a password is hashed, which is dear.
fn precondition(tx: &mut TenantTx<'_>, checked: &Checked) -> AppResult<()> {
    load_node(tx, checked.node_id)?;
    check_role(tx, checked.role)
}

fn create_member(
    tx: &mut TenantTx<'_>,
    checked: &Checked,
    password_hash: &str,
) -> AppResult<Member> {
    check_role(tx, checked.role)?;
    let node = load_node(tx, checked.node_id)?;
    let member = Member {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        node_id: node.id,
        node_path: node.path,
        email: checked.email.clone(),
        name: checked.name.clone(),
        role: checked.role.to_string(),
        state: MemberState::Active,
        locale: checked.locale.clone(),
        password_hash: password_hash.to_owned(),
        totp_sealed: None,
        totp_last_step: 0,
        failed_attempts: 0,
        locked_until: None,
        credentials_epoch: 0,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    members::insert(tx, &member).map_err(AppError::taken("/email"))?;
    tx.audit("member.created", member.id, (), MemberNote::of(&member))?;
    tx.emit(EventKind::MemberCreated, member.id, MemberNote::of(&member))?;
    Ok(member)
}

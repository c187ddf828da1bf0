//! Opening a tenant: the account, the root of its tree, its host name and its first member, all or
//! nothing.

use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::id::{MemberId, NodeId, TenantId};
use alvara_domain::money::Currency;
use alvara_domain::node::{Node, NodeKind, NodePath, NodeState, Tenant, TenantKind, TenantState};
use alvara_domain::time::ZoneName;
use alvara_store::members::{self, Member, MemberState, normalised_email};
use alvara_store::{PlatformScope, PlatformTx, StoreError, StoreResult, hosts, nodes, tenants};
use serde_json::json;

use crate::console::Console;
use crate::denied::GateError;
use crate::gate::{Gate, is_acceptable_password};
use crate::role::BuiltInRole;

/// Names that would be mistaken for something of the platform's.
const RESERVED: [&str; 10] = [
    "www",
    "api",
    "admin",
    "app",
    "mail",
    "portal",
    "static",
    "status",
    "support",
    "localhost",
];

/// A tenant to open, with its first member.
#[derive(Clone)]
pub struct NewTenant {
    /// Unique over the installation; the first label of its host name.
    pub slug: String,
    /// How it is called.
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// In which it sells.
    pub currency: Currency,
    /// In which it counts days.
    pub time_zone: ZoneName,
    /// Address of its first member, who runs it.
    pub admin_email: String,
    /// That member's name.
    pub admin_name: String,
    /// That member's password.
    pub admin_password: String,
}

impl std::fmt::Debug for NewTenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewTenant")
            .field("slug", &self.slug)
            .finish_non_exhaustive()
    }
}

/// A tenant that was opened.
#[derive(Debug, Clone)]
pub struct Provisioned {
    /// The tenant.
    pub tenant: Tenant,
    /// Its root.
    pub root: Node,
    /// Its first member.
    pub admin: MemberId,
}

/// Why a tenant was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionRefused {
    /// Fields that cannot be so.
    #[error("some fields are not valid")]
    Invalid(Vec<FieldFault>),
    /// The slug, or the host name that follows from it, is in use.
    #[error("the slug is in use")]
    SlugTaken,
    /// It could not be done.
    #[error(transparent)]
    Failed(#[from] GateError),
}

impl Gate {
    /// Opens a reseller's tenant.
    ///
    /// # Errors
    /// As [`ProvisionRefused`] says.
    pub async fn provision(
        &self,
        scope: &PlatformScope,
        new: NewTenant,
    ) -> Result<Provisioned, ProvisionRefused> {
        let faults = faults_of(&new);
        if !faults.is_empty() {
            return Err(ProvisionRefused::Invalid(faults));
        }
        let opened = self.open_tenant(scope, new, TenantKind::Reseller).await?;
        opened.ok_or(ProvisionRefused::SlugTaken)
    }

    async fn open_tenant(
        &self,
        scope: &PlatformScope,
        new: NewTenant,
        kind: TenantKind,
    ) -> Result<Option<Provisioned>, GateError> {
        let hash = self.hash_password(&new.admin_password).await?;
        let base = self.config().base_domain.to_ascii_lowercase();
        let opened = self
            .db()
            .platform_write(scope, move |tx| {
                if kind == TenantKind::Operator && tenants::find_operator(tx)?.is_some() {
                    return Ok(None);
                }
                if tenants::find_by_slug(tx, &new.slug)?.is_some() {
                    return Ok(None);
                }
                let host = (kind == TenantKind::Reseller).then(|| format!("{}.{base}", new.slug));
                open(tx, &new, kind, host.as_deref(), &hash).map(Some)
            })
            .await;
        match opened {
            Ok(opened) => Ok(opened),
            // Somebody opened it in the same moment, or its host name leads elsewhere.
            Err(StoreError::Taken) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Console {
    /// Opens the operator's own tenant on the first start. `None` when there is one already, which
    /// is then left as it is.
    ///
    /// # Errors
    /// As [`ProvisionRefused`] says.
    pub async fn provision_operator(
        &self,
        new: NewTenant,
    ) -> Result<Option<Provisioned>, ProvisionRefused> {
        let faults = faults_of(&new);
        if !faults.is_empty() {
            return Err(ProvisionRefused::Invalid(faults));
        }
        Ok(self
            .gate()
            .open_tenant(&self.platform(), new, TenantKind::Operator)
            .await?)
    }
}

fn open(
    tx: &mut PlatformTx<'_>,
    new: &NewTenant,
    kind: TenantKind,
    host: Option<&str>,
    password_hash: &str,
) -> StoreResult<Provisioned> {
    let now = tx.now();
    let (id, root_id, admin): (TenantId, NodeId, MemberId) =
        (tx.new_id()?, tx.new_id()?, tx.new_id()?);
    let path = NodePath::root(root_id);
    let (node_kind, role) = match kind {
        TenantKind::Operator => (NodeKind::Operator, BuiltInRole::Superadmin),
        TenantKind::Reseller => (NodeKind::Reseller, BuiltInRole::ResellerAdmin),
    };
    let tenant = Tenant {
        id,
        slug: new.slug.clone(),
        name: new.name.clone(),
        kind,
        state: TenantState::Active,
        root_node_id: root_id,
        locale: new.locale.clone(),
        currency: new.currency,
        time_zone: new.time_zone.clone(),
        default_product_id: None,
        tax_id: None,
        postal_address: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let root = Node {
        tenant_id: id,
        id: root_id,
        parent_id: None,
        kind: node_kind,
        name: new.name.clone(),
        email: None,
        path: path.clone(),
        state: NodeState::Active,
        created_at: now,
        updated_at: now,
        discount_ceiling_bp: None,
        deleted_at: None,
        version: 1,
    };
    let member = Member {
        tenant_id: id,
        id: admin,
        node_id: root_id,
        node_path: path.clone(),
        email: normalised_email(&new.admin_email),
        name: new.admin_name.clone(),
        role: role.to_string(),
        state: MemberState::Active,
        locale: None,
        password_hash: password_hash.to_owned(),
        totp_sealed: None,
        totp_last_step: 0,
        failed_attempts: 0,
        locked_until: None,
        credentials_epoch: 0,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    tenants::insert(tx, &tenant)?;
    tx.enter(id, &path, |tx| {
        nodes::insert(tx, &root)?;
        members::insert(tx, &member)?;
        if let Some(host) = host {
            hosts::insert(tx, host)?;
        }
        tx.audit(
            "tenant.created",
            id,
            (),
            json!({"slug": tenant.slug, "name": tenant.name, "admin": admin}),
        )
    })?;
    Ok(Provisioned {
        tenant,
        root,
        admin,
    })
}

fn faults_of(new: &NewTenant) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let mut fault =
        |pointer: &str, code, detail: &str| faults.push(FieldFault::new(pointer, code, detail));
    if !is_slug(&new.slug) {
        let detail = "A slug has 2 to 40 small letters, digits and hyphens, and begins and ends with none of the last.";
        fault("/slug", FaultCode::Malformed, detail);
    } else if RESERVED.contains(&new.slug.as_str()) {
        fault("/slug", FaultCode::OutOfRange, "This slug is reserved.");
    }
    for (pointer, text, longest) in [
        ("/name", &new.name, 200),
        ("/admin/name", &new.admin_name, 200),
        ("/locale", &new.locale, 10),
    ] {
        let length = text.chars().count();
        if text.trim().is_empty() {
            fault(pointer, FaultCode::Required, "This must be given.");
        } else if length > longest {
            fault(pointer, FaultCode::TooLong, "This is too long.");
        }
    }
    if !is_email(&normalised_email(&new.admin_email)) {
        fault(
            "/admin/email",
            FaultCode::Malformed,
            "This is no e-mail address.",
        );
    }
    if !is_acceptable_password(&new.admin_password) {
        fault(
            "/admin/password",
            FaultCode::OutOfRange,
            "A password has 10 to 200 characters, at least 5 of them different.",
        );
    }
    faults
}

fn is_slug(slug: &str) -> bool {
    (2..=40).contains(&slug.len())
        && slug
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !slug.starts_with('-')
        && !slug.ends_with('-')
}

/// Whether a text can be the address of a member: something before an at sign, a host after it, no
/// white space or control characters, at most 254 bytes. Whether mail arrives is found out by mail.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    text.len() <= 254
        && !local.is_empty()
        && local.len() <= 64
        && !host.is_empty()
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::{is_email, is_slug};

    #[test]
    fn slugs_are_host_labels() {
        for good in ["acme", "a1", "a-b"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "-a",
            "a-",
            "Acme",
            "a.b",
            "ação",
            "a_b",
            &"a".repeat(41),
        ] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_have_two_sides() {
        for good in [
            "ana@acme.test",
            "a+b@x",
            "ação@exemplo.test",
            "\"a@b\"@c.test",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "ana", "@x", "ana@", "a b@x", "a@.x", "a@x.", "a@x\n"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}

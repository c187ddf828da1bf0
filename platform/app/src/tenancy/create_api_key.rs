use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{ApiKeyId, NodeId};
use alvara_domain::time::UtcTime;
use alvara_store::api_keys::{self, ApiKey};
use alvara_store::{Scope, TenantTx};
use alvara_tenants::{API_KEY_PREFIX, PermissionKey, PermissionSet, Role};
use alvara_vault::{Secret, new_secret, token_hash};
use serde::Serialize;

use super::grant::{Granter, check_role};
use super::load_node;
use crate::field::Fields;
use crate::{AppError, AppResult, Platform};

/// A credential to make for a program.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// The place that the program will see, with what is below it.
    pub node_id: NodeId,
    /// At most 100 characters.
    pub name: String,
    /// What it may do there.
    pub role: Role,
    /// The permissions (`license.issue` …) that it is cut down to; none is all of the role's.
    pub permissions: Vec<String>,
    /// When it ends by itself.
    pub expires_at: Option<UtcTime>,
}

/// What the audit chain and events say of a key.
#[derive(Serialize)]
pub(super) struct ApiKeyNote<'a> {
    id: ApiKeyId,
    node_id: NodeId,
    name: &'a str,
    role: &'a str,
    permissions: &'a [String],
    expires_at: Option<UtcTime>,
}

impl<'a> ApiKeyNote<'a> {
    pub(super) fn of(key: &'a ApiKey) -> Self {
        Self {
            id: key.id,
            node_id: key.node_id,
            name: &key.name,
            role: &key.role,
            permissions: &key.permissions,
            expires_at: key.expires_at,
        }
    }
}

#[derive(Clone)]
struct Checked {
    request: NewApiKey,
    only: Option<PermissionSet>,
}

impl NewApiKey {
    fn check(&self) -> AppResult<Checked> {
        let mut fields = Fields::new();
        let mut request = self.clone();
        request.name = fields.line("/name", &self.name, 100);
        let mut only = PermissionSet::NONE;
        for (index, code) in self.permissions.iter().enumerate() {
            match code.parse::<PermissionKey>() {
                Ok(key) => only = only.with(key),
                Err(_) => {
                    let pointer = format!("/permissions/{index}");
                    fields.refuse(&pointer, FaultCode::Unknown, "there is no such permission");
                }
            }
        }
        fields.finish()?;
        request.permissions = only.iter().map(|key| key.code().to_owned()).collect();
        Ok(Checked {
            only: (!request.permissions.is_empty()).then_some(only),
            request,
        })
    }
}

impl Platform {
    /// Makes a credential for a program. The secret is answered this once and kept nowhere.
    ///
    /// # Errors
    /// [`AppError::Invalid`]; [`AppError::NotFound`] for the place; [`AppError::ExceedsOwnRights`]
    /// for a role and permissions beyond the granter's own.
    pub async fn create_api_key(
        &self,
        scope: &Scope,
        granter: Granter<'_>,
        request: &NewApiKey,
    ) -> AppResult<(ApiKey, Secret)> {
        let checked = request.check()?;
        let role = checked.request.role;
        self.db()
            .read(scope, move |tx| check_role(tx, role))
            .await?;
        granter
            .check(self.gate(), scope, role, checked.only)
            .await?;
        let secret = new_secret(API_KEY_PREFIX)?;
        let hash = token_hash(secret.expose());
        let key = self
            .db()
            .write(scope, move |tx| create(tx, &checked.request, &hash))
            .await?;
        Ok((key, secret))
    }
}

fn create(tx: &mut TenantTx<'_>, request: &NewApiKey, secret_hash: &str) -> AppResult<ApiKey> {
    check_role(tx, request.role)?;
    let node = load_node(tx, request.node_id)?;
    if request.expires_at.is_some_and(|end| end <= tx.now()) {
        return Err(AppError::field(
            "/expires_at",
            FaultCode::OutOfRange,
            "this lies in the past",
        ));
    }
    let key = ApiKey {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        node_id: node.id,
        node_path: node.path,
        name: request.name.clone(),
        role: request.role.to_string(),
        permissions: request.permissions.clone(),
        created_by: tx.scope().actor().to_string(),
        created_at: tx.now(),
        expires_at: request.expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    api_keys::insert(tx, &key, secret_hash)?;
    tx.audit("api_key.created", key.id, (), ApiKeyNote::of(&key))?;
    tx.emit(EventKind::ApiKeyCreated, key.id, ApiKeyNote::of(&key))?;
    Ok(key)
}

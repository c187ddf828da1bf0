use alvara_domain::id::NodeId;
use alvara_domain::node::NodePath;
use alvara_domain::time::UtcTime;
use alvara_store::customers::Placed;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema::{Id, Instant};

/// A customer.
#[derive(Serialize, ToSchema)]
pub(in crate::api::v1) struct CustomerView {
    /// Its id, which is its place's.
    #[schema(value_type = Id)]
    id: NodeId,
    #[schema(value_type = Option<Id>)]
    parent_id: Option<NodeId>,
    /// The places from the root down to this one.
    #[schema(value_type = String)]
    path: NodePath,
    name: String,
    email: Option<String>,
    /// `person` or `company`.
    person: &'static str,
    legal_name: String,
    /// Without dots and slashes.
    tax_id: Option<String>,
    /// `cpf`, `cnpj`, `piva` or `none`.
    tax_id_kind: &'static str,
    phone: String,
    /// `pending`, `validated`, `suspended`, `blocked` or `cancelled`.
    status: &'static str,
    status_reason: Option<String>,
    /// `free`, `basic`, `pro` or `enterprise`.
    tier: &'static str,
    multi_site: bool,
    multi_user: bool,
    notes: String,
    /// The address it registered with, if it registered itself.
    registered_email: Option<String>,
    /// What it was told when it registered itself.
    registration: Option<String>,
    #[schema(value_type = Option<Instant>)]
    validated_at: Option<UtcTime>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
    #[schema(value_type = Option<Instant>)]
    deleted_at: Option<UtcTime>,
}

impl From<Placed> for CustomerView {
    fn from(Placed { customer, node }: Placed) -> Self {
        Self {
            id: node.id,
            parent_id: node.parent_id,
            path: node.path,
            name: node.name,
            email: node.email,
            person: customer.person.as_str(),
            legal_name: customer.legal_name,
            tax_id_kind: customer
                .tax_id
                .as_ref()
                .map_or("none", |id| id.kind().as_str()),
            tax_id: customer.tax_id.map(|id| id.as_str().to_owned()),
            phone: customer.phone,
            status: customer.status.as_str(),
            status_reason: customer.status_reason,
            tier: customer.tier.as_str(),
            multi_site: customer.multi_site,
            multi_user: customer.multi_user,
            notes: customer.notes,
            registered_email: customer.registered_email,
            registration: customer.registration_ref,
            validated_at: customer.validated_at,
            created_at: customer.created_at,
            updated_at: customer.updated_at,
            deleted_at: node.deleted_at,
        }
    }
}

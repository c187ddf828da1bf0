use alvara_domain::id::NodeId;
use alvara_domain::node::NodePath;
use alvara_domain::payment::ask::PostalAddress;
use alvara_domain::time::UtcTime;
use alvara_store::customers::Placed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Text;
use crate::schema::{Id, Instant};

/// Where somebody lives. A boleto names it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressBody {
    /// The street.
    #[schema(value_type = String, max_length = 100, example = "Avenida Paulista")]
    line1: Text<1, 100>,
    #[schema(value_type = Option<String>, max_length = 20, example = "1000")]
    number: Option<Text<0, 20>>,
    #[schema(value_type = Option<String>, max_length = 100)]
    line2: Option<Text<0, 100>>,
    /// In Brazil the bairro.
    #[schema(value_type = Option<String>, max_length = 60, example = "Bela Vista")]
    district: Option<Text<0, 60>>,
    #[schema(value_type = String, max_length = 60, example = "São Paulo")]
    city: Text<1, 60>,
    /// In Brazil the two letters of the state.
    #[schema(value_type = Option<String>, max_length = 50, example = "SP")]
    state: Option<Text<0, 50>>,
    /// In Brazil the CEP.
    #[schema(value_type = String, max_length = 16, example = "01310-100")]
    postal_code: Text<1, 16>,
    /// ISO 3166-1.
    #[schema(value_type = String, min_length = 2, max_length = 2, example = "BR")]
    country: Text<2, 2>,
}

impl AddressBody {
    pub(crate) fn read(self) -> PostalAddress {
        PostalAddress {
            line1: self.line1.into_string(),
            number: self.number.map(Text::into_string),
            line2: self.line2.map(Text::into_string),
            district: self.district.map(Text::into_string),
            city: self.city.into_string(),
            state: self.state.map(Text::into_string).unwrap_or_default(),
            postal_code: self.postal_code.into_string(),
            country: self.country.into_string(),
        }
    }
}

/// Where somebody lives.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddressView {
    line1: String,
    number: Option<String>,
    line2: Option<String>,
    district: Option<String>,
    city: String,
    state: String,
    /// In Brazil the eight digits of the CEP.
    postal_code: String,
    country: String,
}

impl From<PostalAddress> for AddressView {
    fn from(address: PostalAddress) -> Self {
        Self {
            line1: address.line1,
            number: address.number,
            line2: address.line2,
            district: address.district,
            city: address.city,
            state: address.state,
            postal_code: address.postal_code,
            country: address.country,
        }
    }
}

/// A customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct CustomerView {
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
    address: Option<AddressView>,
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
            address: customer.postal_address.map(AddressView::from),
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

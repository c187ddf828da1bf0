//! Customers: who holds licenses. A customer is a node of kind customer and the row that goes with
//! it; both are made together and stand alike, so neither can say what the other does not.

mod address;
mod change_status;
mod contact;
mod create;
mod own_keys;
mod register;
mod site;
mod towards;
mod update;

use alvara_domain::id::NodeId;
use alvara_domain::tax_id::{TaxId, TaxIdKind};
use alvara_store::customers::{self, Placed};
use alvara_store::{TenantTx, tenants};

pub use change_status::{CustomerDecision, decide};
pub use contact::{ContactChange, NewContact, add_contact, remove_contact, update_contact};
pub use create::{CustomerDetails, NewCustomer, create_customer};
pub use register::{CustomerRegistration, OpenProduct, Registered, Waiting};
pub use site::{NewSite, SiteChange, add_site, remove_site, update_site};
pub use towards::towards;
pub use update::{CustomerChange, update_customer};

pub(crate) use address::read_address;
pub(crate) use change_status::stands_with_place;
pub(crate) use create::insert_plain;

use crate::field::Fields;
use crate::{AppError, AppResult};

/// A tax number as somebody typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedTaxId {
    /// Which number it is; found out when not said.
    pub kind: Option<TaxIdKind>,
    /// The number, with or without dots and slashes.
    pub number: String,
}

pub(crate) fn load(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Placed> {
    customers::find(tx, id)?.ok_or(AppError::NotFound("customer"))
}

/// Reads a tax number. Eleven digits are Brazilian or Italian; the tenant's language says what is
/// likelier.
pub(crate) fn read_tax_id(
    tx: &mut TenantTx<'_>,
    fields: &mut Fields,
    typed: &TypedTaxId,
) -> AppResult<Option<TaxId>> {
    let read = match typed.kind {
        Some(kind) => TaxId::parse(kind, &typed.number),
        None => {
            let italian = tenants::load_own(tx)?.locale.starts_with("it");
            let preferred = if italian {
                TaxIdKind::Piva
            } else {
                TaxIdKind::Cpf
            };
            TaxId::guess(&typed.number, preferred)
        }
    };
    Ok(read
        .map_err(|error| {
            fields.refuse(
                "/tax_id",
                alvara_domain::fault::FaultCode::Malformed,
                error.to_string(),
            );
        })
        .ok())
}

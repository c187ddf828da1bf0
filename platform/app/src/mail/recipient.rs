//! Who at a place is written to, and in which language.

use alvara_domain::id::NodeId;
use alvara_store::page::PageRequest;
use alvara_store::{TenantTx, contacts, members, nodes};

use crate::AppResult;

/// How many contacts of a customer are looked through.
const CONTACTS: u32 = 100;

/// Somebody who is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipient {
    /// The address.
    pub(crate) email: String,
    /// What the place is called.
    pub(crate) name: String,
    /// The reader's language where it is known; empty where it is not.
    pub(crate) locale: String,
}

/// Whom to write to about what a place has bought: the place's own address, or that of the contact who
/// was added first. `None` where nobody gave one, where the place is put away, and at the root of a
/// tree, which is the seller. The language is that of the member who signs in with the address.
pub(crate) fn recipient(tx: &mut TenantTx<'_>, place: NodeId) -> AppResult<Option<Recipient>> {
    let Some(node) = nodes::find(tx, place)?.filter(|node| !node.kind.is_root()) else {
        return Ok(None);
    };
    let email = match node.email {
        Some(email) => Some(email),
        None => contacts::list(tx, place, &PageRequest::new(Some(CONTACTS), None))?
            .and_then(|page| page.items.into_iter().find_map(|contact| contact.email)),
    };
    let Some(email) = email else {
        return Ok(None);
    };
    let locale = members::find_by_email(tx, &email)?
        .filter(|member| member.node_id == place)
        .and_then(|member| member.locale);
    Ok(Some(Recipient {
        email,
        name: node.name,
        locale: locale.unwrap_or_default(),
    }))
}

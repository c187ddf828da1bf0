//! Somebody registers as a customer, without an account. They wait until somebody validates them.
//!
//! The answer says nothing that depends on who is known already: its reference is computed from the
//! address alone, and the licenses it names from the product's rule alone. Nobody becomes a second
//! customer; that they came again is told to those above, in the customer's history and as an event.

use alvara_domain::customer::{Customer, CustomerStatus, PersonKind};
use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::{NodeId, PolicyId};
use alvara_domain::license::LicenseState;
use alvara_domain::mail::MailContent;
use alvara_domain::node::NodeKind;
use alvara_domain::registration::RegistrationMode;
use alvara_domain::terms::LicenseKind;
use alvara_store::customers::{self, Placed};
use alvara_store::licenses::LicenseFilter;
use alvara_store::page::PageRequest;
use alvara_store::{
    Actor, TenantTx, licenses, nodes, policies, products, registration_rules, tenants,
};
use alvara_vault::Vault;
use serde_json::json;

use super::create::{CustomerDetails, check, insert};
use super::{NewSite, TypedTaxId, add_site};
use crate::field::Fields;
use crate::license::issue::{IssueRequest, issue};
use crate::mail::{NewMail, post};
use crate::platform::Platform;
use crate::program::Knock;
use crate::tenancy::{NewNode, hang_node};
use crate::{AppError, AppResult};

/// What somebody says of themselves.
#[derive(Debug, Clone, Default)]
pub struct CustomerRegistration {
    /// Their name, at most 200 characters.
    pub name: String,
    /// Where to write to; by this they are known.
    pub email: String,
    /// Their company; they are a person without.
    pub company: Option<String>,
    /// Checked; a wrong one is refused.
    pub tax_id: Option<TypedTaxId>,
    /// At most 40 characters; empty when not said.
    pub phone: String,
    /// Their premises, at most 50.
    pub sites: Vec<NewSite>,
    /// Code of the product they are interested in.
    pub product: Option<String>,
    /// The language they read, as BCP 47; empty when it is not known.
    pub locale: String,
}

/// A license that waits with its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Code of its product.
    pub product: String,
}

/// What somebody who registered is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// By which they may ask about it: always the same for one address.
    pub reference: String,
    /// What waits with them.
    pub waiting: Vec<Waiting>,
}

/// A product for which people may register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenProduct {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// Whether what waits for them is a trial.
    pub trial: bool,
}

/// Where one comes who registers for a product, and on whose terms a license waits.
struct Offered {
    parent: NodeId,
    wish: Option<(String, PolicyId)>,
}

impl Platform {
    /// The products for which people may register at the host they called, by name.
    ///
    /// # Errors
    /// [`AppError::NotFound`] at a host that is no tenant's own, or of one that is suspended.
    pub async fn open_products(&self, knock: &Knock) -> AppResult<Vec<OpenProduct>> {
        let scope = self
            .gate()
            .registrar(&knock.host, Actor::Visitor, &knock.origin)
            .ok_or(AppError::NotFound("tenant"))?;
        self.db().read(&scope, open_products).await
    }

    /// Registers somebody as a customer of the tenant whose host they called.
    ///
    /// # Errors
    /// [`AppError::NotFound`] at a host that is no tenant's own, or of one that is suspended;
    /// [`AppError::Invalid`] for fields.
    pub async fn register_customer(
        &self,
        knock: &Knock,
        asked: CustomerRegistration,
    ) -> AppResult<Registered> {
        let scope = self
            .gate()
            .registrar(&knock.host, Actor::Visitor, &knock.origin)
            .ok_or(AppError::NotFound("tenant"))?;
        loop {
            let (vault, asked) = (self.vault().clone(), asked.clone());
            let work = move |tx: &mut TenantTx<'_>| register(tx, &vault, &asked);
            match self.db().write(&scope, work).await {
                // The same address registered at the same moment and was first; now it is known.
                Err(AppError::Taken { .. }) => {}
                done => return done,
            }
        }
    }
}

fn open_products(tx: &mut TenantTx<'_>) -> AppResult<Vec<OpenProduct>> {
    let mut open = Vec::new();
    for rule in registration_rules::list(tx)? {
        if rule.mode == RegistrationMode::Closed {
            continue;
        }
        let Some(product) = products::find(tx, rule.product_id)? else {
            continue;
        };
        let policy = match rule.policy_id {
            Some(id) => policies::find(tx, id)?,
            None => None,
        };
        let kind = policy.map(|policy| policy.terms.kind);
        open.push(OpenProduct {
            code: product.code,
            name: product.name,
            trial: matches!(kind, Some(LicenseKind::Trial | LicenseKind::Demo)),
        });
    }
    open.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(open)
}

fn register(
    tx: &mut TenantTx<'_>,
    vault: &Vault,
    asked: &CustomerRegistration,
) -> AppResult<Registered> {
    let mut fields = Fields::new();
    let email = fields.email("/email", &asked.email);
    let name = fields.line("/name", &asked.name, 200);
    let company = fields.maybe_line(
        "/company",
        asked.company.as_deref().unwrap_or_default(),
        200,
    );
    check_sites(&mut fields, &asked.sites);
    fields.finish()?;
    let person = if company.is_empty() {
        PersonKind::Person
    } else {
        PersonKind::Company
    };
    let details = CustomerDetails {
        person: Some(person),
        legal_name: company.clone(),
        tax_id: asked.tax_id.clone(),
        phone: asked.phone.clone(),
        multi_site: asked.sites.len() > 1,
        ..CustomerDetails::default()
    };
    let offered = offered(tx, asked.product.as_deref())?;
    let reference = reference(vault, tx, &email)?;
    let customer = Customer {
        registered_email: Some(email.clone()),
        registration_ref: Some(reference.clone()),
        ..check(tx, &details, CustomerStatus::Pending)?
    };
    let known = customers::find_known(tx, &email, &reference, customer.tax_id.as_ref())?;
    let home = match known {
        Some(known) => came_again(tx, &known, asked)?.then_some(known.node.id),
        None => {
            let node = hang_node(
                tx,
                &NewNode {
                    parent_id: offered.parent,
                    kind: NodeKind::Customer,
                    name: if company.is_empty() { name } else { company },
                    email: Some(email.clone()),
                },
            )?;
            insert(
                tx,
                &Customer {
                    node_id: node.id,
                    ..customer
                },
            )?;
            for site in &asked.sites {
                add_site(tx, node.id, site)?;
            }
            // Once for an address: from now on it is known.
            let mail = NewMail {
                place: node.id,
                recipient: email,
                locale: asked.locale.clone(),
                content: MailContent::Registered { place: node.id },
            };
            post(tx, mail)?;
            Some(node.id)
        }
    };
    if let (Some(home), Some((_, policy))) = (home, &offered.wish) {
        let_wait(tx, vault, home, *policy)?;
    }
    Ok(Registered {
        reference,
        waiting: offered
            .wish
            .map(|(product, _)| Waiting { product })
            .into_iter()
            .collect(),
    })
}

/// The same for one address in one tenant, whoever is known there; nobody can compute it.
fn reference(vault: &Vault, tx: &TenantTx<'_>, email: &str) -> AppResult<String> {
    let hash = vault.lookup(&format!("customer-registration/{}/{email}", tx.tenant()))?;
    Ok(hash[..20].to_uppercase())
}

fn offered(tx: &mut TenantTx<'_>, product: Option<&str>) -> AppResult<Offered> {
    let root = tenants::load_own(tx)?.root_node_id;
    let Some(code) = product else {
        return Ok(Offered {
            parent: root,
            wish: None,
        });
    };
    let product = products::find_by_code(tx, code)?.ok_or_else(|| {
        AppError::field("/product", FaultCode::Unknown, "there is no such product")
    })?;
    let rule = registration_rules::find(tx, product.id)?
        .filter(|rule| rule.mode != RegistrationMode::Closed);
    let parent = match rule.as_ref().and_then(|rule| rule.node_id) {
        // A rule may name a place that was deleted since, or became one that holds no customers.
        Some(place) => nodes::find(tx, place)?
            .filter(|node| node.kind.may_hold(NodeKind::Customer))
            .map_or(root, |node| node.id),
        None => root,
    };
    let wish = rule
        .and_then(|rule| rule.policy_id)
        .map(|policy| (product.code, policy));
    Ok(Offered { parent, wish })
}

/// Tells those above that a customer registered again. Whether what is wanted may wait with the
/// one who is there: only with the one that waits itself and came from the same address.
fn came_again(
    tx: &mut TenantTx<'_>,
    known: &Placed,
    asked: &CustomerRegistration,
) -> AppResult<bool> {
    let note = json!({
        "name": asked.name, "email": asked.email, "company": asked.company, "phone": asked.phone,
        "tax_id": asked.tax_id.as_ref().map(|typed| &typed.number), "product": asked.product,
    });
    let id = known.customer.node_id;
    tx.audit("customer.registered_again", id, (), &note)?;
    tx.emit(EventKind::CustomerRegisteredAgain, id, &note)?;
    let same =
        known.customer.registered_email.as_deref() == Some(&asked.email.trim().to_lowercase());
    Ok(same && known.customer.status == CustomerStatus::Pending && known.node.deleted_at.is_none())
}

/// Before anybody is looked for: a fault that showed only for new customers would tell who is one.
fn check_sites(fields: &mut Fields, wanted: &[NewSite]) {
    if wanted.len() > 50 {
        fields.refuse("/sites", FaultCode::TooLong, "at most 50 sites");
    }
    for (index, site) in wanted.iter().enumerate() {
        let pointer = format!("/sites/{index}/name");
        let name = fields.line(&pointer, &site.name, 100);
        if wanted[..index]
            .iter()
            .any(|other| other.name.trim() == name)
        {
            fields.refuse(&pointer, FaultCode::Duplicate, "each site is named once");
        }
        let _ = fields.paragraphs(&format!("/sites/{index}/address"), &site.address, 500);
    }
}

/// Issues a license that waits with its customer, once for a policy. That the tenant may issue none
/// just now is no concern of the one who registers: whoever validates them sees what is missing.
fn let_wait(tx: &mut TenantTx<'_>, vault: &Vault, home: NodeId, policy: PolicyId) -> AppResult<()> {
    let filter = LicenseFilter {
        node: Some(home),
        policy: Some(policy),
        state: Some(LicenseState::Pending),
        ..LicenseFilter::default()
    };
    if !licenses::list(tx, &filter, &PageRequest::new(Some(1), None))?
        .items
        .is_empty()
    {
        return Ok(());
    }
    let issued = tx.attempt(|tx| issue(tx, vault, &IssueRequest::of(policy, home)));
    match issued {
        Ok(_) => Ok(()),
        Err(error @ (AppError::Store(_) | AppError::Vault(_) | AppError::Inconsistent(_))) => {
            Err(error)
        }
        Err(refusal) => {
            let why = json!({ "policy_id": policy, "refused": refusal.to_string() });
            tx.audit("customer.license_not_issued", home, (), why)?;
            Ok(())
        }
    }
}

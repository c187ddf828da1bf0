//! One customer: what is known of it, and what belongs to it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_domain::customer::{Contact, Site};
use alvara_domain::id::NodeId;
use alvara_render::page::{
    Action, Badge, Cell, Column, DetailPage, Fact, Link, Row, Section, Table, Tone,
};
use alvara_store::customers::Placed;
use alvara_store::page::PageRequest;
use alvara_store::{Db, TenantTx, contacts, customers, nodes, sites};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::CustomerRead;

use super::super::desk::Desk;
use super::super::team::history::{self, Told};
use super::super::tell::Tell;
use super::{address, decide, held};
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/customers/{id}").get(show));
}

struct Known {
    placed: Placed,
    /// Whose customer it is, where the reader sees that.
    seller: Option<(NodeId, String)>,
    contacts: Vec<Contact>,
    sites: Vec<Site>,
    history: Vec<Told>,
}

fn read(tx: &mut TenantTx<'_>, id: NodeId) -> AppResult<Option<Known>> {
    let Some(placed) = customers::find(tx, id)? else {
        return Ok(None);
    };
    let seller = match placed.node.parent_id {
        Some(parent) => nodes::find(tx, parent)?.map(|node| (node.id, node.name)),
        None => None,
    };
    let all = PageRequest::new(Some(200), None);
    Ok(Some(Known {
        placed,
        seller,
        contacts: contacts::list(tx, id, &all)?.map_or_else(Vec::new, |page| page.items),
        sites: sites::list(tx, id, &all)?.map_or_else(Vec::new, |page| page.items),
        history: history::read(tx, id)?,
    }))
}

async fn show(
    desk: Desk,
    caller: Caller<CustomerRead>,
    Segments(id): Segments<NodeId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db.read(&caller.scope, move |tx| read(tx, id)).await?;
    let known = found.ok_or_else(Problem::not_found)?;
    let tell = desk.tell();
    // A customer has its licenses and payments in its menu.
    let is_own = desk.is_customers();
    let mut sections = if is_own {
        held::people(&desk, id, &db).await?.into_iter().collect()
    } else {
        held::sections(&desk, id, &db).await?
    };
    sections.push(contact_section(&desk, id, &known.contacts));
    sections.push(site_section(&desk, id, &known.sites));
    sections.push(history::section(&tell, &known.history));
    let placed = &known.placed;
    let mut links = Vec::new();
    if desk.may(PermissionKey::CustomerUpdate) {
        let edit = format!("/customers/{id}/edit");
        links.push(Link::new(edit, tell.word("customers-edit")));
    }
    desk.show(&DetailPage {
        title: placed.node.name.clone(),
        badge: Some(super::badge(placed.customer.status, &tell)),
        intro: placed.customer.status_reason.clone(),
        back: (!is_own).then(|| Link::new("/customers", tell.word("nav-customers"))),
        links,
        actions: decide::actions(&desk, id, placed.customer.status),
        facts: facts(&desk, &known),
        sections,
    })
}

/// What may be absent is shown as a dash only where its absence says something.
fn facts(desk: &Desk, known: &Known) -> Vec<Fact> {
    let tell = desk.tell();
    let Placed { customer, node } = &known.placed;
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("customers-{key}")), cell);
    let or_dash = |text: Option<&str>| {
        let text = text.filter(|text| !text.is_empty());
        Cell::text(text.unwrap_or("—"))
    };
    let mut facts = vec![
        fact(
            "person",
            Cell::text(tell.value("person-kind", &customer.person)),
        ),
        fact(
            "tax-id",
            customer.tax_id.as_ref().map_or_else(
                || Cell::text("—"),
                |number| Cell::code(number.printed()).copy(number.printed()),
            ),
        ),
        fact("email", or_dash(node.email.as_deref())),
        fact("phone", or_dash(Some(&customer.phone))),
    ];
    if !customer.legal_name.is_empty() {
        facts.insert(0, fact("legal-name", Cell::text(&customer.legal_name)));
    }
    if let Some(place) = &customer.postal_address {
        facts.push(fact("address", Cell::text(address::line(place))));
    }
    if let Some((id, name)) = &known.seller {
        let seller = Cell::text(name);
        let seller = if desk.may(PermissionKey::NodeRead) {
            seller.link(format!("/nodes/{id}"))
        } else {
            seller
        };
        facts.push(fact("seller", seller));
    }
    facts.push(fact(
        "tier",
        Cell::text(tell.value("customer-tier", &customer.tier)),
    ));
    facts.push(fact("since", tell.day_cell(node.created_at)));
    if let Some(instant) = customer.validated_at {
        facts.push(fact("validated-on", tell.day_cell(instant)));
    }
    if let Some(email) = &customer.registered_email {
        facts.push(fact("registered-with", Cell::text(email)));
    }
    if !customer.notes.is_empty() {
        facts.push(fact("notes", Cell::text(&customer.notes)));
    }
    facts
}

fn removal(tell: &Tell, place: String, name: &str) -> Action {
    Action::new(place, tell.word("customers-remove"))
        .confirm(Tone::Bad, tell.word("customers-remove-ask"))
        .about(name)
}

fn contact_section(desk: &Desk, id: NodeId, contacts: &[Contact]) -> Section {
    let tell = desk.tell();
    let may = desk.may(PermissionKey::CustomerUpdate);
    let rows = contacts.iter().map(|contact| Row {
        cells: vec![
            Cell::text(&contact.name),
            Cell::text(&contact.purpose),
            Cell::text(contact.email.as_deref().unwrap_or("—")),
            Cell::text(&contact.phone),
        ],
        actions: if may {
            let place = format!("/customers/{id}/contacts/{}/remove", contact.id);
            vec![removal(&tell, place, &contact.name)]
        } else {
            Vec::new()
        },
        ..Row::default()
    });
    let columns = ["name", "purpose", "email", "phone"]
        .map(|column| Column::text(tell.word(&format!("customers-{column}"))));
    let title = tell.word("customers-contacts");
    let new = format!("/customers/{id}/contacts/new");
    Section {
        id: "contacts",
        table: Some(Table::new(title.clone(), columns.into(), rows.collect())),
        empty: Some(tell.word("customers-no-contacts")),
        links: if may {
            vec![Link::new(new, tell.word("customers-new-contact"))]
        } else {
            Vec::new()
        },
        title,
        ..Section::default()
    }
}

fn site_section(desk: &Desk, id: NodeId, sites: &[Site]) -> Section {
    let tell = desk.tell();
    let may = desk.may(PermissionKey::CustomerUpdate);
    let rows = sites.iter().map(|site| Row {
        cells: vec![Cell::text(&site.name), Cell::text(&site.address)],
        actions: if may {
            let place = format!("/customers/{id}/sites/{}/remove", site.id);
            vec![removal(&tell, place, &site.name)]
        } else {
            Vec::new()
        },
        ..Row::default()
    });
    let columns =
        ["name", "address"].map(|column| Column::text(tell.word(&format!("customers-{column}"))));
    let title = tell.word("customers-sites");
    let new = format!("/customers/{id}/sites/new");
    Section {
        id: "sites",
        table: Some(Table::new(title.clone(), columns.into(), rows.collect())),
        empty: Some(tell.word("customers-no-sites")),
        links: if may {
            vec![Link::new(new, tell.word("customers-new-site"))]
        } else {
            Vec::new()
        },
        title,
        ..Section::default()
    }
}

/// How a license or an order of the customer stands, in words of this area.
pub(super) fn word(tell: &Tell, tone: Tone, key: &str) -> Badge {
    Badge {
        tone,
        text: tell.word(key),
    }
}

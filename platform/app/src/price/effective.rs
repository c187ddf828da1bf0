use std::collections::HashMap;

use alvara_domain::id::NodeId;
use alvara_domain::money::Money;
use alvara_domain::node::NodePath;
use alvara_domain::price::Subject;
use alvara_store::page::{Page, PageRequest};
use alvara_store::{TenantTx, modules, nodes, plans, prices};

use crate::{AppError, AppResult};

/// Whose price it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The plan's or module's own.
    Catalogue,
    /// The list of a place that the caller sees.
    Place(NodeId),
    /// The list of a place above the caller: which one is not the caller's to know.
    Above,
}

/// What something costs a place, and what the place itself asks for it.
#[derive(Debug, Clone)]
pub struct Effective {
    /// What.
    pub subject: Subject,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it costs the place.
    pub price: Money,
    /// Whose price that is.
    pub source: Source,
    /// What the place asks of those below it, where it has a price of its own.
    pub sells_at: Option<Money>,
}

/// Something with the catalogue's price.
pub(super) struct Listed {
    pub(super) subject: Subject,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) price: Money,
}

/// What the plans of the tenant cost a place of the scope, one page of them.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn list_plans(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    page: &PageRequest,
) -> AppResult<Page<Effective>> {
    let found = plans::list(tx, None, page)?;
    let next = found.next;
    let listed = found.items.into_iter().map(|plan| Listed {
        subject: Subject::Plan(plan.id),
        code: plan.code,
        name: plan.name,
        price: plan.price,
    });
    let items = at_place(tx, node, listed.collect())?;
    Ok(Page { items, next })
}

/// The same for the modules of everything that the tenant sells.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn list_modules(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    page: &PageRequest,
) -> AppResult<Page<Effective>> {
    let found = modules::list_sold(tx, page)?;
    let next = found.next;
    let listed = found.items.into_iter().map(|module| Listed {
        subject: Subject::Module(module.id),
        code: module.code,
        name: module.name,
        price: module.price,
    });
    let items = at_place(tx, node, listed.collect())?;
    Ok(Page { items, next })
}

fn at_place(tx: &mut TenantTx<'_>, node: NodeId, listed: Vec<Listed>) -> AppResult<Vec<Effective>> {
    let node = nodes::find(tx, node)?.ok_or(AppError::NotFound("node"))?;
    price_all(tx, &node.path, listed)
}

/// What each of some things costs the place at the end of a path.
pub(super) fn price_all(
    tx: &mut TenantTx<'_>,
    path: &NodePath,
    listed: Vec<Listed>,
) -> AppResult<Vec<Effective>> {
    let ids: Vec<String> = listed.iter().map(|one| one.subject.id()).collect();
    // The nearest comes first, and the first one found stays.
    let (mut own, mut asked) = (HashMap::new(), HashMap::new());
    for price in prices::list_on_path(tx, path, &ids)? {
        if price.node_id == path.id() {
            own.insert(price.subject_id, price.price);
        } else {
            asked
                .entry(price.subject_id)
                .or_insert((price.price, price.node_id));
        }
    }
    let mut seen: HashMap<NodeId, Source> = HashMap::new();
    let mut all = Vec::new();
    for one in listed {
        let id = one.subject.id();
        let (price, source) = match asked.get(&id) {
            None => (one.price, Source::Catalogue),
            Some((price, place)) => (*price, source_of(tx, &mut seen, *place)?),
        };
        all.push(Effective {
            sells_at: own.get(&id).copied(),
            subject: one.subject,
            code: one.code,
            name: one.name,
            price,
            source,
        });
    }
    Ok(all)
}

fn source_of(
    tx: &mut TenantTx<'_>,
    known: &mut HashMap<NodeId, Source>,
    place: NodeId,
) -> AppResult<Source> {
    if let Some(source) = known.get(&place) {
        return Ok(*source);
    }
    let source = match nodes::find(tx, place)? {
        Some(_) => Source::Place(place),
        None => Source::Above,
    };
    known.insert(place, source);
    Ok(source)
}

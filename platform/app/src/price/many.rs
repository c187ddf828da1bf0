use std::collections::{BTreeSet, HashMap};

use alvara_domain::id::{NodeId, PlanId};
use alvara_domain::money::Money;
use alvara_domain::node::NodePath;
use alvara_domain::price::Subject;
use alvara_domain::product::Plan;
use alvara_store::{TenantTx, plans, prices};

use crate::AppResult;

/// What plans cost places, each as a quote without modules and discount says it, in the order they
/// are asked about; nothing for a plan that is not there. For a list: the price lists are read once
/// for all of them.
///
/// # Errors
/// When the database fails.
pub fn plan_prices(
    tx: &mut TenantTx<'_>,
    asked: &[(PlanId, NodePath)],
) -> AppResult<Vec<Option<Money>>> {
    let mut known: HashMap<PlanId, Option<Plan>> = HashMap::new();
    for (id, _) in asked {
        if !known.contains_key(id) {
            known.insert(*id, plans::find(tx, *id)?);
        }
    }
    let subjects: Vec<String> = known.keys().map(|id| Subject::Plan(*id).id()).collect();
    let places: BTreeSet<NodeId> = asked.iter().flat_map(|(_, path)| path.ids()).collect();
    let places: Vec<NodeId> = places.into_iter().collect();
    let mut listed: HashMap<(NodeId, String), Money> = HashMap::new();
    for price in prices::list_at(tx, &places, &subjects)? {
        listed.insert((price.node_id, price.subject_id), price.price);
    }
    let price = |(id, path): &(PlanId, NodePath)| {
        let plan = known.get(id)?.as_ref()?;
        let subject = Subject::Plan(*id).id();
        // What a place asks counts for those below it, so its own price is left out.
        let mut above = path.ids().rev().skip(1);
        let asks = above.find_map(|place| listed.get(&(place, subject.clone())));
        Some(asks.copied().unwrap_or(plan.price))
    };
    Ok(asked.iter().map(price).collect())
}

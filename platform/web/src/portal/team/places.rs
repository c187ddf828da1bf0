//! The tree without its leaves: where sub-companies and agents are.

use alvara_app::AppResult;
use alvara_domain::node::{Node, NodeKind};
use alvara_render::page::Choice;
use alvara_store::TenantTx;
use alvara_store::nodes::{self, NodeFilter};

use super::super::listing::every;
use super::super::tell::Tell;

/// More places of a kind than a page can show.
const MOST: usize = 2_000;

/// The places of the scope but customers, each before those below it.
///
/// # Errors
/// When the database fails.
pub(in crate::portal) fn read(tx: &mut TenantTx<'_>) -> AppResult<Vec<Node>> {
    let kinds = NodeKind::ALL
        .iter()
        .filter(|kind| **kind != NodeKind::Customer);
    let mut all = Vec::new();
    for kind in kinds {
        let filter = NodeFilter {
            kind: Some(*kind),
            ..NodeFilter::default()
        };
        all.extend(every(MOST, |page| nodes::list(tx, &filter, page))?);
    }
    all.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(all)
}

/// How far below the first one a place is drawn.
pub(in crate::portal) fn indent(all: &[Node], node: &Node) -> String {
    let top = all.first().map_or(1, |first| first.path.depth());
    match node.path.depth().saturating_sub(top) {
        0 => String::new(),
        depth => format!("{}└ ", "\u{2003}".repeat(depth - 1)),
    }
}

/// The places to choose from.
pub(in crate::portal) fn choices(
    all: &[Node],
    tell: &Tell,
    now: &str,
    keep: impl Fn(&Node) -> bool,
) -> Vec<Choice> {
    all.iter()
        .filter(|node| keep(node))
        .map(|node| {
            let kind = tell.value("node-kind", &node.kind);
            let label = format!("{}{} ({kind})", indent(all, node), node.name);
            Choice::new(node.id.to_string(), label, now)
        })
        .collect()
}

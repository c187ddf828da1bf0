//! Products: the list, one of them with all that belongs to it, and the forms that change them.

mod edit;
mod field;
mod one;
mod parts;
mod plan;
mod policy;
mod quickstart;
mod terms;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::product::{Product, ProductState};
use alvara_render::page::{Badge, Cell, Column, Empty, Link, Row, Table, Tone};
use alvara_store::{Db, products};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::ProductRead;

pub(super) use field::{currencies, money};
pub(super) use one::offer_badge;

use super::desk::Desk;
use super::listing::Query;
use super::tell::Tell;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/products").get(list))
        .configure(edit::routes)
        .configure(parts::routes)
        .configure(policy::routes)
        .configure(plan::routes)
        .configure(quickstart::routes)
        .configure(one::routes);
}

/// Whether a product is still sold, in colour.
fn badge(state: ProductState, tell: &Tell) -> Badge {
    let tone = match state {
        ProductState::Active => Tone::Ok,
        ProductState::Retired => Tone::Neutral,
    };
    Badge {
        tone,
        text: tell.value("product-state", &state),
    }
}

async fn list(
    desk: Desk,
    caller: Caller<ProductRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&desk);
    let page = query.page();
    let found = db
        .read(&caller.scope, move |tx| products::list(tx, &page))
        .await?;
    let tell = desk.tell();
    let own = caller.scope.tenant();
    let row = |product: &Product| {
        let whose = if product.tenant_id == own {
            "products-own"
        } else {
            "products-offered"
        };
        Row::new(vec![
            Cell::text(&product.name).link(format!("/products/{}", product.id)),
            Cell::code(&product.code),
            Cell::badge(badge(product.state, &tell)),
            Cell::text(tell.word(whose)),
            tell.day_cell(product.created_at),
        ])
    };
    let columns = ["name", "code", "state", "whose", "since"]
        .map(|column| Column::text(tell.word(&format!("products-{column}"))));
    let rows = found.items.iter().map(row).collect();
    let table = Table::new(tell.word("nav-products"), columns.into(), rows);
    let new = desk
        .may(PermissionKey::ProductCreate)
        .then(|| Link::new("/products/new", tell.word("products-new")));
    let empty = Empty {
        text: tell.word("products-empty"),
        action: new.clone(),
    };
    let title = tell.word("nav-products");
    let mut page = query.list(title, table, found.next.as_ref(), None, empty);
    page.primary = new;
    desk.show(&page)
}

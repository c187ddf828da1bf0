//! One product with all that belongs to it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::AppResult;
use alvara_domain::id::ProductId;
use alvara_domain::product::{
    Module, Offer, Plan, Policy, Product, ProductState, ProductVersion, SigningKeyState,
};
use alvara_domain::time::Period;
use alvara_render::Args;
use alvara_render::page::{
    Action, Badge, Cell, Choice, Column, DetailPage, Fact, FieldView, Link, Row, Section, Table,
    Tone,
};
use alvara_store::page::PageRequest;
use alvara_store::signing_keys::StoredSigningKey;
use alvara_store::{
    Db, PlatformTx, TenantTx, modules, offers, plans, policies, products, signing_keys, tenants,
    versions,
};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::{OfferCreate, ProductRead};

use super::super::desk::Desk;
use super::super::tell::Tell;
use super::badge;
use crate::body::Segments;
use crate::caller::{Caller, gate_of, origin_of};
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/products/{id}").get(show));
}

/// Rows of each part: a product that has more of them is no product.
const MOST: u32 = 200;

/// What is known of a product. A part that the reader may not see is empty.
struct Known {
    product: Product,
    is_own: bool,
    versions: Vec<ProductVersion>,
    modules: Vec<Module>,
    policies: Vec<Policy>,
    plans: Vec<(Plan, String)>,
    keys: Vec<StoredSigningKey>,
    offers: Option<Vec<(Offer, String)>>,
}

/// Which parts the reader may see.
#[derive(Clone, Copy)]
struct Sight {
    versions: bool,
    modules: bool,
    policies: bool,
    plans: bool,
    keys: bool,
}

fn read(tx: &mut TenantTx<'_>, id: ProductId, sight: Sight) -> AppResult<Option<Known>> {
    let Some(product) = products::find(tx, id)? else {
        return Ok(None);
    };
    let page = PageRequest::new(Some(MOST), None);
    let policies = if sight.policies || sight.plans {
        policies::list(tx, Some(id), &page)?.items
    } else {
        Vec::new()
    };
    let mut sold = Vec::new();
    if sight.plans {
        for policy in &policies {
            let found = plans::list(tx, Some(policy.id), &page)?.items;
            sold.extend(found.into_iter().map(|plan| (plan, policy.name.clone())));
        }
    }
    Ok(Some(Known {
        is_own: product.tenant_id == tx.tenant(),
        versions: if sight.versions {
            versions::list(tx, id)?
        } else {
            Vec::new()
        },
        modules: if sight.modules {
            modules::list(tx, id)?
        } else {
            Vec::new()
        },
        keys: if sight.keys {
            signing_keys::list(tx, id)?
        } else {
            Vec::new()
        },
        plans: sold,
        offers: None,
        policies,
        product,
    }))
}

/// To whom the operator offers a product.
fn offered(tx: &mut PlatformTx<'_>, product: &Product) -> AppResult<Vec<(Offer, String)>> {
    let mut all = Vec::new();
    for offer in offers::list_of_product(tx, product.tenant_id, product.id)? {
        if offer.tenant_id == product.tenant_id {
            continue;
        }
        let tenant = tenants::find(tx, offer.tenant_id)?;
        let name = tenant.map_or_else(|| offer.tenant_id.to_string(), |tenant| tenant.name);
        all.push((offer, name));
    }
    Ok(all)
}

async fn show(
    desk: Desk,
    caller: Caller<ProductRead>,
    Segments(id): Segments<ProductId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let sight = Sight {
        versions: desk.may(PermissionKey::VersionRead),
        modules: desk.may(PermissionKey::ModuleRead),
        policies: desk.may(PermissionKey::PolicyRead),
        plans: desk.may(PermissionKey::PlanRead),
        keys: desk.may(PermissionKey::SigningKeyRead),
    };
    let found = db
        .read(&caller.scope, move |tx| read(tx, id, sight))
        .await?;
    let mut known = found.ok_or_else(Problem::not_found)?;
    let origin = origin_of(desk.request());
    let across = gate_of(desk.request())?.platform::<OfferCreate>(&caller.principal, &origin);
    if let Ok(across) = across
        && known.is_own
    {
        let product = known.product.clone();
        let found = db.platform_read(&across, move |tx| offered(tx, &product));
        known.offers = Some(found.await?);
    }
    desk.show(&page(&desk, &known, sight))
}

fn page(desk: &Desk, known: &Known, sight: Sight) -> DetailPage {
    let tell = desk.tell();
    let product = &known.product;
    let home = format!("/products/{}", product.id);
    let mut sections = Vec::new();
    if sight.versions {
        sections.push(version_section(desk, known, &home));
    }
    if sight.modules {
        sections.push(module_section(desk, known, &home));
    }
    if sight.policies {
        sections.push(policy_section(desk, known, &home));
    }
    if sight.plans {
        sections.push(plan_section(desk, known, &home));
    }
    if sight.keys {
        sections.extend(key_sections(desk, known, &home));
    }
    if let Some(offers) = &known.offers {
        sections.push(offer_section(&tell, offers));
    }
    let may_change = known.is_own && desk.may(PermissionKey::ProductUpdate);
    let mut links = Vec::new();
    if may_change {
        links.push(Link::new(
            format!("{home}/edit"),
            tell.word("products-edit"),
        ));
    }
    if sight.keys {
        let place = format!("{home}/quickstart");
        links.push(Link::new(place, tell.word("quickstart-title")));
    }
    DetailPage {
        title: product.name.clone(),
        badge: Some(badge(product.state, &tell)),
        back: Some(Link::new("/products", tell.word("nav-products"))),
        links,
        actions: if may_change {
            vec![state_action(&tell, product.state, &home)]
        } else {
            Vec::new()
        },
        facts: facts(&tell, known),
        sections,
        ..DetailPage::default()
    }
}

fn state_action(tell: &Tell, state: ProductState, home: &str) -> Action {
    match state {
        ProductState::Active => Action::new(format!("{home}/retire"), tell.word("products-retire"))
            .confirm(Tone::Bad, tell.word("products-retire-ask")),
        ProductState::Retired => Action::new(
            format!("{home}/reactivate"),
            tell.word("products-reactivate"),
        ),
    }
}

fn facts(tell: &Tell, known: &Known) -> Vec<Fact> {
    let product = &known.product;
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("products-{key}")), cell);
    let algorithm = format!("{} {}", product.algorithm, product.key_bits);
    let prefix = product.key_prefix.to_string();
    let whose = if known.is_own {
        "products-own"
    } else {
        "products-offered"
    };
    vec![
        fact("code", Cell::code(&product.code).copy(&product.code)),
        fact(
            "prefix",
            if prefix.is_empty() {
                Cell::text("—")
            } else {
                Cell::code(prefix)
            },
        ),
        fact("algorithm", Cell::text(algorithm)),
        fact("whose", Cell::text(tell.word(whose))),
        fact("since", tell.day_cell(product.created_at)),
        fact(
            "id",
            Cell::code(product.id.to_string()).copy(product.id.to_string()),
        ),
    ]
}

/// Column heads by their keys.
fn heads<const N: usize>(tell: &Tell, keys: [&str; N]) -> Vec<Column> {
    keys.map(|key| Column::text(tell.word(&format!("products-{key}"))))
        .into()
}

/// A link to where one is added, for who may.
fn adding(desk: &Desk, key: PermissionKey, place: String, label: &str) -> Vec<Link> {
    if desk.may(key) {
        vec![Link::new(place, desk.tell().word(label))]
    } else {
        Vec::new()
    }
}

fn version_section(desk: &Desk, known: &Known, home: &str) -> Section {
    let tell = desk.tell();
    let rows = known.versions.iter().map(|version| {
        Row::new(vec![
            Cell::text(format!("{}.{}", version.major, version.minor)),
            Cell::text(&version.name),
            tell.day_cell(version.released_at),
        ])
    });
    let title = tell.word("products-versions");
    let columns = heads(&tell, ["version", "name", "released"]);
    Section {
        id: "versions",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("products-no-versions")),
        links: if known.is_own {
            let place = format!("{home}/versions/new");
            adding(
                desk,
                PermissionKey::VersionCreate,
                place,
                "products-new-version",
            )
        } else {
            Vec::new()
        },
        title,
        ..Section::default()
    }
}

fn module_section(desk: &Desk, known: &Known, home: &str) -> Section {
    let tell = desk.tell();
    let changes = known.is_own && desk.may(PermissionKey::ModuleUpdate);
    let rows = known.modules.iter().map(|module| {
        let name = Cell::text(&module.name);
        Row::new(vec![
            if changes {
                name.link(format!("{home}/modules/{}/edit", module.id))
            } else {
                name
            },
            Cell::code(&module.code),
            Cell::text(module.position.to_string()),
            Cell::text(tell.money(module.price)),
        ])
    });
    let title = tell.word("products-modules");
    let columns = heads(&tell, ["name", "code", "position", "price"]);
    Section {
        id: "modules",
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("products-no-modules")),
        links: if known.is_own {
            let place = format!("{home}/modules/new");
            adding(
                desk,
                PermissionKey::ModuleCreate,
                place,
                "products-new-module",
            )
        } else {
            Vec::new()
        },
        title,
        ..Section::default()
    }
}

/// A length in words: `1 year`, as far as it has one unit.
pub(super) fn length(tell: &Tell, period: Period) -> String {
    match period.months_and_days() {
        Some((months, 0)) if months > 0 && months.is_multiple_of(12) => {
            count(tell, "years", months / 12)
        }
        Some((months, 0)) if months > 0 => count(tell, "months", months),
        Some((0, days)) => count(tell, "days", days),
        _ => period.to_string(),
    }
}

fn count(tell: &Tell, unit: &str, count: u32) -> String {
    let args = Args::new().number("count", i64::from(count));
    tell.say(&format!("products-length-{unit}"), args)
}

fn policy_section(desk: &Desk, known: &Known, home: &str) -> Section {
    let tell = desk.tell();
    let changes = desk.may(PermissionKey::PolicyUpdate);
    let rows = known.policies.iter().map(|policy| {
        let terms = &policy.terms;
        let name = Cell::text(&policy.name);
        let lasts = terms.duration.map_or_else(
            || tell.word("products-forever"),
            |lasts| length(&tell, lasts),
        );
        Row::new(vec![
            if changes {
                name.link(format!("/policies/{}/edit", policy.id))
            } else {
                name
            },
            Cell::code(&policy.code),
            Cell::text(tell.value("license-kind", &terms.kind)),
            Cell::text(lasts),
            Cell::text(tell.value("binding", &terms.binding)),
        ])
    });
    let title = tell.word("products-policies");
    let columns = heads(&tell, ["name", "code", "kind", "lasts", "bound"]);
    let place = format!("{home}/policies/new");
    Section {
        id: "policies",
        intro: Some(tell.word("products-policies-intro")),
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("products-no-policies")),
        links: adding(
            desk,
            PermissionKey::PolicyCreate,
            place,
            "products-new-policy",
        ),
        title,
        ..Section::default()
    }
}

fn plan_section(desk: &Desk, known: &Known, home: &str) -> Section {
    let tell = desk.tell();
    let changes = desk.may(PermissionKey::PlanUpdate);
    let rows = known.plans.iter().map(|(plan, policy)| {
        let name = Cell::text(&plan.name);
        Row::new(vec![
            if changes {
                name.link(format!("/plans/{}/edit", plan.id))
            } else {
                name
            },
            Cell::code(&plan.code),
            Cell::text(policy),
            Cell::text(tell.money(plan.price)),
            Cell::text(length(&tell, plan.period)),
        ])
    });
    let title = tell.word("products-plans");
    let columns = heads(&tell, ["name", "code", "policy", "price", "period"]);
    Section {
        id: "plans",
        intro: Some(tell.word("products-plans-intro")),
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("products-no-plans")),
        links: if known.policies.is_empty() {
            Vec::new()
        } else {
            let place = format!("{home}/plans/new");
            adding(desk, PermissionKey::PlanCreate, place, "products-new-plan")
        },
        title,
        ..Section::default()
    }
}

fn key_badge(tell: &Tell, state: SigningKeyState) -> Badge {
    let tone = match state {
        SigningKeyState::Active => Tone::Ok,
        SigningKeyState::Next => Tone::Info,
        SigningKeyState::Retiring => Tone::Warn,
        SigningKeyState::Retired => Tone::Neutral,
    };
    Badge {
        tone,
        text: tell.value("signing-key", &state),
    }
}

fn key_sections(desk: &Desk, known: &Known, home: &str) -> Vec<Section> {
    let tell = desk.tell();
    let rotates = known.is_own && desk.may(PermissionKey::SigningKeyRotate);
    let rows = known.keys.iter().map(|key| {
        let mut row = Row::new(vec![
            Cell::code(&key.kid).copy(&key.kid),
            Cell::badge(key_badge(&tell, key.state)),
            Cell::text(key.algorithm.to_string()),
            tell.maybe_day(key.activated_at),
            tell.maybe_day(key.retires_at),
        ]);
        if rotates && key.state == SigningKeyState::Active {
            row.actions.push(rotation(&tell, home));
        }
        row
    });
    let title = tell.word("products-keys");
    let columns = heads(&tell, ["kid", "state", "algorithm", "signs-since", "until"]);
    let code = &known.product.code;
    let mut sections = vec![Section {
        id: "keys",
        intro: Some(tell.word("products-keys-intro")),
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        links: vec![
            Link::new(
                format!("/.well-known/alvara/{code}/jwks.json"),
                tell.word("products-jwks"),
            ),
            Link::new(
                format!("/.well-known/alvara/{code}/key.pem"),
                tell.word("products-pem-file"),
            ),
        ],
        title,
        ..Section::default()
    }];
    let active = known
        .keys
        .iter()
        .find(|key| key.state == SigningKeyState::Active);
    if let Some(key) = active {
        sections.push(Section {
            id: "public-key",
            title: tell.word("products-public-key"),
            intro: Some(tell.word("products-public-key-intro")),
            block: Some(key.public_pem.clone()),
            ..Section::default()
        });
    }
    sections
}

fn rotation(tell: &Tell, home: &str) -> Action {
    let reasons = ["planned", "compromised"]
        .map(|reason| Choice::new(reason, tell.value("rotation", &reason), "planned"));
    Action::new(format!("{home}/keys/rotate"), tell.word("products-rotate"))
        .confirm(Tone::Bad, tell.word("products-rotate-ask"))
        .field(FieldView::select("reason", tell.word("portal-reason"), reasons.into()).required())
}

fn offer_section(tell: &Tell, offers: &[(Offer, String)]) -> Section {
    let rows = offers.iter().map(|(offer, tenant)| {
        let limit = offer.license_limit.map_or_else(
            || tell.word("products-no-limit"),
            |limit| tell.number(limit),
        );
        Row::new(vec![
            Cell::text(tenant).link(format!("/tenants/{}#offers", offer.tenant_id)),
            Cell::badge(offer_badge(tell, offer)),
            Cell::text(tell.money(offer.wholesale)),
            Cell::text(tell.number(offer.licenses_issued)),
            Cell::text(limit),
        ])
    });
    let title = tell.word("products-offers");
    let columns = heads(tell, ["tenant", "state", "wholesale", "issued", "limit"]);
    Section {
        id: "offers",
        intro: Some(tell.word("products-offers-intro")),
        table: Some(Table::new(title.clone(), columns, rows.collect())),
        empty: Some(tell.word("products-no-offers")),
        title,
        ..Section::default()
    }
}

/// Whether an offer stands.
pub(in crate::portal) fn offer_badge(tell: &Tell, offer: &Offer) -> Badge {
    use alvara_domain::product::OfferState;
    let tone = match offer.state {
        OfferState::Active => Tone::Ok,
        OfferState::Withdrawn => Tone::Neutral,
    };
    Badge {
        tone,
        text: tell.value("offer-state", &offer.state),
    }
}

//! What a reseller of the demonstration has on the shelf: a product with versions and modules, and
//! a policy of every kind.

use std::collections::BTreeMap;

use alvara_app::AppError;
use alvara_app::catalogue::{
    NewModule, NewPlan, NewPolicy, NewProduct, NewVersion, add_module, add_version, create_plan,
    create_policy,
};
use alvara_app::registration::{RuleChange, put_rule};
use alvara_app::tenancy::{TenantChange, update_tenant};
use alvara_domain::id::{PlanId, PolicyId};
use alvara_domain::module::ModuleTerm;
use alvara_domain::money::Money;
use alvara_domain::product::{Algorithm, Product};
use alvara_domain::registration::RegistrationMode;
use alvara_domain::terms::{Approval, Binding, GraceLadder, LicenseKind, TermStart, Terms};
use alvara_domain::time::Period;
use alvara_store::{Scope, TenantTx, tenants};

use super::cast::{Cast, Prices};
use super::people::place;
use crate::exit::Outcome;
use crate::installation::Installation;

const DAY: i64 = 86_400;

/// The shelf, filled.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    pub(super) product: Product,
    /// Policies by code.
    pub(super) policies: BTreeMap<&'static str, PolicyId>,
    /// Plans by policy and code.
    pub(super) plans: BTreeMap<String, PlanId>,
    /// The plan that renewal keys are made of.
    pub(super) hybrid_plan: Option<PlanId>,
}

/// What something is called in the languages of the two houses, Portuguese before Italian.
type Called = [&'static str; 2];

/// A policy and the plans it is sold by.
struct Recipe {
    code: &'static str,
    name: Called,
    terms: Terms,
    plans: Vec<(&'static str, i64, Period)>,
}

fn recipes(prices: Prices) -> Vec<Recipe> {
    let ends = |kind, duration, starts| Terms {
        kind,
        duration: Some(duration),
        starts,
        ..Terms::default()
    };
    let year = |price| vec![("yearly", price, Period::years(1))];
    let recipe = |code, name, terms, plans| Recipe {
        code,
        name,
        terms,
        plans,
    };
    vec![
        recipe(
            "permanent",
            ["Permanente", "Permanente"],
            Terms::default(),
            Vec::new(),
        ),
        recipe(
            "subscription",
            ["Assinatura", "Abbonamento"],
            Terms {
                grace: GraceLadder {
                    warn_days: 14,
                    full_days: 7,
                    read_only_days: 14,
                },
                ..ends(
                    LicenseKind::Subscription,
                    Period::years(1),
                    TermStart::Issue,
                )
            },
            vec![
                ("yearly", prices.yearly, Period::years(1)),
                ("monthly", prices.monthly, Period::months(1)),
            ],
        ),
        recipe(
            "monthly",
            ["Assinatura mensal", "Abbonamento mensile"],
            ends(
                LicenseKind::Subscription,
                Period::months(1),
                TermStart::Issue,
            ),
            vec![("monthly", prices.monthly, Period::months(1))],
        ),
        recipe(
            "trial",
            ["Teste de 14 dias", "Prova di 14 giorni"],
            ends(
                LicenseKind::Trial,
                Period::days(14),
                TermStart::FirstActivation,
            ),
            Vec::new(),
        ),
        recipe(
            "demo",
            ["Demonstração", "Dimostrazione"],
            ends(LicenseKind::Demo, Period::days(30), TermStart::Issue),
            Vec::new(),
        ),
        recipe(
            "temporary",
            ["Por projeto", "Per progetto"],
            ends(LicenseKind::Temporary, Period::months(6), TermStart::Issue),
            Vec::new(),
        ),
        recipe(
            "semi_permanent",
            ["Permanente com manutenção", "Permanente con manutenzione"],
            Terms {
                kind: LicenseKind::SemiPermanent,
                maintenance: Some(Period::years(1)),
                ..Terms::default()
            },
            year(prices.once / 5),
        ),
        recipe(
            "seats_5",
            ["Permanente, cinco máquinas", "Permanente, cinque macchine"],
            Terms {
                machine_limit: Some(5),
                ..Terms::default()
            },
            Vec::new(),
        ),
        recipe(
            "floating_3",
            [
                "Flutuante, três ao mesmo tempo",
                "Flottante, tre alla volta",
            ],
            Terms {
                binding: Binding::Floating,
                machine_limit: None,
                seat_limit: Some(3),
                ..Terms::default()
            },
            Vec::new(),
        ),
        recipe(
            "named_user",
            ["Para uma pessoa", "Per una persona"],
            Terms {
                binding: Binding::User,
                machine_limit: Some(3),
                user_limit: Some(1),
                ..Terms::default()
            },
            Vec::new(),
        ),
        recipe(
            "site",
            ["Para um local", "Per una sede"],
            Terms {
                binding: Binding::Site,
                machine_limit: None,
                ..Terms::default()
            },
            Vec::new(),
        ),
        recipe(
            "approval",
            ["Permanente, com aprovação", "Permanente, con approvazione"],
            Terms {
                approval: Approval::Required,
                ..Terms::default()
            },
            Vec::new(),
        ),
        recipe(
            "always_online",
            ["Sempre conectada", "Sempre in linea"],
            Terms::always_online(),
            year(prices.yearly),
        ),
        recipe(
            "hybrid",
            ["Híbrida", "Ibrida"],
            Terms::hybrid(),
            year(prices.yearly),
        ),
    ]
}

/// A name in the language of a house.
fn called(cast: &Cast, [portuguese, italian]: Called) -> &'static str {
    match cast.locale {
        "it" => italian,
        _ => portuguese,
    }
}

/// What a plan is called: its policy, and for how long where that does not say so.
fn sold_as(cast: &Cast, policy: Called, plan: &str) -> String {
    let name = called(cast, policy);
    let period = match plan {
        "yearly" => called(cast, ["anual", "annuale"]),
        _ => called(cast, ["mensal", "mensile"]),
    };
    if name.ends_with(period) {
        return name.to_owned();
    }
    match name.split_once(' ') {
        Some(_) => format!("{name}, {period}"),
        None => format!("{name} {period}"),
    }
}

/// Fills the shelf.
pub(super) async fn fill(
    installation: &Installation,
    scope: &Scope,
    cast: &'static Cast,
) -> Outcome<Shelf> {
    let (code, name, prefix) = cast.product;
    let new = NewProduct {
        code: code.to_owned(),
        name: name.to_owned(),
        key_prefix: prefix.to_owned(),
        algorithm: Algorithm::Rs256,
        key_bits: 2048,
    };
    let product = installation.platform.create_product(scope, &new).await?;
    let shelf = installation
        .db()
        .write(scope, move |tx| -> Result<Shelf, AppError> {
            stock(tx, cast, &product)
        })
        .await?;
    Ok(shelf)
}

fn stock(tx: &mut TenantTx<'_>, cast: &Cast, product: &Product) -> Result<Shelf, AppError> {
    let product_id = product.id;
    let tenant = tenants::load_own(tx)?;
    let (tax_id, address) = place(cast, cast.seat);
    update_tenant(
        tx,
        tenant.version,
        &TenantChange {
            default_product_id: Some(Some(product_id)),
            tax_id: Some(Some(tax_id)),
            address: Some(Some(address)),
            ..TenantChange::default()
        },
    )?;
    for (code, name, price) in cast.modules {
        let price = Money::new(price, cast.currency);
        add_module(
            tx,
            &NewModule {
                product_id,
                code: code.to_owned(),
                name: name.to_owned(),
                position: None,
                price,
            },
        )?;
    }
    for (major, minor, name, age_days) in [(1, 0, "1.0", 400), (2, 0, "2.0", 90), (2, 1, "2.1", 20)]
    {
        let released_at = Some(tx.now().saturating_add_seconds(-age_days * DAY));
        add_version(
            tx,
            &NewVersion {
                product_id,
                major,
                minor,
                name: name.to_owned(),
                released_at,
            },
        )?;
    }
    let sold: Vec<ModuleTerm> = cast
        .modules
        .iter()
        .take(4)
        .map(|(code, ..)| ModuleTerm::from(*code))
        .collect();
    let mut shelf = Shelf {
        product: product.clone(),
        policies: BTreeMap::new(),
        plans: BTreeMap::new(),
        hybrid_plan: None,
    };
    for recipe in recipes(cast.prices) {
        let terms = Terms {
            modules: sold.clone(),
            ..recipe.terms
        };
        let new = NewPolicy {
            product_id,
            code: recipe.code.to_owned(),
            name: called(cast, recipe.name).to_owned(),
            terms,
        };
        let policy_id = create_policy(tx, &new)?.id;
        shelf.policies.insert(recipe.code, policy_id);
        for (code, price, period) in recipe.plans {
            let price = Money::new(price, cast.currency);
            let plan = create_plan(
                tx,
                &NewPlan {
                    policy_id,
                    code: code.to_owned(),
                    name: sold_as(cast, recipe.name, code),
                    price,
                    period,
                },
            )?;
            shelf
                .plans
                .insert(format!("{}/{code}", recipe.code), plan.id);
            if recipe.code == "hybrid" {
                shelf.hybrid_plan = Some(plan.id);
            }
        }
    }
    // Who wants to try it may say so, on a page or by starting the program.
    let rule = RuleChange {
        mode: RegistrationMode::Approval,
        policy_id: shelf.policies.get("trial").copied(),
        node_id: None,
    };
    put_rule(tx, product_id, 0, &rule)?;
    Ok(shelf)
}

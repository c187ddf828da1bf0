//! Filling it by the store's own functions. One license is issued by the use case; the others are
//! copies of it with ids, keys, holders and ends of their own.

use alvara_app::AppError;
use alvara_app::catalogue::{NewPlan, create_plan};
use alvara_app::license::issue::{IssueRequest, issue};
use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::{Charge, LatePolicy, PaymentAccount, PaymentAccountState};
use alvara_domain::commission::Commission;
use alvara_domain::customer::{Customer, CustomerStatus, CustomerTier, PersonKind};
use alvara_domain::id::{NodeId, OrderId, PaymentAccountId, PlanId};
use alvara_domain::ledger::Book;
use alvara_domain::license::{License, LicenseState};
use alvara_domain::machine::MachineState;
use alvara_domain::money::{BasisPoints, Money};
use alvara_domain::node::{Node, NodeKind, NodeState};
use alvara_domain::order::credit::Step;
use alvara_domain::order::{LineKind, LineState, Order, OrderLine, OrderState, PaymentTerms};
use alvara_domain::payment::Environment;
use alvara_domain::payment::ask::{CaptureMode, ChargeAsk, Source};
use alvara_domain::price::Sale;
use alvara_store::{
    TenantTx, charges, commissions, customers, licenses, machines, nodes, orders, payment_accounts,
    sales,
};

use crate::failure::Outcome;
use crate::populate;
use crate::world::House;

/// Sub-companies below the root, agents below each, licenses of a customer in the middle.
const COMPANIES: usize = 4;
const AGENTS: usize = 40;
const EACH: usize = 5;
/// Rows of a kind in one transaction. Each machine is a savepoint, and SQLite walks through the journal of
/// the transaction at the end of each.
const BATCH: usize = 200;
const DAY: i64 = 86_400;

/// Where people sit, and what is searched for.
pub(super) struct Stock {
    pub(super) company: NodeId,
    pub(super) agent: NodeId,
    pub(super) customer: NodeId,
    pub(super) own: Own,
}

/// Something of that customer.
pub(crate) struct Own {
    pub(crate) license: License,
    pub(crate) order: OrderId,
}

/// What every license and order here is made of.
#[derive(Clone)]
struct Pattern {
    license: License,
    kid: String,
    plan: PlanId,
    account: PaymentAccountId,
}

/// A license that was made, and whom an order for it concerns.
#[derive(Clone)]
struct Sold {
    license: License,
    agent: NodeId,
}

pub(super) async fn fill(house: &House, count: usize) -> Outcome<Stock> {
    let (company, agents) = write(house, tree).await?;
    let mut holders: Vec<(Node, NodeId)> = Vec::new();
    while holders.len() < count / EACH {
        let (first, agents) = (holders.len(), agents.clone());
        let share = BATCH.min(count / EACH - first);
        let some: Vec<(Node, NodeId)> = write(house, move |tx| {
            (first..first + share)
                .map(|number| holder(tx, &agents, number))
                .collect()
        })
        .await?;
        holders.extend(some);
    }
    let chosen = holders.first().cloned();
    let Some((customer, agent)) = chosen else {
        return Err(crate::failure::Failure::new(
            "too few licenses for a customer",
        ));
    };
    let pattern = pattern(house, customer.id).await?;
    let mut own = None;
    let mut made = 0;
    while made < count {
        let share = BATCH.min(count - made);
        let (first, pattern, vault) = (made, pattern.clone(), house.platform.clone());
        // A step that shares no factor with the count, so that licenses of one customer lie apart.
        let held: Vec<(Node, NodeId)> = (first..first + share)
            .filter_map(|number| holders.get(number * 7919 % holders.len()).cloned())
            .collect();
        let customer = customer.id;
        let found = write(house, move |tx| {
            let mut some = Vec::new();
            for (number, (node, agent)) in held.iter().enumerate() {
                let license = license(tx, vault.vault(), &pattern, (first + number, node.id))?;
                some.push(Sold {
                    license,
                    agent: *agent,
                });
            }
            let orders = sell(tx, &pattern, (first, &some))?;
            let mut theirs = orders
                .into_iter()
                .filter(|own| own.license.node_id == customer);
            Ok(theirs.next())
        });
        own = found.await?.or(own);
        made += share;
        if made.is_multiple_of(20_000) {
            println!("  {made} of {count} licenses");
        }
    }
    let nothing = || crate::failure::Failure::new("too few licenses for one of the customer");
    Ok(Stock {
        company,
        agent,
        customer: customer.id,
        own: own.ok_or_else(nothing)?,
    })
}

async fn write<T: Send + 'static>(
    house: &House,
    work: impl FnMut(&mut TenantTx<'_>) -> Result<T, AppError> + Send + 'static,
) -> Outcome<T> {
    Ok(house.platform.db().write(&house.scope, work).await?)
}

/// A sub-company and all agents. The first agent belongs to it.
fn tree(tx: &mut TenantTx<'_>) -> Result<(NodeId, Vec<Node>), AppError> {
    let root = tx.scope().path().id();
    let root = nodes::find(tx, root)?.ok_or(AppError::NotFound("node"))?;
    let mut companies = Vec::new();
    for number in 0..COMPANIES {
        let name = format!("Company {number}");
        companies.push(place(tx, &root, (NodeKind::Subcompany, name))?);
    }
    let mut agents = Vec::new();
    for (number, company) in companies.iter().cycle().take(AGENTS).enumerate() {
        agents.push(place(
            tx,
            company,
            (NodeKind::Agent, format!("Agent {number}")),
        )?);
    }
    let company = companies.first().ok_or(AppError::NotFound("node"))?.id;
    Ok((company, agents))
}

fn place(
    tx: &mut TenantTx<'_>,
    parent: &Node,
    (kind, name): (NodeKind, String),
) -> Result<Node, AppError> {
    let id: NodeId = tx.new_id()?;
    let path = parent.path.child(id);
    let node = Node {
        tenant_id: tx.tenant(),
        id,
        parent_id: Some(parent.id),
        kind,
        email: Some(format!("{}@bench.example", id.ulid()).to_lowercase()),
        name,
        path: path.map_err(|error| AppError::Inconsistent(error.to_string()))?,
        state: NodeState::Active,
        discount_ceiling_bp: None,
        created_at: tx.now(),
        updated_at: tx.now(),
        deleted_at: None,
        version: 1,
    };
    nodes::insert(tx, &node)?;
    Ok(node)
}

/// A customer, and its agent. One of 400 waits for validation.
fn holder(
    tx: &mut TenantTx<'_>,
    agents: &[Node],
    number: usize,
) -> Result<(Node, NodeId), AppError> {
    let agent = agents.get(number % agents.len().max(1));
    let agent = agent.ok_or(AppError::NotFound("node"))?;
    let node = place(
        tx,
        agent,
        (NodeKind::Customer, format!("Customer {number}")),
    )?;
    let waits = number % 400 == 399;
    let customer = Customer {
        tenant_id: tx.tenant(),
        node_id: node.id,
        person: PersonKind::Company,
        legal_name: format!("Customer {number} Ltd"),
        tax_id: None,
        phone: String::new(),
        postal_address: None,
        status: if waits {
            CustomerStatus::Pending
        } else {
            CustomerStatus::Validated
        },
        status_reason: None,
        tier: CustomerTier::Basic,
        multi_site: false,
        multi_user: false,
        notes: String::new(),
        registered_email: None,
        registration_ref: None,
        validated_at: (!waits).then(|| tx.now()),
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    customers::insert(tx, &customer)?;
    Ok((node, agent.id))
}

async fn pattern(house: &House, customer: NodeId) -> Outcome<Pattern> {
    let (platform, policy) = (house.platform.clone(), house.policy.clone());
    write(house, move |tx| {
        let price = Money::new(
            49_90,
            "EUR".parse().map_err(|_| AppError::NotFound("currency"))?,
        );
        let plan = NewPlan {
            policy_id: policy.id,
            code: "year".to_owned(),
            name: "A year".to_owned(),
            price,
            period: "P1Y".parse().map_err(|_| AppError::NotFound("period"))?,
        };
        let plan = create_plan(tx, &plan)?.id;
        let request = IssueRequest::of(policy.id, customer);
        let license = issue(tx, platform.vault(), &request)?.license;
        let ring = platform.keys().ring(tx, license.product_id)?;
        let account = account(tx)?;
        Ok(Pattern {
            license,
            kid: ring.active().kid().to_owned(),
            plan,
            account,
        })
    })
    .await
}

fn account(tx: &mut TenantTx<'_>) -> Result<PaymentAccountId, AppError> {
    let account = PaymentAccount {
        id: tx.new_id()?,
        name: "Bank".to_owned(),
        plugin: "pix".to_owned(),
        plugin_version: "1.0.0".to_owned(),
        environment: Environment::Sandbox,
        config: Vec::new(),
        secrets_sealed: None,
        secret_names: Vec::new(),
        // Nobody is to be asked about its charges.
        state: PaymentAccountState::Disabled,
        late_policy: LatePolicy::Honour,
        first_title: None,
        created_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    payment_accounts::insert(tx, &account)?;
    Ok(account.id)
}

/// A copy of the pattern: ends lie from 100 days ago to 300 days from now, one of ten never ends, one of
/// 2000 waits, one of 500 is suspended, one of 100 is deleted.
fn license(
    tx: &mut TenantTx<'_>,
    vault: &alvara_vault::Vault,
    pattern: &Pattern,
    (number, node_id): (usize, NodeId),
) -> Result<License, AppError> {
    let (mut license, _) = populate::copy(tx, vault, &pattern.license)?;
    let days = i64::try_from(number * 31 % 400).unwrap_or_default() - 100;
    let seconds = days * DAY + i64::try_from(number % 86_000).unwrap_or_default();
    let end = tx.now().saturating_add_seconds(seconds);
    license.node_id = node_id;
    license.machines_used = if number.is_multiple_of(5) { 2 } else { 1 };
    license.term.expires_at = (number % 10 != 9).then_some(end);
    license.state = match number % 2000 {
        1999 => LicenseState::Pending,
        rest if rest % 500 == 499 => LicenseState::Suspended,
        _ => LicenseState::Active,
    };
    license.deleted_at = (number % 100 == 50).then(|| tx.now());
    Ok(license)
}

/// Stores licenses with what was sold, their machines, and an order for every second one; answers those.
fn sell(
    tx: &mut TenantTx<'_>,
    pattern: &Pattern,
    (first, some): (usize, &[Sold]),
) -> Result<Vec<Own>, AppError> {
    let mut ordered = Vec::new();
    let rows: Vec<License> = some.iter().map(|sold| sold.license.clone()).collect();
    licenses::insert_many(tx, &rows)?;
    let sale = Sale {
        plan_id: Some(pattern.plan),
        ..Sale::default()
    };
    let sold: Vec<_> = rows.iter().map(|license| (license.id, sale)).collect();
    sales::insert_many(tx, &sold)?;
    for (place, sold) in some.iter().enumerate() {
        let number = first + place;
        if sold.license.deleted_at.is_some() {
            continue;
        }
        for one in 0..sold.license.machines_used {
            let (mut machine, _) = populate::machine(tx, &sold.license, &pattern.kid)?;
            // One of 300 is silent, one of 1000 is blocked.
            machine.online_until = if number % 300 == 299 {
                tx.now().saturating_add_seconds(-60)
            } else {
                tx.now().saturating_add_seconds(30 * DAY)
            };
            if number % 1000 == 998 && one == 0 {
                machine.state = MachineState::Blocked;
            }
            machines::insert(tx, &machine)?;
        }
        if number.is_multiple_of(2) {
            ordered.push(Own {
                license: sold.license.clone(),
                order: order(tx, pattern, (number, sold))?,
            });
        }
    }
    Ok(ordered)
}

/// An order with its line, its charge and what the agent earned. One of 200 waits for its money.
fn order(
    tx: &mut TenantTx<'_>,
    pattern: &Pattern,
    (number, sold): (usize, &Sold),
) -> Result<OrderId, AppError> {
    let price = Money::new(
        49_90,
        "EUR".parse().map_err(|_| AppError::NotFound("currency"))?,
    );
    let (now, paid) = (tx.now(), !number.is_multiple_of(400));
    let order = Order {
        id: tx.new_id()?,
        node_id: sold.license.node_id,
        state: if paid {
            OrderState::Paid
        } else {
            OrderState::Open
        },
        terms: PaymentTerms::Now,
        currency: price.currency,
        price_minor: price.amount_minor,
        discount: BasisPoints::ZERO,
        taken_off_minor: 0,
        total_minor: price.amount_minor,
        due_at: None,
        credit_node_id: None,
        credit_minor: 0,
        narrowed: Step::None,
        created_by: "console".to_owned(),
        created_at: now,
        paid_at: paid.then_some(now),
        updated_at: now,
        version: 1,
    };
    let line = OrderLine {
        id: tx.new_id()?,
        order_id: order.id,
        position: 1,
        kind: LineKind::Renew,
        state: if paid {
            LineState::Granted
        } else {
            LineState::Waiting
        },
        state_reason: None,
        product_id: sold.license.product_id,
        license_id: Some(sold.license.id),
        plan_id: Some(pattern.plan),
        modules: Vec::new(),
        quantity: 1,
        unit_minor: price.amount_minor,
        description: "Writer, a year".to_owned(),
        expires_before: None,
        expires_after: None,
        done: None,
    };
    orders::insert(tx, &order, &[line])?;
    let charge = charge(tx, pattern, (&order, price))?;
    charges::insert(tx, &charge)?;
    if paid {
        let commission = Commission {
            id: tx.new_id()?,
            node_id: sold.agent,
            charge_id: charge.id,
            order_id: order.id,
            share: BasisPoints::ZERO,
            base_minor: price.amount_minor,
            earned_minor: price.amount_minor / 10,
            peak_minor: price.amount_minor / 10,
            currency: price.currency,
            earned_at: now,
            updated_at: now,
        };
        commissions::insert(tx, &commission)?;
    }
    Ok(order.id)
}

fn charge(
    tx: &mut TenantTx<'_>,
    pattern: &Pattern,
    (order, price): (&Order, Money),
) -> Result<Charge, AppError> {
    let (id, now) = (tx.new_id()?, tx.now());
    let paid = order.state == OrderState::Paid;
    let taken = if paid { price.amount_minor } else { 0 };
    Ok(Charge {
        id,
        order_id: order.id,
        account_id: pattern.account,
        method: "pix".to_owned(),
        state: if paid {
            ChargeState::Paid
        } else {
            ChargeState::RequiresAction
        },
        currency: price.currency,
        requested_minor: price.amount_minor,
        surcharge_most_minor: 0,
        discount_most_minor: 0,
        authorized_minor: taken,
        book: Book {
            captured: taken,
            earned: taken,
            ..Book::default()
        },
        owed: false,
        ask: ChargeAsk {
            charge_id: id,
            method: "pix".to_owned(),
            amount: price,
            customer: None,
            source: Source::None,
            capture: CaptureMode::Automatic,
            description: "Writer, a year".to_owned(),
            items: Vec::new(),
            expires_at: None,
            due: None,
            card: None,
            return_url: None,
            cancel_url: None,
            webhook_url: None,
            save_for_later: false,
            metadata: Vec::new(),
        },
        action: None,
        decline: None,
        raw_status: String::new(),
        expires_at: None,
        poll_at: None,
        paid_at: paid.then_some(now),
        last_event_at: None,
        quarantine: None,
        asked: 0,
        created_by: "console".to_owned(),
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

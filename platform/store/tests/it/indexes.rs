//! By which index the lists of people's pages go through the large tables, on SQLite: asked of its
//! planner, for the statements that the store really sends, without statistics and with those of
//! 100 000 licenses.
use crate::world::{House, World, new_license, node};
use alvara_domain::charge::ChargeState;
use alvara_domain::customer::CustomerStatus;
use alvara_domain::id::LicenseId;
use alvara_domain::license::LicenseState;
use alvara_domain::machine::MachineState;
use alvara_domain::node::NodeKind;
use alvara_domain::order::OrderState;
use alvara_store::charges::{self, ChargeFilter};
use alvara_store::commissions::{self, CommissionFilter};
use alvara_store::customers::{self, CustomerFilter};
use alvara_store::licenses::{self, DueFilter, LicenseFilter};
use alvara_store::machines::{self, MachineFilter};
use alvara_store::orders::{self, OrderFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Reach, Scope, StoreError, TenantTx, nodes};
use diesel::connection::{InstrumentationEvent, SimpleConnection, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::cell::RefCell;

/// Tables that grow with what is sold.
const LARGE: [&str; 8] = [
    "nodes",
    "customers",
    "licenses",
    "machines",
    "orders",
    "order_lines",
    "charges",
    "commissions",
];

/// More places than a subtree may have whose places lead.
const MANY: usize = 300;

thread_local! {
    /// What the connections of this thread were asked. A reader of SQLite works on the thread that asks.
    static ASKED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn record(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { query, .. } = event {
        ASKED.with_borrow_mut(|asked| asked.push(query.to_string()));
    }
}

/// How a list is to find its first rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Along the order in which they are shown: most rows are wanted, so a page is full soon.
    Order,
    /// By what it is narrowed to: few rows are wanted.
    Filter,
}

type Ask = fn(&mut TenantTx<'_>, &House) -> Result<(), StoreError>;

/// The queries of the lists and home pages.
const CASES: &[(&str, Way, Ask)] = &[
    ("licenses", Way::Order, |tx, _| {
        licenses::list(tx, &LicenseFilter::default(), &page()).map(drop)
    }),
    ("licenses that wait", Way::Filter, |tx, _| {
        let filter = LicenseFilter {
            state: Some(LicenseState::Pending),
            ..LicenseFilter::default()
        };
        licenses::list(tx, &filter, &page()).map(drop)
    }),
    ("licenses that have expired", Way::Filter, |tx, _| {
        let filter = LicenseFilter {
            state: Some(LicenseState::Active),
            expires_before: Some(tx.now()),
            ..LicenseFilter::default()
        };
        licenses::list(tx, &filter, &page()).map(drop)
    }),
    ("licenses by the end of a key", Way::Filter, |tx, _| {
        let filter = LicenseFilter {
            hint: Some("7K3QX".to_owned()),
            ..LicenseFilter::default()
        };
        licenses::list(tx, &filter, &page()).map(drop)
    }),
    ("licenses of a customer", Way::Filter, |tx, house| {
        let filter = LicenseFilter {
            node: Some(house.customer.id),
            state: Some(LicenseState::Active),
            ..LicenseFilter::default()
        };
        licenses::list(tx, &filter, &page()).map(drop)
    }),
    ("licenses below a place", Way::Filter, |tx, house| {
        let filter = LicenseFilter {
            under: Some(house.agent.path.clone()),
            ..LicenseFilter::default()
        };
        licenses::list(tx, &filter, &page()).map(drop)
    }),
    ("the board of renewals", Way::Filter, |tx, _| {
        let filter = DueFilter {
            span: (Some(tx.now()), tx.now().saturating_add_seconds(2_592_000)),
            product: None,
        };
        licenses::list_due(tx, &filter, &page()).map(drop)
    }),
    ("how many end", Way::Filter, |tx, _| {
        let span = (Some(tx.now()), tx.now().saturating_add_seconds(5_184_000));
        licenses::list_ends(tx, span, 1000).map(drop)
    }),
    ("how many have ended", Way::Filter, |tx, _| {
        licenses::list_ends(tx, (None, tx.now()), 1000).map(drop)
    }),
    ("the keys of a page of machines", Way::Filter, |tx, _| {
        let ids: Vec<LicenseId> = (0..25).map(|_| tx.new_id()).collect::<Result<_, _>>()?;
        licenses::hints(tx, &ids).map(drop)
    }),
    ("machines", Way::Order, |tx, _| {
        machines::list(tx, &MachineFilter::default(), &page()).map(drop)
    }),
    ("machines that are blocked", Way::Filter, |tx, _| {
        let filter = MachineFilter {
            state: Some(MachineState::Blocked),
            ..MachineFilter::default()
        };
        machines::list(tx, &filter, &page()).map(drop)
    }),
    ("machines of a license", Way::Filter, |tx, _| {
        let filter = MachineFilter {
            license: Some(tx.new_id()?),
            state: Some(MachineState::Active),
            ..MachineFilter::default()
        };
        machines::list(tx, &filter, &page()).map(drop)
    }),
    ("how many machines are silent", Way::Filter, |tx, _| {
        machines::count_offline(tx, 201).map(drop)
    }),
    ("customers", Way::Order, |tx, _| {
        customers::list(tx, &CustomerFilter::default(), &page()).map(drop)
    }),
    ("customers who wait", Way::Filter, |tx, _| {
        let filter = CustomerFilter {
            status: Some(CustomerStatus::Pending),
            ..CustomerFilter::default()
        };
        customers::list(tx, &filter, &page()).map(drop)
    }),
    ("orders", Way::Order, |tx, _| {
        orders::list(tx, &OrderFilter::default(), &page()).map(drop)
    }),
    ("orders that wait", Way::Filter, |tx, _| {
        let filter = OrderFilter {
            state: Some(OrderState::Open),
            ..OrderFilter::default()
        };
        orders::list(tx, &filter, &page()).map(drop)
    }),
    ("what a page of orders is about", Way::Filter, |tx, _| {
        let ids: Vec<_> = (0..25).map(|_| tx.new_id()).collect::<Result<_, _>>()?;
        orders::contents(tx, &ids).map(drop)
    }),
    ("charges", Way::Order, |tx, _| {
        charges::list(tx, &ChargeFilter::default(), &page()).map(drop)
    }),
    ("charges that failed", Way::Filter, |tx, _| {
        let filter = ChargeFilter {
            state: Some(ChargeState::Failed),
            ..ChargeFilter::default()
        };
        charges::list(tx, &filter, &page()).map(drop)
    }),
    ("commissions", Way::Order, |tx, _| {
        commissions::list(tx, &CommissionFilter::default(), &page()).map(drop)
    }),
    ("the places of a page", Way::Filter, |tx, house| {
        nodes::of_many(tx, &[house.agent.id, house.customer.id]).map(drop)
    }),
];

fn page() -> PageRequest {
    PageRequest::new(Some(25), None)
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// What the planner means to do for a statement.
fn plan(conn: &mut SqliteConnection, statement: &str) -> Vec<String> {
    diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"))
        .load::<Step>(conn)
        .unwrap()
        .into_iter()
        .map(|step| step.detail)
        .collect()
}

/// Why a plan is none for a large database, if so.
fn fault(plan: &[String], way: Way) -> Option<String> {
    let sorts = plan.iter().any(|step| step.ends_with("ORDER BY"));
    for (number, step) in plan.iter().enumerate() {
        let mut words = step.split(' ');
        let (Some(verb), Some(table)) = (words.next(), words.next()) else {
            continue;
        };
        if step.contains("AUTOMATIC") {
            return Some(format!("an index is made for one statement: {step}"));
        }
        if !LARGE.contains(&table) {
            continue;
        }
        if verb == "SCAN" {
            return Some(format!("all of a table is read: {step}"));
        }
        // All of one tenant's rows: in a large tenant that is all of the table too, but where they are
        // walked in the order they are shown in and the page ends the walk.
        let whole = step.ends_with("(tenant_id=?)");
        if whole && (way == Way::Filter || sorts || number > 0) {
            return Some(format!("all of a tenant's rows are read: {step}"));
        }
    }
    None
}

/// Tells the planner of as many rows as a large tenant has, without making them.
fn pretend(conn: &mut SqliteConnection) {
    #[derive(QueryableByName)]
    struct Column {
        #[diesel(sql_type = Text)]
        name: String,
    }
    conn.batch_execute("ANALYZE; DELETE FROM sqlite_stat1; DELETE FROM sqlite_stat4;")
        .unwrap();
    for table in LARGE {
        let rows = match table {
            "nodes" | "customers" => 20_000,
            "orders" | "order_lines" | "charges" | "commissions" => 50_000,
            _ => 100_000,
        };
        let indexes: Vec<Column> =
            diesel::sql_query(format!("SELECT name FROM pragma_index_list('{table}')"))
                .load(conn)
                .unwrap();
        for index in indexes {
            let columns: Vec<Column> = diesel::sql_query(format!(
                "SELECT name FROM pragma_index_info('{}') ORDER BY seqno",
                index.name
            ))
            .load(conn)
            .unwrap();
            let mut alike = rows;
            let mut words = vec![rows.to_string()];
            for column in columns {
                // How many rows have the same of this and what stands before it in the index.
                alike = match column.name.as_str() {
                    "tenant_id" => alike,
                    "state" | "status" => alike / 2,
                    "watched_until" | "parent_id" => alike.min(500),
                    "node_id" if table == "commissions" => alike.min(1000),
                    "node_id" | "order_id" | "license_id" | "batch_id" => alike.min(5),
                    _ => 1,
                };
                words.push(alike.to_string());
            }
            diesel::sql_query("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)")
                .bind::<Text, _>(table)
                .bind::<Text, _>(&index.name)
                .bind::<Text, _>(words.join(" "))
                .execute(conn)
                .unwrap();
        }
    }
    // Statistics are read again.
    conn.batch_execute("ANALYZE sqlite_schema").unwrap();
}

/// The statements of a case, without their values.
async fn statements(world: &World, scope: &Scope, house: &House, ask: Ask) -> Vec<String> {
    let house = house.clone();
    world
        .db
        .read(scope, move |tx| -> Result<Vec<String>, StoreError> {
            ASKED.with_borrow_mut(Vec::clear);
            ask(tx, &house)?;
            Ok(ASKED.take())
        })
        .await
        .unwrap()
        .into_iter()
        .map(|asked| match asked.split_once(" -- binds") {
            Some((statement, _)) => statement.to_owned(),
            None => asked,
        })
        .collect()
}

// R-OPS-01: on the embedded database too a page costs about the same however much there is: its lists go by indexes.
#[test]
fn lists_go_by_indexes() {
    set_default_instrumentation(|| Some(Box::new(record))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::new(None);
        world.db.migrate().await.unwrap();
        let acme = world.house("acme").await;
        let (parent, house) = (acme.sibling.clone(), acme.clone());
        world
            .db
            .write(&world.whole(&acme), move |tx| -> Result<(), StoreError> {
                for _ in 0..MANY {
                    node(tx, Some(&parent), None, NodeKind::Customer, "Customer")?;
                }
                // One that is found, so that what follows from finding it is asked too.
                let mut license = new_license(tx, &house, parent.id, None)?;
                license.term.expires_at = Some(tx.now().saturating_add_seconds(-60));
                licenses::insert(tx, &license)?;
                Ok(())
            })
            .await
            .unwrap();
        let scopes = [
            ("the whole tenant", world.whole(&acme)),
            ("many places", world.scope(&acme.sibling, Reach::Tree)),
            ("few places", world.scope(&acme.agent, Reach::Tree)),
            ("one place", world.scope(&acme.customer, Reach::Own)),
        ];
        let file = world.url.trim_start_matches("sqlite://");
        let mut conn = SqliteConnection::establish(file).unwrap();
        let mut faults = Vec::new();
        for known in ["nothing", "statistics"] {
            if known == "statistics" {
                pretend(&mut conn);
            }
            for (seen, scope) in &scopes {
                for (name, way, ask) in CASES {
                    // Where few places lead, nothing is walked along an order.
                    let way = if seen.starts_with("few") || seen.starts_with("one") {
                        Way::Filter
                    } else {
                        *way
                    };
                    let asked = statements(&world, scope, &acme, *ask).await;
                    assert!(!asked.is_empty(), "{name} asks nothing");
                    for statement in asked {
                        let plan = plan(&mut conn, &statement);
                        if let Some(fault) = fault(&plan, way) {
                            faults.push(format!(
                                "{name}, {seen}, {known} known: {fault}\n  {statement}\n  {}",
                                plan.join("\n  ")
                            ));
                        }
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    });
}

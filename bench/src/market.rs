//! A large tenant as its people see it: a tree of places, customers, licenses, machines and orders.

mod stock;

use std::path::Path;

use alvara_app::tenancy::{Granter, NewMember};
use alvara_domain::id::NodeId;
use alvara_tenants::{BuiltInRole, Console, Role};
use alvara_vault::Secret;
use tempfile::TempDir;

use crate::failure::{Failure, Outcome};
use crate::server::{self, Server};
use crate::world::{self, House};

pub(crate) use stock::Own;

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody who looks at pages.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// What they are, for the table.
    pub(crate) is: &'static str,
    /// With what they sign in.
    pub(crate) email: String,
}

/// A filled database and the people of its tenant.
pub(crate) struct Market {
    folder: TempDir,
    /// Reseller, sub-company, agent and customer.
    pub(crate) people: Vec<Person>,
    /// A license with an order that all of them see.
    pub(crate) own: Own,
}

impl Market {
    /// Makes one of so many licenses: a fifth as many customers, 1.2 machines for each license, half as
    /// many orders.
    pub(crate) fn make(licenses: usize) -> Outcome<Self> {
        let folder = tempfile::Builder::new()
            .prefix("alvara-market-")
            .tempdir_in(world::disk()?)?;
        server::prepare(folder.path())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let (people, own) = runtime.block_on(fill(folder.path(), licenses))?;
        Ok(Self {
            folder,
            people,
            own,
        })
    }

    /// A server on it.
    pub(crate) fn serve(&self) -> Outcome<Server> {
        Server::start(self.folder.path())
    }

    /// Megabytes of the database.
    pub(crate) fn size(&self) -> u64 {
        let file = std::fs::metadata(self.folder.path().join("alvara.db"));
        file.map_or(0, |file| file.len() / (1 << 20))
    }
}

async fn fill(folder: &Path, licenses: usize) -> Outcome<(Vec<Person>, Own)> {
    let (db, console, platform) = world::open(folder)?;
    let (house, _) = world::found(platform, &console).await?;
    let stock = stock::fill(&house, licenses).await?;
    let mut people = vec![Person {
        is: "reseller",
        email: "admin@bench.example".to_owned(),
    }];
    for (is, role, place) in [
        ("sub-company", BuiltInRole::SubcompanyAdmin, stock.company),
        ("agent", BuiltInRole::Agent, stock.agent),
        ("customer", BuiltInRole::Customer, stock.customer),
    ] {
        people.push(member(&house, &console, (is, role, place)).await?);
    }
    db.close().await;
    Ok((people, stock.own))
}

async fn member(
    house: &House,
    console: &Console,
    (is, role, node_id): (&'static str, BuiltInRole, NodeId),
) -> Outcome<Person> {
    let new = NewMember {
        node_id,
        email: format!("{is}@bench.example"),
        name: is.to_owned(),
        role: Role::BuiltIn(role),
        locale: None,
        password: Some(Secret::new(PASSWORD.into())),
    };
    let member = house
        .platform
        .create_member(&house.scope, Granter::Console(console), &new)
        .await
        .map_err(|error| Failure::new(format!("no {is}: {error}")))?;
    Ok(Person {
        is,
        email: member.email,
    })
}

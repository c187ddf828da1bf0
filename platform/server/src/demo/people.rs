//! The tenants of the demonstration, their trees, and who signs in where.

use alvara_app::AppError;
use alvara_app::billing::commission::set_rule;
use alvara_app::customer::{CustomerChange, TypedTaxId, update_customer};
use alvara_app::tenancy::{Granter, NewApiKey, NewMember, NewNode, create_node};
use alvara_domain::id::NodeId;
use alvara_domain::money::{BasisPoints, Currency};
use alvara_domain::node::{NodeKind, Tenant};
use alvara_domain::payment::ask::PostalAddress;
use alvara_store::{Origin, Scope, TenantTx, customers};
use alvara_tenants::{BuiltInRole, HostTenant, NewTenant, Principal, Role, SignIn as Attempt};

use super::cast::{Cast, Home};
use super::document::SignIn;
use crate::exit::{Failure, Outcome};
use crate::first_start::made_up_password;
use crate::installation::Installation;

/// Somebody of the cast, signed in.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) sheet: SignIn,
    pub(super) principal: Principal,
}

/// A reseller's people and places.
#[derive(Clone, Debug)]
pub(super) struct People {
    pub(super) tenant: Tenant,
    pub(super) host: HostTenant,
    pub(super) admin: Person,
    pub(super) subcompany: Person,
    pub(super) agents: [Person; 2],
    pub(super) customer: Person,
    /// The places of the five customers.
    pub(super) customers: [NodeId; 5],
    /// The place of the first agent.
    pub(super) agent_node: NodeId,
}

/// The places of one tree. The first agent works for the sub-company, the second for the reseller.
#[derive(Clone, Copy)]
struct Places {
    subcompany: NodeId,
    agents: [NodeId; 2],
    customers: [NodeId; 5],
}

/// Opens a reseller's tenant and lets its people in.
pub(super) async fn settle(installation: &Installation, cast: &'static Cast) -> Outcome<People> {
    let password = made_up_password()?;
    let email = |role: &str| format!("{role}@{}.example", cast.slug);
    let new = NewTenant {
        slug: cast.slug.to_owned(),
        name: cast.name.to_owned(),
        locale: cast.locale.to_owned(),
        currency: cast.currency,
        time_zone: cast
            .time_zone
            .parse()
            .map_err(|_| Failure::refused("a time zone of the demonstration is unknown"))?,
        admin_email: email("admin"),
        admin_name: cast.admin.to_owned(),
        admin_password: password.expose().to_owned(),
    };
    let tenant = installation
        .platform
        .gate()
        .provision(&installation.console.platform(), new)
        .await?
        .tenant;
    let scope = installation.console.scope(&tenant);
    let root = tenant.root_node_id;
    let places = installation
        .db()
        .write(&scope, move |tx| -> Result<Places, AppError> {
            plant(tx, root, cast)
        })
        .await?;
    let host = installation
        .platform
        .gate()
        .resolve_host(&format!("{}.localhost", cast.slug))
        .await?;
    let door = Door {
        installation,
        scope: &scope,
        host: &host,
    };
    let admin = (email("admin"), password.expose().to_owned());
    Ok(People {
        admin: door.known(admin, BuiltInRole::ResellerAdmin, root).await?,
        subcompany: door
            .let_in(
                email("subcompany"),
                cast.subcompany.1,
                BuiltInRole::SubcompanyAdmin,
                places.subcompany,
            )
            .await?,
        agents: [
            door.let_in(
                email("agent"),
                cast.agents[0].1,
                BuiltInRole::Agent,
                places.agents[0],
            )
            .await?,
            door.let_in(
                email("agent2"),
                cast.agents[1].1,
                BuiltInRole::Agent,
                places.agents[1],
            )
            .await?,
        ],
        customer: door
            .let_in(
                email("customer"),
                cast.customers[0].1,
                BuiltInRole::Customer,
                places.customers[0],
            )
            .await?,
        customers: places.customers,
        agent_node: places.agents[0],
        tenant,
        host,
    })
}

fn plant(tx: &mut TenantTx<'_>, root: NodeId, cast: &Cast) -> Result<Places, AppError> {
    let mut add = |parent_id, kind, name: &str| {
        let new = NewNode {
            parent_id,
            kind,
            name: name.to_owned(),
            email: None,
        };
        create_node(tx, &new).map(|node| node.id)
    };
    let subcompany = add(root, NodeKind::Subcompany, cast.subcompany.0)?;
    let agents = [
        add(subcompany, NodeKind::Agent, cast.agents[0].0)?,
        add(root, NodeKind::Agent, cast.agents[1].0)?,
    ];
    let names = cast.customers.map(|(name, _)| name);
    let customers = [
        add(agents[0], NodeKind::Customer, names[0])?,
        add(agents[0], NodeKind::Customer, names[1])?,
        add(agents[1], NodeKind::Customer, names[2])?,
        add(subcompany, NodeKind::Customer, names[3])?,
        add(root, NodeKind::Customer, names[4])?,
    ];
    for (id, home) in customers.into_iter().zip(cast.homes) {
        move_in(tx, id, cast, home)?;
    }
    // Whoever sells earns: the agents a tenth, the company above the first one a twentieth.
    for (id, share) in [(agents[0], 1_000), (agents[1], 1_000), (subcompany, 500)] {
        let share = BasisPoints::try_from(share)
            .map_err(|error| AppError::Inconsistent(error.to_string()))?;
        set_rule(tx, id, share)?;
    }
    Ok(Places {
        subcompany,
        agents,
        customers,
    })
}

/// A home as an address, and its tax number.
pub(super) fn place(cast: &Cast, home: Home) -> (TypedTaxId, PostalAddress) {
    let country = if cast.currency == Currency::BRL {
        "BR"
    } else {
        "IT"
    };
    let address = PostalAddress {
        line1: home.street.to_owned(),
        number: Some(home.number.to_owned()),
        line2: None,
        district: Some("Centro".to_owned()),
        city: home.city.to_owned(),
        state: home.state.to_owned(),
        postal_code: home.postal_code.to_owned(),
        country: country.to_owned(),
    };
    let tax_id = TypedTaxId {
        kind: None,
        number: home.tax_id.to_owned(),
    };
    (tax_id, address)
}

/// Says of a customer what a bill names.
fn move_in(tx: &mut TenantTx<'_>, id: NodeId, cast: &Cast, home: Home) -> Result<(), AppError> {
    let (tax_id, address) = place(cast, home);
    let change = CustomerChange {
        tax_id: Some(Some(tax_id)),
        address: Some(Some(address)),
        ..CustomerChange::default()
    };
    let present = customers::find(tx, id)?.ok_or(AppError::NotFound("customer"))?;
    update_customer(tx, id, present.customer.version, &change)?;
    Ok(())
}

/// Where people come in.
pub(super) struct Door<'a> {
    pub(super) installation: &'a Installation,
    pub(super) scope: &'a Scope,
    pub(super) host: &'a HostTenant,
}

impl Door<'_> {
    async fn let_in(
        &self,
        email: String,
        name: &str,
        role: BuiltInRole,
        node_id: NodeId,
    ) -> Outcome<Person> {
        let password = made_up_password()?;
        let new = NewMember {
            node_id,
            email: email.clone(),
            name: name.to_owned(),
            role: Role::BuiltIn(role),
            locale: None,
            password: Some(password.clone()),
        };
        let granter = Granter::Console(&self.installation.console);
        self.installation
            .platform
            .create_member(self.scope, granter, &new)
            .await?;
        self.known((email, password.expose().to_owned()), role, node_id)
            .await
    }

    /// Signs a member in and makes an API key of the same rights.
    pub(super) async fn known(
        &self,
        (email, password): (String, String),
        role: BuiltInRole,
        node_id: NodeId,
    ) -> Outcome<Person> {
        let attempt = Attempt {
            email: &email,
            password: &password,
            code: None,
            user_agent: "alvara demo",
        };
        let session = self
            .installation
            .platform
            .gate()
            .sign_in(self.host, attempt, &origin())
            .await
            .map_err(|error| Failure::refused(format!("{email} cannot sign in: {error}")))?;
        let new = NewApiKey {
            node_id,
            name: format!("demo {role}"),
            role: Role::BuiltIn(role),
            permissions: Vec::new(),
            expires_at: None,
        };
        let granter = Granter::Console(&self.installation.console);
        let (_, secret) = self
            .installation
            .platform
            .create_api_key(self.scope, granter, &new)
            .await?;
        let sheet = SignIn {
            email,
            password,
            api_token: secret.expose().to_owned(),
        };
        Ok(Person {
            sheet,
            principal: session.principal,
        })
    }
}

/// Whoever plays in the demonstration does so from this machine.
pub(super) fn origin() -> Origin {
    Origin::new("127.0.0.1", "demo")
}

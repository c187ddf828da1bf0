//! Makes a story come true, through the use cases that everybody uses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use alvara_app::AppError;
use alvara_app::license::change_state::decide;
use alvara_app::license::issue::{IssueRequest, issue};
use alvara_app::license::renew::{RenewBy, renew};
use alvara_app::license::renewal_key;
use alvara_app::license::validate::ValidationAsks;
use alvara_app::machine::activate::ActivationRequest;
use alvara_app::machine::change_state::{block, unblock};
use alvara_app::machine::contact::ContactRequest;
use alvara_app::program::{Knock, Presented};
use alvara_domain::fingerprint::Components;
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::machine::Metrics;
use alvara_store::Scope;
use alvara_tenants::{Permission, Principal, permissions};

use super::dice::Dice;
use super::document::{Keys, LicenseIds};
use super::people::{People, origin};
use super::shelf::Shelf;
use super::story::{Step, Story};
use crate::exit::{Failure, Outcome};
use crate::installation::Installation;

/// A reseller whose story is told.
pub(super) struct Stage {
    pub(super) installation: Arc<Installation>,
    pub(super) people: People,
    pub(super) shelf: Shelf,
    book: Mutex<Book>,
}

/// What came of the steps so far.
#[derive(Default)]
struct Book {
    licenses: BTreeMap<usize, (LicenseId, String)>,
    machines: BTreeMap<usize, (MachineId, String)>,
    renewal_keys: Vec<String>,
}

impl Stage {
    pub(super) fn new(installation: Arc<Installation>, people: People, shelf: Shelf) -> Self {
        Self {
            installation,
            people,
            shelf,
            book: Mutex::default(),
        }
    }

    /// Does one step.
    pub(super) async fn play(&self, step: Step) -> Outcome {
        match step {
            Step::Issue {
                license,
                policy,
                customer,
            } => self.issue(license, policy, customer).await,
            Step::Activate { license, machine } => self.activate(license, machine).await,
            Step::Call { machine } => self.call(machine).await,
            Step::Ask { license } => self.ask(license).await,
            Step::Decide {
                license,
                decision,
                reason,
            } => {
                let (id, _) = self.license(license)?;
                let scope =
                    self.scope::<permissions::LicenseSuspend>(&self.people.admin.principal)?;
                let db = self.installation.db();
                db.write(&scope, move |tx| decide(tx, id, decision, Some(reason)))
                    .await?;
                Ok(())
            }
            Step::Renew { license } => {
                let (id, _) = self.license(license)?;
                let scope =
                    self.scope::<permissions::LicenseRenew>(&self.people.admin.principal)?;
                self.installation
                    .db()
                    .write(&scope, move |tx| renew(tx, id, RenewBy::OwnPeriod))
                    .await?;
                Ok(())
            }
            Step::Block { machine } => {
                let (id, _) = self.machine(machine)?;
                let scope =
                    self.scope::<permissions::MachineBlock>(&self.people.admin.principal)?;
                self.installation
                    .db()
                    .write(&scope, move |tx| block(tx, id, Some("reported stolen")))
                    .await?;
                Ok(())
            }
            Step::Unblock { machine } => {
                let (id, _) = self.machine(machine)?;
                let scope =
                    self.scope::<permissions::MachineBlock>(&self.people.admin.principal)?;
                self.installation
                    .db()
                    .write(&scope, move |tx| unblock(tx, id))
                    .await?;
                Ok(())
            }
            Step::Leave { machine } => {
                let (id, token) = self.machine(machine)?;
                Ok(self
                    .installation
                    .platform
                    .deactivate(&self.knock(machine), &token, id)
                    .await?)
            }
            Step::MakeRenewalKeys => self.make_renewal_keys().await,
        }
    }

    fn scope<P: Permission>(&self, who: &Principal) -> Outcome<Scope> {
        let gate = self.installation.platform.gate();
        gate.authorize::<P>(who, &self.people.host, &origin())
            .map_err(|denied| {
                Failure::refused(format!("the demonstration may not {}: {denied}", P::CODE))
            })
    }

    /// Whoever looks after a customer.
    fn seller(&self, customer: usize) -> &Principal {
        match customer {
            0 | 1 => &self.people.agents[0].principal,
            2 => &self.people.agents[1].principal,
            3 => &self.people.subcompany.principal,
            _ => &self.people.admin.principal,
        }
    }

    fn knock(&self, machine: usize) -> Knock {
        let address = format!("198.51.100.{}", machine % 250 + 1);
        Knock {
            host: self.people.host.clone(),
            origin: alvara_store::Origin::new(&address, "demo"),
        }
    }

    async fn issue(&self, license: usize, policy: &'static str, customer: usize) -> Outcome {
        let policy_id = self.shelf.policies.get(policy).copied();
        let policy_id = policy_id
            .ok_or_else(|| Failure::refused(format!("the demonstration has no policy {policy}")))?;
        let node = self.people.customers[customer.min(4)];
        let request = IssueRequest {
            user: (policy == "named_user")
                .then(|| format!("user{license}@{}.example", self.people.tenant.slug)),
            site: (policy == "site").then(|| format!("site {license}")),
            ..IssueRequest::of(policy_id, node)
        };
        let scope = self.scope::<permissions::LicenseIssue>(self.seller(customer))?;
        let vault = self.installation.platform.vault().clone();
        let issued = self
            .installation
            .db()
            .write(&scope, move |tx| -> Result<_, AppError> {
                issue(tx, &vault, &request)
            })
            .await?;
        let key = issued.key.expose().to_owned();
        self.note(|book| book.licenses.insert(license, (issued.license.id, key)));
        Ok(())
    }

    async fn activate(&self, license: usize, machine: usize) -> Outcome {
        let (_, key) = self.license(license)?;
        let request = profile(
            &self.people.tenant.slug,
            machine,
            self.knock(machine).door(),
        )?;
        match self
            .installation
            .platform
            .activate(&self.knock(machine), &key, request)
            .await
        {
            Ok(answer) => {
                let token = answer.token.expose().to_owned();
                self.note(|book| {
                    book.machines
                        .insert(machine, (answer.activated.machine.id, token))
                });
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn call(&self, machine: usize) -> Outcome {
        let (_, token) = self.machine(machine)?;
        let now = self.installation.db().clock().now().micros();
        let mut dice = Dice::new(
            u64::try_from(now / 60_000_000).unwrap_or(0) + u64::try_from(machine).unwrap_or(0),
        );
        let request = ContactRequest {
            app_version: Some(app_version(machine)),
            metrics: Some(Metrics {
                cpu: Some(dice.between(300, 7_000)),
                memory: Some(dice.between(2_500, 9_000)),
                disk: Some(dice.between(2_000, 8_800)),
            }),
            ..ContactRequest::default()
        };
        self.installation
            .platform
            .heartbeat(&self.knock(machine), &token, request, None)
            .await?;
        Ok(())
    }

    async fn ask(&self, license: usize) -> Outcome {
        let (_, key) = self.license(license)?;
        let presented = Presented::Key(key);
        let knock = self.knock(license);
        self.installation
            .platform
            .validate(&knock, &presented, ValidationAsks::default(), None)
            .await?;
        Ok(())
    }

    async fn make_renewal_keys(&self) -> Outcome {
        let plan = self
            .shelf
            .hybrid_plan
            .ok_or_else(|| Failure::refused("the demonstration has no hybrid plan"))?;
        let (vault, node) = (
            self.installation.platform.vault().clone(),
            self.people.agent_node,
        );
        let scope = self.scope::<permissions::RenewalKeyCreate>(&self.people.admin.principal)?;
        let made = self
            .installation
            .db()
            .write(&scope, move |tx| -> Result<_, AppError> {
                renewal_key::create(tx, &vault, plan, node, 10)
            })
            .await?;
        self.note(|book| {
            book.renewal_keys
                .extend(made.iter().map(|key| key.key.expose().to_owned()))
        });
        Ok(())
    }

    fn note<T>(&self, write: impl FnOnce(&mut Book) -> T) -> T {
        write(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn license(&self, number: usize) -> Outcome<(LicenseId, String)> {
        self.note(|book| book.licenses.get(&number).cloned())
            .ok_or_else(|| {
                Failure::refused(format!("license {number} of the story was not issued yet"))
            })
    }

    fn machine(&self, number: usize) -> Outcome<(MachineId, String)> {
        self.note(|book| book.machines.get(&number).cloned())
            .ok_or_else(|| {
                Failure::refused(format!(
                    "machine {number} of the story was not activated yet"
                ))
            })
    }

    /// The keys that the document shows.
    pub(super) fn keys(&self, story: &Story) -> Outcome<(Keys, LicenseIds)> {
        let (mut keys, mut ids) = (Keys::default(), LicenseIds::default());
        for (name, number) in &story.shown {
            let (id, key) = self.license(*number)?;
            let list = match *name {
                "permanent" => &mut keys.permanent,
                "subscription" => {
                    ids.subscription.push(id);
                    &mut keys.subscription
                }
                "trial" => &mut keys.trial,
                "seats_5" => &mut keys.seats_5,
                "floating_3" => &mut keys.floating_3,
                "always_online" => &mut keys.always_online,
                "hybrid" => &mut keys.hybrid,
                "expired" => {
                    ids.expired.push(id);
                    &mut keys.expired
                }
                "suspended" => &mut keys.suspended,
                "pending" => &mut keys.pending,
                other => {
                    return Err(Failure::refused(format!(
                        "the document has no keys called {other}"
                    )));
                }
            };
            list.push(key);
        }
        keys.renewal = self.note(|book| book.renewal_keys.clone());
        Ok((keys, ids))
    }
}

fn app_version(machine: usize) -> String {
    ["1.0.4", "2.0.1", "2.0.3", "2.1.0"][machine % 4].to_owned()
}

/// What a machine says of itself, the same whenever it is asked.
fn profile(
    slug: &str,
    machine: usize,
    arrived_by: alvara_domain::machine::ArrivedBy,
) -> Outcome<ActivationRequest> {
    let seed = slug
        .bytes()
        .fold(u64::try_from(machine).unwrap_or(0), |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
    let mut dice = Dice::new(seed);
    let odd = || Failure::refused("a machine of the demonstration is impossible");
    let parts = [
        ("board", dice.hex(16)),
        ("cpu", dice.hex(12)),
        ("disk", dice.hex(20)),
        ("mac", dice.hex(12)),
    ];
    let parts: BTreeMap<String, String> = parts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Ok(ActivationRequest {
        fingerprint: dice.hex(64).parse().map_err(|_| odd())?,
        components: Components::try_from(parts).map_err(|_| odd())?,
        name: format!(
            "{}-{machine:02}",
            dice.pick(&["DESK", "LAPTOP", "SERVER", "POS"])
                .copied()
                .unwrap_or("DESK")
        ),
        platform: dice
            .pick(&["windows-x64", "windows-x64", "linux-x64", "macos-arm64"])
            .copied()
            .unwrap_or("linux-x64")
            .to_owned(),
        app_version: app_version(machine),
        user: None,
        site: None,
        arrived_by,
    })
}

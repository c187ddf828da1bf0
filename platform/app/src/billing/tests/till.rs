//! A shop with a customer whose license can be renewed, and an account to be paid by.

use std::collections::BTreeMap;
use std::sync::Arc;

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::{Charge, LatePolicy};
use alvara_domain::id::{ChargeId, LicenseId, NodeId, OrderId, PaymentAccountId, PlanId, PluginId};
use alvara_domain::invoice::InvoiceKind;
use alvara_domain::ledger::Account;
use alvara_domain::license::License;
use alvara_domain::money::{BasisPoints, Currency, Money};
use alvara_domain::node::{NodeKind, Tenant};
use alvara_domain::order::{Order, OrderLine, PaymentTerms};
use alvara_domain::payment::ask::{CaptureMode, Source};
use alvara_domain::payment::report::{
    Capability, ChargeReport, Description, EventBody, Finality, PaymentEvent, Trust,
};
use alvara_domain::payment::{Environment, PluginFault, PluginFaultKind, PspRef};
use alvara_domain::plugin::InstalledPlugin;
use alvara_domain::terms::{TermStart, Terms};
use alvara_domain::time::{Period, UtcTime};
use alvara_store::inbound::EventOutcome;
use alvara_store::{TenantTx, charges, invoices, ledger, licenses, orders, plugins};
use alvara_vault::Secret;

use crate::billing::account::{self, NewAccount};
use crate::billing::charge::{ChargeRequest, dispatch, prepare};
use crate::billing::order::{self, LineRequest, OrderRequest, Placed};
use crate::billing::{Outcome, answer, event};
use crate::catalogue::{NewPlan, NewPolicy, create_plan, create_policy};
use crate::license::issue::{IssueRequest, issue};
use crate::test_house::House;
use crate::{AppError, AppResult};

/// What the plan costs: a number that no share divides evenly.
pub(super) const PRICE: i64 = 19_997;

#[derive(Clone)]
pub(super) struct Till {
    pub(super) house: Arc<House>,
    pub(super) tenant: Tenant,
    pub(super) root: NodeId,
    pub(super) agent: NodeId,
    pub(super) customer: NodeId,
    pub(super) plan: PlanId,
    pub(super) license: LicenseId,
    pub(super) account: PaymentAccountId,
}

pub(super) fn brl(minor: i64) -> Money {
    Money::new(minor, Currency::BRL)
}

/// A version of a plugin that is granted, as far as a payment account looks at it.
fn installed(id: PluginId, now: UtcTime) -> InstalledPlugin {
    InstalledPlugin {
        id,
        name: "pix".to_owned(),
        plugin_version: "1.0.0".to_owned(),
        digest: "0".repeat(64),
        size_bytes: 12,
        manifest: "id = \"pix\"".to_owned(),
        description: Description {
            plugin_id: "pix".to_owned(),
            version: "1.0.0".to_owned(),
            display_name: "PIX".to_owned(),
            methods: vec!["pix".to_owned(), "debit".to_owned()],
            currencies: vec![Currency::BRL],
            countries: vec!["BR".to_owned()],
            capabilities: vec![Capability::Captures, Capability::Mandates],
            late_settlement: true,
            installments: false,
            finality: Finality::Immediate,
            min: None,
            max: None,
            max_installments: 1,
            refund_window_days: None,
            default_expiry_seconds: None,
            config_fields: Vec::new(),
            required_customer_fields: Vec::new(),
        },
        publisher: None,
        grants: Some("{\"certs\":[\"mtls\"]}".to_owned()),
        installed_at: now,
        updated_at: now,
        version: 1,
    }
}

impl Till {
    pub(super) async fn open(house: House) -> Self {
        let house = Arc::new(house);
        // A clock that is never at a whole millisecond, as clocks are.
        let now = house.clock.now().micros();
        assert!(house.clock.set(UtcTime::from_micros(now + 123).unwrap()));
        let tenant = house.acme.tenant.clone();
        let root = tenant.root_node_id;
        let product = house.product(&tenant, "writer").await;
        house.module(&tenant, product.id, "export").await;
        let agent = house.node(&tenant, root, NodeKind::Agent).await;
        let customer = house.node(&tenant, agent.id, NodeKind::Customer).await;
        let terms = Terms {
            starts: TermStart::Issue,
            ..Terms::hybrid()
        };
        let new_policy = NewPolicy {
            product_id: product.id,
            code: "year".to_owned(),
            name: "Year".to_owned(),
            terms,
        };
        let scope = house.scope(&tenant);
        let vault = house.vault.clone();
        let id = tenant.id;
        house
            .platform_write(move |tx| {
                let plugin = installed(tx.new_id()?, tx.now());
                plugins::insert(tx, &plugin, b"no component")?;
                plugins::offer(tx, id, "pix")?;
                Ok(())
            })
            .await
            .unwrap();
        let made = house
            .write(&scope, move |tx| {
                let policy = create_policy(tx, &new_policy)?;
                let plan = NewPlan {
                    policy_id: policy.id,
                    code: "yearly".to_owned(),
                    name: "Yearly".to_owned(),
                    price: brl(PRICE),
                    period: Period::years(1),
                };
                let plan = create_plan(tx, &plan)?;
                let mut request = IssueRequest::of(policy.id, customer.id);
                request.plan_id = Some(plan.id);
                let license = issue(tx, &vault, &request)?.license.id;
                let account = NewAccount {
                    name: "Pix".to_owned(),
                    plugin: "pix".to_owned(),
                    plugin_version: "1.0.0".to_owned(),
                    environment: Environment::Sandbox,
                    config: BTreeMap::from([("key".to_owned(), "a@b.test".to_owned())]),
                    secrets: BTreeMap::from([(
                        "client_secret".to_owned(),
                        Secret::new("s3cr3t".to_owned()),
                    )]),
                    late_policy: LatePolicy::Honour,
                    first_title: None,
                };
                let account = account::create(tx, &vault, &account)?.id;
                Ok((plan.id, license, account))
            })
            .await
            .unwrap();
        let (plan, license, account) = made;
        Self {
            house,
            tenant,
            root,
            agent: agent.id,
            customer: customer.id,
            plan,
            license,
            account,
        }
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut TenantTx<'_>) -> AppResult<T> + Send + 'static,
    ) -> AppResult<T> {
        self.house
            .write(&self.house.scope(&self.tenant), work)
            .await
    }

    /// An order that renews the license.
    pub(super) async fn order(&self, terms: PaymentTerms) -> AppResult<Placed> {
        let line = LineRequest::Renew {
            license: self.license,
            plan: None,
            quantity: 1,
        };
        self.order_of(terms, vec![line]).await
    }

    pub(super) async fn order_of(
        &self,
        terms: PaymentTerms,
        lines: Vec<LineRequest>,
    ) -> AppResult<Placed> {
        let vault = self.house.vault.clone();
        let request = OrderRequest {
            node_id: Some(self.customer),
            lines,
            terms,
            discount: BasisPoints::ZERO,
        };
        self.write(move |tx| order::create(tx, &vault, &request))
            .await
    }

    pub(super) fn request(&self, order_id: OrderId) -> ChargeRequest {
        ChargeRequest {
            order_id,
            account_id: self.account,
            method: "pix".to_owned(),
            source: Source::None,
            due: None,
            card: None,
            capture: CaptureMode::Automatic,
            expires_at: None,
            return_url: None,
            cancel_url: None,
            webhook_url: None,
        }
    }

    /// A charge whose request left.
    pub(super) async fn sent(&self, order: OrderId) -> ChargeId {
        let request = self.request(order);
        self.write(move |tx| {
            let prepared = prepare(tx, &request)?;
            let sent = dispatch(tx, prepared.charge.id, prepared.attempt.number)?;
            assert_eq!(sent.unwrap().charge.state, ChargeState::Unknown);
            Ok(prepared.charge.id)
        })
        .await
        .unwrap()
    }

    /// A charge that waits for its customer.
    pub(super) async fn shown(&self, order: OrderId) -> ChargeId {
        let id = self.sent(order).await;
        let report = report(id, ChargeState::RequiresAction, 0, 0);
        assert_eq!(self.answer(id, Ok(report)).await, Outcome::Applied);
        id
    }

    pub(super) async fn answer(
        &self,
        id: ChargeId,
        answer: Result<ChargeReport, PluginFault>,
    ) -> Outcome {
        let vault = self.house.vault.clone();
        self.write(move |tx| answer::apply_answer(tx, &vault, (id, 1), answer.as_ref()))
            .await
            .unwrap()
    }

    pub(super) async fn sync(&self, id: ChargeId, report: ChargeReport) -> Outcome {
        let vault = self.house.vault.clone();
        self.write(move |tx| answer::synced(tx, &vault, id, Ok(&report)))
            .await
            .unwrap()
    }

    pub(super) async fn tell(&self, event: PaymentEvent) -> EventOutcome {
        let (vault, account) = (self.house.vault.clone(), self.account);
        self.write(move |tx| event::apply(tx, &vault, (account, "1.0.0"), &event))
            .await
            .unwrap()
    }

    /// What a line of a bank's file says.
    pub(super) async fn line(&self, event: PaymentEvent) -> EventOutcome {
        let (vault, account) = (self.house.vault.clone(), self.account);
        self.write(move |tx| event::apply_line(tx, &vault, account, &event))
            .await
            .unwrap()
    }

    pub(super) async fn charge(&self, id: ChargeId) -> Charge {
        self.write(move |tx| charges::find(tx, id)?.ok_or(AppError::NotFound("charge")))
            .await
            .unwrap()
    }

    pub(super) async fn order_now(&self, id: OrderId) -> (Order, Vec<OrderLine>) {
        self.write(move |tx| {
            let order = orders::find(tx, id)?.ok_or(AppError::NotFound("order"))?;
            Ok((order, orders::lines(tx, id)?))
        })
        .await
        .unwrap()
    }

    pub(super) async fn license_now(&self) -> License {
        let id = self.license;
        self.write(move |tx| licenses::find(tx, id)?.ok_or(AppError::NotFound("license")))
            .await
            .unwrap()
    }

    /// What the receipts and what the credit notes of a charge are over, as they were numbered; and
    /// that together they say what the books say.
    pub(super) async fn papers(&self, id: ChargeId) -> (Vec<i64>, Vec<i64>) {
        self.write(move |tx| {
            let mut all = invoices::list_of_charge(tx, id)?;
            all.sort_by_key(|one| one.number);
            let of = |kind: InvoiceKind| -> Vec<i64> {
                let those = all.iter().filter(|one| one.kind == kind);
                those.map(|one| one.content.total.amount_minor).collect()
            };
            let (receipts, notes) = (of(InvoiceKind::Receipt), of(InvoiceKind::CreditNote));
            let charge = charges::find(tx, id)?.ok_or(AppError::NotFound("charge"))?;
            let kept: i64 = receipts.iter().sum::<i64>() - notes.iter().sum::<i64>();
            let book = charge.book;
            assert_eq!(kept, book.earned - book.returned(), "{all:?}");
            Ok((receipts, notes))
        })
        .await
        .unwrap()
    }

    /// Balances of accounts, and that the whole ledger sums to zero.
    pub(super) async fn balances<const N: usize>(&self, accounts: [Account; N]) -> [i64; N] {
        self.write(move |tx| {
            assert_eq!(ledger::imbalance_of(tx, Currency::BRL)?, 0);
            let mut sums = [0; N];
            for (sum, account) in sums.iter_mut().zip(accounts) {
                *sum = ledger::balance(tx, (account, Currency::BRL), None)?;
            }
            Ok(sums)
        })
        .await
        .unwrap()
    }
}

pub(super) fn psp(kind: &str, value: String) -> PspRef {
    PspRef {
        kind: kind.to_owned(),
        value,
    }
}

pub(super) fn report(
    id: ChargeId,
    state: ChargeState,
    captured: i64,
    refunded: i64,
) -> ChargeReport {
    ChargeReport {
        state,
        refs: vec![psp("txid", format!("tx-{id}"))],
        authorized: brl(0),
        captured: brl(captured),
        refunded: brl(refunded),
        action: None,
        decline: None,
        paid_at: None,
        settles_on: None,
        expires_at: None,
        fees: Vec::new(),
        stored_method: None,
        poll_at: None,
        raw_status: state.to_string(),
    }
}

/// Signed by the provider.
pub(super) fn event(id: &str, at: &str, report: ChargeReport) -> PaymentEvent {
    PaymentEvent {
        event_id: id.to_owned(),
        occurred_at: Some(at.parse::<UtcTime>().unwrap()),
        trust: Trust::Signed,
        refs: Vec::new(),
        body: EventBody::Charge(report),
    }
}

pub(super) fn fault(kind: PluginFaultKind) -> PluginFault {
    PluginFault {
        kind,
        message: "said the provider".to_owned(),
        psp_code: None,
        http_status: None,
        retry_after_ms: None,
        violations: Vec::new(),
    }
}

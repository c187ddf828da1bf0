//! The form that issues: what is sold, to whom, for how many, with what, at which price.

use actix_web::http::StatusCode;
use alvara_app::{AppError, AppResult};
use alvara_domain::id::{NodeId, PlanId, PolicyId};
use alvara_domain::node::Node;
use alvara_domain::product::{Module, Plan, Policy, Product};
use alvara_render::page::{Badge, Cell, Choice, Fact, FieldKind, FieldView, FormView, Link, Page};
use alvara_store::customers::{self, CustomerFilter};
use alvara_store::page::PageRequest;
use alvara_store::{Db, Scope, TenantTx, modules, nodes, plans, policies, products};
use alvara_tenants::PermissionKey;
use serde::Serialize;

use super::super::super::desk::Desk;
use super::super::super::entry::Entry;
use super::super::super::tell::Tell;
use crate::problem::Problem;

/// Customers that the field offers; further ones are found by name.
const MOST: u32 = 200;

/// What was chosen before the form.
pub(in crate::portal) struct Chosen {
    pub(in crate::portal) policy: PolicyId,
    pub(in crate::portal) plan: Option<PlanId>,
    /// Who holds it.
    pub(in crate::portal) holder: Option<String>,
    /// Part of the name of who shall.
    pub(in crate::portal) sought: Option<String>,
}

/// How many are issued by the form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::portal) enum Purpose {
    /// One, with all that concerns one.
    One,
    /// Many that are alike.
    Many,
}

/// Fields that belong together.
#[derive(Serialize)]
struct Group {
    title: String,
    fields: Vec<FieldView>,
}

/// The price.
#[derive(Serialize)]
struct QuoteView {
    facts: Vec<Fact>,
}

/// The form that issues.
#[derive(Serialize)]
pub(in crate::portal) struct IssuePage {
    title: String,
    badge: Option<Badge>,
    intro: Option<String>,
    back: Option<Link>,
    /// Whether customers are found by name.
    finds: bool,
    sought: String,
    kept: Vec<Link>,
    form: FormView,
    groups: Vec<Group>,
    quote: Option<QuoteView>,
    calculates: bool,
    #[serde(skip)]
    product: String,
    /// Where each group begins among the fields, and what it is called.
    #[serde(skip)]
    starts: Vec<(String, usize)>,
}

impl Page for IssuePage {
    const TEMPLATE: &'static str = "issue";
}

impl IssuePage {
    /// A form with its fields in groups, and a search for the place it concerns.
    pub(in crate::portal) fn new(
        title: String,
        back: Link,
        form: FormView,
        starts: Vec<(String, usize)>,
    ) -> Self {
        let mut page = Self {
            title,
            badge: None,
            intro: None,
            back: Some(back),
            finds: true,
            sought: String::new(),
            kept: Vec::new(),
            form,
            groups: Vec::new(),
            quote: None,
            calculates: false,
            product: String::new(),
            starts,
        };
        page.arrange();
        page
    }

    /// What stands in the search for a place, when it was used.
    pub(in crate::portal) fn sought(mut self, sought: Option<String>) -> Self {
        self.sought = sought.unwrap_or_default();
        self
    }

    /// What the product is called.
    pub(super) fn product(&self) -> &str {
        &self.product
    }

    /// Shows a price.
    pub(super) fn price(&mut self, facts: Vec<Fact>) {
        self.quote = Some(QuoteView { facts });
    }

    fn arrange(&mut self) {
        let fields = &self.form.fields;
        let ends = self.starts.iter().skip(1).map(|(_, at)| *at);
        let ends: Vec<usize> = ends.chain([fields.len()]).collect();
        self.groups = self
            .starts
            .iter()
            .zip(ends)
            .map(|((title, from), to)| Group {
                title: title.clone(),
                fields: fields.get(*from..to).map_or_else(Vec::new, <[_]>::to_vec),
            })
            .collect();
    }

    /// Puts back what was typed.
    pub(in crate::portal) fn fill(&mut self, entry: &Entry) {
        for field in &mut self.form.fields {
            field.refill(entry.typed(&field.name));
        }
        self.tick(entry);
    }

    /// Boxes of one name are ticked each by its own value.
    fn tick(&mut self, entry: &Entry) {
        let ticked = entry.all("modules[]");
        for field in &mut self.form.fields {
            if field.name == "modules[]" {
                field.checked = ticked.contains(&field.value.as_str());
            }
        }
        self.arrange();
    }

    /// The form again, with what is wrong with it.
    ///
    /// # Errors
    /// The problem itself where it is none of the form's.
    pub(in crate::portal) fn again(
        &mut self,
        desk: &Desk,
        entry: &Entry,
        problem: Problem,
    ) -> Result<StatusCode, Problem> {
        let status = desk.again(&mut self.form, entry, problem)?;
        self.tick(entry);
        Ok(status)
    }
}

struct Known {
    policy: Policy,
    product: Product,
    plan: Option<Plan>,
    modules: Vec<Module>,
    holders: Vec<(NodeId, String)>,
    own: Option<Node>,
}

/// The customers that may be chosen: those of a name, and the one that was chosen before.
///
/// # Errors
/// When the database fails.
pub(in crate::portal) fn holders(
    tx: &mut TenantTx<'_>,
    sought: Option<&str>,
    chosen: Option<&str>,
) -> AppResult<Vec<(NodeId, String)>> {
    let filter = CustomerFilter {
        search: sought.map(str::to_owned),
        ..CustomerFilter::default()
    };
    let page = PageRequest::new(Some(MOST), None);
    let mut found: Vec<(NodeId, String)> = customers::list(tx, &filter, &page)?
        .items
        .into_iter()
        .map(|placed| (placed.node.id, placed.node.name))
        .collect();
    let chosen = chosen.and_then(|chosen| chosen.parse::<NodeId>().ok());
    if let Some(id) = chosen
        && !found.iter().any(|(known, _)| *known == id)
        && let Some(node) = nodes::find(tx, id)?
    {
        found.insert(0, (node.id, node.name));
    }
    Ok(found)
}

fn read(tx: &mut TenantTx<'_>, chosen: &Chosen, own: Option<NodeId>) -> AppResult<Known> {
    let policy = policies::find(tx, chosen.policy)?.ok_or(AppError::NotFound("policy"))?;
    let product = products::find(tx, policy.product_id)?.ok_or(AppError::NotFound("product"))?;
    let plan = match chosen.plan {
        Some(id) => plans::find(tx, id)?.filter(|plan| plan.policy_id == policy.id),
        None => None,
    };
    let holders = holders(tx, chosen.sought.as_deref(), chosen.holder.as_deref())?;
    let own = match own {
        Some(id) => nodes::find(tx, id)?,
        None => None,
    };
    Ok(Known {
        modules: modules::list(tx, product.id)?,
        policy,
        product,
        plan,
        holders,
        own,
    })
}

/// The form for what was chosen.
///
/// # Errors
/// 404 for a policy that is none of the tenant's.
pub(in crate::portal) async fn of(
    desk: &Desk,
    (scope, db): (&Scope, &Db),
    chosen: Chosen,
    purpose: Purpose,
) -> Result<IssuePage, Problem> {
    let own = desk.principal().map(|principal| principal.node());
    let (holder, sought) = (chosen.holder.clone(), chosen.sought.clone());
    let work = move |tx: &mut TenantTx<'_>| read(tx, &chosen, own);
    let known = db.read(scope, work).await?;
    Ok(draw(desk, &known, (holder, sought), purpose))
}

fn draw(
    desk: &Desk,
    known: &Known,
    (holder, sought): (Option<String>, Option<String>),
    purpose: Purpose,
) -> IssuePage {
    let tell = desk.tell();
    let word = |key: &str| tell.word(&format!("licenses-{key}"));
    let mut fields = vec![FieldView::hidden("policy_id", known.policy.id.to_string())];
    if let Some(plan) = &known.plan {
        fields.push(FieldView::hidden("plan_id", plan.id.to_string()));
    }
    fields.push(FieldView::hidden(
        "_modules",
        usual(&known.policy).join(","),
    ));
    let mut starts = vec![(word("group-holder"), 0)];
    fields.push(holder_field(&tell, known, holder.as_deref()));
    starts.push((word("group-seats"), fields.len()));
    fields.extend(seat_fields(&tell, known, purpose));
    if !known.modules.is_empty() {
        starts.push((word("modules"), fields.len()));
        fields.extend(module_fields(known));
    }
    if known.plan.is_some() {
        starts.push((word("price"), fields.len()));
        let discount = FieldView {
            inputmode: Some("decimal"),
            ..FieldView::text("discount_percent:percent", word("discount"))
        };
        fields.push(discount.hint(word("discount-hint")));
    }
    starts.push((word("note"), fields.len()));
    fields.push(FieldView::new(FieldKind::Area, "note", word("note")));
    let (action, title, submit) = match purpose {
        Purpose::One => ("/licenses/new", word("new"), word("issue")),
        Purpose::Many => (
            "/licenses/bulk",
            tell.word("batches-new"),
            tell.word("batches-issue"),
        ),
    };
    let form = FormView::new(action, submit, fields)
        .cancel(Link::new("/licenses", tell.word("portal-cancel")));
    let back = Link::new(action, word("choose-offer"));
    let mut page = IssuePage::new(title, back, form, starts).sought(sought);
    let sold = known
        .plan
        .as_ref()
        .map_or(&known.policy.name, |plan| &plan.name);
    page.intro = Some(match &known.plan {
        Some(plan) => format!(
            "{} · {sold} · {}",
            known.product.name,
            tell.money(plan.price)
        ),
        None => format!("{} · {sold}", known.product.name),
    });
    page.kept = vec![Link::new(known.policy.id.to_string(), "policy")];
    if let Some(plan) = &known.plan {
        page.kept.push(Link::new(plan.id.to_string(), "plan"));
    }
    page.calculates =
        known.plan.is_some() && purpose == Purpose::One && desk.may(PermissionKey::PriceRead);
    page.product.clone_from(&known.product.name);
    page
}

/// The modules that a license of the policy has by itself.
fn usual(policy: &Policy) -> Vec<String> {
    let modules = policy.terms.modules.iter();
    modules.map(|module| module.code.clone()).collect()
}

fn holder_field(tell: &Tell, known: &Known, holder: Option<&str>) -> FieldView {
    let now = holder.unwrap_or_default();
    let mut choices = Vec::new();
    if let Some(own) = &known.own {
        let args = alvara_render::Args::new().text("name", own.name.clone());
        choices.push(Choice::new(
            own.id.to_string(),
            tell.say("licenses-stock", args),
            now,
        ));
    }
    let own = known.own.as_ref().map(|own| own.id);
    let others = known.holders.iter().filter(|(id, _)| Some(*id) != own);
    choices.extend(others.map(|(id, name)| Choice::new(id.to_string(), name, now)));
    FieldView::select("node_id", tell.word("licenses-holder"), choices)
        .required()
        .hint(tell.word("licenses-holder-hint"))
}

fn seat_fields(tell: &Tell, known: &Known, purpose: Purpose) -> Vec<FieldView> {
    let word = |key: &str| tell.word(&format!("licenses-{key}"));
    let mut fields = Vec::new();
    if purpose == Purpose::Many {
        fields.push(
            FieldView::new(FieldKind::Number, "count:int", tell.word("batches-count"))
                .required()
                .hint(tell.word("batches-count-hint")),
        );
    }
    let usual = known.policy.terms.machine_limit;
    let usual = usual.map_or_else(|| "∞".to_owned(), |limit| limit.to_string());
    let hint = alvara_render::Args::new().text("usual", usual);
    fields.push(
        FieldView::new(
            FieldKind::Number,
            "machine_limit:int",
            word("machine-limit"),
        )
        .hint(tell.say("licenses-machine-limit-usual", hint)),
    );
    if purpose == Purpose::One {
        fields.push(FieldView::text("user", word("user")).hint(word("user-hint")));
        fields.push(FieldView::text("site", word("site")));
    }
    fields
}

fn module_fields(known: &Known) -> Vec<FieldView> {
    let usual = usual(&known.policy);
    known
        .modules
        .iter()
        .map(|module| {
            let mut field = FieldView::check("modules[]", &module.name);
            field.id = format!("f-module-{}", module.code);
            field.checked = usual.contains(&module.code);
            field.value.clone_from(&module.code);
            field
        })
        .collect()
}

/// A quiet cell for what the price of a place is made of.
pub(super) fn amount(text: String) -> Cell {
    Cell::text(text)
}

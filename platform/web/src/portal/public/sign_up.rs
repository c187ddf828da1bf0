//! Somebody registers as a customer, or to try a product, and waits to be validated.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::customer::OpenProduct;
use alvara_render::page::{Choice, FieldKind, FieldView, FormPage, FormView, Link};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use crate::api::v1::program::customer_registrations as interface;
use crate::body::Json;
use crate::problem::{Fault, Problem};
use crate::visitor::Visitor;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/signup").get(ask).post(register))
        .service(web::resource("/trial").get(ask_trial).post(register_trial));
}

/// What one registers for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// To be a customer, perhaps with a product in mind.
    Customer,
    /// To try a product.
    Trial,
}

impl Wish {
    const fn path(self) -> &'static str {
        match self {
            Self::Customer => "/signup",
            Self::Trial => "/trial",
        }
    }

    /// The products that can be chosen; nothing where there is no such page.
    fn choices(self, open: &[OpenProduct]) -> Option<Vec<&OpenProduct>> {
        let open = open
            .iter()
            .filter(|product| self == Self::Customer || product.trial);
        let open: Vec<&OpenProduct> = open.collect();
        (self == Self::Customer || !open.is_empty()).then_some(open)
    }
}

fn product_field(desk: &Desk, wish: Wish, open: &[&OpenProduct]) -> FieldView {
    let tell = desk.tell();
    let query = Query::of(desk);
    let now = query.get("product").unwrap_or_default();
    let mut choices = Vec::new();
    if wish == Wish::Customer {
        choices.push(Choice::new("", tell.word("signup-no-product"), now));
    }
    let products = open.iter();
    choices.extend(products.map(|product| Choice::new(&product.code, &product.name, now)));
    let field = FieldView::select("product", tell.word("signup-product"), choices);
    match wish {
        Wish::Customer => field.hint(tell.word("signup-product-hint")),
        Wish::Trial => field.required(),
    }
}

fn page(desk: &Desk, wish: Wish, open: &[OpenProduct]) -> Result<FormPage, Problem> {
    let tell = desk.tell();
    let products = wish.choices(open).ok_or_else(Problem::not_found)?;
    let mut fields = vec![
        FieldView::text("name", tell.word("signup-name"))
            .required()
            .autocomplete("name"),
        FieldView::new(FieldKind::Email, "email", tell.word("signup-email"))
            .required()
            .autocomplete("email")
            .hint(tell.word("signup-email-hint")),
        FieldView::text("company", tell.word("signup-company")).autocomplete("organization"),
        FieldView::text("tax_id", tell.word("signup-tax-id")).hint(tell.word("signup-tax-id-hint")),
        FieldView::new(FieldKind::Tel, "phone", tell.word("signup-phone")).autocomplete("tel"),
    ];
    if !products.is_empty() {
        fields.insert(0, product_field(desk, wish, &products));
    }
    let (title, intro, submit) = match wish {
        Wish::Customer => ("signup-title", "signup-intro", "signup-submit"),
        Wish::Trial => ("trial-title", "trial-intro", "trial-submit"),
    };
    let mut links = vec![Link::new("/login", tell.word("portal-sign-in"))];
    if wish == Wish::Customer && Wish::Trial.choices(open).is_some() {
        links.push(Link::new("/trial", tell.word("trial-title")));
    }
    Ok(FormPage {
        title: tell.word(title),
        intro: Some(tell.word(intro)),
        form: FormView::new(wish.path(), tell.word(submit), fields),
        links,
        ..FormPage::default()
    })
}

async fn asked(
    wish: Wish,
    desk: Desk,
    visitor: Visitor,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let open = platform.open_products(&visitor.knock).await?;
    desk.show(&page(&desk, wish, &open)?)
}

async fn ask(
    desk: Desk,
    visitor: Visitor,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    asked(Wish::Customer, desk, visitor, platform).await
}

async fn ask_trial(
    desk: Desk,
    visitor: Visitor,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    asked(Wish::Trial, desk, visitor, platform).await
}

/// Registers. What is said afterwards is the same for an address that is known.
async fn registered(
    wish: Wish,
    desk: Desk,
    visitor: Visitor,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let made = match entry.read() {
        Ok(body) => interface::create(desk.request().clone(), platform.clone(), Json(body)).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(desk.done(wish.path(), "signup-received")),
        Err(problem) => {
            let open = platform.open_products(&visitor.knock).await?;
            desk.retry(page(&desk, wish, &open)?, &entry, problem)
        }
    }
}

async fn register(
    desk: Desk,
    visitor: Visitor,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    registered(Wish::Customer, desk, visitor, entry, platform).await
}

/// As [`register`]: that a trial needs a product is said by the form, where there is one to choose.
async fn register_trial(
    desk: Desk,
    visitor: Visitor,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    if entry.text("product").is_empty() {
        let missing = Fault::message("/product", "required", "field-required");
        let open = platform.open_products(&visitor.knock).await?;
        let page = page(&desk, Wish::Trial, &open)?;
        return desk.retry(page, &entry, Problem::field(missing));
    }
    registered(Wish::Trial, desk, visitor, entry, platform).await
}

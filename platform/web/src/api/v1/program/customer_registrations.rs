//! Somebody registers as a customer. They have no account and get none here: they wait.

use actix_web::{HttpRequest, HttpResponse, web};
use alvara_app::Platform;
use alvara_app::customer::{CustomerRegistration, TypedTaxId};
use alvara_domain::tax_id::TaxIdKind;
use alvara_render::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::knock;
use crate::api::v1::customers::SiteBody;
use crate::body::{Json, Text};
use crate::frame::Context;
use crate::problem::Problem;

/// What somebody says of themselves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCustomerRegistration {
    /// Their name.
    #[schema(value_type = String, max_length = 200, example = "Beatriz Lima")]
    name: Text<1, 200>,
    /// Where to write to; by this they are known.
    #[schema(value_type = String, max_length = 254, example = "beatriz@aurora.example")]
    email: Text<3, 254>,
    /// Their company; a person without.
    #[schema(value_type = Option<String>, max_length = 200)]
    company: Option<Text<0, 200>>,
    /// CPF, CNPJ or partita IVA, however it is written.
    #[schema(value_type = Option<String>, max_length = 40)]
    tax_id: Option<Text<1, 40>>,
    /// `cpf`, `cnpj` or `piva`; found out when left out.
    #[schema(value_type = Option<String>)]
    tax_id_kind: Option<TaxIdKind>,
    #[schema(value_type = Option<String>, max_length = 40)]
    phone: Option<Text<0, 40>>,
    /// Their premises, at most 50.
    #[serde(default)]
    #[schema(max_items = 50)]
    sites: Vec<SiteBody>,
    /// Code of the product they are interested in.
    #[schema(value_type = Option<String>, max_length = 32)]
    product: Option<Text<1, 32>>,
}

/// Somebody registered. The same whether they are known or not.
#[derive(Serialize, ToSchema)]
pub(crate) struct CustomerRegistrationView {
    /// By which they may ask about it: always the same for one address.
    id: String,
    /// `pending`.
    status: &'static str,
    /// What waits with them.
    licenses_waiting: Vec<WaitingLicense>,
}

/// A license that waits with its customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct WaitingLicense {
    /// Code of its product.
    product: String,
    /// `pending`.
    state: &'static str,
}

/// Registers somebody as a customer of the tenant whose host is called. They wait until somebody
/// validates them, and a license for the product they named waits with them where its rule says so.
/// The answer does not tell whether the address or the tax number is known.
#[utoipa::path(post, path = "/customers/registrations", tag = "customers", operation_id = "register_customer",
    security(()), request_body = NewCustomerRegistration,
    responses((status = 201, description = "They wait to be validated.", body = CustomerRegistrationView)))]
pub(crate) async fn create(
    request: HttpRequest,
    platform: web::Data<Platform>,
    Json(body): Json<NewCustomerRegistration>,
) -> Result<HttpResponse, Problem> {
    let knock = knock(platform.gate(), &request).await?;
    let asked = CustomerRegistration {
        locale: reader(&request, platform.words()?),
        ..body.read()
    };
    let registered = platform.register_customer(&knock, asked).await?;
    Ok(HttpResponse::Created().json(CustomerRegistrationView {
        id: registered.reference,
        status: "pending",
        licenses_waiting: registered
            .waiting
            .into_iter()
            .map(|waiting| WaitingLicense {
                product: waiting.product,
                state: "pending",
            })
            .collect(),
    }))
}

/// The language that a page would be in for who asks.
pub(crate) fn reader(request: &HttpRequest, words: &Words) -> String {
    Context::of(request).page_locale(words).tag().to_owned()
}

impl NewCustomerRegistration {
    fn read(self) -> CustomerRegistration {
        let kind = self.tax_id_kind;
        CustomerRegistration {
            name: self.name.into_string(),
            email: self.email.into_string(),
            company: self.company.map(Text::into_string),
            tax_id: self.tax_id.map(|number| TypedTaxId {
                kind,
                number: number.into_string(),
            }),
            phone: self.phone.map(Text::into_string).unwrap_or_default(),
            sites: self.sites.into_iter().map(SiteBody::read).collect(),
            product: self.product.map(Text::into_string),
            locale: String::new(),
        }
    }
}

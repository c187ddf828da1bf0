//! A tenant's own settings.

pub(crate) mod hosts;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::customer::TypedTaxId;
use alvara_app::tenancy::{TenantChange, update_tenant};
use alvara_domain::id::ProductId;
use alvara_domain::money::Currency;
use alvara_domain::tax_id::TaxIdKind;
use alvara_domain::time::ZoneName;
use alvara_store::{Db, TenantTx, tenants};
use alvara_tenants::permissions::{SettingsRead, SettingsUpdate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::customers::AddressBody;
use super::tenants::TenantView;
use crate::answer;
use crate::body::{Json, Text, nullable};
use crate::caller::Caller;
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::Id;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/settings").get(get).patch(update))
        .service(
            web::resource("/settings/hosts")
                .get(hosts::list)
                .post(hosts::claim),
        )
        .service(web::resource("/settings/hosts/{own_host}").delete(hosts::remove))
        .service(web::resource("/settings/host-proof").get(hosts::proof));
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsPatch {
    name: Option<Text<1, 200>>,
    #[schema(example = "pt-BR")]
    locale: Option<Text<2, 10>>,
    /// For what is made from now on.
    #[schema(value_type = Option<String>, example = "BRL")]
    currency: Option<Currency>,
    #[schema(value_type = Option<String>, example = "America/Sao_Paulo")]
    time_zone: Option<ZoneName>,
    /// For programs that name no product; null is none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Id>)]
    default_product_id: Option<Option<ProductId>>,
    /// CPF, CNPJ or partita IVA, printed on documents from now on; null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "11.222.333/0001-81")]
    tax_id: Option<Option<Text<1, 40>>>,
    /// `cpf`, `cnpj` or `piva`; found out when left out.
    #[schema(value_type = Option<String>, example = "cnpj")]
    tax_id_kind: Option<TaxIdKind>,
    /// Printed on documents from now on; null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Option<AddressBody>>,
}

/// Shows one's own tenant.
#[utoipa::path(get, path = "/settings", tag = "tenants", operation_id = "get_settings",
    responses((status = 200, description = "The tenant.", body = TenantView)))]
pub(crate) async fn get(
    caller: Caller<SettingsRead>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let tenant = db.read(&caller.scope, tenants::load_own).await?;
    Ok(answer::version(tenant.version, &TenantView::from(tenant)))
}

/// Changes one's own tenant.
#[utoipa::path(patch, path = "/settings", tag = "tenants", operation_id = "update_settings", request_body = SettingsPatch,
    responses((status = 200, description = "Changed.", body = TenantView)))]
pub(crate) async fn update(
    caller: Caller<SettingsUpdate>,
    if_match: IfMatch,
    Json(body): Json<SettingsPatch>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let kind = body.tax_id_kind;
    let typed = |number: Text<1, 40>| TypedTaxId {
        kind,
        number: number.into_string(),
    };
    let change = TenantChange {
        name: body.name.map(Text::into_string),
        locale: body.locale.map(Text::into_string),
        currency: body.currency,
        time_zone: body.time_zone,
        default_product_id: body.default_product_id,
        tax_id: body.tax_id.map(|number| number.map(typed)),
        address: body.address.map(|address| address.map(AddressBody::read)),
    };
    let work = move |tx: &mut TenantTx<'_>| {
        let present = tenants::load_own(tx)?;
        update_tenant(tx, if_match.against(present.version), &change)
    };
    let tenant = db.write(&caller.scope, work).await?;
    Ok(answer::version(tenant.version, &TenantView::from(tenant)))
}

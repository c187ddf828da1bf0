//! Settings: the tenant itself, prices, who may register, and how money comes in.

mod accounts;
mod general;
pub(super) mod hosts;
mod prices;
mod registrations;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use alvara_render::page::{Card, HomePage};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::SettingsRead;

use super::desk::Desk;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/settings").get(hub))
        .configure(general::routes)
        .configure(hosts::routes)
        .configure(prices::routes)
        .configure(registrations::routes)
        .configure(accounts::routes);
}

/// What there is to set, where, and what one must be allowed to see for it.
const PARTS: [(&str, &str, PermissionKey); 10] = [
    ("/settings/general", "general", PermissionKey::SettingsRead),
    ("/branding", "branding", PermissionKey::BrandRead),
    ("/settings/hosts", "hosts", PermissionKey::SettingsRead),
    ("/products", "products", PermissionKey::ProductRead),
    ("/prices", "prices", PermissionKey::PriceRead),
    (
        "/payment-accounts",
        "accounts",
        PermissionKey::PaymentAccountRead,
    ),
    (
        "/settings/registrations",
        "registrations",
        PermissionKey::RegistrationRuleRead,
    ),
    ("/audit", "audit", PermissionKey::AuditRead),
    ("/roles", "roles", PermissionKey::RoleRead),
    ("/api-keys", "keys", PermissionKey::ApiKeyRead),
];

async fn hub(desk: Desk, _: Caller<SettingsRead>) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let cards = PARTS
        .iter()
        .filter(|(_, _, key)| desk.may(*key))
        .map(|(href, part, _)| Card {
            title: tell.word(&format!("settings-{part}")),
            href: Some((*href).to_owned()),
            bar_text: tell.word(&format!("settings-{part}-about")),
            ..Card::default()
        });
    desk.show(&HomePage {
        title: tell.word("nav-settings"),
        cards: cards.collect(),
        ..HomePage::default()
    })
}

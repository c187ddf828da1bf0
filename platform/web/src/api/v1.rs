//! The routes of version 1 and their description.

pub(crate) mod account;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod batches;
pub(crate) mod brands;
pub(crate) mod charges;
pub(crate) mod computer_keys;
pub(crate) mod customers;
pub(crate) mod ecommerce;
pub(crate) mod invoices;
pub(crate) mod jobs;
pub(crate) mod ledger;
pub(crate) mod license_users;
pub(crate) mod licenses;
pub(crate) mod machines;
pub(crate) mod mails;
pub(crate) mod mandates;
pub(crate) mod members;
pub(crate) mod modules;
pub(crate) mod nodes;
pub(crate) mod notices;
pub(crate) mod oauth;
pub(crate) mod orders;
pub(crate) mod password_links;
pub(crate) mod payment_accounts;
pub(crate) mod plans;
pub(crate) mod plugins;
pub(crate) mod policies;
pub(crate) mod prices;
pub(crate) mod products;
pub(crate) mod program;
pub(crate) mod quotas;
pub(crate) mod registration_rules;
pub(crate) mod registrations;
pub(crate) mod releases;
pub(crate) mod remittances;
pub(crate) mod renewal_keys;
pub(crate) mod return_files;
pub(crate) mod revocations;
pub(crate) mod roles;
pub(crate) mod saved_views;
pub(crate) mod seats;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod signing_keys;
pub(crate) mod tenants;

use actix_web::web::{self, ServiceConfig};
use utoipa::OpenApi;

use crate::idempotency::Idempotent;
use crate::schema;

/// Everything under `/api/v1`, and what is public of a product.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let v1 = web::scope("/api/v1")
        .wrap(Idempotent)
        .configure(oauth::routes)
        .configure(sessions::routes)
        .configure(account::routes)
        .configure(tenants::routes)
        .configure(settings::routes)
        .configure(members::routes)
        .configure(password_links::routes)
        .configure(roles::routes)
        .configure(api_keys::routes)
        .configure(releases::routes)
        .configure(nodes::routes)
        .configure(brands::routes)
        .configure(customers::routes)
        .configure(registrations::routes)
        .configure(registration_rules::routes)
        .configure(products::routes)
        .configure(modules::routes)
        .configure(signing_keys::routes)
        .configure(policies::routes)
        .configure(plans::routes)
        .configure(licenses::routes)
        .configure(seats::routes)
        .configure(license_users::routes)
        .configure(batches::routes)
        .configure(charges::routes)
        .configure(mandates::routes)
        .configure(invoices::routes)
        .configure(quotas::routes)
        .configure(prices::routes)
        .configure(renewal_keys::routes)
        .configure(plugins::routes)
        .configure(payment_accounts::routes)
        .configure(remittances::routes)
        .configure(return_files::routes)
        .configure(orders::routes)
        .configure(ecommerce::routes)
        .configure(ledger::routes)
        .configure(machines::routes)
        .configure(computer_keys::routes)
        .configure(notices::routes)
        .configure(saved_views::routes)
        .configure(mails::routes)
        .configure(jobs::routes)
        .configure(program::routes)
        .configure(audit::routes);
    config
        .service(v1)
        .configure(signing_keys::well_known)
        .configure(revocations::well_known);
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Licensing API",
        version = "1",
        description = "Licenses, the machines that run under them, and everything around. Times are RFC 3339 in UTC, \
            amounts are in the smallest unit of their currency, lists come in pages by `cursor`. Errors are problems \
            (RFC 9457): decide by `code`. Every write takes `Idempotency-Key`; every change takes `If-Match`."
    ),
    tags(
        (name = "programs", description = "What licensed programs call. Open to whoever holds a key or a machine token."),
        (name = "signing in", description = "Tokens for tools (OAuth 2), sessions for browsers, and one's own account."),
        (name = "tenants", description = "The isolated accounts of the installation, and the settings of one's own."),
        (name = "offers", description = "Which products of the operator's a tenant may sell."),
        (name = "nodes", description = "The tree of a tenant: sub-companies, agents, customers."),
        (name = "brands", description = "What places of the tree show of themselves: names, colours, logos, texts."),
        (name = "customers", description = "Who holds licenses: persons and companies, with their contacts and sites."),
        (name = "registrations", description = "Programs that registered themselves, and what becomes of them."),
        (name = "members", description = "The people who may sign in, each at a place of the tree."),
        (name = "roles", description = "What members and API keys may do."),
        (name = "API keys", description = "Credentials of programs that manage."),
        (name = "products", description = "Products, their versions and modules."),
        (name = "signing keys", description = "The keys that computer keys and leases are signed with."),
        (name = "policies and plans", description = "The terms licenses are born with, and their prices."),
        (name = "quotas and prices", description = "How many licenses a place may issue, what they cost it, how much discount it may give."),
        (name = "licenses", description = "Issuing, one by one or in bulk, and everything that happens to a license."),
        (name = "payments", description = "Orders, the charges that pay them, the ledger, commissions, and what may be owed."),
        (name = "plugins", description = "Payment plugins: installing, granting, offering and removing them, and whose are trusted."),
        (name = "renewal keys", description = "Single-use keys that renew."),
        (name = "machines", description = "Machines that run under licenses."),
        (name = "notices", description = "What the people at a place ought to know."),
        (name = "saved views", description = "Lists as somebody keeps them: a name for a search and filters, shared and pinned."),
        (name = "mails", description = "Mails that went to customers, and what became of them."),
        (name = "jobs", description = "Work for later, of all tenants."),
        (name = "releases", description = "Published builds."),
        (name = "audit", description = "Who did what, when, from where; hash-chained."),
    ),
    components(schemas(schema::Id, schema::Instant, schema::Length, schema::Money, schema::Terms)),
    paths(
        oauth::issue,
        sessions::list, sessions::sign_in, sessions::sign_out, sessions::end,
        account::get, account::change_password, account::begin, account::confirm, account::remove,
        password_links::mail, password_links::choose,
        tenants::list, tenants::create, tenants::get, tenants::suspend, tenants::reinstate,
        tenants::list_hosts, tenants::add_host, tenants::remove_host,
        tenants::list_offers, tenants::make_offer, tenants::update_offer, tenants::withdraw_offer, tenants::restore_offer,
        settings::get, settings::update,
        settings::hosts::list, settings::hosts::proof, settings::hosts::claim, settings::hosts::remove,
        members::list, members::create, members::get, members::update, members::suspend, members::reinstate,
        members::reset_password, members::unlock, members::remove_totp,
        roles::list, roles::create, roles::get, roles::update, roles::remove, roles::permissions,
        api_keys::list, api_keys::create, api_keys::get, api_keys::revoke,
        releases::list, releases::publish,
        nodes::list, nodes::create, nodes::get, nodes::update, nodes::hang, nodes::suspend, nodes::reinstate, nodes::history,
        nodes::remove, nodes::bring_back,
        brands::get, brands::put, brands::publish, brands::revert, brands::picture, brands::put_image, brands::remove_image,
        customers::list, customers::create, customers::get, customers::update, customers::history, customers::validate,
        customers::suspend, customers::reinstate, customers::block, customers::unblock, customers::cancel,
        customers::list_contacts, customers::add_contact, customers::update_contact, customers::remove_contact,
        customers::list_sites, customers::add_site, customers::update_site, customers::remove_site,
        registrations::list, registrations::get, registrations::accept, registrations::turn_down, registrations::remove,
        registrations::bring_back, registration_rules::get, registration_rules::put,
        products::list, products::create, products::get, products::update, products::list_versions, products::add,
        modules::list, modules::add, modules::get, modules::update,
        signing_keys::list, signing_keys::rotate, signing_keys::jwks, signing_keys::pem,
        policies::list, policies::create, policies::get, policies::update,
        plans::list, plans::create, plans::get, plans::update,
        licenses::list, licenses::issue, licenses::get, licenses::reveal, licenses::suspend, licenses::reinstate,
        licenses::approve, licenses::revoke, licenses::renew, licenses::convert, licenses::entitlements,
        licenses::list_modules, licenses::set_module, licenses::remove_module,
        licenses::list_meters, licenses::reset_meter,
        quotas::list, quotas::get, quotas::set, quotas::remove,
        prices::list, prices::get, prices::set, prices::remove, prices::set_ceiling, prices::quote,
        licenses::remove, licenses::bring_back, licenses::history,
        seats::list, seats::release, license_users::list, license_users::add, license_users::remove,
        machines::list, machines::get, machines::deactivate, machines::block, machines::unblock, machines::clear_suspicion,
        computer_keys::issue, computer_keys::issue_all, revocations::get,
        licenses::update, licenses::transfer, licenses::transfers,
        batches::list, batches::create, batches::get, batches::keys,
        renewal_keys::list, renewal_keys::create, renewal_keys::get, renewal_keys::revoke,
        machines::figures, machines::metrics, machines::dashboard, machines::transfer,
        notices::list, notices::read,
        saved_views::list, saved_views::create, saved_views::get, saved_views::update, saved_views::remove,
        mails::list, mails::get, mails::send,
        jobs::list, jobs::again,
        plugins::list, plugins::install, plugins::get, plugins::sheet, plugins::grant, plugins::remove,
        plugins::list_publishers, plugins::trust, plugins::distrust,
        plugins::list_of_tenant, plugins::offer, plugins::withdraw, plugins::list_own,
        payment_accounts::list, payment_accounts::create, payment_accounts::get, payment_accounts::update,
        payment_accounts::tell_provider,
        remittances::list, remittances::create, remittances::content,
        return_files::list, return_files::import, return_files::get, return_files::content,
        ecommerce::list, ecommerce::create, ecommerce::get, ecommerce::update, ecommerce::list_skus, ecommerce::set_sku,
        ecommerce::delete_sku, ecommerce::list_orders,
        orders::list, orders::create, orders::get, orders::cancel, orders::fulfil, orders::list_charges,
        charges::complete, charges::confirm,
        charges::create, charges::get, charges::cancel, charges::capture, charges::follow, charges::give_back, charges::sync,
        charges::list_quarantined, charges::decide, charges::slip,
        mandates::create, mandates::list, mandates::get, mandates::cancel, mandates::complete, mandates::sync,
        invoices::list, invoices::pdf, invoices::get_of_order, invoices::pdf_of_order,
        invoices::list_all, invoices::get, invoices::put_fiscal,
        ledger::list, ledger::list_commissions, ledger::get_rule, ledger::put_rule, ledger::statement,
        ledger::get_limit, ledger::put_limit,
        audit::list,
        program::meters::create,
        program::activations::create, program::activations::delete, program::validations::create, program::heartbeats::create,
        program::seats::create, program::seats::keep, program::seats::delete,
        program::offline::activate, program::offline::deactivate,
        program::registrations::create, program::customer_registrations::create,
    )
)]
struct V1;

/// What the handlers say of themselves.
pub(crate) fn describe() -> utoipa::openapi::OpenApi {
    let mut described = V1::openapi();
    let paths = std::mem::take(&mut described.paths);
    for (path, item) in paths.paths {
        let place = if path.starts_with("/.well-known/") {
            path
        } else {
            format!("/api/v1{path}")
        };
        described.paths.paths.insert(place, item);
    }
    described
}

//! The menu: a table of places and what one must be allowed to do there.

use alvara_render::page::NavItem;
use alvara_tenants::{PermissionKey, Principal};

use super::tell::Tell;

/// Whose menu it is. The same addresses serve all of them; the menu only says what matters to whom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Desk {
    Operator,
    House,
    Agent,
    Customer,
}

struct Place {
    desk: Desk,
    href: &'static str,
    key: &'static str,
    needs: PermissionKey,
}

const fn place(desk: Desk, href: &'static str, key: &'static str, needs: PermissionKey) -> Place {
    Place {
        desk,
        href,
        key,
        needs,
    }
}

const PLACES: &[Place] = &[
    place(
        Desk::Operator,
        "/",
        "nav-overview",
        PermissionKey::TenantRead,
    ),
    place(
        Desk::Operator,
        "/tenants",
        "nav-tenants",
        PermissionKey::TenantRead,
    ),
    place(
        Desk::Operator,
        "/products",
        "nav-products",
        PermissionKey::ProductRead,
    ),
    place(
        Desk::Operator,
        "/plugins",
        "nav-plugins",
        PermissionKey::PluginRead,
    ),
    place(
        Desk::Operator,
        "/operations/payments",
        "nav-payments",
        PermissionKey::TenantRead,
    ),
    place(
        Desk::Operator,
        "/operations",
        "nav-operations",
        PermissionKey::AuditRead,
    ),
    place(
        Desk::Operator,
        "/settings",
        "nav-settings",
        PermissionKey::SettingsRead,
    ),
    place(Desk::House, "/", "nav-home", PermissionKey::AccountRead),
    place(
        Desk::House,
        "/licenses",
        "nav-licenses",
        PermissionKey::LicenseRead,
    ),
    place(
        Desk::House,
        "/customers",
        "nav-customers",
        PermissionKey::CustomerRead,
    ),
    place(
        Desk::House,
        "/renewals",
        "nav-renewals",
        PermissionKey::LicenseRenew,
    ),
    place(
        Desk::House,
        "/payments",
        "nav-payments",
        PermissionKey::OrderRead,
    ),
    place(Desk::House, "/team", "nav-team", PermissionKey::MemberRead),
    place(
        Desk::House,
        "/settings",
        "nav-settings",
        PermissionKey::SettingsRead,
    ),
    place(Desk::Agent, "/", "nav-home", PermissionKey::AccountRead),
    place(
        Desk::Agent,
        "/customers",
        "nav-customers",
        PermissionKey::CustomerRead,
    ),
    place(
        Desk::Agent,
        "/licenses",
        "nav-licenses",
        PermissionKey::LicenseRead,
    ),
    place(
        Desk::Agent,
        "/renewals",
        "nav-renewals",
        PermissionKey::LicenseRenew,
    ),
    place(
        Desk::Agent,
        "/commissions",
        "nav-commissions",
        PermissionKey::CommissionRead,
    ),
    place(
        Desk::Customer,
        "/",
        "nav-licenses",
        PermissionKey::LicenseRead,
    ),
    place(
        Desk::Customer,
        "/machines",
        "nav-machines",
        PermissionKey::MachineRead,
    ),
    place(
        Desk::Customer,
        "/payments",
        "nav-payments",
        PermissionKey::OrderRead,
    ),
    place(
        Desk::Customer,
        "/company",
        "nav-company",
        PermissionKey::CustomerRead,
    ),
    place(
        Desk::Customer,
        "/activate",
        "nav-help",
        PermissionKey::LicenseRead,
    ),
];

/// The role's name as its kind of desk knows it; profiles work at the house's.
fn desk_of(principal: &Principal) -> Desk {
    match principal.role().to_string().as_str() {
        "superadmin" => Desk::Operator,
        "agent" => Desk::Agent,
        "customer" => Desk::Customer,
        _ => Desk::House,
    }
}

/// At which desk somebody sits: the operator's people at a tenant's host do the tenant's work.
pub(super) fn desk_at(principal: &Principal, at_tenant: bool) -> Desk {
    match desk_of(principal) {
        Desk::Operator if at_tenant => Desk::House,
        desk => desk,
    }
}

/// The menu of somebody, at the tenant's host or the shared one.
pub(super) fn menu(
    principal: &Principal,
    at_tenant: bool,
    path: &str,
    tell: &Tell,
) -> Vec<NavItem> {
    let desk = desk_at(principal, at_tenant);
    let open = |place: &&Place| place.desk == desk && principal.reach(place.needs).is_some();
    // Of two places one of which is within the other, the reader is in the inner one.
    let here = PLACES
        .iter()
        .filter(open)
        .map(|place| place.href)
        .filter(|href| is_within(path, href))
        .max_by_key(|href| href.len());
    PLACES
        .iter()
        .filter(open)
        .map(|place| NavItem {
            href: place.href,
            label: tell.word(place.key),
            current: here == Some(place.href),
        })
        .collect()
}

/// Whether a path is this place or below it; below the first page is nothing.
fn is_within(path: &str, href: &str) -> bool {
    path.strip_prefix(href)
        .is_some_and(|rest| rest.is_empty() || (href != "/" && rest.starts_with('/')))
}

/// Places that belong together, as tabs of each: those to which the reader may go, and none where that
/// is one alone.
pub(super) fn tabs(
    desk: &super::desk::Desk,
    places: &[(&'static str, &'static str, PermissionKey)],
    now: &str,
) -> Vec<NavItem> {
    let tell = desk.tell();
    let open = places.iter().filter(|(_, _, key)| desk.may(*key));
    let tabs: Vec<NavItem> = open
        .map(|(href, key, _)| NavItem {
            href,
            label: tell.word(key),
            current: *href == now,
        })
        .collect();
    if tabs.len() > 1 { tabs } else { Vec::new() }
}

/// What the role of somebody is called.
pub(super) fn role_name(principal: &Principal, tell: &Tell) -> String {
    let key = format!("role-{}", principal.role());
    if tell.words().has(&key) {
        tell.word(&key)
    } else {
        tell.word("role-profile")
    }
}

//! Every permission, each as a type, a code and a row of the matrix.

use std::fmt;
use std::str::FromStr;

/// Whose business a permission is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// The operator's alone: it crosses tenants. No profile and no API key of a reseller bears it.
    Platform,
    /// A tenant's.
    Tenant,
}

/// A permission as a type, so that what a handler needs stands in its signature.
pub trait Permission: Send + Sync + 'static {
    /// The value behind the type.
    const KEY: PermissionKey;
    /// Its text, `module.action`.
    const CODE: &'static str = Self::KEY.code();
    /// What it is about.
    const MODULE: &'static str = Self::KEY.module();
    /// What may be done.
    const ACTION: &'static str = Self::KEY.action();
}

/// One table, many facts: for each line the unit struct, the [`PermissionKey`] variant, code,
/// module, action, realm and the English sentence that the API description shows.
macro_rules! permissions {
    ($($name:ident => $module:literal . $action:literal, $realm:ident, $about:literal;)+) => {
        /// A permission as a value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum PermissionKey { $(#[doc = $about] $name,)+ }

        impl PermissionKey {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// `module.action`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => concat!($module, ".", $action),)+ }
            }

            /// What it is about.
            #[must_use]
            pub const fn module(self) -> &'static str {
                match self { $(Self::$name => $module,)+ }
            }

            /// What may be done.
            #[must_use]
            pub const fn action(self) -> &'static str {
                match self { $(Self::$name => $action,)+ }
            }

            /// Whose business it is.
            #[must_use]
            pub const fn realm(self) -> Realm {
                match self { $(Self::$name => Realm::$realm,)+ }
            }

            /// One English sentence.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)+ }
            }
        }

        /// The permissions as types.
        pub(crate) mod types {
            use super::{Permission, PermissionKey};
            $(
                #[doc = $about]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;

                impl Permission for $name {
                    const KEY: PermissionKey = PermissionKey::$name;
                }
            )+
        }
    };
}

permissions! {
    TenantRead => "tenant"."read", Platform, "See the tenants of the installation.";
    TenantCreate => "tenant"."create", Platform, "Open a tenant.";
    TenantUpdate => "tenant"."update", Platform, "Change a tenant's name, language, currency or time zone.";
    TenantSuspend => "tenant"."suspend", Platform, "Suspend a tenant, or lift its suspension.";
    HostRead => "host"."read", Platform, "See which host names lead to a tenant.";
    HostCreate => "host"."create", Platform, "Give a tenant a host name.";
    HostDelete => "host"."delete", Platform, "Take a host name from a tenant.";
    OfferCreate => "offer"."create", Platform, "Offer a product to a tenant.";
    OfferUpdate => "offer"."update", Platform, "Change or withdraw an offer.";
    TokenKeyRead => "token_key"."read", Platform, "See the keys that sign access tokens.";
    TokenKeyRotate => "token_key"."rotate", Platform, "Rotate the keys that sign access tokens.";
    PluginRead => "plugin"."read", Platform, "See the payment plugins of the installation, and whose are trusted.";
    PluginUpdate => "plugin"."update", Platform, "Install, grant, offer and remove payment plugins, and say whose are trusted.";

    AccountRead => "account"."read", Tenant, "See one's own account.";
    AccountUpdate => "account"."update", Tenant, "Change one's own password, one-time codes and sessions.";
    SettingsRead => "settings"."read", Tenant, "See the tenant's own settings.";
    SettingsUpdate => "settings"."update", Tenant, "Change the tenant's name, language, currency, time zone or default product.";
    BrandRead => "brand"."read", Tenant, "See what places say of themselves, and drafts of it.";
    BrandUpdate => "brand"."update", Tenant, "Change what a place says of itself, and publish it.";
    NodeRead => "node"."read", Tenant, "See the places of the tree.";
    NodeCreate => "node"."create", Tenant, "Add a place below one's own.";
    NodeUpdate => "node"."update", Tenant, "Rename a place.";
    NodeMove => "node"."move", Tenant, "Move a place with all below it.";
    NodeSuspend => "node"."suspend", Tenant, "Suspend a place with all below it, or lift that.";
    NodeDelete => "node"."delete", Tenant, "Put a place away.";
    NodeRestore => "node"."restore", Tenant, "Bring a place back.";
    CustomerRead => "customer"."read", Tenant, "See customers, their contacts and sites.";
    CustomerCreate => "customer"."create", Tenant, "Add a customer.";
    CustomerUpdate => "customer"."update", Tenant, "Change a customer, its contacts and sites.";
    CustomerValidate => "customer"."validate", Tenant, "Validate a customer who registered.";
    CustomerSuspend => "customer"."suspend", Tenant, "Suspend a customer, or lift that.";
    CustomerBlock => "customer"."block", Tenant, "Block a customer, or lift that.";
    CustomerCancel => "customer"."cancel", Tenant, "End a customer's being one.";
    RegistrationRead => "registration"."read", Tenant, "See programs that registered themselves.";
    RegistrationApprove => "registration"."approve", Tenant, "Approve or refuse a program that registered itself.";
    RegistrationDelete => "registration"."delete", Tenant, "Put a registration away.";
    RegistrationRestore => "registration"."restore", Tenant, "Bring a registration back.";
    RegistrationRuleRead => "registration_rule"."read", Tenant, "See what becomes of programs that register themselves.";
    RegistrationRuleUpdate => "registration_rule"."update", Tenant, "Say what becomes of programs that register themselves.";
    MemberRead => "member"."read", Tenant, "See members.";
    MemberCreate => "member"."create", Tenant, "Add a member.";
    MemberUpdate => "member"."update", Tenant, "Change a member's name, role or place.";
    MemberSuspend => "member"."suspend", Tenant, "Suspend a member, or lift that.";
    MemberReset => "member"."reset", Tenant, "Give a member a new password, lift a lock-out, remove one-time codes.";
    RoleRead => "role"."read", Tenant, "See roles and custom profiles.";
    RoleCreate => "role"."create", Tenant, "Add a custom profile.";
    RoleUpdate => "role"."update", Tenant, "Change a custom profile.";
    RoleDelete => "role"."delete", Tenant, "Remove a custom profile.";
    SessionRead => "session"."read", Tenant, "See members' sessions.";
    SessionRevoke => "session"."revoke", Tenant, "End a member's session.";
    ApiKeyRead => "api_key"."read", Tenant, "See API keys, never their secrets.";
    ApiKeyCreate => "api_key"."create", Tenant, "Create an API key.";
    ApiKeyRevoke => "api_key"."revoke", Tenant, "Revoke an API key.";

    ProductRead => "product"."read", Tenant, "See products.";
    ProductCreate => "product"."create", Tenant, "Add a product.";
    ProductUpdate => "product"."update", Tenant, "Change a product.";
    ModuleRead => "module"."read", Tenant, "See a product's modules.";
    ModuleCreate => "module"."create", Tenant, "Add a module to a product.";
    ModuleUpdate => "module"."update", Tenant, "Change a module.";
    VersionRead => "version"."read", Tenant, "See a product's versions.";
    VersionCreate => "version"."create", Tenant, "Add a version to a product.";
    PolicyRead => "policy"."read", Tenant, "See policies.";
    PolicyCreate => "policy"."create", Tenant, "Add a policy.";
    PolicyUpdate => "policy"."update", Tenant, "Change a policy; licenses issued before keep their terms.";
    PlanRead => "plan"."read", Tenant, "See plans.";
    PlanCreate => "plan"."create", Tenant, "Add a plan.";
    PlanUpdate => "plan"."update", Tenant, "Change a plan.";
    OfferRead => "offer"."read", Tenant, "See what the tenant may sell.";
    SigningKeyRead => "signing_key"."read", Tenant, "See a product's signing keys, never their private part.";
    SigningKeyRotate => "signing_key"."rotate", Tenant, "Rotate a product's signing keys.";
    ReleaseRead => "release"."read", Tenant, "See releases.";
    ReleasePublish => "release"."publish", Tenant, "Publish a release.";

    LicenseRead => "license"."read", Tenant, "See licenses.";
    LicenseRevealKey => "license"."reveal_key", Tenant, "See a license's activation key again.";
    LicenseIssue => "license"."issue", Tenant, "Issue a license.";
    LicenseUpdate => "license"."update", Tenant, "Change a license's note, user, site or number of machines.";
    LicenseRenew => "license"."renew", Tenant, "Renew a license.";
    LicenseSuspend => "license"."suspend", Tenant, "Suspend a license.";
    LicenseReinstate => "license"."reinstate", Tenant, "Lift a license's suspension.";
    LicenseRevoke => "license"."revoke", Tenant, "Revoke a license for good.";
    LicenseModule => "license"."module", Tenant, "Change what a license unlocks.";
    LicenseConvert => "license"."convert", Tenant, "Turn a trial into a paid license.";
    LicenseResetMeter => "license"."reset_meter", Tenant, "Set a counter of a license back to zero.";
    QuotaRead => "quota"."read", Tenant, "See how many licenses a place may issue.";
    QuotaUpdate => "quota"."update", Tenant, "Grant places below one's own a number of licenses.";
    PriceRead => "price"."read", Tenant, "See what something costs a place, and ask for a quote.";
    PriceUpdate => "price"."update", Tenant, "Set prices of one's own place and below, and discount ceilings below.";
    LicenseDelete => "license"."delete", Tenant, "Put a license away.";
    LicenseRestore => "license"."restore", Tenant, "Bring a license back.";
    LicenseTransfer => "license"."transfer", Tenant, "Transfer a license to another place.";
    PaymentAccountRead => "payment_account"."read", Tenant, "See how the tenant charges, never the secrets.";
    PaymentAccountCreate => "payment_account"."create", Tenant, "Add an account with a payment plugin.";
    PaymentAccountUpdate => "payment_account"."update", Tenant, "Change an account with a payment plugin, and import its bank's files.";
    OrderRead => "order"."read", Tenant, "See orders.";
    OrderCreate => "order"."create", Tenant, "Order licenses, renewals and modules.";
    OrderUpdate => "order"."update", Tenant, "Cancel an order, or try again to give what it paid for.";
    ChargeRead => "charge"."read", Tenant, "See charges.";
    ChargeCreate => "charge"."create", Tenant, "Charge an order.";
    ChargeCancel => "charge"."cancel", Tenant, "Call a charge off, or take the money that it holds.";
    ChargeRefund => "charge"."refund", Tenant, "Give money of a charge back; with the whole tenant, decide on what is not believed of one.";
    InvoiceUpdate => "invoice"."update", Tenant, "Write back which document of a tax office belongs to a receipt or a credit note.";
    LedgerRead => "ledger"."read", Tenant, "Read the ledger.";
    CommissionRead => "commission"."read", Tenant, "See what places earn by sales.";
    CommissionUpdate => "commission"."update", Tenant, "Say what places earn by sales.";
    CreditLimitRead => "credit_limit"."read", Tenant, "See how much a place may owe.";
    CreditLimitUpdate => "credit_limit"."update", Tenant, "Say how much a place below one's own may owe.";
    BatchRead => "batch"."read", Tenant, "See issues in bulk and fetch their keys.";
    BatchCreate => "batch"."create", Tenant, "Issue licenses in bulk.";
    MachineRead => "machine"."read", Tenant, "See machines.";
    MachineBlock => "machine"."block", Tenant, "Block a machine, or lift that.";
    MachineDeactivate => "machine"."deactivate", Tenant, "Take a machine off its license and free the seat.";
    MachineClearSuspicion => "machine"."clear_suspicion", Tenant, "Clear the suspicion that two machines share an identity.";
    SeatRead => "seat"."read", Tenant, "See the floating seats of licenses.";
    SeatRelease => "seat"."release", Tenant, "Take a floating seat back.";
    LicenseUserRead => "license_user"."read", Tenant, "See whom a license names.";
    LicenseUserAdd => "license_user"."add", Tenant, "Name a user of a license.";
    LicenseUserRemove => "license_user"."remove", Tenant, "Strike a user off a license.";
    MachineExportKey => "machine"."export_key", Tenant, "Get a machine's computer key as a file.";
    MachineTransfer => "machine"."transfer", Tenant, "Hand a machine's seat over to another machine.";
    RenewalKeyRead => "renewal_key"."read", Tenant, "See renewal keys.";
    RenewalKeyCreate => "renewal_key"."create", Tenant, "Create renewal keys.";
    RenewalKeyRevoke => "renewal_key"."revoke", Tenant, "Withdraw a renewal key that was not used.";
    NoticeRead => "notice"."read", Tenant, "See notices.";
    NoticeUpdate => "notice"."update", Tenant, "Mark a notice as read.";
    AuditRead => "audit"."read", Tenant, "Read the audit chain.";
    EventRead => "event"."read", Tenant, "Read what happened.";
    JobRead => "job"."read", Tenant, "See work for later.";
}

impl PermissionKey {
    /// Whether the permission is the operator's alone.
    #[must_use]
    pub fn is_platform(self) -> bool {
        self.realm() == Realm::Platform
    }

    /// Whether any permission has this module.
    #[must_use]
    pub fn module_exists(module: &str) -> bool {
        Self::ALL.iter().any(|key| key.module() == module)
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for PermissionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text is no permission's code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no permission of this code")]
pub struct UnknownPermission;

impl FromStr for PermissionKey {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL
            .iter()
            .copied()
            .find(|key| key.code() == text)
            .ok_or(UnknownPermission)
    }
}

/// Some permissions, as an API key bears them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionSet(u128);

// One bit for each permission; the table must not outgrow it unnoticed.
const _: () = assert!(
    PermissionKey::ALL.len() <= 128,
    "PermissionSet needs more bits"
);

impl PermissionSet {
    /// No permission.
    pub const NONE: Self = Self(0);

    /// The set and one more.
    #[must_use]
    pub const fn with(self, key: PermissionKey) -> Self {
        Self(self.0 | 1 << key.index())
    }

    /// Whether the permission is in the set.
    #[must_use]
    pub const fn has(self, key: PermissionKey) -> bool {
        self.0 & (1 << key.index()) != 0
    }

    /// The members, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = PermissionKey> {
        PermissionKey::ALL
            .iter()
            .copied()
            .filter(move |key| self.has(*key))
    }
}

impl FromIterator<PermissionKey> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = PermissionKey>>(keys: I) -> Self {
        keys.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::types::LicenseRevealKey;
    use super::{Permission, PermissionKey, PermissionSet};

    #[test]
    fn codes_are_module_and_action_and_distinct() {
        // R-TEN-03
        let mut codes: Vec<&str> = PermissionKey::ALL.iter().map(|key| key.code()).collect();
        for key in PermissionKey::ALL {
            assert_eq!(key.code(), format!("{}.{}", key.module(), key.action()));
            assert_eq!(key.code().parse(), Ok(*key));
            assert!(key.about().ends_with('.'));
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), PermissionKey::ALL.len());
        assert_eq!(LicenseRevealKey::CODE, "license.reveal_key");
        assert!("license.fly".parse::<PermissionKey>().is_err());
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: PermissionSet = [PermissionKey::JobRead, PermissionKey::TenantRead]
            .into_iter()
            .collect();
        assert!(set.has(PermissionKey::JobRead) && set.has(PermissionKey::TenantRead));
        assert!(!set.has(PermissionKey::LicenseRead));
        assert_eq!(set.iter().count(), 2);
        assert_eq!(PermissionSet::NONE.iter().count(), 0);
    }
}

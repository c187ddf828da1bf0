//! Who is asking, for whom, and what they may do.
//!
//! It owns the [`Gate`]: host name → tenant, credential → [`Principal`], principal and permission →
//! scope. It owns the table of permissions, the built-in roles (`authz/`), custom profiles, sign-in
//! with its lock-out and one-time codes, sessions, OAuth 2 tokens, the opening of a tenant, and brands with
//! their inheritance.
//!
//! The store's mint, without which nobody reads or writes anything, is inside the gate and never
//! comes out; so authorization cannot be forgotten, only refused.
//!
//! **Deliberately absent**: HTTP (cookies, headers and status codes are `alvara-web`'s), the use
//! cases of the tree (creating, moving and suspending places and members are `alvara-app`'s), rate
//! limits by address, password reset by mail, and any rule about licences.

mod authz;
mod brand;
mod console;
mod denied;
mod gate;
mod lock_out;
mod permission;
mod principal;
mod profile;
mod provision;
mod role;

pub use authz::{Authorizer, RoleRules, RulesError};
pub use brand::{
    Brand, BrandPicture, DARK, Ground, LEAST as LEAST_CONTRAST, LIGHT, Palette, Tones, brand_at,
    contrast,
};
pub use console::Console;
pub use denied::{Denied, GateError, SignInRefused, TokenRefused};
pub use gate::{
    API_KEY_PREFIX, AccessConfig, Credential, Gate, HostTenant, LONGEST_PASSWORD, Paper, Payer,
    ProgramAccess, SHORTEST_PASSWORD, SessionGrant, SessionView, SignIn, TokenGrant, TokenRequest,
    TotpEnrolment, is_acceptable_password, tell_of_change,
};
pub use lock_out::{ATTEMPTS, locked_until};
pub use permission::{Permission, PermissionKey, PermissionSet, Realm, UnknownPermission};
pub use principal::{Identity, MemberIdentity, Principal};
pub use profile::{Effect, MOST_RULES, Rule, RuleScope, check as check_profile, read_rules};
pub use provision::{NewTenant, ProvisionRefused, Provisioned, is_email};
pub use role::{BuiltInRole, Role};

/// The permissions as types, for signatures: `permission::LicenseIssue`.
pub mod permissions {
    pub use crate::permission::types::*;
}

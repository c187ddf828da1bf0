//! Roles: five that everybody has, and those a tenant makes for itself.

use std::fmt;
use std::str::FromStr;

use alvara_domain::id::ProfileId;
use alvara_domain::text::UnknownText;
use alvara_domain::text_enum;

text_enum! {
    /// The built-in roles, as `authz/roles.csv` knows them.
    pub enum BuiltInRole {
        /// The operator's people.
        Superadmin = "superadmin",
        /// Runs a tenant.
        ResellerAdmin = "reseller_admin",
        /// Runs a part of a tenant's tree.
        SubcompanyAdmin = "subcompany_admin",
        /// Looks after customers.
        Agent = "agent",
        /// Holds licenses.
        Customer = "customer",
    }
}

/// What a member or an API key is, as its row keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// One of the five.
    BuiltIn(BuiltInRole),
    /// A custom profile of the tenant.
    Profile(ProfileId),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => role.fmt(f),
            Self::Profile(id) => id.fmt(f),
        }
    }
}

impl FromStr for Role {
    type Err = UnknownText;

    fn from_str(text: &str) -> Result<Self, UnknownText> {
        if let Ok(role) = text.parse() {
            return Ok(Self::BuiltIn(role));
        }
        text.parse()
            .map(Self::Profile)
            .map_err(|_| UnknownText::new("Role", text))
    }
}

//! Which tenant a host name leads to.

use std::net::IpAddr;
use std::sync::Arc;

use alvara_domain::id::TenantId;
use alvara_domain::machine::ArrivedBy;
use alvara_domain::node::Tenant;
use alvara_store::{Origin, hosts, tenants};

use super::Gate;
use crate::denied::GateError;

/// Where a request knocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostTenant {
    /// The installation's own name, or a loopback address: the tenant follows from the credential
    /// or the key. People who sign in here are the operator's.
    Shared,
    /// A tenant's own name.
    Tenant(Arc<Tenant>),
    /// Nobody's name. Answer as if there were nothing.
    Unknown,
}

impl HostTenant {
    /// The tenant, when the host name alone says which.
    #[must_use]
    pub fn tenant(&self) -> Option<&Arc<Tenant>> {
        match self {
            Self::Tenant(tenant) => Some(tenant),
            Self::Shared | Self::Unknown => None,
        }
    }

    /// Through which door a machine comes that calls here.
    #[must_use]
    pub fn arrived_by(&self) -> ArrivedBy {
        match self {
            Self::Tenant(_) => ArrivedBy::TenantHost,
            Self::Shared | Self::Unknown => ArrivedBy::SharedHost,
        }
    }

    /// Its id.
    #[must_use]
    pub fn tenant_id(&self) -> Option<TenantId> {
        self.tenant().map(|tenant| tenant.id)
    }
}

impl Gate {
    /// Says which tenant a `Host` header leads to. A port is ignored, and so is case.
    ///
    /// A name in the `hosts` table counts first, then `<slug>.<base domain>`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resolve_host(&self, host: &str) -> Result<HostTenant, GateError> {
        let Some(name) = bare(host) else {
            return Ok(HostTenant::Unknown);
        };
        let base = self.config().base_domain.to_ascii_lowercase();
        if name == base || name == "localhost" || is_loopback(&name) {
            return Ok(HostTenant::Shared);
        }
        let slug = name
            .strip_suffix(&base)
            .and_then(|rest| rest.strip_suffix('.'))
            .map(str::to_owned);
        let scope = self.insight(&Origin::default());
        let found =
            self.db()
                .platform_read(&scope, move |tx| match hosts::find_tenant(tx, &name)? {
                    Some(tenant) => Ok(Some(tenant)),
                    None => match &slug {
                        Some(slug) if !slug.contains('.') => tenants::find_by_slug(tx, slug),
                        _ => Ok(None),
                    },
                });
        let found: Option<Tenant> = found.await?;
        Ok(found.map_or(HostTenant::Unknown, |tenant| {
            HostTenant::Tenant(Arc::new(tenant))
        }))
    }
}

/// The name without port, brackets, final dot and capitals; `None` when it is no host name.
pub(crate) fn bare(host: &str) -> Option<String> {
    let name = match host.strip_prefix('[') {
        Some(rest) => {
            let (address, after) = rest.split_once(']')?;
            if !after.is_empty() && !after.starts_with(':') {
                return None;
            }
            address
        }
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let plausible = !name.is_empty()
        && name.len() <= 253
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_'));
    plausible.then_some(name)
}

fn is_loopback(name: &str) -> bool {
    name.parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{bare, is_loopback};

    #[test]
    fn hosts_are_read_as_browsers_write_them() {
        // R-TEN-01
        for (host, name) in [
            ("acme.localhost:8080", Some("acme.localhost")),
            ("ACME.Localhost.", Some("acme.localhost")),
            ("[::1]:8080", Some("::1")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("", None),
            (":80", None),
            ("[::1", None),
            ("[::1]x", None),
            ("a b", None),
            ("a/b", None),
            ("ação.test", None),
        ] {
            assert_eq!(bare(host).as_deref(), name, "{host}");
        }
        assert!(bare(&"a".repeat(254)).is_none());
    }

    #[test]
    fn loopback_is_an_address_and_not_a_look_alike() {
        assert!(is_loopback("127.0.0.1") && is_loopback("::1") && is_loopback("127.9.9.9"));
        assert!(!is_loopback("127.0.0.1.evil.test") && !is_loopback("10.0.0.1"));
    }
}

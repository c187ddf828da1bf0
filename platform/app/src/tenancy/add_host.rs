use alvara_domain::fault::FaultCode;
use alvara_domain::id::TenantId;
use alvara_domain::node::NodePath;
use alvara_store::{PlatformTx, TenantTx, hosts};

use super::suspend_tenant::load_tenant;
use crate::{AppError, AppResult};

/// Lets a host name of its own lead to a tenant. Answers the name as it is stored. That the name is
/// the tenant's, and that its DNS points here, is for the operator to know.
///
/// # Errors
/// [`AppError::Invalid`], [`AppError::NotFound`], [`AppError::Taken`] when it leads somewhere already.
pub fn add_host(tx: &mut PlatformTx<'_>, id: TenantId, host: &str) -> AppResult<String> {
    let name = named(host)?;
    let tenant = load_tenant(tx, id)?;
    tx.enter(id, &NodePath::root(tenant.root_node_id), |tx| {
        put(tx, &name)?;
        Ok(name)
    })
}

/// Takes a host name from a tenant.
///
/// # Errors
/// [`AppError::NotFound`] for the tenant, or a name that does not lead to it.
pub fn remove_host(tx: &mut PlatformTx<'_>, id: TenantId, host: &str) -> AppResult<()> {
    let tenant = load_tenant(tx, id)?;
    tx.enter(id, &NodePath::root(tenant.root_node_id), |tx| {
        drop_host(tx, host)
    })
}

/// Takes a host name from the caller's tenant.
///
/// # Errors
/// [`AppError::NotFound`] for a name that does not lead to it.
pub fn drop_host(tx: &mut TenantTx<'_>, host: &str) -> AppResult<()> {
    let name = normalised(host);
    if !hosts::remove(tx, &name)? {
        return Err(AppError::NotFound("host"));
    }
    tx.audit("host.removed", tx.tenant(), &name, ())?;
    Ok(())
}

/// Lets a name lead to the tenant from now on. Whoever calls knows that it may.
pub(super) fn put(tx: &mut TenantTx<'_>, name: &str) -> AppResult<()> {
    hosts::insert(tx, name).map_err(AppError::taken("/host"))?;
    tx.audit("host.added", tx.tenant(), (), name)?;
    Ok(())
}

/// A host name as it is stored.
pub(super) fn named(host: &str) -> AppResult<String> {
    let name = normalised(host);
    if is_host_name(&name) {
        return Ok(name);
    }
    let detail = "a host name like licenses.example.com, without scheme, port or path";
    Err(AppError::field("/host", FaultCode::Malformed, detail))
}

fn normalised(host: &str) -> String {
    let host = host.trim();
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Labels of letters, digits and hyphens, at least two of them, and no address: what a browser
/// sends in `Host` and a certificate can name. Other scripts come as punycode.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(is_label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{is_host_name, normalised};

    #[test]
    fn host_names_are_plain_names() {
        // R-TEN-01
        for good in [
            "licenses.example.com",
            "Acme.Localhost.",
            "xn--ao-eka.test",
            "a.b1",
        ] {
            assert!(is_host_name(&normalised(good)), "{good}");
        }
        for bad in [
            "",
            "localhost",
            "127.0.0.1",
            "::1",
            "a.b:80",
            "https://a.b",
            "a.b/c",
            "-a.b",
            "a..b",
            ".a.b",
            "a_b.c",
            "ação.test",
        ] {
            assert!(!is_host_name(&normalised(bad)), "{bad}");
        }
        assert!(!is_host_name(&format!("{}.com", "a".repeat(64))));
    }
}

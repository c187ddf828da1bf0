//! Installs a version of a plugin.

use alvara_domain::plugin::{InstalledPlugin, Publisher};
use alvara_gateway::{
    Gateway, Manifest, Package, PublisherKey, Refusal, Signing, check_signature, fingerprint,
};
use alvara_store::{Db, PlatformScope, PlatformTx, plugins};
use data_encoding::BASE64;
use serde_json::json;

use super::operator;
use crate::error::{AppError, AppResult};

/// The most bytes of a manifest: it is shown to people, who have to read it.
const MANIFEST_MOST: usize = 16 * 1024;
/// The most bytes of what a plugin says of itself, as JSON.
const DESCRIPTION_MOST: usize = 32 * 1024;

/// A plugin to install.
#[derive(Debug)]
pub struct Installing {
    /// The file, as `alvara plugin build` and `sign` made it.
    pub file: Vec<u8>,
    /// Whether it is taken although nobody signed it.
    pub signing: Signing,
}

/// Installs a version beside those that are there. It can do nothing until somebody grants it what
/// it asks for, and no payment account uses it by itself.
///
/// # Errors
/// [`AppError::PluginRefused`] with the reason, for a file that is no plugin, is signed by nobody
/// the operator trusts, asks for what no plugin gets, or does not say what its manifest says;
/// [`AppError::Taken`] when this version, or this very component, is installed.
pub async fn install(
    db: &Db,
    gateway: &Gateway,
    scope: &PlatformScope,
    installing: Installing,
) -> AppResult<InstalledPlugin> {
    let refused = |why: String| AppError::PluginRefused { why };
    let package = Package::read(&installing.file).map_err(|why| refused(why.to_string()))?;
    if package.manifest.len() > MANIFEST_MOST {
        return Err(refused(format!(
            "its manifest has more than {MANIFEST_MOST} bytes"
        )));
    }
    let manifest = Manifest::parse(&package.manifest).map_err(|why| refused(why.to_string()))?;
    let trusted = db.platform_read(scope, plugins::list_publishers).await?;
    let keys: Vec<PublisherKey> = trusted.iter().filter_map(key_of).collect();
    let signature = package.signature.as_deref();
    let publisher = check_signature(package.digest(), signature, &keys, installing.signing)
        .map_err(|why| refused(why.to_string()))?
        .map(|key| fingerprint(&key.public));
    let inspected = gateway
        .inspect(package.component.clone(), &manifest)
        .await
        .map_err(|why| refused(why.to_string()))?;
    let described =
        serde_json::to_string(&inspected.described).map_err(|error| refused(error.to_string()))?;
    if described.len() > DESCRIPTION_MOST {
        return Err(refused("it says too much of itself".to_owned()));
    }
    let digest = inspected.digest.to_string();
    db.platform_write(scope, move |tx: &mut PlatformTx<'_>| -> AppResult<_> {
        // Looking at a component takes a while, in which the operator may have thought again.
        if let Some(publisher) = &publisher
            && plugins::find_publisher(tx, publisher)?.is_none()
        {
            return Err(refused(Refusal::Signature.to_string()));
        }
        let plugin = InstalledPlugin {
            id: tx.new_id()?,
            name: manifest.id.clone(),
            plugin_version: manifest.version.to_string(),
            digest: digest.clone(),
            size_bytes: i64::try_from(package.component.len()).unwrap_or(i64::MAX),
            manifest: package.manifest.clone(),
            description: inspected.described.clone(),
            publisher: publisher.clone(),
            grants: None,
            installed_at: tx.now(),
            updated_at: tx.now(),
            version: 1,
        };
        plugins::insert(tx, &plugin, &package.component).map_err(AppError::taken("/file"))?;
        let operator = operator(tx)?;
        let after = json!({
            "name": plugin.name, "version": plugin.plugin_version, "digest": plugin.digest,
            "publisher": plugin.publisher,
        });
        tx.audit_in(operator, "plugin.installed", plugin.id, (), after)?;
        Ok(plugin)
    })
    .await
}

/// A trusted publisher as the gateway knows it; a row that holds no key trusts nobody.
fn key_of(publisher: &Publisher) -> Option<PublisherKey> {
    let raw = BASE64.decode(publisher.public_key.as_bytes()).ok()?;
    Some(PublisherKey {
        name: publisher.name.clone(),
        public: raw.try_into().ok()?,
    })
}

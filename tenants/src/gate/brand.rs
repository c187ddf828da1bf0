//! Which brand a host or a place shows.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use alvara_domain::brand::{Branding, PictureFormat, PictureSlot};
use alvara_domain::id::{NodeId, TenantId};
use alvara_domain::node::{NodePath, Tenant, TenantState};
use alvara_store::{Origin, brands, tenants};
use lru::LruCache;

use super::{Gate, HostTenant};
use crate::brand::Brand;
use crate::denied::GateError;

/// How many brands are kept worked out. One is a few kilobytes without its legal texts.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(511);

/// By what a kept brand is known to be the present one: the tenant's version, and which place
/// published which version.
type Stamp = (i64, Vec<(NodeId, i64)>);

/// Brands by their place.
type Brands = LruCache<(TenantId, NodeId), (Stamp, Arc<Brand>)>;

/// Brands that were worked out before.
pub(super) struct Kept(Mutex<Brands>);

impl Kept {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Gate {
    /// The published brand that a host shows: its tenant's, at the shared host the operator's, and of
    /// nobody at a host of nobody.
    ///
    /// Every time it is asked which versions are published, one short read, so that a publication on
    /// any instance shows with the next page on all of them; only what changed is worked out anew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn brand(&self, host: &HostTenant) -> Result<Arc<Brand>, GateError> {
        let Some(tenant) = self.shown_at(host).await? else {
            return Ok(Arc::new(Brand::neutral()));
        };
        self.brand_of(&tenant, &NodePath::root(tenant.root_node_id))
            .await
    }

    /// The published brand of a place: of a member who signed in, of a customer who pays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn brand_of(
        &self,
        tenant: &Tenant,
        path: &NodePath,
    ) -> Result<Arc<Brand>, GateError> {
        let key = (tenant.id, path.id());
        let ids: Vec<NodeId> = path.ids().collect();
        let scope = self.insight(&Origin::default());
        let (id, asked) = (tenant.id, ids.clone());
        let versions = self
            .db()
            .platform_read(&scope, move |tx| brands::list_versions(tx, id, &asked))
            .await?;
        let stamp = (tenant.version, versions);
        if let Some((known, brand)) = self.kept().get(&key)
            && *known == stamp
        {
            return Ok(Arc::clone(brand));
        }
        let chain = self
            .db()
            .platform_read(&scope, move |tx| brands::list_published(tx, id, &ids))
            .await?;
        let brand = Arc::new(Brand::resolve(tenant, &chain));
        // Published between the two reads, it is newer than its stamp says, and worked out once more.
        self.kept().put(key, (stamp, Arc::clone(&brand)));
        Ok(brand)
    }

    /// What the brand of a place would be with `draft` as its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn preview_brand(
        &self,
        tenant: &Tenant,
        path: &NodePath,
        draft: Branding,
    ) -> Result<Brand, GateError> {
        let above: Vec<NodeId> = path.ids().filter(|id| *id != path.id()).collect();
        let (scope, id) = (self.insight(&Origin::default()), tenant.id);
        let mut chain = self
            .db()
            .platform_read(&scope, move |tx| brands::list_published(tx, id, &above))
            .await?;
        chain.push((path.id(), draft));
        Ok(Brand::resolve(tenant, &chain))
    }

    /// The bytes of a picture of a published brand, and how they are written; `None` where the brand
    /// has none for this.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn brand_picture(
        &self,
        host: &HostTenant,
        slot: PictureSlot,
    ) -> Result<Option<(PictureFormat, Vec<u8>)>, GateError> {
        let Some(tenant) = self.shown_at(host).await? else {
            return Ok(None);
        };
        let root = NodePath::root(tenant.root_node_id);
        let brand = self.brand_of(&tenant, &root).await?;
        let Some(wanted) = brand.picture(slot).cloned() else {
            return Ok(None);
        };
        let scope = self.insight(&Origin::default());
        let format = wanted.picture.format;
        let bytes = self
            .db()
            .platform_read(&scope, move |tx| {
                brands::find_public_file(tx, (tenant.id, wanted.node), &wanted.picture.digest)
            })
            .await?;
        Ok(bytes.map(|bytes| (format, bytes)))
    }

    /// Whether a certificate may be got for a name: it leads to an active tenant, or is the
    /// installation's own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn serves_name(&self, name: &str) -> Result<bool, GateError> {
        // A name as it stands in a certificate: no port, no address.
        if super::host::bare(name).as_deref() != Some(name)
            || name.parse::<std::net::IpAddr>().is_ok()
        {
            return Ok(false);
        }
        Ok(match self.resolve_host(name).await? {
            HostTenant::Tenant(tenant) => tenant.state == TenantState::Active,
            HostTenant::Shared => name == self.config().base_domain.to_ascii_lowercase(),
            HostTenant::Unknown => false,
        })
    }

    /// The tenant that a host shows.
    async fn shown_at(&self, host: &HostTenant) -> Result<Option<Arc<Tenant>>, GateError> {
        match host {
            HostTenant::Tenant(tenant) => Ok(Some(Arc::clone(tenant))),
            HostTenant::Unknown => Ok(None),
            HostTenant::Shared => {
                let Some(known) = self.operator().await? else {
                    return Ok(None);
                };
                // It is kept since it was found, and its name may have changed since.
                let scope = self.insight(&Origin::default());
                let id = known.id;
                let read = self
                    .db()
                    .platform_read(&scope, move |tx| tenants::find(tx, id));
                Ok(read.await?.map(Arc::new))
            }
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Brands> {
        let kept = &self.0.brands.0;
        kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

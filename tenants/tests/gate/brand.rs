use alvara_domain::brand::{Branding, Picture, PictureFormat, PictureSlot};
use alvara_domain::id::NodeId;
use alvara_domain::node::{NodeKind, Tenant, TenantState};
use alvara_store::{StoreError, StoreResult, brands, hosts, tenants};
use alvara_tenants::brand_at;

use crate::world::World;

fn named(name: &str) -> Branding {
    Branding {
        trade_name: Some(name.to_owned()),
        ..Branding::default()
    }
}

impl World {
    /// Writes a draft and says which version it has now.
    async fn draft(
        &self,
        tenant: &Tenant,
        node: NodeId,
        expected: i64,
        said: Branding,
    ) -> StoreResult<i64> {
        let scope = self.console.scope(tenant);
        let write = move |tx: &mut alvara_store::TenantTx<'_>| {
            brands::save_draft(tx, node, expected, &said)?;
            Ok(brands::find(tx, node)?.unwrap().version)
        };
        self.gate.db().write(&scope, write).await
    }

    async fn publish(&self, tenant: &Tenant, node: NodeId, expected: i64) {
        let scope = self.console.scope(tenant);
        let write = move |tx: &mut alvara_store::TenantTx<'_>| brands::publish(tx, node, expected);
        self.gate.db().write(&scope, write).await.unwrap();
    }

    async fn name_at(&self, host: &str) -> String {
        let host = self.host(host).await;
        self.gate.brand(&host).await.unwrap().trade_name.clone()
    }
}

// R-TEN-04
#[tokio::test]
async fn a_host_shows_what_its_tenant_published_last() {
    let world = World::new().await;
    let root = world.acme.root_node_id;
    assert_eq!(world.name_at("acme.localhost").await, "acme Ltda");
    assert_eq!(world.name_at("localhost").await, "operator Ltda");
    assert_eq!(world.name_at("nobody.localhost").await, "");
    let version = world.draft(&world.acme, root, 0, named("One")).await;
    assert_eq!(version.unwrap(), 1);
    assert_eq!(world.name_at("acme.localhost").await, "acme Ltda");
    world.publish(&world.acme, root, 1).await;
    assert_eq!(world.name_at("acme.localhost").await, "One");
    assert_eq!(world.name_at("bella.localhost").await, "bella Ltda");
    // Two who read the same version: the second is told, also when it would be the first draft.
    for stale in [0, 1] {
        let late = world.draft(&world.acme, root, stale, named("Two")).await;
        assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
    }
    let version = world.draft(&world.acme, root, 2, named("Three")).await;
    assert_eq!(version.unwrap(), 3);
    assert_eq!(world.name_at("acme.localhost").await, "One");
    world.publish(&world.acme, root, 3).await;
    assert_eq!(world.name_at("acme.localhost").await, "Three");
    // What no place says follows the tenant's settings, at once.
    let scope = world.console.scope(&world.acme);
    let rename = |tx: &mut alvara_store::TenantTx<'_>| {
        let mut tenant = tenants::load_own(tx)?;
        tenant.locale = "it".to_owned();
        tenants::update_own(tx, &tenant)
    };
    world.gate.db().write(&scope, rename).await.unwrap();
    let host = world.host("acme.localhost").await;
    assert_eq!(world.gate.brand(&host).await.unwrap().locale, "it");
}

// R-TEN-04
#[tokio::test]
async fn a_place_below_has_the_rest_from_above_and_drafts_from_nobody() {
    let world = World::new().await;
    let acme = &world.acme;
    let root = acme.root_node_id;
    let sub = world.place(acme, root, NodeKind::Subcompany).await;
    let above = Branding {
        support_email: Some("help@acme.test".to_owned()),
        ..named("Above")
    };
    let _ = world.draft(acme, root, 0, above).await.unwrap();
    world.publish(acme, root, 1).await;
    let _ = world.draft(acme, sub.id, 0, named("Below")).await.unwrap();
    let shown = world.gate.brand_of(acme, &sub.path).await.unwrap();
    assert_eq!(shown.trade_name, "Above");
    world.publish(acme, sub.id, 1).await;
    let shown = world.gate.brand_of(acme, &sub.path).await.unwrap();
    assert_eq!(shown.trade_name, "Below");
    assert_eq!(shown.reply_to.as_deref(), Some("help@acme.test"));
    let draft = named("Next");
    let preview = world.gate.preview_brand(acme, &sub.path, draft).await;
    assert_eq!(preview.unwrap().trade_name, "Next");
    // Within a transaction it is the same.
    let ids: Vec<NodeId> = sub.path.ids().collect();
    let scope = world.console.scope(acme);
    let read = move |tx: &mut alvara_store::TenantTx<'_>| brand_at(tx, &ids);
    let within = world.gate.db().read(&scope, read).await.unwrap();
    assert_eq!(within, *shown);
    // Another tenant's places are nowhere.
    let foreign = world.draft(&world.bella, sub.id, 0, named("Mine")).await;
    assert!(
        matches!(foreign, Err(StoreError::OutOfReach)),
        "{foreign:?}"
    );
}

// R-TEN-04
#[tokio::test]
async fn a_picture_is_served_while_something_published_names_it() {
    let world = World::new().await;
    let root = world.acme.root_node_id;
    // Longer than one part of the store.
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(100_000).collect();
    let digest = "a".repeat(64);
    let with_logo = Branding {
        logo: Some(Picture {
            format: PictureFormat::Png,
            digest: digest.clone(),
            width: 10,
            height: 10,
        }),
        ..Branding::default()
    };
    let logo = async |host: &str| {
        let host = world.host(host).await;
        let found = world.gate.brand_picture(&host, PictureSlot::Logo).await;
        found.unwrap().map(|(_, bytes)| bytes)
    };
    let _ = world
        .draft(&world.acme, root, 0, with_logo.clone())
        .await
        .unwrap();
    let scope = world.console.scope(&world.acme);
    let kept = bytes.clone();
    let keep = move |tx: &mut alvara_store::TenantTx<'_>| {
        brands::keep_file(tx, root, &digest, &kept)?;
        // The same once more is the same.
        brands::keep_file(tx, root, &digest, &kept)
    };
    world.gate.db().write(&scope, keep).await.unwrap();
    assert_eq!(logo("acme.localhost").await, None);
    world.publish(&world.acme, root, 1).await;
    assert_eq!(logo("acme.localhost").await, Some(bytes.clone()));
    assert_eq!(logo("bella.localhost").await, None);
    // Out of the draft it is still served; thrown away, the draft has it again.
    let none = Branding::default();
    let _ = world.draft(&world.acme, root, 2, none).await.unwrap();
    assert_eq!(logo("acme.localhost").await, Some(bytes.clone()));
    let revert = move |tx: &mut alvara_store::TenantTx<'_>| brands::revert(tx, root, 3);
    world.gate.db().write(&scope, revert).await.unwrap();
    let find = move |tx: &mut alvara_store::TenantTx<'_>| brands::find(tx, root);
    let stored = world.gate.db().read(&scope, find).await.unwrap().unwrap();
    assert_eq!(stored.draft, with_logo);
    assert_eq!((stored.version, stored.published_version), (4, 2));
    // Nowhere named any more, its bytes are gone.
    let none = Branding::default();
    let _ = world.draft(&world.acme, root, 4, none).await.unwrap();
    world.publish(&world.acme, root, 5).await;
    assert_eq!(logo("acme.localhost").await, None);
    let gone = "a".repeat(64);
    let find = move |tx: &mut alvara_store::TenantTx<'_>| brands::find_file(tx, root, &gone);
    assert_eq!(world.gate.db().read(&scope, find).await.unwrap(), None);
}

// R-TEN-04
#[tokio::test]
async fn certificates_are_for_names_of_active_tenants() {
    let world = World::new().await;
    let acme = world.console.scope(&world.acme);
    let add = |tx: &mut alvara_store::TenantTx<'_>| hosts::insert(tx, "licencas.acme.test");
    world.gate.db().write(&acme, add).await.unwrap();
    let served = async |name: &str| world.gate.serves_name(name).await.unwrap();
    for name in ["licencas.acme.test", "acme.localhost", "localhost"] {
        assert!(served(name).await, "{name}");
    }
    for name in [
        "",
        "127.0.0.1",
        "::1",
        "nobody.localhost",
        "x.acme.localhost",
        "acme.localhost:443",
        "acme.localhost.",
        "evil.test",
    ] {
        assert!(!served(name).await, "{name}");
    }
    let id = world.acme.id;
    let suspend = move |tx: &mut alvara_store::PlatformTx<'_>| {
        tenants::change_state(tx, id, TenantState::Suspended)
    };
    let platform = world.console.platform();
    let done = world.gate.db().platform_write(&platform, suspend).await;
    assert!(done.unwrap());
    assert!(!served("licencas.acme.test").await);
    assert!(!served("acme.localhost").await);
}

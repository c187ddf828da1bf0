use crate::world::{World, everywhere};
use alvara_domain::payment::report::{Description, Finality};
use alvara_domain::plugin::{InstalledPlugin, Publisher};
use alvara_store::page::PageRequest;
use alvara_store::{PlatformTx, StoreError, StoreResult, plugins};

fn described(version: &str) -> Description {
    Description {
        plugin_id: "pix".to_owned(),
        version: version.to_owned(),
        display_name: "PIX".to_owned(),
        methods: vec!["pix".to_owned()],
        currencies: vec!["BRL".parse().unwrap()],
        countries: vec!["BR".to_owned()],
        capabilities: Vec::new(),
        late_settlement: true,
        installments: false,
        finality: Finality::Immediate,
        min: None,
        max: None,
        max_installments: 1,
        refund_window_days: Some(90),
        default_expiry_seconds: Some(3600),
        config_fields: Vec::new(),
        required_customer_fields: Vec::new(),
    }
}

fn installed(
    tx: &mut PlatformTx<'_>,
    version: &str,
    component: &[u8],
) -> StoreResult<InstalledPlugin> {
    let plugin = InstalledPlugin {
        id: tx.new_id()?,
        name: "pix".to_owned(),
        plugin_version: version.to_owned(),
        digest: format!("{:064x}", component.len()),
        size_bytes: i64::try_from(component.len()).unwrap(),
        manifest: format!("id = \"pix\"\nversion = \"{version}\""),
        description: described(version),
        publisher: None,
        grants: None,
        installed_at: tx.now(),
        updated_at: tx.now(),
        version: 1,
    };
    plugins::insert(tx, &plugin, component)?;
    Ok(plugin)
}

/// Bytes that no text column would keep as they are, more than three rows of them.
fn component(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

#[test]
fn a_component_comes_back_to_the_byte_and_versions_live_side_by_side() {
    // R-PAY-01
    everywhere(async |world: World| {
        let bytes = component(150_001);
        let put = bytes.clone();
        let (one, two) = world
            .db
            .platform_write(&world.platform(), move |tx| -> StoreResult<_> {
                let one = installed(tx, "1.0.0", &put)?;
                let two = installed(tx, "1.1.0", &put[..45_000])?;
                Ok((one, two))
            })
            .await
            .unwrap();
        let (first, second) = (one.id, two.id);
        let found = world
            .db
            .platform_read(&world.platform(), move |tx| -> StoreResult<_> {
                Ok((
                    plugins::component(tx, first)?,
                    plugins::component(tx, second)?,
                    plugins::find(tx, first)?,
                    plugins::list(tx, Some("pix"), &PageRequest::new(Some(1), None))?,
                    plugins::list(tx, Some("boleto"), &PageRequest::new(Some(1), None))?,
                ))
            })
            .await
            .unwrap();
        assert_eq!(found.0.as_ref(), Some(&bytes));
        assert_eq!(found.1.as_deref(), Some(&bytes[..45_000]));
        assert_eq!(found.2, Some(one));
        assert_eq!(found.3.items, [two]);
        assert!(found.3.next.is_some());
        assert!(found.4.items.is_empty());
        // The same version again, or the same bytes as another version, is refused and leaves nothing.
        for (version, length) in [("1.0.0", 10), ("2.0.0", 150_001)] {
            let again = component(length);
            let refused = world
                .db
                .platform_write(&world.platform(), move |tx| installed(tx, version, &again))
                .await;
            assert!(matches!(refused, Err(StoreError::Taken)), "{refused:?}");
        }
        let removed = world
            .db
            .platform_write(&world.platform(), move |tx| -> StoreResult<_> {
                Ok((plugins::remove(tx, first)?, plugins::remove(tx, first)?))
            })
            .await
            .unwrap();
        assert_eq!(removed, (true, false));
        let left = world
            .db
            .platform_read(&world.platform(), move |tx| -> StoreResult<_> {
                Ok((
                    plugins::component(tx, first)?,
                    plugins::component(tx, second)?.is_some(),
                ))
            })
            .await
            .unwrap();
        assert_eq!(left, (None, true));
    });
}

#[test]
fn a_tenant_sees_what_is_offered_to_it_and_granted() {
    // R-PAY-01
    everywhere(async |world: World| {
        let (acme, other) = (world.house("acme").await, world.house("other").await);
        let tenant = acme.tenant;
        let plugin = world
            .db
            .platform_write(&world.platform(), move |tx| -> StoreResult<_> {
                let plugin = installed(tx, "1.0.0", &component(9))?;
                assert!(plugins::offer(tx, tenant, "pix")?);
                assert!(!plugins::offer(tx, tenant, "pix")?);
                Ok(plugin)
            })
            .await
            .unwrap();
        let id = plugin.id;
        let seen = async |house| {
            world
                .db
                .read(&world.whole(house), move |tx| -> StoreResult<_> {
                    Ok((
                        plugins::is_offered(tx, "pix")?,
                        plugins::find_offered(tx, id)?.is_some(),
                        plugins::list_versions_offered(tx, "pix")?.len(),
                        plugins::list_offered(tx)?.len(),
                    ))
                })
                .await
                .unwrap()
        };
        assert_eq!(seen(&acme).await, (true, true, 0, 1), "not granted yet");
        assert_eq!(seen(&other).await, (false, false, 0, 0));
        let granted = world
            .db
            .platform_write(&world.platform(), move |tx| -> StoreResult<_> {
                Ok((
                    plugins::grant(tx, id, 1, "{}")?,
                    plugins::grant(tx, id, 1, "{\"late\":true}")?,
                ))
            })
            .await
            .unwrap();
        assert_eq!(
            granted,
            (true, false),
            "the second one read an older version"
        );
        assert_eq!(seen(&acme).await, (true, true, 1, 1));
        assert_eq!(seen(&other).await, (false, false, 0, 0));
        world
            .db
            .platform_write(&world.platform(), move |tx| -> StoreResult<_> {
                assert!(plugins::withdraw(tx, tenant, "pix")?);
                assert!(!plugins::withdraw(tx, tenant, "pix")?);
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(seen(&acme).await, (false, false, 0, 0));
    });
}

#[test]
fn publishers_are_trusted_once_and_no_longer() {
    // R-PAY-04
    everywhere(async |world: World| {
        let done = world
            .db
            .platform_write(&world.platform(), move |tx| -> StoreResult<_> {
                let publisher = Publisher {
                    fingerprint: "ab".repeat(32),
                    name: "The house".to_owned(),
                    public_key: "A".repeat(44),
                    created_at: tx.now(),
                };
                assert!(plugins::trust(tx, &publisher)?);
                assert!(!plugins::trust(tx, &publisher)?);
                let found = plugins::find_publisher(tx, &publisher.fingerprint)?;
                assert_eq!(found.as_ref(), Some(&publisher));
                assert_eq!(
                    plugins::list_publishers(tx)?,
                    std::slice::from_ref(&publisher)
                );
                let gone = plugins::distrust(tx, &publisher.fingerprint)?;
                Ok((gone, plugins::distrust(tx, &publisher.fingerprint)?))
            })
            .await
            .unwrap();
        assert_eq!(done, (true, false));
    });
}

use crate::world::{House, World, at, everywhere};
use alvara_domain::id::MemberId;
use alvara_domain::node::Node;
use alvara_domain::product::SigningKeyState;
use alvara_store::api_keys::{self, ApiKey};
use alvara_store::members::{self, Member, MemberFilter, MemberState};
use alvara_store::page::PageRequest;
use alvara_store::profiles::{self, Profile};
use alvara_store::refresh_tokens::{self, Use};
use alvara_store::sessions::{self, Session};
use alvara_store::token_keys::{self, TokenKey};
use alvara_store::{Reach, StoreError};

async fn member(world: &World, house: &House, place: &Node, email: &str) -> Member {
    let (place, email) = (place.clone(), email.to_owned());
    world
        .db
        .write(
            &world.whole(house),
            move |tx| -> Result<Member, StoreError> {
                let member = Member {
                    tenant_id: tx.tenant(),
                    id: tx.new_id()?,
                    node_id: place.id,
                    node_path: place.path.clone(),
                    email: email.clone(),
                    name: "Ana".to_owned(),
                    role: "agent".to_owned(),
                    state: MemberState::Active,
                    locale: None,
                    password_hash: "$argon2id$".to_owned(),
                    totp_sealed: None,
                    totp_last_step: 0,
                    failed_attempts: 0,
                    locked_until: None,
                    credentials_epoch: 0,
                    created_at: tx.now(),
                    updated_at: tx.now(),
                    version: 1,
                };
                members::insert(tx, &member)?;
                Ok(member)
            },
        )
        .await
        .unwrap()
}

#[test]
fn members_sign_in_and_are_locked_out() {
    // R-TEN-07
    everywhere(async |world: World| {
        let (acme, other) = (world.house("acme").await, world.house("other").await);
        let ana = member(&world, &acme, &acme.agent, " Ana@Example.COM ").await;
        // One address may sign in to two tenants, and only once to each.
        member(&world, &other, &other.agent, "ana@example.com").await;
        let id = ana.id;
        let twin = Member {
            id: MemberId::from_ulid(alvara_domain::id::Ulid::from_bytes([9; 16])),
            ..ana.clone()
        };
        assert!(matches!(
            world
                .db
                .write(&world.whole(&acme), move |tx| members::insert(tx, &twin))
                .await,
            Err(StoreError::Taken)
        ));
        world
            .db
            .write(&world.whole(&acme), move |tx| -> Result<(), StoreError> {
                let found = members::find_by_email(tx, "ANA@example.com")?.unwrap();
                assert_eq!(
                    found,
                    Member {
                        email: "ana@example.com".to_owned(),
                        ..ana.clone()
                    }
                );
                for wrong in 1..=5 {
                    assert_eq!(members::record_failure(tx, id)?, wrong);
                }
                members::lock(tx, id, at("2026-02-01T00:00:00Z"))?;
                let locked = members::find(tx, id)?.unwrap();
                assert_eq!(
                    (locked.failed_attempts, locked.locked_until, locked.version),
                    (5, Some(at("2026-02-01T00:00:00Z")), 1)
                );
                members::record_success(tx, id)?;
                assert_eq!(members::find(tx, id)?.unwrap().failed_attempts, 0);
                // A step of the second factor is good once, and no older one after it.
                assert!(members::set_totp(tx, id, Some("sealed"))?);
                assert!(members::use_totp_step(tx, id, 100)?);
                assert!(!members::use_totp_step(tx, id, 100)?);
                assert!(!members::use_totp_step(tx, id, 99)?);
                assert!(members::set_password(tx, id, "$argon2id$new")?);
                let mut changed = members::find(tx, id)?.unwrap();
                assert_eq!((changed.credentials_epoch, changed.version), (2, 3));
                changed.name = "Ana Maria".to_owned();
                members::update(tx, &changed)?;
                assert_eq!(members::find(tx, id)?.unwrap().credentials_epoch, 2);
                assert!(matches!(
                    members::update(tx, &changed),
                    Err(StoreError::Stale)
                ));
                (changed.state, changed.version) = (MemberState::Disabled, 4);
                members::update(tx, &changed)?;
                assert_eq!(members::find(tx, id)?.unwrap().credentials_epoch, 3);
                let filter = MemberFilter {
                    search: Some("ANA@".to_owned()),
                    state: Some(MemberState::Disabled),
                    ..MemberFilter::default()
                };
                assert_eq!(
                    members::list(tx, &filter, &PageRequest::default())?
                        .items
                        .len(),
                    1
                );
                Ok(())
            })
            .await
            .unwrap();
        let sibling = world.scope(&acme.sibling, Reach::Tree);
        world
            .db
            .write(&sibling, move |tx| -> Result<(), StoreError> {
                assert!(
                    members::find(tx, id)?.is_none()
                        && members::find_by_email(tx, "ana@example.com")?.is_none()
                );
                assert!(
                    !members::set_password(tx, id, "x")?
                        && !members::set_totp(tx, id, None)?
                        && !members::use_totp_step(tx, id, 500)?
                );
                assert!(
                    members::list(tx, &MemberFilter::default(), &PageRequest::default())?
                        .items
                        .is_empty()
                );
                Ok(())
            })
            .await
            .unwrap();
    });
}

#[test]
fn sessions_end_and_refresh_tokens_are_good_once() {
    // R-TEN-07
    everywhere(async |world: World| {
        let (acme, other) = (world.house("acme").await, world.house("other").await);
        let ana = member(&world, &acme, &acme.agent, "ana@example.com").await;
        let whole = world.whole(&acme);
        let (id, hash) = (ana.id, "h".repeat(64));
        let session = Session {
            id_hash: hash.clone(),
            member_id: id,
            created_at: world.clock.now(),
            last_seen_at: world.clock.now(),
            expires_at: at("2026-02-01T00:00:00Z"),
            source_address: "127.0.0.1".to_owned(),
            user_agent: "é".repeat(400),
        };
        let kept = Session {
            user_agent: "é".repeat(300),
            ..session.clone()
        };
        world
            .db
            .write(&whole, move |tx| sessions::insert(tx, &session))
            .await
            .unwrap();
        let elsewhere = world.whole(&other);
        let find = async |scope| {
            let hash = hash.clone();
            world
                .db
                .read(scope, move |tx| sessions::find(tx, &hash))
                .await
                .unwrap()
        };
        assert_eq!(find(&whole).await.unwrap(), (kept, ana));
        assert!(find(&elsewhere).await.is_none());
        let tenant = world
            .db
            .platform_read(&world.platform(), {
                let hash = hash.clone();
                move |tx| sessions::find_tenant(tx, &hash)
            })
            .await
            .unwrap();
        assert_eq!(tenant, Some(acme.tenant));
        assert_eq!(
            world
                .db
                .read(&whole, move |tx| sessions::list(tx, id))
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(world.clock.set(at("2026-02-01T00:00:00Z")));
        assert!(find(&whole).await.is_none());
        assert_eq!(
            world
                .db
                .platform_write(&world.platform(), sessions::purge)
                .await
                .unwrap(),
            1
        );

        let late = at("2026-03-01T00:00:00Z");
        world
            .db
            .write(&whole, move |tx| {
                refresh_tokens::insert(tx, "one", "family", id, late)
            })
            .await
            .unwrap();
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (db, whole) = (world.db.clone(), whole.clone());
                tokio::spawn(async move {
                    db.write(&whole, |tx| refresh_tokens::use_once(tx, "one"))
                        .await
                        .unwrap()
                })
            })
            .collect();
        let (mut good, mut others) = (0, 0);
        for task in tasks {
            match task.await.unwrap() {
                Use::Good { member, family } => {
                    assert_eq!((member, family.as_str()), (id, "family"));
                    good += 1;
                }
                Use::Replayed { .. } | Use::Unknown => others += 1,
            }
        }
        assert_eq!((good, others), (1, 7));
        // The replay ended the family.
        assert_eq!(
            world
                .db
                .write(&whole, |tx| refresh_tokens::use_once(tx, "one"))
                .await
                .unwrap(),
            Use::Unknown
        );
        let early = world.clock.now();
        world
            .db
            .write(&whole, move |tx| {
                refresh_tokens::insert(tx, "two", "family", id, early)
            })
            .await
            .unwrap();
        assert_eq!(
            world
                .db
                .write(&whole, |tx| refresh_tokens::use_once(tx, "two"))
                .await
                .unwrap(),
            Use::Unknown
        );
        assert_eq!(
            world
                .db
                .platform_write(&world.platform(), refresh_tokens::purge)
                .await
                .unwrap(),
            1
        );
    });
}

#[test]
fn credentials_of_programs_are_scoped_and_revoked() {
    // R-TEN-08
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        let place = acme.agent.clone();
        let key = world
            .db
            .write(
                &world.whole(&acme),
                move |tx| -> Result<ApiKey, StoreError> {
                    let key = ApiKey {
                        tenant_id: tx.tenant(),
                        id: tx.new_id()?,
                        node_id: place.id,
                        node_path: place.path.clone(),
                        name: "ERP".to_owned(),
                        role: "agent".to_owned(),
                        permissions: vec!["license.read".to_owned()],
                        created_by: "console".to_owned(),
                        created_at: tx.now(),
                        expires_at: None,
                        revoked_at: None,
                        last_used_at: None,
                    };
                    api_keys::insert(tx, &key, &"s".repeat(64))?;
                    Ok(key)
                },
            )
            .await
            .unwrap();
        let find = async || {
            world
                .db
                .platform_read(&world.platform(), |tx| {
                    api_keys::find_by_secret(tx, &"s".repeat(64))
                })
                .await
                .unwrap()
                .unwrap()
        };
        assert_eq!(find().await, key);
        let id = key.id;
        assert!(
            !world
                .db
                .write(&world.scope(&acme.sibling, Reach::Tree), move |tx| {
                    api_keys::revoke(tx, id)
                })
                .await
                .unwrap()
        );
        assert!(find().await.is_live(world.clock.now()));
        world
            .db
            .write(&world.whole(&acme), move |tx| api_keys::touch(tx, id))
            .await
            .unwrap();
        assert!(
            world
                .db
                .write(&world.scope(&acme.agent, Reach::Tree), move |tx| {
                    api_keys::revoke(tx, id)
                })
                .await
                .unwrap()
        );
        let revoked = find().await;
        assert!(!revoked.is_live(world.clock.now()) && revoked.last_used_at.is_some());
        assert_eq!(
            world
                .db
                .read(&world.whole(&acme), |tx| api_keys::list(
                    tx,
                    &PageRequest::default()
                ))
                .await
                .unwrap()
                .items,
            [revoked]
        );
    });
}

#[test]
fn profiles_and_token_keys_are_kept() {
    // R-TEN-08
    everywhere(async |world: World| {
        let acme = world.house("acme").await;
        world
            .db
            .write(&world.whole(&acme), |tx| -> Result<(), StoreError> {
                assert_eq!(profiles::stamp(tx)?, (0, 0));
                let profile = Profile {
                    tenant_id: tx.tenant(),
                    id: tx.new_id()?,
                    name: "Vendas".to_owned(),
                    rules: serde_json::json!(["license.read"]),
                    created_at: tx.now(),
                    updated_at: tx.now(),
                    version: 1,
                };
                profiles::insert(tx, &profile)?;
                assert_eq!(profiles::find(tx, profile.id)?.unwrap(), profile);
                profiles::update(
                    tx,
                    &Profile {
                        rules: serde_json::json!([]),
                        ..profile.clone()
                    },
                )?;
                assert!(matches!(
                    profiles::update(tx, &profile),
                    Err(StoreError::Stale)
                ));
                assert_eq!(profiles::stamp(tx)?, (1, 2));
                assert_eq!(profiles::list(tx)?[0].rules, serde_json::json!([]));
                Ok(())
            })
            .await
            .unwrap();
        world
            .db
            .platform_write(&world.platform(), |tx| -> Result<(), StoreError> {
                let key = TokenKey {
                    kid: "kid".to_owned(),
                    state: SigningKeyState::Next,
                    public_pem: "pem".to_owned(),
                    private_sealed: "sealed".to_owned(),
                    created_at: tx.now(),
                    retires_at: None,
                };
                token_keys::insert(tx, &key)?;
                assert!(token_keys::list(tx)? == [key]);
                assert!(token_keys::change_state(
                    tx,
                    "kid",
                    SigningKeyState::Active,
                    None
                )?);
                assert!(!token_keys::change_state(
                    tx,
                    "kid",
                    SigningKeyState::Next,
                    None
                )?);
                assert!(token_keys::change_state(
                    tx,
                    "kid",
                    SigningKeyState::Retired,
                    None
                )?);
                assert!(token_keys::list(tx)?.is_empty());
                Ok(())
            })
            .await
            .unwrap();
    });
}

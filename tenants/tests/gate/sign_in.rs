use alvara_domain::node::NodeKind;
use alvara_tenants::{PermissionKey, SignInRefused};
use alvara_vault::TotpSecret;

use crate::world::{PASSWORD, START, World, is_unauthenticated, origin};

const HOST: &str = "acme.localhost";
const ANA: &str = "admin@acme.test";

#[tokio::test]
async fn the_right_password_opens_a_session_and_the_log_says_so() {
    // R-TEN-07, R-TEN-08
    let world = World::new().await;
    let grant = world
        .try_sign_in(HOST, "  ADMIN@acme.TEST ", PASSWORD, None)
        .await
        .unwrap();
    let principal = world.with_session(HOST, &grant.secret).await.unwrap();
    assert_eq!(principal.member().unwrap().email, ANA);
    assert_eq!(principal.tenant(), world.acme.id);
    assert!(
        world
            .scope(&principal, HOST, PermissionKey::LicenseIssue)
            .await
            .unwrap()
            .is_whole_tenant()
    );
    assert!(
        world
            .try_sign_in(HOST, ANA, "wrong horse battery", None)
            .await
            .is_err()
    );
    assert!(
        world
            .try_sign_in(HOST, "nobody@acme.test", PASSWORD, None)
            .await
            .is_err()
    );
    let log = world.audit(&world.acme).await;
    let actions: Vec<&str> = log.iter().map(|(action, _, _)| action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "tenant.created",
            "session.created",
            "session.refused",
            "session.refused"
        ]
    );
    let who = principal.member().unwrap().id.to_string();
    assert_eq!(
        (log[1].1.as_str(), log[2].1.as_str()),
        (who.as_str(), who.as_str())
    );
    assert!(log[3].1.starts_with("email:"));
    let everything = format!("{log:?}");
    for secret in [PASSWORD, "wrong horse", "nobody@", grant.secret.expose()] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn five_wrong_passwords_lock_out_for_a_quarter_of_an_hour() {
    // R-TEN-07
    let world = World::new().await;
    for _ in 0..5 {
        let refused = world
            .try_sign_in(HOST, ANA, "wrong horse battery", None)
            .await;
        assert!(matches!(refused, Err(SignInRefused::Credentials)));
    }
    for password in [PASSWORD, "wrong horse battery"] {
        match world.try_sign_in(HOST, ANA, password, None).await {
            Err(SignInRefused::Locked { until }) => assert_eq!(until.seconds(), START + 900),
            other => panic!("{other:?}"),
        }
    }
    world.wait(899);
    assert!(matches!(
        world.try_sign_in(HOST, ANA, PASSWORD, None).await,
        Err(SignInRefused::Locked { .. })
    ));
    world.wait(1);
    assert!(world.try_sign_in(HOST, ANA, PASSWORD, None).await.is_ok());
    // A right password forgets the wrong ones.
    for _ in 0..4 {
        assert!(
            world
                .try_sign_in(HOST, ANA, "wrong horse battery", None)
                .await
                .is_err()
        );
    }
    assert!(world.try_sign_in(HOST, ANA, PASSWORD, None).await.is_ok());
}

#[tokio::test]
async fn the_second_lock_out_is_longer() {
    // R-TEN-07
    let world = World::new().await;
    for round in 0..2 {
        for _ in 0..5 {
            let refused = world
                .try_sign_in(HOST, ANA, "wrong horse battery", None)
                .await;
            assert!(
                matches!(refused, Err(SignInRefused::Credentials)),
                "{round}"
            );
        }
        if round == 0 {
            world.wait(900);
        }
    }
    match world.try_sign_in(HOST, ANA, PASSWORD, None).await {
        Err(SignInRefused::Locked { until }) => assert_eq!(until.seconds(), START + 900 + 1800),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_address_that_nobody_has_is_locked_out_just_so() {
    // R-TEN-01, R-TEN-07
    let world = World::new().await;
    for _ in 0..5 {
        let refused = world
            .try_sign_in(HOST, "nobody@acme.test", PASSWORD, None)
            .await;
        assert!(matches!(refused, Err(SignInRefused::Credentials)));
    }
    match world
        .try_sign_in(HOST, "nobody@acme.test", PASSWORD, None)
        .await
    {
        Err(SignInRefused::Locked { until }) => assert_eq!(until.seconds(), START + 900),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn guesses_at_the_same_time_have_five_tries_together() {
    // R-TEN-07
    let world = World::new().await;
    let mut tries = Vec::new();
    for index in 0..20 {
        let (gate, host) = (world.gate.clone(), world.host(HOST).await);
        tries.push(async move {
            let password = format!("wrong horse {index}");
            let request = alvara_tenants::SignIn {
                email: ANA,
                password: &password,
                code: None,
                user_agent: "Test/1",
            };
            matches!(
                gate.sign_in(&host, request, &origin()).await,
                Err(SignInRefused::Locked { .. })
            )
        });
    }
    let mut locked = 0;
    let mut set = tokio::task::JoinSet::new();
    for attempt in tries {
        set.spawn(attempt);
    }
    while let Some(done) = set.join_next().await {
        locked += usize::from(done.unwrap());
    }
    assert_eq!(locked, 15);
}

#[tokio::test]
async fn one_time_codes_are_asked_for_once_confirmed_and_count_once() {
    // R-TEN-07
    let world = World::new().await;
    let ana = world.sign_in(HOST, ANA).await.principal;
    assert!(
        world
            .gate
            .begin_totp(&ana, "wrong horse battery", "Acme", &origin())
            .await
            .is_err()
    );
    let enrolment = world
        .gate
        .begin_totp(&ana, PASSWORD, "Acme", &origin())
        .await
        .unwrap();
    // Begun is not confirmed: nothing is asked yet.
    world.sign_in(HOST, ANA).await;
    let seed = data_of(enrolment.secret.expose());
    let now = || world.clock.now().seconds();
    let wrong = world
        .gate
        .confirm_totp(&ana, &enrolment.ticket, "000000", &origin())
        .await;
    assert!(matches!(wrong, Err(SignInRefused::CodeWrong)));
    let code = seed.code_at(now()).unwrap();
    world
        .gate
        .confirm_totp(&ana, &enrolment.ticket, &code, &origin())
        .await
        .unwrap();
    assert!(matches!(
        world.try_sign_in(HOST, ANA, PASSWORD, None).await,
        Err(SignInRefused::CodeRequired)
    ));
    let replayed = world.try_sign_in(HOST, ANA, PASSWORD, Some(&code)).await;
    assert!(
        matches!(replayed, Err(SignInRefused::CodeWrong)),
        "the code that confirmed is used up"
    );
    world.wait(30);
    let code = seed.code_at(now()).unwrap();
    assert!(
        world
            .try_sign_in(HOST, ANA, PASSWORD, Some(&code))
            .await
            .is_ok()
    );
    assert!(matches!(
        world.try_sign_in(HOST, ANA, PASSWORD, Some(&code)).await,
        Err(SignInRefused::CodeWrong)
    ));
    // Without the password a right code is worth nothing, and says nothing.
    world.wait(30);
    let code = seed.code_at(now()).unwrap();
    let refused = world
        .try_sign_in(HOST, ANA, "wrong horse battery", Some(&code))
        .await;
    assert!(matches!(refused, Err(SignInRefused::Credentials)));
    world
        .gate
        .remove_totp(&ana, PASSWORD, &origin())
        .await
        .unwrap();
    world.sign_in(HOST, ANA).await;
}

#[tokio::test]
async fn an_enrolment_is_one_members_and_runs_out() {
    // R-TEN-07
    let world = World::new().await;
    let root = world
        .place(&world.acme, world.acme.root_node_id, NodeKind::Agent)
        .await;
    world
        .member(&world.acme, &root, "bia@acme.test", "agent")
        .await;
    let ana = world.sign_in(HOST, ANA).await.principal;
    let bia = world.sign_in(HOST, "bia@acme.test").await.principal;
    let enrolment = world
        .gate
        .begin_totp(&ana, PASSWORD, "Acme", &origin())
        .await
        .unwrap();
    let seed = data_of(enrolment.secret.expose());
    let code = seed.code_at(START).unwrap();
    assert!(
        world
            .gate
            .confirm_totp(&bia, &enrolment.ticket, &code, &origin())
            .await
            .is_err()
    );
    world.wait(901);
    let code = seed.code_at(START + 901).unwrap();
    assert!(
        world
            .gate
            .confirm_totp(&ana, &enrolment.ticket, &code, &origin())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn sessions_slide_end_and_can_be_ended() {
    // R-TEN-07
    let world = World::new().await;
    let first = world.sign_in(HOST, ANA).await;
    world.wait(11 * 3600);
    assert!(
        world.with_session(HOST, &first.secret).await.is_ok(),
        "used before it idled out"
    );
    world.wait(11 * 3600);
    let ana = world.with_session(HOST, &first.secret).await.unwrap();
    let second = world.sign_in(HOST, ANA).await;
    let sessions = world.gate.list_sessions(&ana, &origin()).await.unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        sessions.iter().filter(|session| session.is_current).count(),
        1
    );
    let other = sessions.iter().find(|session| !session.is_current).unwrap();
    assert!(
        world
            .gate
            .revoke_session(&ana, &other.handle, &origin())
            .await
            .unwrap()
    );
    assert!(
        !world
            .gate
            .revoke_session(&ana, &other.handle, &origin())
            .await
            .unwrap()
    );
    assert!(is_unauthenticated(
        world.with_session(HOST, &second.secret).await
    ));
    world.gate.sign_out(&ana, &origin()).await.unwrap();
    assert!(is_unauthenticated(
        world.with_session(HOST, &first.secret).await
    ));
    // Idle for longer than allowed.
    let third = world.sign_in(HOST, ANA).await;
    world.wait(12 * 3600);
    assert!(is_unauthenticated(
        world.with_session(HOST, &third.secret).await
    ));
    // However busy, it ends after two weeks.
    let fourth = world.sign_in(HOST, ANA).await;
    for _ in 0..33 {
        world.wait(10 * 3600);
        assert!(world.with_session(HOST, &fourth.secret).await.is_ok());
    }
    world.wait(6 * 3600);
    assert!(is_unauthenticated(
        world.with_session(HOST, &fourth.secret).await
    ));
}

#[tokio::test]
async fn a_new_password_ends_everything_but_the_session_that_set_it() {
    // R-TEN-07
    let world = World::new().await;
    let here = world.sign_in(HOST, ANA).await;
    let there = world.sign_in(HOST, ANA).await;
    let next = "a better horse battery";
    let wrong = world
        .gate
        .change_password(&here.principal, "wrong horse battery", next, &origin())
        .await;
    assert!(matches!(wrong, Err(SignInRefused::Credentials)));
    world
        .gate
        .change_password(&here.principal, PASSWORD, next, &origin())
        .await
        .unwrap();
    assert!(world.with_session(HOST, &here.secret).await.is_ok());
    assert!(is_unauthenticated(
        world.with_session(HOST, &there.secret).await
    ));
    assert!(world.try_sign_in(HOST, ANA, PASSWORD, None).await.is_err());
    assert!(world.try_sign_in(HOST, ANA, next, None).await.is_ok());
}

fn data_of(base32: &str) -> TotpSecret {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bits, mut held, mut bytes) = (0u32, 0, Vec::new());
    for symbol in base32.chars() {
        bits = bits << 5 | u32::try_from(alphabet.find(symbol).unwrap()).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    TotpSecret::from_bytes(&bytes).unwrap()
}

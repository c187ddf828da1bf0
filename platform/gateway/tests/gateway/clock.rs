//! Clock, log and randomness, as a guest sees them.

use crate::provider::Provider;
use crate::world::{NOW, World};

// R-PAY-03
#[tokio::test]
async fn a_guest_has_the_calls_time_in_the_accounts_zone() {
    let world = World::new().await;
    let provider = Provider::honest();
    for (zone, date, day, holiday) in [
        ("America/Sao_Paulo", "2026-11-20", "2026-11-22", true),
        ("Pacific/Kiritimati", "2026-11-23", "2026-11-23", false),
        ("No/Such_Zone", "2026-02-17", "2026-11-22", true),
        ("", "nonsense", "2026-11-22", false),
    ] {
        let settings = [("do", "clock"), ("zone", zone), ("date", date)];
        let said = world.tried(&provider, &settings).await;
        assert_eq!(said, format!("{} {day} {holiday}", NOW / 60), "{zone}");
    }
}

// R-PAY-03
#[tokio::test]
async fn what_a_guest_logs_is_one_line_without_secrets_and_numbers() {
    let world = World::new().await;
    let provider = Provider::honest();
    let line = "paid\nby 4111 1111 1111 1111, cpf 52998224725, key webhook-secret, R$ 19,90";
    world
        .tried(&provider, &[("do", "log"), ("line", line)])
        .await;
    let log = world.services.kept().log;
    assert_eq!(
        log[0].1,
        "paid by **** **** **** ****, cpf ***********, key **************, R$ 19,90"
    );
}

// R-PAY-03
#[tokio::test]
async fn randomness_is_random() {
    let world = World::new().await;
    let provider = Provider::honest();
    assert_eq!(world.tried(&provider, &[("do", "random")]).await, "true");
}

//! How often a program asks, and what does not stop it from asking.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use alvara_sdk::Client;

use crate::{NOW, Scene, options};

/// Runs the loop for a while that is long enough for several turns, and answers the calls in it.
fn calls_while(scene: &Scene, client: &Client) -> usize {
    let before = scene.calls();
    client.start();
    let (_quiet, never) = mpsc::channel::<()>();
    assert!(never.recv_timeout(Duration::from_millis(2500)).is_err());
    for _ in 0..5 {
        let _ = client.check();
    }
    scene.calls() - before
}

// R-SDK-01
#[test]
fn a_clock_that_is_ahead_is_no_reason_to_ask_at_once() {
    let scene = Scene::begin();
    scene.clock.store(NOW + 604_801, Ordering::SeqCst);
    assert_eq!(scene.contact(), ("GRACE", Some("CLOCK_WRONG".to_owned())));
    assert_eq!(calls_while(&scene, &scene.client), 0);
}

// R-SDK-01
#[test]
fn a_seat_that_is_not_to_be_had_is_asked_for_now_and_then() {
    let scene = Scene::begin();
    let client = scene.seated();
    scene.mood(|mood| mood.is_full = true);
    scene.clock.store(NOW + 30, Ordering::SeqCst);
    assert_eq!(calls_while(&scene, &client), 1);
}

// R-SDK-01
#[test]
fn a_listener_that_panics_stops_nobody() {
    let scene = Scene::begin();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    scene
        .client
        .on_change(|_| panic!("a listener of the program's"));
    let tell = move |state: &alvara_sdk::State| listener.lock().unwrap().push(state.status);
    scene.client.on_change(tell);
    scene.mood(|mood| mood.code = Some("SUSPENDED"));
    assert_eq!(scene.contact(), ("SUSPENDED", None));
    assert_eq!(*heard.lock().unwrap(), [alvara_sdk::Status::Suspended]);
}

// R-SDK-01
#[test]
fn what_a_program_brings_may_fail_and_the_loop_goes_on() {
    let scene = Scene::begin();
    let mut options = options(&scene.platform, &scene.clock, scene.folder.path());
    options.preset.retry = Duration::ZERO;
    options.preset.retry_most = Duration::ZERO;
    let (fails, asked) = (AtomicUsize::new(0), Arc::clone(&scene.platform));
    options.metrics = Some(Box::new(move || {
        assert!(fails.fetch_add(1, Ordering::SeqCst) > 0, "no figures");
        serde_json::json!({})
    }));
    let client = Client::open(options).unwrap();
    scene.clock.store(NOW + 604_800, Ordering::SeqCst);
    let before = asked.calls.load(Ordering::SeqCst);
    let _ = client.check();
    client.start();
    let (_quiet, never) = mpsc::channel::<()>();
    for _ in 0..100 {
        if asked.calls.load(Ordering::SeqCst) > before {
            return;
        }
        assert!(never.recv_timeout(Duration::from_millis(100)).is_err());
        let _ = client.check();
    }
    panic!("the loop ended with the first figures");
}

// R-SDK-01
#[test]
fn the_last_clone_gives_the_seat_back_also_in_a_listener() {
    let scene = Scene::begin();
    drop(scene.seated());
    assert_eq!(scene.freed(), 1);
    let client = scene.seated();
    let kept = Arc::new(Mutex::new(Some(client.clone())));
    let last = Arc::clone(&kept);
    client.on_change(move |_| drop(last.lock().unwrap().take()));
    let _ = client.check();
    scene.mood(|mood| mood.code = Some("SUSPENDED"));
    scene.clock.store(NOW + 604_800, Ordering::SeqCst);
    client.start();
    drop(client);
    let (_quiet, never) = mpsc::channel::<()>();
    for _ in 0..100 {
        if scene.freed() == 2 {
            assert!(kept.lock().unwrap().is_none());
            return;
        }
        assert!(never.recv_timeout(Duration::from_millis(50)).is_err());
    }
    panic!("the seat was not given back");
}

/// In a runtime, of which one thread must go on while the seat goes back in another.
#[cfg(feature = "async")]
mod asynchronous {
    use alvara_sdk::AsyncClient;

    use super::*;
    use crate::{open, told};

    // R-SDK-01
    #[test]
    fn a_dropped_client_gives_its_seat_back_and_blocks_no_runtime() {
        let scene = Scene::begin();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let client = AsyncClient::new(scene.seated());
        let mood = scene.platform.mood.lock().unwrap();
        // Whoever asks the platform now waits: the drop does not.
        runtime.block_on(async move { drop(client) });
        drop(mood);
        drop(runtime);
        assert_eq!(scene.freed(), 1, "the runtime waited for it as it ended");

        let client = AsyncClient::new(scene.seated());
        drop(client);
        assert_eq!(scene.freed(), 2, "without a runtime the drop itself waits");
    }

    // R-SDK-01
    #[test]
    fn closing_waits_for_the_seat() {
        let scene = Scene::begin();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let client = AsyncClient::new(open(&scene.platform, &scene.clock, scene.folder.path()));
        assert_eq!(told(&runtime.block_on(client.take_seat())), ("OK", None));
        runtime.block_on(client.close());
        assert_eq!(scene.freed(), 1);
    }
}

//! Compiled plugins on disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use alvara_gateway::{Digest, Gateway, GatewayConfig};
use zeroize::Zeroizing;

use crate::world::{manifest, wasm};

fn gateway(folder: &Path, key: u8) -> Gateway {
    Gateway::new(GatewayConfig {
        cache_dir: Some(folder.to_owned()),
        cache_key: Some(Zeroizing::new([key; 32])),
        ..GatewayConfig::default()
    })
    .expect("a gateway")
}

fn file(folder: &Path) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// Whether the plugin had to be compiled.
async fn compiles(folder: &Path, key: u8) -> bool {
    let bytes = wasm("hostile");
    let asked = AtomicBool::new(false);
    let plugin = gateway(folder, key)
        .load(Digest::of(&bytes), &manifest("hostile"), || {
            asked.store(true, Ordering::Relaxed);
            bytes.clone()
        })
        .await
        .expect("it loads");
    plugin.describe().await.expect("it works");
    asked.into_inner()
}

// R-PAY-01
#[tokio::test]
async fn a_plugin_is_compiled_once_and_taken_from_disk_afterwards() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("cache");
    assert!(compiles(&folder, 1).await);
    let mode = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&file(&folder)), 0o600);
    assert!(!compiles(&folder, 1).await);
}

// R-PAY-03
#[tokio::test]
async fn a_broken_or_foreign_file_is_compiled_anew_and_never_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("cache");
    assert!(compiles(&folder, 1).await);
    let path = file(&folder);
    let good = fs::read(&path).expect("it is there");
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for bad in [
        Vec::new(),
        b"no machine code".to_vec(),
        good[..good.len() - 1].to_vec(),
        flipped,
    ] {
        fs::write(&path, bad).expect("written");
        assert!(compiles(&folder, 1).await);
        assert_eq!(fs::read(&path).expect("there").len(), good.len(), "mended");
        assert!(!compiles(&folder, 1).await);
    }
    // Written by another installation, whole and right.
    assert!(compiles(&folder, 2).await);
    // Under the name of another plugin.
    fs::write(&path, &good).expect("written");
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .expect("text");
    let other = Digest::of(b"another").to_string();
    let foreign = folder.join(name.replace(&name[..64], &other));
    fs::rename(&path, &foreign).expect("renamed");
    let refused = gateway(&folder, 1)
        .load(Digest::of(b"another"), &manifest("hostile"), || {
            b"another".to_vec()
        })
        .await;
    assert!(refused.is_err(), "the bytes count, not the file's name");
}

// R-PAY-03
#[tokio::test]
async fn a_folder_that_others_may_enter_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("opened");
    let refused = Gateway::new(GatewayConfig {
        cache_dir: Some(folder.path().to_owned()),
        ..GatewayConfig::default()
    });
    assert!(refused.expect_err("too open").to_string().contains("0700"));
}

//! What a component exports and imports, seen from outside.
// R-PAY-01 R-PAY-04

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use wit_component::DecodedWasm;
use wit_parser::WorldItem;

/// Builds an example for WebAssembly and returns it.
fn built(example: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let status = Command::new(env!("CARGO"))
        .current_dir(&root)
        .args([
            "build",
            "--quiet",
            "--profile",
            "plugin",
            "--target",
            "wasm32-wasip2",
        ])
        .args(["-p", "alvara-plugin-sdk", "--example", example])
        .status()
        .expect("cargo starts");
    assert!(
        status.success(),
        "the guests need `rustup target add wasm32-wasip2`"
    );
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    std::fs::read(folder.join(format!("wasm32-wasip2/plugin/examples/{example}.wasm")))
        .expect("a component")
}

fn names(wasm: &[u8]) -> (BTreeSet<String>, BTreeSet<String>) {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(wasm).expect("a component")
    else {
        panic!("no component");
    };
    let world = &resolve.worlds[world];
    let of = |items: &mut dyn Iterator<Item = (&wit_parser::WorldKey, &WorldItem)>| {
        items.map(|(key, _)| resolve.name_world_key(key)).collect()
    };
    (of(&mut world.imports.iter()), of(&mut world.exports.iter()))
}

fn interfaces(of: &[&str]) -> BTreeSet<String> {
    of.iter()
        .map(|name| format!("alvara:payment/{name}@1.0.0"))
        .collect()
}

// R-PAY-04: the host takes a plugin at its exports.
#[test]
fn a_component_exports_what_it_was_told_to_and_nothing_else() {
    let (least_imports, least) = names(&built("least"));
    let (most_imports, most) = names(&built("most"));
    assert_eq!(least, interfaces(&["charges", "webhooks"]));
    assert_eq!(
        most,
        interfaces(&[
            "batch-files",
            "captures",
            "charges",
            "mandates",
            "refunds",
            "webhooks"
        ])
    );
    // What std brings along is answered by stubs of the host; powers are not among it.
    for import in least_imports.iter().chain(&most_imports) {
        let harmless = ["alvara:payment/", "wasi:io/", "wasi:cli/"];
        assert!(
            harmless.iter().any(|start| import.starts_with(start)),
            "{import}"
        );
    }
}

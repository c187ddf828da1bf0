//! Programs in C# that stand on `sdk/dotnet`: compiled by Mono's `mcs`, run by `mono`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use alvara_tests::settings::c_library;

use super::field::root;
use crate::getting_started::said;

/// One compilation at a time in a process.
static TURN: Mutex<()> = Mutex::new(());

/// What is compiled of the library; programs name it by this.
const ASSEMBLY: &str = "Alvara.Sdk.dll";

/// The sources in a folder of `sdk/dotnet`.
pub(super) fn sources(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("sdk/dotnet").join(folder)).unwrap();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cs"))
        .collect();
    found.sort();
    found
}

/// A program of these sources beside the library, both compiled where they are older than what they
/// are made of. The library of C is found as the system finds any.
pub(super) fn program(name: &str, made_of: &[PathBuf]) -> Command {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let native = c_library();
    let library = sources("src");
    let folder = native.join("licensed-dotnet");
    let (assembly, program) = (folder.join(ASSEMBLY), folder.join(format!("{name}.exe")));
    let newest = library.iter().chain(made_of).filter_map(|file| age(file));
    let newest = newest.max().unwrap();
    let is_newer = |file: &PathBuf| age(file).is_some_and(|made| made > newest);
    if !is_newer(&assembly) || !is_newer(&program) {
        // Other processes do the same meanwhile: each has a folder of its own, and the last one stays. An
        // assembly is called by the name of its file, so it cannot be another one until then.
        let fresh = native.join(format!("licensed-dotnet-{}-{name}", std::process::id()));
        fs::create_dir_all(&fresh).unwrap();
        let documentation = format!("-doc:{}", fresh.join("Alvara.Sdk.xml").display());
        compile(
            &fresh.join(ASSEMBLY),
            &["-target:library", &documentation],
            &library,
        );
        let reference = format!("-r:{}", fresh.join(ASSEMBLY).display());
        compile(&fresh.join(format!("{name}.exe")), &[&reference], made_of);
        fs::create_dir_all(&folder).unwrap();
        // In this order: who finds the program finds a library that is as new.
        fs::rename(fresh.join(ASSEMBLY), &assembly).unwrap();
        fs::rename(fresh.join(format!("{name}.exe")), &program).unwrap();
        fs::remove_dir_all(&fresh).unwrap();
    }
    drop(turn);
    let mut command = Command::new("mono");
    command.arg(program).env("LD_LIBRARY_PATH", native);
    command
}

fn age(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

/// Compiles with every warning an error; a public member without documentation is one.
fn compile(to: &Path, more: &[&str], made_of: &[PathBuf]) {
    let mut command = Command::new("mcs");
    command
        .args(["-langversion:7.2", "-warn:4", "-warnaserror"])
        .args(more)
        .arg(format!("-out:{}", to.display()))
        .args(made_of);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

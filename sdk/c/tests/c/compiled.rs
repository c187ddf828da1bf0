//! Programs compiled against the library.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder of this crate.
pub(crate) fn crate_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder with `libalvara.so` and `libalvara.a`: Cargo builds them with the tests, beside them.
pub(crate) fn library() -> PathBuf {
    let test = env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    assert!(
        folder.join("libalvara.so").is_file(),
        "{}",
        folder.display()
    );
    folder.to_owned()
}

/// How a program gets the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linked {
    /// It is loaded when the program starts.
    Shared,
    /// It is part of the program.
    Static,
}

/// Compiles a program, with every warning an error, and answers where it is.
pub(crate) fn compile(source: &Path, linked: Linked, folder: &Path) -> PathBuf {
    let is_c = source.extension().is_some_and(|extension| extension == "c");
    let (compiler, standard) = if is_c {
        ("cc", "-std=c99")
    } else {
        ("c++", "-std=c++17")
    };
    let program = folder.join(source.file_stem().unwrap());
    let mut command = Command::new(compiler);
    command
        .args([standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(crate_folder().join("include"))
        .arg(source)
        .arg("-o")
        .arg(&program);
    match linked {
        Linked::Shared => command
            .arg("-L")
            .arg(library())
            .args(["-lalvara", &format!("-Wl,-rpath,{}", library().display())]),
        Linked::Static => command.arg(library().join("libalvara.a")).args([
            "-lssl",
            "-lcrypto",
            "-lpthread",
            "-ldl",
            "-lm",
        ]),
    };
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    program
}

/// Runs a program that keeps its things below `folder`.
pub(crate) fn run(program: &Path, arguments: &[&str], folder: &Path) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("XDG_DATA_HOME", folder.join("data"))
        .env("XDG_STATE_HOME", folder.join("state"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// All that a program said.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "{}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    )
}

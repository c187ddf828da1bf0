//! Programs on machines, and the server they call.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use alvara_tests::program::payload;
use alvara_tests::served::{Place, Served};
use alvara_tests::settings::{c_library, python};
use alvara_tests::{License, Shop};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::csharp;
use crate::getting_started::said;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    Python,
    JavaScript,
    C,
    Cpp,
    CSharp,
}

pub(super) const LANGUAGES: [Language; 6] = [
    Language::Rust,
    Language::Python,
    Language::JavaScript,
    Language::C,
    Language::Cpp,
    Language::CSharp,
];

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What runs a program of a language; where it is compiled, the program itself.
pub(super) fn interpreter(language: Language) -> Command {
    match language {
        Language::Rust => Command::new(env!("CARGO_BIN_EXE_licensed")),
        Language::Python => {
            let python = python().unwrap_or_else(|| "python3".into());
            let mut command = Command::new(python);
            // Nothing is left beside the sources.
            command.env("PYTHONDONTWRITEBYTECODE", "1");
            command
        }
        Language::JavaScript => Command::new("node"),
        Language::C => compiled("c"),
        Language::Cpp => compiled("cpp"),
        Language::CSharp => csharp::program(
            "licensed",
            &[root().join("tests/clients/licensed_program.cs")],
        ),
    }
}

/// The licensed program of a language, beside the library and compiled where it is older than what it
/// is made of. In C the library is loaded, in C++ it is part of the program.
fn compiled(language: &str) -> Command {
    let library = c_library();
    let program = library.join(format!("licensed-{language}"));
    let include = root().join("sdk/c/include");
    let source = root().join(format!("tests/clients/licensed_program.{language}"));
    let made_of = [
        source.clone(),
        include.join("alvara.h"),
        include.join("alvara.hpp"),
        library.join("libalvara.so"),
        library.join("libalvara.a"),
    ];
    let changed = |file: &PathBuf| fs::metadata(file).unwrap().modified().unwrap();
    let newest = made_of.iter().map(changed).max().unwrap();
    if program.is_file() && changed(&program) > newest {
        return Command::new(program);
    }
    // Other tests do the same meanwhile: each has a file of its own, and the last one stays.
    let fresh = library.join(format!("licensed-{language}-{}", std::process::id()));
    let (compiler, standard) = match language {
        "c" => ("cc", "-std=c99"),
        _ => ("c++", "-std=c++17"),
    };
    let mut command = Command::new(compiler);
    command
        .args([standard, "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(&include)
        .arg(&source)
        .arg("-o")
        .arg(&fresh);
    match language {
        "c" => command
            .arg("-L")
            .arg(&library)
            .args(["-lalvara", &format!("-Wl,-rpath,{}", library.display())]),
        _ => command.arg(library.join("libalvara.a")).args([
            "-lssl",
            "-lcrypto",
            "-lpthread",
            "-ldl",
            "-lm",
        ]),
    };
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    fs::rename(&fresh, &program).unwrap();
    Command::new(program)
}

/// A server with a shop, and a folder for what lies on machines.
pub(super) struct Field {
    pub(super) runtime: Runtime,
    pub(super) place: Place,
    pub(super) served: Served,
    pub(super) shop: Shop,
    pub(super) folder: TempDir,
}

impl Field {
    pub(super) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::in_directory(folder.path());
        let served = place.serve();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let shop = runtime.block_on(served.shop("acme"));
        let pem = served
            .nobody("acme.localhost")
            .get("/.well-known/alvara/writer/key.pem");
        let pem = runtime.block_on(async { pem.await.expect(200).body() });
        fs::write(folder.path().join("key.pem"), pem).unwrap();
        Self {
            runtime,
            place,
            served,
            shop,
            folder,
        }
    }

    pub(super) fn license_of(&self, terms: &Value) -> License {
        self.runtime.block_on(self.shop.license_of(terms))
    }

    /// What the agent does, which must go well.
    pub(super) fn agent(&self, verb: &str, path: &str) -> String {
        self.runtime.block_on(async {
            let answer = match verb {
                "POST" => self.shop.agent.post(path, &json!({})).await,
                _ => self.shop.agent.delete(path).await,
            };
            assert!(answer.status < 300, "{answer:?}");
            answer.body()
        })
    }

    /// A text that somebody carries to the platform.
    pub(super) fn carry(&self, path: &str, text: &str) -> String {
        let asked = self
            .served
            .nobody("acme.localhost")
            .ask(reqwest::Method::POST, path)
            .bytes("text/plain", text.as_bytes());
        self.runtime.block_on(async {
            let answer = asked.await;
            assert!(answer.status < 300, "{answer:?}");
            answer.body()
        })
    }

    /// A program on a machine of this name.
    pub(super) fn desk(&self, language: Language, machine: &str) -> Desk {
        let port = self.served.base_url().rsplit(':').next().unwrap();
        Desk {
            language,
            base: format!("http://acme.localhost:{port}"),
            pem: self.folder.path().join("key.pem"),
            folder: self.folder.path().join(format!("{language:?}-{machine}")),
            machine: machine.to_owned(),
        }
    }
}

/// A program, and the folder on its machine.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) language: Language,
    pub(super) base: String,
    pub(super) pem: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) machine: String,
}

impl Desk {
    pub(super) fn command(&self, verb: &str, more: &[&str]) -> Command {
        // The store is one: what opens it by force need not be of the language of the program.
        let language = match verb {
            "plant" | "show" => Language::Python,
            _ => self.language,
        };
        let mut command = interpreter(language);
        let clients = root().join("tests/clients");
        match language {
            Language::Rust | Language::C | Language::Cpp | Language::CSharp => &mut command,
            Language::Python => command.arg(clients.join("licensed_program.py")),
            Language::JavaScript => command.arg(clients.join("licensed_program.mjs")),
        };
        command
            .args([verb, "--base", &self.base, "--product", "writer"])
            .arg("--pem")
            .arg(&self.pem)
            .arg("--dir")
            .arg(&self.folder)
            .args(["--machine", &self.machine])
            .args(more);
        command
    }

    /// Runs the program for one call and answers what it said.
    pub(super) fn ask(&self, verb: &str, more: &[&str]) -> Value {
        let output = self
            .command(verb, more)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{:?} {verb}: {}",
            self.language,
            said(&output)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(super) fn status(&self, verb: &str, more: &[&str]) -> String {
        let shown = self.ask(verb, more);
        let status = shown["status"].as_str().unwrap();
        status.to_owned()
    }

    /// Its status by its own clock, without calling anybody.
    pub(super) fn at(&self, now: i64) -> Value {
        self.ask("check", &["--now", &now.to_string()])
    }

    pub(super) fn activate(&self, license: &License) -> Value {
        let state = self.ask("activate", &["--key", &license.key]);
        assert_eq!(state["error"], Value::Null, "{state}");
        state
    }

    /// The claims of the lease that it holds.
    pub(super) fn lease(&self) -> Value {
        payload(self.ask("show", &[])["lease"].as_str().unwrap())
    }

    /// Starts the program; it runs until its input ends or it is killed.
    pub(super) fn start(&self, verb: &str, more: &[&str]) -> Running {
        Running::begin(self.command(verb, more))
    }

    /// The same folder as another one, on a machine of another name.
    pub(super) fn copied(&self, name: &str, machine: &str) -> Self {
        let folder = self.folder.with_file_name(name);
        copy(&self.folder, &folder);
        Self {
            folder,
            machine: machine.to_owned(),
            ..self.clone()
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A program that runs. Dropping it kills it.
pub(super) struct Running {
    process: Child,
    input: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Running {
    pub(super) fn begin(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self {
            input: process.stdin.take(),
            process,
            lines,
        }
    }

    /// The next state that it says.
    pub(super) fn says(&mut self) -> Value {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).unwrap();
        assert!(read > 0, "it ended: {:?}", self.process.wait());
        serde_json::from_str(&line).unwrap()
    }

    /// Lets it end as any program does.
    pub(super) fn end(mut self) {
        drop(self.input.take());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

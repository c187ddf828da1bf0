//! What the client libraries cost the program that is licensed: how large they are, how long it
//! takes to start and look once, and what each further look costs.
//!
//! The programs are those that the suite drives, one for each language, activated against the real
//! server. A look reads what is kept, opens it, and judges the signed texts in it by the clock; it
//! calls nobody. Deliberately absent: the time of calls over the network, which is the server's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Map, json};

use crate::client::{Connection, get};
use crate::failure::{Failure, Outcome};
use crate::plan::Plan;
use crate::report::{Report, Row, Target, median, rounded};
use crate::server::Server;
use crate::world::{HOST, World};

/// How often a program is started for each figure.
const STARTS: usize = 9;
/// How often one looks in the run that is compared with a run that looks once.
const LOOKS: u32 = 500;

/// A program in a language.
struct Program {
    language: &'static str,
    program: PathBuf,
    /// What the program interprets, if it does.
    script: Option<PathBuf>,
    /// Arguments with which it does nothing, where even that takes time.
    nothing: Option<[&'static str; 2]>,
    /// What a vendor gives away because of the library.
    given: Vec<PathBuf>,
}

pub(super) fn measure(plan: &Plan, world: &World, report: &mut Report) -> Outcome {
    println!("client libraries");
    let server = world.serve()?;
    let beside = std::env::current_exe()?;
    let built = beside.parent().unwrap_or(Path::new("."));
    let folder = tempfile::tempdir()?;
    let pem = folder.path().join("key.pem");
    let asked = get(HOST, "/.well-known/alvara/writer/key.pem", None);
    fs::write(&pem, Connection::open(server.address())?.ask(&asked)?.body)?;
    for (number, program) in (0..).zip(programs(&plan.python, built, folder.path())?) {
        let desk = Desk {
            program: &program,
            built,
            pem: &pem,
            folder: folder.path().join(program.language),
            server: &server,
        };
        desk.activate(&world.seat(number).key)?;
        desk.compare(report)?;
    }
    Ok(())
}

/// Compiles what must be compiled, as the libraries' pages tell their users to.
fn programs(python: &Path, built: &Path, folder: &Path) -> Outcome<Vec<Program>> {
    let root = std::env::current_dir()?;
    let clients = root.join("tests/clients");
    let include = root.join("sdk/c/include");
    let shared = built.join("libalvara.so");

    let c = folder.join("licensed-c");
    let mut compiler = Command::new("cc");
    compiler.args(["-std=c99", "-O2", "-I"]).arg(&include);
    compiler.arg(clients.join("licensed_program.c"));
    compiler.arg("-o").arg(&c).arg("-L").arg(built);
    run(compiler.args(["-lalvara", &format!("-Wl,-rpath,{}", built.display())]))?;

    let cpp = folder.join("licensed-cpp");
    let mut compiler = Command::new("c++");
    compiler
        .args(["-std=c++17", "-O2", "-s", "-I"])
        .arg(&include);
    compiler.arg(clients.join("licensed_program.cpp"));
    compiler.arg("-o").arg(&cpp).arg(built.join("libalvara.a"));
    run(compiler.args(["-lssl", "-lcrypto", "-lpthread", "-ldl", "-lm"]))?;

    let (assembly, csharp) = (
        folder.join("Alvara.Sdk.dll"),
        folder.join("licensed-csharp.exe"),
    );
    let mut compiler = Command::new("mcs");
    compiler.args(["-optimize+", "-target:library"]);
    compiler.arg(format!("-out:{}", assembly.display()));
    run(compiler.args(files(&root.join("sdk/dotnet/src"), "cs")?))?;
    let mut compiler = Command::new("mcs");
    compiler.arg("-optimize+");
    compiler.arg(format!("-r:{}", assembly.display()));
    compiler.arg(format!("-out:{}", csharp.display()));
    run(compiler.arg(clients.join("licensed_program.cs")))?;

    Ok(vec![
        Program {
            language: "Rust",
            program: built.join("licensed"),
            script: None,
            nothing: None,
            given: vec![built.join("licensed")],
        },
        Program {
            language: "C",
            program: c,
            script: None,
            nothing: None,
            given: vec![shared.clone()],
        },
        Program {
            language: "C++",
            program: cpp.clone(),
            script: None,
            nothing: None,
            given: vec![cpp],
        },
        Program {
            language: "C#",
            program: "mono".into(),
            script: Some(csharp),
            nothing: None,
            given: vec![assembly, shared],
        },
        Program {
            language: "Python",
            program: python.to_owned(),
            script: Some(clients.join("licensed_program.py")),
            nothing: Some(["-c", "pass"]),
            given: files(&root.join("sdk/python/src/alvara"), "py")?,
        },
        Program {
            language: "JavaScript",
            program: "node".into(),
            script: Some(clients.join("licensed_program.mjs")),
            nothing: Some(["-e", "0"]),
            given: files(&root.join("sdk/javascript/src"), "js")?,
        },
    ])
}

/// The files of a folder that end so, in order.
fn files(folder: &Path, extension: &str) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ends| ends == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A program with its folder on a machine.
struct Desk<'a> {
    program: &'a Program,
    built: &'a Path,
    pem: &'a Path,
    folder: PathBuf,
    server: &'a Server,
}

impl Desk<'_> {
    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.program.program);
        command.args(&self.program.script).arg(verb);
        let port = self.server.address().port();
        command.args(["--base", &format!("http://{HOST}:{port}")]);
        command.args(["--product", "writer", "--machine", self.program.language]);
        command.arg("--pem").arg(self.pem);
        command.arg("--dir").arg(&self.folder);
        // .NET finds the library of C as the system finds any.
        command.env("LD_LIBRARY_PATH", self.built);
        command
    }

    fn activate(&self, key: &str) -> Outcome {
        self.must_be_ok(&run(self.command("activate").args(["--key", key]))?)
    }

    /// A run that looked at nothing has measured nothing.
    fn must_be_ok(&self, said: &str) -> Outcome {
        let state: serde_json::Value = serde_json::from_str(said.trim())?;
        if state["status"] == "OK" {
            return Ok(());
        }
        Err(Failure::new(format!(
            "the program in {} should be licensed and says: {said}",
            self.program.language
        )))
    }

    /// Milliseconds of a whole run that looks so often.
    fn looking(&self, times: u32) -> Outcome<f64> {
        let mut command = self.command("check");
        command.args(["--times", &times.to_string()]);
        let begun = Instant::now();
        let said = run(&mut command)?;
        let spent = begun.elapsed();
        self.must_be_ok(&said)?;
        Ok(spent.as_secs_f64() * 1e3)
    }

    fn compare(&self, report: &mut Report) -> Outcome {
        let language = self.program.language;
        let (mut once, mut often, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..STARTS {
            once.push(self.looking(1)?);
            often.push(self.looking(LOOKS + 1)?);
            if let Some(words) = self.program.nothing {
                let begun = Instant::now();
                let _ = run(Command::new(&self.program.program).args(words))?;
                nothing.push(begun.elapsed().as_secs_f64() * 1e3);
            }
        }
        let (once, often) = (median(once), median(often));
        let given: Outcome<u64> = self
            .program
            .given
            .iter()
            .map(|file| Ok(fs::metadata(file)?.len()))
            .sum();
        report.add(Row {
            what: format!("a look at the license without network, {language}"),
            unit: "µs",
            value: (often - once) * 1e3 / f64::from(LOOKS),
            target: Target::AtMost(1000.0),
            parts: Map::new(),
            remark: String::new(),
        });
        let mut parts = Map::from_iter([("kB_given_away".to_owned(), json!(given? / 1000))]);
        if !nothing.is_empty() {
            let _ = parts.insert(
                "ms_of_the_interpreter_alone".to_owned(),
                json!(rounded(median(nothing))),
            );
        }
        report.add(Row {
            what: format!("a program that starts, looks once and ends, {language}"),
            unit: "ms",
            value: once,
            target: Target::AtMost(250.0),
            parts,
            remark: String::new(),
        });
        Ok(())
    }
}

/// What a command says, which must go well.
fn run(command: &mut Command) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(Failure::new(format!(
        "{}: {}",
        command.get_program().display(),
        String::from_utf8_lossy(&output.stderr)
    )))
}

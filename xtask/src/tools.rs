//! What the machine must have, and getting it there.
//!
//! Root on Debian gets the missing packages by apt-get. Anyone else is told the one command to
//! type. Cargo's own tools go under `target/tools`, never into the account's home.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::{Failure, Outcome, While as _};
use crate::process;

/// The versions of Cargo's own tools that we build when the machine has none: known to work with
/// the compiler this repository asks for.
pub(crate) const NEXTEST: &str = "0.9.143";
pub(crate) const DENY: &str = "0.20.2";

/// The first Node.js that runs what we have from npm.
const OLDEST_NODE: u32 = 18;

/// Something from the distribution: how to see it is there, and the Debian package that has it.
struct SystemTool {
    what: &'static str,
    package: &'static str,
    present: fn() -> bool,
}

/// To compile the server with the clients of all three databases.
const BUILD: &[SystemTool] = &[
    SystemTool {
        what: "a C compiler",
        package: "build-essential",
        present: || process::find_program("cc").is_some(),
    },
    SystemTool {
        what: "pkg-config",
        package: "pkg-config",
        present: || process::find_program("pkg-config").is_some(),
    },
    SystemTool {
        what: "OpenSSL's headers",
        package: "libssl-dev",
        present: || has_library("openssl"),
    },
    SystemTool {
        what: "PostgreSQL's client library",
        package: "libpq-dev",
        present: || has_library("libpq"),
    },
    SystemTool {
        what: "MariaDB's client library",
        package: "libmariadb-dev",
        present: || has_library("mysqlclient") || has_library("libmariadb"),
    },
];

const POSTGRES: SystemTool = SystemTool {
    what: "the PostgreSQL server",
    package: "postgresql",
    present: || postgres_programs().is_some(),
};

const MARIADB: SystemTool = SystemTool {
    what: "the MariaDB server",
    package: "mariadb-server",
    present: || {
        ["mariadbd", "mariadb-install-db"]
            .iter()
            .all(|name| process::find_program(name).is_some())
    },
};

/// The strangers who try our interfaces: a Node program for the desktop dialect, Python for the
/// fuzzing of the API and for a second opinion on signatures, C++ and C# for programs of the SDKs.
const STRANGERS: &[SystemTool] = &[
    SystemTool {
        what: "a C++ compiler",
        package: "g++",
        present: || process::find_program("c++").is_some(),
    },
    SystemTool {
        what: "Mono's C# compiler",
        package: "mono-mcs",
        present: || process::find_program("mcs").is_some(),
    },
    SystemTool {
        what: "Mono",
        package: "mono-runtime",
        present: || process::find_program("mono").is_some(),
    },
    // Lists what a library exports.
    SystemTool {
        what: "nm",
        package: "binutils",
        present: || process::find_program("nm").is_some(),
    },
    SystemTool {
        what: "Node.js 18 or newer",
        package: "nodejs",
        present: || node_version().is_some_and(|major| major >= OLDEST_NODE),
    },
    SystemTool {
        what: "npm",
        package: "npm",
        present: || process::find_program("npm").is_some(),
    },
    SystemTool {
        what: "Python 3 with venv",
        package: "python3-venv",
        present: || {
            process::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]))
        },
    },
    SystemTool {
        what: "the openssl program",
        package: "openssl",
        present: || process::find_program("openssl").is_some(),
    },
    // The page that a stranger starts with is run as it stands.
    SystemTool {
        what: "curl",
        package: "curl",
        present: || process::find_program("curl").is_some(),
    },
    SystemTool {
        what: "jq",
        package: "jq",
        present: || process::find_program("jq").is_some(),
    },
    // Documents are printed and scanned by programs that are not ours.
    SystemTool {
        what: "pdftoppm, pdftotext and pdfinfo",
        package: "poppler-utils",
        present: || {
            ["pdftoppm", "pdftotext", "pdfinfo"]
                .iter()
                .all(|name| process::find_program(name).is_some())
        },
    },
    SystemTool {
        what: "zbarimg",
        package: "zbar-tools",
        present: || process::find_program("zbarimg").is_some(),
    },
];

/// The first Node.js that drives a browser for us.
const OLDEST_NODE_FOR_BROWSER: u32 = 20;

/// A browser, letters for it to draw, and what drives it.
const BROWSER: &[SystemTool] = &[
    SystemTool {
        what: "Chromium",
        package: "chromium",
        present: || process::variable("ALVARA_CHROMIUM").is_some() || chromium().is_some(),
    },
    // Without letters nothing has a width, and without a width nothing is too wide.
    SystemTool {
        what: "fonts",
        package: "fonts-dejavu-core",
        present: has_fonts,
    },
    SystemTool {
        what: "Node.js 20 or newer",
        package: "nodejs",
        present: || node_version().is_some_and(|major| major >= OLDEST_NODE_FOR_BROWSER),
    },
    SystemTool {
        what: "npm",
        package: "npm",
        present: || process::find_program("npm").is_some(),
    },
    // Codes are read off the screen, and documents opened, by programs that are not ours.
    SystemTool {
        what: "pdftoppm, pdftotext and pdfinfo",
        package: "poppler-utils",
        present: || {
            ["pdftoppm", "pdftotext", "pdfinfo"]
                .iter()
                .all(|name| process::find_program(name).is_some())
        },
    },
    SystemTool {
        what: "zbarimg",
        package: "zbar-tools",
        present: || process::find_program("zbarimg").is_some(),
    },
];

/// What `demo` needs.
pub(crate) fn ensure_build() -> Outcome {
    ensure(&BUILD.iter().collect::<Vec<_>>())
}

/// The servers the chosen databases need, on top of what the build needs.
pub(crate) fn ensure_databases(databases: &[crate::databases::Database]) -> Outcome {
    use crate::databases::Database;
    let mut wanted: Vec<_> = BUILD.iter().collect();
    if databases.contains(&Database::Postgres) {
        wanted.push(&POSTGRES);
    }
    if databases.contains(&Database::Mariadb) {
        wanted.push(&MARIADB);
    }
    ensure(&wanted)
}

/// What the tests ask strangers for. Returns the Python that has them.
pub(crate) fn ensure_strangers() -> Outcome<PathBuf> {
    ensure(&STRANGERS.iter().collect::<Vec<_>>())?;
    python_environment()
}

/// What `test --browser` needs besides the build.
pub(crate) fn ensure_browser() -> Outcome {
    ensure(&BUILD.iter().chain(BROWSER).collect::<Vec<_>>())
}

fn ensure(tools: &[&SystemTool]) -> Outcome {
    let missing: Vec<_> = tools.iter().filter(|tool| !(tool.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|tool| tool.what).collect();
    let packages: Vec<_> = missing.iter().map(|tool| tool.package).collect();
    let command = format!("apt-get install --yes {}", packages.join(" "));
    if !is_root() || process::find_program("apt-get").is_none() {
        return Err(Failure::new(format!(
            "this machine lacks {}. On Debian or Ubuntu:\n\n    sudo {command}\n\n\
             elsewhere install the same by your own package manager, then come back",
            names.join(", ")
        )));
    }
    println!("Installing {} ({command})", names.join(", "));
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
        apt
    };
    process::capture(apt().arg("update"))?;
    process::capture(
        apt()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&packages),
    )?;
    match missing.iter().find(|tool| !(tool.present)()) {
        None => Ok(()),
        Some(tool) => Err(Failure::new(format!(
            "`{command}` went well, yet {} is not there; is an older one first on PATH?",
            tool.what
        ))),
    }
}

/// A Cargo subcommand we build ourselves when the machine has none.
pub(crate) fn ensure_cargo_tool(name: &str, version: &str) -> Outcome {
    if process::find_program(&format!("cargo-{name}")).is_some() {
        return Ok(());
    }
    println!("Building cargo-{name} {version}, once; it stays under target/tools");
    process::run(
        process::cargo()
            .args(["install", "--quiet", "--locked", "--root"])
            .arg(process::target().join("tools"))
            .arg(format!("cargo-{name}@{version}")),
    )
}

/// Part of the toolchain, yet a minimal installation may lack it.
pub(crate) fn ensure_component(subcommand: &str, component: &str) -> Outcome {
    if process::succeeds(process::cargo().args([subcommand, "--version"])) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "`cargo {subcommand}` is missing: rustup component add {component}"
    )))
}

/// What is wanted of PyPI, and how pip is told to get it.
const PYTHON_LISTS: [(&str, &[&str]); 2] = [
    ("xtask/python-requirements.txt", &[]),
    (
        "xtask/python-bare-requirements.txt",
        &["--no-deps", "--ignore-requires-python"],
    ),
];

/// A Python with what the lists name. They are copied beside it, so a changed list makes a fresh one.
fn python_environment() -> Outcome<PathBuf> {
    let folder = process::target().join("tools/python");
    let stamp = folder.join("installed.txt");
    let python = folder.join("bin/python");
    let mut list = String::new();
    for (wanted, _) in PYTHON_LISTS {
        list += &fs::read_to_string(process::root().join(wanted)).during(wanted)?;
    }
    if python.is_file() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == list) {
        return Ok(python);
    }
    println!("Preparing a Python environment for the tests");
    let _ = fs::remove_dir_all(&folder);
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    process::capture(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    for (wanted, how) in PYTHON_LISTS {
        process::capture(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet"])
                .args(how)
                .arg("--requirement")
                .arg(process::root().join(wanted)),
        )?;
    }
    fs::write(&stamp, list)?;
    Ok(python)
}

/// Whether programs from npm can be installed and run.
pub(crate) fn has_node() -> bool {
    node_version().is_some_and(|major| major >= OLDEST_NODE)
        && process::find_program("npm").is_some()
}

/// The packages from npm of the lock file in the folder `wanted` of the repository, installed as
/// `target/tools/<name>/node_modules`. The lock file is copied beside them: a changed one makes a
/// fresh folder. Nothing of theirs runs while they are installed.
pub(crate) fn ensure_node_modules(wanted: &str, name: &str) -> Outcome<PathBuf> {
    let wanted = process::root().join(wanted);
    let folder = process::target().join("tools").join(name);
    let stamp = folder.join("installed.json");
    let modules = folder.join("node_modules");
    let lock = fs::read_to_string(wanted.join("package-lock.json")).during("package-lock.json")?;
    if modules.is_dir() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(modules);
    }
    println!("Installing from npm what {} names", wanted.display());
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(wanted.join(file), folder.join(file)).during(file)?;
    }
    process::capture(Command::new("npm").current_dir(&folder).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]))?;
    fs::write(&stamp, lock)?;
    Ok(modules)
}

/// The folder with initdb and postgres: Debian keeps it off PATH, one a version.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry)))
        .map(|(version, entry)| (version, entry.path().join("bin")))
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .collect();
    versions.sort();
    versions.pop().map(|(_, folder)| folder).or_else(|| {
        let initdb = fs::canonicalize(process::find_program("initdb")?).ok()?;
        initdb.parent().map(PathBuf::from)
    })
}

pub(crate) fn is_root() -> bool {
    process::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Under any of its names.
fn chromium() -> Option<PathBuf> {
    [
        "chromium",
        "chromium-browser",
        "google-chrome-stable",
        "google-chrome",
    ]
    .into_iter()
    .find_map(process::find_program)
}

/// Whether there is any font with the letters of our languages.
fn has_fonts() -> bool {
    let listed = process::capture(Command::new("fc-list").args([":lang=pt", "family"]));
    listed.is_ok_and(|families| !families.trim().is_empty())
}

fn has_library(name: &str) -> bool {
    process::succeeds(Command::new("pkg-config").args(["--exists", name]))
}

fn node_version() -> Option<u32> {
    let said = process::capture(Command::new("node").arg("--version")).ok()?;
    said.trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

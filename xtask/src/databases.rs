//! Throw-away database servers for one run: their data lies in a temporary folder, they listen on
//! a free port of 127.0.0.1, and they go when the run goes, however it ends.
//!
//! The role the tests get on PostgreSQL may create databases but is no superuser: a superuser
//! walks through row-level security, and then the second wall would never be tried.

use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use crate::failure::{Failure, Outcome, While as _};
use crate::process;
use crate::tools;

/// The role and the password tests connect with. No secret: the server lives for minutes.
const ROLE: &str = "alvara";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Database {
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::Mariadb];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
        }
    }

    /// `sqlite,postgres` as a list without repetition.
    pub(crate) fn parse_list(text: &str) -> Outcome<Vec<Self>> {
        let mut list = Vec::new();
        for word in text.split(',').map(str::trim) {
            let database = word.parse()?;
            if !list.contains(&database) {
                list.push(database);
            }
        }
        Ok(list)
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Database {
    type Err = Failure;

    fn from_str(word: &str) -> Outcome<Self> {
        Self::ALL
            .into_iter()
            .find(|database| database.name() == word)
            .ok_or_else(|| {
                Failure::new(format!(
                    "`{word}` is no database we know: use sqlite, postgres, mariadb"
                ))
            })
    }
}

/// `cargo xtask databases`: servers to work with by hand, or around one command, such as a single
/// test again and again.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (options, command) = match arguments.iter().position(|word| word == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[][..]),
    };
    let databases = match options {
        [] => Database::ALL.to_vec(),
        [option, list] if option == "--db" => Database::parse_list(list)?,
        _ => {
            return Err(Failure::new(
                "cargo xtask databases [--db sqlite,postgres,mariadb] [-- COMMAND…]",
            ));
        }
    };
    process::watch_for_interrupts()?;
    tools::ensure_databases(&databases)?;
    let servers = Servers::start(&databases)?;
    if let Some((program, words)) = command.split_first() {
        let mut command = Command::new(program);
        command.args(words);
        servers.announce(&mut command, &databases);
        return process::run(&mut command);
    }
    for (variable, url) in servers.urls() {
        println!("export {variable}={url}");
    }
    println!("# until Ctrl-C");
    while !process::interrupted() {
        process::pause(Duration::from_millis(100));
    }
    Ok(())
}

/// The servers of one run. Dropping it stops them and removes their data.
pub(crate) struct Servers {
    folder: PathBuf,
    running: Vec<Server>,
}

struct Server {
    database: Database,
    child: Child,
    port: u16,
}

impl Servers {
    /// Starts what the list asks for; SQLite needs no server.
    pub(crate) fn start(databases: &[Database]) -> Outcome<Self> {
        let folder = fresh_folder()?;
        let mut servers = Self {
            folder,
            running: Vec::new(),
        };
        for &database in databases {
            if process::interrupted() {
                return Err(Failure::new("interrupted"));
            }
            match database {
                Database::Sqlite => {}
                Database::Postgres => servers.start_postgres()?,
                Database::Mariadb => servers.start_mariadb()?,
            }
        }
        Ok(servers)
    }

    /// Tells a command where the servers are: `ALVARA_TEST_POSTGRES_URL`,
    /// `ALVARA_TEST_MARIADB_URL` (no database in the path: the tests make their own) and
    /// `ALVARA_TEST_DATABASES`, the list to run on.
    pub(crate) fn announce(&self, command: &mut Command, databases: &[Database]) {
        let names: Vec<_> = databases.iter().map(|database| database.name()).collect();
        command.env("ALVARA_TEST_DATABASES", names.join(","));
        command.envs(self.urls());
    }

    fn urls(&self) -> Vec<(&'static str, String)> {
        self.running
            .iter()
            .filter_map(|server| {
                let (variable, scheme) = match server.database {
                    Database::Postgres => ("ALVARA_TEST_POSTGRES_URL", "postgres"),
                    Database::Mariadb => ("ALVARA_TEST_MARIADB_URL", "mysql"),
                    Database::Sqlite => return None,
                };
                let port = server.port;
                let url = format!("{scheme}://{ROLE}:{ROLE}@127.0.0.1:{port}");
                Some((variable, url))
            })
            .collect()
    }

    fn start_postgres(&mut self) -> Outcome {
        let programs = tools::postgres_programs()
            .ok_or_else(|| Failure::new("PostgreSQL's initdb is not installed"))?;
        let data = self.folder.join("postgres");
        let user = server_user("postgres")?;
        user.make_folder(&data)?;
        process::capture(
            user.command(&programs.join("initdb"))
                .arg("--pgdata")
                .arg(&data)
                .args(["--username", "postgres", "--encoding", "UTF8"])
                .args(["--locale", "C", "--auth-host", "scram-sha-256"])
                .args(["--auth-local", "reject", "--no-sync"]),
        )?;
        // Before the server runs, the single-user mode makes the role: no client program needed.
        let mut single = user
            .command(&programs.join("postgres"))
            .arg("--single")
            .arg("-D")
            .arg(&data)
            .arg("postgres")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .during("starting postgres --single")?;
        if let Some(mut input) = single.stdin.take() {
            writeln!(
                input,
                "CREATE ROLE {ROLE} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD '{ROLE}'"
            )?;
            // A client that names no database lands in the one called like its role.
            writeln!(input, "CREATE DATABASE {ROLE} OWNER {ROLE}")?;
        }
        let made = single.wait()?;
        if !made.success() {
            return Err(Failure::new(format!("postgres --single ended with {made}")));
        }
        let port = free_port()?;
        let log = self.folder.join("postgres.log");
        let child = user
            .command(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-p")
            .arg(port.to_string())
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "max_connections=400"])
            .args(["-c", "shared_buffers=64MB"])
            // What a power cut would lose is of no interest here.
            .args(["-c", "fsync=off"])
            .args(["-c", "synchronous_commit=off"])
            .args(["-c", "full_page_writes=off"])
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .process_group(0)
            .spawn()
            .during("starting postgres")?;
        self.admit(Database::Postgres, child, port, &log)
    }

    fn start_mariadb(&mut self) -> Outcome {
        let data = self.folder.join("mariadb");
        let user = server_user("mysql")?;
        user.make_folder(&data)?;
        process::capture(
            user.command(&program("mariadb-install-db")?)
                .arg("--no-defaults")
                .arg(path_option("--datadir", &data))
                .args(["--auth-root-authentication-method=normal"])
                .args(["--skip-test-db", "--innodb-flush-log-at-trx-commit=0"]),
        )?;
        // Run by the server itself before it lets anyone in.
        let roles = data.join("roles.sql");
        fs::write(
            &roles,
            format!(
                "CREATE USER '{ROLE}'@'127.0.0.1' IDENTIFIED BY '{ROLE}';\n\
                 CREATE USER '{ROLE}'@'localhost' IDENTIFIED BY '{ROLE}';\n\
                 GRANT ALL PRIVILEGES ON *.* TO '{ROLE}'@'127.0.0.1';\n\
                 GRANT ALL PRIVILEGES ON *.* TO '{ROLE}'@'localhost';\n"
            ),
        )?;
        fs::set_permissions(&roles, fs::Permissions::from_mode(0o644))?;
        let port = free_port()?;
        let log = self.folder.join("mariadb.log");
        let child = user
            .command(&program("mariadbd")?)
            .arg("--no-defaults")
            .arg(path_option("--datadir", &data))
            .arg(path_option("--socket", &data.join("socket")))
            .arg(path_option("--pid-file", &data.join("pid")))
            .arg(path_option("--init-file", &roles))
            .arg(format!("--port={port}"))
            .args(["--bind-address=127.0.0.1", "--skip-networking=0"])
            .args(["--max-connections=400", "--skip-name-resolve"])
            .args(["--innodb-buffer-pool-size=128M", "--skip-log-bin"])
            .args(["--innodb-flush-log-at-trx-commit=0", "--debug-no-sync"])
            .args(["--skip-innodb-doublewrite", "--innodb-fast-shutdown=2"])
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .process_group(0)
            .spawn()
            .during("starting mariadbd")?;
        self.admit(Database::Mariadb, child, port, &log)
    }

    /// Waits until the port answers; a server that dies first shows the end of its log.
    fn admit(&mut self, database: Database, mut child: Child, port: u16, log: &Path) -> Outcome {
        for _ in 0..600 {
            if let Some(status) = child.try_wait()? {
                let said = fs::read_to_string(log).unwrap_or_default();
                let tail: Vec<_> = said.lines().rev().take(15).collect();
                let tail: Vec<_> = tail.into_iter().rev().collect();
                return Err(Failure::new(format!(
                    "{database} ended with {status} before it was ready:\n{}",
                    tail.join("\n")
                )));
            }
            if process::interrupted() {
                break;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() && answers(database, port) {
                self.running.push(Server {
                    database,
                    child,
                    port,
                });
                return Ok(());
            }
            process::pause(Duration::from_millis(100));
        }
        let _ = child.kill();
        let _ = child.wait();
        Err(Failure::new(format!(
            "{database} did not answer on port {port} within a minute"
        )))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for server in &mut self.running {
            // Both take SIGTERM well; PostgreSQL would then wait for clients, so it gets the
            // "fast" one.
            let name = match server.database {
                Database::Postgres => "INT",
                Database::Mariadb | Database::Sqlite => "TERM",
            };
            process::signal(&server.child, name);
        }
        for server in &mut self.running {
            for _ in 0..200 {
                if matches!(server.child.try_wait(), Ok(Some(_))) {
                    break;
                }
                process::pause(Duration::from_millis(50));
            }
            let _ = server.child.kill();
            let _ = server.child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// PostgreSQL opens its port a moment before it takes clients; MariaDB greets at once.
fn answers(database: Database, port: u16) -> bool {
    match (database, tools::postgres_programs()) {
        (Database::Postgres, Some(programs)) => process::succeeds(
            Command::new(programs.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p"])
                .arg(port.to_string()),
        ),
        _ => true,
    }
}

/// Under which account a server runs. Both refuse to run as root, so root lends them the account
/// their Debian package made; anyone else runs them as themselves.
struct Account {
    owner: Option<(String, u32, u32)>,
}

fn server_user(name: &str) -> Outcome<Account> {
    if !tools::is_root() {
        return Ok(Account { owner: None });
    }
    let id = |flag: &str| -> Outcome<u32> {
        process::capture(Command::new("id").args([flag, name]))?
            .trim()
            .parse()
            .during(format!("reading the id of the account {name}"))
    };
    Ok(Account {
        owner: Some((name.to_owned(), id("-u")?, id("-g")?)),
    })
}

impl Account {
    fn make_folder(&self, folder: &Path) -> Outcome {
        fs::create_dir_all(folder)?;
        if let Some((_, user, group)) = &self.owner {
            std::os::unix::fs::chown(folder, Some(*user), Some(*group))?;
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        Ok(())
    }

    /// A command under this account that is told to end when we vanish without a word (SIGKILL).
    fn command(&self, program: &Path) -> Command {
        let mut command = match process::find_program("setpriv") {
            Some(setpriv) => {
                let mut command = Command::new(setpriv);
                command.args(["--pdeathsig", "TERM"]);
                if let Some((name, ..)) = &self.owner {
                    command.args(["--reuid", name, "--regid", name, "--init-groups"]);
                }
                command.arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir("/").env("LC_ALL", "C");
        command
    }
}

fn program(name: &str) -> Outcome<PathBuf> {
    process::find_program(name)
        .ok_or_else(|| Failure::new(format!("the program {name} is not installed")))
}

fn path_option(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

fn fresh_folder() -> Outcome<PathBuf> {
    let folder = std::env::temp_dir().join(format!("alvara-databases-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).during("making a folder for the databases")?;
    // The servers' accounts must be able to pass through it to their own folders.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).during("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_databases_is_read_without_repetition() {
        let list =
            Database::parse_list("sqlite, mariadb,sqlite").map_err(|error| error.to_string());
        assert_eq!(list, Ok(vec![Database::Sqlite, Database::Mariadb]));
    }

    #[test]
    fn an_unknown_database_is_named() {
        let error = Database::parse_list("sqlite,oracle").map_err(|error| error.to_string());
        assert!(error.is_err_and(|message| message.contains("`oracle`")));
    }
}

//! The `alvara` binary as a user runs it: a process of its own, told by variables, stopped by signals.

use std::io::{BufRead as _, BufReader};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use alvara_store::Clock;

use crate::actor::PASSWORD;
use crate::app::MASTER_KEY;
use crate::settings::binary;
use crate::site::{OPERATOR, Site};

/// A process that is not left behind.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A running `alvara serve`. Dropping it kills it.
pub struct Served {
    process: Process,
    site: Site,
    /// Keeps the pipe open: a server whose reader is gone would fail at its next line.
    _output: BufReader<std::process::ChildStdout>,
}

/// Where an installation keeps its things; several processes in a row may use it.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its data directory.
    pub directory: PathBuf,
    /// Its database, when that is not the file in the data directory.
    pub database: Option<String>,
}

impl Place {
    /// An installation in a directory, with SQLite.
    #[must_use]
    pub fn in_directory(directory: &Path) -> Self {
        Self {
            directory: directory.join("data"),
            database: None,
        }
    }

    /// An `alvara` command in this installation.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.directory.parent().expect("a directory above"));
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("ALVARA_DATA__DIRECTORY", &self.directory);
        command
            .env("ALVARA_OPERATOR_EMAIL", OPERATOR)
            .env("ALVARA_OPERATOR_PASSWORD", PASSWORD);
        command.env("ALVARA_LOG__LEVEL", "warn");
        for limit in ["ADDRESS", "ACTIVATION_KEY", "MACHINE", "CREDENTIAL"] {
            command.env(format!("ALVARA_LIMITS__{limit}_PER_MINUTE"), "0");
        }
        if let Some(url) = &self.database {
            command
                .env("ALVARA_DATABASE__URL", url)
                .env("ALVARA_DATABASE__MIGRATE", "always");
            command.env("ALVARA_SECRETS__MASTER_KEY", MASTER_KEY);
        }
        command
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When the binary cannot be run.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("alvara")
    }

    /// Starts `alvara serve` on a free port and waits until it listens.
    ///
    /// # Panics
    /// When it ends before it listens.
    #[must_use]
    pub fn serve(&self) -> Served {
        self.serve_with(&[])
    }

    /// The same, with further variables.
    ///
    /// # Panics
    /// When it ends before it listens.
    #[must_use]
    pub fn serve_with(&self, variables: &[(&str, &str)]) -> Served {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Process(command.spawn().expect("alvara serve"));
        let mut output = BufReader::new(process.0.stdout.take().expect("its output"));
        let mut line = String::new();
        loop {
            line.clear();
            let read = output.read_line(&mut line).expect("its output");
            assert!(
                read > 0,
                "alvara serve ended before it listened: {:?}",
                process.0.wait()
            );
            if let Some(address) = line.trim().strip_prefix("listening on ") {
                let site = Site::new(&format!("http://{address}"), Clock::system());
                return Served {
                    process,
                    site,
                    _output: output,
                };
            }
        }
    }
}

impl Served {
    /// SIGKILL: the process ends where it stands.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(&mut self) {
        self.process.0.kill().expect("killed");
        drop(self.process.0.wait());
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Panics
    /// When it cannot be told.
    pub fn stop(&mut self) -> ExitStatus {
        let told = Command::new("kill")
            .args(["-TERM", &self.process.0.id().to_string()])
            .status();
        assert!(told.expect("kill").success());
        self.process.0.wait().expect("an end")
    }
}

impl Deref for Served {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

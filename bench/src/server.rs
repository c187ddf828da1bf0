//! The server under measurement: the real one, as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::failure::{Failure, Outcome};

/// The word by which this program knows that it is to be the server.
pub(crate) const AS_SERVER: &str = "as-server";
/// How long a start may take; a first one makes the operator and applies migrations.
const START: Duration = Duration::from_secs(120);
/// What a line of ours starts with once the port is open.
const LISTENING: &str = "listening on ";

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

/// The server's program, with the settings of an ordinary installation but for two: nobody counts
/// requests, since all of them come from one address, and a free port is taken.
fn program(folder: &Path) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(AS_SERVER).stdin(Stdio::null());
    for bucket in ["ADDRESS", "ACTIVATION_KEY", "MACHINE", "CREDENTIAL"] {
        command.env(format!("ALVARA_LIMITS__{bucket}_PER_MINUTE"), "0");
    }
    command
        .env("ALVARA_LOG__FORMAT", "json")
        .env("ALVARA_LOG__DIRECTORY", folder.join("log"))
        .env("ALVARA_OPERATOR_PASSWORD", "correct horse battery");
    Ok(command)
}

/// Makes data directory, master key and an empty database, as a first start does.
pub(crate) fn prepare(folder: &Path) -> Outcome {
    let output = program(folder)?
        .args(["migrate", "--data"])
        .arg(folder)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "no database: {}",
        String::from_utf8_lossy(&output.stderr)
    )))
}

impl Server {
    /// Starts it on a prepared data directory and waits until it listens.
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        let mut child = program(folder)?
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take();
        let (tell, told) = mpsc::channel();
        // It reads on after the port is known, so that the server never waits for a full pipe.
        std::thread::spawn(move || {
            for line in said
                .into_iter()
                .flat_map(|pipe| BufReader::new(pipe).lines())
                .map_while(Result::ok)
            {
                if let Some(address) = line.strip_prefix(LISTENING) {
                    drop(tell.send(address.trim().parse()));
                }
            }
        });
        match told.recv_timeout(START) {
            Ok(Ok(address)) => Ok(Self { child, address }),
            _ => {
                drop(child.kill());
                drop(child.wait());
                Err(Failure::new("the server did not start; its log is above"))
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing it holds is of use to anybody afterwards.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

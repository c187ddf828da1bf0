//! Starts the program.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The program with nothing of this machine's environment that would be meant for it.
pub(crate) fn alvara(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alvara"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(data)
        .arg("--data")
        .arg(data.join("data"));
    command
}

/// What a finished run said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Its answer, which must have come without a failure.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs the program to its end.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Said {
    alvara(data).args(arguments).output().unwrap().into()
}

/// A server that runs, killed when the test is over.
pub(crate) struct Running {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    pub(crate) port: u16,
}

impl Running {
    /// Starts it and waits until it says where it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self {
            child,
            output,
            port: 0,
        };
        let mut line = String::new();
        while running.output.read_line(&mut line).unwrap() > 0 {
            if let Some(address) = line.trim().strip_prefix("listening on ") {
                running.port = address.rsplit(':').next().unwrap().parse().unwrap();
                return running;
            }
            line.clear();
        }
        let mut why = String::new();
        let mut errors = running.child.stderr.take().unwrap();
        errors.read_to_string(&mut why).unwrap();
        panic!("the server ended: {why}");
    }

    /// Asks it for a path and answers status line, head and body.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Sends it a signal, by the name that `kill` knows.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for its end: exit code, and what it said on standard error from the start.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        let mut errors = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        (self.child.wait().unwrap().code(), errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails when it has ended already, which is well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

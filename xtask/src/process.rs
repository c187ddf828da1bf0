//! Starting other programs and outliving an interrupt long enough to clean up after them.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::{Failure, Outcome, While as _};

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Ctrl-C, a hang-up and a polite kill set a flag instead of ending us, so that the databases we
/// started are stopped before we go. Call it before anything is started.
pub(crate) fn watch_for_interrupts() -> Outcome {
    let flag = INTERRUPTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag)).during("watching for Ctrl-C")?;
    }
    Ok(())
}

/// Whether someone asked us to stop.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED
        .get()
        .is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// The root of the repository. Cargo tells where this crate lies when it runs us; the path from
/// compile time serves when the binary is started by hand.
pub(crate) fn root() -> PathBuf {
    let crate_folder = variable("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    crate_folder
        .parent()
        .map_or(crate_folder.clone(), Path::to_path_buf)
}

/// Where Cargo puts what it builds, and where we keep the tools we install.
pub(crate) fn target() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A set, non-empty environment variable.
#[expect(
    clippy::disallowed_methods,
    reason = "the tasks have no configuration file; this is the one place that asks the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Cargo, the one that runs us, at the root of the repository.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // Set for us by `cargo run`; handed on they would only confuse build scripts.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"] {
        command.env_remove(name);
    }
    command.env("PATH", path_with_tools());
    command
}

/// PATH with our own tools first, so that `cargo nextest` finds the copy we installed.
fn path_with_tools() -> std::ffi::OsString {
    let mut folders = vec![target().join("tools/bin")];
    let path = variable("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap_or_else(|_| path.into())
}

/// The full path of a program on PATH, or in one of the folders where Debian hides servers.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&path_with_tools())
        .chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Runs to the end with our own terminal; any status but zero is a failure.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let shown = describe(command);
    let child = command.spawn().during(format!("starting {shown}"))?;
    let status = wait(child)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{shown} ended with {status}")))
    }
}

/// Runs to the end in silence. On failure the message holds what the program said.
pub(crate) fn capture(command: &mut Command) -> Outcome<String> {
    let shown = describe(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .during(format!("starting {shown}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!(
        "{shown} ended with {}\n{text}{said}",
        output.status
    )))
}

/// Whether the program exists and ends with status zero; its output is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Like [`succeeds`], for a program that might wait for a network that is not there.
pub(crate) fn succeeds_within(command: &mut Command, patience: Duration) -> bool {
    let spawned = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = spawned else {
        return false;
    };
    let start = Instant::now();
    while start.elapsed() < patience && !interrupted() {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => pause(Duration::from_millis(50)),
            Err(_) => break,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// Which of a child's streams to copy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Out,
    Err,
}

/// Runs to the end, shows one stream as it comes and also hands it back, with the status.
pub(crate) fn tee(command: &mut Command, stream: Stream) -> Outcome<(ExitStatus, String)> {
    let shown = describe(command);
    match stream {
        Stream::Out => command.stdout(Stdio::piped()),
        Stream::Err => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().during(format!("starting {shown}"))?;
    let copied = match stream {
        Stream::Out => child
            .stdout
            .take()
            .map(|pipe| copy_through(pipe, std::io::stdout())),
        Stream::Err => child
            .stderr
            .take()
            .map(|pipe| copy_through(pipe, std::io::stderr())),
    };
    let status = wait(child)?;
    let text = copied
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default();
    Ok((status, String::from_utf8_lossy(&text).into_owned()))
}

fn copy_through(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        let mut chunk = [0_u8; 8192];
        while let Ok(count) = from.read(&mut chunk) {
            if count == 0 {
                break;
            }
            // A closed terminal must not stop us from counting.
            let _ = to.write_all(&chunk[..count]);
            let _ = to.flush();
            all.extend_from_slice(&chunk[..count]);
        }
        all
    })
}

/// Waits for the child. When we are interrupted it is told so too, and killed if it lingers.
pub(crate) fn wait(mut child: Child) -> Outcome<ExitStatus> {
    const LINGER: u32 = 200;
    let mut since_interrupt = 0;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupted() {
            match since_interrupt {
                0 => signal(&child, "INT"),
                LINGER => child.kill()?,
                _ => {}
            }
            since_interrupt += 1;
        }
        pause(Duration::from_millis(50));
    }
}

/// Sends a named signal. Through kill(1), because the safe standard library knows only SIGKILL.
pub(crate) fn signal(child: &Child, name: &str) {
    succeeds(Command::new("kill").args([format!("-{name}"), child.id().to_string()]));
}

#[expect(
    clippy::disallowed_methods,
    reason = "a task waits for programs that report by no other way"
)]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// The command as one would type it, without its folder.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(OsStr::new("?"))
        .to_string_lossy()
        .into_owned();
    command
        .get_args()
        .fold(program, |line, word| line + " " + &word.to_string_lossy())
}

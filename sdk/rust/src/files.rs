//! Files that are there whole or not at all, and one writer at a time.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use openssl::rand::rand_bytes;

/// How long a lock may stand still before it is taken away.
const PATIENCE: Duration = Duration::from_secs(2);

/// Random bytes as hexadecimal digits.
pub(crate) fn drawn<const COUNT: usize>() -> io::Result<String> {
    let mut random = [0; COUNT];
    rand_bytes(&mut random).map_err(io::Error::other)?;
    Ok(HEXLOWER.encode(&random))
}

pub(crate) fn beside(file: &Path, before: &str, after: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{before}{name}{after}"))
}

/// The content; nothing where there is no such file. Windows says no for a moment while one is
/// replaced.
pub(crate) fn read(file: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut tries = 2;
    loop {
        match fs::read(file) {
            Ok(data) => return Ok(Some(data)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if tries == 0 => return Err(error),
            Err(_) => tries -= 1,
        }
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process gives no sign when it is done"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}

/// A file's next content, written beside it. Where it is not put in its place it goes.
pub(crate) struct Fresh(PathBuf);

impl Fresh {
    pub(crate) fn write(file: &Path, data: &[u8]) -> io::Result<Self> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let fresh = Self(beside(file, ".", &format!(".{}", drawn::<6>()?)));
        let mut out = private().write(true).create_new(true).open(&fresh.0)?;
        out.write_all(data)?;
        out.sync_all()?;
        Ok(fresh)
    }

    /// Moves it over, so that a power cut leaves the old file or the new one.
    pub(crate) fn replace(&self, file: &Path) -> io::Result<()> {
        fs::rename(&self.0, file)
    }

    /// Puts it there unless there is a file by now; of two programs the first wins.
    pub(crate) fn found(&self, file: &Path) -> io::Result<()> {
        match fs::hard_link(&self.0, file) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // Not every file system links.
            Err(_) => self.replace(file),
            Ok(()) => Ok(()),
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

/// Writes one content to several files. `before` runs when all of it is on the disk and nothing is in
/// its place yet; where it fails nothing changes.
pub(crate) fn write_whole(
    files: &[&Path],
    data: &[u8],
    before: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let ready = files.iter().map(|file| Fresh::write(file, data));
    let ready = ready.collect::<io::Result<Vec<Fresh>>>()?;
    before()?;
    let mut moved = files.iter().zip(&ready);
    moved.try_for_each(|(file, fresh)| fresh.replace(file))
}

/// Files that nobody but their owner reads.
#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Files in a folder that is the user's own.
#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

/// One writer at a time, among processes too. A lock that nobody gave back is taken away: each writer
/// leaves a mark of its own, so that one which stands still is told apart from a queue that moves.
pub(crate) struct Lock {
    file: PathBuf,
    mark: String,
}

impl Lock {
    /// Waits for its turn to write a file.
    pub(crate) fn take(file: &Path) -> io::Result<Self> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let (file, mark) = (beside(file, "", ".lock"), drawn::<8>()?);
        let begun = Instant::now();
        let (mut since, mut seen) = (begun, None);
        while begun.elapsed() < PATIENCE * 4 {
            match private().write(true).create_new(true).open(&file) {
                Ok(mut out) => {
                    out.write_all(mark.as_bytes())?;
                    return Ok(Self { file, mark });
                }
                Err(error) if is_held(&error) => {}
                Err(error) => return Err(error),
            }
            let found = fs::read(&file).ok();
            if found != seen {
                (seen, since) = (found, Instant::now());
            } else if since.elapsed() > PATIENCE {
                take_away(&file, seen.as_deref());
                since = Instant::now();
            }
            pause();
        }
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "other programs do not stop writing to the store",
        ))
    }
}

fn is_held(error: &io::Error) -> bool {
    // On Windows a file that is just being removed is there and may not be opened.
    let leaving = cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied;
    leaving || error.kind() == io::ErrorKind::AlreadyExists
}

/// Of several who wait only one gets it out of the way, and never a lock that was taken meanwhile.
fn take_away(lock: &Path, seen: Option<&[u8]>) {
    let aside = drawn::<6>().map(|random| beside(lock, "", &format!(".{random}")));
    let still = fs::read(lock).ok();
    if let (Ok(aside), true) = (aside, still.as_deref() == seen)
        && fs::rename(lock, &aside).is_ok()
    {
        drop(fs::remove_file(aside));
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if fs::read(&self.file).is_ok_and(|mark| mark == self.mark.as_bytes()) {
            drop(fs::remove_file(&self.file));
        }
    }
}

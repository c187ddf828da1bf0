//! Files that people carry to machines and from them.

use std::io::Read as _;
use std::path::Path;

use super::print;
use crate::exit::{Failure, Outcome};

/// The longest file that is read: any of ours is shorter.
const LONGEST: u64 = 512 * 1024;

/// The text of a file; `-` is standard input.
pub(super) fn read(path: &Path) -> Outcome<String> {
    let why = |error: std::io::Error| {
        Failure::refused(format!("{} cannot be read: {error}", path.display()))
    };
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(LONGEST)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path)
            .map_err(why)?
            .take(LONGEST)
            .read_to_string(&mut text)
    };
    read.map_err(why)?;
    Ok(text)
}

/// Writes a text to a file, or prints it where none was named.
pub(super) fn write(out: Option<&Path>, text: &str) -> Outcome {
    match out {
        None => print::line(text.trim_end()),
        Some(path) => {
            std::fs::write(path, text).map_err(|error| {
                Failure::refused(format!("{} cannot be written: {error}", path.display()))
            })?;
            print::note(format!("written to {}", path.display()));
        }
    }
    Ok(())
}

//! Documents that the server sent, as a stranger's programs read them.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// Runs a program of poppler-utils or zbar-tools and answers what it prints.
fn run(command: &mut Command) -> String {
    let ran = command.output();
    let ran = ran.unwrap_or_else(|error| {
        panic!("{command:?} needs poppler-utils and zbar-tools, or cargo xtask test: {error}")
    });
    assert!(
        ran.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

fn lay(pdf: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("document.pdf");
    std::fs::write(&file, pdf).unwrap();
    (folder, file)
}

/// What a reader of PDF finds in a document, as it stands on the page.
pub(super) fn text_of(pdf: &[u8]) -> String {
    let (_folder, file) = lay(pdf);
    let read = run(Command::new("pdftotext").arg("-layout").arg(file).arg("-"));
    // The blank that does not break is the same sign to a reader.
    read.replace('\u{a0}', " ")
}

/// The colour of the bar above the first page: red, green and blue.
pub(super) fn top_of(pdf: &[u8]) -> [u8; 3] {
    let (folder, file) = lay(pdf);
    let picture = folder.path().join("small");
    let print = ["-r", "36", "-singlefile"];
    let _ = run(Command::new("pdftoppm").args(print).args([&file, &picture]));
    // A header of three lines, then three bytes a pixel; one of the second row, away from the edge.
    let pixels = std::fs::read(folder.path().join("small.ppm")).unwrap();
    let header = String::from_utf8_lossy(&pixels[..32]).into_owned();
    let lines: Vec<&str> = header.splitn(4, '\n').take(3).collect();
    let width: usize = lines[1].split(' ').next().unwrap().parse().unwrap();
    let begin: usize = lines.iter().map(|line| line.len() + 1).sum();
    let at = begin + 3 * (width + width / 2);
    [pixels[at], pixels[at + 1], pixels[at + 2]]
}

/// What a scanner reads from the first page, printed at 300 dots an inch: a line for each code, its
/// kind before it, in the order of the alphabet.
pub(super) fn scanned(pdf: &[u8]) -> Vec<String> {
    let (folder, file) = lay(pdf);
    let print = ["-r", "300", "-png", "-singlefile"];
    let picture = folder.path().join("printed");
    let _ = run(Command::new("pdftoppm").args(print).args([&file, &picture]));
    let codes = ["--quiet", "-S*.disable", "-Si25.enable", "-Sqrcode.enable"];
    let picture = folder.path().join("printed.png");
    let read = run(Command::new("zbarimg").args(codes).arg(picture));
    let mut read: Vec<String> = read.lines().map(str::to_owned).collect();
    read.sort_unstable();
    read
}

//! Programs that know nothing of our code, asked for a second opinion.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use crate::settings;

/// Whether `openssl dgst -sha256 -verify` takes the signature of a JWS over `header.payload`.
///
/// # Panics
/// When openssl cannot be run.
#[must_use]
pub fn openssl_verifies(compact: &str, public_pem: &str) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    let (signed, signature) = compact.rsplit_once('.').expect("a JWS");
    fs::write(place("signed"), signed).expect("a file");
    fs::write(place("key.pem"), public_pem).expect("a file");
    let signature = BASE64URL_NOPAD
        .decode(signature.as_bytes())
        .expect("base64url");
    fs::write(place("signature"), signature).expect("a file");
    let output = Command::new("openssl")
        .args(["dgst", "-sha256", "-verify"])
        .arg(place("key.pem"))
        .arg("-signature")
        .arg(place("signature"))
        .arg(place("signed"))
        .output()
        .expect("openssl");
    output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Verified OK")
}

/// Verifies a JWS against a key set with joserfc, a JOSE library in Python, and answers its
/// payload; `None` when joserfc refuses it.
///
/// # Panics
/// When no Python with joserfc was given: see [`settings::python`].
#[must_use]
pub fn joserfc_verifies(compact: &str, jwks: &Value) -> Option<Value> {
    const PROGRAM: &str = "\
import json, sys
from joserfc import jws
from joserfc.jwk import KeySet
keys = KeySet.import_key_set(json.loads(sys.argv[2]))
try:
    found = jws.deserialize_compact(sys.argv[1], keys, algorithms=['RS256', 'PS256', 'EdDSA', 'Ed25519'])
except Exception as error:
    print(type(error).__name__, error, file=sys.stderr)
    sys.exit(3)
sys.stdout.write(found.payload.decode())
";
    let output = Command::new(python())
        .args(["-c", PROGRAM, compact, &jwks.to_string()])
        .output()
        .expect("python");
    match output.status.code() {
        Some(0) => Some(serde_json::from_slice(&output.stdout).expect("a payload")),
        Some(3) => None,
        _ => panic!("joserfc: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// What openpyxl, a reader of workbooks in Python, finds in the first sheet of one: of each place its
/// kind (`s` a text, `n` a number, `d` a day, `f` a formula), its value as text and its format.
///
/// # Panics
/// When no Python with openpyxl was given, or the bytes are no workbook.
#[must_use]
pub fn openpyxl_reads(workbook: &[u8]) -> Vec<Vec<[String; 3]>> {
    const PROGRAM: &str = "\
import json, sys
import openpyxl
sheet = openpyxl.load_workbook(sys.argv[1]).worksheets[0]
def told(cell):
    value = cell.value.isoformat() if cell.is_date else cell.value
    return [cell.data_type, str(value), cell.number_format]
json.dump([[told(cell) for cell in row if cell.value is not None] for row in sheet.iter_rows()], sys.stdout)
";
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("table.xlsx");
    fs::write(&place, workbook).expect("a file");
    let output = Command::new(python())
        .args(["-W", "error::UserWarning", "-c", PROGRAM])
        .arg(&place)
        .output()
        .expect("python");
    assert!(
        output.status.success(),
        "openpyxl: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("rows")
}

/// What icalendar, a reader of RFC 5545 in Python, finds in a calendar file: of each event its id, its
/// day and what it is called.
///
/// # Panics
/// When no Python with icalendar was given, or the text is no calendar.
#[must_use]
pub fn icalendar_reads(calendar: &[u8]) -> Vec<[String; 3]> {
    const PROGRAM: &str = "\
import json, sys
import icalendar
found = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
assert not found.errors, found.errors
events = [event for event in found.walk('VEVENT')]
assert all(not event.errors and event.walk('VALARM') for event in events)
json.dump([[str(e['UID']), e['DTSTART'].dt.isoformat(), str(e['SUMMARY'])] for e in events], sys.stdout)
";
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("calendar.ics");
    fs::write(&place, calendar).expect("a file");
    let output = Command::new(python())
        .args(["-c", PROGRAM])
        .arg(&place)
        .output()
        .expect("python");
    assert!(
        output.status.success(),
        "icalendar: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("events")
}

/// The Python that was prepared, or else the virtual environment that `cargo xtask test` left.
///
/// # Panics
/// When there is neither.
#[must_use]
pub fn python() -> PathBuf {
    settings::python()
        .or_else(|| {
            let left = root().join("target/tools/python/bin/python");
            left.is_file().then_some(left)
        })
        .expect("ALVARA_TEST_PYTHON is not set: run the suite by cargo xtask test")
}

/// Runs one of `tests/clients` with Node.js and answers the JSON it printed.
///
/// # Panics
/// When it fails.
#[must_use]
pub fn node(client: &str, arguments: &[&str]) -> Value {
    run_client("node".into(), client, arguments)
}

/// Runs one of `tests/clients` with Python, any that there is, and answers the JSON it printed.
///
/// # Panics
/// When it fails.
#[must_use]
pub fn python_client(client: &str, arguments: &[&str]) -> Value {
    let python = settings::python().unwrap_or_else(|| "python3".into());
    run_client(python, client, arguments)
}

fn run_client(interpreter: PathBuf, client: &str, arguments: &[&str]) -> Value {
    let program = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(client);
    let output = Command::new(&interpreter)
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the interpreter of a client");
    assert!(
        output.status.success(),
        "{client} {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

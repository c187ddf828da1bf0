//! By what a machine is known: a few of its parts, hashed under the product and never raw.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use alvara_domain::fingerprint::{Components, Fingerprint};
use data_encoding::BASE64URL_NOPAD;
use openssl::rand::rand_bytes;
use openssl::sha::sha256;

use crate::client::Misuse;
use crate::files::{self, Fresh};
use crate::seal::hmac;

/// What makers write into a part that has no number of its own.
const NOTHING: &[&str] = &[
    "none",
    "default string",
    "to be filled by o.e.m.",
    "system serial number",
    "not specified",
    "not applicable",
    "unknown",
    "uninitialized",
];

/// What a machine says of itself, all of it raw. Nothing leaves the machine but hashed.
#[derive(Clone, Debug)]
pub struct Machine {
    /// A secret of its own, such as the id of the operating system's installation.
    pub secret: String,
    /// Its parts by name (`board`, `cpu`, `disk`, `nic`), for terms that weigh them.
    pub parts: BTreeMap<String, String>,
}

/// The machine as the platform knows it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) components: Components,
}

/// A value as it is hashed: blanks trimmed and joined, ASCII letters lower case.
fn plain(value: &str) -> String {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '\x0b' | '\x0c');
    let words: Vec<&str> = value.split(blank).filter(|word| !word.is_empty()).collect();
    words.join(" ").to_ascii_lowercase()
}

/// A part of the machine as the platform gets to see it: an HMAC under the product's code, so that
/// two products cannot compare notes.
#[must_use]
pub fn hashed(product: &str, name: &str, value: &str) -> String {
    let key = sha256(format!("alvara-fingerprint/1\n{product}").as_bytes());
    let message = format!("{name}\n{}", plain(value));
    BASE64URL_NOPAD.encode(&hmac(&key, message.as_bytes()))
}

impl Machine {
    /// The machine that the program runs on. Where the system has no id of its own, a random one is
    /// kept in `folder`.
    ///
    /// # Errors
    /// [`Misuse::Folder`] where that cannot be written.
    pub fn this(folder: &Path) -> Result<Self, Misuse> {
        let (secret, mut parts) = system();
        parts.retain(|_, value| tells(value));
        let secret = if tells(&secret) {
            secret
        } else {
            kept_secret(folder).ok_or(Misuse::Folder)?
        };
        Ok(Self { secret, parts })
    }

    pub(crate) fn known(&self, product: &str) -> Result<Known, Misuse> {
        let parts: BTreeMap<String, String> = self
            .parts
            .iter()
            .map(|(name, value)| (name.clone(), hashed(product, name, value)))
            .collect();
        Ok(Known {
            fingerprint: hashed(product, "machine", &self.secret)
                .parse()
                .map_err(|_| Misuse::Machine)?,
            components: Components::try_from(parts).map_err(|_| Misuse::Machine)?,
        })
    }
}

fn tells(value: &str) -> bool {
    let value = plain(value);
    !NOTHING.contains(&value.as_str())
        && !value
            .chars()
            .all(|c| matches!(c, '0' | '-' | ':' | '.' | ' '))
}

fn read(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.trim().to_owned()
}

fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

/// What stands between `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before)
        .and_then(|(_, rest)| rest.split_once(after))
        .map_or("", |(found, _)| found)
}

fn system() -> (String, BTreeMap<String, String>) {
    match std::env::consts::OS {
        "windows" => windows(),
        "macos" => mac(),
        _ => linux(),
    }
}

fn linux() -> (String, BTreeMap<String, String>) {
    let either = |one: &str, other: &str| {
        let found = read(one);
        if found.is_empty() { read(other) } else { found }
    };
    let mut parts = BTreeMap::new();
    let board = either(
        "/sys/class/dmi/id/board_serial",
        "/sys/class/dmi/id/product_uuid",
    );
    parts.insert("board".to_owned(), board);
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find(|line| line.starts_with("model name"));
    if let Some((_, name)) = model.and_then(|line| line.split_once(':')) {
        parts.insert("cpu".to_owned(), name.to_owned());
    }
    let mut serials = names("/sys/block").into_iter().map(|name| {
        either(
            &format!("/sys/block/{name}/device/serial"),
            &format!("/sys/block/{name}/serial"),
        )
    });
    if let Some(serial) = serials.find(|serial| !serial.is_empty()) {
        parts.insert("disk".to_owned(), serial);
    }
    // Only cards that are really there; bridges and tunnels come and go.
    let card = names("/sys/class/net")
        .into_iter()
        .find(|name| Path::new(&format!("/sys/class/net/{name}/device")).exists());
    if let Some(name) = card {
        parts.insert(
            "nic".to_owned(),
            read(&format!("/sys/class/net/{name}/address")),
        );
    }
    (either("/etc/machine-id", "/var/lib/dbus/machine-id"), parts)
}

fn windows() -> (String, BTreeMap<String, String>) {
    let registry = |key: &str, name: &str| {
        let text = said("reg", &["query", key, "/v", name, "/reg:64"]);
        between(&text, "REG_SZ", "\n").trim().to_owned()
    };
    let cryptography = r"HKLM\SOFTWARE\Microsoft\Cryptography";
    let bios = r"HKLM\HARDWARE\DESCRIPTION\System\BIOS";
    let processor = r"HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor\0";
    let volume = said("cmd", &["/c", "vol", "C:"]);
    let serial = volume
        .split_ascii_whitespace()
        .find(|word| word.len() == 9 && word.as_bytes().get(4) == Some(&b'-'))
        .unwrap_or_default();
    let parts = [
        ("board", registry(bios, "BaseBoardProduct")),
        ("cpu", registry(processor, "Identifier")),
        ("disk", serial.to_owned()),
    ];
    let parts = parts.map(|(name, value)| (name.to_owned(), value));
    (registry(cryptography, "MachineGuid"), BTreeMap::from(parts))
}

fn mac() -> (String, BTreeMap<String, String>) {
    let expert = said("ioreg", &["-rd1", "-c", "IOPlatformExpertDevice"]);
    let find = |name: &str| between(&expert, &format!("\"{name}\" = \""), "\"").to_owned();
    let parts = [
        ("board".to_owned(), find("IOPlatformSerialNumber")),
        (
            "cpu".to_owned(),
            said("sysctl", &["-n", "machdep.cpu.brand_string"]),
        ),
    ];
    (find("IOPlatformUUID"), BTreeMap::from(parts))
}

fn kept_secret(folder: &Path) -> Option<String> {
    let file = folder.join("machine");
    for _ in 0..3 {
        let kept = files::read(&file).ok()?;
        if let Some(kept) = &kept {
            let text = String::from_utf8_lossy(kept);
            if text.trim().len() == 43 {
                return Some(text.trim().to_owned());
            }
        }
        let mut random = [0; 32];
        rand_bytes(&mut random).ok()?;
        let text = BASE64URL_NOPAD.encode(&random);
        let fresh = Fresh::write(&file, text.as_bytes()).ok()?;
        let placed = match kept {
            None => fresh.found(&file),
            Some(_) => fresh.replace(&file),
        };
        placed.ok()?;
    }
    None
}

//! Compiled plugins on disk, so that a restart does not compile them again.
//!
//! The engine runs what it loads as machine code, unchecked; that is why loading is unsafe there.
//! Here each file carries an HMAC-SHA256 under a key that only this installation has, over its name
//! and its content. What was not written by us does not match, and is compiled anew.
//! (docs/decisions/0020)

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use wasmtime::Engine;
use wasmtime::component::Component;
use zeroize::Zeroizing;

use crate::digest::Digest;

/// Changes when the form of the file does.
const MAGIC: &[u8; 8] = b"alvcwas1";
const TAG: usize = 32;
/// A compiled plugin that is larger is not kept.
const LARGEST: u64 = 256 << 20;

/// A folder of compiled plugins.
pub(crate) struct Cache {
    folder: PathBuf,
    key: Zeroizing<[u8; 32]>,
    /// What the machine code depends on besides the plugin.
    engine: String,
}

impl Cache {
    /// Makes the folder, for us alone, or takes one that is.
    pub(crate) fn open(
        folder: &Path,
        key: Zeroizing<[u8; 32]>,
        engine: &Engine,
    ) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let found = fs::symlink_metadata(folder)?;
        let ours = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw();
        if !ours || found.mode() & 0o077 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!(
                    "{} must be a folder that belongs to the server and is closed to everybody \
                     else (mode 0700)",
                    folder.display()
                ),
            ));
        }
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            folder: folder.to_path_buf(),
            key,
            engine: format!("{:016x}", hasher.finish()),
        })
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.folder.join(format!("{digest}-{}.cwasm", self.engine))
    }

    fn tag(&self, digest: Digest, code: &[u8]) -> io::Result<Vec<u8>> {
        let sign = || {
            let key = PKey::hmac(self.key.as_slice())?;
            let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
            signer.update(MAGIC)?;
            signer.update(digest.as_bytes())?;
            signer.update(self.engine.as_bytes())?;
            signer.update(code)?;
            signer.sign_to_vec()
        };
        sign().map_err(io::Error::other)
    }

    /// The plugin as it was compiled before, if there is one and it is ours.
    pub(crate) fn find(&self, engine: &Engine, digest: Digest) -> Option<Component> {
        let path = self.path(digest);
        let code = match self.read(digest, &path) {
            Ok(Some(code)) => code,
            Ok(None) => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a compiled plugin is not taken");
                return None;
            }
        };
        match load(engine, &code) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a compiled plugin is not taken");
                None
            }
        }
    }

    /// The checked machine code. It is read whole before it is checked, so that nobody can change it
    /// in between.
    fn read(&self, digest: Digest, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        let invalid = |problem: &str| Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        let Some((tag, code)) = bytes
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.split_at_checked(TAG))
        else {
            return invalid("it is no file of ours");
        };
        let expected = self.tag(digest, code)?;
        if expected.len() != tag.len() || !memcmp::eq(&expected, tag) {
            return invalid("it was changed, or written by somebody else");
        }
        Ok(Some(code.to_vec()))
    }

    /// Keeps a compiled plugin. Whoever reads at the same time sees the old file or the new one.
    pub(crate) fn keep(&self, digest: Digest, component: &Component) -> io::Result<()> {
        let code = component.serialize().map_err(io::Error::other)?;
        let tag = self.tag(digest, &code)?;
        let path = self.path(digest);
        let mut name = [0; 8];
        openssl::rand::rand_bytes(&mut name).map_err(io::Error::other)?;
        let beside = path.with_extension(format!("{:016x}.new", u64::from_le_bytes(name)));
        let written = (|| {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&beside)?;
            for part in [MAGIC.as_slice(), &tag, &code] {
                file.write_all(part)?;
            }
            file.sync_all()?;
            fs::rename(&beside, &path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

#[expect(
    unsafe_code,
    reason = "the engine has no other way to load what it compiled; the caller has checked that it did"
)]
fn load(engine: &Engine, checked: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` wants bytes that `Component::serialize` of this very version made. The
    // only caller passes what carries our HMAC, and we put that on nothing else; the bytes are in
    // our own memory and nobody changes them. Version and settings of the engine are part of what
    // the HMAC is over, and the engine compares them once more.
    unsafe { Component::deserialize(engine, checked) }
}

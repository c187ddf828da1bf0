//! The one file in which a plugin travels: its component, its manifest and its publisher's signature.
//!
//! Manifest and signature are custom sections at the end of the component, which the binary format
//! of WebAssembly lets anybody add and every reader skips. So a plugin stays one file, opens in
//! every tool that knows components, and nothing of it can be exchanged alone: the signature is over
//! all bytes before it, the manifest included.

use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use thiserror::Error;

use crate::digest::Digest;

/// What a component begins with: the magic of WebAssembly, the version and the layer of components.
const HEAD: [u8; 8] = *b"\0asm\x0d\0\x01\0";
const MANIFEST: &str = "alvara:manifest";
const SIGNATURE: &str = "alvara:signature";
/// Why a file is no plugin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PackageError {
    /// Not a component at all, or cut off.
    #[error("the file is no WebAssembly component: {0}")]
    Shape(&'static str),
    /// A component without a manifest.
    #[error("the component has no manifest; `alvara plugin build` puts it in")]
    NoManifest,
    /// More than one manifest or signature, or something behind the signature.
    #[error("the plugin was changed after it was signed")]
    Tampered,
    /// The manifest is no text.
    #[error("the manifest is not UTF-8")]
    ManifestText,
    /// It has a manifest or a signature already.
    #[error("the plugin {0} already")]
    Already(&'static str),
    /// The key is no Ed25519 key, or OpenSSL refuses.
    #[error("the key cannot sign or verify: an Ed25519 key is needed")]
    Key,
}

/// A plugin's file, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Everything but the signature: what is compiled, digested and signed.
    pub component: Vec<u8>,
    /// The text of its `plugin.toml`.
    pub manifest: String,
    /// Ed25519 over its digest; not verified yet.
    pub signature: Option<Vec<u8>>,
}

impl Package {
    /// Takes a plugin's file apart. Nothing is verified or run.
    ///
    /// # Errors
    /// [`PackageError`] for what is no plugin.
    pub fn read(file: &[u8]) -> Result<Self, PackageError> {
        let sections = customs(file)?;
        let mut manifest = None;
        let mut signature = None;
        for section in &sections {
            match section.name {
                MANIFEST if manifest.is_none() => manifest = Some(section.content),
                SIGNATURE if signature.is_none() => signature = Some(section),
                MANIFEST | SIGNATURE => return Err(PackageError::Tampered),
                _ => {}
            }
        }
        let text = manifest.ok_or(PackageError::NoManifest)?;
        let text = std::str::from_utf8(text).map_err(|_| PackageError::ManifestText)?;
        let (component, signature) = match signature {
            None => (file, None),
            Some(section) if section.end != file.len() => return Err(PackageError::Tampered),
            Some(section) => {
                let component = file.get(..section.start).unwrap_or_default();
                (component, Some(section.content.to_vec()))
            }
        };
        Ok(Self {
            component: component.to_vec(),
            manifest: text.to_owned(),
            signature,
        })
    }

    /// Puts a manifest into a component as a compiler wrote it.
    ///
    /// # Errors
    /// [`PackageError::Shape`]; [`PackageError::Already`] for one that has a manifest.
    pub fn pack(component: &[u8], manifest: &str) -> Result<Vec<u8>, PackageError> {
        let sections = customs(component)?;
        if sections.iter().any(|section| section.name == MANIFEST) {
            return Err(PackageError::Already("has a manifest"));
        }
        let mut file = component.to_vec();
        append(&mut file, MANIFEST, manifest.as_bytes());
        Ok(file)
    }

    /// Signs a packed plugin.
    ///
    /// # Errors
    /// Those of [`Self::read`]; [`PackageError::Already`] for one that is signed;
    /// [`PackageError::Key`].
    pub fn sign(file: &[u8], key: &PKey<Private>) -> Result<Vec<u8>, PackageError> {
        let package = Self::read(file)?;
        if package.signature.is_some() {
            return Err(PackageError::Already("is signed"));
        }
        let mut signer = Signer::new_without_digest(key).map_err(|_| PackageError::Key)?;
        let content = signer
            .sign_oneshot_to_vec(package.digest().as_bytes())
            .map_err(|_| PackageError::Key)?;
        let mut file = file.to_vec();
        append(&mut file, SIGNATURE, &content);
        Ok(file)
    }

    /// Of the component with its manifest: what a version is known by, and what is signed.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.component)
    }
}

/// SHA-256 of a raw public key, in hex: how a publisher's key is named.
#[must_use]
pub fn fingerprint(public_key: &[u8]) -> String {
    Digest::of(public_key).to_string()
}

/// A custom section at the outermost level of a component.
struct Custom<'a> {
    name: &'a str,
    content: &'a [u8],
    start: usize,
    end: usize,
}

/// Walks over the outermost sections: an id, a length in LEB128, the content.
fn customs(file: &[u8]) -> Result<Vec<Custom<'_>>, PackageError> {
    if file.get(..8) != Some(&HEAD) {
        return Err(PackageError::Shape("it does not begin like one"));
    }
    let cut = PackageError::Shape("it is cut off");
    let mut found = Vec::new();
    let mut at = 8;
    while at < file.len() {
        let start = at;
        let id = *file.get(at).ok_or(cut.clone())?;
        let (length, body) = leb128(file, at + 1).ok_or(cut.clone())?;
        let end = body.checked_add(length).ok_or(cut.clone())?;
        let content = file.get(body..end).ok_or(cut.clone())?;
        if id == 0 {
            let (length, name) = leb128(content, 0).ok_or(cut.clone())?;
            let name_end = name.checked_add(length).ok_or(cut.clone())?;
            let text = content.get(name..name_end).ok_or(cut.clone())?;
            // A name that is no text is nobody's we look for.
            if let Ok(text) = std::str::from_utf8(text) {
                found.push(Custom {
                    name: text,
                    content: content.get(name_end..).unwrap_or_default(),
                    start,
                    end,
                });
            }
        }
        at = end;
    }
    Ok(found)
}

/// Reads an unsigned number of at most 32 bits; answers it and where it ends.
fn leb128(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value: u64 = 0;
    for shift in [0, 7, 14, 21, 28] {
        let byte = *bytes.get(at)?;
        at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(value).ok().map(|value| (value as usize, at));
        }
    }
    None
}

fn append(file: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut body = Vec::with_capacity(name.len() + content.len() + 8);
    write_leb128(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(content);
    file.push(0);
    write_leb128(file, body.len());
    file.extend_from_slice(&body);
}

fn write_leb128(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::Refusal;
    use crate::signature::{PublisherKey, Signing, check_signature};

    /// The smallest component there is.
    fn bare() -> Vec<u8> {
        HEAD.to_vec()
    }

    fn publisher(name: &str) -> (PKey<Private>, PublisherKey) {
        let key = PKey::generate_ed25519().expect("a key");
        let public = key.raw_public_key().expect("raw").try_into().expect("32");
        let name = name.to_owned();
        (key, PublisherKey { name, public })
    }

    fn signer(package: &Package, trusted: &[PublisherKey]) -> Result<Option<String>, Refusal> {
        let signature = package.signature.as_deref();
        check_signature(package.digest(), signature, trusted, Signing::Waived)
            .map(|found| found.map(|publisher| publisher.name.clone()))
    }

    // R-PAY-04
    #[test]
    fn a_signed_plugin_is_its_publishers_and_nobody_elses() {
        let (key, ours) = publisher("ours");
        let (_, theirs) = publisher("theirs");
        let packed = Package::pack(&bare(), "id = \"pix\"").expect("packed");
        let signed = Package::sign(&packed, &key).expect("signed");
        let package = Package::read(&signed).expect("a plugin");
        assert_eq!(package.manifest, "id = \"pix\"");
        assert_eq!(package.component, packed);
        assert_eq!(
            signer(&package, std::slice::from_ref(&ours)),
            Ok(Some("ours".to_owned()))
        );
        assert_eq!(signer(&package, &[theirs]), Err(Refusal::Signature));
        let unsigned = Package::read(&packed).expect("a plugin");
        assert_eq!(signer(&unsigned, &[ours]), Ok(None));
        assert_eq!(package.digest(), unsigned.digest());
    }

    // R-PAY-03
    #[test]
    fn every_changed_byte_is_noticed() {
        let (key, ours) = publisher("ours");
        let trusted = [ours];
        let manifest = "id = \"pix\"\nversion = \"1.0.0\"";
        let packed = Package::pack(&bare(), manifest).expect("packed");
        let signed = Package::sign(&packed, &key).expect("signed");
        let accepted = |file: &[u8]| {
            Package::read(file)
                .ok()
                .is_some_and(|package| matches!(signer(&package, &trusted), Ok(Some(_))))
        };
        assert!(accepted(&signed));
        for at in 0..signed.len() {
            let mut changed = signed.clone();
            changed[at] ^= 1;
            assert!(!accepted(&changed), "byte {at}");
        }
        for length in 0..signed.len() {
            assert!(!accepted(&signed[..length]), "cut to {length}");
        }
    }

    // R-PAY-03
    #[test]
    fn nothing_is_added_behind_a_signature() {
        let (key, _) = publisher("ours");
        let packed = Package::pack(&bare(), "a").expect("packed");
        let signed = Package::sign(&packed, &key).expect("signed");
        let mut longer = signed.clone();
        append(&mut longer, "note", b"x");
        assert_eq!(Package::read(&longer), Err(PackageError::Tampered));
        let mut second = signed.clone();
        append(&mut second, MANIFEST, b"id = \"evil\"");
        assert_eq!(Package::read(&second), Err(PackageError::Tampered));
        assert_eq!(
            Package::sign(&signed, &key),
            Err(PackageError::Already("is signed"))
        );
        assert_eq!(
            Package::pack(&packed, "b"),
            Err(PackageError::Already("has a manifest"))
        );
        assert_eq!(Package::read(&bare()), Err(PackageError::NoManifest));
        assert!(matches!(
            Package::read(b"\0asm\x01\0\0\0"),
            Err(PackageError::Shape(_))
        ));
    }
}

//! The seal of files: AES-256-GCM under a key of machine and product.

use openssl::rand::rand_bytes;
use openssl::sha::sha256;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};

const MAGIC: &[u8; 5] = b"ALVS\x01";
const KID: usize = 8;
const NONCE: usize = 12;
const TAG: usize = 16;

/// Which of the two files it is; neither opens as the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// The store.
    Store,
    /// The watermark.
    Watermark,
}

impl Label {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Watermark => "watermark",
        }
    }
}

/// Why a file does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealFault {
    /// It was sealed on another machine, or for another product.
    Copied,
    /// It was changed or cut.
    Damaged,
    /// It is there, and the system does not let it be read: neither its content nor its absence is
    /// known, so nothing may be written over it.
    Unreadable,
    /// OpenSSL failed, for want of randomness or memory.
    Failed,
}

impl SealFault {
    /// The code of the state that follows from it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Copied => "STORE_COPIED",
            Self::Damaged | Self::Failed => "STORE_DAMAGED",
            Self::Unreadable => "STORE_UNREADABLE",
        }
    }
}

/// The seal of one product on one machine: `ALVS`, version, key id, nonce, text and tag.
pub struct Seal {
    key: [u8; 32],
    head: Vec<u8>,
    bound: String,
}

impl Seal {
    /// The seal of a machine's secret, a product's code, and the fingerprint under which the
    /// platform knows the machine.
    #[must_use]
    pub fn new(machine_secret: &str, product: &str, device: &str) -> Self {
        let salt = sha256(format!("alvara-store/1\n{product}").as_bytes());
        // HKDF of RFC 5869, one block each.
        let drawn = hmac(&salt, machine_secret.as_bytes());
        let kid = hmac(&drawn, b"kid\x01");
        Self {
            key: hmac(&drawn, b"key\x01"),
            head: [MAGIC.as_slice(), &kid[..KID]].concat(),
            bound: format!("\n{product}\n{device}"),
        }
    }

    fn data(&self, label: Label) -> Vec<u8> {
        [
            self.head.as_slice(),
            label.as_str().as_bytes(),
            self.bound.as_bytes(),
        ]
        .concat()
    }

    /// Seals a text.
    ///
    /// # Errors
    /// [`SealFault::Failed`].
    pub fn close(&self, label: Label, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
        let mut nonce = [0; NONCE];
        rand_bytes(&mut nonce).map_err(|_| SealFault::Failed)?;
        self.close_with(label, plain, &nonce)
    }

    /// Seals a text under a nonce that is given; for vectors.
    ///
    /// # Errors
    /// [`SealFault::Failed`].
    pub fn close_with(
        &self,
        label: Label,
        plain: &[u8],
        nonce: &[u8; NONCE],
    ) -> Result<Vec<u8>, SealFault> {
        let mut tag = [0; TAG];
        let text = encrypt_aead(
            Cipher::aes_256_gcm(),
            &self.key,
            Some(nonce),
            &self.data(label),
            plain,
            &mut tag,
        )
        .map_err(|_| SealFault::Failed)?;
        Ok([self.head.as_slice(), nonce, &text, &tag].concat())
    }

    /// The text again.
    ///
    /// # Errors
    /// A [`SealFault`].
    pub fn open(&self, label: Label, sealed: &[u8]) -> Result<Vec<u8>, SealFault> {
        if sealed.len() < self.head.len() + NONCE + TAG || !sealed.starts_with(MAGIC) {
            return Err(SealFault::Damaged);
        }
        let (head, rest) = sealed.split_at(self.head.len());
        if head != self.head.as_slice() {
            return Err(SealFault::Copied);
        }
        let (nonce, rest) = rest.split_at(NONCE);
        let (text, tag) = rest.split_at(rest.len() - TAG);
        decrypt_aead(
            Cipher::aes_256_gcm(),
            &self.key,
            Some(nonce),
            &self.data(label),
            text,
            tag,
        )
        .map_err(|_| SealFault::Damaged)
    }
}

/// HMAC-SHA256 of RFC 2104.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&sha256(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner: Vec<u8> = block
        .iter()
        .map(|byte| byte ^ 0x36)
        .chain(message.iter().copied())
        .collect();
    let outer: Vec<u8> = block
        .iter()
        .map(|byte| byte ^ 0x5c)
        .chain(sha256(&inner))
        .collect();
    sha256(&outer)
}

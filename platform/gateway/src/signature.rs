//! Who stands for a plugin.

use openssl::pkey::{Id, PKey};
use openssl::sign::Verifier;

use crate::digest::Digest;
use crate::inspect::Refusal;

/// A publisher that the operator trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherKey {
    /// What the operator calls it.
    pub name: String,
    /// Its Ed25519 public key, the 32 bytes of RFC 8032.
    pub public: [u8; 32],
}

/// What to make of a plugin that nobody signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// It is refused.
    Required,
    /// It is taken; the operator said so for this one.
    Waived,
}

/// Looks who signed a plugin: an Ed25519 signature (64 bytes) over the 32 bytes of its digest, by
/// one of the trusted keys. `None` for one that nobody signed where that is waived. A signature that
/// is there and wrong is refused in any case.
///
/// # Errors
/// [`Refusal::Unsigned`] and [`Refusal::Signature`].
pub fn check_signature<'a>(
    digest: Digest,
    signature: Option<&[u8]>,
    trusted: &'a [PublisherKey],
    signing: Signing,
) -> Result<Option<&'a PublisherKey>, Refusal> {
    let Some(signature) = signature else {
        return match signing {
            Signing::Required => Err(Refusal::Unsigned),
            Signing::Waived => Ok(None),
        };
    };
    let signed_by = |publisher: &&PublisherKey| {
        PKey::public_key_from_raw_bytes(&publisher.public, Id::ED25519)
            .and_then(|key| {
                Verifier::new_without_digest(&key)?.verify_oneshot(signature, digest.as_bytes())
            })
            // What is no key or no signature has signed nothing.
            .unwrap_or(false)
    };
    trusted
        .iter()
        .find(signed_by)
        .map(Some)
        .ok_or(Refusal::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::sign::Signer;

    // R-PAY-04
    #[test]
    fn only_a_trusted_key_over_the_very_digest_counts() {
        let publisher = |name: &str| {
            let key = PKey::generate_ed25519().expect("a key");
            let public = key.raw_public_key().expect("raw").try_into().expect("32");
            let name = name.to_owned();
            (key, PublisherKey { name, public })
        };
        let (ours, trusted) = publisher("ours");
        let (theirs, _) = publisher("theirs");
        let digest = Digest::of(b"plugin");
        let sign = |key, digest: Digest| {
            Signer::new_without_digest(key)
                .and_then(|mut signer| signer.sign_oneshot_to_vec(digest.as_bytes()))
                .expect("a signature")
        };
        let known = [trusted];
        let check = |signature: Option<&[u8]>, signing| {
            check_signature(digest, signature, &known, signing)
                .map(|found| found.map(|publisher| publisher.name.clone()))
        };
        let good = sign(&ours, digest);
        assert_eq!(
            check(Some(&good), Signing::Required),
            Ok(Some("ours".to_owned()))
        );
        for bad in [
            sign(&theirs, digest),
            sign(&ours, Digest::of(b"another")),
            good[..63].to_vec(),
            Vec::new(),
        ] {
            for signing in [Signing::Required, Signing::Waived] {
                assert_eq!(check(Some(&bad), signing), Err(Refusal::Signature));
            }
        }
        assert_eq!(check(None, Signing::Required), Err(Refusal::Unsigned));
        assert_eq!(check(None, Signing::Waived), Ok(None));
    }
}

//! Signatures by a certificate that its owner publishes. The certificate is fetched from a host that
//! the caller names, checked against the roots of trust, and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::sign::Verifier;
use openssl::x509::X509;
use tokio::time::Instant;

use crate::Gateway;
use crate::egress::exchange::Outgoing;
use crate::egress::target::Target;

/// No chain of certificates is longer.
const LONGEST: usize = 64 * 1024;
/// A host that publishes certificates answers at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than this many, and all are fetched anew.
const MANY: usize = 64;

/// Certificates by the address they came from.
#[derive(Default)]
pub(crate) struct Certificates(Mutex<BTreeMap<String, Vec<u8>>>);

impl Certificates {
    fn known(&self, url: &str) -> Option<Vec<u8>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(url).cloned()
    }

    fn keep(&self, url: &str, pem: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MANY {
            kept.clear();
        }
        kept.insert(url.to_owned(), pem.to_vec());
    }
}

/// What is said of a signature by a published certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateVerdict {
    /// It holds.
    Holds,
    /// It does not, or the certificate is not one that may be believed.
    Forged,
    /// The certificate cannot be had at the moment.
    Unavailable,
}

impl Gateway {
    /// Whether `signature` is `RSA-SHA256` of `message` by the certificate at `url`, which has to be of
    /// a name within `domain`: a root of trust vouches for everybody's. Only `hosts` are asked; a port
    /// may be named only where loopback is allowed.
    pub async fn certificate_holds(
        &self,
        (url, hosts, domain): (&str, &BTreeSet<String>, &str),
        message: &[u8],
        signature: &[u8],
    ) -> CertificateVerdict {
        let egress = self.egress();
        let Ok(target) = Target::granted(url, hosts, egress.allows_loopback()) else {
            return CertificateVerdict::Forged;
        };
        let known = egress.certificates.known(url);
        let is_new = known.is_none();
        let pem = match known {
            Some(pem) => pem,
            None => match self.fetch(&target).await {
                Some(pem) => pem,
                None => return CertificateVerdict::Unavailable,
            },
        };
        // A chain runs out while it is kept, so it is looked at each time.
        let Ok(chain) = X509::stack_from_pem(&pem) else {
            return CertificateVerdict::Forged;
        };
        let is_theirs = chain.first().is_some_and(|leaf| is_within(leaf, domain));
        if !is_theirs || !egress.trusts(&chain).unwrap_or(false) {
            return CertificateVerdict::Forged;
        }
        if is_new {
            egress.certificates.keep(url, &pem);
        }
        match signed(&chain, message, signature) {
            Ok(true) => CertificateVerdict::Holds,
            // A signature of another length is an error to OpenSSL, and forged to us.
            Ok(false) | Err(_) => CertificateVerdict::Forged,
        }
    }

    async fn fetch(&self, target: &Target) -> Option<Vec<u8>> {
        let outgoing = Outgoing {
            target,
            method: Method::GET,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            cert: None,
            longest_answer: LONGEST,
            deadline: Instant::now() + PATIENCE,
        };
        match self.egress().exchange(outgoing, || {}).await {
            Ok(answer) if answer.status == StatusCode::OK => Some(answer.body),
            Ok(answer) => {
                tracing::warn!(host = %target.authority(), status = %answer.status, "no certificate");
                None
            }
            Err(trouble) => {
                tracing::warn!(host = %target.authority(), ?trouble, "no certificate");
                None
            }
        }
    }
}

/// Whether a certificate's subject, or one of its alternative names, lies within a domain.
fn is_within(leaf: &X509, domain: &str) -> bool {
    let within = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.strip_suffix(domain)
            .is_some_and(|before| before.ends_with('.'))
    };
    let of_subject = leaf
        .subject_name()
        .entries_by_nid(Nid::COMMONNAME)
        .any(|entry| std::str::from_utf8(entry.data().as_slice()).is_ok_and(within));
    let others = leaf.subject_alt_names();
    of_subject
        || others.is_some_and(|names| names.iter().any(|name| name.dnsname().is_some_and(within)))
}

fn signed(chain: &[X509], message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
    let Some(leaf) = chain.first() else {
        return Ok(false);
    };
    let key = leaf.public_key()?;
    Verifier::new(MessageDigest::sha256(), &key)?.verify_oneshot(signature, message)
}

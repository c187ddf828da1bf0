//! Certificates made for a test.

use std::net::IpAddr;

use alvara_gateway::ClientCertificate;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod, SslVerifyMode};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};
use zeroize::Zeroizing;

/// A certificate authority of a test's own.
pub(crate) struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
    PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key")
}

fn builder(name: &str, key: &PKey<Private>, serial: u32) -> (X509Builder, X509Name) {
    let mut subject = X509Name::builder().expect("a builder");
    subject.append_entry_by_text("CN", name).expect("a name");
    let subject = subject.build();
    let mut builder = X509::builder().expect("a builder");
    builder.set_version(2).expect("version 3");
    let serial = BigNum::from_u32(serial).and_then(|number| number.to_asn1_integer());
    builder
        .set_serial_number(&serial.expect("a number"))
        .expect("a serial");
    builder.set_subject_name(&subject).expect("a subject");
    builder.set_pubkey(key).expect("a key");
    let (from, to) = (Asn1Time::days_from_now(0), Asn1Time::days_from_now(1));
    builder.set_not_before(&from.expect("now")).expect("from");
    builder.set_not_after(&to.expect("tomorrow")).expect("to");
    (builder, subject)
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = key();
        let (mut builder, subject) = builder("Test CA", &key, 1);
        builder.set_issuer_name(&subject).expect("an issuer");
        let constraints = BasicConstraints::new().critical().ca().build();
        builder
            .append_extension(constraints.expect("an extension"))
            .expect("appended");
        builder.sign(&key, MessageDigest::sha256()).expect("signed");
        Self {
            key,
            certificate: builder.build(),
        }
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().expect("PEM")
    }

    /// A certificate for a name or an address.
    fn issue(&self, name: &str) -> (X509, PKey<Private>) {
        let key = key();
        let (mut builder, _) = builder(name, &key, 2);
        builder
            .set_issuer_name(self.certificate.subject_name())
            .expect("an issuer");
        let mut names = SubjectAlternativeName::new();
        if name.parse::<IpAddr>().is_ok() {
            names.ip(name);
        } else {
            names.dns(name);
        }
        let names = names.build(&builder.x509v3_context(Some(&self.certificate), None));
        builder
            .append_extension(names.expect("an extension"))
            .expect("appended");
        builder
            .sign(&self.key, MessageDigest::sha256())
            .expect("signed");
        (builder.build(), key)
    }

    /// A server that is called so.
    pub(crate) fn server(&self, name: &str) -> SslAcceptor {
        self.acceptor(name, SslVerifyMode::NONE)
    }

    /// One that wants to see a client's certificate.
    pub(crate) fn mutual_server(&self, name: &str) -> SslAcceptor {
        self.acceptor(
            name,
            SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT,
        )
    }

    fn acceptor(&self, name: &str, verify: SslVerifyMode) -> SslAcceptor {
        let (certificate, key) = self.issue(name);
        let mut builder =
            SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("a builder");
        builder
            .set_certificate(&certificate)
            .expect("a certificate");
        builder.set_private_key(&key).expect("a key");
        builder
            .cert_store_mut()
            .add_cert(self.certificate.clone())
            .expect("a root");
        builder.set_verify(verify);
        builder.build()
    }

    /// A client that is called so.
    pub(crate) fn client(&self, name: &str) -> ClientCertificate {
        let (certificate, key) = self.issue(name);
        ClientCertificate {
            chain_pem: certificate.to_pem().expect("PEM"),
            key_pem: Zeroizing::new(key.private_key_to_pem_pkcs8().expect("PEM")),
        }
    }
}

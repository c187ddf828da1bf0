//! The certificate under which a provider on this machine answers: made at start, valid for this
//! machine alone.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslAcceptorBuilder, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

/// A certificate that is its own root, and what answers with it.
pub struct Identity {
    /// The certificate, for whoever is to trust it.
    pub root_pem: Vec<u8>,
    /// What answers with it, at 127.0.0.1 and localhost.
    pub acceptor: SslAcceptorBuilder,
}

impl Identity {
    /// Makes one, good for a year.
    ///
    /// # Errors
    /// When OpenSSL makes no key or certificate.
    pub fn new() -> Result<Self, ErrorStack> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
        let mut serial = BigNum::new()?;
        serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
        // Each has a name of its own: of several roots of one name OpenSSL tries the first only, and
        // a demonstration has a provider for each reseller.
        let mut name = X509NameBuilder::new()?;
        let own = format!("payment provider {}", serial.to_hex_str()?);
        name.append_entry_by_text("CN", &own)?;
        let name = name.build();
        let mut certificate = X509::builder()?;
        certificate.set_version(2)?;
        let serial = serial.to_asn1_integer()?;
        certificate.set_serial_number(&serial)?;
        certificate.set_subject_name(&name)?;
        certificate.set_issuer_name(&name)?;
        certificate.set_pubkey(&key)?;
        let (from, until) = (Asn1Time::days_from_now(0)?, Asn1Time::days_from_now(365)?);
        certificate.set_not_before(&from)?;
        certificate.set_not_after(&until)?;
        certificate.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        let names = SubjectAlternativeName::new()
            .dns("localhost")
            .ip("127.0.0.1")
            .build(&certificate.x509v3_context(None, None))?;
        certificate.append_extension(names)?;
        certificate.sign(&key, MessageDigest::sha256())?;
        let certificate = certificate.build();
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
        acceptor.set_private_key(&key)?;
        acceptor.set_certificate(&certificate)?;
        Ok(Self {
            root_pem: certificate.to_pem()?,
            acceptor,
        })
    }
}

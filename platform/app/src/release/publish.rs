use alvara_domain::event::EventKind;
use alvara_domain::fault::FaultCode;
use alvara_domain::id::ProductId;
use alvara_domain::product::{Release, Version};
use alvara_store::{Scope, TenantTx, releases};
use data_encoding::BASE64;

use crate::catalogue::load_own_product;
use crate::field::Fields;
use crate::{AppError, AppResult, Platform};

/// A build to publish.
#[derive(Debug, Clone)]
pub struct NewRelease {
    /// Of which product; it must be the tenant's own.
    pub product_id: ProductId,
    /// `stable`, `beta` … (lower-case letters, digits and hyphens, at most 20).
    pub channel: String,
    /// `windows-x64`, `any` … (the same, at most 40); `any` runs everywhere.
    pub platform: String,
    /// `2.1.14` or `2.2.0-rc1`.
    pub version: String,
    /// Where the file is: `https`, or `http` on the machine itself; at most 700 characters.
    pub url: String,
    /// What is new, at most 20 000 characters.
    pub notes: String,
    /// Whether programs must not run an older build.
    pub mandatory: bool,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
}

/// What a program is told when it asks for an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The newest build.
    pub release: Release,
    /// Whether the version that asks is older than the newest build.
    pub is_newer: bool,
}

/// The bytes that a release's signature covers: the SHA-256 of the file as 64 lower-case
/// hexadecimal digits in ASCII, exactly as the `sha256` field shows them, without a line end.
///
/// The signature is that of the product's active key by the product's algorithm, in standard base64
/// with padding. For RS256 a program, or a person, checks it so:
///
/// ```text
/// printf %s "$sha256" | openssl dgst -sha256 -verify public.pem -signature signature.bin
/// ```
///
/// For PS256 it is RSA-PSS with SHA-256 and a salt of 32 bytes over the same 64 bytes, for EdDSA
/// plain Ed25519 over them. Then the digest of the file itself is compared with `sha256`.
#[must_use]
pub fn signed_text(sha256: &str) -> &[u8] {
    sha256.as_bytes()
}

impl NewRelease {
    fn check(&self) -> AppResult<Checked> {
        let mut fields = Fields::new();
        let channel = word(&mut fields, "/channel", &self.channel, 20);
        let platform = word(&mut fields, "/platform", &self.platform, 40);
        let version = self.version.trim().parse::<Version>();
        if let Err(error) = &version {
            fields.refuse("/version", FaultCode::Malformed, error.to_string());
        }
        let url = fields.line("/url", &self.url, 700);
        if !is_fetchable(&url) {
            fields.refuse(
                "/url",
                FaultCode::Malformed,
                "an address that starts with https://",
            );
        }
        let notes = fields.paragraphs("/notes", &self.notes, 20_000);
        let sha256 = self.sha256.trim().to_ascii_lowercase();
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            fields.refuse("/sha256", FaultCode::Malformed, "64 hexadecimal digits");
        }
        fields.finish()?;
        let version = version.map_err(|error| {
            AppError::field("/version", FaultCode::Malformed, error.to_string())
        })?;
        Ok(Checked {
            channel,
            platform,
            version,
            url,
            notes,
            mandatory: self.mandatory,
            sha256,
        })
    }
}

#[derive(Debug, Clone)]
struct Checked {
    channel: String,
    platform: String,
    version: Version,
    url: String,
    notes: String,
    mandatory: bool,
    sha256: String,
}

fn word(fields: &mut Fields, pointer: &str, value: &str, most: usize) -> String {
    let value = fields.line(pointer, value, most);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !value.bytes().all(plain) {
        fields.refuse(
            pointer,
            FaultCode::Malformed,
            "lower-case letters, digits and hyphens",
        );
    }
    value
}

/// `https`, or `http` to the machine itself for trying out. No user, no blanks: programs hand the
/// address on to whatever downloads.
fn is_fetchable(url: &str) -> bool {
    let (rest, must_be_local) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, Local::Optional),
        (None, Some(rest)) => (rest, Local::Required),
        (None, None) => return false,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or_default(),
    };
    let local = host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    let plain = url
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
    !host.is_empty()
        && plain
        && !authority.contains('@')
        && (local || matches!(must_be_local, Local::Optional))
}

enum Local {
    Required,
    Optional,
}

impl Platform {
    /// Publishes a build: reads the product's key, signs beside the transactions, then writes.
    /// What the signature covers is said at [`signed_text`].
    ///
    /// # Errors
    /// [`AppError::Invalid`]; [`AppError::NotFound`]; [`AppError::Taken`] when channel and platform
    /// have the version; [`AppError::ExceedsOwnRights`] for a product that the tenant only sells.
    pub async fn publish_release(&self, scope: &Scope, request: &NewRelease) -> AppResult<Release> {
        let checked = request.check()?;
        let (platform, product) = (self.clone(), request.product_id);
        let ring = self.db().read(scope, move |tx| {
            load_own_product(tx, product)?;
            platform.keys().ring(tx, product)
        });
        let signature = BASE64.encode(&ring.await?.active().sign(signed_text(&checked.sha256))?);
        let write =
            move |tx: &mut TenantTx<'_>| publish(tx, product, checked.clone(), signature.clone());
        self.db().write(scope, write).await
    }
}

fn publish(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    checked: Checked,
    signature: String,
) -> AppResult<Release> {
    load_own_product(tx, product)?;
    let release = Release {
        tenant_id: tx.tenant(),
        product_id: product,
        id: tx.new_id()?,
        channel: checked.channel,
        platform: checked.platform,
        version: checked.version,
        url: checked.url,
        notes: checked.notes,
        mandatory: checked.mandatory,
        sha256: checked.sha256,
        signature,
        published_at: tx.now(),
    };
    releases::insert(tx, &release).map_err(AppError::taken("/version"))?;
    tx.audit("release.published", release.id, (), &release)?;
    tx.emit(EventKind::ReleasePublished, release.id, &release)?;
    Ok(release)
}

/// The newest build of a product in a channel for a platform, `any` included. `have` is the version
/// that the program runs; without one every build is newer.
///
/// # Errors
/// [`AppError::NotFound`] where nothing is published.
pub fn latest(
    tx: &mut TenantTx<'_>,
    product: ProductId,
    (channel, platform): (&str, &str),
    have: Option<&Version>,
) -> AppResult<Update> {
    let release = releases::find_newest(tx, product, channel, platform)?
        .ok_or(AppError::NotFound("release"))?;
    let is_newer = have.is_none_or(|have| *have < release.version);
    Ok(Update { release, is_newer })
}

#[cfg(test)]
mod tests {
    use alvara_domain::id::{ProductId, Ulid};
    use data_encoding::BASE64;

    use super::{NewRelease, is_fetchable, latest, signed_text};
    use crate::AppError;
    use crate::test_house::House;

    fn build(product_id: ProductId, version: &str, platform: &str) -> NewRelease {
        NewRelease {
            product_id,
            channel: "stable".into(),
            platform: platform.into(),
            version: version.into(),
            url: "https://example.com/setup.exe".into(),
            notes: "Novidades:\n- mais rápido".into(),
            mandatory: false,
            sha256: "AB".repeat(32),
        }
    }

    #[tokio::test]
    async fn a_build_is_signed_by_the_products_key_and_found_by_what_runs() {
        // R-API-02 R-LIC-12
        let house = House::build().await;
        let product = house.product(&house.acme.tenant, "cad").await.id;
        let scope = house.scope(&house.acme.tenant);
        let nothing = house
            .write(&scope, move |tx| {
                latest(tx, product, ("stable", "any"), None)
            })
            .await;
        assert!(matches!(nothing, Err(AppError::NotFound("release"))));
        for (version, platform) in [
            ("1.9.0", "any"),
            ("1.10.0-rc1", "any"),
            ("1.10.0", "windows-x64"),
        ] {
            house
                .platform
                .publish_release(&scope, &build(product, version, platform))
                .await
                .unwrap();
        }
        let again = house
            .platform
            .publish_release(&scope, &build(product, "1.9", "any"))
            .await;
        assert!(matches!(
            again,
            Err(AppError::Taken {
                pointer: "/version"
            })
        ));

        let have = "1.10.0-rc1".parse().unwrap();
        let platform = house.platform.clone();
        let (windows, linux, ring) = house
            .write(&scope, move |tx| {
                let windows = latest(tx, product, ("stable", "windows-x64"), Some(&have))?;
                let linux = latest(tx, product, ("stable", "linux-x64"), Some(&have))?;
                Ok((windows, linux, platform.keys().ring(tx, product)?))
            })
            .await
            .unwrap();
        assert_eq!(
            (
                windows.release.version.to_string().as_str(),
                windows.is_newer
            ),
            ("1.10.0", true)
        );
        assert_eq!(
            (linux.release.version.to_string().as_str(), linux.is_newer),
            ("1.10.0-rc1", false)
        );
        let release = windows.release;
        assert_eq!(release.sha256, "ab".repeat(32));
        let signature = BASE64.decode(release.signature.as_bytes()).unwrap();
        let key = ring.active().verifying_key();
        assert!(key.verify(signed_text(&release.sha256), &signature));
        assert!(!key.verify(signed_text(&"cd".repeat(32)), &signature));

        let scope = house.scope(&house.bella.tenant);
        let foreign = house
            .platform
            .publish_release(&scope, &build(product, "9.9", "any"))
            .await;
        assert!(matches!(foreign, Err(AppError::NotFound("product"))));
    }

    #[test]
    fn builds_are_fetched_over_https_or_from_the_machine_itself() {
        for good in [
            "https://example.com/a-1.2.exe",
            "https://example.com:8443/a?x=1#y",
            "http://localhost:8080/a",
            "http://acme.localhost/a",
            "http://127.0.0.1/a",
            "http://[::1]:80/a",
        ] {
            assert!(is_fetchable(good), "{good}");
        }
        for bad in [
            "http://example.com/a",
            "http://127.0.0.1.example.com/a",
            "http://localhost@example.com/a",
            "https://user:secret@example.com/a",
            "https:///a",
            "https://",
            "ftp://example.com/a",
            "javascript:alert(1)",
            "https://example.com/a b",
            "https://exämple.com/",
            "",
        ] {
            assert!(!is_fetchable(bad), "{bad}");
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let request = NewRelease {
            product_id: ProductId::from_ulid(Ulid::nil()),
            channel: "Stable!".into(),
            platform: String::new(),
            version: "two".into(),
            url: "http://example.com".into(),
            notes: "a\u{0}".into(),
            mandatory: false,
            sha256: "abc".into(),
        };
        let AppError::Invalid(faults) = request.check().unwrap_err() else {
            panic!("another error")
        };
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/channel",
                "/platform",
                "/version",
                "/url",
                "/notes",
                "/sha256"
            ]
        );
    }
}

//! Where a request goes, read by the same code that sends it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use data_encoding::HEXUPPER;
use hyper::Uri;

use super::Trouble;

/// No address is longer.
const LONGEST: usize = 8 * 1024;

/// An address that was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) secure: bool,
    /// Small letters; an IPv6 address in brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The grant names the port.
    pub(crate) explicit_port: bool,
    /// What the request line says.
    pub(crate) path_and_query: String,
}

impl Target {
    /// Reads an address and looks whether it is granted.
    ///
    /// Ports other than 443, and plain http, exist only where loopback is allowed, and only for a
    /// grant that names the port; [`super::Egress`] then checks that the address is loopback.
    pub(crate) fn granted(
        url: &str,
        hosts: &BTreeSet<String>,
        allow_loopback: bool,
    ) -> Result<Self, Trouble> {
        if url.len() > LONGEST || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Trouble::BadRequest);
        }
        let uri: Uri = url.parse().map_err(|_| Trouble::BadRequest)?;
        let authority = uri.authority().ok_or(Trouble::BadRequest)?;
        // `https://good@evil` must not even look like something.
        if authority.as_str().contains('@') {
            return Err(Trouble::BadRequest);
        }
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if allow_loopback => false,
            _ => return Err(Trouble::HostNotAllowed),
        };
        let host = authority.host().to_ascii_lowercase();
        let port = match authority.port() {
            Some(port) => port.as_str().parse().map_err(|_| Trouble::BadRequest)?,
            // A colon with nothing behind it.
            None if authority.as_str().len() != authority.host().len() => {
                return Err(Trouble::BadRequest);
            }
            None if secure => 443,
            None => 80,
        };
        let with_port = format!("{host}:{port}");
        let explicit_port = allow_loopback && hosts.contains(&with_port);
        let ordinary = secure && port == 443 && hosts.contains(&host);
        if !(explicit_port || ordinary) {
            return Err(Trouble::HostNotAllowed);
        }
        let path_and_query = uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        if !path_and_query.starts_with('/') {
            return Err(Trouble::BadRequest);
        }
        Ok(Self {
            secure,
            host,
            port,
            explicit_port,
            path_and_query,
        })
    }

    /// The address, where the host is one.
    pub(crate) fn literal(&self) -> Option<IpAddr> {
        self.bare_host().parse().ok()
    }

    /// The host without the brackets of an IPv6 address.
    pub(crate) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// What the Host header says, and the journal.
    pub(crate) fn authority(&self) -> String {
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }

    /// Without the query.
    pub(crate) fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or("/")
    }

    /// Adds a parameter, percent-encoded (RFC 3986 §2.3).
    pub(crate) fn add_query(&mut self, name: &str, value: &[u8]) {
        let joint = if self.path_and_query.contains('?') {
            '&'
        } else {
            '?'
        };
        self.path_and_query.push(joint);
        self.path_and_query.push_str(&percent(name.as_bytes()));
        self.path_and_query.push('=');
        self.path_and_query.push_str(&percent(value));
    }
}

/// Everything but unreserved characters as `%XX`.
pub(crate) fn percent(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(*byte));
        } else {
            out.push('%');
            out.push_str(&HEXUPPER.encode(&[*byte]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> BTreeSet<String> {
        [
            "psp.example.com",
            "127.0.0.1:8080",
            "10.0.0.1",
            "other.example.com:8443",
        ]
        .map(str::to_owned)
        .into()
    }

    // R-PAY-03
    #[test]
    fn only_granted_hosts_are_reached() {
        let strictly = |url: &str| Target::granted(url, &hosts(), false).map(|to| to.authority());
        assert_eq!(
            strictly("https://PSP.example.com/a?b#c").as_deref(),
            Ok("psp.example.com")
        );
        assert_eq!(
            strictly("https://psp.example.com:443/").as_deref(),
            Ok("psp.example.com")
        );
        for url in [
            "http://psp.example.com/",
            "https://psp.example.com:8443/",
            "https://psp.example.com./",
            "https://xpsp.example.com/",
            "https://psp.example.com.evil.example/",
            "https://127.0.0.1:8080/",
            "https://other.example.com:8443/",
            "ftp://psp.example.com/",
            "psp.example.com:443",
        ] {
            assert_eq!(strictly(url), Err(Trouble::HostNotAllowed), "{url}");
        }
        for url in [
            "https://psp.example.com@evil.example/",
            "https://user:word@psp.example.com/",
            "https://psp.example.com:/",
            "https://psp.example.com:99999/",
            "https://psp.example.com\\@evil.example/",
            "https://psp.example.com/a b",
            "https://psp.example.com/\r\nhost: evil",
            "/only/a/path",
            "https://",
        ] {
            assert_eq!(strictly(url), Err(Trouble::BadRequest), "{url}");
        }
    }

    // R-PAY-03
    #[test]
    fn loopback_needs_the_setting_and_a_grant_with_the_port() {
        let loosely = |url: &str| Target::granted(url, &hosts(), true).map(|to| to.explicit_port);
        assert_eq!(loosely("http://127.0.0.1:8080/x"), Ok(true));
        assert_eq!(loosely("https://psp.example.com/"), Ok(false));
        assert_eq!(
            loosely("http://127.0.0.1:8081/x"),
            Err(Trouble::HostNotAllowed)
        );
        assert_eq!(
            loosely("http://psp.example.com/"),
            Err(Trouble::HostNotAllowed)
        );
    }

    // R-PAY-03
    #[test]
    fn a_secret_in_the_query_stays_one_parameter() {
        let mut target =
            Target::granted("https://psp.example.com/a?b=1", &hosts(), false).expect("granted");
        target.add_query("key", b"x&y=z #/\n");
        assert_eq!(target.path_and_query, "/a?b=1&key=x%26y%3Dz%20%23%2F%0A");
        assert_eq!(target.path(), "/a");
    }
}

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use alvara_app::mail::{MailConfig, MailTls};
use alvara_vault::Secret;
use serde::{Deserialize, Serialize};

/// How long one conversation with a mail server may take: other work waits for its end.
const PATIENCE: Duration = Duration::from_secs(30);

/// `[mail]`: where mails leave. Without a host they wait until there is one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailSettings {
    /// The mail server's name.
    pub host: Option<String>,
    /// Its port: 587 for `starttls`, 465 for `tls` as a rule.
    pub port: u16,
    /// Who we are to it. Goes with `password`.
    pub user: Option<String>,
    /// Our password there.
    pub password: Option<String>,
    /// The address that mails come from. A seller's name is put beside it.
    pub from: Option<String>,
    /// `starttls`, `tls`, or `none` for a mail server on this machine.
    pub tls: MailTls,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            host: None,
            port: 587,
            user: None,
            password: None,
            from: None,
            tls: MailTls::Starttls,
        }
    }
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("from", &self.from)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl MailSettings {
    /// The key that cannot be as it is, and why.
    pub(super) fn wrong(&self) -> Option<(&'static str, &'static str)> {
        let from = self.from.as_deref();
        if self.port == 0 {
            return Some(("mail.port", "between 1 and 65535"));
        }
        if self.user.is_some() != self.password.is_some() {
            return Some((
                "mail.user",
                "user and password go together: set both or neither",
            ));
        }
        let host = self.host.as_deref();
        if host.is_some_and(|host| host.trim().is_empty()) {
            return Some(("mail.host", "the name of a mail server, or nothing at all"));
        }
        if self.tls == MailTls::None && host.is_some_and(|host| !is_here(host)) {
            return Some((
                "mail.tls",
                "without TLS keys and our password would lie open: `none` is for localhost",
            ));
        }
        if self.host.is_some() && from.is_none() {
            return Some(("mail.from", "mails need an address that they come from"));
        }
        if from.is_some_and(|from| !MailConfig::is_address(from)) {
            return Some((
                "mail.from",
                "an address like keys@example.com, without a name",
            ));
        }
        None
    }

    /// The mail server, when one is set.
    #[must_use]
    pub fn server(&self) -> Option<MailConfig> {
        Some(MailConfig {
            host: self.host.clone()?,
            port: self.port,
            user: self.user.clone(),
            password: self.password.clone().map(Secret::new),
            from: self.from.clone()?,
            tls: self.tls,
            patience: PATIENCE,
        })
    }
}

/// Whether a host is this machine, by what it says alone: a name may lead elsewhere tomorrow.
fn is_here(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use alvara_app::mail::MailTls;

    use super::MailSettings;
    use crate::config::Config;

    fn whole() -> MailSettings {
        MailSettings {
            host: Some("mail.example.com".to_owned()),
            user: Some("alvara".to_owned()),
            password: Some("hunter2hunter2".to_owned()),
            from: Some("keys@example.com".to_owned()),
            ..MailSettings::default()
        }
    }

    // R-PAY-10
    #[test]
    fn a_mail_server_needs_an_address_and_whole_credentials() {
        assert_eq!(MailSettings::default().wrong(), None);
        assert!(MailSettings::default().server().is_none());
        assert_eq!(whole().wrong(), None);
        assert!(whole().server().is_some());
        let key = |change: fn(&mut MailSettings)| {
            let mut settings = whole();
            change(&mut settings);
            settings.wrong().map(|(key, _)| key)
        };
        assert_eq!(key(|one| one.from = None), Some("mail.from"));
        assert_eq!(key(|one| one.password = None), Some("mail.user"));
        assert_eq!(key(|one| one.port = 0), Some("mail.port"));
        assert_eq!(
            key(|one| one.host = Some(" ".to_owned())),
            Some("mail.host")
        );
        let named = |one: &mut MailSettings| one.from = Some("Keys <keys@example.com>".to_owned());
        assert_eq!(key(named), Some("mail.from"));
    }

    // R-PAY-10
    #[test]
    fn nothing_goes_in_clear_to_another_machine() {
        let open = |host: &str| {
            let settings = MailSettings {
                host: Some(host.to_owned()),
                tls: MailTls::None,
                ..whole()
            };
            settings.wrong().map(|(key, _)| key)
        };
        for here in ["localhost", "127.0.0.1", "127.8.8.8", "::1"] {
            assert_eq!(open(here), None, "{here}");
        }
        for elsewhere in [
            "mail.example.com",
            "10.0.0.7",
            "192.0.2.1",
            "0.0.0.0",
            "localhost.example.com",
        ] {
            assert_eq!(open(elsewhere), Some("mail.tls"), "{elsewhere}");
        }
    }

    // R-PAY-10
    #[test]
    fn the_password_is_shown_nowhere() {
        let config = Config {
            mail: whole(),
            ..Config::default()
        };
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(!format!("{:?}", config.mail.server()).contains("hunter2"));
        let shown = config.masked().mail.password.unwrap_or_default();
        assert!(!shown.is_empty() && !shown.contains("hunter2"), "{shown}");
    }
}

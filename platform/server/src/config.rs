//! Settings: one struct for each section, one file for each struct.
//!
//! They are read once, checked, and passed on as values; nothing else in the process looks at the
//! environment. Later sources win: what stands in [`Config::default`], then `alvara.toml`, then
//! variables such as `ALVARA_DATABASE__URL`, then flags. A key that does not exist is refused
//! wherever it stands, because a misspelt limit that quietly does nothing is worse than no start.

mod data;
mod database;
mod dns;
mod fault;
mod http;
mod limits;
mod log;
mod mail;
mod metrics;
mod plugins;
mod read;
mod secrets;
mod tokens;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use data::DataConfig;
pub use database::{DatabaseConfig, MigrateOnStart};
pub use dns::DnsConfig;
pub use fault::SettingsFault;
pub use http::HttpConfig;
pub use limits::LimitsConfig;
pub use log::{LogConfig, LogFormat};
pub use mail::MailSettings;
pub use metrics::MetricsConfig;
pub use plugins::PluginsConfig;
pub use read::{Flag, Sources};
pub use secrets::SecretsConfig;
pub use tokens::TokensConfig;

/// All settings. The default is what a first start on a fresh machine needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `[data]`
    pub data: DataConfig,
    /// `[database]`
    pub database: DatabaseConfig,
    /// `[dns]`
    pub dns: DnsConfig,
    /// `[http]`
    pub http: HttpConfig,
    /// `[limits]`
    pub limits: LimitsConfig,
    /// `[log]`
    pub log: LogConfig,
    /// `[mail]`
    pub mail: MailSettings,
    /// `[metrics]`
    pub metrics: MetricsConfig,
    /// `[plugins]`
    pub plugins: PluginsConfig,
    /// `[secrets]`
    pub secrets: SecretsConfig,
    /// `[tokens]`
    pub tokens: TokensConfig,
}

/// What stands in place of a secret when settings are shown.
const MASK: &str = "********";

impl Config {
    /// Reads the settings from all their sources.
    ///
    /// # Errors
    /// [`SettingsFault`] names the key, where it was written, and what would be right.
    pub fn load(sources: &Sources) -> Result<Self, SettingsFault> {
        let config: Self = read::merged(sources)?;
        config.check()?;
        Ok(config)
    }

    /// What the types alone cannot say.
    fn check(&self) -> Result<(), SettingsFault> {
        let refuse = |key: &str, why: &str| {
            Err(SettingsFault::Impossible {
                key: key.to_owned(),
                why: why.to_owned(),
            })
        };
        if self.http.tls_certificate.is_some() != self.http.tls_key.is_some() {
            return refuse(
                "http.tls_certificate",
                "tls_certificate and tls_key go together: set both or neither",
            );
        }
        if let Some(url) = &self.http.public_url {
            PublicUrl::parse(url).map_err(|why| SettingsFault::Impossible {
                key: "http.public_url".to_owned(),
                why,
            })?;
        }
        for (key, seconds) in [
            ("http.drain_seconds", self.http.drain_seconds),
            ("http.stop_seconds", self.http.stop_seconds),
        ] {
            if seconds > 3600 {
                return refuse(key, "at most 3600");
            }
        }
        if self.database.connections == 0 || self.database.connections > 1000 {
            return refuse("database.connections", "between 1 and 1000");
        }
        if self.plugins.calls == 0 || self.plugins.calls > 1000 {
            return refuse("plugins.calls", "between 1 and 1000");
        }
        if let Some((key, why)) = self.mail.wrong() {
            return refuse(key, why);
        }
        if self.log.keep == 0 {
            return refuse("log.keep", "at least 1: today's file is one of them");
        }
        for (key, seconds) in [
            ("tokens.access_seconds", self.tokens.access_seconds),
            ("tokens.refresh_seconds", self.tokens.refresh_seconds),
            (
                "tokens.session_idle_seconds",
                self.tokens.session_idle_seconds,
            ),
            (
                "tokens.session_longest_seconds",
                self.tokens.session_longest_seconds,
            ),
        ] {
            if !(60..=366 * 24 * 3600).contains(&seconds) {
                return refuse(key, "between 60 seconds and one year");
            }
        }
        let secrets = &self.secrets;
        let ways = [
            secrets.master_key_file.is_some(),
            secrets.master_key_command.is_some(),
            secrets.master_key.is_some(),
        ];
        if ways.iter().filter(|set| **set).count() > 1 {
            return refuse(
                "secrets",
                "set only one of master_key_file, master_key_command and ALVARA_SECRETS__MASTER_KEY",
            );
        }
        Ok(())
    }

    /// The database's URL, the data directory's file when none is set.
    #[must_use]
    pub fn database_url(&self) -> String {
        match &self.database.url {
            Some(url) => url.clone(),
            None => format!(
                "sqlite://{}",
                self.data.directory.join("alvara.db").display()
            ),
        }
    }

    /// The file of an embedded database; `None` for a server.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        self.database_url()
            .strip_prefix("sqlite://")
            .map(PathBuf::from)
    }

    /// The file in which a first start keeps the master key.
    #[must_use]
    pub fn default_master_key_file(&self) -> PathBuf {
        self.data.directory.join("master.key")
    }

    /// The settings with everything secret replaced, for showing.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut shown = self.clone();
        shown.database.url = shown.database.url.map(|url| without_password(&url));
        shown.mail.password = shown.mail.password.map(|_| MASK.to_owned());
        shown.secrets.master_key = shown.secrets.master_key.map(|_| MASK.to_owned());
        shown.secrets.master_key_command =
            shown.secrets.master_key_command.map(|_| MASK.to_owned());
        shown
    }
}

/// Where the installation is reached, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// `http` or `https`.
    pub scheme: String,
    /// Host name, without port.
    pub host: String,
    /// The port, when it is not the scheme's own.
    pub port: Option<u16>,
}

impl PublicUrl {
    /// Reads `scheme://host[:port]`.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(url: &str) -> Result<Self, String> {
        let shape = || format!("{url:?} is not of the form https://host or https://host:port");
        let (scheme, rest) = url.split_once("://").ok_or_else(shape)?;
        if scheme != "http" && scheme != "https" {
            return Err(shape());
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| shape())?)),
            None => (rest, None),
        };
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if host.is_empty() || !host.chars().all(good) {
            return Err(shape());
        }
        let own = if scheme == "https" { 443 } else { 80 };
        Ok(Self {
            scheme: scheme.to_owned(),
            host: host.to_ascii_lowercase(),
            port: port.filter(|port| *port != own),
        })
    }
}

/// The URL with its password masked, in `user:password@` and in `?password=`.
fn without_password(url: &str) -> String {
    let mut shown = url.to_owned();
    if let Some(start) = shown.find("://").map(|at| at + 3) {
        let end = shown[start..]
            .find(['/', '?'])
            .map_or(shown.len(), |at| start + at);
        if let Some(at) = shown[start..end].rfind('@').map(|at| start + at)
            && let Some(colon) = shown[start..at].find(':').map(|colon| start + colon)
        {
            shown.replace_range(colon + 1..at, MASK);
        }
    }
    if let Some((before, query)) = shown.split_once('?') {
        let masked: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, _)) if name.contains("password") => format!("{name}={MASK}"),
                _ => pair.to_owned(),
            })
            .collect();
        shown = format!("{before}?{}", masked.join("&"));
    }
    shown
}

/// The settings file that is read when none is named: `alvara.toml` where the process was started,
/// else the one of the machine, if either is there.
#[must_use]
pub fn usual_file() -> Option<PathBuf> {
    ["alvara.toml", "/etc/alvara/alvara.toml"]
        .into_iter()
        .map(Path::new)
        .find(|file| file.is_file())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[Flag],
    ) -> Result<Config, SettingsFault> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alvara.toml");
        std::fs::write(&path, file).unwrap();
        Config::load(&Sources {
            file: Some(path),
            environment: environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            flags: flags.to_vec(),
        })
    }

    #[test]
    fn later_sources_win() {
        // R-OPS-01
        let nothing = Config::load(&Sources::default()).unwrap();
        assert_eq!(nothing, Config::default());
        assert_eq!(nothing.database_url(), "sqlite://alvara-data/alvara.db");

        let file =
            "[http]\nlisten = \"127.0.0.1:1\"\nstop_seconds = 5\n[tokens]\naccess_seconds = 120\n";
        let environment = [
            ("ALVARA_HTTP__LISTEN", "127.0.0.1:2"),
            ("ALVARA_HTTP__STOP_SECONDS", "6"),
            ("ALVARA_HTTP__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ];
        let config = with(
            file,
            &environment,
            &[Flag::new("--listen", "http.listen", "127.0.0.1:3")],
        )
        .unwrap();
        assert_eq!(config.http.listen.port(), 3);
        assert_eq!(config.http.stop_seconds, 6);
        assert_eq!(config.http.trusted_proxies, ["10.0.0.0/8", "::1"]);
        assert_eq!(config.tokens.access_seconds, 120);
    }

    #[test]
    fn unknown_keys_are_refused_by_name_with_the_nearest_known_one() {
        // R-OPS-01
        let said = with("[htpp]\nlisten = \"x\"\n", &[], &[])
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("alvara.toml") && said.contains("`htpp`") && said.contains("`http`"),
            "{said}"
        );
        let said = with("[http]\nlistn = \"x\"\n", &[], &[])
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("`http.listn`") && said.contains("`http.listen`"),
            "{said}"
        );
        let said = with("", &[("ALVARA_DATABASE__ULR", "x")], &[])
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("ALVARA_DATABASE__ULR") && said.contains("ALVARA_DATABASE__URL"),
            "{said}"
        );
        // What a cluster puts into every container is not meant for us.
        assert!(
            with(
                "",
                &[
                    ("ALVARA_SERVICE_HOST", "10.0.0.1"),
                    ("ALVARA_PORT", "tcp://x")
                ],
                &[]
            )
            .is_ok()
        );
    }

    #[test]
    fn wrong_values_name_their_key_and_their_source() {
        // R-OPS-01
        let said = with("[database]\nconnections = \"many\"\n", &[], &[])
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("database.connections") && said.contains("alvara.toml"),
            "{said}"
        );
        let said = with("", &[("ALVARA_DATABASE__CONNECTIONS", "many")], &[])
            .unwrap_err()
            .to_string();
        assert!(said.contains("ALVARA_DATABASE__CONNECTIONS"), "{said}");
        let said = with("", &[], &[Flag::new("--listen", "http.listen", "nowhere")])
            .unwrap_err()
            .to_string();
        assert!(said.contains("--listen"), "{said}");
        assert!(with("[database\n", &[], &[]).is_err());
        assert!(with("[http]\ntls_key = \"a\"\n", &[], &[]).is_err());
        assert!(with("[database]\nconnections = 0\n", &[], &[]).is_err());
        assert!(with("[http]\npublic_url = \"licenses.example.com\"\n", &[], &[]).is_err());
    }

    #[test]
    fn the_master_key_itself_does_not_belong_in_the_file() {
        // R-LIC-12
        let said = with("[secrets]\nmaster_key = \"00\"\n", &[], &[])
            .unwrap_err()
            .to_string();
        assert!(said.contains("ALVARA_SECRETS__MASTER_KEY"), "{said}");
        assert!(with("", &[("ALVARA_SECRETS__MASTER_KEY", "00")], &[]).is_ok());
        let two = [
            ("ALVARA_SECRETS__MASTER_KEY", "00"),
            ("ALVARA_SECRETS__MASTER_KEY_FILE", "f"),
        ];
        assert!(with("", &two, &[]).is_err());
    }

    #[test]
    fn what_is_shown_holds_no_secret() {
        // R-OPS-03
        for (url, shown) in [
            (
                "postgres://alvara:s3cret@db/alvara",
                "postgres://alvara:********@db/alvara",
            ),
            (
                "postgres://alvara:s3:c@ret@db/alvara",
                "postgres://alvara:********@db/alvara",
            ),
            (
                "postgres:///alvara?user=a&password=s3cret",
                "postgres:///alvara?user=a&password=********",
            ),
            (
                "sqlite:///var/lib/alvara/alvara.db",
                "sqlite:///var/lib/alvara/alvara.db",
            ),
            (
                "mysql://alvara@db:3306/alvara",
                "mysql://alvara@db:3306/alvara",
            ),
        ] {
            assert_eq!(without_password(url), shown);
        }
        let key = "0".repeat(64);
        let config = with("", &[("ALVARA_SECRETS__MASTER_KEY", &key)], &[]).unwrap();
        assert!(
            !serde_json::to_string(&config.masked())
                .unwrap()
                .contains(&key)
        );
        assert!(!format!("{config:?}").contains(&key));
    }

    #[test]
    fn public_urls_are_taken_apart() {
        let url = PublicUrl::parse("https://Licenses.example.com:443/").unwrap();
        assert_eq!(
            (url.scheme.as_str(), url.host.as_str(), url.port),
            ("https", "licenses.example.com", None)
        );
        assert_eq!(
            PublicUrl::parse("http://localhost:8080").unwrap().port,
            Some(8080)
        );
        for bad in [
            "",
            "localhost",
            "ftp://x",
            "https://",
            "https://a/b",
            "https://a:b",
            "https://u:p@h",
        ] {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
    }
}

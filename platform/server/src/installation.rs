//! Opens an installation: database, secrets, gate and use cases, put together from the settings.

use alvara_app::Platform;
use alvara_app::keyring::KeyRing;
use alvara_app::platform::{Outside, PublicAddress};
use alvara_gateway::GatewayConfig;
use alvara_store::{Clock, Db, DbConfig, Mint, WhenMissing};
use alvara_tenants::{AccessConfig, Console, Gate, GateError};
use alvara_vault::{PasswordCost, Vault, VaultError};

use crate::config::{Config, PublicUrl};
use crate::exit::{Exit, Failure, Outcome};
use crate::master_key::{self, Source};

/// An installation that is open.
pub(crate) struct Installation {
    /// What use cases share.
    pub(crate) platform: Platform,
    /// Leave to act without a sign-in: for commands and jobs, never for requests.
    pub(crate) console: Console,
}

impl Installation {
    /// Does one command's work in an installation that exists and is migrated, and closes it again.
    pub(crate) async fn within<T>(
        config: &Config,
        work: impl AsyncFnOnce(&Self) -> Outcome<T>,
    ) -> Outcome<T> {
        let installation = Self::open(config).await?;
        let done = work(&installation).await;
        installation.db().close().await;
        done
    }

    async fn open(config: &Config) -> Outcome<Self> {
        let (db, mint) = open_database(config, WhenMissing::Refuse, Clock::system())?;
        let missing = db.pending_migrations().await?;
        if !missing.is_empty() {
            return Err(not_migrated(missing.len()));
        }
        let installation = Self::assemble(
            config,
            (db, mint),
            address(config, config.http.listen.port())?,
        )?;
        installation.check_master_key().await?;
        Ok(installation)
    }

    /// Puts the parts together. The database must be migrated before the first use.
    pub(crate) fn assemble(
        config: &Config,
        (db, mint): (Db, Mint),
        address: PublicAddress,
    ) -> Outcome<Self> {
        let vault = Vault::new(&master_key::load(config)?)
            .map_err(|error| Failure::refused(error.to_string()))?;
        let access = AccessConfig {
            base_domain: address.base_domain.clone(),
            issuer: address.base_url(),
            password_cost: PasswordCost::default(),
            access_token_seconds: config.tokens.access_seconds,
            refresh_token_seconds: config.tokens.refresh_seconds,
            session_idle_seconds: config.tokens.session_idle_seconds,
            session_longest_seconds: config.tokens.session_longest_seconds,
        };
        let (gate, console) = Gate::open(db, mint, vault.clone(), access)?;
        let plugins = GatewayConfig {
            cache_dir: Some(config.data.directory.join("plugins")),
            cache_key: Some(vault.plugin_cache_key()),
            allow_loopback: config.plugins.allow_loopback,
            instances: config.plugins.calls,
            roots_pem: config.plugins.roots_pem.clone(),
            ..GatewayConfig::default()
        };
        Ok(Self {
            platform: Platform::new(
                gate,
                KeyRing::new(vault),
                address,
                plugins,
                Outside {
                    mail: config.mail.server(),
                    dns: config.dns.server,
                },
            ),
            console,
        })
    }

    /// The database.
    pub(crate) fn db(&self) -> &Db {
        self.platform.db()
    }

    /// Opens what the database holds for signing access tokens, which only the right key can.
    ///
    /// Without this a wrong key would show itself at the first sign-in or signature, much later.
    pub(crate) async fn check_master_key(&self) -> Outcome {
        match self.platform.gate().token_jwks().await {
            Ok(_) => Ok(()),
            Err(GateError::Vault(VaultError::Unsealable)) => Err(wrong_key()),
            Err(error) => Err(error.into()),
        }
    }
}

fn wrong_key() -> Failure {
    Failure::new(Exit::MasterKey, "the master key is not the one this database was written with")
        .hint("put the key of this installation back; nothing that was sealed under it can be read with another")
}

/// Why a command does not start on this database.
pub(crate) fn not_migrated(missing: usize) -> Failure {
    Failure::new(
        Exit::NotMigrated,
        format!("{missing} migration(s) are missing in the database"),
    )
    .hint("stop older instances, make a backup, then run `alvara migrate`")
}

/// Opens the database alone.
pub(crate) fn open_database(
    config: &Config,
    when_missing: WhenMissing,
    clock: Clock,
) -> Outcome<(Db, Mint)> {
    if when_missing == WhenMissing::Refuse
        && let Some(file) = config.sqlite_file()
        && !file.exists()
    {
        return Err(Failure::new(Exit::DatabaseUnavailable, format!("there is no database {}", file.display()))
            .hint("name another with --data or --database, or let `alvara serve` or `alvara migrate` make this one"));
    }
    let wanted = DbConfig {
        url: config.database_url(),
        connections: config.database.connections,
        when_missing,
    };
    Ok(Db::open(&wanted, clock)?)
}

/// Where the installation is reached when it listens on `port`.
pub(crate) fn address(config: &Config, port: u16) -> Outcome<PublicAddress> {
    let url = match &config.http.public_url {
        Some(url) => PublicUrl::parse(url).map_err(|why| Failure::new(Exit::Settings, why))?,
        None => {
            let scheme = if config.http.tls_key.is_some() {
                "https"
            } else {
                "http"
            };
            PublicUrl::parse(&format!("{scheme}://localhost:{port}"))
                .map_err(|why| Failure::new(Exit::Settings, why))?
        }
    };
    Ok(PublicAddress {
        scheme: url.scheme,
        base_domain: url.host,
        port: url.port,
    })
}

/// Makes what a first start needs and says what it made: the data directory and, before the
/// embedded database first comes into being, its master key.
///
/// The key comes first and never beside a database that is there already: what that one holds was
/// sealed under another key, and a new one would only hide that it is lost. On a database server
/// no key is made at all, since the next instance would make another.
pub(crate) fn prepare(config: &Config) -> Outcome<Vec<String>> {
    let mut made = Vec::new();
    let directory = &config.data.directory;
    let own_key = matches!(Source::of(config), Source::OwnFile(_));
    if config.database.url.is_none() && !directory.is_dir() {
        std::fs::create_dir_all(directory).map_err(|error| {
            Failure::refused(format!(
                "the data directory {} cannot be made: {error}",
                directory.display()
            ))
            .hint("let the process write there, or name another with --data")
        })?;
        close_to_others(directory);
        made.push(format!("made the data directory {}", directory.display()));
    }
    if let Some(database) = config.sqlite_file()
        && !database.exists()
    {
        let key_file = config.default_master_key_file();
        if own_key && !key_file.exists() {
            std::fs::create_dir_all(directory)?;
            master_key::create_file(&key_file)?;
            let remark = "keep a copy of it apart from the backups of the database";
            made.push(format!(
                "made the master key {}; {remark}",
                key_file.display()
            ));
        }
        made.push(format!("making the database {}", database.display()));
    }
    master_key::load(config)?;
    Ok(made)
}

fn close_to_others(directory: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    // Where that is not possible the files themselves are closed all the same.
    drop(std::fs::set_permissions(
        directory,
        std::fs::Permissions::from_mode(0o700),
    ));
}

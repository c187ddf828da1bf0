use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alvara_store::{Clock, WhenMissing};
use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Common, print, wait};
use crate::config::{Config, Flag, LimitsConfig};
use crate::demo::{Banks, Document, SignIn, seed};
use crate::exit::{Failure, Outcome};
use crate::installation::{self, Installation};
use crate::logging;
use crate::serve::{Server, settle_port};

/// Where a filled directory keeps the sign-ins, so that it can be served again.
const SIGN_INS: &str = "demo-sign-ins.json";

/// How long the platform may take to answer once it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fills an empty directory with two resellers and three months of history, serves it, and prints
/// who may sign in. A directory that is filled already is served as it is.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Port on the loopback address; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// Directory to fill [default: a fresh temporary one]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Write addresses, sign-ins and keys to this file once the port answers
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Folder with the payment plugins, as `cargo xtask plugins` makes it. Without it nobody pays
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Leave payments out: no plugins, no simulated providers
    #[arg(long, conflicts_with = "plugins")]
    no_payments: bool,
}

impl Demo {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let dir = match &self.dir {
            Some(dir) => dir.clone(),
            None => fresh_directory()?,
        };
        std::fs::create_dir_all(&dir)?;
        let settled = settle_port(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))?;
        let listen = settled.listen;
        let mut config = self.settings(common, &dir, listen)?;
        let _log = logging::start(&config.log)?;
        wait(async {
            let mut document = prepare(&config, &dir).await?.at(listen.port());
            let banks = match &self.plugins {
                Some(_) => Some(Banks::open(&document)?),
                None => None,
            };
            if let Some(banks) = &banks {
                config.plugins.allow_loopback = true;
                config.plugins.roots_pem = banks.roots_pem();
            }
            let (db, mint) =
                installation::open_database(&config, WhenMissing::Refuse, Clock::system())?;
            let address = installation::address(&config, listen.port())?;
            let installation = Installation::assemble(&config, (db, mint), address)?;
            installation.check_master_key().await?;
            if let (Some(banks), Some(plugins)) = (&banks, &self.plugins) {
                banks.connect(&installation, plugins, &mut document).await?;
            }
            let server = Server::bind(&config, settled, installation)?;
            let collect = async {
                match banks {
                    Some(banks) => banks.serve().await,
                    None => std::future::pending().await,
                }
            };
            let announce = async {
                tokio::time::timeout(PATIENCE, answers(listen))
                    .await
                    .map_err(|_| {
                        Failure::refused(format!("{listen} does not answer"))
                            .hint("the log says why")
                    })?;
                self.announce(&document, &dir)?;
                std::future::pending::<Outcome>().await
            };
            tokio::select! {
                served = server.run() => served,
                failed = announce => failed,
                failed = collect => failed,
            }
        })
    }

    /// The settings of a demonstration. Neither file nor environment says where it goes: a variable
    /// meant for the real installation must not send the demonstration there.
    fn settings(&self, common: &Common, dir: &Path, listen: SocketAddr) -> Outcome<Config> {
        let mut config = common.settings([
            Flag::new("--dir", "data.directory", dir.display().to_string()),
            Flag::new("--port", "http.listen", listen.to_string()),
        ])?;
        config.data.directory = dir.to_owned();
        config.database.url = common.database.clone();
        config.http.public_url = None;
        config.http.tls_certificate = None;
        config.http.tls_key = None;
        config.secrets = crate::config::SecretsConfig::default();
        config.limits = generous();
        if common.log_level.is_none() {
            config.log.level = "warn".to_owned();
        }
        Ok(config)
    }

    fn announce(&self, document: &Document, dir: &Path) -> Outcome {
        if let Some(file) = &self.json {
            write_private(file, document)?;
        }
        print::line(format!(
            "Alvará is at {} (data in {})",
            document.base_url,
            dir.display()
        ));
        let mut rows = Vec::new();
        let mut add = |place: &str, role: &str, who: &SignIn| {
            rows.push(vec![
                place.to_owned(),
                role.to_owned(),
                who.email.clone(),
                who.password.clone(),
            ]);
        };
        add(&document.base_url, "operator", &document.operator);
        for tenant in &document.tenants {
            add(&tenant.url, "reseller", &tenant.admin);
            add(&tenant.url, "sub-company", &tenant.subcompany);
            add(&tenant.url, "agent", &tenant.agent);
            add(&tenant.url, "agent", &tenant.agent2);
            add(&tenant.url, "customer", &tenant.customer);
        }
        print::table(&["AT", "WHO", "E-MAIL", "PASSWORD"], &rows);
        for tenant in &document.tenants {
            if let Some(simulator) = &tenant.simulator_url {
                print::line(format!(
                    "{} is paid by {} at {simulator}: press the buttons there",
                    tenant.slug,
                    tenant.payment_methods.join(", ")
                ));
            }
        }
        if self.plugins.is_none() && !self.no_payments {
            print::line("Nobody pays here: --plugins names no folder of payment plugins");
        }
        print::line(format!("API: {}/api/v1/docs", document.base_url));
        match &self.json {
            Some(file) => print::line(format!("API tokens and keys to try: {}", file.display())),
            None => print::line(format!(
                "API tokens and keys to try: {}",
                dir.join(SIGN_INS).display()
            )),
        }
        Ok(())
    }
}

/// Everything comes from one address here, benchmarks included.
fn generous() -> LimitsConfig {
    LimitsConfig {
        address_per_minute: 6_000_000,
        address_burst: 1_000_000,
        credential_per_minute: 6_000_000,
        credential_burst: 1_000_000,
        ..LimitsConfig::default()
    }
}

/// Fills the directory, or reads what was written when it was filled.
async fn prepare(config: &Config, dir: &Path) -> Outcome<Document> {
    let file = dir.join(SIGN_INS);
    if file.is_file() {
        let text = std::fs::read_to_string(&file)?;
        return serde_json::from_str(&text).map_err(|error| {
            Failure::refused(format!("{} cannot be read: {error}", file.display()))
                .hint("it was written by another version; name another directory with --dir")
        });
    }
    if config
        .sqlite_file()
        .is_some_and(|database| database.exists())
    {
        return Err(Failure::refused(format!(
            "{} holds a database but no finished demonstration",
            dir.display()
        ))
        .hint("name an empty directory with --dir"));
    }
    if config.database.url.is_some() && !config.default_master_key_file().exists() {
        // Whether the server's database is empty, and so may have a new key, is seen while filling.
        crate::master_key::create_file(&config.default_master_key_file())?;
    }
    installation::prepare(config)?;
    let document = seed(config).await?;
    write_private(&file, &document)?;
    Ok(document)
}

/// Writes passwords, so for the owner's eyes only, and all at once.
fn write_private(file: &Path, document: &Document) -> Outcome {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::refused(error.to_string()))?;
    let mut draft = file.as_os_str().to_owned();
    draft.push(".part");
    let draft = PathBuf::from(draft);
    let cannot = |error: std::io::Error| {
        Failure::refused(format!("{} cannot be written: {error}", file.display()))
    };
    let mut handle = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .map_err(cannot)?;
    handle.write_all(text.as_bytes()).map_err(cannot)?;
    handle.write_all(b"\n").map_err(cannot)?;
    handle.sync_all().map_err(cannot)?;
    std::fs::rename(&draft, file).map_err(cannot)
}

fn fresh_directory() -> Outcome<PathBuf> {
    let bytes: [u8; 8] =
        alvara_vault::random().map_err(|error| Failure::refused(error.to_string()))?;
    let name = format!("alvara-demo-{:016x}", u64::from_be_bytes(bytes));
    let dir = std::env::temp_dir().join(name);
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&dir)?;
    Ok(dir)
}

/// Done once the platform says that it is ready.
async fn answers(listen: SocketAddr) {
    const QUESTION: &[u8] = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let ask = || async move {
        let mut stream = TcpStream::connect(listen).await?;
        stream.write_all(QUESTION).await?;
        let mut answer = [0_u8; 12];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(&answer == b"HTTP/1.1 200")
    };
    while !ask().await.unwrap_or(false) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

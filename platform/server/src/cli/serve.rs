use std::net::SocketAddr;

use alvara_store::{Clock, WhenMissing};
use clap::Args;

use super::{Common, print, variable, wait};
use crate::config::{Config, Flag, MigrateOnStart};
use crate::exit::Outcome;
use crate::first_start::{OperatorSignIn, provision_operator};
use crate::installation::{self, Installation};
use crate::logging;
use crate::serve::{Server, settle_port};

/// The first start makes the operator: ALVARA_OPERATOR_EMAIL and ALVARA_OPERATOR_PASSWORD say who
/// that is; without them it is operator@localhost with a password that is printed once.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port; `listen` in [http]. Port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let flags = self
            .listen
            .map(|listen| Flag::new("--listen", "http.listen", listen.to_string()));
        let config = common.settings(flags)?;
        let _log = logging::start(&config.log)?;
        wait(async {
            let server = open(&config).await?;
            for address in server.addresses() {
                print::line(format!("listening on {address}"));
            }
            server.run().await
        })
    }
}

async fn open(config: &Config) -> Outcome<Server> {
    let settled = settle_port(config.http.listen)?;
    for made in installation::prepare(config)? {
        print::note(made);
    }
    let (db, mint) = installation::open_database(config, WhenMissing::Create, Clock::system())?;
    let missing = db.pending_migrations().await?;
    if !missing.is_empty() {
        let wanted = match config.database.migrate {
            MigrateOnStart::Auto => config.sqlite_file().is_some(),
            MigrateOnStart::Always => true,
            MigrateOnStart::Never => false,
        };
        if !wanted {
            return Err(installation::not_migrated(missing.len()));
        }
        let applied = db.migrate().await?;
        tracing::info!(migrations = applied.len(), "the database is migrated");
    }
    let installation = Installation::assemble(
        config,
        (db, mint),
        installation::address(config, settled.listen.port())?,
    )?;
    installation.check_master_key().await?;
    let given = variable("ALVARA_OPERATOR_PASSWORD");
    let chosen = given.is_some();
    let operator = OperatorSignIn::new(variable("ALVARA_OPERATOR_EMAIL"), given)?;
    if provision_operator(&installation, &operator)
        .await?
        .is_some()
    {
        print::note(format!("made the operator {}", operator.email));
        if !chosen {
            print::note(format!(
                "  password, shown this once: {}",
                operator.password.expose()
            ));
        }
    }
    let url = installation.platform.address().base_url();
    let server = Server::bind(config, settled, installation)?;
    print::line(format!("Alvará is at {url}"));
    Ok(server)
}

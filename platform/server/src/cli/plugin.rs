//! Payment plugins: what the operator does with them in an installation, and what their authors do
//! without one.

mod author;
mod conformance;
mod operate;
mod provider;
mod record;
mod scaffold;
mod script;
mod simulated;

use std::path::PathBuf;

use alvara_domain::id::{PaymentAccountId, PluginId};
use clap::Subcommand;

use super::whose::{Paging, Whose};
use super::{Common, Form, wait};
use crate::exit::Outcome;
use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum Plugin {
    #[command(flatten)]
    Operate(Operate),
    #[command(flatten)]
    Author(Author),
}

/// What is done in an installation.
#[derive(Debug, Subcommand)]
pub(super) enum Operate {
    /// Install a version from its file; it can do nothing before it is granted something
    Install {
        /// The file that `alvara plugin build` and `sign` made
        file: PathBuf,
        /// Take it although nobody signed it
        #[arg(long)]
        unsigned: bool,
        #[command(flatten)]
        form: Form,
    },
    /// List the installed versions
    List {
        /// Only those of this plugin
        #[arg(long, value_name = "PLUGIN")]
        name: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        form: Form,
    },
    /// Show one version: what it says of itself and what it is granted
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        form: Form,
    },
    /// Show what a version asks for, and what of it is new beside the version granted last
    Sheet {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        form: Form,
    },
    /// Grant a version what its sheet asks for
    Grant {
        #[command(flatten)]
        which: Which,
        /// Grant exactly what this file says, the `grants` of `sheet --json`, instead of everything
        #[arg(long, value_name = "FILE")]
        grants: Option<PathBuf>,
        /// Grant this host besides, in the sandbox: one that a payment account's settings name
        #[arg(long, value_name = "HOST")]
        sandbox_host: Vec<String>,
        /// Grant this host besides, where real money moves
        #[arg(long, value_name = "HOST")]
        production_host: Vec<String>,
        #[command(flatten)]
        form: Form,
    },
    /// Let a tenant open payment accounts with a plugin
    Offer {
        /// The plugin's own id, such as pix
        plugin: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Take a plugin back from a tenant; what is open goes on
    Withdraw {
        /// The plugin's own id, such as pix
        plugin: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Move a payment account to another version, newer or older
    Pin {
        /// The payment account
        account: PaymentAccountId,
        /// The version, such as 1.1.0
        version: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Move a payment account back to the granted version that was installed before its own
    Rollback {
        /// The payment account
        account: PaymentAccountId,
        #[command(flatten)]
        whose: Whose,
    },
    /// Remove a version that no payment account is pinned to
    Remove {
        #[command(flatten)]
        which: Which,
    },
    /// Trust a publisher: what its key signed can be installed
    Trust {
        /// What you call it
        name: String,
        /// Its Ed25519 public key, as `alvara plugin keygen` printed it
        public_key: String,
        #[command(flatten)]
        form: Form,
    },
    /// No longer trust a publisher; what is installed stays
    Distrust {
        /// Fingerprint of its key, as `publishers` shows it
        fingerprint: String,
    },
    /// List the publishers that are trusted
    Publishers {
        #[command(flatten)]
        form: Form,
    },
}

/// What needs no installation.
#[derive(Debug, Subcommand)]
pub(super) enum Author {
    /// Write a new plugin to begin from
    New(scaffold::New),
    /// Build a plugin's component and pack it with its manifest into one file
    Build(author::Build),
    /// Look at a file as an installation would, without installing it
    Check(author::Check),
    /// Run the conformance script against a file in the real host, with a simulated provider
    Test(conformance::Test),
    /// Make a key to sign plugins with, and print its public half
    Keygen(author::Keygen),
    /// Sign a file
    Sign(author::Sign),
}

/// A version of a plugin.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Which {
    /// Its id, or name and version such as pix@1.0.0
    #[arg(value_name = "PLUGIN")]
    named: Named,
}

/// How a version is named on the command line.
#[derive(Clone, Debug)]
pub(super) enum Named {
    Id(PluginId),
    Version(String, String),
}

impl std::str::FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        match text.split_once('@') {
            Some((name, version)) if !name.is_empty() && !version.is_empty() => {
                Ok(Self::Version(name.to_owned(), version.to_owned()))
            }
            _ => Err("an id, or name and version such as pix@1.0.0, is expected".to_owned()),
        }
    }
}

impl Plugin {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        match self {
            Self::Author(command) => command.run(),
            Self::Operate(command) => {
                let config = common.settings([])?;
                wait(Installation::within(&config, async |installation| {
                    operate::act(command, installation).await
                }))
            }
        }
    }
}

impl Author {
    fn run(&self) -> Outcome {
        match self {
            Self::New(command) => command.run(),
            Self::Build(command) => command.run(),
            Self::Check(command) => wait(command.run()),
            Self::Test(command) => wait(command.run()),
            Self::Keygen(command) => command.run(),
            Self::Sign(command) => command.run(),
        }
    }
}

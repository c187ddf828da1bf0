use std::path::PathBuf;

use alvara_vault::MasterKey;
use clap::Subcommand;

use super::{Common, print};
use crate::exit::{Failure, Outcome};
use crate::master_key::{self, Source};

#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// Make a new master key
    Generate {
        /// Write it to this new file, readable by its owner only, instead of printing it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Say whether the configured master key can be read
    Check,
}

impl Key {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        match self {
            Self::Generate { out: None } => {
                let key =
                    MasterKey::generate().map_err(|error| Failure::refused(error.to_string()))?;
                print::line(key.to_hex().expose());
            }
            Self::Generate { out: Some(file) } => {
                master_key::create_file(file)?;
                print::note(format!(
                    "a new master key is in {}; keep a copy apart from the database's backups",
                    file.display()
                ));
            }
            Self::Check => {
                let settings = common.settings([])?;
                let source = Source::of(&settings);
                master_key::load(&settings)?;
                print::line(format!("the master key can be read from {}", source.name()));
                if let Some(file) = source.too_open() {
                    print::note(format!(
                        "others may read {}; `chmod 600` closes it",
                        file.display()
                    ));
                }
                print::note(
                    "whether it is the one this database was written with, `alvara doctor` says",
                );
            }
        }
        Ok(())
    }
}

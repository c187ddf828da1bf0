use clap::Subcommand;

use super::{Common, Form, print};
use crate::exit::{Failure, Outcome};

#[derive(Debug, Subcommand)]
pub(super) enum Settings {
    /// Print all settings as they would count now, secrets masked, in the form of alvara.toml
    Show(Form),
    /// Read all settings and say what is wrong with them
    Check,
}

impl Settings {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let settings = common.settings([])?;
        match self {
            Self::Show(Form { json: true }) => print::json(&settings.masked()),
            Self::Show(Form { json: false }) => {
                let text = toml::to_string(&settings.masked())
                    .map_err(|error| Failure::refused(error.to_string()))?;
                print::line(text.trim_end());
                Ok(())
            }
            Self::Check => {
                print::line("the settings are in order");
                Ok(())
            }
        }
    }
}

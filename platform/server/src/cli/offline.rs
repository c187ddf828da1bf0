use std::path::{Path, PathBuf};

use alvara_app::machine::accept_receipt::Freed;
use alvara_domain::offline::{Document, OfflineError, Receipt, Request};
use clap::{Args, Subcommand};
use serde_json::json;

use super::carried::{read, write};
use super::whose::Whose;
use super::{Common, Form, print, wait};
use crate::exit::{Failure, Outcome};
use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum Offline {
    /// Activate the machine of a request and print the response to carry back
    Activate {
        #[command(flatten)]
        file: File,
        /// Write the response to this file instead of printing it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Free the seat of the machine that a receipt is of
    Deactivate {
        #[command(flatten)]
        file: File,
        #[command(flatten)]
        form: Form,
    },
}

#[derive(Debug, Args)]
pub(super) struct File {
    /// The text that the program printed; `-` reads standard input
    #[arg(value_name = "FILE")]
    path: PathBuf,
    #[command(flatten)]
    whose: Whose,
}

impl Offline {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let config = common.settings([])?;
        wait(Installation::within(
            &config,
            async |installation| match self {
                Self::Activate { file, out } => file.activate(installation, out.as_deref()).await,
                Self::Deactivate { file, form } => file.deactivate(installation, *form).await,
            },
        ))
    }
}

impl File {
    async fn activate(&self, installation: &Installation, out: Option<&Path>) -> Outcome {
        let request = Request::read(&read(&self.path)?).map_err(unreadable)?;
        let (_, scope) = self.whose.scope(installation).await?;
        let answer = installation
            .platform
            .activate_offline_in(&scope, request)
            .await?;
        let machine = answer.activation.activated.machine.id;
        print::note(format!("{machine} is active"));
        write(out, &answer.text)
    }

    async fn deactivate(&self, installation: &Installation, form: Form) -> Outcome {
        let receipt = Receipt::read(&read(&self.path)?).map_err(unreadable)?;
        let (_, scope) = self.whose.scope(installation).await?;
        let answer = installation
            .platform
            .deactivate_offline_in(&scope, receipt)
            .await?;
        let (freed, machine) = (answer.accepted.freed, answer.accepted.machine.id);
        if form.json {
            return print::json(&json!({ "freed": freed == Freed::Now, "machine_id": machine }));
        }
        print::line(match freed {
            Freed::Now => format!("the seat of {machine} is free"),
            Freed::Before => format!("the seat of {machine} was free already"),
        });
        Ok(())
    }
}

fn unreadable(error: OfflineError) -> Failure {
    Failure::refused(error.to_string())
        .hint("give the file as the program wrote it, from its BEGIN line to its END line")
}

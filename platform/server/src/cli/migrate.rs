use alvara_store::{Clock, WhenMissing};
use clap::Args;

use super::{Common, Form, print, wait};
use crate::exit::Outcome;
use crate::installation;
use crate::logging;

#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Only name what is missing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    form: Form,
}

impl Migrate {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let settings = common.settings([])?;
        let _log = logging::start(&settings.log)?;
        let names = wait(async {
            if self.dry_run {
                let (db, _mint) =
                    installation::open_database(&settings, WhenMissing::Refuse, Clock::system())?;
                let missing = db.pending_migrations().await?;
                db.close().await;
                return Ok(missing);
            }
            for made in installation::prepare(&settings)? {
                print::note(made);
            }
            let (db, _mint) =
                installation::open_database(&settings, WhenMissing::Create, Clock::system())?;
            let applied = db.migrate().await?;
            db.close().await;
            Ok(applied)
        })?;
        if self.form.json {
            return print::json(
                &serde_json::json!({ if self.dry_run { "missing" } else { "applied" }: names }),
            );
        }
        let did = if self.dry_run { "missing" } else { "applied" };
        for name in &names {
            print::line(format!("{did} {name}"));
        }
        if names.is_empty() {
            print::line("no migration is missing");
        }
        Ok(())
    }
}

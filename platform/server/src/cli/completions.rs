use clap::Args;
use clap_complete::Shell;

use crate::exit::Outcome;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    #[expect(clippy::unnecessary_wraps, reason = "every command returns an outcome")]
    pub(super) fn run(&self, program: &mut clap::Command) -> Outcome {
        clap_complete::generate(self.shell, program, "alvara", &mut std::io::stdout().lock());
        Ok(())
    }
}

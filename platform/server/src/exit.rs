//! How a command ends.

use std::process::ExitCode;

use alvara_store::StoreError;

/// The exit codes of every command. Scripts rely on them: a number never changes its meaning.
/// `docs/cli.md` lists them for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It was done.
    Done = 0,
    /// It was refused, or it failed in a way that has no number of its own.
    Refused = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// What was named does not exist.
    NotFound = 3,
    /// The database does not answer.
    DatabaseUnavailable = 4,
    /// The audit chain does not hold: somebody changed history.
    AuditBroken = 5,
    /// The settings are wrong.
    Settings = 6,
    /// The master key is missing, is no key, or is not the one this database was written with.
    MasterKey = 7,
    /// The database lacks migrations; `alvara migrate` applies them.
    NotMigrated = 8,
    /// `alvara doctor` found something that needs a person.
    Unwell = 9,
}

impl Exit {
    /// All of them, with what they mean, in the order of their numbers.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Done, "done"),
        (Self::Refused, "refused or failed"),
        (Self::Usage, "wrong usage"),
        (Self::NotFound, "not found"),
        (Self::DatabaseUnavailable, "database not available"),
        (Self::AuditBroken, "audit chain broken"),
        (Self::Settings, "wrong settings"),
        (Self::MasterKey, "master key missing or wrong"),
        (Self::NotMigrated, "migrations missing"),
        (Self::Unwell, "doctor found something"),
    ];

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command did not do what it was asked: a sentence for a person, what to do about it, and
/// the exit code.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    exit: Exit,
    what: String,
    hint: Option<String>,
}

/// What commands return.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure with its exit code.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            hint: None,
        }
    }

    /// It was refused, or failed.
    pub fn refused(what: impl Into<String>) -> Self {
        Self::new(Exit::Refused, what)
    }

    /// What was named does not exist.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, what)
    }

    /// Adds what the person can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// How the process ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_) | StoreError::Contended => {
                Self::new(Exit::DatabaseUnavailable, error.to_string())
                    .hint("nothing was changed; see that the database runs and try again")
            }
            StoreError::Setup(_) => Self::new(Exit::DatabaseUnavailable, error.to_string()),
            StoreError::Missing { .. } => Self::not_found(error.to_string()),
            _ => Self::refused(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::refused(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn numbers_and_their_documentation_agree() {
        // R-OPS-01
        let page = include_str!("../../../docs/cli.md");
        for (number, (exit, meaning)) in Exit::ALL.iter().enumerate() {
            assert_eq!(usize::from(exit.code()), number, "{meaning}");
            assert!(
                page.contains(&format!("| {number} | {meaning}")),
                "{meaning} is not in docs/cli.md"
            );
        }
    }
}

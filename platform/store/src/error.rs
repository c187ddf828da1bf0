//! How the store fails.
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use std::cell::Cell;

/// The result of everything in this crate.
pub type StoreResult<T> = Result<T, StoreError>;

/// What can go wrong between a use case and its rows.
///
/// A row that is not there, or not in the caller's scope, is no error but `None`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, or the process is shutting down. Nothing was committed, unless
    /// the connection broke during the commit itself: then nobody knows, and whoever repeats the
    /// request does so under the same idempotency key.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Another transaction was in the way three times in a row. Nothing was committed.
    #[error("the database was too busy with conflicting work")]
    Contended,
    /// A unique value is taken already. Which one, the caller knows from what it inserted.
    #[error("a unique value is taken")]
    Taken,
    /// A row that this one refers to is missing, or a row is still referred to.
    #[error("a referenced row is missing or still in use")]
    Referenced,
    /// The row changed since it was read: its version is another.
    #[error("the row changed since it was read")]
    Stale,
    /// The scope may not write what belongs to the whole tenant.
    #[error("this belongs to the whole tenant and the scope is only a part of it")]
    OutOfReach,
    /// A row that must exist does not.
    #[error("{table} has no row {id}")]
    Missing {
        /// The table looked in.
        table: &'static str,
        /// The id looked for.
        id: String,
    },
    /// A stored value cannot be read back: somebody wrote around the platform, or a disk failed.
    #[error("{table}.{column} of row {id} is corrupt")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        id: String,
    },
    /// A cursor that this list did not give out.
    #[error("the cursor is not one of this list")]
    BadCursor,
    /// The closure panicked; its transaction was rolled back.
    #[error("the work on the database panicked")]
    Panicked,
    /// The database is not set up as the platform needs it. The text says what to do.
    #[error("{0}")]
    Setup(String),
    /// A value could not be written as JSON.
    #[error("a value could not be written as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// Anything else the database said.
    #[error("the database refused a statement: {0}")]
    Refused(#[source] Diesel),
}

thread_local! {
    /// Whether a statement of the running transaction met a conflict that a new attempt may not
    /// meet. Kept here because the closure's own error type hides it from the door.
    static CONFLICT: Cell<bool> = const { Cell::new(false) };
}

/// Forgets an earlier conflict; called where an attempt starts.
pub(crate) fn forget_conflict() {
    CONFLICT.set(false);
}

/// Whether this attempt met a conflict.
pub(crate) fn met_conflict() -> bool {
    CONFLICT.get()
}

impl From<Diesel> for StoreError {
    fn from(error: Diesel) -> Self {
        if crate::dialect::is_conflict(&error) {
            CONFLICT.set(true);
            return Self::Contended;
        }
        match error {
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Taken,
            Diesel::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::Referenced,
            Diesel::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                info,
            ) => Self::Unavailable(info.message().to_owned()),
            Diesel::BrokenTransactionManager => {
                Self::Unavailable("the connection broke".to_owned())
            }
            other => Self::Refused(other),
        }
    }
}

impl StoreError {
    /// What whoever read a row answers when a conditional write then finds it otherwise: somebody
    /// was quicker. The door tries the whole transaction again, as after a conflict that the
    /// database told of, because MariaDB tells of some in no other way (decision 18).
    #[must_use]
    pub fn contended() -> Self {
        CONFLICT.set(true);
        Self::Contended
    }

    /// True when the same request may succeed if it is simply sent again later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contended)
    }
}

//! Runs the embedded migrations.
use crate::error::{StoreError, StoreResult};
use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::MigrationHarness;

/// The shared migrations and those of one database, in the order of their versions.
#[cfg(feature = "postgres")]
pub(crate) struct Both<A, B>(pub(crate) A, pub(crate) B);

#[cfg(feature = "postgres")]
impl<DB: Backend, A: MigrationSource<DB>, B: MigrationSource<DB>> MigrationSource<DB>
    for Both<A, B>
{
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<DB>>>> {
        let mut all = self.0.migrations()?;
        all.extend(self.1.migrations()?);
        all.sort_by(|a, b| {
            a.name()
                .version()
                .as_owned()
                .cmp(&b.name().version().as_owned())
        });
        Ok(all)
    }
}

fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

fn refused(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Setup(format!("a migration failed: {error}"))
}

pub(crate) fn up<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: impl MigrationSource<DB>,
) -> StoreResult<Vec<String>> {
    conn.run_pending_migrations(source)
        .map(names)
        .map_err(refused)
}

pub(crate) fn down<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: impl MigrationSource<DB>,
) -> StoreResult<Vec<String>> {
    conn.revert_all_migrations(source)
        .map(names)
        .map_err(refused)
}

pub(crate) fn pending<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: impl MigrationSource<DB>,
) -> StoreResult<Vec<String>> {
    let missing = conn.pending_migrations(source).map_err(refused)?;
    Ok(missing
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}

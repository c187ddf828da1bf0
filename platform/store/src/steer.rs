//! Which index SQLite may take.
//!
//! SQLite plans without knowing how many rows there are: statistics are gathered when a server
//! stops, and a new one has none. So a list that may go two ways through a large table, along the
//! order it is shown in or from the places it is about, is told which one. The other two databases
//! keep statistics by themselves and read nothing of this.
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::QueryId;

/// Whether an index over a column may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Index {
    /// It may.
    Open,
    /// SQLite is not to.
    Closed,
}

/// A column, and whether an index over it may be used for this term of a statement. On SQLite a
/// plus sign before a column says that it may not (<https://sqlite.org/optoverview.html#uplus>); how it is
/// written is in `dialect`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steered<E>(pub(crate) E, pub(crate) Index);

impl<E> QueryId for Steered<E> {
    type QueryId = ();
    // The text depends on the value, so the type alone does not name the statement.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E: Expression> Expression for Steered<E> {
    type SqlType = E::SqlType;
}
impl<E: ValidGrouping<GroupBy>, GroupBy> ValidGrouping<GroupBy> for Steered<E> {
    type IsAggregate = E::IsAggregate;
}
impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Steered<E> {}
impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for Steered<E> {}

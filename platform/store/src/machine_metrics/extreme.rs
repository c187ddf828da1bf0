//! The lower or the higher of a column and a value, either of which may be missing. The three
//! databases name such functions differently and disagree about null; a CASE they all know.
use crate::dialect::MultiBackend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Nullable};

/// A column, a value, and which of the two is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extreme<C> {
    column: C,
    value: Option<i64>,
    replaced_if: &'static str,
}

/// The lower of the two.
pub(super) fn lowest<C>(column: C, value: Option<i64>) -> Extreme<C> {
    Extreme {
        column,
        value,
        replaced_if: " > ",
    }
}

/// The higher of the two.
pub(super) fn highest<C>(column: C, value: Option<i64>) -> Extreme<C> {
    Extreme {
        column,
        value,
        replaced_if: " < ",
    }
}

// Two statements of one type: they are told apart by their text.
impl<C> QueryId for Extreme<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Expression> Expression for Extreme<C> {
    type SqlType = Nullable<BigInt>;
}
impl<C: ValidGrouping<G>, G> ValidGrouping<G> for Extreme<C> {
    type IsAggregate = C::IsAggregate;
}
impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Extreme<C> {}
impl<C: SelectableExpression<QS>, QS> SelectableExpression<QS> for Extreme<C> {}

impl<C: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Extreme<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("CASE WHEN ");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IS NULL OR ");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(self.replaced_if);
        out.push_bind_param::<Nullable<BigInt>, _>(&self.value)?;
        out.push_sql(" THEN ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.value)?;
        out.push_sql(" ELSE ");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" END");
        Ok(())
    }
}

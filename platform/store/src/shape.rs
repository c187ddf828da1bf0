//! Compares a live database with `schema.rs`, whose own text is the description.
use crate::dialect::{self, DbConnection};
use crate::error::StoreResult;
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::BTreeMap;
use std::fmt;

const SCHEMA: &str = include_str!("schema.rs");

/// One point in which a database is not as this build expects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What `schema.rs` says: `Text`, `Nullable<BigInt>` …; empty when it knows no such column.
    pub expected: String,
    /// What the database has, in the same words or in its own where they have none; empty when it is missing.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |text: &str| {
            if text.is_empty() {
                "nothing".to_owned()
            } else {
                text.to_owned()
            }
        };
        write!(
            f,
            "{}.{}: expected {}, found {}",
            self.table,
            self.column,
            or_none(&self.expected),
            or_none(&self.found)
        )
    }
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    data_type: String,
    #[diesel(sql_type = Text)]
    nullable: String,
}

type Columns = BTreeMap<(String, String), String>;

/// Where the tables of a database differ from `schema.rs`.
pub(crate) fn differences(conn: &mut DbConnection) -> StoreResult<Vec<Difference>> {
    let sql = dialect::columns_sql(conn);
    let found: Columns = diesel::sql_query(sql)
        .load::<Column>(conn)?
        .into_iter()
        // Diesel's own table of applied migrations.
        .filter(|column| column.table_name != "__diesel_schema_migrations")
        .map(|column| {
            let family = family(&column.data_type);
            let kind = if column.nullable == "YES" {
                format!("Nullable<{family}>")
            } else {
                family
            };
            ((column.table_name, column.column_name), kind)
        })
        .collect();
    Ok(compare(&described(SCHEMA), &found))
}

fn family(data_type: &str) -> String {
    let bare = data_type.split('(').next().unwrap_or(data_type).trim();
    match bare {
        "varchar" | "character varying" | "text" | "longtext" | "char" | "character" => {
            "Text".to_owned()
        }
        "bigint" => "BigInt".to_owned(),
        "boolean" | "tinyint" => "Bool".to_owned(),
        _ => data_type.to_owned(),
    }
}

/// Reads `table (key) {` and `column -> Type,` lines.
fn described(schema: &str) -> Columns {
    let mut columns = Columns::new();
    let mut table = "";
    for line in schema.lines().map(str::trim) {
        if let Some((column, kind)) = line.split_once(" -> ") {
            columns.insert(
                (table.to_owned(), column.to_owned()),
                kind.trim_end_matches(',').to_owned(),
            );
        } else if let Some((name, _)) = line.split_once(" (")
            && line.ends_with(") {")
        {
            table = name;
        }
    }
    columns
}

fn compare(expected: &Columns, found: &Columns) -> Vec<Difference> {
    let keys: std::collections::BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    keys.into_iter()
        .filter(|key| expected.get(*key) != found.get(*key))
        .map(|key| Difference {
            table: key.0.clone(),
            column: key.1.clone(),
            expected: expected.get(key).cloned().unwrap_or_default(),
            found: found.get(key).cloned().unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_read_and_compared() {
        let expected = described(SCHEMA);
        assert!(expected.len() > 250, "{}", expected.len());
        assert_eq!(expected[&("hosts".to_owned(), "host".to_owned())], "Text");
        assert_eq!(
            expected[&("releases".to_owned(), "mandatory".to_owned())],
            "Bool"
        );
        let mut found = expected.clone();
        assert!(compare(&expected, &found).is_empty());
        found.insert(
            ("hosts".to_owned(), "host".to_owned()),
            "Nullable<Text>".to_owned(),
        );
        found.remove(&("nodes".to_owned(), "path".to_owned()));
        found.insert(("strays".to_owned(), "id".to_owned()), "Text".to_owned());
        let said: Vec<_> = compare(&expected, &found)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            said,
            [
                "hosts.host: expected Text, found Nullable<Text>",
                "nodes.path: expected Text, found nothing",
                "strays.id: expected nothing, found Text",
            ]
        );
    }
}

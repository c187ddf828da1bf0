//! What the suite itself stands on, and the walls that the databases build.

use alvara_tests::{Backend, each_app, each_database};

// R-OPS-01
#[test]
fn a_fresh_database_is_migrated_and_empty() {
    each_database(async |database| {
        assert_eq!(database.count("SELECT COUNT(*) FROM tenants"), 0);
        assert!(database.count("SELECT COUNT(*) FROM __diesel_schema_migrations") >= 5);
    });
}

// R-TEN-01
#[test]
fn postgresql_shows_nothing_to_whoever_names_no_tenant() {
    each_app(async |app| {
        if app.backend() != Backend::Postgres {
            return;
        }
        let acme = app.shop("acme").await;
        let bella = app.shop("bella").await;
        let (_, theirs) = (acme.license().await, bella.license().await);
        let tables = app.database().sql(
            "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t \
             ON t.table_name = c.table_name AND t.table_schema = c.table_schema \
             WHERE c.column_name = 'tenant_id' AND c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'",
        );
        assert!(tables.lines().count() > 20, "{tables}");
        for table in tables.lines() {
            // The role of the application, without the setting that names a tenant.
            let seen = app
                .database()
                .sql_as_nobody(&format!("SELECT COUNT(*) FROM {table}"));
            assert_eq!(seen, "0", "{table}");
            // In the name of one tenant, only its own.
            let foreign = app.database().sql_as_nobody(&format!(
                "SET alvara.tenant = '{}'; SELECT COUNT(*) FROM {table} WHERE tenant_id <> '{}'",
                acme.reseller.tenant_id, acme.reseller.tenant_id
            ));
            assert_eq!(foreign, "0", "{table}");
        }
        let seen = app.database().sql_as_nobody(&format!(
            "SET alvara.tenant = '{}'; SELECT COUNT(*) FROM licenses WHERE id = '{}'",
            acme.reseller.tenant_id, theirs.id
        ));
        assert_eq!(seen, "0");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM licenses"), 2);
    });
}

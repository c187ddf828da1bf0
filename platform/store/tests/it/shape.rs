use crate::world::{World, everywhere};
use alvara_store::{Backend, Clock, Db, DbConfig, SecondWall, StoreError};

#[test]
fn migrations_go_up_down_and_up_and_leave_what_the_schema_says() {
    everywhere(async |world: World| {
        assert!(world.db.pending_migrations().await.unwrap().is_empty());
        assert_eq!(world.db.differences().await.unwrap(), []);
        let down = world.db.revert_all().await.unwrap();
        assert!(down.len() >= 5);
        assert_eq!(
            world.db.pending_migrations().await.unwrap().len(),
            down.len()
        );
        assert!(!world.db.differences().await.unwrap().is_empty());
        let up = world.db.migrate().await.unwrap();
        assert_eq!(up.len(), down.len());
        assert_eq!(world.db.differences().await.unwrap(), []);
        world.house("acme").await;
        world.db.ping().await.unwrap();
    });
}

#[test]
fn instances_that_start_together_migrate_once() {
    everywhere(async |world: World| {
        world.db.revert_all().await.unwrap();
        let runs: Vec<_> = (0..3)
            .map(|_| {
                tokio::spawn({
                    let db = world.db.clone();
                    async move { db.migrate().await }
                })
            })
            .collect();
        let mut applied = 0;
        for run in runs {
            applied += run.await.unwrap().unwrap().len();
        }
        assert_eq!(applied, world.db.revert_all().await.unwrap().len());
    });
}

#[test]
fn the_second_wall_is_known_for_what_it_is() {
    everywhere(async |world: World| {
        let wall = world.db.second_wall().await.unwrap();
        match world.db.backend() {
            Backend::Sqlite | Backend::MariaDb => assert_eq!(wall, SecondWall::NotOffered),
            // The test role must not be a superuser, else the wall is not tested at all.
            Backend::Postgres => assert_eq!(wall, SecondWall::Standing),
        }
    });
}

#[test]
fn a_missing_file_and_a_wrong_collation_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("missing.db").display());
    assert!(matches!(
        Db::open(&DbConfig::new(&url), Clock::system()),
        Err(StoreError::Setup(_))
    ));
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    if let Ok(server) = std::env::var("ALVARA_TEST_MARIADB_URL") {
        let server = server.trim_end_matches('/');
        // The server's own database of settings has another collation.
        let refused = Db::open(&DbConfig::new(&format!("{server}/mysql")), Clock::system());
        assert!(
            matches!(refused, Err(StoreError::Setup(text)) if text.contains("utf8mb4_nopad_bin"))
        );
    }
}

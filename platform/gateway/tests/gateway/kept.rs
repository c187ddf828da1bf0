//! What a plugin keeps between calls.

use crate::provider::Provider;
use crate::world::{World, ask};

// R-PAY-03
#[tokio::test]
async fn what_is_kept_belongs_to_one_account_of_one_tenant() {
    let world = World::new().await;
    let provider = Provider::honest();
    let set = [("do", "kv-set"), ("key", "token"), ("value", "mine")];
    assert_eq!(world.tried(&provider, &set).await, "true");
    let get = [("do", "kv-get"), ("key", "token")];
    assert_eq!(world.tried(&provider, &get).await, "mine");
    for (tenant, account) in [("ten_1", "pac_2"), ("ten_2", "pac_1"), ("ten_1", "pac_1/x")] {
        let mut other = world.account(&[&provider.host()], &provider.base(), &get);
        other.tenant = tenant.to_owned();
        other.account = account.to_owned();
        let report = world.plugin.create(&world.for_account(other), &ask()).await;
        let found = report.expect("an answer").raw_status;
        assert_eq!(found, "nothing", "{tenant} {account}");
    }
}

// R-PAY-03
#[tokio::test]
async fn what_is_kept_is_little() {
    let world = World::new().await;
    let provider = Provider::honest();
    assert_eq!(world.tried(&provider, &[("do", "kv-fill")]).await, "64");
    assert_eq!(world.tried(&provider, &[("do", "kv-huge")]).await, "false");
    let long = "k".repeat(129);
    let settings = [("do", "kv-set"), ("key", long.as_str()), ("value", "x")];
    assert_eq!(world.tried(&provider, &settings).await, "false");
}

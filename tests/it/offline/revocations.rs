//! The signed list of what is no longer good.

use std::collections::{BTreeMap, BTreeSet};

use alvara_domain::certificate::Compact;
use alvara_domain::revocation::{Freshness, Older, RevocationList, Subject, unwrap_armour};
use alvara_tests::picture::{read_png, read_svg};
use alvara_tests::strangers::openssl_verifies;
use alvara_tests::{Actor, Answer, each_app, one_app};
use serde_json::json;

const PATH: &str = "/.well-known/alvara/writer/revocations.jws";

fn parse(jws: &str) -> RevocationList {
    RevocationList::read(&Compact::parse(jws).unwrap()).unwrap()
}

async fn fetch(who: &Actor) -> RevocationList {
    parse(&who.get(PATH).await.expect(200).body())
}

fn license(id: &str) -> Subject {
    Subject::License(id.parse().unwrap())
}

// R-LIC-12
#[test]
fn what_is_ended_or_blocked_is_listed_and_what_is_free_again_is_not() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let nobody = app.nobody("acme.localhost");
        let (kept, ended) = (shop.license().await, shop.license().await);
        let mut remote = app.remote("acme.localhost", &kept.key, "fp-cellar");
        let _ = remote.activate().await.expect(201);
        let machine = Subject::Machine(remote.machine_id.parse().unwrap());
        let empty = fetch(&nobody).await;
        assert_eq!((empty.head().seq, empty.head().n), (0, 0));
        assert_eq!(empty.head().iss, "http://acme.localhost:8080");
        assert_eq!(empty.head().prd, "writer");

        let revocation = format!("licenses/{}/revocation", ended.id);
        let _ = shop
            .subcompany
            .post(&revocation, &json!({}))
            .await
            .expect(200);
        let first = fetch(&nobody).await;
        assert_eq!((first.head().seq, first.head().n), (1, 1));
        assert!(first.contains(license(&ended.id)) && !first.contains(license(&kept.id)));
        assert!(!first.contains(machine));
        // Saying it twice changes nothing.
        let _ = shop
            .subcompany
            .post(&revocation, &json!({}))
            .await
            .expect(200);
        assert_eq!(fetch(&nobody).await.head().seq, 1);

        let block = format!("machines/{}/block", remote.machine_id);
        let _ = shop.agent.post(&block, &json!({})).await.expect(200);
        let second = fetch(&nobody).await;
        assert_eq!((second.head().seq, second.head().n), (2, 2));
        assert!(second.contains(machine));
        let _ = shop.agent.delete(&block).await.expect(200);
        let third = fetch(&nobody).await;
        assert_eq!((third.head().seq, third.head().n), (3, 1));
        assert!(!third.contains(machine) && third.contains(license(&ended.id)));
        // A suspension is no revocation.
        let suspension = format!("licenses/{}/suspension", kept.id);
        let _ = shop.agent.post(&suspension, &json!({})).await.expect(200);
        assert_eq!(fetch(&nobody).await.head().seq, 3);

        // An older list is refused by who saw a newer one, and a stale one is told apart.
        assert_eq!(third.accept(Some(2)), Ok(()));
        assert_eq!(third.accept(None), Ok(()));
        assert_eq!(second.accept(Some(3)), Err(Older { held: 3, found: 2 }));
        assert_eq!(third.freshness(app.now()), Freshness::Current);
        app.advance(8);
        assert_eq!(third.freshness(app.now()), Freshness::Overdue);
        let renewed = fetch(&nobody).await;
        assert_eq!(renewed.head().seq, 3, "nothing changed but the date");
        assert_eq!(renewed.freshness(app.now()), Freshness::Current);
    });
}

// R-LIC-12
#[test]
fn sixteen_revocations_at_once_are_sixteen_lists() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let mut licenses = Vec::new();
        for _ in 0..16 {
            licenses.push(shop.license().await);
        }
        let mut all = tokio::task::JoinSet::new();
        for license in licenses.clone() {
            let who = shop.subcompany.clone();
            let path = format!("licenses/{}/revocation", license.id);
            all.spawn(async move { drop(who.post(&path, &json!({})).await.expect(200)) });
        }
        // Readers all the while: no two lists of one number may differ.
        let mut readers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let nobody = app.nobody("acme.localhost");
            readers.spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..12 {
                    seen.push(fetch(&nobody).await);
                }
                seen
            });
        }
        let _: Vec<()> = all.join_all().await;
        let mut by_number: BTreeMap<i64, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for seen in readers.join_all().await {
            let numbers: Vec<i64> = seen.iter().map(|list| list.head().seq).collect();
            assert!(numbers.is_sorted(), "{numbers:?}");
            for list in seen {
                assert_eq!(i64::try_from(list.head().n).unwrap(), list.head().seq);
                let content = list.payload().unwrap();
                let entries = content
                    .split(|byte| *byte == b'\n')
                    .skip(1)
                    .collect::<Vec<_>>()
                    .join(&b'\n');
                by_number
                    .entry(list.head().seq)
                    .or_default()
                    .insert(entries);
            }
        }
        for (number, contents) in by_number {
            assert_eq!(contents.len(), 1, "list {number} has two contents");
        }
        let last = fetch(&app.nobody("acme.localhost")).await;
        assert_eq!((last.head().seq, last.head().n), (16, 16));
        assert!(licenses.iter().all(|one| last.contains(license(&one.id))));
    });
}

// R-LIC-12
#[test]
fn a_list_is_fetched_in_every_form_and_only_when_it_changed() {
    each_app(async |app| {
        let shop = app.shop("acme").await;
        let ended = shop.license().await;
        let revocation = format!("licenses/{}/revocation", ended.id);
        let _ = shop
            .subcompany
            .post(&revocation, &json!({}))
            .await
            .expect(200);
        let nobody = app.nobody("acme.localhost");
        let ask = |form: &str| nobody.get(PATH).header("accept", form);
        let list = ask("*/*").await.expect(200);
        assert_eq!(list.header("content-type"), Some("application/jose"));
        let file = ask("application/x-pem-file").await.expect(200);
        assert!(
            file.body()
                .starts_with("-----BEGIN ALVARA REVOCATION LIST-----\n")
        );
        let from_file = unwrap_armour(&file.body()).unwrap();
        let from_png = read_png(ask("image/png").await.expect(200).bytes());
        let from_svg = read_svg(&ask("image/svg+xml").await.expect(200).body());
        let from_json = ask("application/json").await.expect(200).text("/jws");
        for jws in [&from_file, &from_png, &from_svg, &from_json] {
            assert_eq!(*jws, list.body(), "one list, one text");
        }
        let tag = |answer: &Answer| answer.header("etag").unwrap().to_owned();
        let held = tag(&list);
        let fresh = nobody
            .get(PATH)
            .header("if-none-match", &held)
            .await
            .expect(304);
        assert_eq!(tag(&fresh), held);
        assert!(fresh.bytes().is_empty());
        let other = ask("image/png")
            .header("if-none-match", &held)
            .await
            .expect(200);
        assert_ne!(tag(&other), held, "each form has its own tag");
        let another = shop.license().await;
        let revocation = format!("licenses/{}/revocation", another.id);
        let _ = shop
            .subcompany
            .post(&revocation, &json!({}))
            .await
            .expect(200);
        let changed = nobody
            .get(PATH)
            .header("if-none-match", &held)
            .await
            .expect(200);
        assert_ne!(tag(&changed), held);
        // Another tenant has another list under the same code, and its own.
        let bella = app.shop("bella").await;
        let theirs = fetch(&app.nobody("bella.localhost")).await;
        assert_eq!(theirs.head().n, 0);
        assert!(theirs.head().iss.contains("bella"));
        assert_eq!(bella.reseller.slug, "bella");
        let none = nobody.get("/.well-known/alvara/none/revocations.jws").await;
        none.refuse(404, "NOT_FOUND");
    });
}

// R-LIC-12
#[test]
fn openssl_verifies_a_list_and_a_changed_one_is_nobodys() {
    one_app(async |app| {
        let shop = app.shop("acme").await;
        let _ = shop.reseller.product("painter").await;
        let nobody = app.nobody("acme.localhost");
        let pem = nobody
            .get("/.well-known/alvara/painter/key.pem")
            .await
            .expect(200)
            .body();
        let list = nobody
            .get("/.well-known/alvara/painter/revocations.jws")
            .await
            .expect(200)
            .body();
        assert!(openssl_verifies(&list, &pem));
        let (head, rest) = list.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let forged = json!({ "iss": "http://acme.localhost:8080", "prd": "painter", "seq": 9, "iat": 1, "next_update": 9_999_999_999_i64, "n": 0 });
        let forged = data_encoding::BASE64URL_NOPAD.encode(format!("{forged}\n").as_bytes());
        assert!(!openssl_verifies(
            &format!("{head}.{forged}.{signature}"),
            &pem
        ));
    });
}

//! Lists as somebody keeps them: kept, applied, shared down the tree, pinned and let go.

use alvara_tests::{Actor, Browser, each_app, one_app};
use serde_json::{Value, json};

async fn names(who: &Actor) -> Vec<String> {
    let found = who.list("saved-views").await;
    let name = |view: &Value| view["name"].as_str().unwrap().to_owned();
    found.iter().map(name).collect()
}

// R-TEN-04: a view is kept under a name of its own, changed on the version that was read, bounded in
// number and let go; what its list does not know is refused by name.
#[test]
fn a_view_is_kept_changed_and_let_go() {
    each_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = &acme.agent;
        let new = json!({
            "list": "licenses", "name": " Ending soon ", "filters": { "status": "expiring", "q": "carla" },
        });
        let made = ana.post("saved-views", &new).await.expect(201);
        let view = made.json();
        assert_eq!(view["name"], "Ending soon");
        assert_eq!(view["filters"], new["filters"]);
        assert_eq!(
            (&view["shared"], &view["pinned"], &view["changeable"]),
            (&json!(false), &json!(false), &json!(true))
        );
        let path = format!("saved-views/{}", made.id());
        assert_eq!(
            made.header("location"),
            Some(format!("/api/v1/{path}").as_str())
        );
        assert_eq!(ana.get(&path).await.expect(200).json(), view);

        for (filters, pointers) in [
            (
                json!({ "status": "asleep", "colour": "red", "q": "x" }),
                vec!["/filters/colour", "/filters/status"],
            ),
            (json!({ "cursor": "x" }), vec!["/filters/cursor"]),
            (
                json!({ "product": acme.policy_id }),
                vec!["/filters/product"],
            ),
            (json!({}), vec!["/filters"]),
        ] {
            let wrong = json!({ "list": "licenses", "name": "Wrong", "filters": filters });
            let refused = ana.post("saved-views", &wrong).await.expect(422);
            assert_eq!(refused.pointers(), pointers, "{refused:?}");
        }
        let nowhere = json!({ "list": "secrets", "name": "Wrong", "filters": { "q": "x" } });
        let _ = ana.post("saved-views", &nowhere).await.expect(422);

        let taken = ana.post(
            "saved-views",
            &json!({
                "list": "licenses", "name": "Ending soon", "filters": { "status": "active" },
            }),
        );
        assert_eq!(taken.await.expect(409).pointers(), ["/name"]);
        // Another list, or another person, may call one of theirs the same.
        let other = json!({ "list": "customers", "name": "Ending soon", "filters": { "q": "x" } });
        let _ = ana.post("saved-views", &other).await.expect(201);
        let _ = acme.subcompany.post("saved-views", &new).await.expect(201);

        let change = json!({ "name": "Ends", "pinned": true });
        ana.patch(&path, &change)
            .await
            .refuse(428, "PRECONDITION_REQUIRED");
        let changed = ana.change(&path, &change).await.expect(200);
        assert_eq!(changed.json()["pinned"], true);
        assert_eq!(
            changed.json()["filters"],
            new["filters"],
            "what is left out stays"
        );
        ana.patch(&path, &change)
            .if_match(&made)
            .await
            .refuse(412, "STALE_VERSION");
        let wrong = json!({ "filters": { "state": "open" } });
        assert_eq!(
            ana.change(&path, &wrong).await.expect(422).pointers(),
            ["/filters/state"]
        );
        let pinned = ana.list("saved-views?pinned=true&list=licenses").await;
        assert_eq!(pinned.len(), 1, "{pinned:?}");
        assert!(
            ana.list("saved-views?pinned=true&list=customers")
                .await
                .is_empty()
        );

        for number in 2..50 {
            let more = json!({ "list": "customers", "name": format!("View {number}"), "filters": { "q": "x" } });
            let _ = ana.post("saved-views", &more).await.expect(201);
        }
        let many = json!({ "list": "customers", "name": "One too many", "filters": { "q": "x" } });
        let full = ana.post("saved-views", &many).await.expect(409);
        assert_eq!(
            (full.code().as_str(), &full.json()["limit"]),
            ("LIMIT_REACHED", &json!(50))
        );

        let _ = ana.delete(&path).await.expect(204);
        let _ = ana.delete(&path).await.expect(404);
        let _ = ana.post("saved-views", &many).await.expect(201);
        let audited = |what: &str| {
            let asked =
                format!("SELECT COUNT(*) FROM audit_entries WHERE action = 'saved_view.{what}'");
            app.database().count(&asked)
        };
        assert_eq!(
            (audited("created"), audited("updated"), audited("deleted")),
            (52, 1, 1)
        );
    });
}

// R-TEN-01 R-TEN-03: what is shared is seen at its place and below, customers excepted, and shows
// everybody their own rows; nobody above, beside or elsewhere finds it.
#[test]
fn a_shared_view_goes_down_the_tree_and_nowhere_else() {
    each_app(async |app| {
        let (acme, bella) = (app.shop("acme").await, app.shop("bella").await);
        let nora = &acme.subcompany;
        let sul = acme.reseller.node("subcompany", "Sul").await;
        let silvio = acme
            .reseller
            .recruit(&sul, "subcompany_admin", "Silvio")
            .await;
        let norma = nora
            .recruit(&nora.node_id, "subcompany_admin", "Norma")
            .await;
        let new = json!({
            "list": "licenses", "name": "Ours", "filters": { "status": "active" }, "shared": true, "pinned": true,
        });
        acme.agent
            .post("saved-views", &new)
            .await
            .refuse(403, "EXCEEDS_OWN_RIGHTS");
        acme.customer
            .post("saved-views", &new)
            .await
            .refuse(403, "EXCEEDS_OWN_RIGHTS");
        let path = format!(
            "saved-views/{}",
            nora.post("saved-views", &new).await.expect(201).id()
        );
        for who in [nora, &norma, &acme.agent] {
            assert_eq!(names(who).await, ["Ours"]);
            let _ = who.get(&path).await.expect(200);
        }
        let ada = acme.reseller.admin();
        let strangers = [
            &ada,
            &silvio,
            &acme.customer,
            &bella.reseller.admin(),
            &bella.agent,
        ];
        for who in strangers {
            assert!(names(who).await.is_empty(), "{}", who.email);
            let _ = who.get(&path).await.expect(404);
            let change = who
                .patch(&path, &json!({ "name": "Mine" }))
                .header("if-match", "*");
            let _ = change.await.expect(404);
            let _ = who.delete(&path).await.expect(404);
        }
        // Who sees it may use it, and only who looks after the place may change it.
        let mine = json!({ "name": "Mine" });
        acme.agent
            .change(&path, &mine)
            .await
            .refuse(403, "EXCEEDS_OWN_RIGHTS");
        acme.agent
            .delete(&path)
            .await
            .refuse(403, "EXCEEDS_OWN_RIGHTS");
        assert_eq!(acme.agent.get(&path).await.json()["changeable"], false);
        // A view holds no rows: each sees their own in it.
        let _ = acme.license().await;
        let _ = acme.subcompany.issue(&acme.policy_id, &nora.node_id).await;
        let rows = |page: &str| page.matches("href=\"/licenses/lic_").count();
        for (who, number) in [(nora, 2), (&acme.agent, 1)] {
            let browser = Browser::sign_in(who).await;
            let home = browser.get("/").await.expect(200).body();
            let counter = format!(
                "<a href=\"/licenses?status=active\"><strong>{number}</strong> <span>Ours</span></a>"
            );
            assert!(home.contains(&counter), "{home}");
            let list = browser
                .get("/licenses?status=active")
                .await
                .expect(200)
                .body();
            assert_eq!(rows(&list), number, "{list}");
        }
        for who in [&ada, &acme.customer] {
            let home = Browser::sign_in(who)
                .await
                .get("/")
                .await
                .expect(200)
                .body();
            assert!(!home.contains("<span>Ours</span>"), "{home}");
        }
        // Whoever else looks after the place may take it back, and then it is its owner's alone.
        let _ = norma
            .change(&path, &json!({ "shared": false }))
            .await
            .expect(200);
        assert!(names(&acme.agent).await.is_empty());
        assert!(names(&norma).await.is_empty());
        assert_eq!(names(nora).await, ["Ours"]);
        let _ = nora
            .change(&path, &json!({ "shared": true }))
            .await
            .expect(200);
        // The operator's people keep views at a tenant's host, and theirs stay there.
        let operator = app.operator().at("acme.localhost");
        assert!(names(&operator).await.is_empty());
        let _ = operator.post("saved-views", &new).await.expect(201);
        assert_eq!(names(&silvio).await, ["Ours"]);
        assert_eq!(names(&acme.agent).await, ["Ours", "Ours"]);
        assert!(names(&bella.agent).await.is_empty());
        let _ = norma.delete(&path).await.expect(204);
        assert_eq!(names(nora).await, ["Ours"]);
    });
}

/// The filters of a list and their values, as its page offers them.
fn offered(page: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for select in page.split("<select id=\"filter-").skip(1) {
        let (name, rest) = select.split_once('"').unwrap();
        let (options, _) = rest.split_once("</select>").unwrap();
        for option in options.split("<option value=\"").skip(1) {
            let (value, _) = option.split_once('"').unwrap();
            if !value.is_empty() {
                all.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    all
}

// R-TEN-04: whatever a list offers to be narrowed by can be kept, and its counter says what it shows.
#[test]
fn everything_that_a_list_offers_can_be_kept() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let license = acme.license().await;
        app.program("acme.localhost", &license.key, "fp-views")
            .activate()
            .await;
        let ada = acme.reseller.admin();
        let browser = Browser::sign_in(&ada).await;
        for (list, path, least) in [
            ("licenses", "/licenses", 18),
            ("customers", "/customers", 4),
            ("renewals", "/renewals", 1),
            ("payments", "/payments", 4),
            ("charges", "/payments/charges", 10),
            ("machines", "/machines", 6),
        ] {
            let page = browser.get(path).await.expect(200).body();
            let mut filters = offered(&page);
            for tab in page.split("?due=").skip(1) {
                filters.push(("due".to_owned(), tab.split('"').next().unwrap().to_owned()));
            }
            assert!(filters.len() >= least, "{list}: {filters:?}");
            for (name, value) in filters {
                let new = json!({ "list": list, "name": "Any", "filters": { &name: &value }, "pinned": true });
                let made = ada.post("saved-views", &new).await.expect(201);
                let home = browser.get("/").await.expect(200).body();
                let address = format!("{path}?{name}={value}");
                let counter = format!("<a href=\"{address}\"><strong>");
                let (_, rest) = home
                    .split_once(&counter)
                    .unwrap_or_else(|| panic!("{address}: {home}"));
                let told: usize = rest.split_once('<').unwrap().0.parse().unwrap();
                let shown = browser.get(&address).await.expect(200).body();
                assert_eq!(
                    told,
                    shown.matches("<tr>").count().saturating_sub(1),
                    "{address}: {shown}"
                );
                let _ = ada
                    .delete(&format!("saved-views/{}", made.id()))
                    .await
                    .expect(204);
            }
        }
    });
}

// R-TEN-04: on the list's own page, without a script: a view is kept, stands above the list, is
// renamed and let go; who may not share is not asked.
#[test]
fn a_view_is_kept_on_the_page_of_its_list() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let plain = ana.get("/customers").await.expect(200).body();
        assert!(!plain.contains("action=\"/views\""), "{plain}");
        let narrowed = ana
            .get("/customers?q=carla&cursor=&junk=1")
            .await
            .expect(200)
            .body();
        for part in [
            "action=\"/views\"",
            "name=\"filters.q\" value=\"carla\"",
            "name=\"pinned:bool\"",
        ] {
            assert!(narrowed.contains(part), "{part}: {narrowed}");
        }
        assert!(!narrowed.contains("filters.junk"), "{narrowed}");
        assert!(!narrowed.contains("name=\"shared:bool\""), "{narrowed}");
        let nora = Browser::sign_in(&acme.subcompany).await;
        let asked = nora.get("/customers?q=carla").await.expect(200).body();
        assert!(asked.contains("name=\"shared:bool\""), "{asked}");

        let fields = [
            ("list", "customers"),
            ("filters.q", "carla"),
            ("name", "Só <Carla>"),
        ];
        let kept = ana.submit("/views", &fields).await.expect(303);
        assert_eq!(
            kept.header("location"),
            Some("/customers?q=carla&done=view-saved")
        );
        let list = ana.get("/customers?q=carla").await.expect(200).body();
        let link = "<a href=\"/customers?q=carla\" aria-current=\"true\">Só &lt;Carla&gt;</a>";
        assert!(list.contains(link), "{list}");
        assert!(
            !list.contains("action=\"/views\""),
            "it is kept already: {list}"
        );
        let other = ana.get("/customers?q=nobody").await.expect(200).body();
        assert!(
            other.contains("<a href=\"/customers?q=carla\">Só"),
            "{other}"
        );
        let again = ana.submit("/views", &fields).await.expect(409).body();
        assert!(
            again.contains("role=\"alert\"") && again.contains("value=\"Só &lt;Carla&gt;\""),
            "{again}"
        );
        let shared = [
            fields[0],
            fields[1],
            ("name", "Another"),
            ("shared:bool", "true"),
        ];
        let refused = ana.submit("/views", &shared).await.expect(403).body();
        assert!(refused.contains("role=\"alert\""), "{refused}");

        let (_, rest) = list.split_once("action=\"/views/viw_").unwrap();
        let place = format!("/views/viw_{}", rest.split('"').next().unwrap());
        let version = |page: &str| {
            let (_, rest) = page.split_once("name=\"_version\" value=\"").unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let first = version(&list);
        let rename = [
            ("name", "Carla"),
            ("pinned:no", "false"),
            ("pinned:bool", "true"),
            ("_version", &first),
        ];
        let renamed = ana.submit(&place, &rename).await.expect(303);
        assert_eq!(
            renamed.header("location"),
            Some("/customers?q=carla&done=view-changed")
        );
        let home = ana.get("/").await.expect(200).body();
        assert!(
            home.contains("<strong>1</strong> <span>Carla</span>"),
            "{home}"
        );
        let _ = ana.submit(&place, &rename).await.expect(412);
        let unpin = [("name", "Carla"), ("pinned:no", "false")];
        let _ = ana.submit(&place, &unpin).await.expect(303);
        let home = ana.get("/").await.expect(200).body();
        assert!(!home.contains("<span>Carla</span>"), "{home}");
        let _ = nora
            .submit(&format!("{place}/delete"), &[])
            .await
            .expect(404);
        let _ = ana
            .submit(&format!("{place}/delete"), &[])
            .await
            .expect(303);
        let list = ana.get("/customers?q=carla").await.expect(200).body();
        assert!(list.contains("action=\"/views\""), "{list}");
        // A customer keeps views of its own.
        let carla = Browser::sign_in(&acme.customer).await;
        let fields = [
            ("list", "machines"),
            ("filters.state", "offline"),
            ("name", "Silent"),
            ("pinned:bool", "true"),
        ];
        let _ = carla.submit("/views", &fields).await.expect(303);
        let home = carla.get("/").await.expect(200).body();
        assert!(
            home.contains("<a href=\"/machines?state=offline\">"),
            "{home}"
        );
    });
}

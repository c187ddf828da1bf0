//! Lists as files: what a spreadsheet finds in them, read by a program that is not ours.

use alvara_tests::strangers::openpyxl_reads;
use alvara_tests::{Browser, one_app};
use serde_json::json;

/// The kinds, values and formats of a row.
fn told(row: &[[String; 3]]) -> Vec<(&str, &str, &str)> {
    row.iter()
        .map(|[kind, value, format]| (kind.as_str(), value.as_str(), format.as_str()))
        .collect()
}

// R-TEN-04 R-TEN-01: a workbook holds the rows that the list shows with its filters, days as days, and
// a name that looks like a formula as the text it is.
#[test]
fn a_workbook_holds_the_rows_of_the_list() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let other = app.shop("bravo").await;
        let ana = Browser::sign_in(&acme.agent).await;
        let formula = "=HYPERLINK(\"http://evil.example\",\"x\")&_x0041_ <é>";
        let fields = [
            ("name", formula),
            ("person", "company"),
            ("parent_id", &acme.agent.node_id),
        ];
        let _ = ana.submit("/customers/new", &fields).await.expect(303);
        let list = ana.get("/customers?q=hyperlink").await.expect(200).body();
        assert!(list.contains("/customers.csv?q=hyperlink"), "{list}");
        assert!(list.contains("/customers.xlsx?q=hyperlink"), "{list}");
        let answer = ana.get("/customers.xlsx?q=hyperlink").await.expect(200);
        assert_eq!(
            answer.header("content-type"),
            Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        );
        assert_eq!(
            answer.header("content-disposition"),
            Some("attachment; filename=\"customers.xlsx\"")
        );
        let rows = openpyxl_reads(answer.bytes());
        assert_eq!(rows.len(), 2, "{rows:?}");
        let one = told(&rows[1]);
        let (kind, name, _) = one[0];
        assert_eq!(kind, "s");
        assert_eq!(name.replace("_x005F_", "_"), formula);
        let (kind, day, format) = one[4];
        assert_eq!((kind, format), ("d", "mm-dd-yy"), "{one:?}");
        assert!(day.starts_with("20") && day.ends_with("T00:00:00"), "{day}");
        // Without the filter it is the whole list, as the file of texts is, and no neighbour's.
        let all = ana.get("/customers.xlsx").await.expect(200);
        let rows = openpyxl_reads(all.bytes());
        let texts = ana.get("/customers.csv").await.expect(200).body();
        assert_eq!(rows.len(), texts.lines().count());
        assert!(
            rows.iter()
                .flatten()
                .any(|[_, value, _]| value.contains("Carla"))
        );
        let _ = other.license().await;
        let bob = Browser::sign_in(&other.agent).await;
        let foreign = openpyxl_reads(bob.get("/customers.xlsx").await.expect(200).bytes());
        assert!(
            !foreign
                .iter()
                .flatten()
                .any(|[_, value, _]| value.contains("HYPERLINK"))
        );
    });
}

// R-PAY-06: an amount is a number to add up, with its currency; every list has such a file.
#[test]
fn amounts_are_numbers() {
    one_app(async |app| {
        let acme = app.shop("acme").await;
        let plan = json!({
            "policy_id": acme.policy_id, "code": "yearly", "name": "Yearly", "period": "P1Y",
            "price": { "amount_minor": 149_990, "currency": "BRL" },
        });
        let plan = acme.reseller.post("plans", &plan).await.expect(201).id();
        let wanted = json!({
            "customer": acme.customer.node_id,
            "lines": [{ "plan_id": plan, "quantity": 1 }],
        });
        let _ = acme.agent.post("orders", &wanted).await.expect(201);
        let ana = Browser::sign_in(&acme.agent).await;
        let rows = openpyxl_reads(ana.get("/payments.xlsx").await.expect(200).bytes());
        let one = told(&rows[1]);
        assert_eq!(one[4], ("n", "1499.9", "#,##0.00\\ \"BRL\""), "{one:?}");
        let _ = acme.license().await;
        let admin = Browser::sign_in(&acme.reseller.admin()).await;
        for place in [
            "/licenses",
            "/machines",
            "/customers",
            "/renewals",
            "/payments",
            "/payments/charges",
            "/commissions",
            "/audit",
        ] {
            let answer = admin.get(&format!("{place}.xlsx")).await.expect(200);
            let rows = openpyxl_reads(answer.bytes());
            assert!(rows[0].len() > 4, "{place}: {rows:?}");
        }
        // The number of an entry counts, its instant stays the evidence that it is.
        let audit = openpyxl_reads(admin.get("/audit.xlsx").await.expect(200).bytes());
        let entry = told(&audit[1]);
        assert_eq!(entry[0].0, "s", "{entry:?}");
        assert!(
            entry
                .iter()
                .any(|(kind, _, format)| (*kind, *format) == ("n", "0"))
        );
        let carla = Browser::sign_in(&acme.customer).await;
        let _ = carla.get("/audit.xlsx").await.expect(403);
    });
}

//! Who may call what: every role times every operation, as a picture that a reviewer can read.

use std::fmt::Write as _;
use std::path::Path;

use alvara_tests::{Actor, each_app};

use super::document::{Document, Door, Specimens};
use super::operations::ONES_OWN;

/// The picture. When a permission changes on purpose, the test prints the new one to put here.
const PICTURE: &str = "fixtures/matrix.txt";

// R-TEN-03
#[test]
fn the_matrix_of_roles_and_operations_is_the_reviewed_one() {
    each_app(async |app| {
        let document = Document::fetch(app).await;
        let shop = app.shop("acme").await;
        let roles: [(&str, Actor); 5] = [
            ("superadmin", app.operator().at("acme.localhost")),
            ("reseller_admin", shop.reseller.admin()),
            ("subcompany_admin", shop.subcompany.clone()),
            ("agent", shop.agent.clone()),
            ("customer", shop.customer.clone()),
        ];
        // Nothing of all this exists: whoever may is told so, and nothing is changed.
        let none: Specimens = [
            ("licenses", "lic"),
            ("machines", "mac"),
            ("nodes", "nod"),
            ("products", "prd"),
            ("policies", "pol"),
            ("plans", "pln"),
            ("prices", "pln"),
            ("quotas", "prd"),
            ("renewal-keys", "rnk"),
            ("license-batches", "bat"),
            ("modules", "mod"),
            ("roles", "rol"),
            ("api-keys", "key"),
            ("members", "mem"),
            ("notices", "ntc"),
            ("saved-views", "viw"),
            ("mails", "mai"),
            ("jobs", "job"),
            ("tenants", "ten"),
            ("offers", "prd"),
            ("activations", "mac"),
            ("seats", "sea"),
            ("users", "usr"),
            ("customers", "nod"),
            ("contacts", "con"),
            ("sites", "sit"),
            ("registrations", "reg"),
            ("orders", "ord"),
            ("charges", "chg"),
            ("mandates", "mnd"),
            ("invoices", "inv"),
            ("payment-accounts", "pac"),
            ("return-files", "rtf"),
            ("remittances", "rem"),
            ("quarantined-reports", "qrp"),
            ("shop-accounts", "shp"),
            ("commission-rules", "nod"),
            ("plugins", "plg"),
        ]
        .map(|(noun, prefix)| (noun, format!("{prefix}_01JABCDEFGHJKMNPQRSTVWXYZ0")))
        .into_iter()
        .chain([
            ("hosts", "none.example".to_owned()),
            ("{own_host}", "none.example".to_owned()),
            ("{plugin}", "none".to_owned()),
            ("{sku}", "none".to_owned()),
            ("plugin-publishers", "none".to_owned()),
            ("meters", "none".to_owned()),
            ("{code}", "NONE".to_owned()),
            ("{picture}", "logo".to_owned()),
            ("sessions", "0".repeat(16)),
            ("alvara", "none".to_owned()),
        ])
        .collect();
        let mut picture = String::from("operation");
        for (role, _) in &roles {
            let _ = write!(picture, " {role}");
        }
        picture.push('\n');
        let mut operations = document.operations();
        operations.sort_by(|one, other| one.id.cmp(&other.id));
        for operation in operations
            .iter()
            .filter(|one| document.door(one) == Door::Bearer)
        {
            // What concerns the caller alone has no permission, and would end its token.
            if ONES_OWN.contains(&operation.id.as_str()) {
                continue;
            }
            picture.push_str(&operation.id);
            for (_, who) in &roles {
                let answer = document.call(who, operation, &none, &none).await;
                assert_ne!(answer.status, 401, "{answer:?}");
                picture.push_str(if answer.status == 403 { " -" } else { " yes" });
            }
            picture.push('\n');
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(PICTURE);
        let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            picture == reviewed,
            "{PICTURE} says otherwise. As it is now:\n{picture}"
        );
    });
}

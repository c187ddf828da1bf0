//! Who may name what: each foreign world is known to one crate.

use super::Breach;
use super::source::{Source, Tree, closing, line_of, word_offsets};

/// A word and the places that may say it.
struct Border {
    word: &'static str,
    within: &'static [&'static str],
    advice: &'static str,
}

const BORDERS: &[Border] = &[
    Border {
        word: "diesel",
        within: &["platform/store"],
        advice: "only the store talks to the database: put the query there as a function",
    },
    Border {
        word: "diesel_migrations",
        within: &["platform/store"],
        advice: "only the store talks to the database",
    },
    Border {
        word: "actix_web",
        // The simulator is another house, which happens to stand on our ground.
        within: &[
            "platform/web",
            "platform/server",
            "platform/simulator",
            "tests",
        ],
        advice: "only web and server know HTTP: return a value and let a handler answer",
    },
    Border {
        word: "openssl",
        // The store makes ids and chains audit entries by digest, web compares preimages of
        // cache tags, server listens with TLS, the gateway speaks TLS with payment providers and
        // signs with the secrets of payment accounts; none of them holds a key of ours. Programs in
        // the field have public keys only, and a seal of their own.
        within: &[
            "platform/vault",
            "platform/store",
            "platform/gateway",
            "platform/web",
            "platform/server",
            "platform/simulator",
            "sdk/rust",
            "tests",
        ],
        advice: "keys and signatures live in the vault: ask it",
    },
    Border {
        word: "casbin",
        within: &["tenants"],
        advice: "permissions are decided in tenants: ask the Gate for a scope",
    },
    Border {
        word: "wasmtime",
        within: &["platform/gateway"],
        advice: "plugins run in the gateway: ask it",
    },
    Border {
        word: "lettre",
        within: &["platform/app/src/mail"],
        advice: "mails are written down by `mail::post` and sent by its job",
    },
    Border {
        word: "hyper",
        within: &["platform/gateway", "platform/simulator"],
        advice: "what goes out to payment providers goes through the gateway's egress",
    },
    Border {
        word: "argon2",
        within: &["platform/vault"],
        advice: "passwords live in the vault: ask it",
    },
];

pub(super) fn words(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in tree.rust() {
        for border in BORDERS {
            if border.within.iter().any(|folder| source.is_in(folder)) {
                continue;
            }
            for offset in word_offsets(source.code(), border.word) {
                breaches.push(Breach::new(
                    &source.path,
                    line_of(source.code(), offset),
                    "layer",
                    format!("`{}` here: {}", border.word, border.advice),
                ));
            }
        }
    }
    breaches
}

/// Which database we are on is asked in one file.
const DIALECT: &str = "platform/store/src/dialect.rs";

/// Finds the enum that derives `MultiConnection` and every place that names one of its variants.
pub(super) fn connection_match(tree: &Tree) -> Vec<Breach> {
    let Some((name, variants)) = tree.rust().find_map(connection_enum) else {
        return Vec::new();
    };
    let mut breaches = Vec::new();
    for source in tree.rust().filter(|source| source.path != DIALECT) {
        for variant in &variants {
            let named = format!("{name}::{variant}");
            for offset in word_offsets(source.code(), &named) {
                breaches.push(Breach::new(
                    &source.path,
                    line_of(source.code(), offset),
                    "dialect",
                    format!("`{named}`: what differs between databases belongs into {DIALECT}"),
                ));
            }
        }
    }
    breaches
}

fn connection_enum(source: &Source) -> Option<(String, Vec<String>)> {
    let code = source.code();
    let derive = word_offsets(code, "MultiConnection").next()?;
    let item = derive + word_offsets(&code[derive..], "enum").next()?;
    let (open, close) = closing(code, item, '{', '}')?;
    let name = code[item + "enum".len()..open].trim().to_owned();
    let variants = code[open + 1..close]
        .split('(')
        .filter_map(|before| {
            let word = before.trim_end();
            let start = word
                .rfind(|character: char| !character.is_alphanumeric() && character != '_')
                .map_or(0, |at| at + 1);
            let word = &word[start..];
            word.starts_with(char::is_uppercase)
                .then(|| word.to_owned())
        })
        .collect();
    Some((name, variants))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_outside_the_store_is_reported() {
        let tree = Tree::of(&[
            (
                "platform/web/src/a.rs",
                "// diesel is fine here\nuse diesel::prelude::*;",
            ),
            ("platform/store/src/a.rs", "use diesel::prelude::*;"),
            ("tenants/src/a.rs", "let text = \"diesel\";"),
        ]);
        let found = words(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].path.as_str(), found[0].line),
            ("platform/web/src/a.rs", 2)
        );
    }

    #[test]
    fn http_in_a_use_case_is_reported() {
        let tree = Tree::of(&[("platform/app/src/a.rs", "use actix_web::HttpResponse;")]);
        assert_eq!(words(&tree).len(), 1);
    }

    #[test]
    fn asking_for_the_database_outside_the_dialect_is_reported() {
        let declared = "#[derive(diesel::MultiConnection)]\npub enum Connection {\n\
                        #[cfg(feature = \"postgres\")]\n Postgres(PgConnection),\n Sqlite(SqliteConnection),\n}\n\
                        fn f(c: Connection) { match c { Connection::Sqlite(_) => {} _ => {} } }";
        let tree = Tree::of(&[
            (DIALECT, declared),
            (
                "platform/store/src/license.rs",
                "fn f(c: C) { if let Connection::Postgres(_) = c {} }",
            ),
        ]);
        let found = connection_match(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "platform/store/src/license.rs");
    }
}

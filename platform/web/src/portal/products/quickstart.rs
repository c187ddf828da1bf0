//! A program of a product in each language, to be copied whole: with the product's own public keys, its
//! code and the address that it calls. It says when the first machine came.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::{AppResult, Platform};
use alvara_domain::id::ProductId;
use alvara_domain::machine::Machine;
use alvara_domain::product::Product;
use alvara_render::page::{Badge, Cell, Fact, Link, Page, Section, Tone};
use alvara_store::{TenantTx, hosts, machines, products, tenants};
use alvara_tenants::PermissionKey;
use alvara_tenants::permissions::SigningKeyRead;
use serde::Serialize;

use super::super::desk::Desk;
use super::super::listing::Query;
use super::super::tell::Tell;
use crate::body::Segments;
use crate::caller::Caller;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/products/{id}/quickstart").get(show));
}

/// What stands in the programs for what a product fills in. The programs are whole without it too.
const PRODUCT: &str = "PRODUCT-CODE";
const KEYS: &str = "KEY-SET";
const ADDRESS: &str = "https://licenses.example.com";

alvara_domain::text_enum! {
    /// A language that there is a library for.
    pub enum Language {
        /// Rust.
        Rust = "rust",
        /// Python.
        Python = "python",
        /// Node.js and Electron.
        JavaScript = "javascript",
        /// C.
        C = "c",
        /// C++.
        Cpp = "cpp",
        /// .NET and Mono.
        DotNet = "dotnet",
    }
}

impl Language {
    const fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::C => "C",
            Self::Cpp => "C++",
            Self::DotNet => ".NET",
        }
    }

    /// The program as its file holds it, which the suite compiles or runs.
    const fn program(self) -> &'static str {
        match self {
            Self::Rust => include_str!("../../../../../templates/quickstart/rust.rs"),
            Self::Python => include_str!("../../../../../templates/quickstart/python.py"),
            Self::JavaScript => include_str!("../../../../../templates/quickstart/javascript.mjs"),
            Self::C => include_str!("../../../../../templates/quickstart/c.c"),
            Self::Cpp => include_str!("../../../../../templates/quickstart/cpp.cpp"),
            Self::DotNet => include_str!("../../../../../templates/quickstart/dotnet.cs"),
        }
    }

    /// How the library comes to the program, beside a folder with the libraries.
    const fn install(self) -> &'static str {
        match self {
            Self::Rust => "cargo add alvara-sdk --path sdk/rust",
            Self::Python => "pip install ./sdk/python",
            Self::JavaScript => "npm install ./sdk/javascript",
            Self::C => {
                "cargo build --release -p alvara-sdk-c\n\
                 cc program.c -I sdk/c/include -L target/release -lalvara -Wl,-rpath,'$ORIGIN'"
            }
            Self::Cpp => {
                "cargo build --release -p alvara-sdk-c\n\
                 c++ -std=c++17 program.cpp -I sdk/c/include -L target/release -lalvara \
                 -Wl,-rpath,'$ORIGIN'"
            }
            Self::DotNet => {
                "cargo build --release -p alvara-sdk-c\n\
                 dotnet build sdk/dotnet/Alvara.csproj -c Release"
            }
        }
    }

    /// A text without line ends as it stands between the quotes of the program.
    fn quoted(self, text: &str) -> String {
        match self {
            Self::C => text.replace('\\', "\\\\").replace('"', "\\\""),
            Self::DotNet => text.replace('"', "\"\""),
            Self::Rust | Self::Python | Self::JavaScript | Self::Cpp => text.to_owned(),
        }
    }

    fn filled(self, (code, keys, address): (&str, &str, &str)) -> String {
        self.program()
            .replace(PRODUCT, code)
            .replace(ADDRESS, address)
            .replace(KEYS, &self.quoted(keys))
    }
}

/// A language to choose.
#[derive(Serialize)]
struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Serialize)]
struct QuickstartPage {
    title: String,
    badge: Option<Badge>,
    intro: Option<String>,
    back: Option<Link>,
    tabs: Vec<Tab>,
    sections: Vec<Section>,
}

impl Page for QuickstartPage {
    const TEMPLATE: &'static str = "quickstart";
}

/// What a program is filled from.
struct Known {
    product: Product,
    keys: String,
    address: String,
}

fn read(tx: &mut TenantTx<'_>, platform: &Platform, id: ProductId) -> AppResult<Option<Known>> {
    let Some(product) = products::find(tx, id)? else {
        return Ok(None);
    };
    let tenant = tenants::load_own(tx)?;
    let mut names = hosts::list(tx)?;
    names.sort_by_key(|host| host.created_at);
    let names = names.iter().map(|host| host.host.as_str());
    Ok(Some(Known {
        keys: platform.keys().jwks(tx, id)?.to_string(),
        address: platform.address().pages_url(&tenant, names),
        product,
    }))
}

/// The first machine, for who may see machines.
async fn first(
    desk: &Desk,
    platform: &Platform,
    id: ProductId,
) -> Result<Option<Machine>, Problem> {
    if !desk.may(PermissionKey::MachineRead) {
        return Ok(None);
    }
    let scope = desk.scope(PermissionKey::MachineRead)?;
    let read = move |tx: &mut TenantTx<'_>| machines::first_of_product(tx, id);
    Ok(platform.db().read(&scope, read).await?)
}

async fn show(
    desk: Desk,
    caller: Caller<SigningKeyRead>,
    Segments(id): Segments<ProductId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let parts = Platform::clone(&platform);
    let work = move |tx: &mut TenantTx<'_>| read(tx, &parts, id);
    let known = platform.db().read(&caller.scope, work).await?;
    let known = known.ok_or_else(Problem::not_found)?;
    let machine = first(&desk, &platform, id).await?;
    let language = Query::of(&desk)
        .value("language")
        .unwrap_or(Language::Python);
    let tell = desk.tell();
    let home = format!("/products/{id}");
    let place = |language: &Language| format!("{home}/quickstart?language={language}");
    let tabs = Language::ALL.iter().map(|one| Tab {
        href: place(one),
        label: one.name(),
        current: *one == language,
    });
    let mut sections = programs(&tell, language, &known);
    if desk.may(PermissionKey::MachineRead) {
        sections.insert(0, waiting(&tell, machine.as_ref(), place(&language)));
    }
    desk.show(&QuickstartPage {
        title: tell.word("quickstart-title"),
        badge: None,
        intro: Some(tell.word("quickstart-intro")),
        back: Some(Link::new(home.clone(), known.product.name.clone())),
        tabs: tabs.collect(),
        sections,
    })
}

fn programs(tell: &Tell, language: Language, known: &Known) -> Vec<Section> {
    let filled = language.filled((&known.product.code, &known.keys, &known.address));
    let block = |id: &'static str, text: String| Section {
        id,
        title: tell.word(&format!("quickstart-{id}")),
        intro: Some(tell.word(&format!("quickstart-{id}-intro"))),
        block_rows: Some(text.lines().count() + 3),
        block: Some(text),
        ..Section::default()
    };
    vec![
        block("library", language.install().to_owned()),
        block("program", filled),
    ]
}

/// Whether the first machine came, and which it is.
fn waiting(tell: &Tell, machine: Option<&Machine>, here: String) -> Section {
    let (tone, key) = match machine {
        Some(_) => (Tone::Ok, "quickstart-came"),
        None => (Tone::Info, "quickstart-waits"),
    };
    let badge = Cell::badge(Badge {
        tone,
        text: tell.word(key),
    });
    let fact = |key: &str, cell: Cell| Fact::new(tell.word(&format!("quickstart-{key}")), cell);
    let mut facts = vec![fact("state", badge)];
    if let Some(machine) = machine {
        let name = Cell::text(&machine.name).link(format!("/machines/{}", machine.id));
        facts.push(fact("machine", name));
        facts.push(fact("when", tell.instant_cell(machine.activated_at)));
    }
    Section {
        id: "first",
        title: tell.word("quickstart-first"),
        facts,
        links: match machine {
            Some(_) => Vec::new(),
            None => vec![Link::new(here, tell.word("quickstart-look"))],
        },
        ..Section::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-SDK-01
    #[test]
    fn every_program_has_a_place_for_what_it_is_filled_with() {
        let keys = r#"{"keys":[{"kid":"a","x":"b"}]}"#;
        for language in Language::ALL {
            for mark in [PRODUCT, KEYS, ADDRESS] {
                let count = language.program().matches(mark).count();
                assert_eq!(count, 1, "{language} {mark}");
            }
            let filled = language.filled(("writer", keys, "https://acme.test"));
            assert!(filled.contains("\"writer\""), "{filled}");
            assert!(filled.contains("\"https://acme.test\""), "{filled}");
            assert!(filled.contains(&language.quoted(keys)), "{filled}");
            assert!(filled.lines().count() < 30, "{language}");
        }
        assert_eq!(Language::C.quoted("{\"a\"}"), "{\\\"a\\\"}");
        assert_eq!(Language::DotNet.quoted("{\"a\"}"), "{\"\"a\"\"}");
    }
}

//! The programs of a product's page, taken from the page and run as they stand.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use alvara_tests::Browser;
use alvara_tests::settings::c_library;

use super::csharp;
use super::field::{Field, Language, interpreter, root};
use crate::getting_started::said;

/// How the page names a language, and in which file its program lies. The one in Rust is compiled with
/// the suite, as `tests/src/bin/quickstart.rs`.
const PROGRAMS: [(Language, &str, &str); 5] = [
    (Language::Python, "python", "program.py"),
    (Language::JavaScript, "javascript", "program.mjs"),
    (Language::C, "c", "program.c"),
    (Language::Cpp, "cpp", "program.cpp"),
    (Language::CSharp, "dotnet", "program.cs"),
];

/// The program on the page: the second text that is there to be copied.
fn program(page: &str) -> String {
    let blocks = page.split("<textarea readonly").skip(1);
    let block = blocks.last().unwrap();
    let (_, text) = block.split_once('>').unwrap();
    let (text, _) = text.split_once("</textarea>").unwrap();
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// What runs a program that lies in a file.
fn runs(language: Language, file: &Path) -> Command {
    let folder = file.parent().unwrap();
    let compile = |compiler: &str, standard: &str| {
        let made = folder.join("program");
        let library = c_library();
        let output = Command::new(compiler)
            .args([standard, "-Wall", "-Wextra", "-Werror", "-I"])
            .arg(root().join("sdk/c/include"))
            .arg(file)
            .arg("-o")
            .arg(&made)
            .arg("-L")
            .arg(&library)
            .args(["-lalvara", &format!("-Wl,-rpath,{}", library.display())])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", said(&output));
        Command::new(made)
    };
    match language {
        Language::C => compile("cc", "-std=c99"),
        Language::Cpp => compile("c++", "-std=c++17"),
        Language::CSharp => csharp::program("quickstart", &[file.to_owned()]),
        Language::Rust | Language::Python | Language::JavaScript => {
            let mut command = interpreter(language);
            command.arg(file);
            command
        }
    }
}

// R-SDK-01
#[test]
fn the_program_on_a_products_page_runs_as_it_stands() {
    let field = Field::open();
    let reseller = field.shop.reseller.admin();
    let place = format!("/products/{}/quickstart", field.shop.product_id);
    let page = |language: &str| {
        field.runtime.block_on(async {
            let ada = Browser::sign_in(&reseller).await;
            let page = ada.get(&format!("{place}?language={language}")).await;
            page.expect(200).body()
        })
    };
    assert!(!page("python").contains("href=\"/machines/"));
    for (language, name, file) in PROGRAMS {
        let license = field.runtime.block_on(field.shop.license());
        let folder = field.folder.path().join(name);
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        symlink(
            fs::canonicalize(root().join("sdk/javascript")).unwrap(),
            folder.join("node_modules/alvara-sdk"),
        )
        .unwrap();
        let file = folder.join(file);
        fs::write(&file, program(&page(name))).unwrap();
        let mut command = runs(language, &file);
        command
            .current_dir(&folder)
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_STATE_HOME", folder.join("state"))
            .env(
                "PYTHONPATH",
                fs::canonicalize(root().join("sdk/python/src")).unwrap(),
            )
            .env("LC_ALL", "C.UTF-8")
            .env("NO_PROXY", "*")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = command.spawn().unwrap();
        let mut input = running.stdin.take().unwrap();
        writeln!(input, "{}", license.key).unwrap();
        drop(input);
        let output = running.wait_with_output().unwrap();
        assert!(output.status.success(), "{language:?}: {}", said(&output));
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(
            told.contains("The license is valid."),
            "{language:?}: {}",
            said(&output)
        );
    }
    assert!(page("python").contains("href=\"/machines/"));
}

//! The header that is kept and the one that the sources give are one, and the library has what it
//! says.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use cbindgen::{
    Builder, Config, DocumentationStyle, EnumConfig, ExportConfig, Language, RenameRule, Style,
};

use crate::compiled::{crate_folder, library, said};

/// The sources, in the order in which a reader wants them.
const SOURCES: [&str; 8] = [
    "outcome",
    "options",
    "client",
    "state",
    "offline",
    "seats",
    "update",
    "callbacks",
];

const OPENING: &str = "\
/*
 * Alvará for C: the license of a program on a machine.
 *
 * The guide is docs/sdk.md, an example examples/activate.c. In C++ use alvara.hpp, which frees by
 * itself.
 *
 * Rules that hold for every function:
 *
 * - Texts are UTF-8 and end in a NUL. Texts that go in are copied.
 * - What comes out as `char *` is yours: give it back to alvara_string_free, never to free(). What
 *   comes out as `const char *` stays the library's: it lives as long as the handle that it was asked
 *   of, and for ever where it was asked of none.
 * - Handles are freed by the function that is named after them, once.
 * - NULL is taken everywhere. Where something is needed, the answer is then NULL, false, or
 *   ALVARA_RESULT_NULL_ARGUMENT.
 * - A client may be used from several threads, except while it is freed. Options may not.
 * - How a license stands is a state and never an error.
 */";

/// What a C programmer calls what we call otherwise.
const NAMES: [(&str, &str); 11] = [
    ("AlvaraResult", "alvara_result_t"),
    ("AlvaraPreset", "alvara_preset_t"),
    ("AlvaraStatus", "alvara_status_t"),
    ("AlvaraAccess", "alvara_access_t"),
    ("AlvaraClient", "alvara_client_t"),
    ("AlvaraOptions", "alvara_options_t"),
    ("AlvaraState", "alvara_state_t"),
    ("AlvaraUpdate", "alvara_update_t"),
    ("AlvaraMetrics", "alvara_metrics_t"),
    ("AlvaraOnChange", "alvara_on_change_t"),
    ("AlvaraClock", "alvara_clock_t"),
];

/// The header that the sources give.
fn written() -> String {
    let names = NAMES
        .iter()
        .chain(&[("AlvaraMetricsOf", "alvara_metrics_of_t")]);
    let config = Config {
        header: Some(OPENING.to_owned()),
        include_guard: Some("ALVARA_H".to_owned()),
        language: Language::C,
        cpp_compat: true,
        no_includes: true,
        sys_includes: ["stdbool.h", "stddef.h", "stdint.h"]
            .map(str::to_owned)
            .to_vec(),
        style: Style::Both,
        usize_is_size_t: true,
        line_length: 100,
        tab_width: 4,
        documentation_style: DocumentationStyle::Doxy,
        export: ExportConfig {
            rename: names
                .map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned()))
                .collect(),
            // No function has it in its signature: C passes a number.
            include: vec!["AlvaraPreset".to_owned()],
            ..ExportConfig::default()
        },
        enumeration: EnumConfig {
            rename_variants: RenameRule::QualifiedScreamingSnakeCase,
            ..EnumConfig::default()
        },
        ..Config::default()
    };
    let mut builder = Builder::new().with_config(config);
    for name in SOURCES.iter().chain(&["boundary"]) {
        builder = builder.with_src(crate_folder().join(format!("src/{name}.rs")));
    }
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    let text = String::from_utf8(text).unwrap();
    // Values are qualified by the whole name of their type; the `_t` of types is too much of it.
    ["RESULT", "PRESET", "STATUS", "ACCESS"]
        .iter()
        .fold(text, |text, name| {
            text.replace(&format!("ALVARA_{name}_T_"), &format!("ALVARA_{name}_"))
        })
}

// R-SDK-01
#[test]
fn the_header_says_what_the_sources_say() {
    let file = crate_folder().join("include/alvara.h");
    let (kept, written) = (fs::read_to_string(&file).unwrap(), written());
    if kept != written {
        let fresh = library().join("alvara.h");
        fs::write(&fresh, &written).unwrap();
        panic!(
            "{} is not what the sources give: compare it with {} and copy that over it",
            file.display(),
            fresh.display()
        );
    }
}

/// The functions that a header declares.
fn declared(header: &str) -> BTreeSet<String> {
    let lines = header.lines().filter(|line| !line.starts_with('/'));
    lines
        .filter(|line| !line.starts_with(' ') && !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('('))
        .filter_map(|(before, _)| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("alvara_"))
        .map(str::to_owned)
        .collect()
}

// R-SDK-01
#[test]
fn the_shared_library_exports_what_the_header_declares_and_nothing_else() {
    let header = fs::read_to_string(crate_folder().join("include/alvara.h")).unwrap();
    let declared = declared(&header);
    assert!(declared.contains("alvara_init"), "{declared:?}");
    let output = Command::new("nm")
        .args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(library().join("libalvara.so"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let exported = String::from_utf8(output.stdout).unwrap();
    let exported: BTreeSet<String> = exported
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(exported, declared);
}

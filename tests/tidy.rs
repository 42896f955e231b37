//! The house rules that a compiler does not check: floors, where `unsafe` stands, sizes, and that what is written
//! down elsewhere is what the catalog says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that meets what it does not expect fails"
)]

#[path = "tidy/requirements.rs"]
mod requirements;
#[path = "tidy/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use source::{Source, collect, library, line_of, root};

/// The floors, as in ARCHITECTURE.md: a file imports from lower floors and from its own room only.
const FLOORS: &[(u32, &[&str])] = &[
    (0, &["ck"]),
    (1, &["error"]),
    (2, &["os"]),
    (3, &["secret"]),
    (4, &["attribute", "crypto", "logging"]),
    (5, &["mechanism"]),
    (6, &["payment"]),
    (7, &["catalog", "object", "store"]),
    (8, &["token"]),
    (9, &["session", "config"]),
    (10, &["module", "client"]),
    (11, &["abi", "payshield"]),
    (12, &["admin"]),
    (13, &["bin"]),
];

/// Imports that the floors forbid and that are right all the same: file, room, reason.
const FLOOR_EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Where `unsafe` may stand.
const UNSAFE_ROOMS: &[&str] = &["src/abi/", "src/crypto/aws_lc/", "src/os/", "src/client/"];

/// Where return values may be named: where they are made, and where those of foreign modules are read.
const RETURN_VALUE_ROOMS: &[&str] = &["src/error/return_value.rs", "src/ck/", "src/abi/", "src/client/"];

/// Lines of code in a file, tests apart.
const FILE_LINES_MAX: usize = 300;
/// Lines of code in a file that has a reason.
const FILE_LINES_MAX_WITH_REASON: usize = 500;
/// Files above [`FILE_LINES_MAX`], with the reason.
const LONG_FILES: &[(&str, &str)] = &[("src/error.rs", "one variant per reason")];
/// Files of any length: they are tables.
const TABLES: &[&str] = &["src/abi/functions.rs", "src/ck/mechanism_ids.rs"];

/// Lines in a function.
const FUNCTION_LINES_MAX: usize = 60;
/// Functions above it, with the reason: file, name, reason.
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[
    (
        "src/error/return_value.rs",
        "rv",
        "the one exhaustive match from reasons to codes",
    ),
    ("src/crypto/ec/domain.rs", "domain", "a table of curves"),
];

fn floor(room: &str) -> Option<u32> {
    FLOORS
        .iter()
        .find(|(_, rooms)| rooms.contains(&room))
        .map(|(floor, _)| *floor)
}

#[track_caller]
fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}\n", found.join("\n  "));
}

#[test]
fn every_room_stands_on_a_floor() {
    let strangers: Vec<_> = library()
        .iter()
        .filter(|source| source.path != "src/lib.rs" && floor(source.room()).is_none())
        .map(|source| source.path.clone())
        .collect();
    assert_none("rooms that FLOORS does not have", &strangers);
}

#[test]
fn a_file_imports_from_lower_floors_only() {
    let mut found = Vec::new();
    for source in library().iter().filter(|source| source.path != "src/lib.rs") {
        let own = floor(source.room());
        for (line, room) in source.imports() {
            let excepted = FLOOR_EXCEPTIONS
                .iter()
                .any(|(path, to, _)| *path == source.path && *to == room);
            if room != source.room() && floor(&room) >= own && !excepted {
                found.push(format!("{}:{line} imports {room}", source.path));
            }
        }
    }
    assert_none("imports from the same floor or a higher one", &found);
}

#[test]
fn architecture_has_the_same_floors() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (floor, rooms) in FLOORS {
        let start = format!("| {floor} |");
        let rows: Vec<_> = text.lines().filter(|line| line.starts_with(&start)).collect();
        for room in *rooms {
            let there = rows.iter().any(|row| {
                [".rs`", "/`", "`"]
                    .iter()
                    .any(|end| row.contains(&format!("`{room}{end}")))
            });
            assert!(there, "ARCHITECTURE.md does not have {room} on floor {floor}");
        }
    }
}

#[test]
fn unsafe_has_its_rooms_and_says_why() {
    let mut found = Vec::new();
    for source in library() {
        for (at, word) in words(&source.code).filter(|(_, word)| *word == "unsafe") {
            let line = line_of(&source.code, at);
            if !UNSAFE_ROOMS.iter().any(|room| source.path.starts_with(room)) {
                found.push(format!("{}:{line} {word} outside its rooms", source.path));
            }
            let next = source.code[at + word.len()..].trim_start();
            if (next.starts_with('{') || next.starts_with("impl")) && !says_why(&source, line) {
                found.push(format!("{}:{line} no SAFETY line", source.path));
            }
        }
    }
    assert_none("unsafe", &found);
}

/// Whether the line or the comment above its statement has a SAFETY line.
fn says_why(source: &Source, line: usize) -> bool {
    let above: Vec<_> = source.text.lines().take(line).collect();
    above.iter().rev().take(8).any(|text| text.contains("SAFETY:"))
}

#[test]
fn return_values_are_named_in_their_rooms_only() {
    let mut found = Vec::new();
    for source in library() {
        if !RETURN_VALUE_ROOMS
            .iter()
            .any(|room| source.path.starts_with(room))
        {
            let named = words(&source.code).filter(|(_, word)| word.starts_with("CKR_"));
            found.extend(
                named.map(|(at, word)| format!("{}:{} {word}", source.path, line_of(&source.code, at))),
            );
        }
    }
    assert_none("return values outside their rooms", &found);
}

#[test]
fn files_are_short_or_have_a_reason() {
    let mut found = Vec::new();
    for source in library()
        .iter()
        .filter(|source| !TABLES.contains(&source.path.as_str()))
    {
        let lines = source.code.trim_end().lines().count();
        let reason = LONG_FILES.iter().any(|(path, _)| *path == source.path);
        let limit = if reason {
            FILE_LINES_MAX_WITH_REASON
        } else {
            FILE_LINES_MAX
        };
        if lines > limit {
            found.push(format!("{}: {lines} lines, at most {limit}", source.path));
        }
    }
    assert_none("long files", &found);
}

#[test]
fn functions_are_short_or_have_a_reason() {
    let mut found = Vec::new();
    for source in library() {
        for function in source
            .functions()
            .iter()
            .filter(|function| function.lines > FUNCTION_LINES_MAX)
        {
            let listed = LONG_FUNCTIONS
                .iter()
                .any(|(path, name, _)| *path == source.path && *name == function.name);
            if !listed {
                found.push(format!(
                    "{}:{} {}: {} lines",
                    source.path, function.line, function.name, function.lines
                ));
            }
        }
    }
    assert_none("long functions", &found);
}

#[test]
fn every_exception_is_still_needed() {
    let sources = library();
    let lines = |path: &str| {
        sources
            .iter()
            .find(|source| source.path == path)
            .map_or(0, |source| source.code.trim_end().lines().count())
    };
    let mut found: Vec<String> = LONG_FILES
        .iter()
        .filter(|(path, _)| lines(path) <= FILE_LINES_MAX)
        .map(|(path, _)| format!("{path} is not long"))
        .collect();
    for (path, name, _) in LONG_FUNCTIONS {
        let long = sources
            .iter()
            .filter(|source| source.path == *path)
            .flat_map(Source::functions);
        if !long
            .into_iter()
            .any(|function| function.name == *name && function.lines > FUNCTION_LINES_MAX)
        {
            found.push(format!("{path}: {name} is not long"));
        }
    }
    assert_none("exceptions that nothing needs", &found);
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<_> = library()
        .iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| source.path.clone())
        .collect();
    assert_none("files without //! at the top", &silent);
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("#[ign", "ore"),
    ];
    let mut paths = Vec::new();
    for folder in ["src", "tests", "examples", "benches", "fuzz/src", "fuzz/targets"] {
        collect(&root().join(folder), "rs", &mut paths);
    }
    for (folder, extension) in [
        ("include", "h"),
        ("conformance", "c"),
        ("conformance", "py"),
        ("tests", "c"),
    ] {
        collect(&root().join(folder), extension, &mut paths);
    }
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}:{} {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_none("unfinished or disabled", &found);
}

#[test]
fn every_dependency_has_its_reason() {
    let manifests =
        ["Cargo.toml", "fuzz/Cargo.toml"].map(|path| fs::read_to_string(root().join(path)).unwrap());
    let (mut in_dependencies, mut explained, mut found) = (false, false, Vec::new());
    for line in manifests.iter().flat_map(|manifest| manifest.lines()) {
        if line.starts_with('[') {
            in_dependencies = line.ends_with("dependencies]");
        }
        // One comment may speak for the lines that follow it without a gap.
        explained = line.starts_with('#') || (explained && !line.is_empty() && !line.starts_with('['));
        if in_dependencies && line.contains(" = ") && !explained && !line.contains(" # ") {
            found.push(line.to_owned());
        }
    }
    assert_none("dependencies without a comment", &found);
}

#[test]
fn the_readme_has_the_catalogs_mechanisms() {
    compare_table("README.md", "mechanisms", &mechanism_table());
}

/// One line per mechanism: name and what it does.
fn mechanism_table() -> String {
    // Mechanisms that do the same stand together, in the catalog's order.
    let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
    for row in vhsm::catalog::all() {
        let key = format!(
            "{} | {}",
            row.section.trim_start_matches("PKCS#11 3.2, "),
            row.functions().join(", ")
        );
        match rows.iter_mut().find(|(known, _)| *known == key) {
            Some((_, names)) => names.push(row.name()),
            None => rows.push((key, vec![row.name()])),
        }
    }
    let mut table = String::from("| PKCS#11 3.2 | does | mechanisms |\n|---|---|---|\n");
    for (key, names) in rows {
        let names: Vec<_> = names
            .iter()
            .map(|name| format!("`{}`", name.trim_start_matches("CKM_")))
            .collect();
        table.push_str(&format!("| {key} | {} |\n", names.join(" ")));
    }
    table
}

#[test]
fn the_documentation_has_every_mechanism_and_library() {
    let mut table = String::from(
        "| mechanism | number | functions | key types | key sizes | 3.2 | library | policy |\n|---|---|---|---|---|---|---|---|\n",
    );
    let mut libraries = BTreeMap::new();
    for row in vhsm::catalog::all() {
        table.push_str(&format!(
            "| `{}` | `{:#x}` | {} | {} | {} | {} | {} | {} |\n",
            row.name(),
            row.id.0,
            row.functions().join(", "),
            row.key_types(usize::MAX),
            row.key_sizes(),
            row.section.trim_start_matches("PKCS#11 3.2, "),
            row.library_names(),
            row.standing_text(),
        ));
        libraries.extend(
            row.libraries
                .iter()
                .map(|library| (library.name, library.side_channels)),
        );
    }
    compare_table("docs/mechanisms.md", "mechanisms", &table);
    let lines = libraries
        .iter()
        .map(|(name, statement)| format!("| {name} | {statement} |\n"));
    let text = format!(
        "| library | side channels |\n|---|---|\n{}",
        lines.collect::<String>()
    );
    compare_table("docs/mechanisms.md", "libraries", &text);
    let mut names = String::from("| other name | mechanism |\n|---|---|\n");
    for row in vhsm::catalog::all() {
        for other in row.other_names() {
            names.push_str(&format!("| `{other}` | `{}` |\n", row.name()));
        }
    }
    compare_table("docs/mechanisms.md", "names", &names);
    let count = format!("{} mechanisms\n", vhsm::catalog::all().count());
    compare_table("docs/mechanisms.md", "count", &count);
}

#[test]
#[cfg(feature = "program")]
fn the_documentation_has_every_host_command() {
    let mut rows: Vec<_> = vhsm::payshield::commands::all().collect();
    rows.sort_by_key(|row| row.code);
    let mut table = String::from(
        "| command | what it does | request | response | LMKs | authorised activity | codes of its own |\n|---|---|---|---|---|---|---|\n",
    );
    for row in &rows {
        let lmks = row.lmks.name();
        let own = row
            .errors
            .iter()
            .map(|(code, meaning)| format!("{code}: {meaning}"));
        table.push_str(&format!(
            "| {}/{} | {} | {} | {} | {lmks} | {} | {} |\n",
            row.code,
            row.response,
            row.name,
            row.request.replace('|', "\\|"),
            row.reply.replace('|', "\\|"),
            row.activity()
                .map(|activity| format!("`{activity}`"))
                .unwrap_or_default(),
            own.collect::<Vec<_>>().join("; "),
        ));
    }
    compare_table("docs/payshield.md", "commands", &table);
    let count = format!("{} commands\n", rows.len());
    compare_table("docs/payshield.md", "count", &count);
    let mut table = String::from("| what | why |\n|---|---|\n");
    for absent in vhsm::payshield::absent::ABSENT {
        table.push_str(&format!("| {} | {} |\n", absent.what, absent.why));
    }
    compare_table("docs/payshield.md", "absent", &table);
}

/// What the standard names is in the catalog or left out with a reason, and nothing is said to be left out that is not.
#[test]
fn the_documentation_has_every_mechanism_that_is_left_out() {
    let text = fs::read_to_string(root().join("docs/mechanisms.md")).unwrap();
    let (_, left_out) = text.split_once("## Left out on purpose").expect("the heading");
    let named: Vec<_> = left_out
        .lines()
        .filter_map(|line| line.split('|').nth(2))
        .flat_map(|cell| cell.split('`').filter(|word| word.starts_with("CKM_")))
        .collect();
    let fits = |pattern: &str, name: &str| match pattern.strip_suffix('…') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    let missing: BTreeSet<_> = vhsm::ck::MechanismId::NAMES
        .iter()
        .filter(|(id, name)| vhsm::catalog::find(*id).is_none() && *name != "CKM_VENDOR_DEFINED")
        .map(|(_, name)| *name)
        .collect();
    let unsaid: Vec<_> = missing
        .iter()
        .filter(|name| !named.iter().any(|pattern| fits(pattern, name)))
        .map(|name| format!("docs/mechanisms.md does not say why {name} is left out"))
        .collect();
    assert_none("mechanisms left out without a reason", &unsaid);
    let idle: Vec<_> = named
        .iter()
        .filter(|pattern| !missing.iter().any(|name| fits(pattern, name)))
        .map(|pattern| format!("docs/mechanisms.md: nothing that is left out is called {pattern}"))
        .collect();
    assert_none("reasons for nothing", &idle);
}

/// Compares the part of a file between two marks with what it must be; `TIDY_WRITE=1` writes it.
#[allow(
    clippy::disallowed_methods,
    reason = "a developer's switch, not the product's"
)]
fn compare_table(file: &str, name: &str, expected: &str) {
    let path = root().join(file);
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = (
        format!("<!-- {name}: begin -->\n"),
        format!("<!-- {name}: end -->"),
    );
    let from = text.find(&begin).expect("the begin mark") + begin.len();
    let to = text.find(&end).expect("the end mark");
    if text[from..to] == *expected {
        return;
    }
    if std::env::var_os("TIDY_WRITE").is_some() {
        fs::write(&path, format!("{}{expected}{}", &text[..from], &text[to..])).unwrap();
        return;
    }
    panic!("the table in {file} is not the catalog's; write it with TIDY_WRITE=1 cargo test --test tidy");
}

#[test]
fn the_c_header_has_the_catalogs_vendor_mechanisms() {
    let rows = vhsm::catalog::all()
        .filter(|row| row.id.0 >= vhsm::ck::sys::CKM_VENDOR_DEFINED)
        .map(|row| (row.name().to_owned(), row.id.0))
        .collect();
    assert_eq!(defined_in_the_c_header("CKM_"), rows);
}

#[test]
fn the_c_header_has_the_vendor_attributes() {
    let attributes = vhsm::ck::AttributeType::VENDOR_NAMES
        .iter()
        .map(|(attribute, name)| ((*name).to_owned(), attribute.0))
        .collect();
    assert_eq!(defined_in_the_c_header("CKA_"), attributes);
}

#[test]
fn the_c_header_has_the_vendor_return_values() {
    let values = vhsm::ck::Rv::VENDOR_NAMES
        .iter()
        .map(|(value, name)| ((*name).to_owned(), value.0))
        .collect();
    assert_eq!(defined_in_the_c_header("CKR_"), values);
}

/// Its table has number and page of each, its other table every return value.
#[test]
fn the_pages_of_payments_have_every_vendor_mechanism_and_return_value() {
    let page = fs::read_to_string(root().join("docs/payment.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `C")).collect();
    let mut found = Vec::new();
    let numbers = |prefix: &str| defined_in_the_c_header(prefix).into_iter();
    for (name, number) in numbers("CKM_VHSM_").chain(numbers("CKA_")).chain(numbers("CKR_")) {
        let short = number - vhsm::ck::VHSM_VENDOR_BASE;
        let start = format!("| `{name}` | `{short:#04X}` |").replace("0X", "0x");
        let Some(row) = rows.iter().find(|row| row.starts_with(&start)) else {
            found.push(format!("no row {start}"));
            continue;
        };
        let Some(link) = row.split("](").nth(1).filter(|_| name.starts_with("CKM_")) else {
            continue;
        };
        let link = link.split([')', '#']).next().unwrap();
        let text = fs::read_to_string(root().join("docs").join(link)).unwrap_or_default();
        if !text.contains(&name) {
            found.push(format!("docs/{link} has no {name}"));
        }
    }
    let mechanisms = rows.iter().filter(|row| row.starts_with("| `CKM_VHSM_")).count();
    assert_eq!(mechanisms, numbers("CKM_VHSM_").count());
    assert_none("docs/payment.md", &found);
}

/// Every attack has a test, by its name.
#[test]
fn the_tests_that_pages_of_attacks_name_are_there() {
    let mut paths = Vec::new();
    collect(&root().join("tests/pkcs11"), "rs", &mut paths);
    let tests: String = paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let mut found = Vec::new();
    for file in [
        "payment-security.md",
        "payment/security-emv.md",
        "payment/security-keyblock.md",
        "payment/security-data.md",
        "payment/security-lmk.md",
        "payment/security-transport.md",
    ] {
        let text = fs::read_to_string(root().join("docs").join(file)).unwrap();
        let small = |word: &str| !word.contains(|letter: char| letter.is_ascii_uppercase());
        let named: Vec<&str> = words(&text)
            .map(|(_, word)| word)
            .filter(|word| word.matches('_').count() >= 2 && small(word))
            .collect();
        assert!(named.len() >= 10, "{file} names tests");
        for name in named {
            if !tests.contains(&format!("fn {name}()")) {
                found.push(format!("{file}: {name}"));
            }
        }
    }
    assert_none("tests", &found);
}

/// The constants of `include/vhsm.h` whose names start so.
fn defined_in_the_c_header(prefix: &str) -> BTreeMap<String, u64> {
    let header = fs::read_to_string(root().join("include/vhsm.h")).unwrap();
    header
        .lines()
        .filter_map(|line| line.strip_prefix("#define ")?.split_once(char::is_whitespace))
        .filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, value)| (name.to_owned(), evaluate(value)))
        .collect()
}

/// Numbers and names that are joined by `|` or `+`, in brackets.
fn evaluate(expression: &str) -> u64 {
    let expression = expression.split("/*").next().unwrap();
    words(expression)
        .map(|(_, word)| match word {
            "CKM_VENDOR_DEFINED" => 0x8000_0000,
            "CKM_VHSM_BASE" | "VHSM_VENDOR_BASE" => vhsm::ck::VHSM_VENDOR_BASE,
            hexadecimal if hexadecimal.starts_with("0x") => {
                u64::from_str_radix(hexadecimal[2..].trim_end_matches(['U', 'L', 'u', 'l']), 16).unwrap()
            }
            number => number
                .trim_end_matches(['U', 'L', 'u', 'l'])
                .parse()
                .expect("a number or a known name"),
        })
        .fold(0, |sum, part| sum | part)
}

/// Identifiers, keywords and numbers with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter_map(move |word| {
            let start = at;
            at += word.len();
            at += text[at..].chars().next().map_or(0, char::len_utf8);
            (!word.is_empty()).then_some((start, word))
        })
}

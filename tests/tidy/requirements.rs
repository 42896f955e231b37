//! `conformance/requirements.toml` has a test for every item, tests that exist, and every item that a test cites; and
//! what the standard leaves open is written down in `docs/behaviour.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::source::{collect, root};
use super::{assert_none, words};

/// One item of `conformance/requirements.toml`.
struct Item {
    asks: String,
    tests: Vec<String>,
    /// Why it does not apply.
    none: Option<String>,
    /// The standard leaves it to the module.
    choice: bool,
}

fn items() -> BTreeMap<String, Item> {
    let text = fs::read_to_string(root().join("conformance/requirements.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    table
        .into_iter()
        .map(|(id, fields)| {
            let item = item(&id, fields.as_table().expect("an item is a table"));
            (id, item)
        })
        .collect()
}

fn item(id: &str, fields: &toml::Table) -> Item {
    for name in fields.keys() {
        assert!(
            ["asks", "tests", "none", "choice"].contains(&name.as_str()),
            "{id}: {name} means nothing"
        );
    }
    let text = |name| {
        fields
            .get(name)
            .map(|value: &toml::Value| value.as_str().expect("text").to_owned())
    };
    let tests = fields
        .get("tests")
        .map_or(&[][..], |tests| tests.as_array().expect("a list"));
    Item {
        asks: text("asks").unwrap_or_else(|| panic!("{id} does not say what it asks")),
        tests: tests
            .iter()
            .map(|test| test.as_str().expect("a name").to_owned())
            .collect(),
        none: text("none"),
        choice: fields
            .get("choice")
            .is_some_and(|choice| choice.as_bool().expect("true or false")),
    }
}

/// A test function: where it stands, and the lines of its documentation.
struct Test {
    path: String,
    comment: String,
}

/// Every test of `cargo test` by its name.
fn tests() -> BTreeMap<String, Vec<Test>> {
    let mut found: BTreeMap<String, Vec<Test>> = BTreeMap::new();
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(root()).unwrap().display().to_string();
        let mut above = Vec::new();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            if let Some(comment) = line.strip_prefix("///") {
                above.push(comment);
            } else if line == "#[test]" {
                is_test = true;
            } else if !line.starts_with("#[") {
                if let Some((name, _)) = line.strip_prefix("fn ").and_then(|rest| rest.split_once('('))
                    && is_test
                {
                    let comment = above.join(" ");
                    let path = path.clone();
                    found
                        .entry(name.to_owned())
                        .or_default()
                        .push(Test { path, comment });
                }
                above.clear();
                is_test = false;
            }
        }
    }
    assert!(found.len() > 100, "the tests were not found");
    found
}

fn rust_files() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    collect(&root().join("src"), "rs", &mut paths);
    collect(&root().join("tests"), "rs", &mut paths);
    paths
}

/// Whether a name such as `pkcs11-tool/keys.py::generated` is that of a group of checks of a client.
fn is_group(name: &str) -> bool {
    let Some((path, group)) = name.split_once("::") else {
        return false;
    };
    let text = fs::read_to_string(root().join("conformance/clients").join(path)).unwrap_or_default();
    let Some((above, _)) = text.split_once(&format!("\ndef {group}(")) else {
        return false;
    };
    above
        .lines()
        .next_back()
        .is_some_and(|line| line.starts_with("@group("))
}

/// The ids of items in a text: three capitals, a hyphen, digits, and perhaps a letter.
fn cited(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut before: Option<(usize, &str)> = None;
    for (at, word) in words(text) {
        if let Some((start, prefix)) = before
            && start + prefix.len() + 1 == at
            && text.as_bytes()[at - 1] == b'-'
            && prefix.len() == 3
            && prefix.bytes().all(|byte| byte.is_ascii_uppercase())
            && word.starts_with(|digit: char| digit.is_ascii_digit())
            && !text[..start].ends_with('-')
        {
            found.push(format!("{prefix}-{word}"));
        }
        before = Some((at, word));
    }
    found
}

#[test]
fn every_requirement_has_a_test_or_does_not_apply() {
    let (tests, mut found) = (tests(), Vec::new());
    for (id, item) in items() {
        if item.asks.len() < 20 {
            found.push(format!("{id} does not say what it asks"));
        }
        if item.tests.is_empty() == item.none.is_none() {
            found.push(format!("{id} has no test, or tests although it does not apply"));
        }
        let different: BTreeSet<_> = item.tests.iter().collect();
        if different.len() != item.tests.len() {
            found.push(format!("{id} names a test twice"));
        }
        for name in &item.tests {
            match tests.get(name).map(Vec::as_slice) {
                Some([_]) => {}
                Some(several) => {
                    let paths: Vec<_> = several.iter().map(|test| test.path.as_str()).collect();
                    found.push(format!(
                        "{id}: several tests are called {name}: {}",
                        paths.join(", ")
                    ));
                }
                None if is_group(name) => {}
                None => found.push(format!("{id}: no test is called {name}")),
            }
        }
    }
    assert_none("conformance/requirements.toml", &found);
}

#[test]
fn an_item_that_a_test_cites_has_the_test_in_its_list() {
    let items = items();
    let prefixes: BTreeSet<_> = items.keys().map(|id| &id[..3]).collect();
    let mut found = Vec::new();
    for (name, several) in tests() {
        for test in several {
            for id in cited(&test.comment) {
                let path = &test.path;
                match items.get(&id) {
                    Some(item) if item.tests.contains(&name) => {}
                    Some(_) => found.push(format!("{path}: {name} cites {id}, which does not have it")),
                    None if prefixes.contains(&id[..3]) || begins_so(&test.comment, &id) => {
                        found.push(format!("{path}: {name} cites {id}, which is no item"));
                    }
                    None => {}
                }
            }
        }
    }
    assert_none("conformance/requirements.toml", &found);
}

/// Whether the comment begins with the id, as those do that cite an item.
fn begins_so(comment: &str, id: &str) -> bool {
    let comment = comment.trim_start_matches([' ', '[']);
    comment
        .strip_prefix(id)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ':', ';', ']']))
}

/// The items that a heading of `docs/behaviour.md` names: `### OBJ-4: what a template leaves out`.
fn described() -> Vec<String> {
    let text = fs::read_to_string(root().join("docs/behaviour.md")).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("### ")?.split_once(':'))
        .map(|(id, _)| id.to_owned())
        .collect()
}

#[test]
fn every_choice_is_written_down() {
    let (items, described) = (items(), described());
    let mut found = Vec::new();
    for (id, item) in &items {
        match (item.choice, described.iter().filter(|one| *one == id).count()) {
            (true, 1) | (false, 0) => {}
            (true, 0) => found.push(format!("{id} is a choice that is not described")),
            (false, _) => found.push(format!("{id} is described and no choice")),
            (true, _) => found.push(format!("{id} is described twice")),
        }
    }
    found.extend(
        described
            .iter()
            .filter(|id| !items.contains_key(*id))
            .map(|id| format!("{id} is no item")),
    );
    assert_none("docs/behaviour.md", &found);
}

#[test]
fn citations_are_recognised() {
    let ids = |text| cited(text).join(" ");
    assert_eq!(
        ids("OBJ-15, OBJ-13: every function; KEM-1b"),
        "OBJ-15 OBJ-13 KEM-1b"
    );
    assert_eq!(
        ids("[PQS-1] and SP 800-38A, AES-CBC, HMAC-256, A-PRF-12"),
        "PQS-1"
    );
}

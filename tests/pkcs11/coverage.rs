//! Every mechanism has known answers that someone else computed, through the C ABI.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Mechanism, and the tests that show it, from all files of tests/vectors/coverage.
fn listed() -> BTreeMap<String, Vec<String>> {
    let folder = root().join("tests/vectors/coverage");
    let mut all = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let table: BTreeMap<String, Vec<String>> = toml::from_str(&text).unwrap();
        for (mechanism, tests) in table {
            all.entry(mechanism).or_insert_with(Vec::new).extend(tests);
        }
    }
    all
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The text of all tests through the C ABI.
fn sources() -> String {
    fn collect(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut text = String::new();
    collect(&root().join("tests/pkcs11"), &mut text);
    text
}

/// The list names mechanisms of the catalog and tests that exist, and leaves no mechanism out.
#[test]
fn every_mechanism_has_answers_of_others() {
    let (listed, sources) = (listed(), sources());
    let known: Vec<_> = vhsm::catalog::all()
        .map(vhsm::mechanism::MechanismSpec::name)
        .collect();
    let without: Vec<_> = known
        .iter()
        .filter(|name| listed.get(**name).is_none_or(Vec::is_empty))
        .collect();
    let strangers: Vec<_> = listed
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
        .collect();
    let missing: Vec<_> = listed
        .values()
        .flatten()
        .filter(|test| !sources.contains(&format!("fn {test}()")))
        .collect();
    assert!(
        without.is_empty(),
        "mechanisms without known answers: {without:?}"
    );
    assert!(strangers.is_empty(), "no mechanism has the name: {strangers:?}");
    assert!(missing.is_empty(), "no test has the name: {missing:?}");
}

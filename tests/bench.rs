//! `vhsm bench` as a user runs it. The module under test is named in `VHSM_TEST_MODULE`; without one, only
//! what needs no module is tested.
#![cfg(feature = "program")]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test reads the environment that it was given, says what it skips, and fails by panics"
)]

use std::process::{Command, Output};

fn vhsm(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vhsm"))
        .args(arguments)
        .output()
        .unwrap()
}

fn module() -> Option<String> {
    let module = std::env::var("VHSM_TEST_MODULE").ok();
    if module.is_none() {
        eprintln!("skipped: VHSM_TEST_MODULE names no module");
    }
    module
}

#[test]
fn list_shows_the_rows_that_fit_the_filter() {
    let output = vhsm(&["bench", "--list", "--filter", "Sign RSA"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.lines().all(|line| line.starts_with("sign rsa")) && text.lines().count() == 6,
        "{text}"
    );
}

/// Of every family the list has a row.
#[test]
fn every_family_has_rows() {
    let output = vhsm(&["bench", "--list"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for name in [
        "digest sha3-256 64 B",
        "sign ml-dsa-65",
        "verify ml-dsa-65",
        "sign slh-dsa-sha2-128f",
        "sign dsa-2048",
        "sign ecdsa brainpoolp256r1",
        "encrypt chacha20-poly1305 1 KiB",
        "decrypt aes-ccm 1 KiB",
        "encrypt aes-xts 1 KiB",
        "derive hkdf-sha256",
        "derive x25519",
        "encapsulate ml-kem-768",
        "decapsulate ml-kem-768",
        "payment retail mac 64 B",
        "payment tr-31 d unwrap",
        "payment variant lmk unwrap",
        "payment lmk key block unwrap",
        "payment rsa-2048 transport unwrap",
        "payment ecdh p-256 transport unwrap",
    ] {
        assert!(text.lines().any(|line| line == name), "{name}: {text}");
    }
}

#[test]
fn new_families_are_measured_beside_their_bare_primitives() {
    let Some(module) = module() else { return };
    let bare = [
        "sha3-256 64 b",
        "sign ml-dsa-65",
        "ml-kem-768",
        "chacha20-poly1305 16 b",
        "aes-ccm 16 b",
    ];
    let all = [
        &bare[..],
        &["derive", "sign dsa", "sign ecdsa brainpool", "aes-xts 16 b"],
    ]
    .concat();
    let mut arguments = vec!["bench", "--module", &module, "--bare", "--json"];
    arguments.extend(["--seconds", "0.02", "--rounds", "1"]);
    arguments.extend(all.iter().flat_map(|filter| ["--filter", filter]));
    let output = vhsm(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = results["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1 + 1 + 2 + 2 + 2 + 2 + 1 + 1 + 2);
    for row in rows {
        let name = row["name"].as_str().unwrap();
        let has = |at: usize| {
            row["cells"][at]["median"]
                .as_f64()
                .is_some_and(|median| median > 0.0)
        };
        assert!(has(0), "{row}");
        assert!(
            has(1) || !bare.iter().any(|filter| name.to_lowercase().contains(filter)),
            "{row}"
        );
    }
}

#[test]
fn a_filter_that_fits_nothing_is_an_error_with_a_remedy() {
    let output = vhsm(&["bench", "--filter", "no such row"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--list"));
}

#[test]
fn no_row_searches_among_no_objects() {
    let output = vhsm(&["bench", "--list", "--objects", "0,3", "--filter", "among"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = |words: &str| text.lines().filter(|line| line.contains(words)).count();
    assert_eq!((rows("among 0"), rows("among 3")), (4, 6), "{text}");
    assert!(
        text.lines()
            .all(|line| !line.starts_with("find") || line.ends_with("among 3"))
    );
    let output = vhsm(&["bench", "--objects", "0", "--filter", "find"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: among 0 objects there is none to find\n  help: give --objects a larger number\n"
    );
}

#[test]
fn a_file_that_is_no_module_is_an_error() {
    let output = vhsm(&["bench", "--module", "/dev/null"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .starts_with("error: /dev/null: ")
    );
}

#[test]
fn two_modules_are_compared_and_the_result_is_json() {
    let Some(module) = module() else { return };
    let filters = [
        "--filter",
        "hmac-sha256 32",
        "--filter",
        "among",
        "--filter",
        "on token",
    ];
    let settings = [
        "--seconds",
        "0.02",
        "--rounds",
        "2",
        "--objects",
        "3,5",
        "--threads",
        "2",
        "--json",
    ];
    let mut arguments = vec!["bench", "--module", &module, "--module", &module];
    arguments.extend(filters.iter().chain(&settings));
    let output = vhsm(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = results["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1 + 2 * 6 + 2);
    for row in rows {
        for cell in row["cells"].as_array().unwrap() {
            assert!(
                cell["median"].as_f64().is_some_and(|median| median > 0.0),
                "{row}"
            );
        }
    }
}

#[test]
fn a_token_without_objects_is_measured_and_the_skipped_searches_are_named() {
    let Some(module) = module() else { return };
    let arguments = [
        "bench",
        "--module",
        &module,
        "--seconds",
        "0.02",
        "--rounds",
        "1",
        "--objects",
        "0,3",
        "--filter",
        "among",
    ];
    let output = vhsm(&arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for name in ["find by label among 0", "find by id among 0"] {
        let skipped = format!("{name}: skipped, among 0 objects there is none to find");
        assert!(text.lines().any(|line| line == skipped), "{text}");
    }
    let output = vhsm(&[&arguments[..], &["--json"]].concat());
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results["skipped"].as_array().unwrap().len(), 2);
    let rows = results["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4 + 6);
    for row in rows {
        assert!(
            row["cells"][0]["median"]
                .as_f64()
                .is_some_and(|median| median > 0.0),
            "{row}"
        );
    }
}

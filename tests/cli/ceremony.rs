//! `vhsm lmk` and `vhsm key`: keys under the published TEST LMKs, and what ceremonies leave.

use std::process::Command;

use super::{Program, parsed, transcript_with};

const PIN: &[(&str, &str)] = &[("VHSM_SO_PIN", "so-pin"), ("VHSM_PIN", "user-pin")];

#[test]
fn ceremonies_make_the_published_keys_and_leave_nothing_when_given_up() {
    transcript_with("ceremony.trycmd", PIN, |configuration| {
        let made = Command::new(env!("CARGO_BIN_EXE_vhsm"))
            .args(["token", "init", "--label", "demo"])
            .env("VHSM_CONF", configuration)
            .envs(PIN.iter().copied())
            .output()
            .unwrap();
        assert!(made.status.success());
    });
}

/// A token with the TEST LMKs.
fn with_test_keys() -> Program {
    let program = Program::new();
    program.works("token init --label demo");
    program.works("lmk load-test");
    program
}

fn labels(program: &Program) -> Vec<String> {
    let listed = parsed(&program.works("--json object list"));
    let label = |object: &serde_json::Value| object["CKA_LABEL"].as_str().unwrap_or_default().to_owned();
    let mut labels: Vec<_> = listed.as_array().unwrap().iter().map(label).collect();
    labels.sort();
    labels
}

/// What tests of the module know of keys under the variant TEST LMK, with the source of each.
const UNDER_TEST_LMK: &str = include_str!("../vectors/payment/thales_lmk_variant.json");

/// One key under 18 key types, in the schemes U and X: the check value is the published one, and what leaves is what came.
#[test]
fn keys_under_the_test_lmk_come_in_with_the_published_check_value_and_leave_as_they_came() {
    let program = with_test_keys();
    let vectors = parsed(UNDER_TEST_LMK)["vectors"].as_array().unwrap().clone();
    let of_one_key = vectors
        .iter()
        .filter(|vector| vector["key"] == "0123456789ABCDEFFEDCBA9876543210");
    let mut seen = std::collections::BTreeSet::new();
    for vector in of_one_key {
        let (code, text) = (
            vector["type"].as_str().unwrap(),
            vector["encrypted"].as_str().unwrap(),
        );
        if !text.starts_with(['U', 'X']) || !seen.insert((code, text)) {
            continue;
        }
        let (label, scheme) = (format!("key-{}", seen.len()), &text[..1]);
        let command = format!(
            "--json key import --lmk 00 --key-type {code} --exportability S --check 08D7B4 --label {label} {text}"
        );
        assert_eq!(parsed(&program.works(&command))["check_value"], vector["kcv"]);
        let command = format!("--json key export --lmk 00 --key-type {code} --scheme {scheme} {label}");
        assert_eq!(parsed(&program.works(&command))["wrapped"], text);
    }
    assert_eq!(seen.len(), 36);
}

/// What goes out in each form comes in again with its check value, and with what the form tells.
#[test]
fn a_key_goes_out_and_comes_in_again_in_every_form() {
    let program = with_test_keys();
    for (usage, algorithm, label) in [
        ("K0", "3des", "zmk"),
        ("K1", "aes --length 256", "kbpk"),
        ("52", "aes --length 256", "zmk-aes"),
    ] {
        program.works(&format!(
            "key generate --usage {usage} --mode B --algorithm {algorithm} --label {label}"
        ));
    }
    let made = "--json key generate --usage D0 --mode B --key-version 07 --exportability S --label";
    let (double, triple) = (format!("{made} double"), format!("{made} triple --length 192"));
    let aes = format!("{made} aes --algorithm aes --length 256");
    let value_of = |command: &str| parsed(&program.works(command))["check_value"].clone();
    let values = [
        ("double", value_of(&double)),
        ("triple", value_of(&triple)),
        ("aes", value_of(&aes)),
    ];
    let mut count = 0;
    for (label, form, has_header) in [
        ("double", "--lmk 00 --key-type 00A", false),
        ("double", "--lmk 00 --key-type 00A --scheme X", false),
        ("triple", "--lmk 00 --key-type 00B", false),
        ("triple", "--lmk 00 --key-type 00B --scheme Y", false),
        ("double", "--lmk 01", true),
        ("triple", "--lmk 02", true),
        ("aes", "--lmk 02 --scheme S", true),
        ("double", "--zmk zmk --scheme U", false),
        ("double", "--zmk zmk --scheme X --atalla 3", false),
        ("triple", "--under zmk --scheme T", false),
        ("triple", "--under zmk --scheme Y", false),
        ("double", "--zmk zmk", true),
        ("double", "--zmk zmk --block-version C", true),
        ("double", "--zmk zmk --scheme S", true),
        ("aes", "--under kbpk", true),
        ("aes", "--under kbpk --block-version E", true),
        ("aes", "--under zmk-aes --scheme S", true),
    ] {
        let out = parsed(&program.works(&format!("--json key export {form} {label}")));
        let (_, value) = values.iter().find(|(known, _)| *known == label).unwrap();
        assert_eq!(out["check_value"], *value, "{form}");
        let words: Vec<_> = form.split(' ').collect();
        let kept = words
            .chunks(2)
            .filter(|pair| !["--scheme", "--block-version"].contains(&pair[0]));
        let under = kept.map(|pair| pair.join(" ")).collect::<Vec<_>>().join(" ");
        let usage = if has_header || under.contains("--lmk") {
            ""
        } else {
            " --usage D0"
        };
        let text = out["wrapped"].as_str().unwrap();
        count += 1;
        let command = format!("--json key import {under}{usage} --label back-{count} {text}");
        let back = parsed(&program.works(&command));
        assert_eq!(back["check_value"], *value, "{form}");
        assert_eq!(back["usage"], "D0", "{form}");
        let (mode, exportability) = match has_header {
            true => (Some("B"), "S"),
            false => (None, "N"),
        };
        assert_eq!(back["mode_of_use"].as_str(), mode, "{form}");
        assert_eq!(back["exportability"], exportability, "{form}");
        if has_header {
            assert_eq!(back["key_version"], "07", "{form}");
        }
    }
}

#[test]
fn a_key_that_cannot_be_printed_is_not_made() {
    let program = with_test_keys();
    let before = labels(&program);
    for (form, why) in [
        ("--lmk 00 --key-type 001", "another key type code"),
        ("--lmk 00", "has a key type code"),
        ("--lmk 00 --key-type 002 --exportability E", "in key blocks only"),
        (
            "--lmk 00 --key-type 002 --exportability N",
            "CKA_EXTRACTABLE is FALSE",
        ),
        ("--lmk 02 --scheme U", "do not go under an LMK of the kind aes"),
        ("--lmk 55", "there is no LMK 55"),
        ("--zmk gone", "there is no secret key"),
        ("--length 111", "have no 111 bits"),
    ] {
        let (code, _, error) = program.run(&format!("key generate --usage V2 --label pvk {form}"));
        assert!(code == 1 || code == 3, "{form}");
        assert!(error.contains(why) && error.contains("help: "), "{form}: {error}");
        assert_eq!(labels(&program), before, "{form}");
    }
    let made = parsed(&program.works("--json key generate --usage V2 --label pvk --lmk 00 --key-type 002"));
    assert_eq!(made["exportability"], "S");
    assert!(made["wrapped"].as_str().unwrap().starts_with('U'));
}

/// The components that were shown make the key that was stored, and nobody's component is there twice.
#[test]
fn what_custodians_noted_makes_the_key_again() {
    let program = with_test_keys();
    for (label, kind) in [
        ("double", "--algorithm 3des"),
        ("triple", "--algorithm 3des --length 192"),
        ("aes", "--algorithm aes --length 256"),
        ("hmac", "--algorithm hmac --usage M7"),
    ] {
        let kind = match kind.contains("--usage") {
            true => kind.to_owned(),
            false => format!("{kind} --usage K0"),
        };
        let entries = program.directory.path().join("entries");
        std::fs::write(&entries, "\n".repeat(6)).unwrap();
        let entry_file = format!("--custodians 3 --entry-file {}", entries.display());
        let shown = program.works(&format!(
            "key components split {kind} --label {label} {entry_file}"
        ));
        let of = |name: &str| -> Vec<String> {
            let lines = shown.lines().filter_map(|line| line.strip_prefix(name));
            lines.map(|value| value.replace(' ', "")).collect()
        };
        let (components, values) = (of("component "), of("check value "));
        assert_eq!((components.len(), values.len()), (3, 4));
        let mut typed = String::new();
        for (component, value) in components.iter().zip(&values) {
            typed += &format!("{component}\n{value}\n");
        }
        std::fs::write(&entries, typed + "yes\n").unwrap();
        let command = format!(
            "--json key components combine {kind} --label again-{label} --check {} {entry_file}",
            values[3]
        );
        assert_eq!(
            parsed(&program.works(&command))["check_value"].as_str(),
            Some(&*values[3])
        );
    }
}

#[test]
fn a_custodian_who_gives_up_leaves_nothing_and_no_component_is_told_in_errors() {
    let program = with_test_keys();
    let before = labels(&program);
    let entries = program.directory.path().join("entries");
    let component = "0123456789ABCDEFFEDCBA9876543210";
    let not_hexadecimal = component.replace('F', "G");
    let entry_file = format!("--entry-file {}", entries.display());
    for (command, typed) in [
        (
            "key components split --usage K0 --label x --custodians 2",
            "\n\n\nquit\n".to_owned(),
        ),
        (
            "key components split --usage K0 --label x --custodians 2",
            "\n\n".to_owned(),
        ),
        (
            "key components combine --usage K0 --label x --custodians 2",
            format!("{component}\nyes\n"),
        ),
        (
            "key components combine --usage K0 --label x --custodians 2",
            format!("{component}\nno\n"),
        ),
        (
            "key components combine --usage K0 --label x --custodians 2",
            format!("{not_hexadecimal}\n"),
        ),
        (
            "lmk load --kind aes --id 05 --components 2",
            format!("{component}{component}\nyes\nQ\n"),
        ),
        ("lmk load --kind aes --id 05 --components 2", String::new()),
    ] {
        std::fs::write(&entries, typed).unwrap();
        let (code, _, error) = program.run(&format!("{command} {entry_file}"));
        assert_eq!(code, 5, "{error}");
        assert!(
            error.contains("given up") && error.contains("nothing was stored"),
            "{error}"
        );
        assert!(!error.contains(&component[..8]), "{error}");
        assert_eq!(labels(&program), before, "{command}");
    }
}

/// Under the old LMK in, under the new one out.
#[test]
fn keys_move_from_a_retired_lmk_to_its_successor() {
    let program = with_test_keys();
    program.works("lmk retire --id 00 --yes");
    let (code, _, error) = program.run("lmk retire --id 00 --yes");
    assert!(
        code == 3 && error.contains("there is no current LMK 00") && error.contains("--old"),
        "{error}"
    );
    program.works("lmk generate --kind variant --id 00");
    let import = "key import --lmk 00 --key-type 001 --exportability S --label zpk";
    let text = "U063A0E7C0F2124E56192A4510F395ED7";
    program.works(&format!("{import} --old {text}"));
    let moved = parsed(&program.works("--json key export --lmk 00 --key-type 001 zpk"));
    let moved = moved["wrapped"].as_str().unwrap();
    assert_ne!(moved, text);
    let back = format!("--json key import --lmk 00 --key-type 001 --check 08D7B4 --label back {moved}");
    program.works(&back);
}

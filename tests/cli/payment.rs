//! The calculators on keys of a token, whose values they never show, and key blocks there and back.

use std::collections::HashMap;

use vhsm::attribute::{RawAttribute, RawValue};
use vhsm::ck::*;
use vhsm::config::Config;
use vhsm::module::Module;

use crate::{Program, parsed};

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const AES_KEY: &str = "FEDCBA9876543210F1F1F1F1F1F1F1F1";
const AES_KBPK: &str = "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6";
/// Of odd parity, unlike the next.
const SOUND: &str = "89E98CF7921545F234BC7546FD3E380D";
const DES_KBPK: &str = "DD7515F2BFC17F85CE48F3CA25CB21F6";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// A token with keys that are labelled as their usage is, and `more` in the configuration.
fn program(more: &str) -> Program {
    let program = Program::new();
    let path = program.directory.path().join("vhsm.toml");
    let text = std::fs::read_to_string(&path).unwrap() + more;
    std::fs::write(&path, text).unwrap();
    program.works("token init --label demo");
    let module = Module::new(Config::from_file(&path).unwrap()).unwrap();
    let slot = module.token_summaries().unwrap().0.first().unwrap().slot;
    let flags = sys::CKF_SERIAL_SESSION | sys::CKF_RW_SESSION;
    let session = module.open_session(slot, flags).unwrap();
    module.login(session, UserType::User, b"user-pin").unwrap();
    for (label, key_type, value, usage, mode) in [
        ("bdk", CKK_DES2, KEY, "B0", "X"),
        ("bdk-aes", CKK_AES, AES_KEY, "B0", "X"),
        ("imk", CKK_DES2, KEY, "E0", "X"),
        ("pvk", CKK_DES2, KEY, "V1", "C"),
        ("zpk", CKK_DES2, KEY, "P0", "B"),
        ("kbpk", CKK_AES, AES_KBPK, "K1", "B"),
    ] {
        let attribute = |attribute, value: &[u8]| RawAttribute {
            attribute,
            value: RawValue::Bytes(value.into()),
        };
        let template = [
            attribute(CKA_CLASS, &CKO_SECRET_KEY.0.to_ne_bytes()),
            attribute(CKA_KEY_TYPE, &key_type.0.to_ne_bytes()),
            attribute(CKA_VALUE, &bytes(value)),
            attribute(CKA_LABEL, label.as_bytes()),
            attribute(CKA_TOKEN, &[1]),
            attribute(CKA_SENSITIVE, &[1]),
            attribute(CKA_EXTRACTABLE, &[u8::from(label == "zpk")]),
            attribute(CKA_VHSM_KEY_USAGE, usage.as_bytes()),
            attribute(CKA_VHSM_MODE_OF_USE, mode.as_bytes()),
        ];
        module.create_object(session, &template).unwrap();
    }
    program
}

#[test]
fn keys_of_a_token_are_told_by_check_values_only() {
    let program = program("");
    // The check values are those of the published keys, as of test keys in the clear.
    for (of_token, in_the_clear) in [
        (
            "payment dukpt --key bdk FFFF9876543210E00001",
            format!("payment dukpt --clear-test-key {KEY} FFFF9876543210E00001"),
        ),
        (
            "payment dukpt --key bdk-aes 123456789012345600000001",
            format!("payment dukpt --clear-test-key {AES_KEY} 123456789012345600000001"),
        ),
    ] {
        let told = parsed(&program.works(&format!("--json {of_token}")));
        let clear = parsed(&program.works(&format!("--json {in_the_clear}")));
        let (told, clear) = (
            told["keys"].as_array().unwrap(),
            clear["keys"].as_array().unwrap(),
        );
        assert!(told.len() == clear.len() && told.len() >= 6);
        for (told, clear) in told.iter().zip(clear) {
            assert_eq!(told["check_value"], clear["check_value"]);
            assert!(told.get("value").is_none() && clear["value"].is_string());
        }
        assert!(!program.works(of_token).contains("VALUE  "), "{of_token}");
    }
    let data = "0000000040000000000000000124800004800001241911050152BF45851800001C06011203A0B800";
    let told = program.works(&format!(
        "payment arqc --key imk --cvn visa-18 --pan 1234567890123456 --atc 001C {data} --csu 00000000 --keys"
    ));
    assert_eq!(
        told,
        "card key check value     BAB02F\nsession key check value  22C810\n\
         cryptogram               7A788EA6B8A3E733\nARPC                     9AF514C1\n"
    );
    // What was derived is gone with the command.
    let listed = parsed(&program.works("--json object list --class secret-key"));
    assert_eq!(listed.as_array().unwrap().len(), 6, "{listed}");
}

#[test]
fn what_a_key_of_a_token_is_not_for_is_refused() {
    let program = program("");
    for (arguments, why) in [
        ("payment dukpt --key zpk FFFF9876543210E00001", "usage"),
        ("payment dukpt --key bdk 123456789012345600000001", "CKK_DES2"),
        (
            "payment dukpt --key bdk --initial-key FFFF9876543210FFFFFF",
            "counter",
        ),
        (
            "payment arqc --key imk --key-is session 00112233445566778899",
            "--key-is",
        ),
        (
            "payment dukpt --key none FFFF9876543210E00001",
            "no such secret key",
        ),
    ] {
        let (code, out, error) = program.run(arguments);
        assert!(
            code != 0 && out.is_empty() && error.contains(why),
            "{arguments}: {error}"
        );
    }
}

#[test]
fn pins_come_out_of_a_token_only_where_the_configuration_has_it_so() {
    let data = "--table 1234567890123456 1122334455667788";
    let block = "payment pin-block --key zpk --pan 4111111111111111";
    let closed = program("");
    let offset = closed.works(&format!("payment ibm3624 --key pvk {data} --clear-test-pin 5635"));
    assert_eq!(offset, "1111\n");
    closed.works(&format!(
        "payment ibm3624 --key pvk {data} --clear-test-pin 5635 --check 1111"
    ));
    let made = closed.works(&format!("{block} --clear-test-pin 1234"));
    for arguments in [
        format!("payment ibm3624 --key pvk {data}"),
        format!("{block} --decode {}", made.trim()),
    ] {
        let (code, out, error) = closed.run(&arguments);
        assert!(code == 1 && out.is_empty(), "{arguments}: {out}");
        assert!(error.contains("`mechanisms.enable`"), "{error}");
    }
    let open = program("[mechanisms]\nenable = [\"CKM_VHSM_PIN_REVEAL\"]\n");
    assert_eq!(open.works(&format!("payment ibm3624 --key pvk {data}")), "4524\n");
    assert_eq!(open.works(&format!("{block} --decode {}", made.trim())), "1234\n");
}

#[test]
fn a_key_goes_into_a_block_of_every_version_and_comes_back() {
    let program = Program::new();
    let target = "3F419E1CB7079442AA37474C2EFBF8B8";
    for (version, protection) in [
        ("A", DES_KBPK),
        ("B", DES_KBPK),
        ("C", DES_KBPK),
        ("D", AES_KBPK),
        ("E", AES_KBPK),
        ("0", DES_KBPK),
        ("1", AES_KBPK),
    ] {
        let block = program.works(&format!(
            "payment key-block encode --block-version {version} --clear-test-key {protection} \
             --wrap-clear-test-key {target} --usage P0 --algorithm T --mode E --key-version 12 --exportability S \
             --optional KS=00604B120F9292800000 --optional LB=seven --check-values key,protection"
        ));
        assert!(block.starts_with(version));
        let told = parsed(&program.works(&format!(
            "--json payment key-block decode --clear-test-key {protection} {}",
            block.trim()
        )));
        for (field, value) in [
            ("usage", "P0: PIN encryption"),
            ("algorithm", "T: triple DES"),
            ("mode of use", "E: encrypt, wrap"),
            ("key version", "12"),
            ("exportability", "S: in any form"),
            ("optional LB", "seven (label)"),
            ("optional KC", "0057C409 (check value of the key)"),
            ("MAC", "right"),
            ("key check value", "57C409"),
            ("key", target),
        ] {
            assert_eq!(told[field], value, "{version}");
        }
    }
}

#[test]
fn a_long_optional_block_and_the_key_of_an_hmac_go_into_a_block() {
    let program = Program::new();
    let label = "x".repeat(300);
    let lmk = "9B71333A13F9FAE72F9D0E2DAB4AD6784718012F9244033F3F26A2DE0C8AA11A";
    let block = program.works(&format!(
        "payment key-block encode --block-version 1 --lmk-id 07 --clear-test-key {lmk} \
         --wrap-clear-test-key 0011223344 --usage M7 --algorithm H --hash sha256 --optional LB={label}"
    ));
    let decode = format!(
        "--json payment key-block decode --clear-test-key {lmk} {}",
        block.trim()
    );
    let told = parsed(&program.works(&decode));
    assert_eq!(told["LMK or reserved"], "07");
    assert_eq!(told["optional LB"], format!("{label} (label)"));
    assert_eq!(told["optional HM"], "21 (hash of HMAC)");
    assert_eq!(told["key"], "0011223344");
}

#[test]
fn blocks_go_between_keys_of_a_token_and_test_keys() {
    let program = program("");
    let of_token =
        program.works("payment key-block encode --key kbpk --wrap zpk --block-version D --exportability E");
    let decode = |by: &str, block: &str| {
        parsed(&program.works(&format!("--json payment key-block decode {by} {}", block.trim())))
    };
    let told = decode("--key kbpk", &of_token);
    assert_eq!(told["key check value"], "08D7B4");
    assert!(told.get("key").is_none(), "{told}");
    // The token's protection key has a published value: so its blocks can be read with that.
    assert_eq!(
        decode(&format!("--clear-test-key {AES_KBPK}"), &of_token)["key"],
        KEY
    );
    let of_test_key = program.works(&format!(
        "payment key-block encode --key kbpk --wrap-clear-test-key {SOUND} --usage P0 --algorithm T --block-version D"
    ));
    let told = decode(&format!("--clear-test-key {AES_KBPK}"), &of_test_key);
    assert_eq!(told["key"], SOUND);
    let under_test_key = program.works(&format!(
        "payment key-block encode --clear-test-key {AES_KBPK} --wrap zpk --block-version D --mode D"
    ));
    let told = decode("--key kbpk", &under_test_key);
    assert_eq!(told["mode of use"], "D: decrypt, unwrap");
    const WEAK: &str = "--usage P0 --algorithm T --wrap-clear-test-key DD7515F2BFC17F85CE48F3CA25CB21F6";
    let lmk = "9B71333A13F9FAE72F9D0E2DAB4AD6784718012F9244033F3F26A2DE0C8AA11A";
    let under_lmk = program.works(&format!(
        "payment key-block encode --clear-test-key {lmk} --lmk-id 03 --wrap zpk --block-version 1 --exportability N"
    ));
    let told = decode(&format!("--clear-test-key {lmk}"), &under_lmk);
    assert_eq!(told["LMK or reserved"], "03");
    assert_eq!(told["key"], KEY);
    // What may not leave does not, and what the key says of itself is not widened.
    for (options, why) in [
        ("--wrap bdk", "CKA_EXTRACTABLE"),
        ("--wrap zpk --usage D0", "can narrow"),
        ("--wrap zpk --mode X", "can narrow"),
        ("--wrap none", "no such secret key"),
        (WEAK, "weak_keys"),
    ] {
        let (code, out, error) = program.run(&format!(
            "payment key-block encode --key kbpk --block-version D {options}"
        ));
        assert!(
            code != 0 && out.is_empty() && error.contains(why),
            "{options}: {error}"
        );
    }
    let listed = parsed(&program.works("--json object list --class secret-key"));
    assert_eq!(listed.as_array().unwrap().len(), 6, "{listed}");
}

fn vectors(text: &str) -> Vec<serde_json::Value> {
    parsed(text).get("vectors").unwrap().as_array().unwrap().clone()
}

#[test]
fn published_blocks_are_decoded_to_their_keys() {
    let program = Program::new();
    let tr31 = vectors(include_str!("../vectors/payment/tr31.json"));
    let thales = vectors(include_str!("../vectors/payment/thales_keyblock.json"));
    let mut decoded = 0;
    for vector in tr31.iter().chain(&thales) {
        let text = |field: &str| vector[field].as_str();
        let protection = text("kbpk").or(text("lmk")).unwrap();
        let (_, out, error) = program.run_on(&[
            "--json",
            "payment",
            "key-block",
            "decode",
            "--clear-test-key",
            protection,
            text("block").unwrap(),
        ]);
        // A test bench shows keys, too, that no token would take.
        let expected = match text("refused") {
            Some("CKR_VHSM_KEY_ALL_ZERO") => Some("00000000000000000000000000000000"),
            Some(_) => None,
            None => text("key"),
        };
        let Some(expected) = expected else {
            assert!(out.is_empty() && !error.is_empty(), "{vector}");
            continue;
        };
        assert!(error.is_empty(), "{vector}: {error}");
        assert_eq!(parsed(&out)["key"], expected, "{vector}");
        decoded += 1;
    }
    assert!(decoded >= 70, "{decoded}");
}

/// The keys that `dukpt` shows, by name.
fn shown(program: &Program, bdk: &str, ksn: &str, more: &[&str]) -> HashMap<String, String> {
    let arguments = ["--json", "payment", "dukpt", "--clear-test-key", bdk, ksn];
    let (code, out, error) = program.run_on(&[&arguments[..], more].concat());
    assert_eq!(code, 0, "{ksn}: {error}");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let keys = parsed(&out).get("keys").unwrap().as_array().unwrap().clone();
    keys.iter()
        .map(|key| (text(&key["name"]), text(&key["value"])))
        .collect()
}

#[test]
fn the_keys_of_published_transactions_with_triple_des_are_shown() {
    const NAMES: [(&str, &str); 6] = [
        ("initial key", "initial_key"),
        ("PIN", "pin_key"),
        ("MAC, request", "mac_request_key"),
        ("MAC, response", "mac_response_key"),
        ("data, request", "data_request_key"),
        ("data, response", "data_response_key"),
    ];
    let program = Program::new();
    let mut compared = 0;
    for vector in vectors(include_str!("../../src/payment/vectors/dukpt_tdes.json")) {
        let text = |field: &str| vector["inputs"][field].as_str();
        // An HSM that takes the counter 0 for MACs is no example of the standard's.
        let (Some(bdk), Some(ksn)) = (
            text("bdk"),
            text("ksn").filter(|ksn| *ksn != "FFFF0000000000000000"),
        ) else {
            continue;
        };
        let keys = shown(&program, bdk, ksn, &[]);
        for (name, field) in NAMES {
            if let Some(value) = vector["expected"][field].as_str() {
                assert_eq!(keys[name], value, "{vector}: {name}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 100, "{compared}");
}

#[test]
fn the_keys_of_published_transactions_with_aes_are_shown() {
    const NAMES: [(&str, &str); 9] = [
        ("pin", "PIN"),
        ("mac_gen", "MAC, generation"),
        ("mac_verify", "MAC, verification"),
        ("mac_both", "MAC, both ways"),
        ("data_enc", "data, encryption"),
        ("data_dec", "data, decryption"),
        ("data_both", "data, both ways"),
        ("kek", "key encryption"),
        ("derivation", "key derivation"),
    ];
    const ALGORITHMS: [(&str, &str); 8] = [
        ("2tdea", "2tdea"),
        ("3tdea", "3tdea"),
        ("aes128", "aes-128"),
        ("aes192", "aes-192"),
        ("aes256", "aes-256"),
        ("hmac128", "hmac-128"),
        ("hmac192", "hmac-192"),
        ("hmac256", "hmac-256"),
    ];
    let program = Program::new();
    let mut compared = 0;
    for vector in vectors(include_str!("../../src/payment/vectors/dukpt_aes.json")) {
        let text = |field: &str| vector["inputs"][field].as_str();
        let (Some(bdk), Some(ksn), Some(wanted)) =
            (text("bdk"), text("ksn"), vector["expected"]["keys"].as_object())
        else {
            continue;
        };
        for (algorithm, option) in ALGORITHMS {
            let of_algorithm: Vec<_> = wanted
                .iter()
                .filter_map(|(key, value)| Some((key.strip_suffix(algorithm)?.strip_suffix('/')?, value)))
                .collect();
            if of_algorithm.is_empty() {
                continue;
            }
            let keys = shown(&program, bdk, ksn, &["--algorithm", option]);
            for (usage, value) in of_algorithm {
                let (_, name) = NAMES.iter().find(|(known, _)| *known == usage).unwrap();
                let name = match ksn.ends_with("FFFFFFFF") {
                    true => "update of the initial key",
                    false => name,
                };
                assert_eq!(keys[name], *value, "{vector}: {usage}/{algorithm}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 150, "{compared}");
}

#[test]
fn published_pins_and_offsets_of_ibm_3624_are_shown() {
    let program = Program::new();
    let mut compared = 0;
    for vector in vectors(include_str!("../../src/payment/vectors/ibm3624.json")) {
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        let text = |field: &str| inputs[field].as_str();
        let (Some(pvk), Some(table), Some(validation), Some(pin)) =
            (text("pvk"), text("dectab"), text("validation_data"), text("pin"))
        else {
            continue;
        };
        let length = pin.len().to_string();
        let arguments = [
            "payment",
            "ibm3624",
            "--clear-test-key",
            pvk,
            "--table",
            table,
            validation,
            "--length",
            &length,
        ];
        for (value, more) in [("offset", &["--clear-test-pin", pin][..]), ("natural_pin", &[])] {
            if let Some(expected) = expected[value].as_str() {
                let (_, out, error) = program.run_on(&[&arguments[..], more].concat());
                assert_eq!(out.trim(), expected, "{vector}: {error}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 15, "{compared}");
}

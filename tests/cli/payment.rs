//! The calculators on keys of a token, whose values they never show, and key blocks there and back.

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
    let slot = module.token_summaries().unwrap().0[0].slot;
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
            ("exportability", "S: under any key"),
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

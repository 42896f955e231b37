//! Keys under an old LMK and a new one, through messages.

use std::sync::Arc;

use crate::attribute::RawAttribute;
use crate::ck::*;
use crate::config::{Config, HeaderlessKeys, LocalMasterKeys};
use crate::module::Module;
use crate::payment::lmk::test_keys::{TEST_AES, TEST_DES3, TEST_VARIANT};
use crate::payshield::authorised::Authorised;
use crate::payshield::call::{attribute, flag};
use crate::payshield::host::Host;
use crate::payshield::settings::Settings;

fn bytes(digits: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(digit).collect()
}

fn lmk(id: &str, value: &str, old: bool) -> Vec<RawAttribute> {
    vec![
        attribute(CKA_CLASS, &CKO_SECRET_KEY.0.to_ne_bytes()),
        attribute(CKA_KEY_TYPE, &CKK_VHSM_LMK.0.to_ne_bytes()),
        attribute(CKA_LABEL, id.as_bytes()),
        attribute(CKA_VALUE, &bytes(value)),
        attribute(CKA_VHSM_LMK_ID, id.as_bytes()),
        flag(CKA_TOKEN, true),
        flag(CKA_VHSM_LMK_OLD, old),
    ]
}

/// A server whose old LMKs are the TEST keys: 00 the variant LMK and 01 the key block LMK of triple DES. The new ones are a
/// key block LMK of AES (00, 01), and a variant LMK (02) beside an old variant LMK.
fn host(home: &std::path::Path, authorised: Authorised, enabled: &[&str]) -> Host {
    let mut config = Config::in_data_dir(home);
    (config.pin.argon2_memory_kib, config.pin.argon2_iterations) = (64, 1);
    config.payment.headerless_keys = HeaderlessKeys::Template;
    config.payment.local_master_keys = LocalMasterKeys::Any;
    config.mechanisms.enable = enabled.iter().map(ToString::to_string).collect();
    let module = Arc::new(Module::new(config).unwrap());
    let slot = module.create_token(b"12345678", &[b' '; 32]).unwrap();
    let session = module
        .open_session(slot, sys::CKF_SERIAL_SESSION | sys::CKF_RW_SESSION)
        .unwrap();
    module.login(session, UserType::So, b"12345678").unwrap();
    module.init_pin(session, b"user-pin").unwrap();
    module.logout(session).unwrap();
    module.login(session, UserType::User, b"user-pin").unwrap();
    let mut other = TEST_VARIANT.to_owned();
    // Pairs 04-05 and 06-07 change places.
    let (third, fourth) = (TEST_VARIANT[64..96].to_owned(), TEST_VARIANT[96..128].to_owned());
    other.replace_range(64..96, &fourth);
    other.replace_range(96..128, &third);
    for (id, value, old) in [
        ("00", TEST_VARIANT, true),
        ("01", TEST_DES3, true),
        ("02", TEST_VARIANT, true),
        ("00", TEST_AES, false),
        ("01", TEST_AES, false),
        ("02", &other, false),
    ] {
        module.create_object(session, &lmk(id, value, old)).unwrap();
    }
    module.close_session(session).unwrap();
    let settings = (Settings::default(), authorised);
    Host::new(module, slot, b"user-pin", &[], settings).unwrap()
}

fn ask(host: &Host, message: &str) -> String {
    String::from_utf8(ask_bytes(host, message.as_bytes())).unwrap()
}

fn ask_bytes(host: &Host, message: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    let worker = host.worker(None).unwrap();
    host.answer(&worker, &[b"0000", message].concat(), &mut answer);
    answer[6..].to_vec()
}

/// A key that OpenSSL made, under the old variant LMK and in a block of the old LMK of triple DES.
#[test]
fn private_keys_go_from_the_old_lmk_to_the_new_one() {
    let vectors = include_str!("../../../tests/vectors/payment/lmk_rsa.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let home = tempfile::tempdir().unwrap();
    let host = host(home.path(), Authorised::all_but_diagnostics(), &[]);
    let blob = vectors["variant"].as_str().unwrap();
    let blob = format!("{:04}{blob}", blob.len());
    let block = format!("FFFFS{}", vectors["blocks"][0]["block"].as_str().unwrap());
    for (key, lmk, header) in [(&blob, "00", "03RS00N0000"), (&block, "01", "03RN00E0001")] {
        let answer = ask(&host, &format!("EM{key}%{lmk}"));
        let moved = answer.strip_prefix("EN00").unwrap();
        assert_eq!((&moved[..6], &moved[10..21]), ("FFFFS1", header));
        let signed = ask_bytes(
            &host,
            format!("EW0601010014what is signed;99{moved}%{lmk}").as_bytes(),
        );
        let signature = bytes(vectors["signature"].as_str().unwrap());
        assert_eq!(signed, [&b"EX000128"[..], &signature].concat());
    }
    assert_eq!(ask(&host, &format!("EM{blob}%01")), "ENA1");
    assert_eq!(ask(&host, &format!("EM{block}%00")), "ENA1");
    assert_eq!(ask(&host, &format!("EM{blob}%02")), "EN49");
    assert_eq!(ask(&host, &format!("EM{}%00", blob.replace("V", "W"))), "EN49");
    assert_eq!(ask(&host, "EM0004abcd%00"), "EN78");
}

/// The example of EU in the public manual: the old LMK is that of the MAC, and the pair of the new one is the same.
#[test]
fn public_keys_go_from_the_old_lmk_to_the_new_one() {
    let home = tempfile::tempdir().unwrap();
    let host = host(home.path(), Authorised::all_but_diagnostics(), &[]);
    let vectors = include_str!("../../../tests/vectors/payment/lmk_rsa.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let key = bytes(vectors["macs"][0]["key"].as_str().unwrap());
    let mac = bytes("530548CE");
    let eu = |mac: &[u8], lmk: &[u8]| ask_bytes(&host, &[b"EU", mac, &key, lmk].concat());
    assert_eq!(eu(&mac, b"%02"), [&b"EV00"[..], &mac].concat());
    assert_eq!(eu(&bytes("530548CF"), b"%02"), b"EV01");
    assert_eq!(eu(&mac, b"%00"), b"EVA1");
    let block = vectors["public_blocks"][0]["block"].as_str().unwrap();
    let moved = ask(&host, &format!("EUS{block}%01"));
    assert_eq!((&moved[..6], &moved[10..20]), ("EV00S1", "02RV00N000"));
    assert_eq!(ask(&host, &format!("EQ{}%01", &moved[4..])), "ER00");
}

#[test]
fn keys_go_from_the_old_lmk_to_the_new_one() {
    let home = tempfile::tempdir().unwrap();
    let host = host(
        home.path(),
        Authorised::all_but_diagnostics(),
        &["CKM_VHSM_KEY_CHECK_VALUE_WHOLE"],
    );
    const ZPK: &str = "U063A0E7C0F2124E56192A4510F395ED7";
    const COMPONENT: &str = "S0007252TBc1E0001C9ED3207A1A79BCA1CAB8C05FEC9429E2232067D1F9E908F15E9DCA7";
    const BLOCK: &str = "S00072P0TB00E0001EA421618B34F5FA1A77F7CF6480111B97CF0FAE7BD77D589EC921EF9";
    assert_eq!(ask(&host, &format!("BW011{ZPK}")), "BX45");
    let moved = ask(&host, &format!("BW011{ZPK}%00#72B00N00!11"));
    assert!(moved.starts_with("BX00S1009672TB00N0000"), "{moved}");
    assert_eq!(&moved[moved.len() - 6..], "08D7B4");
    let key = &moved[4..moved.len() - 6];
    assert_eq!(ask(&host, &format!("BUFFF{key}%00")), "BV0008D7B4");
    let whole = ask(&host, &format!("BWFF1{ZPK};001;0S0%00#P0N00E00!10"));
    assert!(whole.ends_with("08D7B4FB629D0885"), "{whole}");
    let block = ask(&host, &format!("BWFFF{BLOCK}%01"));
    assert!(block.starts_with("BX00S10096P0TB00E0001"), "{block}");
    // Between variant LMKs a key keeps its form, with a tag and without one.
    let variant = ask(&host, &format!("BW011{ZPK}%02"));
    assert_eq!((variant.len(), &variant[..5]), (4 + 33, "BX00U"));
    assert_eq!(
        ask(&host, &format!("BU011{};001%02", &variant[4..])),
        "BV0008D7B4"
    );
    assert_eq!(ask(&host, &format!("BW011{ZPK};0X0%02")).get(..5), Some("BX00X"));
    let untagged = "8B4ECCAE01B4B17AAC951121A98DB14E";
    assert_eq!(ask(&host, &format!("BW011{untagged}%02")).len(), 4 + 32);
    // A key block has its tag whatever the key had.
    let block = ask(&host, &format!("BW011{untagged}%00#72B00N00!11"));
    assert!(block.starts_with("BX00S1009672TB00N0000") && block.ends_with("08D7B4"));
    for (wrong, code) in [
        (format!("BW011{BLOCK}%00"), "BX27"),
        (format!("BWFFF{BLOCK}%00"), "BX44"),
        (format!("BWFFF{BLOCK};FFF%02"), "BX44"),
        (format!("BWFFF{COMPONENT}%01"), "BXA9"),
        (format!("BW011{ZPK}%01#72B00N00"), "BX44"),
        (format!("BW001{ZPK}%00#52B00N00"), "BX10"),
        (format!("BW011{ZPK}%00#C0B00N00"), "BXA6"),
        (format!("BW011{ZPK};0U0%00#72B00N00"), "BX26"),
        (format!("BW011{ZPK}%03"), "BX13"),
        ("BW01".into(), "BX15"),
    ] {
        assert_eq!(ask(&host, &wrong), code, "{wrong}");
    }
    assert_eq!(ask(&host, "BS%02"), "BT00");
    assert_eq!(ask(&host, &format!("BW011{ZPK}%02")), "BX33");
    assert!(ask(&host, &format!("BWFFF{BLOCK}%01")).starts_with("BX00"));
}

/// One table under the TEST keys: that under the LMK of triple DES is a payShield's traffic.
#[test]
fn tables_go_from_the_old_lmk_to_the_new_one() {
    const UNDER_AES: &str = "L0814641674A517725B8FD1B98C0CAA0B";
    let home = tempfile::tempdir().unwrap();
    let host = host(home.path(), Authorised::default(), &[]);
    for (message, answer) in [
        ("LOBB843755659222B5%00", "LP00L0814641674A517725B8FD1B98C0CAA0B"),
        ("LOC9DF59A67019D387%01", "LP00L0814641674A517725B8FD1B98C0CAA0B"),
        ("LOBB843755659222B6%00", "LP25"),
        ("LOC9DF59A67019D387%00", "LP25"),
        ("LOC9DF59A67019D38G%01", "LP15"),
        ("LOC9DF59A67019D38%01", "LP15"),
        ("LOC9DF59A67019D387%03", "LP13"),
    ] {
        assert_eq!(ask(&host, message), answer, "{message}");
    }
    assert_eq!(ask(&host, &format!("LO{UNDER_AES}%00")), "LPA1");
    // Pairs 04 to 07 have changed places, and tables are under another one.
    assert_eq!(ask(&host, "LOBB843755659222B5%02"), "LP00BB843755659222B5");
    assert_eq!(ask(&host, "BS%02"), "BT00");
    assert_eq!(ask(&host, "LOBB843755659222B5%02"), "LP33");
}

/// Keys under LMK 02, of which key types 000 and 001 have changed places.
#[test]
fn what_is_not_authorised_is_refused() {
    const ZMK: &str = "U063A0E7C0F2124E56192A4510F395ED7";
    const ZPK: &str = "U42BBE7D9A0A55D0EBDE055DE2791ACCD";
    let home = tempfile::tempdir().unwrap();
    let host = host(home.path(), Authorised::default(), &[]);
    assert!(ask(&host, "A00001U%02").starts_with("A100"));
    assert_eq!(ask(&host, &format!("BU011{ZPK};001%02")), "BV0008D7B4");
    for (message, code, activity) in [
        ("A00000U%02".to_owned(), "A117", "generate.000.host"),
        ("A00FFFS%00#52A3B00N00".into(), "A117", "generate.52.host"),
        (format!("A01001U0{ZMK}U%02"), "A117", "export.001.host"),
        (format!("A42000U{ZMK}{ZMK}%02"), "A517", "component.000.host"),
        (format!("A6000{ZMK}{ZPK}U%02"), "A717", "import.000.host"),
        (format!("A8001{ZMK}{ZPK}U%02"), "A917", "export.001.host"),
        (format!("GC{ZMK}{ZPK};U01%02"), "GD17", "export.001.host"),
        (format!("BY{ZMK}{ZPK};0U1%02"), "BZ17", "import.000.host"),
        (format!("GY2{ZMK}{ZMK}%02"), "GZ17", "component.000.host"),
        (format!("BU011{ZPK}%02"), "BV17", "kcv.host"),
    ] {
        assert_eq!(ask(&host, &message), code, "{message}");
        host.authorised().authorise(activity.into(), None);
        let answer = ask(&host, &message);
        let still_off = matches!(code, "BV17");
        assert_eq!(answer == code, still_off, "{message}: {answer}");
        host.authorised().cancel();
    }
    // What devices do and is off here.
    assert_eq!(ask(&host, &format!("FA{ZMK}{ZPK}%02")), "FB11");
    host.authorised().authorise("import".into(), None);
    let even = "X0B054DF4A3D0B4947FDF81702D3B28CF";
    assert_eq!(ask(&host, &format!("A6001{ZMK}{even}U%02")), "A711");
    assert_eq!(ask(&host, &format!("FA{ZMK}{even};0U1%02")), "FB11");
}

/// Keys of key blocks are authorised by their usage, in commands of one type of key as in A6 and A8.
#[test]
fn what_is_not_authorised_under_a_key_block_lmk_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let enabled = &["CKM_VHSM_KEY_CHECK_VALUE_WHOLE"];
    let host = host(home.path(), Authorised::all_but_diagnostics(), enabled);
    let zmk = ask(&host, "A00FFFS%00#52A3B00E00");
    let zmk = &zmk[4..zmk.len() - 6];
    // The key under the LMK, and in a block of X9.143 under the ZMK.
    let new_key = |header: &str| {
        let answer = ask(&host, &format!("A01FFFS;0{zmk}R%00#{header}"));
        let (kept, sent) = answer.split_once("RD").unwrap();
        (kept[4..].to_owned(), format!("RD{}", &sent[..sent.len() - 6]))
    };
    let [(pin, _), (tmk, zone), (cvk, _)] = ["72A1N00E00", "51A1B00E00", "C0T2N00E00"].map(new_key);
    host.authorised().cancel();
    for (command, master, key, [code, usage]) in [
        ("GC", zmk, &pin, ["export.001", "export.72"]),
        ("FE", zmk, &tmk, ["export.002", "export.51"]),
        ("AU", zmk, &cvk, ["export.402", "export.C0"]),
        ("AE", &tmk, &tmk, ["export.002", "export.51"]),
        ("BY", zmk, &zone, ["import.000", "import.K0"]),
        ("FC", zmk, &zone, ["import.002", "import.K0"]),
    ] {
        let message = format!("{command}{master}{key}%00");
        host.authorised().authorise(format!("{code}.host"), None);
        assert_eq!(&ask(&host, &message)[2..], "17", "{message}");
        host.authorised().authorise(format!("{usage}.host"), None);
        assert_eq!(&ask(&host, &message)[2..4], "00", "{message}");
        host.authorised().cancel();
    }
}

//! Who may diagnose is told the right cryptogram, on the demonstration token.

use super::demo::Demo;
use super::settings::Settings;

/// A cryptogram of Visa's static keys that is wrong in its first byte: message 98 of
/// tests/vectors/payment/payshield_messages.json, which has the right one beside it.
const WRONG: [&[u8]; 4] = [
    b"0000KQ00U7475636CC30B93B493CF5EA53799EBCC",
    b"#Eg\x89\x01#E\x00\x00\x01\xaa\xbb\xcc\xdd28",
    b"\x00\x00\x00\x01#\x00\x00\x00\x00\x00\x00\x00\x08&\x00\x00\x00\x00\x00\x08",
    b"&\x20\x08\x01&\x00\xaa\xbb\xcc\xddX\x00\x00\x01\x00\x00\x00\x00\x00\x00;eK\xd9\xa0Q4\xe3w",
];
const RIGHT: &[u8] = b"\x64\x4b\xd9\xa0\x51\x34\xe3\x77";

fn answer(diagnoses: bool) -> Vec<u8> {
    let home = tempfile::tempdir().unwrap();
    let host = Demo::default().host(home.path(), Settings::default()).unwrap();
    if diagnoses {
        host.authorised().authorise("diag.host".into(), None);
    }
    let worker = host.worker(None).unwrap();
    let mut out = Vec::new();
    host.answer(&worker, &WRONG.concat(), &mut out);
    out.split_off(2)
}

#[test]
fn the_right_cryptogram_is_told_where_diagnostics_are_authorised_by_name() {
    assert_eq!(answer(false), b"0000KR01");
    assert_eq!(answer(true), [b"0000KR01", RIGHT].concat());
}

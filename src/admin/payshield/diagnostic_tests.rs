//! Who may diagnose is told the right cryptogram, on the demonstration token.

use std::sync::Arc;

use super::demo;
use crate::payshield::authorised::Authorised;
use crate::payshield::host::Host;
use crate::payshield::settings::Settings;

/// A cryptogram of Visa's static keys that is wrong in its first byte: message 98 of
/// tests/vectors/payment/payshield_messages.json, which has the right one beside it.
const WRONG: [&[u8]; 4] = [
    b"0000KQ00U7475636CC30B93B493CF5EA53799EBCC",
    b"#Eg\x89\x01#E\x00\x00\x01\xaa\xbb\xcc\xdd28",
    b"\x00\x00\x00\x01#\x00\x00\x00\x00\x00\x00\x00\x08&\x00\x00\x00\x00\x00\x08",
    b"&\x20\x08\x01&\x00\xaa\xbb\xcc\xddX\x00\x00\x01\x00\x00\x00\x00\x00\x00;eK\xd9\xa0Q4\xe3w",
];
const RIGHT: &[u8] = b"\x64\x4b\xd9\xa0\x51\x34\xe3\x77";

fn answer(authorised: Authorised) -> Vec<u8> {
    let demo = demo::make(false).unwrap();
    let host = Host::new(
        Arc::clone(&demo.module),
        demo.slot,
        demo::USER_PIN,
        &[],
        (Settings::default(), authorised),
    )
    .unwrap();
    let worker = host.worker(None).unwrap();
    let mut out = Vec::new();
    host.answer(&worker, &WRONG.concat(), &mut out);
    drop(worker);
    drop(host);
    demo.module.shutdown();
    out.split_off(2)
}

#[test]
fn the_right_cryptogram_is_told_where_diagnostics_are_authorised_by_name() {
    assert_eq!(answer(Authorised::everything()), b"0000KR01");
    let authorised = Authorised::default();
    authorised.authorise("diag.host".into(), None);
    assert_eq!(answer(authorised), [b"0000KR01", RIGHT].concat());
}

//! What keys in key blocks leave as: the header that a message asks for is held against the key's own. Keys are sealed in
//! Python, all of them 0123456789ABCDEFFEDCBA9876543210 under LMK 01.

use crate::server::Server;

const ZMK: &str = "S0007252TB00E0001F2B37944B3EBD1F8E70AB0B00A2AD9CFDF5B00B992092E988C23EBF3";
const TMK: &str = "S0007251TB00E00012B7F7AD0A39A492A54664BF39A7415BDA43B9A8A1958D465862BDD67";
/// A ZMK of version 05, and a ZPK of exportability S.
const ZMK_05: &str = "S0007252TB05E0001F2B37944B3EBD1F8E70AB0B00A2AD9CFC39CC157CEC50AF28D82C798";
const ZPK: &str = "S0007272TN00S00016A54D4E79E1905CA1C2599660EB30A9CA5517B3ED9D77CD5C51AF4F1";

/// The key of a response, and its header without version and length.
fn sent(server: &Server, message: &str, response: &str) -> (String, String) {
    let answer = server.ask(message);
    let told = answer.strip_prefix(&format!("{response}00"));
    let told = told.unwrap_or_else(|| panic!("{message}: {answer}"));
    let (key, kcv) = told.split_at(told.len() - 6);
    assert_eq!(kcv, "08D7B4", "{message}");
    (key.to_owned(), key[6..17].to_owned())
}

#[test]
fn master_keys_leave_in_blocks_of_the_standard_as_its_key_encryption_keys() {
    let server = Server::start(&[]);
    for (key, own) in [(ZMK, "52"), (TMK, "51")] {
        for version in ["A", "B", "C"] {
            let (block, header) = sent(&server, &format!("A8FFF{ZMK}{key}R%01!{version}"), "A9");
            assert_eq!(header, "K0TB00E0000", "{own} {version}");
            // It comes back as what the block says.
            let (_, back) = sent(&server, &format!("A6FFF{ZMK}{block}S%01"), "A7");
            assert_eq!(back, "K0TB00E0001", "{own} {version}");
        }
        // Thales' own blocks have Thales' codes.
        let (block, header) = sent(&server, &format!("A8FFF{ZMK}{key}S%01"), "A9");
        assert_eq!(header, format!("{own}TB00E00FF"));
        let (_, back) = sent(&server, &format!("A6FFF{ZMK}{block}S%01"), "A7");
        assert_eq!(back, format!("{own}TB00E0001"));
    }
    // A new key as well.
    let answer = server.ask(&format!("A01FFFS;0{ZMK}R%01#52T2B00E00!B"));
    assert!(
        answer.contains("RB00") && answer.contains("K0TB00E00"),
        "{answer}"
    );
}

#[test]
fn a_header_that_is_asked_for_is_no_wider_than_the_keys_own() {
    let server = Server::start(&[]);
    for (scheme, key, header, leaves) in [
        ("R", ZMK, "K0B00E00", "K0TB00E0000"),
        ("R", ZMK, "52B00E00", "K0TB00E0000"),
        ("R", ZMK, "K0D00N00", "K0TD00N0000"),
        ("R", ZMK, "K0B07E00", "K0TB07E0000"),
        ("R", ZMK_05, "K0B05E00", "K0TB05E0000"),
        ("R", ZPK, "72E00E00", "P0TE00E0000"),
        ("R", ZPK, "P0N00S00", "P0TN00S0000"),
        ("S", ZPK, "72E00E00", "72TE00E00FF"),
        ("S", ZPK, "P0B03S00", "P0TB03S00FF"),
    ] {
        let (_, told) = sent(&server, &format!("A8FFF{ZMK}{key}{scheme}%01#{header}"), "A9");
        assert_eq!(told, leaves, "{scheme} {header}");
    }
    // What `&` says goes before.
    let (_, told) = sent(&server, &format!("A8FFF{ZMK}{ZPK}S%01#72B00S00&N"), "A9");
    assert_eq!(told, "72TB00N00FF");
    for (expected, scheme, key, header) in [
        ("A9A6", "R", ZMK, "P0B00E00"),
        ("A9A6", "S", ZMK, "P0B00E00"),
        ("A9A6", "S", ZMK, "K0B00E00"),
        ("A9A6", "R", ZMK, "51B00E00"),
        ("A9A6", "R", ZPK, "71B00E00"),
        ("A9A6", "X", ZPK, "D0B00E00"),
        ("A9A8", "R", ZMK, "K0N00E00"),
        ("A9A8", "R", ZMK, "K0G00E00"),
        ("A9A9", "R", ZMK_05, "K0B00E00"),
        ("A929", "R", ZMK, "K0B00S00"),
    ] {
        let answer = server.ask(&format!("A8FFF{ZMK}{key}{scheme}%01#{header}"));
        assert_eq!(answer, expected, "{scheme} {header}");
    }
}

//! The README session and the unit tests of pythales: the same layouts, and the values that are right.

use crate::server::Server;

const LMK: &str = "DEAFBEEDEAFBEEDEAFBEEDEAFBEEDEAF";

/// Commands of the session whose group is there, of messages.rs' own list.
fn is_there(answer: &[u8]) -> bool {
    !answer.ends_with(b"ZZ15")
}

#[test]
fn the_session_of_its_readme_has_the_same_layout_and_right_values() {
    let server = Server::start(&["--pythales-lmk", LMK]);
    for (request, response) in [
        ("SSSSNC", "SSSSND00F4EDC8DEB67F6E280007-E000"),
        // Its value 3843 comes from a key that was not decrypted; the right one is 9600.
        (
            "SSSSDCUC4ED597EE0C9697104ED399BE6F8B8727336D50C47128D710DF450BCB2C6461B793AE62DFC8D24260140700000001013843",
            "SSSSDD01",
        ),
        (
            "SSSSDCUC4ED597EE0C9697104ED399BE6F8B8727336D50C47128D710DF450BCB2C6461B793AE62DFC8D24260140700000001019600",
            "SSSSDD00",
        ),
        (
            "SSSSECU827E67B59A1D6B8F827E67B59A1D6B8F7336D50C47128D710DF450BCB2C6461BC32F104A6846BD870140700000001013843",
            "SSSSED01",
        ),
        (
            "SSSSECU827E67B59A1D6B8F827E67B59A1D6B8F7336D50C47128D710DF450BCB2C6461BC32F104A6846BD870140700000001019600",
            "SSSSED00",
        ),
        // 640 likewise; the right one is 019.
        (
            "SSSSCYU1C1EB1090681CC9E6003E05217C7077E6404174070000000104;1712201",
            "SSSSCZ01",
        ),
        (
            "SSSSCYU1C1EB1090681CC9E6003E05217C7077E0194174070000000104;1712201",
            "SSSSCZ00",
        ),
        // 670 likewise; the right one is 978.
        (
            "SSSSCWU1C1EB1090681CC9E6003E05217C7077E4575272222567122;2010000",
            "SSSSCX00978",
        ),
        // The check value of the key, not of its cryptogram.
        (
            "SSSSBU021UA97831862E31CCC36E854FE184EE6453",
            "SSSSBV00D21754B7CA9E19E3",
        ),
    ] {
        let answer = server.ask_bytes(request.as_bytes());
        if is_there(&answer) {
            assert_eq!(answer.escape_ascii().to_string(), response, "{request}");
        }
    }
}

#[test]
fn what_ended_it_is_answered() {
    let server = Server::start(&["--pythales-lmk", LMK]);
    for request in ["SSSSXX", "SSSSEC", "SSSSCY", "SSSSDCU12", "SSSS", "S"] {
        let answer = server.ask_bytes(request.as_bytes());
        assert!(answer.ends_with(b"15"), "{request}: {}", answer.escape_ascii());
    }
    assert_eq!(server.ask_bytes(b"SSSSB20002ok"), b"SSSSB300ok");
}

//! A0 derives initial keys of DUKPT under key-block LMKs. Base keys are sealed in Python, check values its `cryptography`'s.

use crate::server::Server;

/// The base key of X9.24-1 under LMK 01: usage B0, modes N and X, usage 44.
const FREE: &str = "S00072B0TN00E000131DA75EF5C4F81CB845AF77D1804C4F671345BB5A8614EA4EACE07C0";
const DERIVES: &str = "S00072B0TX00E000131DA75EF5C4F81CB845AF77D1804C4F671E10B1060EC2A75D32CBFE5";
const FIFTH: &str = "S0007244TN00E0001EBC60F76131AEB0FBCC967B2FEB87833C7060BB36DC26BA34907335C";
/// The base key of X9.24-3 under LMK 02, and ones of 192 and 256 bits.
pub const AES_128: &str =
    "S10096B0AN00E00026EED90C7F148FC570BE8309C118D772F9EC5D88A0411A82E8697443BDD929842C0552884A62FF5A8";
const AES_192: &str =
    "S10096B0AX00E00028A717FD34510EAAE50EED526BEBCCD25E309194C5BF26EFEFCB1AE6A05F433C1C24D327D5F7F049A";
const AES_256: &str = "S10128B0AX00E000248A280CB328132A4EA8A981E69213E13979EA9616123F729E986FFB3CB73018146550F8439700745FC8B850C5E5D351FB52958DAD35499BC";
const KSN: &str = "FFFF9876543210E";
const ID: &str = "1234567890123456";

/// The header of the key that comes, and its check value.
fn made(server: &Server, message: &str) -> (String, String) {
    let answer = server.ask(message);
    let told = answer
        .strip_prefix("A100S")
        .unwrap_or_else(|| panic!("{message}: {answer}"));
    let header = format!("{}{}", &told[..1], &told[5..16]);
    (header, told[told.len() - 6..].to_owned())
}

#[test]
fn initial_keys_are_as_free_as_their_base_keys() {
    let server = Server::start(&[]);
    for (base, number, mode) in [
        (FREE, '1', "N"),
        (FREE, '1', "X"),
        (FREE, '4', "N"),
        (DERIVES, '1', "X"),
        (FIFTH, '5', "N"),
        (FREE, '5', "X"),
    ] {
        let (header, kcv) = made(
            &server,
            &format!("A0AFFFS0{number}{base}{KSN}%01#B1T2{mode}00E00"),
        );
        assert_eq!(header, format!("0B1T{mode}00E0001"), "{number} {mode}");
        assert_eq!(kcv, "AF8C07", "{number} {mode}");
    }
    for (expected, base, header) in [
        ("A1A8", DERIVES, "B1T2N00E00"),
        ("A1A8", FREE, "B1T2B00E00"),
        ("A1A6", FIFTH, "B1T2N00E00"),
        ("A128", FREE, "P0T2N00E00"),
        ("A1A7", FREE, "B1T3X00E00"),
        ("A1A7", FREE, "B1T1X00E00"),
        ("A1A7", FREE, "B1A1X00E00"),
    ] {
        let answer = server.ask(&format!("A0AFFFS01{base}{KSN}%01#{header}"));
        assert_eq!(answer, expected, "{header}");
    }
}

#[test]
fn initial_keys_of_aes_are_as_long_as_their_base_keys() {
    let server = Server::start(&[]);
    for (base, algorithm, mode, kcv) in [
        (AES_128, "A1", "N", "3FB7FE"),
        (AES_128, "A1", "X", "3FB7FE"),
        (AES_192, "A2", "X", "B72677"),
        (AES_256, "A3", "X", "717AB2"),
    ] {
        let (header, told) = made(
            &server,
            &format!("A0AFFFS01{base}{ID}%02#B1{algorithm}{mode}00E00"),
        );
        assert_eq!(header, format!("1B1A{mode}00E0002"), "{algorithm}");
        assert_eq!(told, kcv, "{algorithm}");
    }
    let ask = |number: char, base: &str, id: &str, header: &str| {
        server.ask(&format!("A0AFFFS0{number}{base}{id}%02#{header}"))
    };
    assert_eq!(ask('1', AES_192, ID, "B1A1X00E00"), "A1A7");
    assert_eq!(ask('1', AES_128, ID, "B1T2X00E00"), "A1A7");
    assert_eq!(ask('1', AES_192, ID, "B1A2N00E00"), "A1A8");
    assert_eq!(ask('1', AES_128, &ID[1..], "B1A1X00E00"), "A115");
    assert_eq!(
        ask('1', AES_128, "123456789012345600000001", "B1A1X00E00"),
        "A115"
    );
}

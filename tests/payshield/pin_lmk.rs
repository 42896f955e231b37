//! PINs under the LMK. Their form is the server's own, computed a second time in Python (HMAC with SHA-256, FF1 after NIST
//! SP 800-38G); `plain` is that of simulators.

use crate::pin_translate::{AES_02, ISO_4};
use crate::pin_verify::{
    ACCOUNT, BLOCK, BLOCK_4321, BLOCK_123456, BLOCK_OF_OTHER, IBM_02, PVK, PVK_EVEN, PVK_SINGLE, TABLE,
    TABLE_02, TPK, TRAFFIC_IBM, TRAFFIC_TABLE, VISA_01, ZPK, ZPK_01, ZPK_02, ZPK_EVEN, check, check_cut,
};
use crate::server::Server;

/// 1234 of the account under the LMKs 00 and 01.
pub const PIN: &str = "0509163653150";
const PIN_01: &str = "4582646304708";

#[test]
fn pins_go_under_the_lmk_and_back() {
    let s = Server::start(&[]);
    check(
        &s,
        &[
            (format!("JE{ZPK}{BLOCK}01{ACCOUNT}"), &format!("JF00{PIN}")),
            (format!("JC{TPK}{BLOCK}01{ACCOUNT}"), &format!("JD00{PIN}")),
            (
                format!("JE{ZPK_01}{BLOCK}01{ACCOUNT}%01"),
                &format!("JF00{PIN_01}"),
            ),
            (
                format!("JE{ZPK}4F9ABD367CCED1A703{ACCOUNT}"),
                &format!("JF00{PIN}"),
            ),
            (format!("BA1234FFFFFFFFF{ACCOUNT}"), &format!("BB00{PIN}")),
            (format!("NG{ACCOUNT}{PIN}"), "NH001234FFFFFFFFF"),
            (format!("JG{ZPK}01{ACCOUNT}{PIN}"), &format!("JH00{BLOCK}")),
            (
                format!("JG{ZPK_01}01{ACCOUNT}{PIN_01}%01"),
                &format!("JH00{BLOCK}"),
            ),
            (format!("BE{ZPK}{BLOCK}01{ACCOUNT}{PIN}"), "BF00"),
            (format!("BE{ZPK}{BLOCK_4321}01{ACCOUNT}{PIN}"), "BF01"),
            (format!("BC{TPK}{BLOCK}01{ACCOUNT}{PIN}"), "BD00"),
            (format!("BC{TPK}{BLOCK_123456}01{ACCOUNT}{PIN}"), "BD01"),
            (format!("BQ{ACCOUNT}{PIN}"), &format!("BR00{PIN}")),
            (format!("DG{PVK}{PIN}{ACCOUNT}1"), "DH005111"),
            (format!("DG{VISA_01}{PIN_01}{ACCOUNT}1%01"), "DH005111"),
            (
                format!("DE{PVK}{PIN}04{ACCOUNT}{TABLE}4012345678N0"),
                "DF029026FFFFFFFF",
            ),
            (
                format!("DE{PVK_SINGLE}{PIN}04{ACCOUNT}{TABLE}4012345678N0"),
                "DF002785FFFFFFFF",
            ),
            (
                format!("EE{PVK}9026FFFFFFFF04{ACCOUNT}{TABLE}4012345678N0"),
                &format!("EF02{PIN}"),
            ),
            (
                format!("EE{PVK_SINGLE}2785FFFFFFFF04{ACCOUNT}{TABLE}4012345678N0"),
                &format!("EF00{PIN}"),
            ),
            (
                format!("EE{PVK_SINGLE}2785FFFFFFFF04{ACCOUNT}{TABLE}4012345678N0*020412334321"),
                &format!("EF00{PIN}"),
            ),
        ],
    );
    // Another account, by the command that does only that.
    let moved = s.ask(&format!("QK{PIN}{ACCOUNT}401234567891"));
    let moved = moved.strip_prefix("QL00").unwrap();
    assert_eq!(
        s.ask(&format!("JG{ZPK}01401234567891{moved}")),
        format!("JH00{BLOCK_OF_OTHER}")
    );
}

#[test]
fn pins_under_an_lmk_of_aes_are_blocks() {
    let s = Server::start(&[]);
    let made = s.ask(&format!("JE{ZPK_02}{BLOCK}01{ACCOUNT}%02"));
    let pin = made.strip_prefix("JF00").unwrap().to_owned();
    assert!(pin.starts_with('J') && pin.len() == 33);
    // It has random fill.
    assert_ne!(s.ask(&format!("JE{ZPK_02}{BLOCK}01{ACCOUNT}%02")), made);
    let damaged = pin.replacen(|digit: char| digit.is_ascii_digit(), "A", 1);
    check(
        &s,
        &[
            (format!("JG{ZPK_02}01{ACCOUNT}{pin}%02"), &format!("JH00{BLOCK}")),
            (format!("BE{ZPK_02}{BLOCK}01{ACCOUNT}{pin}%02"), "BF00"),
            (format!("NG{ACCOUNT}{pin}%02"), "NH001234FFFFFFFFF"),
            // The block has the whole number, the PIN under the LMK what all messages have.
            (format!("BE{AES_02}{ISO_4}484012345678909;{pin}%02"), "BF00"),
            (
                format!("DE{IBM_02}{pin}04{ACCOUNT}{TABLE_02}4012345678N0%02"),
                "DF029026FFFFFFFF",
            ),
            (format!("JG{ZPK_02}01{ACCOUNT}{damaged}%02"), "JH14"),
            (format!("JG{ZPK_02}01401234567891{pin}%02"), "JH14"),
            (format!("JG{ZPK_02}01{ACCOUNT}{PIN}%02"), "JHA1"),
            (format!("JG{ZPK}01{ACCOUNT}{pin}"), "JHA1"),
        ],
    );
    let made = s.ask(&format!("JE{AES_02}{ISO_4}484012345678909;%02"));
    let made = made.strip_prefix("JF00").unwrap();
    assert_eq!(s.ask(&format!("NG{ACCOUNT}{made}%02")), "NH001234FFFFFFFFF");
    let block = s.ask(&format!("JG{AES_02}484012345678909;{made}%02"));
    let block = block.strip_prefix("JH00").unwrap();
    assert_eq!(
        s.ask(&format!("BE{AES_02}{block}484012345678909;{pin}%02")),
        "BF00"
    );
    let made = s.ask(&format!("BA123456789012F{ACCOUNT}%02"));
    let made = made.strip_prefix("BB00").unwrap();
    assert_eq!(s.ask(&format!("NG{ACCOUNT}{made}%02")), "NH00123456789012F");
}

#[test]
fn random_pins_are_none_that_are_excluded() {
    let s = Server::start(&[]);
    for (length, digits) in [("", 4), ("04", 4), ("06", 6), ("12", 12)] {
        let pin = s.ask(&format!("JA{ACCOUNT}{length}"));
        let pin = pin.strip_prefix("JB00").unwrap();
        let clear = s.ask(&format!("NG{ACCOUNT}{pin}"));
        assert_eq!(
            clear.strip_prefix("NH00").unwrap().trim_end_matches('F').len(),
            digits
        );
    }
    check(
        &s,
        &[
            (format!("JA{ACCOUNT}03"), "JB24"),
            (format!("JA{ACCOUNT}13"), "JB24"),
            (format!("JA{ACCOUNT}04*0104123"), "JB15"),
        ],
    );
    assert!(s.ask(&format!("JA{ACCOUNT}04*020412344321")).starts_with("JB00"));
}

#[test]
fn refusals_have_their_codes() {
    let s = Server::start(&[]);
    let other = "401234567891";
    check(
        &s,
        &[
            (format!("JE{ZPK_EVEN}{BLOCK}01{ACCOUNT}"), "JF10"),
            (format!("JE{ZPK}{BLOCK_OF_OTHER}01{ACCOUNT}"), "JF20"),
            (format!("JE{ZPK}{BLOCK}34{ACCOUNT}"), "JF23"),
            (format!("JG{ZPK}05{ACCOUNT}{PIN}"), "JH23"),
            (format!("JG{ZPK}03{ACCOUNT}{PIN}"), "JH23"),
            (format!("JG{ZPK}34{ACCOUNT}{PIN}"), "JH23"),
            // Under another account it is no PIN.
            (format!("JG{ZPK}01{other}{PIN}"), "JH14"),
            (format!("BE{ZPK}{BLOCK_OF_OTHER}01{ACCOUNT}{PIN}"), "BF20"),
            (format!("BE{ZPK}{BLOCK}01{ACCOUNT}0509163653151"), "BF14"),
            (format!("NG{other}{PIN}"), "NH14"),
            (format!("DG{PVK}{PIN}{other}1"), "DH14"),
            (format!("DG{PVK_EVEN}{PIN}{ACCOUNT}1"), "DH10"),
            (format!("DG{PVK}{PIN}{ACCOUNT}1*01041234"), "DH86"),
            (
                format!("DE{PVK}{PIN}04{ACCOUNT}0000000000000000{}", "4012345678N0"),
                "DF25",
            ),
            (
                format!("DE{PVK}{PIN}04{ACCOUNT}{TABLE}4012345678N0*01041234"),
                "DF86",
            ),
            (format!("DE{PVK}{PIN}06{ACCOUNT}{TABLE}4012345678N0"), "DF24"),
            (
                format!("EE{PVK}9026FFFFFFFF04{ACCOUNT}{TABLE}4012345678N0*01041234"),
                "EF86",
            ),
            (
                format!("EE{PVK}9026FFFFFFFF04{ACCOUNT}{TABLE}4012345678N0*0104123"),
                "EF15",
            ),
            (format!("LO{TABLE_02}%02"), "LP33"),
            (format!("LO{TABLE}"), "LP33"),
            (format!("LO{}", &TABLE[1..]), "LP15"),
            (format!("BG{ACCOUNT}{PIN}"), "BH33"),
            (format!("BA123FFFFFFFFFF{ACCOUNT}"), "BB24"),
            (format!("BA1234567890123{ACCOUNT}"), "BB24"),
            (format!("BA1234FFFF5FFFF{ACCOUNT}"), "BB15"),
            (format!("NG{ACCOUNT}05091636531"), "NH15"),
            (format!("NG{ACCOUNT}050916365315X"), "NH15"),
        ],
    );
    check_cut(&s, &format!("JG{ZPK}01{ACCOUNT}{PIN}"), "JH");
    check_cut(&s, &format!("BE{ZPK}{BLOCK}01{ACCOUNT}{PIN}"), "BF");
    check_cut(&s, &format!("DG{PVK}{PIN}{ACCOUNT}1"), "DH");
    check_cut(
        &s,
        &format!("EE{PVK}9026FFFFFFFF04{ACCOUNT}{TABLE}4012345678N0"),
        "EF",
    );
}

#[test]
fn lengths_are_those_of_the_configuration() {
    let s = Server::start(&["--pin-length", "4"]);
    check(
        &s,
        &[
            (format!("JE{ZPK}{BLOCK}01{ACCOUNT}"), "JF0001866"),
            (format!("JG{ZPK}01{ACCOUNT}01866"), &format!("JH00{BLOCK}")),
            (format!("NG{ACCOUNT}01866"), "NH001234F"),
            (format!("JE{ZPK}{BLOCK_123456}01{ACCOUNT}"), "JF24"),
        ],
    );
    // A payShield's digits under the TEST LMK 01 differ, its offsets do not.
    let s = Server::start(&["--pin-length", "6"]);
    let derived = s.ask(&format!(
        "EE{TRAFFIC_IBM}309783FFFFFF06850103093936{TRAFFIC_TABLE}50103093936N%01"
    ));
    let pin = derived.strip_prefix("EF02").unwrap();
    assert_eq!(pin.len(), 7);
    let offset = s.ask(&format!(
        "DE{TRAFFIC_IBM}{pin}06850103093936{TRAFFIC_TABLE}50103093936N%01"
    ));
    assert_eq!(offset, "DF02309783FFFFFF");
}

#[test]
fn plain_pins_are_those_of_simulators() {
    let s = Server::start(&["--lmk-pin", "plain"]);
    check(
        &s,
        &[
            (format!("JE{ZPK}{BLOCK}01{ACCOUNT}"), "JF0001234"),
            (format!("JE{ZPK_02}{BLOCK}01{ACCOUNT}%02"), "JF0001234"),
            (format!("JG{ZPK}01{ACCOUNT}01234"), &format!("JH00{BLOCK}")),
            (format!("BE{ZPK}{BLOCK}01{ACCOUNT}01234"), "BF00"),
            (format!("BE{ZPK}{BLOCK}01{ACCOUNT}04321"), "BF01"),
            (format!("BA1234F{ACCOUNT}"), "BB0001234"),
            (
                format!("EE{PVK}9026FFFFFFFF04{ACCOUNT}{TABLE}4012345678N0"),
                "EF0201234",
            ),
            (
                format!("DE{PVK}0123404{ACCOUNT}{TABLE}4012345678N0"),
                "DF029026FFFFFFFF",
            ),
            (format!("QK01234{ACCOUNT}401234567891"), "QL0001234"),
            (format!("JG{ZPK}01{ACCOUNT}91234"), "JH14"),
            (format!("JE{ZPK}{BLOCK_123456}01{ACCOUNT}"), "JF24"),
        ],
    );
    // Shorter ones: how many digits are missing, the PIN, zeros.
    let s = Server::start(&["--lmk-pin", "plain", "--pin-length", "6"]);
    check(
        &s,
        &[
            (format!("JE{ZPK}{BLOCK}01{ACCOUNT}"), "JF002123400"),
            (format!("JE{ZPK}{BLOCK_123456}01{ACCOUNT}"), "JF000123456"),
            (format!("JG{ZPK}01{ACCOUNT}2123400"), &format!("JH00{BLOCK}")),
            (format!("JG{ZPK}01{ACCOUNT}2123401"), "JH14"),
        ],
    );
}

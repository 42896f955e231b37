//! PIN translation: blocks computed with Python's `cryptography` (ISO 9564-1), and traffic of a payShield.

use crate::home::Home;
use crate::pin_verify::{
    ACCOUNT, BLOCK, BLOCK_123456, BLOCK_OF_OTHER, PVK, TPK, TRAFFIC_TPK, TRAFFIC_ZPK, ZPK, ZPK_01, ZPK_02,
    ZPK_EVEN, check, check_cut,
};
use crate::server::Server;

/// 45454545454545457070707070707070 as ZPK.
pub const OTHER: &str = "U7568FA7C6EB1C8A86F217189686B6C7C";
const OTHER_01: &str = "S0007272TB00E0001093401D7D8AA0B8341343EBCBE39254F17B7CA178BFA6BE5AE9DD68B";
const OTHER_02: &str =
    "S1009672TB00E000256F668FD2961354BD1C3F484C85B6694F9A1E3CEE2278705B32B7BA5B18D77A54B5EC747A522CC7D";
/// 00112233445566778899AABBCCDDEEFF, of AES.
pub const AES_02: &str =
    "S1009672AB00E00023CDA11D783697D15A042452A286BEFE55BB3838AB12287C587D54C3DCA7B9239965260ECBE3AA8A8";
/// 1234 and 123456 of the account in format 01 under the other key.
const MOVED: &str = "DA4AEFE1A5610540";
const MOVED_123456: &str = "04FB0877E123190A";
/// 1234 under the first key in formats 03, 05, 47, and in 04 of another account; in 48 under the AES key.
const IBM_3624: &str = "4F9ABD367CCED1A7";
const ISO_1: &str = "646855A2370347D8";
const ISO_3: &str = "31CEAB4568EBDF06";
const PLUS: &str = "C8850E68F860F050";
const PLUS_ACCOUNT: &str = "000401234567890123";
pub const ISO_4: &str = "CE348B82393A0BADA469B6F2137EB0A0";

#[test]
fn blocks_are_translated() {
    let s = Server::start(&[]);
    let moved = format!("CD0004{MOVED}01");
    let moved = moved.as_str();
    check(
        &s,
        &[
            (format!("CC{ZPK}{OTHER}12{BLOCK}0101{ACCOUNT}"), moved),
            (format!("CC{ZPK_01}{OTHER_01}12{BLOCK}0101{ACCOUNT}%01"), moved),
            (format!("CC{ZPK_02}{OTHER_02}12{BLOCK}0101{ACCOUNT}%02"), moved),
            (format!("CC{ZPK}{OTHER}12{IBM_3624}0301{ACCOUNT}"), moved),
            (format!("CC{ZPK}{OTHER}12{ISO_1}0501{ACCOUNT}"), moved),
            (format!("CC{ZPK}{OTHER}12{ISO_3}4701{ACCOUNT}"), moved),
            (
                format!("CC{AES_02}{OTHER_02}12{ISO_4}48014012345678909;%02"),
                moved,
            ),
            (
                format!("CA{TPK}{OTHER}12{BLOCK}0101{ACCOUNT}"),
                &moved.replace("CD", "CB"),
            ),
            (
                format!("CC{ZPK}{OTHER}12{BLOCK_123456}0101{ACCOUNT}"),
                &format!("CD0006{MOVED_123456}01"),
            ),
            (
                format!("CC{ZPK}{OTHER}06{BLOCK_123456}0101{ACCOUNT}"),
                &format!("CD0006{MOVED_123456}01"),
            ),
            (
                format!("CC{ZPK}{ZPK}12{PLUS}0404{PLUS_ACCOUNT}"),
                &format!("CD0004{PLUS}04"),
            ),
            // Pay Now & Pay Later.
            (
                format!("CC{ZPK}{OTHER}12{BLOCK}0135{ACCOUNT}"),
                "CD000483D41C9E67449E8935",
            ),
            // Traffic: to a BDK, which the header of the key block tells.
            (
                format!(
                    "CA{TRAFFIC_TPK}S00072B0TN00E0001566678078B5337915F4860C92F3FF2D6A6B11E8786F22DC8032EB758A05\
                     FFFF000001315240003A12E57BC634D47179070101600000000000%01"
                ),
                "CB0006741311DA9D5D6C3201",
            ),
            (
                format!("CA{TRAFFIC_TPK}{TRAFFIC_ZPK}12E57BC634D47179070101600000000000%01"),
                "CB0006FC99D994F1D3D3B801",
            ),
            // The ANSI X9.24 example, under a variant LMK.
            (
                format!(
                    "CA{TPK}*U8E3D3E2FD5919657F05A1AA90D32A014A05FFFF9876543210E0000112{BLOCK}0101{ACCOUNT}"
                ),
                "CB00041B9C1845EB993A7A01",
            ),
        ],
    );
    // Formats with random fill are read again.
    let through = |to: &str| {
        let there = s.ask(&format!("CC{ZPK}{OTHER}12{BLOCK}01{to}{ACCOUNT}"));
        let block = there
            .strip_prefix("CD0004")
            .unwrap()
            .strip_suffix(to)
            .unwrap()
            .to_owned();
        s.ask(&format!("CC{OTHER}{ZPK}12{block}{to}01{ACCOUNT}"))
    };
    assert_eq!(through("47"), format!("CD0004{BLOCK}01"));
    let there = s.ask(&format!("CC{ZPK_02}{AES_02}12{BLOCK}01484012345678909;%02"));
    let block = there.strip_prefix("CD0004").unwrap().strip_suffix("48").unwrap();
    let back = s.ask(&format!("CC{AES_02}{ZPK_02}12{block}48014012345678909;%02"));
    assert_eq!(back, format!("CD0004{BLOCK}01"));
}

#[test]
fn translations_that_tell_pins_are_refused() {
    let s = Server::start(&[]);
    check(
        &s,
        &[
            // Down to a format without account, which would undo the binding.
            (format!("CC{ZPK}{OTHER}12{BLOCK}0105{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0103{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0102{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{ISO_3}4705{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0134{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}3501{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{IBM_3624}0335{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0141{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}3401{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{PLUS}0401{PLUS_ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0148{ACCOUNT}9;"), "CD23"),
            // Another account.
            (format!("CC{ZPK}{OTHER}12{BLOCK_OF_OTHER}0101{ACCOUNT}"), "CD20"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0101401234567891"), "CD20"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}4701{ACCOUNT}"), "CD20"),
            (format!("CC{ZPK}{OTHER}04{BLOCK_123456}0101{ACCOUNT}"), "CD24"),
            (format!("CC{ZPK}{OTHER}13{BLOCK}0101{ACCOUNT}"), "CD24"),
        ],
    );
}

/// What "Restrict PIN block usage for PCI HSM compliance" refuses goes without it, if the mechanism is on, too.
#[test]
fn translations_that_tell_pins_go_where_the_configuration_lets_them() {
    let home = Home::new();
    home.configure("restrict_pin_blocks = false");
    home.configure_log();
    let s = Server::spawn(home.command(&[]));
    let down = format!("CC{ZPK}{OTHER}12{BLOCK}0105{ACCOUNT}");
    assert_eq!(s.ask(&down), "CD23");
    let remedy = "it needs mechanisms.enable = [\"CKM_VHSM_PIN_TRANSLATE_ANY\"]";
    assert!(home.log().contains(remedy), "{}", home.log());
    drop(s);
    home.configure_more("[mechanisms]\nenable = [\"CKM_VHSM_PIN_TRANSLATE_ANY\"]\n");
    let s = Server::spawn(home.command(&[]));
    let there = s.ask(&down);
    let block = there.strip_prefix("CD0004").unwrap().strip_suffix("05").unwrap();
    check(
        &s,
        &[
            (
                format!("CC{OTHER}{ZPK}12{block}0501{ACCOUNT}"),
                &format!("CD0004{BLOCK}01"),
            ),
            (
                format!("CC{ZPK}{ZPK}12{BLOCK}0103{ACCOUNT}"),
                &format!("CD0004{IBM_3624}03"),
            ),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0134{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0141{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}3501{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{PLUS}0401{PLUS_ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0105401234567891"), "CD20"),
        ],
    );
    let pin = s.ask(&format!("JE{ZPK}{BLOCK}01{ACCOUNT}"));
    let pin = pin.strip_prefix("JF00").unwrap();
    assert_eq!(
        s.ask(&format!("JG{ZPK}03{ACCOUNT}{pin}")),
        format!("JH00{IBM_3624}")
    );
    assert_eq!(s.ask(&format!("JG{ZPK}34{ACCOUNT}{pin}")), "JH23");
    let base = "U8E3D3E2FD5919657F05A1AA90D32A014A05FFFF9876543210E00001";
    let (bdk, ksn) = base.split_at(33);
    let other = s.ask(&format!(
        "G0{bdk}{ZPK}{ksn}1B9C1845EB993A7A0105{ACCOUNT};401234567891"
    ));
    assert_eq!(other, "G123");
    let same = s.ask(&format!("G0{bdk}{ZPK}{ksn}1B9C1845EB993A7A0105{ACCOUNT}"));
    assert!(same.starts_with("G10004"), "{same}");
}

#[test]
fn refusals_of_translations_have_their_codes() {
    let s = Server::start(&[]);
    check(
        &s,
        &[
            (format!("CC{ZPK_EVEN}{OTHER}12{BLOCK}0101{ACCOUNT}"), "CD10"),
            (format!("CC{ZPK}{ZPK_EVEN}12{BLOCK}0101{ACCOUNT}"), "CD11"),
            (format!("CA{TPK}{ZPK_EVEN}12{BLOCK}0101{ACCOUNT}"), "CB11"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}9901{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}0199{ACCOUNT}"), "CD23"),
            (format!("CC{ZPK}{OTHER}12{BLOCK}010140123456789A"), "CD22"),
            (format!("CC{ZPK}{OTHER}1X{BLOCK}0101{ACCOUNT}"), "CD15"),
            (format!("CC{ZPK_01}{OTHER}12{BLOCK}0101{ACCOUNT}%01"), "CDA1"),
            (format!("CC{PVK}{OTHER}12{BLOCK}0101{ACCOUNT}extra"), "CD15"),
            // A destination that only decrypts, a source that only encrypts.
            (
                format!(
                    "CC{ZPK_01}S0007272TD00E00016A54D4E79E1905CA1C2599660EB30A9C3002DEE023616FFE6A7339EF12{BLOCK}0101{ACCOUNT}%01"
                ),
                "CDA8",
            ),
            (
                format!(
                    "CCS0007272TE00E00016A54D4E79E1905CA1C2599660EB30A9C3002DEE023616FFE350DDA66{OTHER_01}12{BLOCK}0101{ACCOUNT}%01"
                ),
                "CDA8",
            ),
            (
                format!(
                    "CCS00072B0TN00E0001566678078B5337915F4860C92F3FF2D6A6B11E8786F22DC8032EB758{OTHER_01}12{BLOCK}0101{ACCOUNT}%01"
                ),
                "CDA6",
            ),
        ],
    );
    check_cut(&s, &format!("CC{ZPK}{OTHER}12{BLOCK}0101{ACCOUNT}"), "CD");
    check_cut(&s, &format!("CA{TPK}{OTHER}12{BLOCK}0101{ACCOUNT}"), "CB");
}

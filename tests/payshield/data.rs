//! Data: encrypted, decrypted, translated.

use crate::known::{are_answered, are_refused, beginnings_are_refused};
use crate::server::Server;

const ZEK: &str = "U71CE6CBA2A7DC746208CDCE553747808";
const BDK: &str = "U8E3D3E2FD5919657F05A1AA90D32A014";
/// Key blocks: data under LMK 01, data of AES that are encrypted only under LMK 02, a BDK and a ZPK under LMK 01.
const D0: &str = "S00072D0TN00E0001C7D083FC0FA13067B1B7D8C00A774A029608D65B66324A8B81456420";
const AES_ENCRYPTS: &str =
    "S10096D0AE00E0002002B42D10F051B39087C5EB84D5E33A0F4D6C0EB717BD423ACF42EF69C819AFA83533AA454A9DCFA";
const B0: &str = "S00072B0TN00E000131DA75EF5C4F81CB845AF77D1804C4F620A7AE0FCEC3F46514B7D66F";
const P0: &str = "S00072P0TN00E000193DE5F9487411F95AB08EC5B9425E8E9489DE472D7ED1C42841ECD6F";

/// Computed by cryptography 48; the keys of DUKPT by the sentences of ANSI X9.24-1, and of X9.24-3 for those of AES.
#[test]
fn data_are_those_of_other_implementations() {
    let server = Server::start(&[]);
    let count = are_answered(&server, include_str!("../vectors/payment/payshield_data.json"));
    assert_eq!(count, 107);
}

/// The answers are those that the file of vectors has for `A05FFFF9876543210E00003`.
#[test]
fn serial_numbers_may_be_filled_as_in_commands_of_pins() {
    let server = Server::start(&[]);
    let (iv, clear) = (
        "1122334455667788",
        "4E6F77206973207468652074696D6520666F7220616C6C20",
    );
    let sealed = "41F97B50C5A7454E0586D34F5F5CBBE6D5195117C5564775";
    for serial in [
        "A05FFFF9876543210E00003",
        "605FFFF9876543210E00003",
        "6059876543210E00003",
        "609FFFF9876543210E00003",
        "906FFFF9876543210E00003",
    ] {
        for (ask, answer) in [
            (
                format!("M00111009{BDK}{serial}{iv}0030{clear}"),
                format!("M100D5195117C55647750030{sealed}"),
            ),
            (
                format!("M20111009{BDK}{serial}{iv}0030{sealed}"),
                format!("M300D5195117C55647750030{clear}"),
            ),
            (
                format!("M4010111009{BDK}{serial}009{BDK}{serial}{iv}{iv}0030{sealed}"),
                format!("M500D5195117C5564775D5195117C55647750030{sealed}"),
            ),
        ] {
            assert_eq!(server.ask(&ask), answer, "{ask}");
        }
    }
}

#[test]
fn data_are_refused_with_their_codes() {
    let server = Server::start(&[]);
    let block = "00100123456789ABCDEF";
    let even = "U0123456789ABCDEF0123456789ABCDEF";
    let rows: Vec<(&str, String)> = vec![
        ("M102", format!("M00411{}{ZEK}{block}", "00A")),
        ("M102", format!("M01111{}{ZEK}{block}", "00A")),
        ("M103", format!("M00031{}{ZEK}{block}", "00A")),
        ("M104", format!("M00012{}{ZEK}{block}", "00A")),
        ("M303", format!("M20021{}{ZEK}{block}", "00A")),
        ("M105", format!("M00011{}{ZEK}{block}", "001")),
        ("M105", format!("M00011{}{ZEK}{block}", "FFF")),
        ("M106", format!("M0001100A{ZEK}0000")),
        ("M106", format!("M0001100A{ZEK}00030AB")),
        ("M106", format!("M0001100A{ZEK}000E0123456789ABCD")),
        ("M306", format!("M2001100A{ZEK}000E0123456789ABCD")),
        ("M115", format!("M0001100A{ZEK}00200123456789ABCDEF")),
        ("M115", format!("M0001100A{ZEK}000E0123456789ABCDEF")),
        ("M135", format!("M0001100A{ZEK}00100123456789ABCDEG")),
        ("M115", format!("M0011100A{ZEK}112233445566778G{block}")),
        ("M126", format!("M0001100A?123{block}")),
        ("M110", format!("M0001100A{even}{block}")),
        ("M1A1", format!("M0001100A{ZEK}{block}%01")),
        ("M1A1", format!("M00011FFF{D0}{block}%00")),
        ("M1A6", format!("M00011FFF{P0}{block}%01")),
        ("M1A2", format!("M00011FFF{AES_ENCRYPTS}{block}%01")),
        (
            "M3A8",
            format!("M20011FFF{AES_ENCRYPTS}0020{}%02", "00".repeat(16)),
        ),
        ("M113", format!("M0001100A{ZEK}{block}%09")),
        // Serial numbers: too long, with the counter 0, of another character.
        ("M115", format!("M00011009{BDK}F0FFFFF9876543210E00001{block}")),
        ("M115", format!("M00011009{BDK}A05FFFF9876543210E00000{block}")),
        ("M115", format!("M00011009{BDK}A05FFFF9876543210E0000G{block}")),
        ("M115", format!("M00011FFF{B0}{block}%01")),
        ("M507", format!("M4000411{}{ZEK}00B{ZEK}{block}", "00A")),
        ("M508", format!("M4000011{}{ZEK}001{ZEK}{block}", "00A")),
        // Before a key block, too, the type is one of the table.
        ("M105", format!("M00011ZZZ{D0}{block}%01")),
        ("M105", format!("M00011001{D0}{block}%01")),
        ("M105", format!("M00011\0\0\0{D0}{block}%01")),
        ("M105", format!("M00011   {B0}{block}%01")),
        ("M305", format!("M20011ZZZ{D0}{block}%01")),
        ("M505", format!("M4000011ZZZ{D0}FFF{D0}{block}%01")),
        ("M508", format!("M4000011FFF{D0}ZZZ{D0}{block}%01")),
        ("M504", format!("M4000012{}{ZEK}00A{ZEK}{block}", "00A")),
        ("M511", format!("M400001100A{ZEK}00A{even}{block}")),
        ("M510", format!("M400001100A{even}00A{ZEK}{block}")),
        ("M506", format!("M400001100A{ZEK}00A{ZEK}000E0123456789ABCD")),
    ];
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(code, row)| (*code, row.as_bytes())).collect();
    are_refused(&server, &rows);
    beginnings_are_refused(
        &server,
        format!("M00111009{BDK}A05FFFF9876543210E000011122334455667788{block}").as_bytes(),
    );
    beginnings_are_refused(&server, format!("M400001100A{ZEK}00A{ZEK}{block}").as_bytes());
}

/// What a key in a block is, its header says.
#[test]
fn key_types_of_the_table_pass_before_key_blocks() {
    let server = Server::start(&[]);
    let block = "00100123456789ABCDEF";
    let right = server.ask(&format!("M00011FFF{D0}{block}%01"));
    assert!(right.starts_with("M1000010"), "{right}");
    for known in ["00A", "00B", "30B", "009", "609", "809", "909"] {
        assert_eq!(
            server.ask(&format!("M00011{known}{D0}{block}%01")),
            right,
            "{known}"
        );
        let back = server.ask(&format!("M20011{known}{D0}{}%01", &right[4..]));
        assert_eq!(back, format!("M300{block}"), "{known}");
        let translated = server.ask(&format!("M4000011{known}{D0}{known}{D0}{}%01", &right[4..]));
        assert_eq!(translated, format!("M5{}", &right[2..]), "{known}");
    }
}

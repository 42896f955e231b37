//! Chip cards and their dynamic values.

use crate::known::{are_answered, are_refused, beginnings_are_refused};
use crate::server::Server;

const MK_AC: &str = "U7475636CC30B93B493CF5EA53799EBCC";
const MK_SMI: &str = "U352796B7EF432BE016CA35D48F4A0483";
const MK_SMC: &str = "U8430868258D18395C1AD55F2F9F1A090";
const ZPK: &str = "U063A0E7C0F2124E56192A4510F395ED7";
const EVEN: &str = "U0123456789ABCDEF0123456789ABCDEF";
const P0: &str = "S00072P0TN00E000193DE5F9487411F95AB08EC5B9425E8E9489DE472D7ED1C42841ECD6F";
/// PAN and sequence number, ATC.
const CARD: &[u8] = b"\x23\x45\x67\x89\x01\x23\x45\x01\x00\x1c";
const NUMBER: &[u8] = b"\xaa\xbb\xcc\xdd";
const CRYPTOGRAM: &[u8] = b"\x01\x02\x03\x04\x05\x06\x07\x08";

fn message(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// Computed by pyemv 1.5 and cryptography 48; `PM` by thalessimulatorlibrary's HostCommandTests, with the digits that the
/// card changes as zeros.
#[test]
fn cryptograms_and_scripts_are_those_of_other_implementations() {
    let server = Server::start(&[]);
    let count = are_answered(&server, include_str!("../vectors/payment/payshield_emv.json"));
    assert_eq!(count, 130);
}

#[test]
fn cryptograms_are_refused_with_their_codes() {
    let server = Server::start(&[]);
    let data = b"10fifteen bytes!!;";
    let kq = |head: &str, key: &str, behind: &[&[u8]]| {
        message(&[
            b"KQ",
            head.as_bytes(),
            key.as_bytes(),
            CARD,
            NUMBER,
            &behind.concat(),
        ])
    };
    let kw =
        |head: &str, behind: &[&[u8]]| message(&[b"KW", head.as_bytes(), MK_AC.as_bytes(), &behind.concat()]);
    let not_decimal = b"\x23\x45\x67\x89\x01\x23\x4f\x01\x00\x1c";
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("KR01", kq("00", MK_AC, &[b"10sixteen bytes!!!;", CRYPTOGRAM])),
        ("KR04", kq("30", MK_AC, &[b"10sixteen bytes!!!;", CRYPTOGRAM])),
        ("KR05", kq("02", MK_AC, &[b"10sixteen bytes!!!;", CRYPTOGRAM])),
        ("KR81", kq("00", MK_AC, &[b"00;", CRYPTOGRAM])),
        ("KR80", kq("00", MK_AC, &[data, CRYPTOGRAM])),
        ("KR80", kq("00", MK_AC, &[b"08eight  b;", CRYPTOGRAM])),
        ("KR15", kq("00", MK_AC, &[b"1Gsixteen bytes!!!;", CRYPTOGRAM])),
        ("KR10", kq("00", EVEN, &[b"10sixteen bytes!!!;", CRYPTOGRAM])),
        (
            "KRA6",
            kq("00", P0, &[b"10sixteen bytes!!!;", CRYPTOGRAM, b"%01"]),
        ),
        (
            "KRA1",
            kq("00", MK_AC, &[b"10sixteen bytes!!!;", CRYPTOGRAM, b"%01"]),
        ),
        (
            "KR15",
            message(&[
                b"KQ00",
                MK_AC.as_bytes(),
                not_decimal,
                NUMBER,
                b"10sixteen bytes!!!;",
                CRYPTOGRAM,
            ]),
        ),
        ("KX04", kw("52", &[CARD, CRYPTOGRAM])),
        ("KX05", kw("04", &[CARD, CRYPTOGRAM])),
        (
            "KX15",
            kw("23", &[b"06\x12\x34\x56\x78\x90\x12;\x00\x1c", CRYPTOGRAM]),
        ),
        (
            "KX52",
            kw("20", &[&[0; 16], &CARD[..8], b"2\x00\x1c", CRYPTOGRAM, b"00"]),
        ),
        ("KX15", kw("42", &[CARD, CRYPTOGRAM, b"\0\0\0\09123456789"])),
    ];
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(code, row)| (*code, &row[..])).collect();
    are_refused(&server, &rows);
    beginnings_are_refused(
        &server,
        &kq("10", MK_AC, &[b"10sixteen bytes!!!;", CRYPTOGRAM, b"00"]),
    );
    beginnings_are_refused(&server, &kw("42", &[CARD, CRYPTOGRAM, b"\x00\x00\x00\x000"]));
}

#[test]
fn truncated_cryptograms_are_refused_with_their_codes() {
    let server = Server::start(&[]);
    let k2 = |head: &str, key: &str, behind: &[&[u8]]| {
        message(&[
            b"K2",
            head.as_bytes(),
            key.as_bytes(),
            b"08",
            CARD,
            NUMBER,
            &behind.concat(),
        ])
    };
    let data = b"10sixteen bytes!!!;";
    let shown = b"\0\0\0\0\0\0\x12\x34";
    let ipb = b"\0\0\0\0\0\0\xff\xff";
    let mac = b"\x01\x02\x03\x04";
    let right: &[&[u8]] = &[data, shown, ipb, mac];
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("K301", k2("00001", MK_AC, right)),
        // The MAC of the bitmap: no form of it is public.
        ("K304", k2("10001", MK_AC, right)),
        ("K305", k2("00101", MK_AC, right)),
        ("K305", k2("0ab01", MK_AC, right)),
        ("K315", k2("00021", MK_AC, right)),
        ("K315", k2("00003", MK_AC, right)),
        ("K310", k2("00001", EVEN, right)),
        ("K3A1", k2("00001", MK_AC, &[data, shown, ipb, mac, b"%01"])),
        ("K3A6", k2("00001", P0, &[data, shown, ipb, mac, b"%01"])),
        ("K381", k2("00001", MK_AC, &[b"00;", shown, ipb, mac])),
        (
            "K380",
            k2("00001", MK_AC, &[b"10fifteen bytes!!;", shown, ipb, mac]),
        ),
        ("K380", k2("00001", MK_AC, &[b"08eight  b;", shown, ipb, mac])),
        // A bitmap that shows too little.
        (
            "K315",
            k2("00001", MK_AC, &[data, shown, b"\0\0\0\0\0\0\x7f\xff", mac]),
        ),
        ("K315", k2("00001", MK_AC, &[data, shown, &[0; 8], mac])),
        ("K315", k2("00001", MK_AC, &[data, shown, ipb])),
    ];
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(code, row)| (*code, &row[..])).collect();
    are_refused(&server, &rows);
    beginnings_are_refused(&server, &k2("00001", MK_AC, right));
}

/// The message of the public description of K2 in nickntg's simulator, the IPB apart, which shows all there: a cryptogram
/// that somebody else computed.
#[test]
fn the_published_truncated_cryptogram_is_right() {
    let server = Server::start(&[]);
    let data =
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0\0\0\x53\x44\x65\x78\0\0\0\x07\x80\0\x01\x24\0\0";
    let ask = |cryptogram: &[u8]| {
        message(&[
            b"K200001UA67981CE67F36A4BD2DE46BA17D6F59608\x64\x14\x00\x00\x00\x03\x67\x01\x00\x07\x53\x44\x65\x78",
            format!("{:02X}", data.len()).as_bytes(),
            data,
            b";",
            cryptogram,
            &[0xff; 8],
            &[0; 4],
        ])
    };
    let right = ask(b"\x1d\x8f\x14\x54\x9e\xde\xd2\xd6");
    let wrong = ask(b"\x1d\x8f\x14\x54\x9e\xde\xd2\xd7");
    assert_eq!(crate::known::ask(&server, &right), b"K300");
    assert_eq!(crate::known::ask(&server, &wrong), b"K301");
}

/// K2 puts a byte 80 behind the data, as the published message has it; KQ takes the data as they come. The cryptograms were
/// computed with pyemv and cryptography.
#[test]
fn truncated_cryptograms_have_their_padding_from_the_server() {
    let server = Server::start(&[]);
    let card = b"\x13\x33\x00\x89\x60\x41\x11\x07\0\x01\0\0\0\x01";
    let filled = b"\xb5\xca\xe5\x36\xa6\x1c\x04\x79";
    let marked = b"\x8b\x24\x05\x6d\x84\x2f\xce\x47";
    let data = b"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";
    let with_mark = [&data[..], b"\x80"].concat();
    let ask = |head: &[u8], data: &[u8], cryptogram: &[u8], rest: &[u8]| {
        let length = format!("{:02X};", data.len());
        let (length, delimiter) = length.as_bytes().split_at(2);
        let parts = [head, card, length, data, delimiter, cryptogram, rest];
        crate::known::ask(&server, &message(&parts))
    };
    let (kq, k2) = (format!("KQ00{MK_AC}"), format!("K200000{MK_AC}08"));
    let ipb = [&[0xff; 8][..], &[0; 4]].concat();
    for (data, cryptogram, of_kq, of_k2) in [
        (&data[..], marked, b"KR01", b"K300"),
        (&data[..], filled, b"KR00", b"K301"),
        (&with_mark[..], marked, b"KR00", b"K301"),
    ] {
        assert_eq!(ask(kq.as_bytes(), data, cryptogram, b""), of_kq);
        assert_eq!(ask(k2.as_bytes(), data, cryptogram, &ipb), of_k2);
    }
}

#[test]
fn scripts_are_refused_with_their_codes() {
    let server = Server::start(&[]);
    let session = b"\0\0\0\0\0\0\x00\x1c";
    let ku = |head: &str, key: &str, session: &[u8], behind: &str| {
        message(&[
            b"KU",
            head.as_bytes(),
            key.as_bytes(),
            &CARD[..8],
            session,
            behind.as_bytes(),
        ])
    };
    let hidden = |head: &str, key: &str, behind: &str| {
        message(&[
            &ku(head, MK_SMI, session, "0005abcde;"),
            key.as_bytes(),
            session,
            behind.as_bytes(),
        ])
    };
    let account = "345678901234";
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("KV04", ku("10", MK_SMI, session, "0005abcde;")),
        ("KV05", ku("02", MK_SMI, session, "0005abcde;")),
        ("KV10", ku("00", EVEN, session, "0005abcde;")),
        ("KV15", ku("00", MK_SMI, CRYPTOGRAM, "0005abcde;")),
        ("KV80", ku("00", MK_SMI, session, "0000;")),
        ("KV80", ku("00", MK_SMI, session, "0004abcde;")),
        ("KVA6", ku("00", P0, session, "0005abcde;%01")),
        ("KV80", hidden("20", MK_SMC, "00060003abc;")),
        ("KV80", hidden("20", MK_SMC, "00050000;")),
        ("KV11", hidden("20", EVEN, "00050003abc;")),
        (
            "KV28",
            hidden("40", MK_SMC, &format!("000500088 bytes.;2{ZPK}0134{account}")),
        ),
        (
            "KV23",
            hidden("40", MK_SMC, &format!("000500088 bytes.;0{ZPK}9934{account}")),
        ),
        (
            "KV23",
            hidden("40", MK_SMC, &format!("000500088 bytes.;0{ZPK}0101{account}")),
        ),
        (
            "KV22",
            hidden("40", MK_SMC, &format!("000500088 bytes.;0{ZPK}013434567890123A")),
        ),
        (
            "KV20",
            hidden("40", MK_SMC, &format!("000500088 bytes.;0{ZPK}0134{account}")),
        ),
        (
            "KV11",
            hidden("40", MK_SMC, &format!("000500088 bytes.;0{EVEN}0134{account}")),
        ),
    ];
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(code, row)| (*code, &row[..])).collect();
    are_refused(&server, &rows);
    beginnings_are_refused(&server, &hidden("20", MK_SMC, "00050003abc;"));
}

/// Formats 41 and 42, which no other command makes.
#[test]
fn formats_of_cards_can_be_switched_off() {
    let session = b"\0\0\0\0\0\0\x00\x1c";
    let ku = |format: &str| {
        let key = if format == "34" { "" } else { MK_AC };
        message(&[
            format!("KU40{MK_SMI}").as_bytes(),
            &CARD[..8],
            session,
            format!("0005abcde;{MK_SMC}").as_bytes(),
            session,
            format!("000500088 bytes.;0{ZPK}01{format}345678901234{key}").as_bytes(),
        ])
    };
    let server = Server::start(&["--disable-format", "41,42"]);
    are_refused(
        &server,
        &[("KV69", &ku("41")), ("KV69", &ku("42")), ("KV20", &ku("34"))],
    );
    let server = Server::start(&["--disable-format", "34"]);
    are_refused(
        &server,
        &[("KV20", &ku("41")), ("KV80", &ku("42")), ("KV69", &ku("34"))],
    );
}

#[test]
fn dynamic_values_are_refused_with_their_codes() {
    let server = Server::start(&[]);
    let key = "U2E774AEF908AFBA19D44D4A29AD7BD61";
    let behind = "00008track 2.0000077200005XX255";
    let rows: Vec<(&str, String)> = vec![
        ("PN01", format!("PM12{key}A5413123556784804;{behind}")),
        ("PN05", format!("PM02{key}A5413123556784804;{behind}")),
        ("PN05", format!("PM11{key}A5413123556784804;{behind}")),
        ("PN15", format!("PM12{key}C5413123556784804;{behind}")),
        ("PN15", format!("PM12{key}B5413123556784804;{behind}")),
        ("PN15", format!("PM12{key}A54131235567848A4;{behind}")),
        (
            "PN15",
            format!("PM12{key}A5413123556784804;00008track 2.0000077265536XX255"),
        ),
        (
            "PN15",
            format!("PM12{key}A5413123556784804;00008track 2.0000077200005XXX55"),
        ),
        ("PN10", format!("PM12{EVEN}A5413123556784804;{behind}")),
        ("PNA6", format!("PM12{P0}A5413123556784804;{behind}%01")),
    ];
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(code, row)| (*code, row.as_bytes())).collect();
    are_refused(&server, &rows);
    beginnings_are_refused(&server, format!("PM12{key}A5413123556784804;{behind}").as_bytes());
}

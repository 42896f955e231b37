//! User storage: what LA loads, and fields that are an index of it.

use tempfile::TempDir;

use crate::home::Home;
use crate::pin_translate::{AES_02, ISO_4};
use crate::pin_verify::{
    ACCOUNT, BLOCK, IBM_02, PVK, PVK_SINGLE, TABLE, TABLE_02, VISA_01, VISA_02, ZPK, ZPK_01, ZPK_02, check,
};
use crate::rsa::{ask, pair};
use crate::server::Server;

const ZMK: &str = "U42BBE7D9A0A55D0EBDE055DE2791ACCD";
/// The same key as a pair of single ones.
const ZMK_PAIR: &str = "DA05B7A979CBD9A15A4FBD3D599B9380";
const KCV: &str = "08D7B4";

/// A demonstration whose user storage has this length.
fn demo(length: &str) -> (TempDir, Server) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("vhsm.toml");
    std::fs::write(&file, format!("[payshield]\nuser_storage_length = {length:?}\n")).unwrap();
    let server = Server::start(&["--config", file.to_str().unwrap()]);
    (directory, server)
}

/// Loads data of any length.
fn load(server: &Server, index: &str, data: &str) {
    let answer = server.ask(&format!("LAK{index}{:04}{data}", data.len()));
    assert_eq!(answer, "LB00", "{data}");
}

#[test]
fn single_blocks_follow_each_other() {
    let server = Server::start(&[]);
    assert_eq!(server.ask("BU011UK000;001"), "BV12");
    assert_eq!(server.ask(&format!("LAK00002{}", &ZPK[1..])), "LB00");
    assert_eq!(server.ask("LEK00002"), format!("LF00{}", &ZPK[1..]));
    assert_eq!(server.ask("BU011UK000;001"), format!("BV00{KCV}"));
    assert_eq!(server.ask("LEK00003"), "LF12");
    assert_eq!(server.ask("LEKFFF02"), "LF21");
    assert_eq!(server.ask("LEKxyz01"), "LF21");
    assert_eq!(server.ask("LEK00000"), "LF15");
    for (message, answer) in [
        ("LAK000010123456789ABCDEF%05", "LB13"),
        ("LEK00002%05", "LF13"),
        ("N0008%05", "N113"),
        ("GM0600002hi%05", "GN13"),
    ] {
        assert_eq!(server.ask(message), answer);
    }
    assert_eq!(server.ask("LEK00002%02"), format!("LF00{}", &ZPK[1..]));
    assert_eq!(server.ask("LAK000020123"), "LB15");
    assert_eq!(server.ask("LAK00001012345678901234G"), "LB15");
    assert_eq!(server.ask(&format!("LAK00001{}", ZPK)), "LB15");
    assert_eq!(server.ask(&format!("LAK01002{}", &ZMK[1..])), "LB00");
    let answer = server.ask(&format!("A8001UK010{ZPK}U"));
    assert_eq!(answer, server.ask(&format!("A8001{ZMK}{ZPK}U")));
}

#[test]
fn a_double_key_without_a_tag_is_two_indices_of_single_blocks() {
    let server = Server::start(&[]);
    let (first, second) = ZMK_PAIR.split_at(16);
    assert_eq!(server.ask(&format!("LAK02001{first}")), "LB00");
    assert_eq!(server.ask(&format!("LAK0A001{second}")), "LB00");
    assert_eq!(server.ask(&format!("LAK03002{}", &ZPK[1..])), "LB00");
    let answer = server.ask(&format!("A8001{ZMK}{ZPK}U"));
    assert!(answer.starts_with("A900U"), "{answer}");
    check(
        &server,
        &[
            (format!("A8001K020K0a0{ZPK}U"), &answer),
            ("A8001K020K0A0UK030U".into(), &answer),
            // One index: the block behind it follows.
            (format!("A8001K020{ZPK}U"), "A912"),
            ("A8001K020".into(), "A912"),
        ],
    );
    assert_eq!(server.ask(&format!("LAK02101{second}")), "LB00");
    check(&server, &[(format!("A8001K020{ZPK}U"), &answer)]);
    // Keys of 16, 32 and 48 digits, and what is no key.
    check(
        &server,
        &[
            ("BU011UK030;001".into(), &format!("BV00{KCV}")),
            ("BU011UK03G;001".into(), "BV15"),
            ("BU011UKFFF;001".into(), "BV12"),
            ("BU01FSK030;001%01".into(), "BV26"),
        ],
    );
    for index in ["FFF", "fff"] {
        assert_eq!(server.ask(&format!("LAK{index}01{first}")), "LB00");
    }
    assert_eq!(server.ask("BU011UKFFF;001"), "BV21");
}

#[test]
fn longer_blocks_begin_with_shorter_keys() {
    for (length, fill) in [("double", ""), ("triple", "FFFFFFFFFFFFFFFF")] {
        let (_directory, server) = demo(length);
        let filled = "F".repeat(16);
        check(
            &server,
            &[
                (
                    format!(
                        "LAK00003{}{fill}{ZMK_PAIR}{fill}{PVK_SINGLE}{filled}{fill}",
                        &ZPK[1..]
                    ),
                    "LB00",
                ),
                (format!("LAK00301{TABLE}{filled}{fill}"), "LB00"),
                (format!("LAK00401{TABLE}"), "LB15"),
                (
                    "LEK00102".into(),
                    &format!("LF00{ZMK_PAIR}{fill}{PVK_SINGLE}{filled}{fill}"),
                ),
                ("BU011UK000;001".into(), &format!("BV00{KCV}")),
                (
                    format!("A8001K001{ZPK}U"),
                    &server.ask(&format!("A8001{ZMK}{ZPK}U")),
                ),
                ("KAK00202".into(), &server.ask(&format!("KA{PVK_SINGLE}02"))),
                ("DAUK000K002120000000000000000".into(), "DB15"),
                (
                    format!("EAUK000K00212{BLOCK}0104{ACCOUNT}K0034012345678N02785FFFFFFFF"),
                    &server.ask(&format!(
                        "EA{ZPK}{PVK_SINGLE}12{BLOCK}0104{ACCOUNT}{TABLE}4012345678N02785FFFFFFFF"
                    )),
                ),
            ],
        );
        assert!(server.ask("KAK00202").starts_with("KB00"));
        // A triple key has no room in double blocks.
        let triple = server.ask("BU002TK000;001");
        assert_eq!(triple == "BV27", length == "double", "{triple}");
    }
}

#[test]
fn data_of_any_length_are_loaded_one_by_one() {
    let (_directory, server) = demo("variable");
    check(
        &server,
        &[
            (format!("LAK0220096{}", &ZPK_01[..5]), "LB15"),
            ("LAK0220000".into(), "LB15"),
            ("LAK02200041 34".into(), "LB15"),
            ("LAK02200041234%05".into(), "LB13"),
            ("LAK022000412345".into(), "LB15"),
            ("LAC02200041234".into(), "LB15"),
            ("LAK02G00041234".into(), "LB21"),
            ("LEK022".into(), "LF12"),
            ("LAK0A200041234%00".into(), "LB00"),
            ("LEK0a2%02".into(), "LF0000041234"),
            ("LEB0A2".into(), "LF0000041234"),
            ("LEK0A201".into(), "LF15"),
            ("LEK0A2%05".into(), "LF13"),
            ("LAB02200041 34".into(), "LB00"),
            ("LEK022".into(), "LF0000041 34"),
            ("LEK02".into(), "LF15"),
        ],
    );
    let mut bytes = b"0000LABFFF0256".to_vec();
    bytes.extend(0..=255);
    assert_eq!(server.ask_bytes(&bytes), b"0000LB00");
    let read = server.ask_bytes(b"0000LEBFFF");
    assert_eq!(read, [&b"0000LF000256"[..], &bytes[14..]].concat());
}

/// The key block in a message, and its index with the tag and without.
#[test]
fn key_blocks_are_used_by_their_index() {
    let (_directory, server) = demo("variable");
    load(&server, "001", ZPK_01);
    load(&server, "002", ZPK_02);
    load(&server, "003", &VISA_01[1..]);
    load(&server, "004", VISA_02);
    load(&server, "005", ZPK);
    load(&server, "006", &ZPK[1..]);
    load(&server, "007", AES_02);
    load(&server, "008", TABLE_02);
    load(&server, "009", ISO_4);
    load(&server, "00A", BLOCK);
    load(&server, "00B", TABLE);
    let pvv = format!("{ACCOUNT}15111");
    let bu = format!("BV00{KCV}");
    check(
        &server,
        &[
            ("BUFFFSK001%01".into(), &bu),
            ("BUFFFK001%01".into(), &bu),
            ("BUFFFSK002%02".into(), &bu),
            // Under the variant LMK, too, and each under its own LMK only.
            ("BU011K005;001".into(), &bu),
            ("BU011UK005;001".into(), &bu),
            ("BU011UK006;001".into(), &bu),
            ("BUFFFK002%01".into(), "BVA2"),
            (format!("EC{ZPK}SK003{BLOCK}01{pvv}"), "EDA1"),
            (format!("ECK005{PVK}{BLOCK}01{pvv}%01"), "EDA1"),
            (format!("ECK001SK003{BLOCK}01{pvv}%01"), "ED00"),
            (format!("ECSK002K004{BLOCK}01{pvv}%02"), "ED00"),
            (format!("ECK005{PVK}{BLOCK}01{pvv}"), "ED00"),
            (format!("ECUK006{PVK}K00A01{pvv}"), "ED00"),
            // A key of AES tells the length of the block, in the message and in user storage.
            (
                format!("CCSK007SK00212{ISO_4}48014012345678909;%02"),
                &format!("CD0004{BLOCK}01"),
            ),
            (
                "CCK007K00212K00948014012345678909;%02".into(),
                &format!("CD0004{BLOCK}01"),
            ),
            ("CCK007K00212K00A48014012345678909;%02".into(), "CD15"),
            // What is no key, and other tags than the key's.
            ("BUFFFK00C%01".into(), "BV12"),
            ("BUFFFSK00C%01".into(), "BV12"),
            ("BUFFFK008%02".into(), "BV26"),
            ("BU011UK001;001".into(), "BV15"),
            ("BU011UK00B;001".into(), "BV15"),
            ("BU011TK006;001".into(), "BV15"),
            ("BUFFFSK00G%01".into(), "BV15"),
        ],
    );
    // What is exported is the key, whether it or its ZMK has an index.
    load(&server, "010", ZMK);
    let exported = server.ask(&format!("A8001{ZMK}{ZPK}X"));
    assert!(exported.starts_with("A900X"), "{exported}");
    assert_eq!(server.ask("A8001K010K005X"), exported);
    // A key under a ZMK stands there as well.
    load(&server, "011", &exported[4..37]);
    let imported = server.ask("A6001K010K011U");
    assert_eq!(imported, format!("A700{ZPK}{KCV}"));
    load(&server, "012", "K005");
    assert_eq!(server.ask("BU011K012;001"), "BV15");
}

#[test]
fn tables_and_pin_blocks_are_used_by_their_index() {
    let (_directory, server) = demo("variable");
    load(&server, "000", TABLE);
    load(&server, "001", TABLE_02);
    load(&server, "002", "1234");
    load(&server, "003", BLOCK);
    let derived = server.ask(&format!(
        "BK001{ZPK}{PVK_SINGLE}{BLOCK}0104{ACCOUNT}{TABLE}4012345678N0"
    ));
    assert_eq!(derived, "BL002785FFFFFFFF");
    let of = |block: &str, table: &str| {
        server.ask(&format!(
            "BK001{ZPK}{PVK_SINGLE}{block}0104{ACCOUNT}{table}4012345678N0"
        ))
    };
    assert_eq!(of("K003", "K000"), derived);
    assert_eq!(of(BLOCK, "K002"), "BL25");
    assert_eq!(of(BLOCK, "K004"), "BL12");
    assert_eq!(of("K004", TABLE), "BL12");
    assert_eq!(of("K002", TABLE), "BL15");
    assert_eq!(of(BLOCK, "K00G"), "BL15");
    let aes = |table: &str| {
        server.ask(&format!(
            "BKFFF{ZPK_02}{}{BLOCK}0104{ACCOUNT}{table}4012345678N0%02",
            IBM_02
        ))
    };
    let there = aes(TABLE_02);
    assert!(there.starts_with("BL0"), "{there}");
    assert_eq!(aes("K001"), there);
}

#[test]
fn private_keys_are_used_by_their_index() {
    let (_directory, server) = demo("variable");
    for (lmk, index) in [("", "0004K01F"), ("%02", "FFFFSK01F")] {
        let (_, private) = pair(&server, &format!("0051202{lmk}"));
        let key = &private[4..];
        let length = format!("{:04}", key.len());
        assert_eq!(ask(&server, &[b"LAB01F", length.as_bytes(), key]), b"LB00");
        let by = |key: &[u8]| ask(&server, &[b"EW0601010004data;99", key, lmk.as_bytes()]);
        let signed = by(&private);
        assert_eq!(&signed[..4], b"EX00", "{lmk}");
        assert_eq!(by(index.as_bytes()), signed, "{lmk}");
    }
    assert_eq!(server.ask("EW0601010004data;990004K020"), "EX12");
    // Elsewhere it is a private key of four bytes.
    let (_directory, fixed) = demo("single");
    let answer = fixed.ask("EW0601010004data;990004K020");
    assert_ne!(answer, "EX12");
    assert_ne!(answer, "EX00");
}

#[test]
fn what_was_loaded_goes_with_the_length() {
    let home = Home::new();
    let server = Server::spawn(home.command(&[]));
    assert_eq!(server.ask(&format!("LAK00001{PVK_SINGLE}")), "LB00");
    home.configure("user_storage_length = \"variable\"");
    server.signal("HUP");
    server.told_where(|line| line.contains("read the configuration anew"));
    assert_eq!(server.ask("LEK000"), "LF12");
    load(&server, "000", PVK_SINGLE);
    assert_eq!(server.ask("LEK000"), format!("LF000016{PVK_SINGLE}"));
}

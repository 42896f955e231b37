//! MACs, hashes, random numbers.

use crate::known::{are_answered, are_refused, ask, beginnings_are_refused};
use crate::server::Server;

pub const TAK: &str = "U7AD0BB2A32ADE115807C3572FC302BA5";
const ZAK: &str = "U7B7B1BE6AFBA184A32F08E7514BAC82E";
const SINGLE_TAK: &str = "74385088A93CEAD5";
/// Key blocks of usage M1, M3, P0 under LMK 01, M3 for generation and M6 under LMK 02.
const M1: &str = "S00072M1TN00E0001048E09514447B8CD5BF53E943F4FFAEEC5496E9B3253562C222364FB";
const M3: &str = "S00072M3TC00E00014648CCC79F124135DB199BAD7FD1FDFE5CA4880C39D66B87D9F5009A";
const P0: &str = "S00072P0TN00E000193DE5F9487411F95AB08EC5B9425E8E9489DE472D7ED1C42841ECD6F";
const M3_GENERATES: &str =
    "S10096M3TG00E0002AD23441D9ABF26ED8CCC994CB090BC26C065673AD4DE08DC7E0BEC35C125E748A132C081A1C0DDA8";
const M6: &str =
    "S10096M6AN00E0002A6585DEA885BEA8EC6940DFE5173CC629698049FBC11ACC434B721F8D51BA57FF937F94129280D9F";

const HMAC_KEY: &str = "S1012863HN00E00028AA20186EC979CB38339B4967F134C727C8EFE8542A15D7615F0E408E8DA8E3BB6123644CDDC00BCBE6CE89EDD94A80E5E8EC1FAFDAE100D";

/// Computed by psec 1.3 and cryptography 48, those of `MQ` by thalessimulatorlibrary's HostCommandTests.
#[test]
fn macs_and_hashes_are_those_of_other_implementations() {
    let server = Server::start(&[]);
    let count = are_answered(&server, include_str!("../vectors/payment/payshield_macs.json"));
    assert_eq!(count, 133);
}

#[test]
fn macs_are_refused_with_their_codes() {
    let server = Server::start(&[]);
    let text = "0010Now is the time ";
    let rows: Vec<(&str, String)> = vec![
        // Flags.
        ("M702", format!("M640111003{TAK}{text}")),
        ("M703", format!("M603111003{TAK}{text}")),
        ("M715", format!("M600211003{TAK}{text}")),
        ("M704", format!("M600021003{TAK}{text}")),
        ("M704", format!("M600051003{TAK}{text}")),
        ("M709", format!("M600014003{TAK}{text}")),
        ("M705", format!("M600011002{TAK}{text}")),
        ("M705", format!("M600011FFF{TAK}{text}")),
        ("M705", format!("M600011ZZZ{M1}{text}%01")),
        ("M705", format!("M60001100A{M1}{text}%01")),
        // What goes with whole messages only.
        ("M702", format!("M610161FFF{M6}{text}%02")),
        ("M709", format!("M610113003{TAK}{text}")),
        // Lengths.
        ("M706", format!("M600011003{TAK}0000")),
        ("M706", format!("M601011003{TAK}0003ABC")),
        ("M706", format!("M600010003{TAK}000FNow is the time")),
        ("M706", format!("M610111003{TAK}000FNow is the time")),
        ("M715", format!("M600011003{TAK}0020Now is the time ")),
        ("M715", format!("M600011003{TAK}000FNow is the time ")),
        ("M715", format!("M601011003{TAK}0004ABCG")),
        ("M715", format!("M620111003{TAK}000000000000000G{text}")),
        // Keys: scheme, parity, length, usage, mode of use, LMK.
        (
            "M726",
            format!("M600011003?0123456789ABCDEFFEDCBA9876543210{text}"),
        ),
        ("M7A1", format!("M600011003{TAK}{text}%01")),
        ("M7A1", format!("M600011FFF{M1}{text}%00")),
        ("M713", format!("M600011003{TAK}{text}%07")),
        (
            "M710",
            format!("M600011003U0123456789ABCDEF0123456789ABCDEF{text}"),
        ),
        ("M727", format!("M600031003{SINGLE_TAK}{text}")),
        ("M7A6", format!("M600011FFF{P0}{text}%01")),
        ("M7A6", format!("M600011FFF{M3}{text}%01")),
        ("M7A6", format!("M610031FFF{M1}{text}%01")),
        ("M7A6", format!("M600061FFF{M1}{text}%01")),
        ("M704", format!("M600061008{ZAK}{text}")),
        ("M9A8", format!("M800031FFF{M3_GENERATES}{text}00000000%02")),
        ("M7A4", format!("M600011FFF{}0{text}%01", &M1[..M1.len() - 1])),
        ("M7A2", format!("M600031FFF{M3_GENERATES}{text}%01")),
        // MACs to check.
        ("M901", format!("M800011003{TAK}{text}00000000")),
        ("M915", format!("M800011003{TAK}{text}0000000")),
        ("M915", format!("M800011003{TAK}{text}0000000G")),
        // Translation.
        (
            "MZ02",
            format!("MY10011003{TAK}011008{ZAK}0010Now is the time 00000000"),
        ),
        (
            "MZ11",
            format!("MY00011003{TAK}011008U0123456789ABCDEF0123456789ABCDEF0010Now is the time 00000000"),
        ),
    ];
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(code, row)| (*code, row.as_bytes())).collect();
    are_refused(&server, &rows);
}

/// A CMAC key of triple DES under LMK 01: 0123456789ABCDEFFEDCBA9876543210; the MAC is that of Python's `cryptography`.
const M6_OF_DES: &str = "S00072M6TN00E0001D975D727BAFBF09752B9A6BFD7DA99A52CD9DC2D84498AC31566A47A";

#[test]
fn some_usages_are_for_exchange_only() {
    let server = Server::start(&[]);
    let make = |header: &str| {
        let answer = server.ask(&format!("A00FFFS%02#{header}N00"));
        let made = answer.strip_prefix("A100").map(str::to_owned);
        made.map(|made| made[..made.len() - 6].to_owned()).ok_or(answer)
    };
    for header in ["M2T2C00", "M4T2C00", "M5T2C00", "M5A1C00"] {
        let key = make(header).unwrap();
        for algorithm in ["1", "3", "6"] {
            let answer = server.ask(&format!("M6001{algorithm}1FFF{key}0010Now is the time %02"));
            assert_eq!(answer, "M7A6", "{header} {algorithm}");
        }
    }
    for header in ["24A1B00", "25A1B00"] {
        let key = make(header).unwrap();
        let answer = server.ask(&format!("M00001FFF{key}0010Now is the time %02"));
        assert_eq!(answer, "M1A6", "{header}");
    }
    assert_eq!(make("M6T2C00"), Err("A1A7".to_owned()));
    let answer = server.ask(&format!("M600161FFF{M6_OF_DES}0010Now is the time %01"));
    assert_eq!(answer, "M70027C3D3F4EF4B8DD5");
}

#[test]
fn beginnings_of_messages_are_no_messages() {
    let server = Server::start(&[]);
    beginnings_are_refused(&server, format!("M600011003{TAK}0010Now is the time ").as_bytes());
    beginnings_are_refused(&server, format!("MK{TAK}008Now is t").as_bytes());
    beginnings_are_refused(&server, b"GM0600003abc");
    beginnings_are_refused(&server, b"N0032");
}

#[test]
fn legacy_macs_and_hashes_are_refused_with_their_codes() {
    let server = Server::start(&[]);
    let rows: Vec<(&str, String)> = vec![
        ("MB80", format!("MA{TAK}")),
        ("MB10", "MAU0123456789ABCDEF0123456789ABCDEFtext".into()),
        ("MBA1", format!("MA{M1}text")),
        ("ML80", format!("MK{TAK}000")),
        ("MR05", format!("MQ4{ZAK}010Now is the time ")),
        ("MR80", format!("MQ1{ZAK}00FNow is the time")),
        ("MT05", format!("MS4010{TAK}0010Now is the time ")),
        ("MT04", format!("MS0210{TAK}0010Now is the time ")),
        ("MT06", format!("MS0020{TAK}0010Now is the time ")),
        ("MT03", format!("MS0012{TAK}0010Now is the time ")),
        (
            "MF11",
            format!("ME{TAK}U0123456789ABCDEF0123456789ABCDEF00000000text"),
        ),
        ("GN05", "GM0300003abc".into()),
        ("GN15", "GM0600004abc".into()),
        ("GN15", "GM0600002abc".into()),
        ("N101", "N0000".into()),
        ("N101", "N0257".into()),
        ("N115", "N00A0".into()),
        ("LRA6", format!("LQFF003204FFFF{M6}00003abc%02")),
        ("LRA1", format!("LQ06003200FFFF{M6}00003abc%02")),
        ("LRA1", format!("LQFF003204FFFF{M6}00003abc%00")),
        ("LRA1", format!("LQFF003204FFFF{TAK}00003abc%00")),
        ("LR07", format!("LQFF003201FFFF{M6}00003abc%02")),
        ("LR80", format!("LQFF0032040032{M6}00003abc%02")),
        ("LR15", format!("LQFF003204FFFF{M6};;0003abc%02")),
        ("LR05", format!("LQ01003204FFFF{HMAC_KEY};00003abc%02")),
        ("LR04", format!("LQFF003304FFFF{HMAC_KEY}00003abc%02")),
        ("LR04", format!("LQFF000304FFFF{HMAC_KEY};00003abc%02")),
        ("LR81", format!("LQFF003204FFFF{HMAC_KEY}00012abc%02")),
    ];
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(code, row)| (*code, row.as_bytes())).collect();
    are_refused(&server, &rows);
}

#[test]
fn random_values_have_the_length_that_is_asked_for() {
    let server = Server::start(&[]);
    for length in [1, 8, 256] {
        let command = format!("N0{length:03}");
        let (one, other) = (ask(&server, command.as_bytes()), ask(&server, command.as_bytes()));
        assert_eq!((one.len(), &one[..4]), (4 + length, &b"N100"[..]));
        assert!(length < 8 || one != other);
    }
}

/// The log names what was asked for: a key for CMAC is no ZAK of another algorithm.
#[test]
fn the_log_names_the_key_that_a_block_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let (file, log) = (directory.path().join("vhsm.toml"), directory.path().join("log"));
    std::fs::write(
        &file,
        format!("[log]\ntarget = \"file\"\nlevel = \"info\"\nfile = {log:?}\n"),
    )
    .unwrap();
    let server = Server::start(&["--config", file.to_str().unwrap()]);
    assert_eq!(server.ask(&format!("M600061FFF{M3_GENERATES}0003abc%02")), "M7A6");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(
        log.contains("M6 A6: a key block of usage M3 is no CMAC key"),
        "{log}"
    );
}

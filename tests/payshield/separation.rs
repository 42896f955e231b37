//! What a key is for stays so: components are no keys, a command of one type of key takes that only, and ZMKs come in when
//! that is authorised.

use crate::server::Server;

/// A ZMK under LMK 01, of the published message of A0.
const ZMK: &str = "S00072K0TB00E00017CECF0FB9210B3CC93B9FFB304963C39CFFF94B837D318E1A6F1F058";
/// The components of the published message of A4.
const COMPONENT: &str = "S0007252TBc1E0001C9ED3207A1A79BCA1CAB8C05FEC9429E2232067D1F9E908F15E9DCA7";
const SECOND_COMPONENT: &str = "S0007252TBc2E000125276E9C8BC0FA0F70109274FAB9647EF89A189C019465182A345009";
/// The first one under the ZMK.
const SENT_COMPONENTS: [&str; 2] = [
    "RB0096K0TBc1E00009DE5EAA49D245700B08DFD845088743970964D62ED36A93E451570544FFC1BB85A7340E63523F224",
    "S0007252TBc1E00FF2BB8FF589B932803299B378A7E6AF241D7CCDE25F53514689840031D",
];

/// A new key of this usage under LMK 01, and under the ZMK in this scheme.
fn new_key(server: &Server, scheme: &str, header: &str) -> (String, String) {
    let answer = server.ask(&format!("A01FFFS;0{ZMK}{scheme}%01#{header}"));
    let told = answer.strip_prefix("A100").unwrap_or_else(|| panic!("{answer}"));
    let length: usize = told[2..6].parse().unwrap();
    let (kept, rest) = told.split_at(1 + length);
    (kept.to_owned(), rest[..rest.len() - 6].to_owned())
}

#[test]
fn components_are_no_keys() {
    let server = Server::start(&[]);
    for message in [
        format!("A8FFF{ZMK}{COMPONENT}R%01"),
        format!("A8FFF{ZMK}{COMPONENT}S%01"),
        format!("A8FFF{COMPONENT}{ZMK}S%01"),
        format!("B0FFF{COMPONENT}S%01"),
        format!("BUFFF{COMPONENT}%01"),
        format!("A6FFF{ZMK}{}S%01", SENT_COMPONENTS[0]),
        format!("A6FFF{ZMK}{}S%01", SENT_COMPONENTS[1]),
        format!("BY{ZMK}{}%01", SENT_COMPONENTS[0]),
        format!("BY{ZMK}{}%01", SENT_COMPONENTS[1]),
    ] {
        let answer = server.ask(&message);
        assert_eq!(&answer[2..], "A9", "{message}: {answer}");
    }
    // A4 is for them.
    let formed = server.ask(&format!("A42FFFS{COMPONENT}{SECOND_COMPONENT}%01#0000"));
    assert_eq!((&formed[..4], &formed[formed.len() - 6..]), ("A500", "2AE082"));
}

/// A usage of the command's type that its keys have not under a variant LMK.
#[test]
fn imports_of_one_type_of_key_refuse_what_a_variant_lmk_does_not_tell() {
    let server = Server::start(&[]);
    const UNDER_LMK_00: &str = "U42BBE7D9A0A55D0EBDE055DE2791ACCD";
    for (command, block) in [
        (
            "FC",
            "S00072K1TB00E00FF2B91B75EA1BCB0BB36C4E4BA9CA61FFE5C4931D16D3D86F8868C8F0F",
        ),
        (
            "DW",
            "S0007241TN00E00FFCFAF662C5F2D82F2A2FB8A14AEB91CAF574A2E52C5D732507A2C7F3C",
        ),
        (
            "MI",
            "S00072M6TN00E00FF50A0D459B79797A71689C441C95E547CEBBA1DC9554D9C68089757B3",
        ),
    ] {
        let answer = server.ask(&format!("{command}{UNDER_LMK_00}{block}"));
        assert_eq!(&answer[2..], "A6", "{command}: {answer}");
    }
}

#[test]
fn exports_of_one_type_of_key_take_its_key_blocks_only() {
    let server = Server::start(&[]);
    let all = ["72", "71", "52", "C0", "M3", "D0", "B0", "41", "V2", "V1", "51"];
    let keys = all.map(|usage| {
        let mode = if matches!(usage, "B0" | "41") { "X" } else { "N" };
        new_key(&server, "S", &format!("{usage}T2{mode}00E00"))
    });
    for (command, own) in [
        ("GC", &["72"][..]),
        ("FE", &["71", "V2", "V1", "51"]),
        ("FM0", &["D0"]),
        ("FM1", &["M3"]),
        ("MG", &["M3"]),
        ("AU", &["C0"]),
        ("DY", &["B0", "41"]),
    ] {
        for (usage, (kept, _)) in all.iter().zip(&keys) {
            let answer = server.ask(&format!("{command}{ZMK}{kept}%01"));
            let code = if own.contains(usage) { "00" } else { "A6" };
            assert_eq!(&answer[2..4], code, "{command} {usage}");
        }
    }
}

#[test]
fn imports_of_one_type_of_key_take_its_key_blocks_only() {
    let server = Server::start(&[]);
    let all = ["72", "71", "52", "C0", "M3", "D0", "B0", "41", "V2", "V1", "51"];
    let keys = all.map(|usage| {
        let mode = if matches!(usage, "B0" | "41") { "X" } else { "N" };
        new_key(&server, "S", &format!("{usage}T2{mode}00E00"))
    });
    for (command, own) in [
        ("FA", &["72"][..]),
        ("FC", &["71", "V2", "V1", "51"]),
        ("FK0", &["D0"]),
        ("FK1", &["M3"]),
        ("MI", &["M3"]),
        ("AW", &["C0"]),
        ("DW", &["B0", "41"]),
        ("BY", &["52"]),
    ] {
        for (usage, (_, sent)) in all.iter().zip(&keys) {
            let answer = server.ask(&format!("{command}{ZMK}{sent}%01"));
            let code = if own.contains(usage) { "00" } else { "A6" };
            assert_eq!(&answer[2..4], code, "{command} {usage}");
        }
    }
}

#[test]
fn zmks_come_in_when_that_is_authorised_only() {
    let server = Server::start(&[]);
    let (_, zone) = new_key(&server, "S", "52T2B00E00");
    // X9.143 has one usage for the keys of zones and terminals.
    let (_, any) = new_key(&server, "R", "52T2B00E00");
    let (_, pin) = new_key(&server, "R", "72T2B00E00");
    assert!(server.ask("RA").starts_with("RB00"));
    for (message, code) in [
        (format!("A6FFF{ZMK}{zone}S%01"), "17"),
        (format!("A6FFF{ZMK}{any}S%01"), "17"),
        (format!("BY{ZMK}{zone}%01"), "17"),
        (format!("BY{ZMK}{any}%01"), "17"),
        (format!("FC{ZMK}{any}%01"), "17"),
        (format!("FC{ZMK}{zone}%01"), "A6"),
        (format!("FA{ZMK}{zone}%01"), "A6"),
        (format!("FA{ZMK}{any}%01"), "A6"),
        (format!("FK0{ZMK}{any}%01"), "A6"),
        (format!("MI{ZMK}{zone}%01"), "A6"),
        (format!("AW{ZMK}{any}%01"), "A6"),
        (format!("DW{ZMK}{zone}%01"), "A6"),
        (format!("FA{ZMK}{pin}%01"), "00"),
        (format!("FC{ZMK}{pin}%01"), "00"),
        // What is wrong with a message comes before what it may do.
        (format!("BY{ZMK}{zone};zz%01"), "26"),
        (format!("BY{ZMK}{zone}%77"), "13"),
        ("BY".into(), "15"),
    ] {
        let answer = server.ask(&message);
        assert_eq!(&answer[2..4], code, "{message}");
    }
}

//! Diagnostics: what the server tells of itself.

use crate::server::{Server, receive, send};

const EC: &str =
    "ECU1EF828AA8F6B80EB83E19FBC373F3A85X367930344805B1FAD6146EF4ED7502B391DDDA0A7C12CFAA0155000002532114402";
const EC_WRONG: &str =
    "ECU1EF828AA8F6B80EB83E19FBC373F3A85X367930344805B1FAD6146EF4ED7502B391DDDA0A7C12CFAA0155000002532114401";

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn nc_tells_the_lmk_and_the_firmware() {
    let server = Server::start(&[]);
    // TDES of zeros under the key [Thales' TEST LMK], CMAC of nothing under the AES key: both published.
    assert_eq!(server.ask("NC%01"), "ND008E0EC000000000000007-E000");
    assert_eq!(server.ask("NC%02"), "ND009D04A000000000000007-E000");
    let variant = server.ask("NC");
    assert_eq!((variant.len(), &variant[20..]), (29, "0007-E000"));
}

#[test]
fn no_tells_buffers_sockets_and_compliance() {
    let server = Server::start(&["--connections", "64"]);
    assert_eq!(server.ask("NO00"), "NP0031640007-E00000000");
    assert_eq!(server.ask("NO01"), "NP0000000000000");
    assert_eq!(server.ask("NO02"), "NP15");
    assert_eq!(server.ask("NO0"), "NP15");
    assert_eq!(server.ask("NO00more"), "NP15");
}

/// They use no LMK, but the one that is named has to be there; nothing is done before that is known.
#[test]
fn lmks_that_there_are_not_are_refused() {
    let server = Server::start(&[]);
    for command in [
        "NC",
        "NO00",
        "NO01",
        "B20002hi",
        "NIX0",
        "NIX1",
        "J2",
        "J4",
        "J6",
        "J8",
        "JI",
        "JK",
        "RA",
        "LG000",
        "NK0010006B20000",
    ] {
        let wrong = server.ask(&format!("{command}%05"));
        assert_eq!(wrong[2..].to_owned(), "13", "{command}");
        let malformed = server.ask(&format!("{command}%5"));
        assert_eq!(malformed[2..].to_owned(), "15", "{command}");
    }
    for (command, answer) in [
        ("NO01", "NP0000000000000"),
        ("B20002hi", "B300hi"),
        ("LG000", "LH00"),
    ] {
        assert_eq!(server.ask(&format!("{command}%01")), answer);
    }
    // Those that need none but for its being there.
    for command in ["BM01045111", "BS"] {
        let wrong = server.ask(&format!("{command}%05"));
        assert_eq!(wrong[2..].to_owned(), "13", "{command}");
    }
    // Nothing was cancelled.
    let cancelled = server.ask("RA%02");
    assert!(
        cancelled.starts_with("RB00") && cancelled != "RB00000",
        "{cancelled}"
    );
}

/// A row that names no handler would answer 41.
#[test]
fn every_command_has_its_handler() {
    let server = Server::start(&[]);
    for row in vhsm::payshield::commands::all() {
        let answer = server.ask(row.code);
        assert!(answer.starts_with(row.response), "{}: {answer}", row.code);
        assert_ne!(&answer[2..4], "41", "{}", row.code);
    }
}

#[test]
fn echo_has_its_own_codes_for_lengths() {
    let server = Server::start(&[]);
    assert_eq!(server.ask("B20005HELLO"), "B300HELLO");
    assert_eq!(server.ask("B20000"), "B300");
    assert_eq!(server.ask("B20006HELLO"), "B380");
    assert_eq!(server.ask("B20004HELLO"), "B315");
    assert_eq!(server.ask("B2000GHELLO"), "B315");
}

#[test]
fn ni_lists_connections_and_counts_bytes() {
    let server = Server::start(&[]);
    let mut other = server.connect();
    send(&mut other, b"0000B20000");
    receive(&mut other);
    let answer = server.ask("NIX0");
    assert_eq!((&answer[..8], answer.len()), ("NJ000002", 8 + 2 * 26));
    let port = server
        .address()
        .rsplit_once(':')
        .unwrap()
        .1
        .parse::<u16>()
        .unwrap();
    let peer = other.local_addr().unwrap().port();
    let records = [&answer[8..34], &answer[34..]];
    let wanted = format!("1{port:04X}7F000001{peer:04X}5");
    assert!(
        records.iter().any(|record| record.starts_with(&wanted)),
        "{answer}"
    );
    let answer = server.ask("NIX1");
    assert_eq!(answer.len(), 8 + 2 * 26 + 32 + 72);
    let sent = u64::from_str_radix(&answer[60..76], 16).unwrap();
    let received = u64::from_str_radix(&answer[76..92], 16).unwrap();
    assert!(sent >= 70 && received >= 22, "{sent} {received}");
    assert_eq!(server.ask("NI"), "NJ15");
    assert_eq!(server.ask("NIX2"), "NJ15");
}

/// What stands before every count.
fn period<'a>(answer: &'a str, code: &str) -> &'a str {
    let rest = answer.strip_prefix(code).unwrap();
    let (period, rest) = rest.split_at(48);
    assert!(are_digits(&period[12..]), "{period}");
    rest
}

#[test]
fn volumes_are_counted_by_command_and_begin_anew() {
    let server = Server::start(&[]);
    for _ in 0..3 {
        assert_eq!(server.ask(EC), "ED00");
    }
    server.ask("B20000");
    let answer = server.ask("J4");
    let rest = period(&answer, "J500");
    assert_eq!(&rest[10..], "B2000000000001EC000000000003");
    assert_eq!(server.ask("J6"), "J700");
    // What follows the beginning is its own answer.
    let answer = server.ask("J4");
    assert_eq!(&period(&answer, "J500")[10..], "J6000000000001");
}

#[test]
fn loads_are_ten_classes() {
    let server = Server::start(&[]);
    let answer = server.ask("J2");
    let classes = &period(&answer, "J300")[10..];
    assert_eq!(classes.len(), 170);
    for (at, class) in classes.as_bytes().chunks(17).enumerate() {
        let class = std::str::from_utf8(class).unwrap();
        assert_eq!(&class[..6], format!("{:03}{:03}", 10 * at, 10 * at + 10));
        assert!(are_digits(&class[6..16]) && class.ends_with(','));
    }
}

/// A configuration with limits of wrong PINs.
#[test]
fn too_many_wrong_pins_are_an_attack_until_the_counts_begin_anew() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("vhsm.toml");
    std::fs::write(
        &file,
        "[payshield]\npin_failures_hour = 3\npin_attacks = 1\nfirmware = \"1234-A567\"\n",
    )
    .unwrap();
    let server = Server::start(&["--config", file.to_str().unwrap()]);
    assert!(server.ask("NC").ends_with("1234-A567"));
    for _ in 0..4 {
        assert_eq!(server.ask(EC), "ED00");
        assert_eq!(server.ask(EC_WRONG), "ED01");
    }
    assert_eq!(server.ask(EC), "ED39");
    let answer = server.ask("J8");
    let counts = period(&answer, "J900");
    assert_eq!(counts, "0000000001000000000000000000000100000001");
    assert!(server.ask("JK").ends_with("11"));
    assert_eq!(server.ask("JI"), "JJ00");
    assert_eq!(server.ask(EC), "ED00");
    assert!(period(&server.ask("J8"), "J900").ends_with("00000000"));
    assert!(server.ask("JK").ends_with("00"));
}

#[test]
fn jk_tells_of_each_lmk() {
    let server = Server::start(&[]);
    let answer = server.ask("JK");
    let rest = answer.strip_prefix("JL00").unwrap();
    assert_eq!(&rest[24..37], "0010001030300");
    let lmks: Vec<&str> = rest[37..].split('\x14').collect();
    assert_eq!(
        lmks,
        [
            "00101V0TTEST variant   ",
            "01101K1TTEST key block ",
            "02101K2TTEST key block ",
            "",
            "00"
        ]
    );
}

#[test]
fn ra_cancels_what_is_authorised() {
    let server = Server::start(&[]);
    assert_eq!(server.ask("RA"), "RB00001");
    assert_eq!(server.ask("RA"), "RB00000");
    assert_eq!(server.ask("JI"), "JJ17");
}

/// The responses in the answer to a chain.
fn responses(answer: &str) -> Vec<&str> {
    let (count, mut rest) = answer.strip_prefix("NL00").unwrap().split_at(2);
    let mut responses = Vec::new();
    while !rest.is_empty() {
        let (length, behind) = rest.split_at(4);
        let (response, behind) = behind.split_at(length.parse().unwrap());
        responses.push(response);
        rest = behind;
    }
    assert_eq!(responses.len(), count.parse::<usize>().unwrap());
    responses
}

/// Whatever the commands of a chain answer, what they have done is told.
#[test]
fn a_response_of_a_chain_without_room_is_a_refusal_and_the_others_are_sent() {
    let server = Server::start(&["--trace"]);
    let data = "0123456789ABCDEF".repeat(32);
    let command = |text: &str| format!("{:04}{text}", text.len());
    let chain = [
        "NK072".to_owned(),
        command(&format!("LAK00020{data}")),
        command("LEK00020").repeat(69),
        command("B20005HELLO"),
        command("QQ"),
    ];
    let answer = server.ask(&chain.concat());
    assert!(answer.len() <= 32 * 1024 - 4, "{}", answer.len());
    let responses = responses(&answer);
    let whole = format!("LF00{data}");
    assert_eq!(responses[0], "LB00");
    let sent = responses.iter().filter(|response| **response == whole).count();
    let refused = responses.iter().filter(|response| **response == "LF80").count();
    assert_eq!((sent + refused, sent), (69, 62));
    assert_eq!(responses[70..], ["B300HELLO", "ZZ15"]);
    server.told_where(|line| line.contains(" < LF 80 "));
    // Alone it finds room.
    assert_eq!(server.ask("LEK00020"), whole);
}

#[test]
fn a_chain_is_answered_command_by_command() {
    let server = Server::start(&[]);
    let chain = format!("NK0030011B20005HELLO{:04}{EC}0003QQ1", EC.len());
    assert_eq!(server.ask(&chain), "NL00030009B300HELLO0004ED000004ZZ15");
    assert_eq!(server.ask("NK1010010HEADB20000"), "NL00010008HEADB300");
    assert_eq!(server.ask("NK000"), "NL52");
    assert_eq!(server.ask("NK0010007NK00100"), "NL52");
    assert_eq!(server.ask("NK0010009B20000"), "NL15");
    assert_eq!(server.ask("NK0010006B20000more"), "NL15");
    assert_eq!(server.ask("NK2010006B20000"), "NL15");
    assert_eq!(server.ask("NK1010003B20"), "NL15");
    // The LMK of the chain is that of its commands.
    let nc = server.ask("NC%02");
    assert_eq!(server.ask("NK0010002NC%02"), format!("NL0001{:04}{nc}", nc.len()));
    assert_eq!(
        server.ask("NK0010005NC%02%01"),
        format!("NL0001{:04}{nc}", nc.len())
    );
}

#[test]
fn lg_delays_its_answer() {
    let server = Server::start(&[]);
    let since = std::time::Instant::now();
    assert_eq!(server.ask("LG120"), "LH00");
    assert!(since.elapsed().as_millis() >= 120);
    assert_eq!(server.ask("LG12"), "LH15");
    assert_eq!(server.ask("LG1x0"), "LH15");
}

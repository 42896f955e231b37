//! PIN blocks of 16 and of 32 digits under a base key of AES, where the key does not tell which comes.

use crate::initial_keys::AES_128;
use crate::pin_translate::{AES_02, ISO_4};
use crate::pin_verify::{ACCOUNT, BLOCK, IBM_02, TABLE_02, VISA_02, ZPK_02, check};
use crate::server::Server;

const KSN: &str = "906123456789012345600000001";
/// The card of the account.
const CARD: &str = "4012345678909;";

/// What stands behind the length of a PIN in the answer to a translation, without its format.
fn translated(server: &Server, message: &str) -> String {
    let answer = server.ask(message);
    assert_eq!(answer.get(2..6), Some("0004"), "{message}: {answer}");
    answer[6..answer.len() - 2].to_owned()
}

/// A block under a ZPK in format 01, under the key of the transaction.
fn of_device(server: &Server, block: &str, account: &str) -> String {
    let made = server.ask("A00FFFS%02#P0T2B00E00");
    let key = made.strip_prefix("A100").unwrap();
    let key = &key[..key.len() - 6];
    let moved = translated(server, &format!("CC{ZPK_02}{key}12{block}0101{account}%02"));
    translated(server, &format!("CA{key}{AES_128}{KSN}12{moved}0101{account}%02"))
}

/// 1234 under the key of the transaction in format 01, and in format 48.
fn blocks(server: &Server) -> (String, String) {
    let short = of_device(server, BLOCK, ACCOUNT);
    let message = format!("G0{AES_128}{AES_128}{KSN}{KSN}{short}0148{CARD}%02");
    // Each has random digits. With a letter behind its first half what is wrong behind it has one code.
    let long = std::iter::repeat_with(|| translated(server, &message))
        .find(|long| long.as_bytes().get(16).is_some_and(u8::is_ascii_alphabetic));
    (short, long.unwrap())
}

#[test]
fn both_sizes_are_read() {
    let s = Server::start(&[]);
    let (short, long) = blocks(&s);
    assert_eq!((short.len(), long.len()), (16, 32));
    let there = format!("G10004{BLOCK}01");
    let pvv = |account: &str| format!("{account}15111");
    let ibm = |account: &str| format!("04{account}{TABLE_02}4012345678N0");
    let ends = ["%02", "%02\u{19}48;trailer"];
    for end in ends {
        let told = |answer: &str| format!("{answer}{}", &end[3..]);
        check(
            &s,
            &[
                (
                    format!("G0{AES_128}{ZPK_02}{KSN}{short}0101{ACCOUNT}{end}"),
                    &told(&there),
                ),
                (
                    format!("G0{AES_128}{ZPK_02}{KSN}{long}4801{CARD}{end}"),
                    &told(&there),
                ),
                (
                    format!("G0{AES_128}{ZPK_02}{KSN}{long}4801{CARD};{ACCOUNT}{end}"),
                    &told("G123"),
                ),
                (
                    format!("GQ0{AES_128}{VISA_02}{KSN}{short}01{}{end}", pvv(ACCOUNT)),
                    &told("GR00"),
                ),
                (
                    format!("GQ0{AES_128}{VISA_02}{KSN}{long}48{}{end}", pvv(CARD)),
                    &told("GR00"),
                ),
                (
                    format!(
                        "GQ0{AES_128}{VISA_02}{KSN}{long}48{CARD}{}{end}",
                        pvv(&format!(";{ACCOUNT}"))
                    ),
                    &told("GR00"),
                ),
                (
                    format!(
                        "GO0{AES_128}{IBM_02}{KSN}{short}01{}9026FFFFFFFF{end}",
                        ibm(ACCOUNT)
                    ),
                    &told("GP02"),
                ),
                (
                    format!("GO0{AES_128}{IBM_02}{KSN}{long}48{}9026FFFFFFFF{end}", ibm(CARD)),
                    &told("GP02"),
                ),
            ],
        );
    }
    let pin = s.ask(&format!("JE{AES_02}{ISO_4}48{CARD}%02"));
    let pin = pin.strip_prefix("JF00").unwrap();
    check(
        &s,
        &[
            (format!("GU0{AES_128}{KSN}{short}01{ACCOUNT}{pin}%02"), "GV00"),
            (format!("GU0{AES_128}{KSN}{long}48{CARD}{pin}%02"), "GV00"),
            // Codes of what is wrong behind either.
            (
                format!("GQ0{AES_128}{VISA_02}{KSN}{short}01{ACCOUNT}1511%02"),
                "GR15",
            ),
            (format!("GQ0{AES_128}{VISA_02}{KSN}{long}48{CARD}1511%02"), "GR15"),
            (
                format!("GQ0{AES_128}{VISA_02}{KSN}{short}48{ACCOUNT}15111%02"),
                "GR23",
            ),
            (
                format!("GQ0{AES_128}{VISA_02}{KSN}{long}01{}%02", pvv(ACCOUNT)),
                "GR23",
            ),
            (format!("G0{AES_128}{ZPK_02}{KSN}{short}0134{ACCOUNT}%02"), "G123"),
        ],
    );
}

/// A PVV with 48 in its middle stands where the format behind 32 digits would, and digits and a `;` may follow.
#[test]
fn values_that_look_like_format_48_are_none() {
    let s = Server::start(&[]);
    let (short, long) = blocks(&s);
    let gq = |mode: &str, block: &str, value: &str, mac: &str| {
        s.ask(&format!("GQ{mode}{AES_128}{VISA_02}{KSN}{block}{value}{mac}%02"))
    };
    let of = |digits: &str| format!("01{ACCOUNT}1{digits}");
    // A MAC of decimal digits alone, over data that begin with `;`.
    let with_digits = |mode: char, like: &dyn Fn(&str) -> bool| {
        let numbers = (0..100_000).map(|number| format!(";{number:05}=251200001"));
        let made = numbers.map(|data| {
            let answer = s.ask(&format!("GW{mode}1{AES_128}{KSN}{:04X}{data}%02", data.len()));
            (answer.strip_prefix("GX00").unwrap().to_owned(), data)
        });
        let digits = made.into_iter().find(|(mac, _)| like(mac));
        let (mac, data) = digits.unwrap();
        format!("{mac}{:04X}{data}", data.len())
    };
    let decimal = |mac: &str| mac.bytes().all(|digit| digit.is_ascii_digit());
    for (mode, made_by) in [("121", '5'), ("131", '6')] {
        let mac = with_digits(made_by, &decimal);
        assert!(decimal(&mac[..12]) && mac.as_bytes()[12] == b';', "{mac}");
        assert_eq!(gq(mode, &short, &of("5111"), &mac), "GR0000", "{mac}");
        for value in ["0480", "1481", "9489"] {
            assert_eq!(gq(mode, &short, &of(value), &mac), "GR0100", "{mac}");
        }
        // What is wrong there keeps its code, too.
        assert_eq!(
            gq(mode, &short, &of("1481"), &mac.replace("=251200001", "")),
            "GR80"
        );
        assert_eq!(gq(mode, &long, &format!("48{CARD}15111"), &mac), "GR0000");
        assert_eq!(gq(mode, &long, &format!("48{CARD}11481"), &mac), "GR0100");
    }
    // The account number of the PVV has it, and no MAC or one of 16 digits follows.
    let mac = with_digits('4', &|mac| decimal(&mac[..4]));
    assert_eq!(gq("0", &short, &of("1481"), ""), "GR01");
    assert_eq!(gq("111", &short, &of("1481"), &mac), "GR0100");
    // PINs go with one account number; it is told where the second one ends.
    let other = format!("01{ACCOUNT};14812345678915111");
    assert_eq!(gq("0", &short, &other, ""), "GR23");
    assert_eq!(gq("111", &short, &other, &mac), "GR23");
}

/// A card number of 19 digits has 48 where the format behind 32 digits would be.
#[test]
fn card_numbers_that_look_like_format_48_are_none() {
    let s = Server::start(&[]);
    let account = "345612489012";
    let pin = s.ask(&format!("BA1234FFFFFFFFF{account}%02"));
    let pin = pin.strip_prefix("BB00").unwrap_or_else(|| panic!("{pin}"));
    let block = s.ask(&format!("JG{ZPK_02}01{account}{pin}%02"));
    let block = block.strip_prefix("JH00").unwrap();
    let short = of_device(&s, block, account);
    for (card, to) in [("9876543456124890125;", "48"), ("9876543456124801123;", "48")] {
        let account = &card[6..18];
        let answer = s.ask(&format!("G0{AES_128}{AES_02}{KSN}{short}01{to}{card}%02"));
        let expected = if account == "345612489012" {
            "G10004"
        } else {
            "G120"
        };
        assert_eq!(answer.get(..expected.len()), Some(expected), "{card}: {answer}");
    }
}

/// Where a message fits both, it is read with 32 digits: its data have to be made for that.
#[test]
fn a_message_that_fits_both_has_32_digits() {
    let s = Server::start(&[]);
    let (short, _) = blocks(&s);
    let data = ";15111123456780004data";
    let tail = format!("12345678{:04X}{data}", data.len());
    let answer = s.ask(&format!(
        "GQ121{AES_128}{VISA_02}{KSN}{short}01{ACCOUNT}11481{tail}%02"
    ));
    assert_eq!(answer, "GR20");
    // With one character less it fits 16 alone.
    let data = &data[..data.len() - 1];
    let tail = format!("12345678{:04X}{data}", data.len());
    let answer = s.ask(&format!(
        "GQ121{AES_128}{VISA_02}{KSN}{short}01{ACCOUNT}11481{tail}%02"
    ));
    assert_eq!(answer, "GR0101");
}

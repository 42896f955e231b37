//! Card security codes of American Express.

use crate::home::Home;
use crate::known::{are_answered, are_refused, beginnings_are_refused};
use crate::server::Server;

const CVK: &str = "U9B4934384B19946B040CD702B4D58145";
const SINGLE: &str = "Z0A61E674E88C6A7E";
const EVEN: &str = "U0123456789ABCDEF0123456789ABCDEF";
/// Key blocks under LMK 01: a CVK, one that checks only, a ZPK.
const C0: &str = "S00072C0TN00E0001347FEC7058C24E2095069FE9FF2F594B4C42CDBB5936A3FC1F7369E6";
const CHECKS: &str = "S00072C0TV00E0001347FEC7058C24E2095069FE9FF2F594B4C42CDBB5936A3FCED08E17E";
const MASTERCARD: &str = "S0007212TC00E000100085676658C41875C6CA6B6CD25C59F4677F95EFB8A6E11C5AFBDB4";
const P0: &str = "S00072P0TN00E000193DE5F9487411F95AB08EC5B9425E8E9489DE472D7ED1C42841ECD6F";
/// The account of 15 digits and the expiry.
const CARD: &str = "37123456789012300009912";
/// Computed with cryptography 48; the first codes are those that EFTlab publishes.
#[test]
fn card_security_codes_are_those_of_another_implementation() {
    let server = Server::start(&[]);
    let count = are_answered(&server, include_str!("../vectors/payment/payshield_csc.json"));
    assert_eq!(count, 282);
}

#[test]
fn card_security_codes_are_refused_with_their_codes() {
    let server = Server::start(&[]);
    let codes = "612478720552";
    let rows: Vec<(&str, String)> = vec![
        ("RZ014222", format!("RY40{CVK}{CARD}000000000000")),
        ("RZ014211", format!("RY40{CVK}{CARD}00000FFFFFFF")),
        ("RZ15", format!("RY40{CVK}{CARD}FFFFFFFFFFFF")),
        ("RZ15", format!("RY40{CVK}{CARD}6124F8720552")),
        ("RZ15", format!("RY40{CVK}{CARD}61247FFFf552")),
        ("RZ15", format!("RY40{CVK}{CARD}6124 8720552")),
        ("RZ15", format!("RY40{CVK}{CARD}{codes}0")),
        // Modes and flags that there are not, and a service code where there is none.
        ("RZ15", format!("RY00{CVK}{CARD}")),
        ("RZ15", format!("RY50{CVK}{CARD}")),
        ("RZ15", format!("RY31{CVK}{CARD}")),
        ("RZ15", format!("RY33{CVK}{CARD}702")),
        ("RZ15", format!("RY30{CVK}{CARD}702")),
        ("RZ15", format!("RY32{CVK}{CARD}")),
        ("RZ15", format!("RY32{CVK}{CARD}70")),
        ("RZ15", format!("RY32{CVK}{CARD}7O2")),
        ("RZ15", format!("RY42{CVK}{CARD}{codes}")),
        // Accounts of other lengths, on the right, with letters, and of others.
        ("RZ15", format!("RY30{CVK}37123456789012340009912")),
        ("RZ15", format!("RY30{CVK}00003712345678901239912")),
        ("RZ15", format!("RY30{CVK}37123456789012A00009912")),
        ("RZ15", format!("RY30{CVK}371234567890123FFFF9912")),
        ("RZ15", format!("RY30{CVK}36123456789012300009912")),
        ("RZ15", format!("RY30{CVK}41234567890123400009912")),
        ("RZ15", format!("RY30{CVK}371234567890123000099A2")),
        ("RZ15", format!("RY30{CVK}{CARD}more")),
        ("RZ10", format!("RY30{EVEN}{CARD}")),
        ("RZ27", format!("RY30{SINGLE}{CARD}")),
        ("RZ26", format!("RY30?{CARD}")),
        ("RZA1", format!("RY30{CVK}{CARD}%01")),
        ("RZA6", format!("RY30{P0}{CARD}%01")),
        ("RZA6", format!("RY30{MASTERCARD}{CARD}%01")),
        ("RZA8", format!("RY30{CHECKS}{CARD}%01")),
        ("RZ004000", format!("RY40{CHECKS}{CARD}{codes}%01")),
        (
            "RZA4",
            format!("RY30{}{CARD}%01", C0.replace("0001347", "0001348")),
        ),
        ("RZ13", format!("RY30{CVK}{CARD}%50")),
    ];
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(code, row)| (*code, row.as_bytes())).collect();
    are_refused(&server, &rows);
    beginnings_are_refused(&server, format!("RY40{CVK}{CARD}{codes}").as_bytes());
    beginnings_are_refused(&server, format!("RY32{CVK}{CARD}702").as_bytes());
}

#[test]
fn wrong_codes_are_approved_where_that_is_asked_for() {
    let server = Server::start(&["--approve-all"]);
    let answer = server.ask(&format!("RY40{CVK}{CARD}61248FFFFFFF"));
    assert_eq!(answer, "RZ004011");
}

/// Without `mechanisms.enable`, which demonstrations have.
#[test]
fn version_2_is_off_unless_the_configuration_has_it() {
    let home = Home::new();
    let server = Server::spawn(home.command(&[]));
    assert_eq!(server.ask(&format!("RY30{CVK}{CARD}")), "RZ003612478720552");
    for asked in [
        format!("RY32{CVK}{CARD}702"),
        format!("RY42{CVK}{CARD}702213345068221"),
    ] {
        assert_eq!(server.ask(&asked), "RZ68", "{asked}");
    }
}

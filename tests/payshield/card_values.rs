//! Card verification values.

use crate::known::{are_answered, are_refused, beginnings_are_refused};
use crate::server::Server;

const CVK: &str = "U9B4934384B19946B040CD702B4D58145";
const SINGLE: &str = "Z0A61E674E88C6A7E";
const EVEN: &str = "U0123456789ABCDEF0123456789ABCDEF";
/// Key blocks under LMK 01: a CVK that checks only, a ZPK.
const CHECKS: &str = "S00072C0TV00E0001347FEC7058C24E2095069FE9FF2F594B4C42CDBB5936A3FCED08E17E";
const P0: &str = "S00072P0TN00E000193DE5F9487411F95AB08EC5B9425E8E9489DE472D7ED1C42841ECD6F";

/// Computed by psec 1.3.
#[test]
fn card_values_are_those_of_another_implementation() {
    let server = Server::start(&[]);
    let count = are_answered(
        &server,
        include_str!("../vectors/payment/payshield_card_values.json"),
    );
    assert_eq!(count, 105);
}

#[test]
fn card_values_are_refused_with_their_codes() {
    let server = Server::start(&[]);
    let card = "4123456789012345;2512201";
    let rows: Vec<(&str, String)> = vec![
        ("CZ01", format!("CY{CVK}000{card}")),
        ("CX10", format!("CW{EVEN}{card}")),
        ("CX27", format!("CW{SINGLE}{card}")),
        ("CX26", format!("CW?{card}")),
        ("CX15", format!("CW{CVK}41234567890;2512201")),
        ("CX15", format!("CW{CVK}41234567890123456789;2512201")),
        ("CX15", format!("CW{CVK}412345678901234A;2512201")),
        ("CX15", format!("CW{CVK}4123456789012345;251220A")),
        ("CX15", format!("CW{CVK}{card}more")),
        ("CZ15", format!("CY{CVK}12A{card}")),
        ("CXA1", format!("CW{CVK}{card}%01")),
        ("CXA6", format!("CW{P0}{card}%01")),
        ("CXA8", format!("CW{CHECKS}{card}%01")),
        (
            "CXA2",
            format!("CW{}{card}%01", CHECKS.replace("0001347", "0003347")),
        ),
        (
            "CXA4",
            format!("CW{}{card}%01", CHECKS.replace("0001347", "0001348")),
        ),
        ("CX13", format!("CW{CVK}{card}%50")),
        // Version `c1`: a component, under a right MAC.
        (
            "CXA9",
            format!("CWS00072C0TCc1E0001347FEC7058C24E2095069FE9FF2F594B7741A15AAFB4104AE10962B7{card}%01"),
        ),
    ];
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(code, row)| (*code, row.as_bytes())).collect();
    are_refused(&server, &rows);
    beginnings_are_refused(&server, format!("CY{CVK}123{card}").as_bytes());
}

//! Which algorithms and modes of use go with a key usage in key blocks under an LMK [Thales payShield, key usage table].

use super::code::ErrorCode;
use super::refusal::Refusal;

/// Usages, algorithms, modes of use.
type Row = (&'static [&'static str], &'static str, &'static str);

/// The table. Algorithms: `A` AES, `D` DES, `E` elliptic curves, `H` HMAC, `R` RSA, `T` triple DES.
const TABLE: &[Row] = &[
    (&["01"], "DT", "CGNV"),
    (&["02"], "R", "ENV"),
    (&["02"], "E", "NVX"),
    (&["03", "04", "05", "06"], "R", "DNS"),
    (&["03"], "E", "NSX"),
    (&["B0", "B1", "41", "43"], "AT", "NX"),
    (&["42", "44"], "T", "NX"),
    (&["C0", "13"], "AT", "CGNV"),
    (&["11", "12"], "T", "CGNV"),
    (&["D0", "21", "22", "23"], "ADT", "BDEN"),
    (&["24", "25", "35"], "A", "BDEN"),
    (
        &["E0", "E1", "E2", "E3", "E6", "E7", "32", "37", "38", "39"],
        "AT",
        "NX",
    ),
    (&["E4", "E5"], "T", "NX"),
    (&["33", "34"], "A", "NX"),
    (&["36"], "A", "CN"),
    (&["40"], "T", "N"),
    (&["47"], "AT", "BN"),
    (&["48"], "AT", "GNV"),
    (&["49"], "T", "BE"),
    (&["K0", "51", "52"], "ADT", "BDEN"),
    (&["K1", "54"], "AT", "BDEN"),
    (&["53"], "AT", "X"),
    (&["55"], "A", "E"),
    (&["56", "57"], "DT", "NX"),
    (&["M0", "M3", "M4"], "T", "CGNV"),
    (&["M1", "M2"], "DT", "CGNV"),
    (&["M5"], "AT", "CGNV"),
    (&["M6"], "A", "CGNV"),
    (&["61", "62", "63", "64", "65"], "H", "CGNV"),
    (&["P0", "71", "72"], "ADT", "BDEN"),
    (&["73"], "DT", "N"),
    (&["V0", "V1"], "DT", "CGNV"),
    (&["V2"], "ADT", "CGNV"),
];

/// The usages of the table.
#[cfg(test)]
pub(super) fn usages() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|(usages, ..)| usages.iter().copied())
}

/// That a key of this algorithm may have this usage and this mode of use.
///
/// # Errors
/// A6 for a usage that the table does not have, A7 for an algorithm that does not go with it, A8 for such a mode.
pub fn check(usage: [u8; 2], algorithm: u8, mode: u8) -> Result<(), Refusal> {
    let has = |list: &str, one: u8| list.as_bytes().contains(&one);
    let of_usage = |(usages, _, _): &&Row| usages.iter().any(|known| known.as_bytes() == usage);
    let name = String::from_utf8_lossy(&usage).into_owned();
    let refuse = |code, why: String| Err(Refusal::new(code, why));
    let algorithm_name = char::from(algorithm);
    let fitting = |(_, algorithms, _): &&Row| has(algorithms, algorithm);
    if !TABLE.iter().any(|row| of_usage(&row)) {
        return refuse(
            ErrorCode::KEY_USAGE,
            format!("payShield's table has no key usage {name}"),
        );
    }
    let Some((_, _, modes)) = TABLE.iter().filter(of_usage).find(fitting) else {
        return refuse(
            ErrorCode::ALGORITHM,
            format!("keys of usage {name} are none of algorithm {algorithm_name}"),
        );
    };
    match has(modes, mode) {
        true => Ok(()),
        false => refuse(
            ErrorCode::MODE_OF_USE,
            format!(
                "keys of usage {name} and algorithm {algorithm_name} have the modes of use {modes}, and not {}",
                char::from(mode)
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_and_an_algorithm_have_one_row() {
        for (at, (usages, algorithms, _)) in TABLE.iter().enumerate() {
            for (others, other_algorithms, _) in TABLE.iter().skip(at + 1) {
                let again = usages.iter().any(|usage| others.contains(usage));
                let both = algorithms.chars().any(|one| other_algorithms.contains(one));
                assert!(!(again && both), "{usages:?} {algorithms}");
            }
        }
    }

    #[test]
    fn what_does_not_go_together_has_a_code_of_its_own() {
        let code = |usage: &[u8; 2], algorithm, mode| {
            check(*usage, algorithm, mode)
                .map_err(|refused| refused.code)
                .err()
        };
        assert_eq!(code(b"72", b'T', b'N'), None);
        assert_eq!(code(b"02", b'E', b'X'), None);
        assert_eq!(code(b"99", b'T', b'N'), Some(ErrorCode::KEY_USAGE));
        assert_eq!(code(b"D2", b'T', b'N'), Some(ErrorCode::KEY_USAGE));
        assert_eq!(code(b"61", b'T', b'N'), Some(ErrorCode::ALGORITHM));
        assert_eq!(code(b"02", b'T', b'N'), Some(ErrorCode::ALGORITHM));
        assert_eq!(code(b"72", b'T', b'G'), Some(ErrorCode::MODE_OF_USE));
    }
}

//! Key type codes of variant LMKs: which pair and which variant protects keys of a type, and what payment usage they have
//! [Thales payShield, key type table].

/// Changes the first byte of the pair, by the first digit of the code.
pub(crate) const VARIANTS: [u8; 10] = [0, 0xa6, 0x5a, 0x6a, 0xde, 0x2b, 0x50, 0x74, 0x9c, 0xfa];
/// Changes it further for components of keys.
pub(super) const COMPONENT: u8 = 0xff;

/// A key type code that is known.
#[derive(Clone, Copy)]
pub(super) struct KeyTypeCode {
    /// The pair of the local master key, counted from 0.
    pub(super) pair: usize,
    /// What its first byte is changed by.
    pub(super) variant: u8,
    /// CKA_VHSM_KEY_USAGE of such keys; the first is the default.
    usages: &'static [[u8; 2]],
    /// Those that it has beside them where key type 002 is not separated.
    mixed: &'static [[u8; 2]],
}

impl KeyTypeCode {
    /// The key type of three characters.
    pub(super) fn of(code: [u8; 3]) -> Option<Self> {
        let (_, usages) = TABLE.iter().find(|(codes, _)| codes.contains(&&code))?;
        let [digit, pair @ ..] = code;
        let mixed: &[[u8; 2]] = match &code {
            b"002" => MIXED,
            _ => &[],
        };
        Some(Self {
            pair: pair_of(pair)?,
            variant: *VARIANTS.get(usize::from(digit.checked_sub(b'0')?))?,
            usages,
            mixed,
        })
    }

    /// The usages of its keys, the default first.
    pub(super) fn usages(&self, separate_002: bool) -> Vec<[u8; 2]> {
        let mixed = if separate_002 { &[] } else { self.mixed };
        self.usages.iter().chain(mixed).copied().collect()
    }
}

/// Terminals' keys, which key type 002 has if nothing separates them.
const MIXED: &[[u8; 2]] = &[*b"P0", *b"71", *b"51", *b"K0"];

/// The pair that a pair code stands for.
fn pair_of(code: [u8; 2]) -> Option<usize> {
    let pairs = [
        (b"00", 2),
        (b"01", 3),
        (b"02", 7),
        (b"03", 8),
        (b"04", 9),
        (b"05", 10),
        (b"06", 11),
        (b"07", 12),
        (b"08", 13),
        (b"09", 14),
        (b"0A", 15),
        (b"0B", 16),
        (b"0D", 18),
    ];
    pairs
        .iter()
        .find(|(known, _)| **known == code)
        .map(|(_, pair)| *pair)
}

type Row = (&'static [&'static [u8; 3]], &'static [[u8; 2]]);

/// Key types with the usages of their keys. What X9.143 has no code for is numbered 90 and up, which no mechanism here
/// takes; codes of keys that are none of DES are not in it.
const TABLE: &[Row] = &[
    (&[b"000", b"100"], &[*b"52", *b"K0", *b"K1"]),
    (&[b"200", b"300", b"400", b"107", b"602"], &[*b"K0"]),
    (&[b"001"], &[*b"P0", *b"72"]),
    (&[b"002"], &[*b"V2", *b"V1", *b"V0"]),
    (&[b"302"], &[*b"B1"]),
    (&[b"402"], &[*b"C0", *b"11", *b"12", *b"13"]),
    (&[b"702"], &[*b"90"]),
    (
        &[
            b"003", b"103", b"203", b"105", b"205", b"305", b"405", b"505", b"605", b"705", b"805", b"905",
            b"008", b"108", b"208",
        ],
        &[*b"M3", *b"M1", *b"M0"],
    ),
    (&[b"104"], &[*b"D3"]),
    (&[b"204"], &[*b"91"]),
    (&[b"006"], &[*b"01"]),
    (&[b"207"], &[*b"E5"]),
    (&[b"307", b"407", b"507"], &[*b"92"]),
    (&[b"607"], &[*b"53"]),
    (&[b"807", b"907"], &[*b"93"]),
    (&[b"009"], &[*b"B0"]),
    (&[b"609"], &[*b"B0", *b"41"]),
    (&[b"809"], &[*b"B0", *b"42"]),
    (&[b"909"], &[*b"B0", *b"43"]),
    (&[b"109"], &[*b"E0"]),
    (&[b"209"], &[*b"E2"]),
    (&[b"309"], &[*b"E1"]),
    (&[b"409"], &[*b"E3"]),
    (&[b"509"], &[*b"E4"]),
    (&[b"709"], &[*b"32"]),
    (&[b"00A", b"10A", b"20A"], &[*b"D0", *b"22"]),
    (&[b"00B", b"10B", b"20B"], &[*b"D0", *b"21"]),
    (&[b"30B"], &[*b"D0", *b"23"]),
    (&[b"30D", b"40D", b"50D"], &[*b"94"]),
    (&[b"60D"], &[*b"95"]),
    (&[b"70D"], &[*b"P0", *b"71"]),
    (&[b"80D"], &[*b"51", *b"K0"]),
    (&[b"90D"], &[*b"P0", *b"73"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_table_has_its_pair_and_stands_there_once() {
        let mut seen = Vec::new();
        for code in TABLE.iter().flat_map(|(codes, _)| *codes) {
            assert!(KeyTypeCode::of(**code).is_some(), "{code:?}");
            assert!(!seen.contains(code), "{code:?}");
            seen.push(code);
        }
        for unknown in ["00C", "00D", "A00", "111", "00a", "   "] {
            let code = unknown.as_bytes().try_into().unwrap();
            assert!(KeyTypeCode::of(code).is_none(), "{unknown}");
        }
    }

    #[test]
    fn key_type_002_is_separated_where_the_master_key_says_so() {
        let code = KeyTypeCode::of(*b"002").unwrap();
        assert!(!code.usages(true).contains(b"P0"));
        assert!(code.usages(false).contains(b"P0"));
        assert_eq!(code.usages(false).first(), Some(b"V2"));
    }
}

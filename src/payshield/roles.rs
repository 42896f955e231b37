//! What keys are for: their key type code under a variant LMK, their usages in key blocks, and their length
//! [Thales payShield, key type table and key block usages].

/// A role that commands ask of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRole {
    /// Its name, for reasons and documentation.
    pub name: &'static str,
    /// The key type code under a variant LMK.
    pub key_type: [u8; 3],
    /// The code where key type 002 is separated, if it is another one.
    pub separated: Option<[u8; 3]>,
    /// What the key is used as once it is in: CKA_VHSM_KEY_USAGE.
    pub usage: [u8; 2],
    /// The usages that its key block may have.
    pub block_usages: &'static [&'static str],
}

const fn role(
    name: &'static str,
    key_type: [u8; 3],
    usage: [u8; 2],
    block_usages: &'static [&'static str],
) -> KeyRole {
    KeyRole {
        name,
        key_type,
        separated: None,
        usage,
        block_usages,
    }
}

const fn for_macs(role: KeyRole, usage: [u8; 2], block_usages: &'static [&'static str]) -> KeyRole {
    KeyRole {
        usage,
        block_usages,
        ..role
    }
}

impl KeyRole {
    /// Whether a key block with this usage has such a key.
    #[must_use]
    pub fn takes(&self, usage: [u8; 2]) -> bool {
        self.block_usages.iter().any(|known| known.as_bytes() == usage)
    }
}

/// Zone PIN key.
pub const ZPK: KeyRole = role("ZPK", *b"001", *b"P0", &["P0", "72"]);
/// Terminal PIN key.
pub const TPK: KeyRole = KeyRole {
    separated: Some(*b"70D"),
    ..role("TPK", *b"002", *b"P0", &["P0", "71"])
};
/// PIN key of any kind, in a key block.
pub const PIN_KEY: KeyRole = role("PIN key", *b"001", *b"P0", &["P0", "71", "72"]);
/// Terminal master key.
pub const TMK: KeyRole = KeyRole {
    separated: Some(*b"80D"),
    ..role("TMK", *b"002", *b"51", &["51", "K0", "K1"])
};
/// Zone master key.
pub const ZMK: KeyRole = role("ZMK", *b"000", *b"52", &["52", "K0", "K1"]);
/// PIN verification key of IBM 3624.
pub const PVK_IBM: KeyRole = role("PVK", *b"002", *b"V1", &["V1"]);
/// PIN verification key of Visa's PVV.
pub const PVK_VISA: KeyRole = role("PVK", *b"002", *b"V2", &["V2"]);
/// Card verification key.
pub const CVK: KeyRole = role("CVK", *b"402", *b"C0", &["C0", "11", "12", "13"]);
/// Card security code key of American Express.
pub const CSCK: KeyRole = role("CSCK", *b"402", *b"C0", &["C0", "11"]);
/// Terminal authentication key.
pub const TAK: KeyRole = role("TAK", *b"003", *b"M3", &["M0", "M1", "M3", "M5", "M6"]);
/// Zone authentication key.
pub const ZAK: KeyRole = role("ZAK", *b"008", *b"M3", &["M0", "M1", "M3", "M5", "M6"]);
/// Those two, for algorithm 1 of ISO 9797-1.
pub const TAK_ALG1: KeyRole = for_macs(TAK, *b"M1", &["M0", "M1"]);
/// See [`TAK_ALG1`].
pub const ZAK_ALG1: KeyRole = for_macs(ZAK, *b"M1", &["M0", "M1"]);
/// Those two, for algorithm 3. That of whole messages goes with keys of usage M1, too.
pub const TAK_ALG3: KeyRole = for_macs(TAK, *b"M3", &["M3", "M1"]);
/// See [`TAK_ALG3`].
pub const ZAK_ALG3: KeyRole = for_macs(ZAK, *b"M3", &["M3", "M1"]);
/// Key for CMAC, in a key block.
pub const CMAC_KEY: KeyRole = role("CMAC key", *b"008", *b"M6", &["M6"]);
/// Key for HMAC, in a key block.
pub const HMAC_KEY: KeyRole = role("HMAC key", *b"10C", *b"M7", &["61", "62", "63", "64", "65"]);
/// Base derivation key, by its type: BDK-1 to BDK-4. A block of X9.143 does not tell the type: `B0` may be any.
pub const BDKS: [KeyRole; 4] = [
    role("BDK-1", *b"009", *b"B0", &["B0"]),
    role("BDK-2", *b"609", *b"B0", &["B0", "41"]),
    role("BDK-3", *b"809", *b"B0", &["B0", "42"]),
    role("BDK-4", *b"909", *b"B0", &["B0", "43"]),
];
/// Base derivation key of the fifth type, which key blocks alone have.
pub const BDK_5: KeyRole = role("BDK-5", *b"FFF", *b"B0", &["B0", "44"]);
/// Base derivation key of any type: in a key block, the header tells which.
pub const ANY_BDK: KeyRole = role("BDK", *b"009", *b"B0", &["B0", "41", "42", "43", "44"]);
/// Initial key of DUKPT.
pub const IKEY: KeyRole = role("IKEY", *b"302", *b"B1", &["B1"]);
/// Issuer's master key for application cryptograms.
pub const MK_AC: KeyRole = role("MK-AC", *b"109", *b"E0", &["E0"]);
/// Issuer's master key for secure messaging with integrity.
pub const MK_SMI: KeyRole = role("MK-SMI", *b"209", *b"E2", &["E2"]);
/// Issuer's master key for secure messaging with confidentiality.
pub const MK_SMC: KeyRole = role("MK-SMC", *b"309", *b"E1", &["E1"]);
/// Issuer's master key for dynamic card values: dCVV and CVC3.
pub const MK_CVC3: KeyRole = role("MK-CVC3", *b"709", *b"32", &["32"]);
/// Zone encryption key.
pub const ZEK: KeyRole = role("ZEK", *b"00A", *b"D0", &["D0", "22"]);
/// Data encryption key.
pub const DEK: KeyRole = role("DEK", *b"00B", *b"D0", &["D0", "21"]);
/// Key for data of any kind, in a key block.
pub const DATA_KEY: KeyRole = role("data encryption key", *b"00B", *b"D0", &["D0", "21", "22", "23"]);
/// Terminal encryption key.
pub const TEK: KeyRole = role("TEK", *b"30B", *b"D0", &["D0", "23"]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payshield::key_usages;

    /// What commands ask of the keys that they compute with.
    const ASKED: [KeyRole; 19] = [
        PIN_KEY, TMK, ZMK, PVK_IBM, PVK_VISA, CVK, CSCK, TAK_ALG1, ZAK_ALG1, TAK_ALG3, ZAK_ALG3, CMAC_KEY,
        HMAC_KEY, ANY_BDK, MK_AC, MK_SMI, MK_SMC, MK_CVC3, DATA_KEY,
    ];
    /// Keys of RSA, which have no roles.
    const OF_RSA: [&str; 4] = ["02", "03", "04", "06"];

    /// The usages of the documentation's table of those that no command computes with.
    fn told() -> Vec<&'static str> {
        let text = include_str!("../../docs/payshield.md");
        let (_, table) = text.split_once("| usage | instead |").unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        let mut told = Vec::new();
        for row in table.lines().filter(|row| row.starts_with("| `")) {
            let cell = row.trim_start_matches("| ").split(" |").next().unwrap();
            for part in cell.split(", ") {
                let mut ends = part.split(" to ").map(|end| end.trim_matches('`'));
                let first = ends.next().unwrap();
                let last = ends.next().unwrap_or(first);
                told.extend(key_usages::usages().filter(|usage| (first..=last).contains(usage)));
            }
        }
        told
    }

    #[test]
    fn a_usage_is_some_role_s_or_documented_as_nobody_s() {
        let told = told();
        for usage in key_usages::usages() {
            let bytes = usage.as_bytes().try_into().unwrap();
            let is_asked = OF_RSA.contains(&usage) || ASKED.iter().any(|role| role.takes(bytes));
            assert_ne!(is_asked, told.contains(&usage), "{usage}");
        }
    }
}

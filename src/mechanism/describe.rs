//! A row in words, for `vhsm mechanisms` and docs/mechanisms.md.

use super::spec::{KeySizes, MechanismSpec, SizeUnit};
use super::standing::Standing;
use crate::ck::sys;

/// The functions of a mechanism, in the order in which they are shown. What signs or verifies does so for messages, too,
/// which is not said of each.
const FUNCTIONS: &[(u64, &str)] = &[
    (sys::CKF_ENCRYPT, "encrypt"),
    (sys::CKF_DECRYPT, "decrypt"),
    (sys::CKF_MESSAGE_ENCRYPT, "encrypt messages"),
    (sys::CKF_MESSAGE_DECRYPT, "decrypt messages"),
    (sys::CKF_DIGEST, "digest"),
    (sys::CKF_SIGN, "sign"),
    (sys::CKF_SIGN_RECOVER, "sign with recovery"),
    (sys::CKF_VERIFY, "verify"),
    (sys::CKF_VERIFY_RECOVER, "recover"),
    (sys::CKF_GENERATE, "generate"),
    (sys::CKF_GENERATE_KEY_PAIR, "generate pair"),
    (sys::CKF_WRAP, "wrap"),
    (sys::CKF_UNWRAP, "unwrap"),
    (sys::CKF_DERIVE, "derive"),
    (sys::CKF_ENCAPSULATE, "encapsulate"),
    (sys::CKF_DECAPSULATE, "decapsulate"),
];

impl MechanismSpec {
    /// What it does: `encrypt`, `decrypt` …
    #[must_use]
    pub fn functions(&self) -> Vec<&'static str> {
        named(self.flags())
    }

    /// The unit of its key sizes: `bits` or `bytes`.
    #[must_use]
    pub fn size_unit(&self) -> &'static str {
        unit(self.key.sizes)
    }

    /// Its key sizes with their unit, as `C_GetMechanismInfo` tells them; empty if it takes no key.
    #[must_use]
    pub fn key_sizes(&self) -> String {
        let sizes = self.key.told_sizes();
        match (sizes.min, sizes.max) {
            (_, 0) => String::new(),
            (min, max) if min == max => format!("{min} {}", unit(sizes)),
            (min, max) => format!("{min} to {max} {}", unit(sizes)),
        }
    }

    /// The other names that the standard has for its number.
    #[must_use]
    pub fn other_names(&self) -> Vec<&'static str> {
        self.id.names().filter(|name| *name != self.name()).collect()
    }

    /// Its key types, separated by commas; of more than `most` the first ones, and how many more there are.
    #[must_use]
    pub fn key_types(&self, most: usize) -> String {
        let types = self.key.types;
        let mut shown: Vec<_> = types.iter().take(most).map(ToString::to_string).collect();
        if let Some(more) = types.len().checked_sub(most).filter(|more| *more > 0) {
            shown.push(format!("and {more} more"));
        }
        shown.join(", ")
    }

    /// The names of its libraries.
    #[must_use]
    pub fn library_names(&self) -> String {
        let names: Vec<_> = self.libraries.iter().map(|library| library.name).collect();
        names.join(", ")
    }

    /// What the policies make of it; empty if it is offered as a whole by all.
    #[must_use]
    pub fn standing_text(&self) -> String {
        let Standing {
            off,
            legacy,
            legacy_data,
            modern_min,
        } = self.standing;
        let mut notes = Vec::new();
        if let Some(why) = off {
            notes.push(format!("off by default: {why}"));
        }
        for limit in self.key.limits {
            let (key_type, unit) = (limit.key_type, self.size_unit());
            notes.push(format!(
                "{key_type} above {} {unit} off by default: {}",
                limit.max, limit.why
            ));
        }
        match self.modern() {
            None => notes.push("legacy".to_owned()),
            Some(_) => {
                let gone = named(self.flags() & legacy);
                if !gone.is_empty() {
                    notes.push(format!("legacy: {}", gone.join(", ")));
                }
                if let Some(data) = legacy_data {
                    notes.push(format!("legacy: {data}"));
                }
                if modern_min > self.key.sizes.min {
                    notes.push(format!("legacy below {modern_min} {}", self.size_unit()));
                }
            }
        }
        notes.join("; ")
    }
}

fn unit(sizes: KeySizes) -> &'static str {
    match sizes.unit {
        SizeUnit::Bits => "bits",
        SizeUnit::Bytes => "bytes",
    }
}

fn named(flags: u64) -> Vec<&'static str> {
    FUNCTIONS
        .iter()
        .filter(|(flag, _)| flags & flag != 0)
        .map(|(_, name)| *name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;
    use crate::catalog;
    use crate::ck::*;
    use crate::mechanism::message::MULTI;

    #[test]
    fn every_function_of_every_row_has_a_word() {
        let with_others = sys::CKF_MESSAGE_SIGN | sys::CKF_MESSAGE_VERIFY | MULTI;
        let named = FUNCTIONS.iter().fold(with_others, |all, (flag, _)| all | flag);
        for row in catalog::all() {
            assert_eq!(row.flags() & !row.key.flags & !named, 0, "{row:?}");
            assert!(!row.functions().is_empty(), "{row:?}");
        }
    }

    #[test]
    fn a_row_says_what_it_does_and_how_it_stands() {
        let row = catalog::find(CKM_RSA_PKCS).unwrap();
        assert_eq!(
            row.standing_text(),
            "legacy: encrypt, decrypt, wrap, unwrap, encapsulate, decapsulate; \
             legacy: digests of MD5, SHA-1 and RIPEMD-160; legacy below 2048 bits"
        );
        assert_eq!(row.key_sizes(), "512 to 16384 bits");
        let row = catalog::find(CKM_DES3_CBC).unwrap();
        assert_eq!(row.standing_text(), "legacy");
        assert_eq!(
            row.functions(),
            ["encrypt", "decrypt", "wrap", "unwrap"],
            "in the order of the standard's flags"
        );
        let row = catalog::find(CKM_TLS12_MASTER_KEY_DERIVE_DH).unwrap();
        assert_eq!(row.key_sizes(), "48 bytes");
        assert!(row.key.allow(CKK_GENERIC_SECRET, 8 * 256), "but any is taken");
        let row = catalog::find(CKM_SHA256).unwrap();
        assert_eq!(
            (row.standing_text(), row.key_sizes()),
            (String::new(), String::new())
        );
    }

    #[test]
    fn a_row_tells_its_names_and_key_types() {
        let row = catalog::find(CKM_EC_KEY_PAIR_GEN).unwrap();
        assert_eq!(row.other_names(), ["CKM_ECDSA_KEY_PAIR_GEN"]);
        let row = catalog::find(CKM_ECDH1_DERIVE).unwrap();
        assert!(row.other_names().is_empty());
        assert_eq!(row.key_types(2), "CKK_EC, CKK_EC_MONTGOMERY");
        assert_eq!(row.key_types(1), "CKK_EC, and 1 more");
        assert_eq!(catalog::find(CKM_SHA256).unwrap().key_types(3), "");
    }
}

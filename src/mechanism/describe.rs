//! A row in words, for `vhsm mechanisms` and docs/mechanisms.md.

use super::spec::{MechanismSpec, SizeUnit};
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
        match self.key.sizes.unit {
            SizeUnit::Bits => "bits",
            SizeUnit::Bytes => "bytes",
        }
    }

    /// Its key sizes with their unit; empty if it takes no key.
    #[must_use]
    pub fn key_sizes(&self) -> String {
        let (sizes, unit) = (&self.key.sizes, self.size_unit());
        match (sizes.min, self.key.largest()) {
            (_, 0) => String::new(),
            (min, max) if min == max => format!("{min} {unit}"),
            (min, max) => format!("{min} to {max} {unit}"),
        }
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
        let row = catalog::find(CKM_SHA256).unwrap();
        assert_eq!(
            (row.standing_text(), row.key_sizes()),
            (String::new(), String::new())
        );
    }
}

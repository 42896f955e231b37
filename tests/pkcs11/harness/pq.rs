//! Post-quantum keys, and the files of their vectors.

use super::{Answer, Mech, Session, a, hex, with};
use cryptoki_sys::*;
use std::collections::HashMap;

/// A parameter set by the name that the files of vectors give it: key type, CKA_PARAMETER_SET, length of the public key.
pub const PARAMETER_SETS: [(&str, CK_KEY_TYPE, CK_ULONG, usize); 18] = [
    ("ML-KEM-512", CKK_ML_KEM, 1, 800),
    ("ML-KEM-768", CKK_ML_KEM, 2, 1184),
    ("ML-KEM-1024", CKK_ML_KEM, 3, 1568),
    ("ML-DSA-44", CKK_ML_DSA, 1, 1312),
    ("ML-DSA-65", CKK_ML_DSA, 2, 1952),
    ("ML-DSA-87", CKK_ML_DSA, 3, 2592),
    ("SLH-DSA-SHA2-128s", CKK_SLH_DSA, 1, 32),
    ("SLH-DSA-SHAKE-128s", CKK_SLH_DSA, 2, 32),
    ("SLH-DSA-SHA2-128f", CKK_SLH_DSA, 3, 32),
    ("SLH-DSA-SHAKE-128f", CKK_SLH_DSA, 4, 32),
    ("SLH-DSA-SHA2-192s", CKK_SLH_DSA, 5, 48),
    ("SLH-DSA-SHAKE-192s", CKK_SLH_DSA, 6, 48),
    ("SLH-DSA-SHA2-192f", CKK_SLH_DSA, 7, 48),
    ("SLH-DSA-SHAKE-192f", CKK_SLH_DSA, 8, 48),
    ("SLH-DSA-SHA2-256s", CKK_SLH_DSA, 9, 64),
    ("SLH-DSA-SHAKE-256s", CKK_SLH_DSA, 10, 64),
    ("SLH-DSA-SHA2-256f", CKK_SLH_DSA, 11, 64),
    ("SLH-DSA-SHAKE-256f", CKK_SLH_DSA, 12, 64),
];

/// Key type and CKA_PARAMETER_SET of a name.
#[track_caller]
pub fn parameter_set(name: &str) -> (CK_KEY_TYPE, CK_ULONG) {
    let found = PARAMETER_SETS.iter().find(|set| set.0 == name);
    found.map(|set| (set.1, set.2)).unwrap()
}

/// One vector: names and values.
pub struct Vector(HashMap<&'static str, &'static str>);

impl Vector {
    #[track_caller]
    pub fn text(&self, name: &str) -> &'static str {
        self.0[name]
    }

    #[track_caller]
    pub fn hex(&self, name: &str) -> Vec<u8> {
        hex(self.0[name])
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The vectors of a file: `name=value` in lines, empty lines between, `#` before what is no vector.
pub fn vectors(file: &'static str) -> Vec<Vector> {
    file.split("\n\n")
        .map(|block| {
            let lines = block.lines().filter(|line| !line.starts_with('#'));
            Vector(lines.filter_map(|line| line.split_once('=')).collect())
        })
        .filter(|vector| !vector.0.is_empty())
        .collect()
}

/// A public key that is imported.
pub fn pq_public(key_type: CK_KEY_TYPE, set: CK_ULONG, value: &[u8]) -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_PUBLIC_KEY),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_PARAMETER_SET, set),
        a(CKA_VALUE, value),
    ]
}

/// A private key that is imported and shows everything.
pub fn pq_private(key_type: CK_KEY_TYPE, set: CK_ULONG, more: &[CK_ATTRIBUTE]) -> Vec<CK_ATTRIBUTE> {
    let template = [
        a(CKA_CLASS, CKO_PRIVATE_KEY),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_SENSITIVE, false),
        a(CKA_EXTRACTABLE, true),
        a(CKA_PARAMETER_SET, set),
    ];
    with(&template, more)
}

/// A secret key that shows its value.
pub fn shown() -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
        a(CKA_SENSITIVE, false),
        a(CKA_EXTRACTABLE, true),
    ]
}

impl Session {
    /// A pair of a parameter set.
    pub fn pq_pair(
        &self,
        name: &str,
        private: &[CK_ATTRIBUTE],
    ) -> Answer<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE)> {
        let (key_type, set) = parameter_set(name);
        let mechanism = Mech::new(match key_type {
            CKK_ML_KEM => CKM_ML_KEM_KEY_PAIR_GEN,
            CKK_ML_DSA => CKM_ML_DSA_KEY_PAIR_GEN,
            _ => CKM_SLH_DSA_KEY_PAIR_GEN,
        });
        self.generate_pair(mechanism, &[a(CKA_PARAMETER_SET, set)], private)
    }
}

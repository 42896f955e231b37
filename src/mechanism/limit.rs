//! [`Limit`]: keys that a mechanism could take and does not unless it is asked to, because the library that would do
//! them is not fit for production, where that of the smaller ones is.

use super::spec::{KeyRule, KeySizes, MechanismSpec};
use crate::ck::KeyType;

/// The largest key of a type that a mechanism takes unless `mechanisms.enable` names the mechanism.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// The type.
    pub key_type: KeyType,
    /// Its largest key, in the unit of the row's key sizes.
    pub max: u64,
    /// Why no larger one.
    pub why: &'static str,
}

impl KeyRule {
    /// Whether a key of this type and size is taken: by `sizes` and `limits`, whatever is told.
    #[must_use]
    pub fn allow(&self, key_type: KeyType, bits: u64) -> bool {
        let within = |limit: &Limit| {
            KeySizes {
                min: 0,
                max: limit.max,
                ..self.sizes
            }
            .allow_bits(bits)
        };
        let mut limits = self.limits.iter().filter(|limit| limit.key_type == key_type);
        self.sizes.allow_bits(bits) && limits.all(within)
    }

    /// `ulMinKeySize` and `ulMaxKeySize`: what is to be told, else the sizes of the keys that are taken.
    #[must_use]
    pub fn told_sizes(&self) -> KeySizes {
        self.told.unwrap_or(KeySizes {
            max: self.largest(),
            ..self.sizes
        })
    }

    /// The largest key of any type that is taken.
    #[must_use]
    pub fn largest(&self) -> u64 {
        let of_type = |key_type: &KeyType| {
            let limits = self.limits.iter().filter(|limit| limit.key_type == *key_type);
            limits.map(|limit| limit.max).min().unwrap_or(self.sizes.max)
        };
        let largest = self.types.iter().map(of_type).max();
        largest.unwrap_or(self.sizes.max).min(self.sizes.max)
    }
}

impl MechanismSpec {
    /// The same mechanism without limits, as `mechanisms.enable` asks for it; `None` if it has none.
    #[must_use]
    pub fn unlimited(&self) -> Option<Self> {
        let mut row = *self;
        row.key.limits = &[];
        (!self.key.limits.is_empty()).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog;
    use crate::ck::*;

    #[test]
    fn a_limit_holds_for_its_type_and_until_it_is_lifted() {
        let row = catalog::find(CKM_ECDH1_DERIVE).unwrap();
        assert!(row.key.allow(CKK_EC, 521) && row.key.allow(CKK_EC_MONTGOMERY, 255));
        assert!(!row.key.allow(CKK_EC_MONTGOMERY, 448) && !row.key.allow(CKK_EC, 522));
        assert_eq!(row.key.largest(), 521);
        let lifted = row.unlimited().unwrap();
        assert!(lifted.key.allow(CKK_EC_MONTGOMERY, 448));
        let row = catalog::find(CKM_EDDSA).unwrap();
        assert_eq!(
            (row.key.largest(), row.unlimited().unwrap().key.largest()),
            (255, 448)
        );
        assert!(catalog::find(CKM_ECDSA).unwrap().unlimited().is_none());
    }
}

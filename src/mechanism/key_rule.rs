//! [`KeyRule`]: the keys of a row, and what is asked of them.

use super::limit::Limit;
use crate::ck::{AttributeType, KeyType, KeyUsage};

/// Which keys a mechanism takes or makes.
#[derive(Clone, Copy)]
pub struct KeyRule {
    /// Key types; the first is the default of key generation. Empty for digests.
    pub types: &'static [KeyType],
    /// Sizes of the keys that it takes or makes, and no others ([`KeyRule::allow`], which asks `limits` as well).
    pub sizes: KeySizes,
    /// What `C_GetMechanismInfo` tells in the place of `sizes` ([`KeyRule::told_sizes`]), where the standard has it tell
    /// others than those of the keys that are taken: the derivation of a master key from a premaster key of any length.
    /// Nothing is refused by it.
    pub told: Option<KeySizes>,
    /// Flags beside those of the roles: `CKF_EC_…`.
    pub flags: u64,
    /// The payment keys that it takes, by CKA_VHSM_KEY_USAGE, and then no other key. Empty: keys without a usage, and
    /// no payment key but those beside them.
    pub usages: &'static [KeyUsage],
    /// The payment keys that it takes beside keys without a usage: those whose very purpose the mechanism is.
    pub usages_beside: &'static [KeyUsage],
    /// It derives another key first, and works with that: payment keys with the mode of use for derivation are taken.
    pub derives_first: bool,
    /// It takes payment keys of every usage and mode, and components of keys, which no other mechanism takes.
    pub components: bool,
    /// Keys that are off unless they are asked for.
    pub limits: &'static [Limit],
    /// The usage flag, and the mode of use, that a key needs, where it is not that of the function: to compare PINs is
    /// to decrypt them.
    pub acts_as: Option<AttributeType>,
    /// It tells a check value and no more: every payment key is taken, whatever its usage, mode, dates and flags say.
    pub tells_check_value: bool,
    /// Keys that the parameter names, which is then a [`ParamKind::Flat`](super::params::ParamKind::Flat).
    pub further: &'static [FurtherKey],
}

/// A key that a flat parameter names beside the key of the operation.
#[derive(Clone, Copy)]
pub struct FurtherKey {
    /// Where in the parameter its handle stands: 8 bytes, big-endian; 0 names none.
    pub at: usize,
    /// The usage flag that it needs, which its mode of use has to have, too.
    pub function: AttributeType,
    /// The keys that are taken.
    pub rule: &'static KeyRule,
}

impl KeyRule {
    /// No key: digests. Rules name what they ask for and take the rest from here.
    pub const NONE: Self = Self {
        types: &[],
        sizes: KeySizes::NONE,
        told: None,
        flags: 0,
        usages: &[],
        usages_beside: &[],
        derives_first: false,
        components: false,
        limits: &[],
        acts_as: None,
        tells_check_value: false,
        further: &[],
    };
}

/// `ulMinKeySize` and `ulMaxKeySize`, both inclusive, in the unit that the standard gives the key type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeySizes {
    /// Smallest key.
    pub min: u64,
    /// Largest key.
    pub max: u64,
    /// The unit of both.
    pub unit: SizeUnit,
}

impl KeySizes {
    /// No key.
    pub const NONE: Self = Self {
        min: 0,
        max: 0,
        unit: SizeUnit::Bytes,
    };

    /// None are told: the key types count theirs in different units. Limits of single types are in bits.
    pub const OF_MANY_TYPES: Self = Self {
        min: 0,
        max: 0,
        unit: SizeUnit::Bits,
    };

    /// Sizes in bits: RSA, EC.
    #[must_use]
    pub const fn bits(min: u64, max: u64) -> Self {
        Self {
            min,
            max,
            unit: SizeUnit::Bits,
        }
    }

    /// Sizes in bytes: AES, DES, generic secrets.
    #[must_use]
    pub const fn bytes(min: u64, max: u64) -> Self {
        Self {
            min,
            max,
            unit: SizeUnit::Bytes,
        }
    }

    /// Whether a key of this many bits is allowed; any is where no sizes are told.
    #[must_use]
    pub fn allow_bits(&self, bits: u64) -> bool {
        if self.max == 0 {
            return true;
        }
        let size = match self.unit {
            SizeUnit::Bits => bits,
            SizeUnit::Bytes => bits / 8,
        };
        (self.min..=self.max).contains(&size)
    }
}

/// The unit of a key size [PKCS#11 3.2, 6: the tables of key sizes].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SizeUnit {
    /// RSA, EC, DSA, DH; the making of generic secrets.
    Bits,
    /// Everything else.
    Bytes,
}

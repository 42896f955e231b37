//! The one list of all mechanism families. A new family is one line here.

use std::sync::LazyLock;

use crate::ck::MechanismId;
use crate::mechanism::{self, MechanismSpec};
use crate::payment;

/// The families, in the standard's order; vendor families last.
static FAMILIES: &[&[MechanismSpec]] = &[
    mechanism::rsa::ROWS,
    mechanism::ec::ROWS,
    mechanism::edwards::ROWS,
    mechanism::dsa::ROWS,
    mechanism::dh::ROWS,
    mechanism::generate::ROWS,
    mechanism::aes::ROWS,
    mechanism::des::ROWS,
    mechanism::cmac::ROWS,
    mechanism::digest::ROWS,
    mechanism::digest_derive::ROWS,
    mechanism::hmac::ROWS,
    mechanism::sha512_t::ROWS,
    mechanism::blake2b::ROWS,
    payment::cvv::ROWS,
    payment::pvv::ROWS,
];

/// Every row, sorted by number, so that one is found without a lock.
static SORTED: LazyLock<Vec<&'static MechanismSpec>> = LazyLock::new(|| {
    let mut rows: Vec<_> = all().collect();
    rows.sort_unstable_by_key(|row| row.id);
    rows
});

/// Every mechanism, in the order of the families.
pub fn all() -> impl Iterator<Item = &'static MechanismSpec> {
    FAMILIES.iter().copied().flatten()
}

/// What `policy = "modern"` leaves of every mechanism.
static MODERN: LazyLock<Vec<MechanismSpec>> =
    LazyLock::new(|| all().filter_map(MechanismSpec::modern).collect());

/// Every mechanism as `policy = "modern"` offers it, in the order of the families.
pub fn modern() -> impl Iterator<Item = &'static MechanismSpec> {
    MODERN.iter()
}

/// What `mechanisms.enable` makes of the mechanisms that have limits.
static UNLIMITED: LazyLock<Vec<MechanismSpec>> =
    LazyLock::new(|| all().filter_map(MechanismSpec::unlimited).collect());

/// The mechanism of this number without its limits; `None` if it has none.
#[must_use]
pub fn unlimited(id: MechanismId) -> Option<&'static MechanismSpec> {
    UNLIMITED.iter().find(|row| row.id == id)
}

/// The mechanism of this number.
#[must_use]
pub fn find(id: MechanismId) -> Option<&'static MechanismSpec> {
    let at = SORTED.binary_search_by_key(&id, |row| row.id).ok()?;
    SORTED.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_name_and_a_number_of_its_own() {
        for pair in SORTED.windows(2) {
            assert_ne!(pair[0].id, pair[1].id, "{:?}", pair[0]);
        }
        for row in all() {
            assert_ne!(row.name(), "CKM_?", "{:#x}", row.id.0);
        }
    }

    #[test]
    fn vendor_mechanisms_take_keys_of_their_usages_and_standard_ones_general_keys() {
        for row in all().filter(|row| !row.key.types.is_empty()) {
            let vendor = row.id.0 >= crate::ck::VHSM_VENDOR_BASE;
            assert_eq!(row.key.usages.is_empty(), !vendor, "{row:?}");
        }
    }
}

//! The one list of all mechanism families. A new family is one line here.

use std::sync::LazyLock;

use crate::ck::{CKK_DES, CKK_DES2, CKK_DES3, KeyType, MechanismId};
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
    mechanism::block_ciphers::ROWS,
    mechanism::chacha::ROWS,
    mechanism::salsa::ROWS,
    mechanism::digest::ROWS,
    mechanism::digest_derive::ROWS,
    mechanism::hmac::ROWS,
    mechanism::sha512_t::ROWS,
    mechanism::blake2b::ROWS,
    mechanism::derive::password::ROWS,
    mechanism::derive::tls::ROWS,
    mechanism::derive::tls_mac::ROWS,
    mechanism::derive::sp800_108::ROWS,
    mechanism::derive::simple::ROWS,
    mechanism::derive::public_key::ROWS,
    mechanism::hotp::ROWS,
    mechanism::derive::hkdf::ROWS,
    mechanism::derive::ike::ROWS,
    mechanism::pq::ROWS,
    payment::cvv::ROWS,
    payment::pvv::ROWS,
    payment::csc::ROWS,
    payment::pin::clear::ROWS,
    payment::pin::translate::ROWS,
    payment::pin::compare::ROWS,
    payment::pin::ibm3624::ROWS,
    payment::pin::table::ROWS,
    payment::pin::table_translate::ROWS,
    payment::pin::visa::ROWS,
    payment::pin::change::ROWS,
    payment::dukpt::tdes::ROWS,
    payment::dukpt::aes::ROWS,
    payment::mac::ROWS,
    payment::dynamic::ROWS,
    payment::emv::derive::ROWS,
    payment::emv::cryptogram::ROWS,
    payment::emv::truncated::ROWS,
    payment::emv::script::ROWS,
    payment::emv::pin_change::ROWS,
    payment::emv::numbers::ROWS,
    payment::keyblock::tr31::ROWS,
    payment::compat::LUNA_ROWS,
    payment::compat::PROTECTTOOLKIT_ROWS,
    payment::compat::SHARED_ROWS,
    payment::fpe::ROWS,
    payment::data::ROWS,
    payment::mac_working::ROWS,
    payment::mac_chained::ROWS,
    payment::check_value::ROWS,
    payment::whole_value::ROWS,
    payment::keyblock::thales::ROWS,
    payment::keyblock::transport::ROWS,
    payment::keyblock::rsa::ROWS,
    payment::lmk::generate::ROWS,
    payment::lmk::variant::ROWS,
    payment::lmk::lenient::ROWS,
    payment::lmk::zone::ROWS,
    payment::lmk::components::ROWS,
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
static MODERN: LazyLock<Vec<MechanismSpec>> = LazyLock::new(|| {
    let rows = all().filter_map(MechanismSpec::modern);
    rows.map(without_legacy_keys).collect()
});

/// Keys that only legacy mechanisms take. What payment schemes have of them is no choice of the user's: there DES stays.
const LEGACY_KEYS: [KeyType; 3] = [CKK_DES, CKK_DES2, CKK_DES3];

/// Whether its keys are others than payment keys alone.
fn takes_general_keys(row: &MechanismSpec) -> bool {
    row.key.usages.is_empty() && !row.key.tells_check_value && !row.key.components
}

/// The row for the other keys that it takes. To be called once per row: what is left of the list is never freed.
fn without_legacy_keys(mut row: MechanismSpec) -> MechanismSpec {
    let legacy = |key_type: &KeyType| LEGACY_KEYS.contains(key_type);
    if takes_general_keys(&row) && row.key.types.iter().any(legacy) {
        let left: Vec<_> = row
            .key
            .types
            .iter()
            .copied()
            .filter(|key_type| !legacy(key_type))
            .collect();
        row.key.types = left.leak();
    }
    row
}

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

/// The mechanism of this name, which may be an older one of the standard's.
#[must_use]
pub fn find_name(name: &str) -> Option<&'static MechanismSpec> {
    MechanismId::named(name).and_then(find)
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
    use crate::ck::{CKK_EC, CKK_RSA};

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
        // Format-preserving encryption is no matter of payments alone.
        let both = [crate::ck::CKM_VHSM_FF1, crate::ck::CKM_VHSM_FF3_1];
        for row in all().filter(|row| !row.key.types.is_empty()) {
            let vendor = row.id.0 >= crate::ck::VHSM_VENDOR_BASE && !both.contains(&row.id);
            // Pairs of keys have no usages.
            let of_pairs = row
                .key
                .types
                .iter()
                .all(|key_type| [CKK_RSA, CKK_EC].contains(key_type));
            // What makes a key takes none.
            let of_usages = vendor && row.roles.generate.is_none() && !of_pairs;
            assert_eq!(takes_general_keys(row), !of_usages, "{row:?}");
        }
    }

    /// A row that is left without a key type would be offered as one without a key.
    #[test]
    fn what_takes_legacy_keys_only_is_marked_as_legacy() {
        for row in all().filter(|row| takes_general_keys(row) && !row.key.types.is_empty()) {
            let legacy = row
                .key
                .types
                .iter()
                .all(|key_type| LEGACY_KEYS.contains(key_type));
            assert!(!legacy || row.modern().is_none(), "{row:?}");
        }
        for row in modern().filter(|row| takes_general_keys(row)) {
            let legacy = row
                .key
                .types
                .iter()
                .any(|key_type| LEGACY_KEYS.contains(key_type));
            assert!(!legacy, "{row:?}");
        }
    }
}

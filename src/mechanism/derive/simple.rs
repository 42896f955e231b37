//! Keys out of the bytes of keys [PKCS#11 3.2, 6.29]: concatenated, combined with data, cut out. What is derived is at
//! least as secret as what it is derived from.

use super::{ANY_SIZE, SECRETS, length_of, params, row, wrong_params};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::derivation::{DeriveObjects, Derived, Heritage, Planned, Sources, Wanted};
use crate::mechanism::params::Params;
use crate::mechanism::params::derivation::{DerivationKind, DerivationParams};
use crate::mechanism::spec::MechanismSpec;
use crate::secret::SecretBytes;
use zeroize::Zeroizing;

const fn simple(
    id: MechanismId,
    section: &'static str,
    params: DerivationKind,
    derive: &'static Combination,
) -> MechanismSpec {
    row(id, section, &[], params, (SECRETS, ANY_SIZE), derive)
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    simple(
        CKM_CONCATENATE_BASE_AND_KEY,
        "PKCS#11 3.2, 6.29.3",
        DerivationKind::Key,
        &Combination::BaseAndKey,
    ),
    simple(
        CKM_CONCATENATE_BASE_AND_DATA,
        "PKCS#11 3.2, 6.29.4",
        DerivationKind::Data,
        &Combination::BaseAndData,
    ),
    simple(
        CKM_CONCATENATE_DATA_AND_BASE,
        "PKCS#11 3.2, 6.29.5",
        DerivationKind::Data,
        &Combination::DataAndBase,
    ),
    simple(
        CKM_XOR_BASE_AND_DATA,
        "PKCS#11 3.2, 6.29.6",
        DerivationKind::Data,
        &Combination::Xor,
    ),
    simple(
        CKM_EXTRACT_KEY_FROM_KEY,
        "PKCS#11 3.2, 6.29.7",
        DerivationKind::Bit,
        &Combination::Extract,
    ),
];

/// How the new key comes from the old.
pub(crate) enum Combination {
    BaseAndKey,
    BaseAndData,
    DataAndBase,
    /// With data, or with another key.
    Xor,
    Extract,
}

impl DeriveObjects for Combination {
    fn further_keys(&self, of: &Params) -> Vec<ObjectHandle> {
        match params(of) {
            Ok(DerivationParams::Key(handle)) => vec![*handle],
            _ => Vec::new(),
        }
    }

    fn plan(&self, _from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        Ok(vec![Planned::secret_key(template, Heritage::AtLeast)])
    }

    /// A shorter key has the first bytes of what is there.
    fn derive(&self, from: &Sources<'_>, wanted: &[Wanted]) -> Result<Derived> {
        let base = from.value()?;
        let length = wanted.first().and_then(|wanted| wanted.length);
        let all = Zeroizing::new(match (self, params(from.params)?) {
            (Self::BaseAndKey, DerivationParams::Key(_)) => [base, from.further_value(0)?].concat(),
            (Self::BaseAndData, DerivationParams::Data(data)) => [base, data].concat(),
            (Self::DataAndBase, DerivationParams::Data(data)) => [data, base].concat(),
            (Self::Xor, DerivationParams::Data(data)) => sum(base, data),
            (Self::Xor, DerivationParams::Key(_)) => sum(base, from.further_value(0)?),
            (Self::Extract, DerivationParams::Bit(bit)) => extract(base, *bit, length)?,
            _ => return wrong_params(),
        });
        let length = length_of(length, all.len())?;
        let value = all.get(..length).unwrap_or_default();
        Ok(Derived::value(SecretBytes::from(value)))
    }
}

/// The exclusive or, as long as the shorter one.
fn sum(base: &[u8], other: &[u8]) -> Vec<u8> {
    base.iter().zip(other).map(|(base, other)| base ^ other).collect()
}

/// The base key's bits from this one on, and from its first one again behind its last [PKCS#11 3.2, 6.29.7].
fn extract(base: &[u8], bit: u64, length: Option<usize>) -> Result<Vec<u8>> {
    let Some(length) = length else {
        return Err(Error::TemplateIncomplete {
            attribute: CKA_VALUE_LEN,
            why: "neither a length nor a key type with one length is named",
        });
    };
    if bit >= to_ulong(base.len()).saturating_mul(8) {
        return Err(Error::MechanismParamInvalid("the key has not so many bits"));
    }
    if length > base.len() {
        return Err(super::TOO_LONG);
    }
    let (first, shift) = (to_usize(bit / 8), bit % 8);
    let rotated = base.iter().cycle().skip(first);
    let pairs = rotated.clone().zip(rotated.skip(1)).take(length);
    Ok(pairs
        .map(|(byte, next)| {
            let [_, pair] = (u16::from_be_bytes([*byte, *next]) << shift >> 8).to_be_bytes();
            pair
        })
        .collect())
}

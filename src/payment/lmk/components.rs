//! Keys in components: the exclusive or of two to nine of them, and the last one of a key [ANSI X9.24-1, 7.5: split
//! knowledge and dual control]. A component is of the type and usage of its key, `c1` to `c9` by CKA_VHSM_KEY_VERSION.

use subtle::{Choice, ConstantTimeEq};

use super::{VERSION, together, wrong};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::des;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::payment_key::{PaymentKey, check_strength};
use crate::mechanism::{
    DeriveObjects, Derived, Heritage, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Planned, Roles,
    Sources, Standing, Wanted,
};
use crate::payment::template::{dates, exportability, fix};
use crate::secret::SecretBytes;

/// The key types of components, and of what they make beside local master keys.
const TYPES: &[KeyType] = &[
    CKK_DES2,
    CKK_DES,
    CKK_DES3,
    CKK_AES,
    CKK_GENERIC_SECRET,
    CKK_SHA_1_HMAC,
    CKK_SHA224_HMAC,
    CKK_SHA256_HMAC,
    CKK_SHA384_HMAC,
    CKK_SHA512_HMAC,
];

const fn row(
    id: MechanismId,
    derive: &'static dyn DeriveObjects,
    off: Option<&'static str>,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[],
        params: ParamKind::Flat { min: 10, max: 66 },
        key: KeyRule {
            types: TYPES,
            sizes: KeySizes::OF_MANY_TYPES,
            components: true,
            ..KeyRule::NONE
        },
        roles: Roles {
            derive_objects: Some(derive),
            ..Roles::NONE
        },
        standing: Standing {
            off,
            ..Standing::CURRENT
        },
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_VHSM_COMPONENTS_COMBINE, &Components::Combine, None),
    row(
        CKM_VHSM_COMPONENTS_SPLIT,
        &Components::Split,
        Some(
            "who splits a key can put it together again without its dates, tables and templates, or changed",
        ),
    ),
];

enum Components {
    /// A key of all of its components.
    Combine,
    /// The last component, of the key and the others.
    Split,
}

/// The number of the component that is made, 0 for the key, and the handles of the further keys.
fn parse(params: &Params) -> Result<(u8, &[[u8; 8]])> {
    let [VERSION, number, handles @ ..] = params.flat()? else {
        return wrong("the first byte is the version of the parameter, 1");
    };
    match handles.as_chunks::<8>() {
        (handles @ [_, ..], []) => Ok((*number, handles)),
        _ => wrong("the parameter has 2 bytes and 8 for each further component"),
    }
}

fn refuse<T>(why: &'static str) -> Result<T> {
    Err(Error::PaymentKey(PaymentFault::Usage, why))
}

/// Whether two values are of one key: the bits of parity, which are the lowest, are none of it.
fn is_same(one: &[u8], other: &[u8], has_parity: bool) -> Choice {
    let of_key = if has_parity { 0xfe } else { 0xff };
    let differing = one
        .iter()
        .zip(other)
        .fold(0, |all, (a, b)| all | (a ^ b) & of_key);
    differing.ct_eq(&0)
}

/// Whether a value is that of the base key or of one of the first further ones.
fn is_among(from: &Sources<'_>, further: usize, value: &[u8], has_parity: bool) -> Result<bool> {
    let mut found = is_same(value, from.value()?, has_parity);
    for at in 0..further {
        found |= is_same(value, from.further_value(at)?, has_parity);
    }
    Ok(found.into())
}

impl Components {
    /// The payment keys, which have to go together.
    fn keys(&self, from: &Sources<'_>) -> Result<Vec<PaymentKey>> {
        let materials = || std::iter::once(from.key).chain(from.further.iter().map(|key| &**key));
        let keys: Option<Vec<_>> = materials().map(|key| key.payment).collect();
        let keys = keys.ok_or(Error::Internal("components without a usage"))?;
        let same = |one: &PaymentKey, key: &PaymentKey| (one.usage, one.mode) == (key.usage, key.mode);
        let alike = materials().all(|key| key.key_type == from.key.key_type && key.bits() == from.key.bits());
        let together = keys
            .first()
            .is_some_and(|first| keys.iter().all(|key| same(first, key)));
        if !alike || !together {
            return refuse("components have type, length, usage and mode of use of each other");
        }
        let (number, _) = parse(from.params)?;
        let mut numbers: Vec<_> = keys.iter().map(|key| key.component).collect();
        match self {
            Self::Combine if number != 0 => return wrong("what is combined has no number: 0"),
            Self::Combine => {}
            Self::Split if !(1..=9).contains(&number) => {
                return wrong("the component that is made has a number of 1 to 9");
            }
            Self::Split => match numbers.first_mut() {
                Some(first @ None) => *first = Some(number),
                _ => return refuse("the base key is a component itself"),
            },
        }
        numbers.sort_unstable();
        let repeats = numbers.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
        match numbers.contains(&None) || repeats {
            true => refuse("components are told apart by CKA_VHSM_KEY_VERSION, c1 to c9"),
            false => Ok(keys),
        }
    }
}

impl DeriveObjects for Components {
    fn further_keys(&self, params: &Params) -> Vec<ObjectHandle> {
        let handles = parse(params).map(|(_, handles)| handles).unwrap_or_default();
        let handle = |bytes: &[u8; 8]| ObjectHandle(u64::from_be_bytes(*bytes));
        handles.iter().map(handle).collect()
    }

    fn plan(&self, from: &Sources<'_>, mut template: AttributeSet) -> Result<Vec<Planned>> {
        let keys = self.keys(from)?;
        let Some(first) = keys.first() else {
            return Err(Error::Internal("components without a base key"));
        };
        let is_lmk = matches!(self, Self::Combine) && first.usage == KeyUsage::LOCAL_MASTER;
        if is_lmk {
            let length = to_ulong(from.value()?.len());
            fix(&mut template, CKA_VALUE_LEN, Value::Ulong(length))?;
            return Ok(vec![
                Planned::secret_key(template, Heritage::AtLeast).of_type(CKK_VHSM_LMK),
            ]);
        }
        fix(&mut template, CKA_VHSM_KEY_USAGE, Value::bytes(&first.usage.0))?;
        if let Some(value) = from.attributes.value(CKA_VHSM_KEY_ALGORITHM) {
            fix(&mut template, CKA_VHSM_KEY_ALGORITHM, value.clone())?;
        }
        exportability(from, &mut template)?;
        let components: Vec<_> = std::iter::once(from.attributes)
            .chain(from.further_attributes.iter().copied())
            .collect();
        together::hold(first, &components, &mut template)?;
        dates(&keys, &mut template)?;
        match self {
            Self::Combine => together::allowed_mechanisms(&components, &mut template)?,
            Self::Split => {
                let (number, _) = parse(from.params)?;
                let version = Value::bytes(&[b'c', b'0' + number]);
                fix(&mut template, CKA_VHSM_KEY_VERSION, version)?;
            }
        }
        if !matches!(from.key.key_type, CKK_DES | CKK_DES2 | CKK_DES3) {
            let length = to_ulong(from.value()?.len());
            fix(&mut template, CKA_VALUE_LEN, Value::Ulong(length))?;
        }
        Ok(vec![
            Planned::secret_key(template, Heritage::AtLeast).of_type(from.key.key_type),
        ])
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let refused = |why| Err(Error::PaymentKey(PaymentFault::AllZero, why));
        let mut sum = SecretBytes::from(from.value()?);
        let usage = from.key.payment.map(|payment| payment.usage);
        let lmk_of_des = usage == Some(KeyUsage::LOCAL_MASTER) && sum.len() != LMK_AES_LEN;
        let has_parity = lmk_of_des || matches!(from.key.key_type, CKK_DES | CKK_DES2 | CKK_DES3);
        let combines = matches!(self, Self::Combine);
        for at in 0..from.further.len() {
            let further = from.further_value(at)?;
            // Of two alone the sum is zero, which is refused below.
            if combines && from.further.len() > 1 && is_among(from, at, further, has_parity)? {
                return refused(
                    "two components are the same, so that the others alone would make the key: enter each one once",
                );
            }
            sum.as_mut()
                .iter_mut()
                .zip(further)
                .for_each(|(sum, byte)| *sum ^= byte);
        }
        if has_parity {
            des::set_odd_parity(sum.as_mut());
        }
        if is_same(&sum, &vec![0; sum.len()], has_parity).into() {
            return refused("the components cancel each other out");
        }
        if combines && is_among(from, from.further.len(), &sum, has_parity)? {
            return refused(
                "all components but one cancel each other out, so that this one alone would be the key",
            );
        }
        check_strength(from.key.key_type, &sum)?;
        Ok(Derived::value(sum))
    }
}

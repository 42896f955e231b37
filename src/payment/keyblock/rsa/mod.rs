//! RSA keys under a local master key, in forms of this module's own where a device's are not published.
//!
//! Under a variant LMK a private key is a block as of TR-31 B (a header, the `RSAPrivateKey` encrypted under triple DES, a
//! CMAC over both, which is the initialisation vector, too) under the pair 34-35; a public key has a MAC under the pair 36-37.
//! Under a key-block LMK a private key is a Thales key block (`thales.rs`), and a public key one of usage `02`.

mod public;

use public::{Enclose, Mac, Open};

use super::attributes::Wanted;
use super::block::{self, Plan, Request};
use super::header::{Header, Parts};
use super::opened;
use super::optional::Blocks;
use super::parameter::{Opening, VERSION, wrong};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::key_block::Binding;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing, UnwrapMechanism,
    Unwrapped, WrapMechanism, WrapTarget,
};
use crate::payment::lmk::check_current;
use crate::secret::SecretBytes;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    MechanismSpec {
        id: CKM_VHSM_LMK_RSA_PRIVATE_KEY,
        section: "include/vhsm.h",
        libraries: &[AWS_LC],
        params: ParamKind::Flat { min: 1, max: 1 },
        key: KeyRule {
            types: &[CKK_VHSM_LMK],
            sizes: KeySizes::bytes(320, 320),
            usages: &[KeyUsage::LOCAL_MASTER],
            ..KeyRule::NONE
        },
        roles: Roles {
            wrap: Some(&Private),
            unwrap: Some(&Private),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    },
    MechanismSpec {
        id: CKM_VHSM_LMK_RSA_PUBLIC_KEY,
        section: "include/vhsm.h",
        libraries: &[AWS_LC],
        params: ParamKind::Flat {
            min: 1,
            max: PUBLIC_PARAM_LEN,
        },
        key: KeyRule {
            types: &[CKK_VHSM_LMK],
            sizes: KeySizes::bytes(24, 320),
            usages: &[KeyUsage::LOCAL_MASTER],
            ..KeyRule::NONE
        },
        roles: Roles {
            sign: Some(&Mac),
            verify: Some(&Mac),
            encrypt: Some(&Enclose),
            decrypt: Some(&Open),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    },
];

/// Version, mode of use, key version, exportability.
const PUBLIC_PARAM_LEN: usize = 5;
/// The pair 34-35.
const PRIVATE_PAIR: usize = 17;
/// The version in the header of private keys under a variant LMK.
const PRIVATE_VERSION: u8 = b'V';

/// One of the pairs of a variant LMK.
fn pair(key: &KeyMaterial, number: usize) -> Result<SecretBytes> {
    let (pairs, _) = key.secret()?.value().as_chunks::<16>();
    let pair = pairs.get(number).ok_or(WRONG_KIND)?;
    Ok(SecretBytes::from(&pair[..]))
}

const WRONG_KIND: Error = Error::PaymentKey(
    PaymentFault::LmkId,
    "MACs are made under a variant LMK, key blocks under a key-block LMK",
);

/// The number of a local master key.
fn number(key: &KeyMaterial) -> Result<[u8; 2]> {
    let lmk = key.payment.and_then(|payment| payment.lmk);
    lmk.map(|lmk| lmk.id).ok_or(Error::PaymentKey(
        PaymentFault::Usage,
        "it is a component of a local master key",
    ))
}

/// That the parameter is the version of its form and no more.
fn check_version(params: &Params) -> Result<()> {
    match params {
        Params::Flat(bytes) if **bytes == [VERSION] => Ok(()),
        _ => wrong("the parameter is the version of its form, 1"),
    }
}

/// A private key under a variant LMK.
struct Private;

impl Private {
    /// What protects it.
    fn protection(key: &KeyMaterial) -> Result<KeyMaterial> {
        Ok(KeyMaterial::derived(CKK_DES2, pair(key, PRIVATE_PAIR)?))
    }

    fn plan(key: &KeyMaterial, target: &WrapTarget<'_>) -> Result<(KeyMaterial, Plan)> {
        if target.attributes.class() != Some(CKO_PRIVATE_KEY) {
            return Err(Error::KeyNotWrappable("only RSA private keys leave in this form"));
        }
        let request = Request {
            binding: Binding::Des3,
            version: PRIVATE_VERSION,
            last: number(key)?,
            wanted: Wanted::NOTHING,
            takes_private: true,
            masking_len: 0,
            masks_length: false,
            optional: Blocks::default(),
            key_check: false,
            protection_check: false,
        };
        let protection = Self::protection(key)?;
        let plan = Plan::of(&protection, &request, target)?;
        Ok((protection, plan))
    }
}

impl WrapMechanism for Private {
    fn carries_attributes(&self) -> bool {
        true
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check_current(key)?;
        check_version(params)
    }

    fn wrapped_len(&self, key: &KeyMaterial, _params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        let (_, plan) = Self::plan(key, target)?;
        Ok(plan.block_len())
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        _params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        let (protection, plan) = Self::plan(key, target)?;
        plan.write(&protection, block::value_of(target)?, out)
    }
}

impl UnwrapMechanism for Private {
    fn describes_key(&self) -> bool {
        true
    }

    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        check_version(params)
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        _params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let parts = Parts::of(wrapped)?;
        if parts.header.version != PRIVATE_VERSION || parts.header.algorithm != b'R' {
            return Err(Error::WrappedKeyInvalid);
        }
        check_number(key, &parts.header)?;
        let opening = Opening {
            sets_parity: false,
            keeps: true,
            takes_private: true,
        };
        let protection = Self::protection(key)?;
        opened::open(&protection, Binding::Des3, &parts, (opening, template))
    }
}

/// That a header names this local master key.
fn check_number(key: &KeyMaterial, header: &Header) -> Result<()> {
    match header.last == number(key)? {
        true => Ok(()),
        false => Err(Error::PaymentKey(
            PaymentFault::LmkId,
            "the block names another local master key",
        )),
    }
}

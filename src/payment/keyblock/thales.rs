//! Key blocks of Thales' payShield: version 0 under triple DES, version 1 under AES. The protection key is a local master
//! key, whose number the header tells, or a zone's master key, with `FF` in its place.

use super::block::{self, Plan, Request};
use super::header::Parts;
use super::opened;
use super::optional::Blocks;
use super::parameter::Form;
use super::validity::{self, Validity};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::key_block::Binding;
use crate::error::{Error, KeyRole, PaymentFault, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing, UnwrapMechanism,
    Unwrapped, WrapMechanism, WrapTarget,
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_THALES_KEY_BLOCK,
    section: "include/vhsm.h",
    libraries: &[AWS_LC],
    params: ParamKind::Flat { min: 2, max: 4096 },
    key: KeyRule {
        types: &[CKK_VHSM_LMK, CKK_AES, CKK_DES2, CKK_DES3],
        sizes: KeySizes::bytes(16, 32),
        usages: &[
            KeyUsage::LOCAL_MASTER,
            KeyUsage::ZONE_MASTER,
            KeyUsage::TERMINAL_MASTER,
            KeyUsage::KEY_ENCRYPTION,
            KeyUsage::KEY_BLOCK_PROTECTION,
        ],
        ..KeyRule::NONE
    },
    roles: Roles {
        wrap: Some(&Thales),
        unwrap: Some(&Thales),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

struct Thales;

/// The binding of a version.
const fn binding(version: u8) -> Option<Binding> {
    Some(match version {
        b'0' => Binding::Variant,
        b'1' => Binding::AesHeader,
        _ => return None,
    })
}

/// What the parameter asks for of blocks under this key.
fn form(key: &KeyMaterial) -> Result<Form> {
    let last = match key.payment {
        Some(payment) => match payment.lmk {
            Some(lmk) => lmk.id,
            None if payment.usage == KeyUsage::LOCAL_MASTER => {
                let why = "it is a component of a local master key";
                return Err(Error::PaymentKey(PaymentFault::Usage, why));
            }
            None => *b"FF",
        },
        None => *b"FF",
    };
    Ok(Form {
        binding,
        last,
        takes_private: key.key_type == CKK_VHSM_LMK,
        masks_length: false,
        versions: "the versions of key blocks are 0 and 1",
    })
}

/// Whether blocks of this binding are made under this key.
fn check_key(binding: Binding, key: &KeyMaterial, role: KeyRole) -> Result<()> {
    let fits = match key.key_type {
        CKK_VHSM_LMK if binding.is_aes() => key.bits() == 8 * to_ulong(LMK_AES_LEN),
        CKK_VHSM_LMK => key.bits() == 8 * to_ulong(LMK_DES3_LEN),
        key_type => (key_type == CKK_AES) == binding.is_aes(),
    };
    match (fits, key.key_type) {
        (true, _) => Ok(()),
        (false, CKK_VHSM_LMK) => Err(Error::PaymentKey(
            PaymentFault::LmkId,
            "blocks of version 0 are under a key-block LMK of triple DES, those of version 1 under one of AES",
        )),
        (false, key_type) => Err(Error::KeyTypeInconsistent {
            role,
            key_type,
            mechanism: CKM_VHSM_THALES_KEY_BLOCK,
        }),
    }
}

/// A block without the tag of its scheme.
fn untagged(block: &[u8]) -> &[u8] {
    block.strip_prefix(b"S").unwrap_or(block)
}

/// The block of a key that may be used now.
fn plan(key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<Plan> {
    let request = form(key)?.request(params)?;
    let optional = validity::asked_of(target.attributes, request.optional)?;
    let optional =
        Blocks::all(&optional).ok_or(Error::KeyNotWrappable("there are too many optional blocks"))?;
    let plan = Plan::of(key, &Request { optional, ..request }, target)?;
    Validity::now(plan.optional()?)?;
    Ok(plan)
}

impl WrapMechanism for Thales {
    fn carries_attributes(&self) -> bool {
        true
    }

    fn asked_exportability(&self, key: &KeyMaterial, params: &Params) -> Result<Option<u8>> {
        Ok(Some(form(key)?.request(params)?.wanted.exportability))
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        crate::payment::lmk::check_current(key)?;
        check_key(form(key)?.request(params)?.binding, key, KeyRole::WrappingKey)
    }

    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        Ok(plan(key, params, target)?.block_len())
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        plan(key, params, target)?.write(key, block::value_of(target)?, out)
    }
}

impl UnwrapMechanism for Thales {
    fn describes_key(&self) -> bool {
        true
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let (version, _) = form(key)?.opening(params)?;
        binding(version).map_or(Ok(()), |binding| check_key(binding, key, KeyRole::UnwrappingKey))
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let form = form(key)?;
        let (version, opening) = form.opening(params)?;
        let parts = Parts::of(untagged(wrapped))?;
        let asked_for = version == 0 || version == parts.header.version;
        let binding = binding(parts.header.version).filter(|_| asked_for);
        let binding = binding.ok_or(Error::WrappedKeyInvalid)?;
        check_key(binding, key, KeyRole::UnwrappingKey)?;
        if parts.header.last != form.last {
            let why = "the block names another local master key";
            return Err(Error::PaymentKey(PaymentFault::LmkId, why));
        }
        let mut unwrapped = opened::open(key, binding, &parts, (opening, template))?;
        Validity::now(parts.optional)?.add_to(&mut unwrapped.attributes, template)?;
        Ok(unwrapped)
    }
}

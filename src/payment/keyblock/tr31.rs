//! Key blocks of TR-31 and ANSI X9.143: versions A, B, C under triple DES, D and E under AES.

use super::block::Plan;
use super::header::{Header, Parts};
use super::opened;
use super::parameter::Form;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::key_block::Binding;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing, UnwrapMechanism,
    Unwrapped, WrapMechanism, WrapTarget,
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_TR31,
    section: "include/vhsm.h",
    libraries: &[AWS_LC],
    params: ParamKind::Flat { min: 2, max: 4096 },
    key: KeyRule {
        types: &[CKK_AES, CKK_DES2, CKK_DES3],
        sizes: KeySizes::bytes(16, 32),
        usages: &[
            KeyUsage::KEY_BLOCK_PROTECTION,
            KeyUsage::KEY_ENCRYPTION,
            KeyUsage::ISO_20038_KEY_BLOCK_PROTECTION,
            KeyUsage::TERMINAL_MASTER,
            KeyUsage::ZONE_MASTER,
        ],
        ..KeyRule::NONE
    },
    roles: Roles {
        wrap: Some(&Tr31),
        unwrap: Some(&Tr31),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

struct Tr31;

/// What the parameter asks for.
const FORM: Form = Form {
    binding,
    last: *b"00",
    takes_private: false,
    masks_length: true,
    versions: "the versions of key blocks are A, B, C, D and E",
};

/// The binding of a version.
pub(super) const fn binding(version: u8) -> Option<Binding> {
    Some(match version {
        b'A' | b'C' => Binding::Variant,
        b'B' => Binding::Des3,
        b'D' => Binding::Aes,
        b'E' => Binding::AesCtr,
        _ => return None,
    })
}

/// The binding of a block that came, if it is of the version asked for, or any is, and its context is known.
pub(super) fn binding_of(header: &Header, version: u8) -> Option<Binding> {
    // The last two characters: the key's context [ANSI X9.143:2021, table 1], and a reserved one.
    let known = matches!(header.last, [b'0'..=b'2', b'0']);
    let asked_for = version == 0 || version == header.version;
    binding(header.version).filter(|_| known && asked_for)
}

/// Whether blocks of this binding are made under this key.
pub(super) fn check_key(binding: Binding, key: &KeyMaterial, role: KeyRole) -> Result<()> {
    match (key.key_type == CKK_AES) == binding.is_aes() {
        true => Ok(()),
        false => Err(Error::KeyTypeInconsistent {
            role,
            key_type: key.key_type,
            mechanism: CKM_VHSM_TR31,
        }),
    }
}

impl WrapMechanism for Tr31 {
    fn carries_attributes(&self) -> bool {
        true
    }

    fn asked_exportability(&self, _key: &KeyMaterial, params: &Params) -> Result<Option<u8>> {
        Ok(Some(FORM.request(params)?.wanted.exportability))
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check_key(FORM.request(params)?.binding, key, KeyRole::WrappingKey)
    }

    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        Ok(Plan::of(key, &FORM.request(params)?, target)?.block_len())
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        Plan::of(key, &FORM.request(params)?, target)?.write(key, target.payload, out)
    }
}

impl UnwrapMechanism for Tr31 {
    fn describes_key(&self) -> bool {
        true
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let (version, _) = FORM.opening(params)?;
        binding(version).map_or(Ok(()), |binding| check_key(binding, key, KeyRole::UnwrappingKey))
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let (version, opening) = FORM.opening(params)?;
        let parts = Parts::of(wrapped)?;
        let binding = binding_of(&parts.header, version)
            .filter(|binding| check_key(*binding, key, KeyRole::UnwrappingKey).is_ok());
        opened::open(
            key,
            binding.ok_or(Error::WrappedKeyInvalid)?,
            &parts,
            (opening, template),
        )
    }
}

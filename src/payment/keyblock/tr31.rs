//! Key blocks of TR-31 and ANSI X9.143: versions A, B, C under triple DES, D and E under AES.

use super::attributes::Wanted;
use super::block::{self, Plan, Request};
use super::header::Parts;
use super::optional::{self, Blocks};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::key_block::Binding;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing, UnwrapMechanism,
    Unwrapped, WrapMechanism, WrapTarget,
};

/// The version of the parameter's form.
const VERSION: u8 = 1;

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

/// The binding of a version.
const fn binding(version: u8) -> Option<Binding> {
    Some(match version {
        b'A' | b'C' => Binding::Variant,
        b'B' => Binding::Des3,
        b'D' => Binding::Aes,
        b'E' => Binding::AesCtr,
        _ => return None,
    })
}

fn wrong<T>(why: &'static str) -> Result<T> {
    Err(Error::MechanismParamInvalid(why))
}

/// The parameter behind its first byte, the version of its form: the version of key block, 0 for any, and the rest.
fn versioned(params: &Params) -> Result<(u8, &[u8])> {
    let Params::Flat(bytes) = params else {
        return Err(Error::Internal("a key block without its parameter"));
    };
    match &**bytes {
        [VERSION, version, rest @ ..] if *version == 0 || binding(*version).is_some() => Ok((*version, rest)),
        [VERSION, ..] => wrong("the versions of key blocks are A, B, C, D and E"),
        _ => wrong("the first byte is the version of the parameter, 1"),
    }
}

/// The block that a parameter asks for.
fn request(params: &Params) -> Result<Request<'_>> {
    let (version, rest) = versioned(params)?;
    let binding = binding(version).ok_or(Error::MechanismParamInvalid(
        "the parameter says which version of key block is made",
    ))?;
    let mut fields = [0; 9];
    let optional = match (rest.split_first_chunk::<9>(), rest) {
        (Some((given, optional)), _) => {
            fields = *given;
            optional
        }
        (None, []) => &[],
        (None, _) => return wrong("the parameter has 2 bytes, or 11 and optional blocks"),
    };
    let [u, v, algorithm, mode, w, x, exportability, masking_len, checks] = fields;
    let wanted = Wanted {
        usage: [u, v],
        algorithm,
        mode,
        key_version: [w, x],
        exportability,
    };
    wanted.check()?;
    if checks > 3 {
        return wrong("check values are added of the key (1), of the protection key (2), or of both (3)");
    }
    let optional = Blocks::all(optional).filter(|blocks| blocks.find(optional::PADDING).is_none());
    let optional = optional.ok_or(Error::MechanismParamInvalid(
        "the optional blocks are not of their form, or have their own padding",
    ))?;
    let made = |id: &[u8; 2], bit| checks & bit != 0 && optional.find(id).is_some();
    if made(optional::KEY_CHECK, 1) || optional.find(optional::PROTECTION_CHECK).is_some() {
        return wrong("the check value is made by the module");
    }
    Ok(Request {
        binding,
        version,
        last: *b"00",
        wanted,
        masking_len,
        optional,
        key_check: checks & 1 != 0,
        protection_check: checks & 2 != 0,
    })
}

/// Whether blocks of this binding are made under this key.
fn check_key(binding: Binding, key: &KeyMaterial, role: KeyRole) -> Result<()> {
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

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check_key(request(params)?.binding, key, KeyRole::WrappingKey)
    }

    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        Ok(Plan::of(key, &request(params)?, target)?.block_len())
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        Plan::of(key, &request(params)?, target)?.write(key, target.payload, out)
    }
}

impl UnwrapMechanism for Tr31 {
    fn describes_key(&self) -> bool {
        true
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        match versioned(params)? {
            (0, []) => Ok(()),
            (version, []) => {
                binding(version).map_or(Ok(()), |binding| check_key(binding, key, KeyRole::UnwrappingKey))
            }
            _ => wrong("the parameter has 2 bytes: the block has its own header"),
        }
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let (version, _) = versioned(params)?;
        let parts = Parts::of(wrapped)?;
        // The last two characters: the key's context [ANSI X9.143:2021, table 1], and a reserved one.
        let known = matches!(parts.header.last, [b'0'..=b'2', b'0']);
        let asked_for = version == 0 || version == parts.header.version;
        let binding = binding(parts.header.version).filter(|_| known && asked_for);
        let binding = binding.filter(|binding| check_key(*binding, key, KeyRole::UnwrappingKey).is_ok());
        block::open(key, binding.ok_or(Error::WrappedKeyInvalid)?, &parts, template)
    }
}

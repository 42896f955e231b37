//! Key blocks of TR-31 as SafeNet ProtectToolkit-C makes and opens them: of general keys, whose header stands in the
//! parameter when they leave and is forgotten when they enter [its documentation, "CKM_WRAP_TR31_DERIVE" and
//! "CKM_UNWRAP_TR31"].

use super::attributes::Wanted;
use super::block::{Plan, Request};
use super::header::{HEADER_LEN, Header, Parts};
use super::opened;
use super::optional::{self, Blocks};
use super::parameter::{Opening, wrong};
use super::tr31;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, ParamKind, Params, UnwrapMechanism, Unwrapped, WrapMechanism, WrapTarget,
};

/// The protection keys: without a usage, as all keys of that maker.
pub(in crate::payment) const KEYS: KeyRule = KeyRule {
    types: &[CKK_AES, CKK_DES2, CKK_DES3],
    sizes: KeySizes::bytes(16, 32),
    ..KeyRule::NONE
};

/// A header with its optional blocks.
pub(in crate::payment) const HEADER: ParamKind = ParamKind::Flat {
    min: HEADER_LEN,
    max: 4096,
};

/// Makes blocks by the key derivation binding method.
pub(in crate::payment) struct Wrap;

/// Opens blocks of every version.
pub(in crate::payment) struct Unwrap;

/// The header of the parameter, whose version and length do not count: they are those of the block.
fn header(params: &Params) -> Result<(Header, Blocks<'_>)> {
    let bytes = params.flat()?;
    match Header::of(bytes) {
        Some((header, optional, [])) => {
            let made = [optional::PADDING, optional::PROTECTION_CHECK];
            match made.iter().any(|id| optional.find(id).is_some()) {
                true => wrong("padding and the protection key's check value are made by the module"),
                false => Ok((header, optional)),
            }
        }
        _ => wrong("the parameter is a header of TR-31 with its optional blocks"),
    }
}

/// The block of a key.
fn plan(key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<Plan> {
    let refused = |why| Err(Error::KeyNotWrappable(why));
    if target.attributes.contains(CKA_VHSM_KEY_USAGE) {
        return refused("a payment key leaves by CKM_VHSM_TR31, which knows what it is for");
    }
    if target.attributes.bool(CKA_MODIFIABLE) != Some(false) {
        return refused("CKA_MODIFIABLE of the key is CK_TRUE");
    }
    let (header, optional) = header(params)?;
    let version = if key.key_type == CKK_AES { b'D' } else { b'B' };
    let mut attributes = AttributeSet::with_capacity(7);
    for attribute in [CKA_CLASS, CKA_KEY_TYPE] {
        if let Some(value) = target.attributes.value(attribute) {
            attributes.set(attribute, value.clone());
        }
    }
    for (attribute, value) in [
        (CKA_VHSM_KEY_USAGE, &header.usage.0[..]),
        (CKA_VHSM_KEY_ALGORITHM, &[header.algorithm]),
        (CKA_VHSM_MODE_OF_USE, &[header.mode]),
        (CKA_VHSM_KEY_VERSION, &header.key_version),
        (CKA_VHSM_EXPORTABILITY, &[header.exportability]),
    ] {
        attributes.set(attribute, Value::bytes(value));
    }
    let request = Request {
        binding: tr31::binding(version).ok_or(Error::Internal("a version without its binding"))?,
        version,
        last: header.last,
        wanted: Wanted::NOTHING,
        takes_private: false,
        masking_len: 0,
        masks_length: false,
        optional,
        key_check: false,
        protection_check: false,
    };
    let target = WrapTarget {
        attributes: &attributes,
        payload: target.payload,
    };
    Plan::of(key, &request, &target)
}

impl WrapMechanism for Wrap {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        header(params).map(drop)
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
        plan(key, params, target)?.write(key, target.payload, out)
    }
}

/// What a block says that is told by no attribute of general keys.
const OF_PAYMENT_KEYS: [AttributeType; 6] = [
    CKA_VHSM_KEY_USAGE,
    CKA_VHSM_KEY_VERSION,
    CKA_VHSM_KEY_ALGORITHM,
    CKA_VHSM_OPTIONAL_BLOCKS,
    CKA_VHSM_MODE_OF_USE,
    CKA_VHSM_EXPORTABILITY,
];

impl UnwrapMechanism for Unwrap {
    fn describes_key(&self) -> bool {
        true
    }

    fn check(&self, _key: &KeyMaterial, _params: &Params) -> Result<()> {
        Ok(())
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        _params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        if let Some(attribute) = OF_PAYMENT_KEYS.into_iter().find(|told| template.contains(*told)) {
            let why = "payment keys come in by CKM_VHSM_TR31";
            return Err(Error::TemplateInconsistent { attribute, why });
        }
        let parts = Parts::of(wrapped)?;
        let binding = tr31::binding_of(&parts.header, 0)
            .filter(|binding| tr31::check_key(*binding, key, KeyRole::UnwrappingKey).is_ok());
        let binding = binding.ok_or(Error::WrappedKeyInvalid)?;
        // Keys of that maker are as sensitive as the template says: a block that is opened neither refuses another value
        // there nor tells its own.
        let mut asked = template.clone();
        asked.remove(CKA_SENSITIVE);
        let mut unwrapped = opened::open(key, binding, &parts, (Opening::PLAIN, &asked))?;
        let told = &mut unwrapped.attributes;
        told.remove(CKA_SENSITIVE);
        for attribute in OF_PAYMENT_KEYS {
            told.remove(attribute);
        }
        if parts.header.exportability == b'N' {
            told.set(CKA_EXTRACTABLE, Value::Bool(false));
        }
        let mode = ModeOfUse::of(parts.header.mode).ok_or(Error::WrappedKeyInvalid)?;
        for attribute in ModeOfUse::USES
            .into_iter()
            .filter(|function| !mode.permits(*function))
        {
            if template.bool(attribute) == Some(true) {
                let why = "the mode of use of the key block does not allow this";
                return Err(Error::TemplateInconsistent { attribute, why });
            }
            told.set(attribute, Value::Bool(false));
        }
        Ok(unwrapped)
    }
}

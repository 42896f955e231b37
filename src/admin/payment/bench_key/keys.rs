//! Keys that come of a [`BenchKey`]: derived, out of key blocks and into them. On a token they are objects of the session.

use super::operations::{NO_ROLE, row};
use super::{Bench, BenchKey, ClearKey, flag};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::des::set_odd_parity;
use crate::error::{Error, Result};
use crate::mechanism::{FlatSource, PlannedTemplate, Sources, Unwrapped, Wanted, WrapTarget};
use crate::secret::SecretBytes;
use crate::session::output;

/// Methods of CKM_VHSM_KEY_CHECK_VALUE.
const OF_ZEROS: u8 = 1;
const CMAC_OF_ZEROS: u8 = 2;
/// Bytes of a check value, as they are shown everywhere.
const CHECK_LEN: u8 = 3;

impl BenchKey {
    /// CKA_KEY_TYPE.
    pub(in crate::admin::payment) fn key_type(&self) -> Result<KeyType> {
        match self {
            Self::OnToken { bench, key } => {
                let object = bench.module.object(bench.session, *key)?;
                Ok(object.attributes().key_type().unwrap_or(CKK_GENERIC_SECRET))
            }
            Self::Clear(clear) => Ok(clear.material.key_type),
        }
    }

    /// The same key; a test key has this mode of use.
    pub(in crate::admin::payment) fn in_mode(&self, mode: u8) -> Result<Self> {
        Ok(match self {
            Self::OnToken { bench, key } => bench.holding(*key),
            Self::Clear(clear) => {
                let mut attributes = clear.attributes.clone();
                attributes.set(CKA_VHSM_MODE_OF_USE, Value::bytes(&[mode]));
                Self::Clear(Box::new(ClearKey::new(attributes)?))
            }
        })
    }

    /// A test key where this key is: in the clear, or in the session of the token.
    pub(in crate::admin::payment) fn beside(&self, test_key: ClearKey) -> Result<Self> {
        let test_key = Self::Clear(Box::new(test_key));
        match self {
            Self::OnToken { bench, .. } => bench.take(test_key),
            Self::Clear(_) => Ok(test_key),
        }
    }

    /// Length of the value in bytes.
    pub(in crate::admin::payment) fn value_len(&self) -> Result<usize> {
        let length = |attributes: &AttributeSet| attributes.bytes(CKA_VALUE).map_or(0, <[u8]>::len);
        match self {
            Self::OnToken { bench, key } => {
                Ok(length(bench.module.object(bench.session, *key)?.attributes()))
            }
            Self::Clear(clear) => Ok(length(&clear.attributes)),
        }
    }

    /// The check value: of DES zeros, encrypted; of AES their CMAC. HMAC keys have none.
    pub(in crate::admin::payment) fn check_value(&self) -> Result<Option<Vec<u8>>> {
        let method = match self.key_type()? {
            CKK_DES | CKK_DES2 | CKK_DES3 => OF_ZEROS,
            CKK_AES => CMAC_OF_ZEROS,
            _ => return Ok(None),
        };
        let parameter = [1, method, CHECK_LEN];
        self.sign(CKM_VHSM_KEY_CHECK_VALUE, &parameter, &[]).map(Some)
    }

    /// The value of what is a test key or comes of one. Keys of a token stay there.
    pub(in crate::admin::payment) fn clear_value(&self) -> Option<&[u8]> {
        match self {
            Self::OnToken { .. } => None,
            Self::Clear(clear) => clear.attributes.bytes(CKA_VALUE),
        }
    }

    /// C_DeriveKey.
    pub(in crate::admin::payment) fn derive(&self, id: MechanismId, parameter: &[u8]) -> Result<Self> {
        let source = FlatSource(parameter);
        match self {
            Self::OnToken { bench, key } => {
                let Bench { module, session } = bench;
                let template = [flag(CKA_TOKEN, false)];
                let made = module.derive_key(*session, id, &source, *key, &template, true)?;
                Ok(bench.holding(made.ok_or(NO_ROLE)?))
            }
            Self::Clear(clear) => derived(clear, id, &source).map(|key| Self::Clear(Box::new(key))),
        }
    }

    /// C_UnwrapKey of what says itself which key it is.
    pub(in crate::admin::payment) fn unwrap_key(
        &self,
        id: MechanismId,
        parameter: &[u8],
        wrapped: &[u8],
    ) -> Result<Self> {
        let source = FlatSource(parameter);
        match self {
            Self::OnToken { bench, key } => {
                let Bench { module, session } = bench;
                let template = [flag(CKA_TOKEN, false)];
                let made = module.unwrap_key(*session, id, &source, *key, wrapped, &template)?;
                Ok(bench.holding(made))
            }
            Self::Clear(clear) => {
                let key = &clear.material;
                let role = row(id, key)?.roles.unwrap.ok_or(NO_ROLE)?;
                let params = source.params();
                role.check(key, &params)?;
                let Unwrapped {
                    payload,
                    mut attributes,
                } = role.unwrap(key, &params, wrapped, &AttributeSet::new())?;
                attributes.set(CKA_VALUE, Value::Bytes(payload));
                Ok(Self::Clear(Box::new(ClearKey::new(attributes)?)))
            }
        }
    }

    /// C_WrapKey. Where one of the keys is a token's, the other one becomes a key of the session.
    pub(in crate::admin::payment) fn wrap_key(
        self,
        id: MechanismId,
        parameter: &[u8],
        target: Self,
    ) -> Result<Vec<u8>> {
        let source = FlatSource(parameter);
        let bench = match (&self, &target) {
            (Self::OnToken { bench, .. }, _) | (_, Self::OnToken { bench, .. }) => bench.clone(),
            (Self::Clear(key), Self::Clear(target)) => return wrapped(key, target, id, &source),
        };
        let (Self::OnToken { key, .. }, Self::OnToken { key: target, .. }) =
            (bench.take(self)?, bench.take(target)?)
        else {
            return Err(NO_ROLE);
        };
        let Bench { module, session } = bench;
        output::whole(|out| module.wrap_key(session, id, &source, key, target, out))
    }
}

/// One secret key of a test key.
fn derived(clear: &ClearKey, id: MechanismId, source: &FlatSource<'_>) -> Result<ClearKey> {
    let key = &clear.material;
    let role = row(id, key)?.roles.derive_objects.ok_or(NO_ROLE)?;
    let params = source.params();
    let from = Sources {
        key,
        attributes: &clear.attributes,
        further: &[],
        further_attributes: &[],
        params: &params,
        silent_keys_leave: false,
    };
    let planned = role.plan(&from, AttributeSet::new())?.pop().ok_or(NO_ROLE)?;
    let PlannedTemplate::Parsed(mut attributes) = planned.template else {
        return Err(NO_ROLE);
    };
    let key_type = planned.key_types.first().copied().ok_or(NO_ROLE)?;
    let wanted = Wanted {
        class: planned.class,
        key_type: Some(key_type),
        length: attributes.ulong(CKA_VALUE_LEN).map(to_usize),
    };
    role.check_wanted(&wanted)?;
    let made = role.derive(&from, &[wanted])?.objects.pop().ok_or(NO_ROLE)?;
    let value = made
        .bytes(CKA_VALUE)
        .ok_or(Error::Internal("a derived key without a value"))?;
    let mut value = SecretBytes::from(value);
    if role.sets_parity() && matches!(key_type, CKK_DES | CKK_DES2 | CKK_DES3) {
        set_odd_parity(value.as_mut());
    }
    attributes.set(CKA_CLASS, Value::Ulong(planned.class.0));
    attributes.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
    attributes.set(CKA_VALUE, Value::Bytes(value));
    ClearKey::new(attributes)
}

/// A test key under a test key.
fn wrapped(clear: &ClearKey, target: &ClearKey, id: MechanismId, source: &FlatSource<'_>) -> Result<Vec<u8>> {
    let key = &clear.material;
    let role = row(id, key)?.roles.wrap.ok_or(NO_ROLE)?;
    let params = source.params();
    role.check(key, &params)?;
    let target = WrapTarget {
        payload: target.attributes.bytes(CKA_VALUE).unwrap_or_default(),
        attributes: &target.attributes,
    };
    let mut out = vec![0; role.wrapped_len(key, &params, &target)?];
    let length = role.wrap(key, &params, &target, &mut out)?;
    out.truncate(length);
    Ok(out)
}

//! The parameters of SP 800-108 [PKCS#11 3.2, 6.28.2].

use super::derivation::{data, flag, has_room, prf, write};
use super::{CParam, invalid};
use crate::abi::read::{Items, Plain};
use crate::abi::template::Template;
use crate::attribute::RawAttribute;
use crate::ck::{self, ObjectHandle, sys};
use crate::crypto::kbkdf::Number;
use crate::error::Result;
use crate::mechanism::params::derivation::{DerivationKind, DerivationParams, Kbkdf, KbkdfField};

/// Most fields in the input of SP 800-108.
const FIELDS_MAX: u64 = 1024;
/// Most further keys of one derivation.
const FURTHER_KEYS_MAX: u64 = 256;

impl CParam<'_> {
    pub(super) fn kbkdf(&self, counter: bool) -> Result<DerivationParams> {
        let params: sys::CK_SP800_108_KDF_PARAMS =
            self.structure("CK_SP800_108_KDF_PARAMS has a wrong length")?;
        Ok(DerivationParams::Kbkdf(Kbkdf {
            prf: prf(params.prfType)?,
            fields: fields(params.pDataParams, params.ulNumberOfDataParams, counter)?,
            iv: [].into(),
            further: further_templates(&further(
                params.pAdditionalDerivedKeys,
                params.ulAdditionalDerivedKeys,
            )?)?,
        }))
    }

    pub(super) fn kbkdf_feedback(&self) -> Result<DerivationParams> {
        let params: sys::CK_SP800_108_FEEDBACK_KDF_PARAMS =
            self.structure("CK_SP800_108_FEEDBACK_KDF_PARAMS has a wrong length")?;
        Ok(DerivationParams::Kbkdf(Kbkdf {
            prf: prf(params.prfType)?,
            fields: fields(params.pDataParams, params.ulNumberOfDataParams, false)?,
            iv: data(params.pIV, params.ulIVLen)?,
            further: further_templates(&further(
                params.pAdditionalDerivedKeys,
                params.ulAdditionalDerivedKeys,
            )?)?,
        }))
    }

    pub(super) fn further_keys(&self, kind: DerivationKind) -> Result<Vec<sys::CK_DERIVED_KEY>> {
        let (keys, count) = if kind == DerivationKind::KbkdfFeedback {
            let params: sys::CK_SP800_108_FEEDBACK_KDF_PARAMS = self.structure("")?;
            (params.pAdditionalDerivedKeys, params.ulAdditionalDerivedKeys)
        } else {
            let params: sys::CK_SP800_108_KDF_PARAMS = self.structure("")?;
            (params.pAdditionalDerivedKeys, params.ulAdditionalDerivedKeys)
        };
        further(keys, count)
    }

    pub(super) fn answer_further_keys(&self, kind: DerivationKind, handles: &[ObjectHandle]) -> Result<()> {
        let keys = self.further_keys(kind)?;
        if keys.len() != handles.len() {
            return invalid("the number of further keys has changed");
        }
        keys.iter()
            .zip(handles)
            .try_for_each(|(key, handle)| write(key.phKey, handle.0))
    }
}

/// The items of an array inside a parameter.
pub(super) fn array<T: Plain>(pointer: *mut T, count: u64, max: u64) -> Result<Vec<T>> {
    if count > max {
        return invalid("a number of items is too large");
    }
    // SAFETY: the standard makes what a parameter points at part of it, so it belongs to the call.
    let items = unsafe { Items::new(pointer.cast_const(), count) };
    match items.iter() {
        Ok(items) => Ok(items.collect()),
        Err(_) => invalid("an array is NULL where a number is given"),
    }
}

/// The structure that a `CK_PRF_DATA_PARAM` names.
fn named<T: Plain>(param: &sys::CK_PRF_DATA_PARAM) -> Result<T> {
    let value = CParam {
        pointer: param.pValue.cast_const().cast(),
        length: param.ulValueLen,
        caller: std::marker::PhantomData,
    };
    value.structure("a CK_PRF_DATA_PARAM has a wrong length")
}

/// How a number of so many bits is written.
fn number(little_endian: sys::CK_BBOOL, width_in_bits: u64, max: u64) -> Result<Number> {
    match width_in_bits {
        8.. if width_in_bits.is_multiple_of(8) && width_in_bits <= max => Ok(Number {
            bytes: ck::to_usize(width_in_bits / 8),
            little_endian: flag(little_endian)?,
        }),
        _ => invalid("ulWidthInBits is no multiple of 8 in its range"),
    }
}

fn fields(params: *mut sys::CK_PRF_DATA_PARAM, count: u64, counter: bool) -> Result<Vec<KbkdfField>> {
    let fields = array(params, count, FIELDS_MAX)?;
    let once = |wanted| fields.iter().filter(|field| field.type_ == wanted).count();
    if once(sys::CK_SP800_108_ITERATION_VARIABLE) != 1 {
        return invalid("the iteration variable does not stand there once");
    }
    if once(sys::CK_SP800_108_COUNTER) > usize::from(!counter) || once(sys::CK_SP800_108_DKM_LENGTH) > 1 {
        return invalid("a field stands there too often");
    }
    fields.iter().map(|field| read_field(field, counter)).collect()
}

fn read_field(field: &sys::CK_PRF_DATA_PARAM, counter: bool) -> Result<KbkdfField> {
    match field.type_ {
        sys::CK_SP800_108_ITERATION_VARIABLE if !counter => {
            match field.pValue.is_null() && field.ulValueLen == 0 {
                true => Ok(KbkdfField::Chained),
                false => invalid("the iteration variable is no counter and has no format"),
            }
        }
        sys::CK_SP800_108_ITERATION_VARIABLE | sys::CK_SP800_108_COUNTER => {
            let format: sys::CK_SP800_108_COUNTER_FORMAT = named(field)?;
            number(format.bLittleEndian, format.ulWidthInBits, 32).map(KbkdfField::Counter)
        }
        sys::CK_SP800_108_DKM_LENGTH => {
            let format: sys::CK_SP800_108_DKM_LENGTH_FORMAT = named(field)?;
            Ok(KbkdfField::Length {
                of_keys: match format.dkmLengthMethod {
                    sys::CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS => true,
                    sys::CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS => false,
                    _ => return invalid("dkmLengthMethod is unknown"),
                },
                format: number(format.bLittleEndian, format.ulWidthInBits, 64)?,
            })
        }
        sys::CK_SP800_108_BYTE_ARRAY if field.ulValueLen == 0 => invalid("a byte array is empty"),
        sys::CK_SP800_108_BYTE_ARRAY => data(field.pValue.cast(), field.ulValueLen).map(KbkdfField::Bytes),
        sys::CK_SP800_108_KEY_HANDLE => named(field).map(|handle| KbkdfField::Key(ObjectHandle(handle))),
        _ => invalid("the type of a CK_PRF_DATA_PARAM is unknown"),
    }
}

/// The further keys, each with a place for its handle.
fn further(keys: *mut sys::CK_DERIVED_KEY, count: u64) -> Result<Vec<sys::CK_DERIVED_KEY>> {
    let keys = array(keys, count, FURTHER_KEYS_MAX)?;
    for key in &keys {
        has_room(key.phKey, 1)?;
    }
    Ok(keys)
}

fn further_templates(keys: &[sys::CK_DERIVED_KEY]) -> Result<Vec<Vec<RawAttribute>>> {
    let read = |key: &sys::CK_DERIVED_KEY| {
        // SAFETY: the standard makes what a parameter points at part of it, so it belongs to the call.
        let template: Template<'_> = unsafe { Items::new(key.pTemplate.cast_const(), key.ulAttributeCount) };
        template
            .attributes()
            .or_else(|_| invalid("the template of a further key cannot be read"))
    };
    keys.iter().map(read).collect()
}

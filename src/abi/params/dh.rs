//! The parameters of Diffie-Hellman in prime fields [PKCS#11 3.2, 6.4].

use super::{CParam, boxed, inner, invalid};
use crate::ck::{ObjectHandle, sys};
use crate::error::Result;
use crate::mechanism::params::{FurtherPair, Params, X942Kdf};

/// Longest public number in bytes, leading zeros included.
const NUMBER_LEN_MAX: u64 = 2048;
/// Longest other information in bytes; what is in use has some dozens.
const OTHER_INFO_LEN_MAX: u64 = 1 << 16;

/// The C type: `CKD_NULL` and its like.
fn kdf(function: sys::CK_X9_42_DH_KDF_TYPE, other_info: &[u8]) -> Result<X942Kdf> {
    match function {
        sys::CKD_NULL if other_info.is_empty() => Ok(X942Kdf::None),
        sys::CKD_NULL => invalid("CKD_NULL takes no other information"),
        sys::CKD_SHA1_KDF_ASN1 => Ok(X942Kdf::Asn1),
        sys::CKD_SHA1_KDF_CONCATENATE => Ok(X942Kdf::Concatenate),
        _ => invalid("the key derivation function is not supported"),
    }
}

/// A public number, or none: encapsulation has it in the ciphertext.
fn optional_number(pointer: *const u8, length: u64) -> Result<Box<[u8]>> {
    boxed(inner(pointer, length, NUMBER_LEN_MAX)?)
}

fn number(pointer: *const u8, length: u64) -> Result<Box<[u8]>> {
    match inner(pointer, length, NUMBER_LEN_MAX)? {
        [] => invalid("the other side's public number is missing"),
        number => boxed(number),
    }
}

impl CParam<'_> {
    pub(super) fn public_number(&self) -> Result<Params> {
        optional_number(self.pointer, self.length).map(Params::PublicNumber)
    }

    pub(super) fn x942_dh1(&self) -> Result<Params> {
        let params: sys::CK_X9_42_DH1_DERIVE_PARAMS =
            self.structure("CK_X9_42_DH1_DERIVE_PARAMS has a wrong length")?;
        let other_info = inner(params.pOtherInfo, params.ulOtherInfoLen, OTHER_INFO_LEN_MAX)?;
        Ok(Params::X942 {
            kdf: kdf(params.kdf, other_info)?,
            other_info: boxed(other_info)?,
            public_data: optional_number(params.pPublicData, params.ulPublicDataLen)?,
            further: None,
        })
    }

    /// `ulPrivateDataLen` is said to be the length of the private data, of which there is only a handle: not looked at.
    pub(super) fn x942_dh2(&self) -> Result<Params> {
        let params: sys::CK_X9_42_DH2_DERIVE_PARAMS =
            self.structure("CK_X9_42_DH2_DERIVE_PARAMS has a wrong length")?;
        let other_info = inner(params.pOtherInfo, params.ulOtherInfoLen, OTHER_INFO_LEN_MAX)?;
        Ok(Params::X942 {
            kdf: kdf(params.kdf, other_info)?,
            other_info: boxed(other_info)?,
            public_data: number(params.pPublicData, params.ulPublicDataLen)?,
            further: Some(FurtherPair {
                private: ObjectHandle(params.hPrivateData),
                public_data: number(params.pPublicData2, params.ulPublicDataLen2)?,
            }),
        })
    }
}

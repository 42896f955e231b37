//! The parameters of elliptic-curve mechanisms [PKCS#11 3.2, 6.3].

use super::{CParam, boxed, inner, invalid};
use crate::ck::sys;
use crate::crypto::hash::Hash;
use crate::error::Result;
use crate::mechanism::params::Params;

/// EdDSA contexts are at most this long [RFC 8032, 5.1].
const CONTEXT_BYTES_MAX: u64 = 255;

impl CParam<'_> {
    pub(super) fn ecdh1(&self) -> Result<Params> {
        let params: sys::CK_ECDH1_DERIVE_PARAMS =
            self.structure("CK_ECDH1_DERIVE_PARAMS has a wrong length")?;
        let kdf = match params.kdf {
            sys::CKD_NULL => None,
            sys::CKD_SHA1_KDF => Some(Hash::Sha1),
            sys::CKD_SHA224_KDF => Some(Hash::Sha224),
            sys::CKD_SHA256_KDF => Some(Hash::Sha256),
            sys::CKD_SHA384_KDF => Some(Hash::Sha384),
            sys::CKD_SHA512_KDF => Some(Hash::Sha512),
            _ => return invalid("the key derivation function is not supported"),
        };
        Ok(Params::Ecdh1 {
            kdf,
            shared_data: boxed(inner(params.pSharedData, params.ulSharedDataLen, u64::MAX)?)?,
            public_data: boxed(inner(params.pPublicData, params.ulPublicDataLen, u64::MAX)?)?,
        })
    }

    pub(super) fn eddsa(&self) -> Result<Params> {
        let params: sys::CK_EDDSA_PARAMS = self.structure("CK_EDDSA_PARAMS has a wrong length")?;
        Ok(Params::Eddsa {
            prehash: match params.phFlag {
                sys::CK_FALSE => false,
                sys::CK_TRUE => true,
                _ => return invalid("phFlag is neither CK_TRUE nor CK_FALSE"),
            },
            context: boxed(inner(
                params.pContextData,
                params.ulContextDataLen,
                CONTEXT_BYTES_MAX,
            )?)?,
        })
    }
}

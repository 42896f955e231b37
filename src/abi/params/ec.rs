//! The parameters of elliptic-curve mechanisms [PKCS#11 3.2, 6.3].

use super::derivation::DATA_BYTES_MAX;
use super::{CParam, aes_key_len, boxed, inner, invalid};
use crate::ck::sys;
use crate::crypto::hash::Hash;
use crate::error::Result;
use crate::mechanism::params::{EcKdf, Params};

/// EdDSA contexts are at most this long [RFC 8032, 5.1].
const CONTEXT_BYTES_MAX: u64 = 255;
/// More than a point of any curve has in any form.
const POINT_BYTES_MAX: u64 = 1 << 12;

impl CParam<'_> {
    pub(super) fn ecdh1(&self) -> Result<Params> {
        let params: sys::CK_ECDH1_DERIVE_PARAMS =
            self.structure("CK_ECDH1_DERIVE_PARAMS has a wrong length")?;
        Ok(Params::Ecdh1 {
            kdf: kdf(params.kdf)?,
            shared_data: boxed(inner(params.pSharedData, params.ulSharedDataLen, DATA_BYTES_MAX)?)?,
            public_data: boxed(inner(
                params.pPublicData,
                params.ulPublicDataLen,
                POINT_BYTES_MAX,
            )?)?,
        })
    }

    pub(super) fn ecdh_aes_key_wrap(&self) -> Result<Params> {
        let params: sys::CK_ECDH_AES_KEY_WRAP_PARAMS =
            self.structure("CK_ECDH_AES_KEY_WRAP_PARAMS has a wrong length")?;
        let (kdf, shared_data) = (
            kdf(params.kdf)?,
            inner(params.pSharedData, params.ulSharedDataLen, DATA_BYTES_MAX)?,
        );
        if kdf.is_none() && !shared_data.is_empty() {
            return invalid("CKD_NULL takes no shared data");
        }
        Ok(Params::EcdhAesKeyWrap {
            aes_key_len: aes_key_len(params.ulAESKeyBits)?,
            kdf,
            shared_data: boxed(shared_data)?,
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

/// `CK_EC_KDF_TYPE`; `None` for `CKD_NULL`. Those of BLAKE2b are the concatenation of NIST SP 800-56A, though their names
/// are like those of ANSI X9.63 [PKCS#11 3.2, 6.3.16].
fn kdf(number: sys::CK_EC_KDF_TYPE) -> Result<Option<EcKdf>> {
    use EcKdf::{Sp800, X963};
    Ok(Some(match number {
        sys::CKD_NULL => return Ok(None),
        sys::CKD_SHA1_KDF => X963(Hash::Sha1),
        sys::CKD_SHA224_KDF => X963(Hash::Sha224),
        sys::CKD_SHA256_KDF => X963(Hash::Sha256),
        sys::CKD_SHA384_KDF => X963(Hash::Sha384),
        sys::CKD_SHA512_KDF => X963(Hash::Sha512),
        sys::CKD_SHA3_224_KDF => X963(Hash::Sha3_224),
        sys::CKD_SHA3_256_KDF => X963(Hash::Sha3_256),
        sys::CKD_SHA3_384_KDF => X963(Hash::Sha3_384),
        sys::CKD_SHA3_512_KDF => X963(Hash::Sha3_512),
        sys::CKD_BLAKE2B_160_KDF => Sp800(Hash::Blake2b160),
        sys::CKD_BLAKE2B_256_KDF => Sp800(Hash::Blake2b256),
        sys::CKD_BLAKE2B_384_KDF => Sp800(Hash::Blake2b384),
        sys::CKD_BLAKE2B_512_KDF => Sp800(Hash::Blake2b512),
        sys::CKD_SHA1_KDF_SP800 => Sp800(Hash::Sha1),
        sys::CKD_SHA224_KDF_SP800 => Sp800(Hash::Sha224),
        sys::CKD_SHA256_KDF_SP800 => Sp800(Hash::Sha256),
        sys::CKD_SHA384_KDF_SP800 => Sp800(Hash::Sha384),
        sys::CKD_SHA512_KDF_SP800 => Sp800(Hash::Sha512),
        sys::CKD_SHA3_224_KDF_SP800 => Sp800(Hash::Sha3_224),
        sys::CKD_SHA3_256_KDF_SP800 => Sp800(Hash::Sha3_256),
        sys::CKD_SHA3_384_KDF_SP800 => Sp800(Hash::Sha3_384),
        sys::CKD_SHA3_512_KDF_SP800 => Sp800(Hash::Sha3_512),
        _ => return invalid("the key derivation function is not supported"),
    }))
}

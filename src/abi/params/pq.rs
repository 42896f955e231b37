//! The parameters of post-quantum signatures [PKCS#11 3.2, 6.53 and 6.55].

use super::{CParam, boxed, inner, invalid};
use crate::ck::*;
use crate::crypto::prehash::PreHash;
use crate::error::Result;
use crate::mechanism::params::{Hedge, Params, SignContext};

/// Contexts are at most this long [FIPS 204, 5.2; FIPS 205, 10.2].
const CONTEXT_BYTES_MAX: u64 = 255;

impl CParam<'_> {
    pub(super) fn sign_context(&self) -> Result<Params> {
        let params: sys::CK_SIGN_ADDITIONAL_CONTEXT =
            self.structure("CK_SIGN_ADDITIONAL_CONTEXT has a wrong length")?;
        let context = context(params.hedgeVariant, params.pContext, params.ulContextLen)?;
        Ok(Params::SignContext(context))
    }

    pub(super) fn hash_sign_context(&self) -> Result<Params> {
        let params: sys::CK_HASH_SIGN_ADDITIONAL_CONTEXT =
            self.structure("CK_HASH_SIGN_ADDITIONAL_CONTEXT has a wrong length")?;
        Ok(Params::HashSignContext {
            hash: pre_hash(params.hash)?,
            context: context(params.hedgeVariant, params.pContext, params.ulContextLen)?,
        })
    }
}

fn context(hedge: u64, pointer: *const u8, length: u64) -> Result<SignContext> {
    Ok(SignContext {
        hedge: match hedge {
            sys::CKH_HEDGE_PREFERRED => Hedge::Preferred,
            sys::CKH_HEDGE_REQUIRED => Hedge::Required,
            sys::CKH_DETERMINISTIC_REQUIRED => Hedge::Deterministic,
            _ => return invalid("the hedge variant is none of the standard's"),
        },
        context: boxed(inner(pointer, length, CONTEXT_BYTES_MAX)?)?,
    })
}

fn pre_hash(mechanism: u64) -> Result<PreHash> {
    match MechanismId(mechanism) {
        CKM_SHA224 => Ok(PreHash::Sha224),
        CKM_SHA256 => Ok(PreHash::Sha256),
        CKM_SHA384 => Ok(PreHash::Sha384),
        CKM_SHA512 => Ok(PreHash::Sha512),
        CKM_SHA512_224 => Ok(PreHash::Sha512_224),
        CKM_SHA512_256 => Ok(PreHash::Sha512_256),
        CKM_SHA3_224 => Ok(PreHash::Sha3_224),
        CKM_SHA3_256 => Ok(PreHash::Sha3_256),
        CKM_SHA3_384 => Ok(PreHash::Sha3_384),
        CKM_SHA3_512 => Ok(PreHash::Sha3_512),
        // The standard has no number for SHAKE as a digest; these mechanisms name it.
        CKM_HASH_ML_DSA_SHAKE128 | CKM_HASH_SLH_DSA_SHAKE128 => Ok(PreHash::Shake128),
        CKM_HASH_ML_DSA_SHAKE256 | CKM_HASH_SLH_DSA_SHAKE256 => Ok(PreHash::Shake256),
        _ => invalid("the hash is none that FIPS 204 and 205 know"),
    }
}

#[cfg(test)]
#[path = "pq_tests.rs"]
mod tests;

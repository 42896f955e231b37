//! Mechanisms with their parameters, in the form that the C functions read.

use std::ptr;

use crate::ck::sys::{
    CK_AES_CTR_PARAMS, CK_CCM_PARAMS, CK_ECDH1_DERIVE_PARAMS, CK_GCM_PARAMS, CK_HKDF_PARAMS, CK_MECHANISM,
    CK_RSA_PKCS_PSS_PARAMS, CK_SALSA20_CHACHA20_POLY1305_PARAMS, CK_TRUE, CKD_NULL, CKF_HKDF_SALT_DATA,
};
use crate::ck::{MechanismId, to_ulong};

/// A mechanism and its parameter. Built once, used in any number of calls without a further allocation.
///
/// Invariant: `raw` points into `_parameter`, whose memory is never moved afterwards.
#[derive(Debug)]
pub struct Mechanism {
    raw: CK_MECHANISM,
    _parameter: Parameter,
}

/// Owns what `raw` points to. Vectors, because their memory stays where it is when they move.
#[derive(Debug)]
#[allow(
    dead_code,
    reason = "only the memory matters; the module reads it through the pointers"
)]
enum Parameter {
    None,
    Bytes(Vec<u8>),
    Ctr(Vec<CK_AES_CTR_PARAMS>),
    Gcm(Vec<CK_GCM_PARAMS>, Vec<u8>),
    Ccm(Vec<CK_CCM_PARAMS>, Vec<u8>),
    Poly1305(Vec<CK_SALSA20_CHACHA20_POLY1305_PARAMS>, Vec<u8>),
    Hkdf(Vec<CK_HKDF_PARAMS>, Vec<u8>),
    Ecdh(Vec<CK_ECDH1_DERIVE_PARAMS>, Vec<u8>),
    Pss(Vec<CK_RSA_PKCS_PSS_PARAMS>),
}

impl Mechanism {
    fn new<T>(id: MechanismId, mut value: Vec<T>, keep: impl FnOnce(Vec<T>) -> Parameter) -> Self {
        let raw = CK_MECHANISM {
            mechanism: id.0,
            pParameter: value.as_mut_ptr().cast(),
            ulParameterLen: to_ulong(size_of_val(value.as_slice())),
        };
        Self {
            raw,
            _parameter: keep(value),
        }
    }

    /// Without a parameter.
    #[must_use]
    pub fn plain(id: MechanismId) -> Self {
        let raw = CK_MECHANISM {
            mechanism: id.0,
            pParameter: ptr::null_mut(),
            ulParameterLen: 0,
        };
        Self {
            raw,
            _parameter: Parameter::None,
        }
    }

    /// With a byte string, such as an initialisation vector.
    #[must_use]
    pub fn with_bytes(id: MechanismId, parameter: &[u8]) -> Self {
        Self::new(id, parameter.to_vec(), Parameter::Bytes)
    }

    /// With `CK_AES_CTR_PARAMS`: the whole block counts.
    #[must_use]
    pub fn with_counter(id: MechanismId, block: [u8; 16]) -> Self {
        let parameters = CK_AES_CTR_PARAMS {
            ulCounterBits: 128,
            cb: block,
        };
        Self::new(id, vec![parameters], Parameter::Ctr)
    }

    /// With `CK_GCM_PARAMS`: this IV, no additional data, a tag of 128 bits.
    #[must_use]
    pub fn with_gcm(id: MechanismId, iv: &[u8]) -> Self {
        let mut iv = iv.to_vec();
        let parameters = CK_GCM_PARAMS {
            pIv: iv.as_mut_ptr(),
            ulIvLen: to_ulong(iv.len()),
            ulIvBits: to_ulong(iv.len()).saturating_mul(8),
            pAAD: ptr::null_mut(),
            ulAADLen: 0,
            ulTagBits: 128,
        };
        Self::new(id, vec![parameters], |parameters| Parameter::Gcm(parameters, iv))
    }

    /// With `CK_RSA_PKCS_PSS_PARAMS`: `hash` with its mask generation function and a salt in bytes.
    #[must_use]
    pub fn with_pss(id: MechanismId, hash: MechanismId, mgf: u64, salt_bytes: usize) -> Self {
        let parameters = CK_RSA_PKCS_PSS_PARAMS {
            hashAlg: hash.0,
            mgf,
            sLen: to_ulong(salt_bytes),
        };
        Self::new(id, vec![parameters], Parameter::Pss)
    }

    /// With `CK_CCM_PARAMS`: a message of so many bytes, this nonce, no additional data, a tag of 16 bytes.
    #[must_use]
    pub fn with_ccm(id: MechanismId, data_bytes: usize, nonce: &[u8]) -> Self {
        let mut nonce = nonce.to_vec();
        let parameters = CK_CCM_PARAMS {
            ulDataLen: to_ulong(data_bytes),
            pNonce: nonce.as_mut_ptr(),
            ulNonceLen: to_ulong(nonce.len()),
            pAAD: ptr::null_mut(),
            ulAADLen: 0,
            ulMACLen: 16,
        };
        Self::new(id, vec![parameters], |parameters| {
            Parameter::Ccm(parameters, nonce)
        })
    }

    /// With `CK_SALSA20_CHACHA20_POLY1305_PARAMS`: this nonce, no additional data. The length of the nonce is told in
    /// bits, as the standard has it.
    #[must_use]
    pub fn with_poly1305(id: MechanismId, nonce: &[u8]) -> Self {
        let mut nonce = nonce.to_vec();
        let parameters = CK_SALSA20_CHACHA20_POLY1305_PARAMS {
            pNonce: nonce.as_mut_ptr(),
            ulNonceLen: to_ulong(nonce.len()).saturating_mul(8),
            pAAD: ptr::null_mut(),
            ulAADLen: 0,
        };
        Self::new(id, vec![parameters], |parameters| {
            Parameter::Poly1305(parameters, nonce)
        })
    }

    /// With `CK_HKDF_PARAMS`: extract and expand under the HMAC of `hash`, with this salt, which is the information,
    /// too.
    #[must_use]
    pub fn with_hkdf(id: MechanismId, hash: MechanismId, salt: &[u8]) -> Self {
        let mut salt = salt.to_vec();
        let parameters = CK_HKDF_PARAMS {
            bExtract: CK_TRUE,
            bExpand: CK_TRUE,
            prfHashMechanism: hash.0,
            ulSaltType: CKF_HKDF_SALT_DATA,
            pSalt: salt.as_mut_ptr(),
            ulSaltLen: to_ulong(salt.len()),
            hSaltKey: 0,
            pInfo: salt.as_mut_ptr(),
            ulInfoLen: to_ulong(salt.len()),
        };
        Self::new(id, vec![parameters], |parameters| {
            Parameter::Hkdf(parameters, salt)
        })
    }

    /// With `CK_ECDH1_DERIVE_PARAMS`: the other side's point, and no derivation function.
    #[must_use]
    pub fn with_point(id: MechanismId, point: &[u8]) -> Self {
        let mut point = point.to_vec();
        let parameters = CK_ECDH1_DERIVE_PARAMS {
            kdf: CKD_NULL,
            ulSharedDataLen: 0,
            pSharedData: ptr::null_mut(),
            ulPublicDataLen: to_ulong(point.len()),
            pPublicData: point.as_mut_ptr(),
        };
        Self::new(id, vec![parameters], |parameters| {
            Parameter::Ecdh(parameters, point)
        })
    }

    /// The structure for a C function; a copy, so that a module that writes to it changes nothing here.
    pub(super) fn as_raw(&self) -> CK_MECHANISM {
        self.raw
    }
}

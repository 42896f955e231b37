//! Mechanisms with their parameters, in the form that the C functions read.

use std::ptr;

use crate::ck::sys::{CK_AES_CTR_PARAMS, CK_GCM_PARAMS, CK_MECHANISM, CK_RSA_PKCS_PSS_PARAMS};
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

    /// The structure for a C function; a copy, so that a module that writes to it changes nothing here.
    pub(super) fn as_raw(&self) -> CK_MECHANISM {
        self.raw
    }
}

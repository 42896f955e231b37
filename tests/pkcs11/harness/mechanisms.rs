//! Mechanisms with their parameters: `Mech::gcm(&iv, &aad, 128)`.

use super::leak;
use cryptoki_sys::*;

/// One `CK_MECHANISM` whose parameter stays for the rest of the process.
#[derive(Clone, Copy)]
pub struct Mech(pub CK_MECHANISM);

// SAFETY: the parameter is leaked and only read.
unsafe impl Send for Mech {}
// SAFETY: as above.
unsafe impl Sync for Mech {}

impl Mech {
    /// Without a parameter.
    pub fn new(mechanism: CK_MECHANISM_TYPE) -> Self {
        Self(CK_MECHANISM {
            mechanism,
            pParameter: std::ptr::null_mut(),
            ulParameterLen: 0,
        })
    }

    /// With bytes as the parameter, such as an IV.
    pub fn iv(mechanism: CK_MECHANISM_TYPE, iv: &[u8]) -> Self {
        Self(CK_MECHANISM {
            mechanism,
            pParameter: leak(iv).cast(),
            ulParameterLen: iv.len() as CK_ULONG,
        })
    }

    /// With a structure as the parameter.
    pub fn with<T: Copy + 'static>(mechanism: CK_MECHANISM_TYPE, parameter: T) -> Self {
        let parameter: *mut T = Box::leak(Box::new(parameter));
        Self(CK_MECHANISM {
            mechanism,
            pParameter: parameter.cast(),
            ulParameterLen: size_of::<T>() as CK_ULONG,
        })
    }

    /// The same with a parameter length of the test's choice.
    pub fn with_length(mut self, length: CK_ULONG) -> Self {
        self.0.ulParameterLen = length;
        self
    }

    /// AES-GCM.
    pub fn gcm(iv: &[u8], aad: &[u8], tag_bits: CK_ULONG) -> Self {
        let parameter = CK_GCM_PARAMS {
            pIv: leak(iv),
            ulIvLen: iv.len() as CK_ULONG,
            ulIvBits: iv.len() as CK_ULONG * 8,
            pAAD: leak(aad),
            ulAADLen: aad.len() as CK_ULONG,
            ulTagBits: tag_bits,
        };
        Self::with(CKM_AES_GCM, parameter)
    }

    /// A mechanism with the parameter of AES-GCM.
    pub fn gcm_of(mechanism: CK_MECHANISM_TYPE, iv: &[u8]) -> Self {
        let mut other = Self::gcm(iv, b"", 128);
        other.0.mechanism = mechanism;
        other
    }

    /// AES-CTR.
    pub fn ctr(bits: CK_ULONG, block: [u8; 16]) -> Self {
        Self::with(
            CKM_AES_CTR,
            CK_AES_CTR_PARAMS {
                ulCounterBits: bits,
                cb: block,
            },
        )
    }

    /// ML-DSA and SLH-DSA with a context.
    pub fn sign_context(mechanism: CK_MECHANISM_TYPE, hedge: CK_HEDGE_TYPE, context: &[u8]) -> Self {
        Self::with(
            mechanism,
            CK_SIGN_ADDITIONAL_CONTEXT {
                hedgeVariant: hedge,
                pContext: leak(context),
                ulContextLen: context.len() as CK_ULONG,
            },
        )
    }

    /// ML-DSA and SLH-DSA of a digest.
    pub fn hash_sign_context(
        mechanism: CK_MECHANISM_TYPE,
        hedge: CK_HEDGE_TYPE,
        context: &[u8],
        hash: CK_MECHANISM_TYPE,
    ) -> Self {
        Self::with(
            mechanism,
            CK_HASH_SIGN_ADDITIONAL_CONTEXT {
                hedgeVariant: hedge,
                pContext: leak(context),
                ulContextLen: context.len() as CK_ULONG,
                hash,
            },
        )
    }

    /// RSA-OAEP.
    pub fn oaep(hash: CK_MECHANISM_TYPE, mgf: CK_RSA_PKCS_MGF_TYPE, label: &[u8]) -> Self {
        let parameter = CK_RSA_PKCS_OAEP_PARAMS {
            hashAlg: hash,
            mgf,
            source: CKZ_DATA_SPECIFIED,
            pSourceData: if label.is_empty() {
                std::ptr::null_mut()
            } else {
                leak(label).cast()
            },
            ulSourceDataLen: label.len() as CK_ULONG,
        };
        Self::with(CKM_RSA_PKCS_OAEP, parameter)
    }

    /// One of the RSA-PSS mechanisms.
    pub fn pss(mechanism: CK_MECHANISM_TYPE, hash: CK_MECHANISM_TYPE, salt_length: CK_ULONG) -> Self {
        Self::with(
            mechanism,
            CK_RSA_PKCS_PSS_PARAMS {
                hashAlg: hash,
                mgf: mgf_of(hash),
                sLen: salt_length,
            },
        )
    }

    /// A MAC of a chosen length.
    pub fn general(mechanism: CK_MECHANISM_TYPE, length: CK_ULONG) -> Self {
        Self::with(mechanism, length)
    }

    /// ECDH.
    pub fn ecdh(kdf: CK_EC_KDF_TYPE, shared: &[u8], public: &[u8]) -> Self {
        let parameter = CK_ECDH1_DERIVE_PARAMS {
            kdf,
            ulSharedDataLen: shared.len() as CK_ULONG,
            pSharedData: if shared.is_empty() {
                std::ptr::null_mut()
            } else {
                leak(shared)
            },
            ulPublicDataLen: public.len() as CK_ULONG,
            pPublicData: leak(public),
        };
        Self::with(CKM_ECDH1_DERIVE, parameter)
    }

    /// Ed25519 with a context or prehashed.
    pub fn eddsa(prehashed: bool, context: &[u8]) -> Self {
        let parameter = CK_EDDSA_PARAMS {
            phFlag: CK_BBOOL::from(prehashed),
            ulContextDataLen: context.len() as CK_ULONG,
            pContextData: if context.is_empty() {
                std::ptr::null_mut()
            } else {
                leak(context)
            },
        };
        Self::with(CKM_EDDSA, parameter)
    }

    /// The pointer that Init functions take.
    pub fn p(&self) -> *mut CK_MECHANISM {
        (&raw const self.0).cast_mut()
    }
}

/// The mask generation function over the same hash.
pub fn mgf_of(hash: CK_MECHANISM_TYPE) -> CK_RSA_PKCS_MGF_TYPE {
    match hash {
        CKM_SHA_1 => CKG_MGF1_SHA1,
        CKM_SHA224 => CKG_MGF1_SHA224,
        CKM_SHA384 => CKG_MGF1_SHA384,
        CKM_SHA512 => CKG_MGF1_SHA512,
        _ => CKG_MGF1_SHA256,
    }
}

//! [`Set`]: the parameter sets of ML-KEM, ML-DSA and SLH-DSA under one name, with what their keys look like.

use crate::ck::*;
use crate::crypto::{mldsa, mlkem, slhdsa};
use crate::error::{Error, Result};

/// A parameter set: CKA_KEY_TYPE and CKA_PARAMETER_SET together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Set {
    /// CKK_ML_KEM.
    MlKem(mlkem::ParameterSet),
    /// CKK_ML_DSA.
    MlDsa(mldsa::ParameterSet),
    /// CKK_SLH_DSA.
    SlhDsa(slhdsa::ParameterSet),
}

impl Set {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let kem = mlkem::ParameterSet::ALL.into_iter().map(Self::MlKem);
        let dsa = mldsa::ParameterSet::ALL.into_iter().map(Self::MlDsa);
        kem.chain(dsa)
            .chain(slhdsa::ParameterSet::ALL.into_iter().map(Self::SlhDsa))
    }

    /// The set of a key type with this CKA_PARAMETER_SET.
    ///
    /// # Errors
    /// [`Error::ParameterSetNotSupported`].
    pub fn find(key_type: KeyType, number: u64) -> Result<Self> {
        Self::all()
            .find(|set| set.key_type() == key_type && set.number() == number)
            .ok_or(Error::ParameterSetNotSupported)
    }

    /// The set of a key type with this object identifier, in DER; `None` for others.
    #[must_use]
    pub fn of_oid(key_type: KeyType, oid: &[u8]) -> Option<Self> {
        Self::all().find(|set| set.key_type() == key_type && set.oid() == oid)
    }

    /// CKA_KEY_TYPE.
    #[must_use]
    pub const fn key_type(self) -> KeyType {
        match self {
            Self::MlKem(_) => CKK_ML_KEM,
            Self::MlDsa(_) => CKK_ML_DSA,
            Self::SlhDsa(_) => CKK_SLH_DSA,
        }
    }

    /// CKA_PARAMETER_SET.
    #[must_use]
    pub const fn number(self) -> u64 {
        use mldsa::ParameterSet::{MlDsa44, MlDsa65, MlDsa87};
        use mlkem::ParameterSet::{MlKem512, MlKem768, MlKem1024};
        use slhdsa::ParameterSet as Slh;
        match self {
            Self::MlKem(MlKem512) => sys::CKP_ML_KEM_512,
            Self::MlKem(MlKem768) => sys::CKP_ML_KEM_768,
            Self::MlKem(MlKem1024) => sys::CKP_ML_KEM_1024,
            Self::MlDsa(MlDsa44) => sys::CKP_ML_DSA_44,
            Self::MlDsa(MlDsa65) => sys::CKP_ML_DSA_65,
            Self::MlDsa(MlDsa87) => sys::CKP_ML_DSA_87,
            Self::SlhDsa(Slh::Sha2_128s) => sys::CKP_SLH_DSA_SHA2_128S,
            Self::SlhDsa(Slh::Shake128s) => sys::CKP_SLH_DSA_SHAKE_128S,
            Self::SlhDsa(Slh::Sha2_128f) => sys::CKP_SLH_DSA_SHA2_128F,
            Self::SlhDsa(Slh::Shake128f) => sys::CKP_SLH_DSA_SHAKE_128F,
            Self::SlhDsa(Slh::Sha2_192s) => sys::CKP_SLH_DSA_SHA2_192S,
            Self::SlhDsa(Slh::Shake192s) => sys::CKP_SLH_DSA_SHAKE_192S,
            Self::SlhDsa(Slh::Sha2_192f) => sys::CKP_SLH_DSA_SHA2_192F,
            Self::SlhDsa(Slh::Shake192f) => sys::CKP_SLH_DSA_SHAKE_192F,
            Self::SlhDsa(Slh::Sha2_256s) => sys::CKP_SLH_DSA_SHA2_256S,
            Self::SlhDsa(Slh::Shake256s) => sys::CKP_SLH_DSA_SHAKE_256S,
            Self::SlhDsa(Slh::Sha2_256f) => sys::CKP_SLH_DSA_SHA2_256F,
            Self::SlhDsa(Slh::Shake256f) => sys::CKP_SLH_DSA_SHAKE_256F,
        }
    }

    /// The object identifier in DER [RFC 9935, 3; RFC 9881, 2; RFC 9909, 3]: 2.16.840.1.101.3.4, then 4 for KEMs and 3
    /// for signatures, then a number.
    #[must_use]
    pub const fn oid(self) -> [u8; 11] {
        use mldsa::ParameterSet::{MlDsa44, MlDsa65, MlDsa87};
        use mlkem::ParameterSet::{MlKem512, MlKem768, MlKem1024};
        use slhdsa::ParameterSet as Slh;
        let (arc, last) = match self {
            Self::MlKem(MlKem512) => (4, 1),
            Self::MlKem(MlKem768) => (4, 2),
            Self::MlKem(MlKem1024) => (4, 3),
            Self::MlDsa(MlDsa44) => (3, 17),
            Self::MlDsa(MlDsa65) => (3, 18),
            Self::MlDsa(MlDsa87) => (3, 19),
            Self::SlhDsa(Slh::Sha2_128s) => (3, 20),
            Self::SlhDsa(Slh::Sha2_128f) => (3, 21),
            Self::SlhDsa(Slh::Sha2_192s) => (3, 22),
            Self::SlhDsa(Slh::Sha2_192f) => (3, 23),
            Self::SlhDsa(Slh::Sha2_256s) => (3, 24),
            Self::SlhDsa(Slh::Sha2_256f) => (3, 25),
            Self::SlhDsa(Slh::Shake128s) => (3, 26),
            Self::SlhDsa(Slh::Shake128f) => (3, 27),
            Self::SlhDsa(Slh::Shake192s) => (3, 28),
            Self::SlhDsa(Slh::Shake192f) => (3, 29),
            Self::SlhDsa(Slh::Shake256s) => (3, 30),
            Self::SlhDsa(Slh::Shake256f) => (3, 31),
        };
        [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, arc, last]
    }

    /// Length of CKA_SEED in bytes; `None` for SLH-DSA, whose keys have none.
    #[must_use]
    pub const fn seed_len(self) -> Option<usize> {
        match self {
            Self::MlKem(_) => Some(mlkem::SEED_LEN),
            Self::MlDsa(_) => Some(mldsa::SEED_LEN),
            Self::SlhDsa(_) => None,
        }
    }

    /// Length of the public key in bytes.
    #[must_use]
    pub const fn public_len(self) -> usize {
        match self {
            Self::MlKem(set) => set.public_len(),
            Self::MlDsa(set) => set.public_len(),
            Self::SlhDsa(set) => set.public_len(),
        }
    }

    /// Length of the (expanded) private key in bytes.
    #[must_use]
    pub const fn private_len(self) -> usize {
        match self {
            Self::MlKem(set) => set.private_len(),
            Self::MlDsa(set) => set.private_len(),
            Self::SlhDsa(set) => set.private_len(),
        }
    }
}

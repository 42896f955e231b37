//! Deterministic ML-DSA signatures of message representatives, by the `ml-dsa` crate.

use ::ml_dsa::{ExpandedSigningKey, ExpandedSigningKeyBytes, MlDsa44, MlDsa65, MlDsa87};

use super::ParameterSet;
use crate::error::{Error, Result};

/// A private key in the form that the `ml-dsa` crate wants. It is large, and made by the first deterministic signature.
pub(super) enum Deterministic {
    MlDsa44(Box<ExpandedSigningKey<MlDsa44>>),
    MlDsa65(Box<ExpandedSigningKey<MlDsa65>>),
    MlDsa87(Box<ExpandedSigningKey<MlDsa87>>),
}

impl Deterministic {
    /// From an expanded key that aws-lc has checked: the crate itself checks none.
    #[allow(deprecated, reason = "the seed of an imported key may not be known")]
    pub(super) fn new(set: ParameterSet, expanded: &[u8]) -> Result<Self> {
        const WRONG: Error = Error::Internal("an expanded ML-DSA key of a wrong length");
        Ok(match set {
            ParameterSet::MlDsa44 => {
                let bytes: &ExpandedSigningKeyBytes<MlDsa44> = expanded.try_into().map_err(|_| WRONG)?;
                Self::MlDsa44(Box::new(ExpandedSigningKey::from_expanded(bytes)))
            }
            ParameterSet::MlDsa65 => {
                let bytes: &ExpandedSigningKeyBytes<MlDsa65> = expanded.try_into().map_err(|_| WRONG)?;
                Self::MlDsa65(Box::new(ExpandedSigningKey::from_expanded(bytes)))
            }
            ParameterSet::MlDsa87 => {
                let bytes: &ExpandedSigningKeyBytes<MlDsa87> = expanded.try_into().map_err(|_| WRONG)?;
                Self::MlDsa87(Box::new(ExpandedSigningKey::from_expanded(bytes)))
            }
        })
    }

    pub(super) fn sign(&self, mu: &[u8; 64], out: &mut [u8]) -> Result<()> {
        match self {
            Self::MlDsa44(key) => copy(&key.sign_mu_deterministic(&(*mu).into()).encode(), out),
            Self::MlDsa65(key) => copy(&key.sign_mu_deterministic(&(*mu).into()).encode(), out),
            Self::MlDsa87(key) => copy(&key.sign_mu_deterministic(&(*mu).into()).encode(), out),
        }
    }
}

fn copy(signature: &[u8], out: &mut [u8]) -> Result<()> {
    match out.len() == signature.len() {
        true => {
            out.copy_from_slice(signature);
            Ok(())
        }
        false => Err(Error::Internal("ML-DSA output")),
    }
}

//! CKM_ML_KEM_KEY_PAIR_GEN, CKM_ML_DSA_KEY_PAIR_GEN and CKM_SLH_DSA_KEY_PAIR_GEN.

use super::key::PqKey;
use super::set::Set;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::{mldsa, mlkem, slhdsa};
use crate::error::{Error, Result};
use crate::mechanism::operation::GenerateKeyPairMechanism;
use crate::mechanism::params::Params;

/// Makes pairs of one key type.
pub(super) struct GeneratePair {
    pub(super) key_type: KeyType,
}

impl GeneratePair {
    fn set(&self, public: &AttributeSet) -> Result<Set> {
        let number = public.ulong(CKA_PARAMETER_SET).ok_or(Error::TemplateIncomplete {
            attribute: CKA_PARAMETER_SET,
            why: "the parameter set is the caller's to choose",
        })?;
        Set::find(self.key_type, number)
    }
}

impl GenerateKeyPairMechanism for GeneratePair {
    fn check(&self, _params: &Params, public: &AttributeSet, _private: &AttributeSet) -> Result<()> {
        self.set(public).map(|_| ())
    }

    fn generate(&self, _params: &Params, public: &AttributeSet) -> Result<(AttributeSet, AttributeSet)> {
        let set = self.set(public)?;
        let number = (CKA_PARAMETER_SET, Value::Ulong(set.number()));
        let seed = match set {
            Set::MlKem(_) => mlkem::PrivateKey::generate_seed()?,
            Set::MlDsa(_) => mldsa::PrivateKey::generate_seed()?,
            Set::SlhDsa(set) => {
                let private = slhdsa::PrivateKey::generate(set)?;
                let public = private.get(set.public_len()..).unwrap_or_default();
                let to_public = [number.clone(), (CKA_VALUE, Value::bytes(public))];
                let to_private = [number, (CKA_VALUE, Value::Bytes(private))];
                return Ok((to_public.into_iter().collect(), to_private.into_iter().collect()));
            }
        };
        let key = PqKey::from_seed(set, &seed)?;
        let halves = key.halves()?;
        let (public, private) = halves.ok_or(Error::Internal("a new key does not know its halves"))?;
        let to_public = [number.clone(), (CKA_VALUE, Value::bytes(public))];
        let to_private = [
            number,
            (CKA_SEED, Value::Bytes(seed)),
            (CKA_VALUE, Value::Bytes(private)),
        ];
        Ok((to_public.into_iter().collect(), to_private.into_iter().collect()))
    }
}

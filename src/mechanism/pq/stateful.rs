//! CKM_HSS, CKM_XMSS and CKM_XMSSMT: signatures are checked, in one part. They are not made: a signer must never use a
//! one-time key twice, whatever is copied, restored or interrupted, and no crate carries that well.

use super::key::{PqKey, wrong_kind};
use crate::error::Result;
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::VerifyMechanism;
use crate::mechanism::params::Params;

pub(super) struct Stateful;

impl VerifyMechanism for Stateful {
    fn check(&self, _key: &KeyMaterial, _params: &Params) -> Result<()> {
        Ok(())
    }

    fn verify(&self, key: &KeyMaterial, _params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        match key.pq()? {
            PqKey::HssPublic(key) => key.verify(data, signature),
            PqKey::XmssPublic(key) => key.verify(data, signature),
            _ => wrong_kind(),
        }
    }
}

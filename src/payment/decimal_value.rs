//! Values of a few decimal digits that stand on a card or in the issuer's database: made by signing, checked by
//! verifying, so that a check never gives away what would have been right.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::mechanism::{KeyMaterial, Params, SignMechanism, VerifyMechanism};

/// Computes a value of `N` digits, in ASCII, from a key and the data of a whole message.
type Compute<const N: usize> = fn(&KeyMaterial, &[u8]) -> Result<Zeroizing<[u8; N]>>;

/// The mechanism that makes and checks such a value.
pub(super) struct DecimalValue<const N: usize>(pub(super) Compute<N>);

impl<const N: usize> SignMechanism for DecimalValue<N> {
    fn check(&self, _key: &KeyMaterial, _params: &Params) -> Result<()> {
        Ok(())
    }

    fn signature_len(&self, _key: &KeyMaterial, _params: &Params) -> usize {
        N
    }

    fn sign(&self, key: &KeyMaterial, _params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        let value = (self.0)(key, data)?;
        let out = out
            .first_chunk_mut::<N>()
            .ok_or(Error::Internal("a value has no room"))?;
        *out = *value;
        Ok(())
    }
}

impl<const N: usize> VerifyMechanism for DecimalValue<N> {
    fn check(&self, _key: &KeyMaterial, _params: &Params) -> Result<()> {
        Ok(())
    }

    fn verify(&self, key: &KeyMaterial, _params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        if signature.len() != N {
            return Err(Error::SignatureLenRange);
        }
        let value = (self.0)(key, data)?;
        match bool::from(value.ct_eq(signature)) {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }
}

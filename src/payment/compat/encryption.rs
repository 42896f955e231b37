//! Keys that are the ciphertext of the parameter under a DES key [ProtectToolkit-C, "CKM_DES3_DERIVE_ECB",
//! "CKM_DES3_DERIVE_CBC"]: the standard's `CKM_DES3_ECB_ENCRYPT_DATA` and its like, with the data in the parameter itself.

use crate::attribute::AttributeSet;
use crate::crypto::des::BLOCK_LEN;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{DeriveObjects, Derived, Heritage, ParamKind, Params, Planned, Sources, Wanted};
use crate::secret::SecretBytes;

/// ECB, or CBC from the initialisation vector that the parameter begins with.
pub(super) enum Encryption {
    Ecb,
    Cbc,
}

impl Encryption {
    /// A block, or an initialisation vector and a block, at least.
    pub(super) const fn params(&self) -> ParamKind {
        let min = match self {
            Self::Ecb => BLOCK_LEN,
            Self::Cbc => 2 * BLOCK_LEN,
        };
        ParamKind::Flat { min, max: 4096 }
    }

    /// The initialisation vector, if there is one, and the data.
    fn parts<'a>(&self, params: &'a Params) -> Result<(Option<[u8; BLOCK_LEN]>, &'a [u8])> {
        let bytes = params.flat()?;
        if !bytes.len().is_multiple_of(BLOCK_LEN) {
            return Err(Error::MechanismParamInvalid(
                "the data to encrypt is not whole blocks",
            ));
        }
        match (self, bytes.split_first_chunk::<BLOCK_LEN>()) {
            (Self::Cbc, Some((iv, data))) => Ok((Some(*iv), data)),
            _ => Ok((None, bytes)),
        }
    }
}

impl DeriveObjects for Encryption {
    fn plan(&self, from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        self.parts(from.params)?;
        Ok(vec![Planned::secret_key(template, Heritage::Free)])
    }

    /// A shorter key has the first bytes.
    fn derive(&self, from: &Sources<'_>, wanted: &[Wanted]) -> Result<Derived> {
        let (iv, data) = self.parts(from.params)?;
        let key = from.key.secret()?.des3()?;
        let mut value = SecretBytes::zeros(data.len());
        match iv {
            Some(mut chain) => key.cbc_encrypt(&mut chain, data, value.as_mut())?,
            None => key.ecb_encrypt(data, value.as_mut())?,
        }
        let length = wanted.first().and_then(|wanted| wanted.length);
        match value.get(..length.unwrap_or(data.len())) {
            Some([]) | None => Err(Error::KeySizeRange(KeyRole::Key)),
            Some(value) => Ok(Derived::value(SecretBytes::from(value))),
        }
    }
}

//! Keys from shared secrets.

use crate::attribute::AttributeSet;
use crate::ck::ObjectHandle;
use crate::crypto::hash::Hash;
use crate::crypto::kdf;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::derivation::{
    DeriveMechanism, DeriveObjects, Derived, Heritage, Planned, Sources, Wanted,
};
use crate::mechanism::ec::{DERIVED_LEN_MAX, as_parameter_error, shortened};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::params::{FurtherPair, Params, X942Kdf};
use crate::secret::SecretBytes;

/// CKM_DH_PKCS_DERIVE: the secret, as long as the prime, without the leading bytes that are not wanted.
pub(super) struct DerivePkcs;

pub(super) fn public_number(params: &Params) -> Result<&[u8]> {
    match params {
        Params::PublicNumber(number) => Ok(number),
        _ => Err(Error::Internal("Diffie-Hellman without its parameter")),
    }
}

fn present(number: &[u8]) -> Result<()> {
    match number {
        [] => Err(Error::MechanismParamInvalid(
            "the other side's public number is missing",
        )),
        _ => Ok(()),
    }
}

impl DeriveMechanism for DerivePkcs {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        present(public_number(params)?)
    }

    fn derive(&self, key: &KeyMaterial, params: &Params, length: Option<usize>) -> Result<SecretBytes> {
        let peer = public_number(params)?;
        let secret = key
            .dh_private()?
            .shared_secret(peer)
            .map_err(as_parameter_error)?;
        shortened(&secret, length)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// What the parameter of an X9.42 mechanism says.
pub(super) struct X942<'a> {
    kdf: X942Kdf,
    other_info: &'a [u8],
    pub(super) public_data: &'a [u8],
    further: Option<&'a FurtherPair>,
}

pub(super) fn x942(params: &Params) -> Result<X942<'_>> {
    match params {
        Params::X942 {
            kdf,
            other_info,
            public_data,
            further,
        } => Ok(X942 {
            kdf: *kdf,
            other_info,
            public_data,
            further: further.as_ref(),
        }),
        _ => Err(Error::Internal("X9.42 without its parameter")),
    }
}

impl X942<'_> {
    /// A key of a secret; without a wish as long as the secret, or as the hash.
    pub(super) fn derived(&self, secret: &SecretBytes, length: Option<usize>) -> Result<SecretBytes> {
        const HASH: Hash = Hash::Sha1;
        let length = match self.kdf {
            X942Kdf::None => return shortened(secret, length),
            X942Kdf::Asn1 | X942Kdf::Concatenate => length.unwrap_or(HASH.output_len()),
        };
        if length > DERIVED_LEN_MAX {
            return Err(Error::KeySizeRange(KeyRole::Key));
        }
        let mut out = SecretBytes::zeros(length);
        match self.kdf {
            X942Kdf::Asn1 => kdf::x942(HASH, secret, self.other_info, out.as_mut()),
            _ => kdf::x963(HASH, secret, self.other_info, out.as_mut()),
        }
        .map_err(|error| match error {
            Error::DataInvalid(why) => Error::MechanismParamInvalid(why),
            other => other,
        })?;
        Ok(out)
    }
}

/// CKM_X9_42_DH_DERIVE.
pub(super) struct DeriveX942;

impl DeriveMechanism for DeriveX942 {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        present(x942(params)?.public_data)
    }

    fn derive(&self, key: &KeyMaterial, params: &Params, length: Option<usize>) -> Result<SecretBytes> {
        let params = x942(params)?;
        let secret = key.dh_private()?.shared_secret(params.public_data);
        params.derived(&secret.map_err(as_parameter_error)?, length)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// CKM_X9_42_DH_HYBRID_DERIVE: the secrets of two pairs, one after the other.
pub(super) struct DeriveX942Hybrid;

impl DeriveObjects for DeriveX942Hybrid {
    fn further_keys(&self, params: &Params) -> Vec<ObjectHandle> {
        let further = x942(params).ok().and_then(|params| params.further);
        further.map(|pair| pair.private).into_iter().collect()
    }

    fn plan(&self, _from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        Ok(vec![Planned::secret_key(template, Heritage::Free)])
    }

    fn derive(&self, from: &Sources<'_>, wanted: &[Wanted]) -> Result<Derived> {
        const INCOMPLETE: Error = Error::Internal("a hybrid derivation without its second pair");
        let params = x942(from.params)?;
        let (Some(pair), Some(second), [wanted]) = (params.further, from.further.first(), wanted) else {
            return Err(INCOMPLETE);
        };
        let first = from.key.dh_private()?.shared_secret(params.public_data);
        let second = second.dh_private()?.shared_secret(&pair.public_data);
        let (first, second) = (
            first.map_err(as_parameter_error)?,
            second.map_err(as_parameter_error)?,
        );
        let mut both = SecretBytes::zeros(first.len() + second.len());
        for (to, from) in both.as_mut().iter_mut().zip(first.iter().chain(second.iter())) {
            *to = *from;
        }
        params.derived(&both, wanted.length).map(Derived::value)
    }
}

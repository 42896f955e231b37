//! [`PqKey`]: one half of a post-quantum key pair, ready for use.

use super::set::Set;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::{hss, mldsa, mlkem, slhdsa, xmss};
use crate::error::{Error, Result};
use crate::mechanism::asymmetric::AsymmetricKey;
use crate::mechanism::key::KeyMaterial;
use crate::secret::SecretBytes;

/// A public or private key.
pub enum PqKey {
    /// ML-KEM.
    MlKemPublic(mlkem::PublicKey),
    /// ML-KEM.
    MlKemPrivate(mlkem::PrivateKey),
    /// ML-DSA.
    MlDsaPublic(mldsa::PublicKey),
    /// ML-DSA.
    MlDsaPrivate(mldsa::PrivateKey),
    /// SLH-DSA.
    SlhDsaPublic(slhdsa::PublicKey),
    /// SLH-DSA.
    SlhDsaPrivate(slhdsa::PrivateKey),
    /// HSS.
    HssPublic(hss::PublicKey),
    /// XMSS or XMSS^MT.
    XmssPublic(xmss::PublicKey),
}

/// Names the attribute that makes a public key invalid.
fn as_value_error(error: Error) -> Error {
    match error {
        Error::PublicKeyInvalid(why) | Error::KeyInvalid(why) => Error::AttributeValueInvalid {
            attribute: CKA_VALUE,
            why,
        },
        other => other,
    }
}

fn incomplete(attribute: AttributeType) -> Error {
    Error::TemplateIncomplete {
        attribute,
        why: "the key has no such component",
    }
}

fn number(attributes: &AttributeSet) -> Result<u64> {
    attributes
        .ulong(CKA_PARAMETER_SET)
        .ok_or_else(|| incomplete(CKA_PARAMETER_SET))
}

fn value(attributes: &AttributeSet) -> Result<&[u8]> {
    attributes.bytes(CKA_VALUE).ok_or_else(|| incomplete(CKA_VALUE))
}

impl PqKey {
    /// Whether keys of this type belong here.
    pub(in crate::mechanism) const fn is_of(key_type: KeyType) -> bool {
        matches!(
            key_type,
            CKK_ML_KEM | CKK_ML_DSA | CKK_SLH_DSA | CKK_HSS | CKK_XMSS | CKK_XMSSMT
        )
    }

    /// Prepares a key; `None` for the private keys of stateful schemes, of which there are none.
    ///
    /// # Errors
    /// [`Error::TemplateIncomplete`], [`Error::ParameterSetNotSupported`], [`Error::AttributeValueInvalid`].
    pub fn prepare(class: ObjectClass, key_type: KeyType, attributes: &AttributeSet) -> Result<Option<Self>> {
        let key = match (class, key_type) {
            (CKO_PUBLIC_KEY, CKK_HSS) => hss::PublicKey::from_bytes(value(attributes)?).map(Self::HssPublic),
            (CKO_PUBLIC_KEY, CKK_XMSS) => Self::xmss(xmss::Kind::Single, attributes),
            (CKO_PUBLIC_KEY, CKK_XMSSMT) => Self::xmss(xmss::Kind::Multi, attributes),
            (CKO_PUBLIC_KEY, _) => {
                let set = Set::find(key_type, number(attributes)?)?;
                Self::public(set, value(attributes)?)
            }
            (CKO_PRIVATE_KEY, CKK_ML_KEM | CKK_ML_DSA | CKK_SLH_DSA) => {
                let set = Set::find(key_type, number(attributes)?)?;
                Self::private(set, value(attributes)?)
            }
            _ => return Ok(None),
        };
        key.map(Some).map_err(as_value_error)
    }

    fn xmss(kind: xmss::Kind, attributes: &AttributeSet) -> Result<Self> {
        let key = xmss::PublicKey::from_bytes(kind, number(attributes)?, value(attributes)?);
        key.map(Self::XmssPublic)
    }

    /// A public key of a parameter set.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`].
    pub fn public(set: Set, bytes: &[u8]) -> Result<Self> {
        Ok(match set {
            Set::MlKem(set) => Self::MlKemPublic(mlkem::PublicKey::from_bytes(set, bytes)?),
            Set::MlDsa(set) => Self::MlDsaPublic(mldsa::PublicKey::from_bytes(set, bytes)?),
            Set::SlhDsa(set) => Self::SlhDsaPublic(slhdsa::PublicKey::from_bytes(set, bytes)?),
        })
    }

    /// A private key of a parameter set in its expanded form.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`].
    pub fn private(set: Set, bytes: &[u8]) -> Result<Self> {
        Ok(match set {
            Set::MlKem(set) => Self::MlKemPrivate(mlkem::PrivateKey::from_expanded(set, bytes)?),
            Set::MlDsa(set) => Self::MlDsaPrivate(mldsa::PrivateKey::from_expanded(set, bytes)?),
            Set::SlhDsa(set) => Self::SlhDsaPrivate(slhdsa::PrivateKey::from_bytes(set, bytes)?),
        })
    }

    /// A private key of a parameter set from its seed.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`].
    pub fn from_seed(set: Set, seed: &[u8]) -> Result<Self> {
        Ok(match set {
            Set::MlKem(set) => Self::MlKemPrivate(mlkem::PrivateKey::from_seed(set, seed)?),
            Set::MlDsa(set) => Self::MlDsaPrivate(mldsa::PrivateKey::from_seed(set, seed)?),
            Set::SlhDsa(_) => return Err(Error::KeyInvalid("SLH-DSA keys have no seed")),
        })
    }

    /// The public key and the expanded private key; `None` for keys that do not know both, or are never asked.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn halves(&self) -> Result<Option<(&[u8], SecretBytes)>> {
        Ok(match self {
            Self::MlKemPrivate(key) => Some((key.public_bytes(), key.expanded()?)),
            Self::MlDsaPrivate(key) => Some((key.public_bytes(), key.expanded()?)),
            _ => None,
        })
    }

    /// The public half of a private key that is kept as `expanded`; `None` for public keys.
    #[must_use]
    pub fn public_half<'a>(&'a self, expanded: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::MlKemPrivate(key) => Some(key.public_bytes()),
            Self::MlDsaPrivate(key) => Some(key.public_bytes()),
            // [FIPS 205, 9.1] The private key ends with the public one.
            Self::SlhDsaPrivate(key) => {
                let start = expanded.len().checked_sub(key.set().public_len())?;
                expanded.get(start..)
            }
            _ => None,
        }
    }

    /// The key's size in bits: of its public half, as the standard counts it. Stateful keys have none.
    #[must_use]
    pub fn bits(&self) -> u64 {
        let public_len = match self {
            Self::MlKemPublic(key) => key.set().public_len(),
            Self::MlKemPrivate(key) => key.set().public_len(),
            Self::MlDsaPublic(key) => key.set().public_len(),
            Self::MlDsaPrivate(key) => key.set().public_len(),
            Self::SlhDsaPublic(key) => key.set().public_len(),
            Self::SlhDsaPrivate(key) => key.set().public_len(),
            Self::HssPublic(_) | Self::XmssPublic(_) => 0,
        };
        8 * to_ulong(public_len)
    }
}

impl KeyMaterial {
    /// The post-quantum key, for the rows of this family.
    pub(super) fn pq(&self) -> Result<&PqKey> {
        match self.asymmetric()? {
            AsymmetricKey::PostQuantum(key) => Ok(key),
            _ => wrong_kind(),
        }
    }
}

/// What a row gets if its key rule lets another kind of key through.
pub(super) fn wrong_kind<T>() -> Result<T> {
    Err(Error::Internal("a row's key rule does not fit its code"))
}

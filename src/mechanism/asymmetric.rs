//! [`AsymmetricKey`]: one half of a key pair in the form that its primitive wants, built from an object's attributes.

use super::key::KeyMaterial;
use super::pq::PqKey;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::ffc::Group;
use crate::crypto::{dh, dsa, ec, edwards, montgomery, rsa};
use crate::error::{Error, Result};
use crate::os::kept::Kept;

/// A public or private key, ready for use. Each is behind a pointer, so that no variant has room to spare: what is moved
/// takes along whatever stands there on the stack, and that may be a part of a key.
pub enum AsymmetricKey {
    /// RSA.
    RsaPublic(Box<rsa::PublicKey>),
    /// RSA.
    RsaPrivate(Kept<rsa::PrivateKey>),
    /// A Weierstrass curve.
    EcPublic(Box<ec::PublicKey>),
    /// A Weierstrass curve.
    EcPrivate(Kept<ec::PrivateKey>),
    /// An Edwards curve.
    EdwardsPublic(Box<edwards::PublicKey>),
    /// An Edwards curve.
    EdwardsPrivate(Kept<edwards::PrivateKey>),
    /// A Montgomery curve.
    MontgomeryPublic(Box<montgomery::PublicKey>),
    /// A Montgomery curve.
    MontgomeryPrivate(Kept<montgomery::PrivateKey>),
    /// DSA.
    DsaPublic(Box<dsa::PublicKey>),
    /// DSA.
    DsaPrivate(Kept<dsa::PrivateKey>),
    /// Diffie-Hellman in a prime field.
    DhPublic(Box<dh::PublicKey>),
    /// Diffie-Hellman in a prime field.
    DhPrivate(Kept<dh::PrivateKey>),
    /// HSS, XMSS, ML-DSA, ML-KEM, SLH-DSA.
    PostQuantum(Kept<PqKey>),
}

/// A component that the object's rules have made sure of.
fn component(attributes: &AttributeSet, attribute: AttributeType) -> Result<&[u8]> {
    attributes.bytes(attribute).ok_or(Error::TemplateIncomplete {
        attribute,
        why: "the key has no such component",
    })
}

/// A component that may be missing, or empty, which is the same.
fn optional(attributes: &AttributeSet, attribute: AttributeType) -> Option<&[u8]> {
    attributes.bytes(attribute).filter(|bytes| !bytes.is_empty())
}

/// Names the attribute that makes a public key invalid.
fn as_point_error(error: Error) -> Error {
    match error {
        Error::PublicKeyInvalid(why) => Error::AttributeValueInvalid {
            attribute: CKA_EC_POINT,
            why,
        },
        other => other,
    }
}

impl AsymmetricKey {
    /// Prepares a key of a pair; `None` for classes and types that are none.
    ///
    /// # Errors
    /// [`Error::TemplateIncomplete`], [`Error::AttributeValueInvalid`], [`Error::KeyInvalid`],
    /// [`Error::CurveNotSupported`], [`Error::DomainParamsInvalid`]: what is wrong with the components.
    pub fn prepare(class: ObjectClass, key_type: KeyType, attributes: &AttributeSet) -> Result<Option<Self>> {
        let key = match (class, key_type) {
            (CKO_PUBLIC_KEY, CKK_RSA) => Self::RsaPublic(Box::new(rsa::PublicKey::from_components(
                component(attributes, CKA_MODULUS)?,
                component(attributes, CKA_PUBLIC_EXPONENT)?,
            )?)),
            (CKO_PRIVATE_KEY, CKK_RSA) => Self::RsaPrivate(Kept::new(rsa_private(attributes)?)),
            (CKO_PUBLIC_KEY | CKO_PRIVATE_KEY, CKK_EC) => Self::prepare_ec(class, attributes)?,
            (CKO_PUBLIC_KEY | CKO_PRIVATE_KEY, CKK_EC_EDWARDS) => Self::prepare_edwards(class, attributes)?,
            (CKO_PUBLIC_KEY | CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY) => {
                Self::prepare_montgomery(class, attributes)?
            }
            (CKO_PUBLIC_KEY | CKO_PRIVATE_KEY, CKK_DSA) => Self::prepare_dsa(class, attributes)?,
            (CKO_PUBLIC_KEY, CKK_DH | CKK_X9_42_DH) => {
                let number = component(attributes, CKA_VALUE)?;
                Self::DhPublic(Box::new(dh::PublicKey::new(group(attributes)?, number)))
            }
            (CKO_PRIVATE_KEY, CKK_DH | CKK_X9_42_DH) => Self::DhPrivate(Kept::new(dh::PrivateKey::new(
                group(attributes)?,
                component(attributes, CKA_VALUE)?,
            )?)),
            (_, key_type) if PqKey::is_of(key_type) => {
                let key = PqKey::prepare(class, key_type, attributes)?;
                return Ok(key.map(|key| Self::PostQuantum(Kept::new(key))));
            }
            _ => return Ok(None),
        };
        Ok(Some(key))
    }

    fn prepare_ec(class: ObjectClass, attributes: &AttributeSet) -> Result<Self> {
        let curve = ec::Curve::from_params(component(attributes, CKA_EC_PARAMS)?)?;
        if class == CKO_PRIVATE_KEY {
            let key = ec::PrivateKey::from_scalar(curve, component(attributes, CKA_VALUE)?)?;
            return Ok(Self::EcPrivate(Kept::new(key)));
        }
        let point = curve.strip_point(component(attributes, CKA_EC_POINT)?);
        let key = point.and_then(|point| ec::PublicKey::from_point(curve, point));
        Ok(Self::EcPublic(Box::new(key.map_err(as_point_error)?)))
    }

    fn prepare_edwards(class: ObjectClass, attributes: &AttributeSet) -> Result<Self> {
        let curve = edwards::Curve::from_params(component(attributes, CKA_EC_PARAMS)?)?;
        if class == CKO_PRIVATE_KEY {
            let key = edwards::PrivateKey::from_seed(curve, component(attributes, CKA_VALUE)?)?;
            return Ok(Self::EdwardsPrivate(Kept::new(key)));
        }
        let key = edwards::PublicKey::from_bytes(curve, component(attributes, CKA_EC_POINT)?);
        Ok(Self::EdwardsPublic(Box::new(key.map_err(as_point_error)?)))
    }

    fn prepare_montgomery(class: ObjectClass, attributes: &AttributeSet) -> Result<Self> {
        let curve = montgomery::Curve::from_params(component(attributes, CKA_EC_PARAMS)?)?;
        if class == CKO_PRIVATE_KEY {
            let key = montgomery::PrivateKey::from_bytes(curve, component(attributes, CKA_VALUE)?)?;
            return Ok(Self::MontgomeryPrivate(Kept::new(key)));
        }
        let key = montgomery::PublicKey::from_bytes(curve, component(attributes, CKA_EC_POINT)?);
        Ok(Self::MontgomeryPublic(Box::new(key.map_err(as_point_error)?)))
    }

    fn prepare_dsa(class: ObjectClass, attributes: &AttributeSet) -> Result<Self> {
        let (group, value) = (group(attributes)?, component(attributes, CKA_VALUE)?);
        Ok(match class {
            CKO_PRIVATE_KEY => Self::DsaPrivate(Kept::new(dsa::PrivateKey::new(group, value)?)),
            _ => Self::DsaPublic(Box::new(dsa::PublicKey::new(group, value)?)),
        })
    }

    /// The key's size in bits: of the modulus, of the field.
    #[must_use]
    pub fn bits(&self) -> u64 {
        match self {
            Self::RsaPublic(key) => to_ulong(key.bits()),
            Self::RsaPrivate(key) => to_ulong(key.public().bits()),
            Self::EcPublic(key) => key.curve().field_bits().into(),
            Self::EcPrivate(key) => key.curve().field_bits().into(),
            Self::EdwardsPublic(key) => key.curve().field_bits().into(),
            Self::EdwardsPrivate(key) => key.curve().field_bits().into(),
            Self::MontgomeryPublic(key) => key.curve().field_bits().into(),
            Self::MontgomeryPrivate(key) => key.curve().field_bits().into(),
            Self::DsaPublic(key) => to_ulong(key.group().bits()),
            Self::DsaPrivate(key) => to_ulong(key.group().bits()),
            Self::DhPublic(key) => to_ulong(key.group().bits()),
            Self::DhPrivate(key) => to_ulong(key.group().bits()),
            Self::PostQuantum(key) => key.bits(),
        }
    }

    /// The raw public point of a key on a curve, worked out from the private value where the key is private; `None`
    /// for keys that have no points.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn public_point(&self) -> Result<Option<Vec<u8>>> {
        Ok(Some(match self {
            Self::RsaPublic(_)
            | Self::RsaPrivate(_)
            | Self::DsaPublic(_)
            | Self::DsaPrivate(_)
            | Self::DhPublic(_)
            | Self::DhPrivate(_)
            | Self::PostQuantum(_) => return Ok(None),
            Self::EcPublic(key) => key.point()?,
            Self::EcPrivate(key) => key.public_point()?,
            Self::EdwardsPublic(key) => key.as_bytes().to_vec(),
            Self::EdwardsPrivate(key) => key.public_bytes(),
            Self::MontgomeryPublic(key) => key.as_bytes().to_vec(),
            Self::MontgomeryPrivate(key) => key.public().as_bytes().to_vec(),
        }))
    }
}

/// The group of a key in a prime field; PKCS#3 keys do not say the order of theirs.
pub(super) fn group(attributes: &AttributeSet) -> Result<Group> {
    Group::new(
        component(attributes, CKA_PRIME)?,
        attributes.bytes(CKA_SUBPRIME),
        component(attributes, CKA_BASE)?,
    )
}

fn rsa_private(attributes: &AttributeSet) -> Result<rsa::PrivateKey> {
    let parts = rsa::CrtParts {
        prime_1: optional(attributes, CKA_PRIME_1),
        prime_2: optional(attributes, CKA_PRIME_2),
        exponent_1: optional(attributes, CKA_EXPONENT_1),
        exponent_2: optional(attributes, CKA_EXPONENT_2),
        coefficient: optional(attributes, CKA_COEFFICIENT),
    };
    rsa::PrivateKey::from_components(
        component(attributes, CKA_MODULUS)?,
        component(attributes, CKA_PUBLIC_EXPONENT)?,
        component(attributes, CKA_PRIVATE_EXPONENT)?,
        parts,
    )
}

/// What a row gets if its key rule lets another kind of key through.
fn wrong_kind<T>() -> Result<T> {
    Err(Error::Internal("a row's key rule does not fit its code"))
}

/// Typed views, for the rows. Each fails with [`Error::Internal`] on another kind of key, which rows' key rules and
/// the class rules of `object/usage.rs` keep from happening.
impl KeyMaterial {
    pub(super) fn rsa_public(&self) -> Result<&rsa::PublicKey> {
        match self.asymmetric()? {
            AsymmetricKey::RsaPublic(key) => Ok(key),
            AsymmetricKey::RsaPrivate(key) => Ok(key.public()),
            _ => wrong_kind(),
        }
    }

    pub(super) fn rsa_private(&self) -> Result<&rsa::PrivateKey> {
        match self.asymmetric()? {
            AsymmetricKey::RsaPrivate(key) => Ok(key),
            _ => wrong_kind(),
        }
    }

    pub(super) fn ec_public(&self) -> Result<&ec::PublicKey> {
        match self.asymmetric()? {
            AsymmetricKey::EcPublic(key) => Ok(key),
            _ => wrong_kind(),
        }
    }

    pub(super) fn ec_private(&self) -> Result<&ec::PrivateKey> {
        match self.asymmetric()? {
            AsymmetricKey::EcPrivate(key) => Ok(key),
            _ => wrong_kind(),
        }
    }

    pub(super) fn edwards_public(&self) -> Result<&edwards::PublicKey> {
        match self.asymmetric()? {
            AsymmetricKey::EdwardsPublic(key) => Ok(key),
            _ => wrong_kind(),
        }
    }

    pub(super) fn edwards_private(&self) -> Result<&edwards::PrivateKey> {
        match self.asymmetric()? {
            AsymmetricKey::EdwardsPrivate(key) => Ok(key),
            _ => wrong_kind(),
        }
    }

    pub(super) fn dsa_public(&self) -> Result<&dsa::PublicKey> {
        match self.asymmetric()? {
            AsymmetricKey::DsaPublic(key) => Ok(key),
            _ => wrong_kind(),
        }
    }

    pub(super) fn dsa_private(&self) -> Result<&dsa::PrivateKey> {
        match self.asymmetric()? {
            AsymmetricKey::DsaPrivate(key) => Ok(key),
            _ => wrong_kind(),
        }
    }

    pub(super) fn dh_public(&self) -> Result<&dh::PublicKey> {
        match self.asymmetric()? {
            AsymmetricKey::DhPublic(key) => Ok(key),
            _ => wrong_kind(),
        }
    }

    pub(super) fn dh_private(&self) -> Result<&dh::PrivateKey> {
        match self.asymmetric()? {
            AsymmetricKey::DhPrivate(key) => Ok(key),
            _ => wrong_kind(),
        }
    }
}

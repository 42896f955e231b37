//! The roles that make keys, wrap, unwrap and derive them, as traits. See [`super::operation`] for the others.

use super::key::KeyMaterial;
use super::params::{Params, Reply};
use crate::attribute::AttributeSet;
use crate::ck::{CKO_SECRET_KEY, ObjectClass};
use crate::error::Result;
use crate::secret::SecretBytes;

/// Making a secret key, or domain parameters.
pub trait GenerateKeyMechanism: Sync {
    /// Checks the template before anything is made. `template` has the typed attributes that the caller gave.
    ///
    /// # Errors
    /// Which attribute is missing or wrong.
    fn check(&self, params: &Params, template: &AttributeSet) -> Result<()>;

    /// Makes the key: the attributes that the standard says the mechanism contributes (`CKA_VALUE`,
    /// `CKA_VALUE_LEN`). Called only after `check`.
    ///
    /// # Errors
    /// If the library fails.
    fn generate(&self, params: &Params, template: &AttributeSet) -> Result<AttributeSet>;

    /// Length of a key in bytes whose template does not name it; `None` if it must.
    fn default_len(&self) -> Option<u64> {
        None
    }

    /// Whether what it gives is a secret that both sides of a protocol come to, see
    /// [`crate::object::heritage::open_by_default`].
    fn is_shared(&self) -> bool {
        false
    }

    /// The class of what it makes.
    fn class(&self) -> ObjectClass {
        CKO_SECRET_KEY
    }

    /// What goes back through the parameter when the key is there.
    ///
    /// # Errors
    /// If the library fails.
    fn reply(&self, _params: &Params) -> Result<Reply> {
        Ok(Reply::None)
    }
}

/// Making a key pair.
pub trait GenerateKeyPairMechanism: Sync {
    /// Checks both templates before anything is made.
    ///
    /// # Errors
    /// Which attribute is missing or wrong.
    fn check(&self, params: &Params, public: &AttributeSet, private: &AttributeSet) -> Result<()>;

    /// Makes the pair: the attributes that the mechanism contributes to the public and to the private key
    /// (without `CKA_PUBLIC_KEY_INFO`, which is derived from the public key for both).
    ///
    /// # Errors
    /// If the library fails.
    fn generate(&self, params: &Params, public: &AttributeSet) -> Result<(AttributeSet, AttributeSet)>;

    /// The same for mechanisms to which the private key's template says something, too.
    ///
    /// # Errors
    /// As [`GenerateKeyPairMechanism::generate`].
    fn generate_with(
        &self,
        params: &Params,
        public: &AttributeSet,
        _private: &AttributeSet,
    ) -> Result<(AttributeSet, AttributeSet)> {
        self.generate(params, public)
    }
}

/// The key that is to be wrapped.
pub struct WrapTarget<'a> {
    /// What is encrypted: the value of a secret key, or the PKCS#8 `PrivateKeyInfo` of a private key.
    pub payload: &'a [u8],
    /// The key's attributes, for formats that carry them.
    pub attributes: &'a AttributeSet,
}

/// Wrapping a key.
pub trait WrapMechanism: Sync {
    /// Whether the wrapped form carries what CKA_VHSM_KEY_USAGE and its like say, and binds it to the key: keys that
    /// may leave in such a form only are taken.
    fn carries_attributes(&self) -> bool {
        false
    }

    /// Whether keys that may leave in a form with attributes only are taken all the same, and their attributes forgotten:
    /// under a local master key, where they stay.
    fn forgets_attributes(&self) -> bool {
        false
    }

    /// Whether the wrapped form says of a component that it is one, so that it does not come back as a key.
    fn carries_components(&self) -> bool {
        self.carries_attributes()
    }

    /// The CKA_VHSM_EXPORTABILITY that the parameter asks for, where the form carries it and it asks for any.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`](crate::error::Error::MechanismParamInvalid).
    fn asked_exportability(&self, _key: &KeyMaterial, _params: &Params) -> Result<Option<u8>> {
        Ok(None)
    }

    /// Checks what depends on key and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter or the key's size.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// Length of the wrapped key in bytes: exact.
    ///
    /// # Errors
    /// If the target cannot be wrapped so.
    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize>;

    /// Wraps. `out` has at least [`WrapMechanism::wrapped_len`] bytes; gives the bytes written.
    ///
    /// # Errors
    /// If the target cannot be wrapped so.
    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize>;
}

/// What a wrapped key held.
pub struct Unwrapped {
    /// The value of a secret key, or the PKCS#8 `PrivateKeyInfo` of a private key.
    pub payload: SecretBytes,
    /// Attributes that the wrapped form fixes; a template may not say otherwise.
    pub attributes: AttributeSet,
}

/// Unwrapping a key.
pub trait UnwrapMechanism: Sync {
    /// Checks what depends on key and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter or the key's size.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// Unwraps. `template` is what the caller wants of the new key: it tells mechanisms whose plaintext is padded
    /// with zeros how long the value is.
    ///
    /// # Errors
    /// [`Error::WrappedKeyInvalid`](crate::error::Error::WrappedKeyInvalid),
    /// [`Error::WrappedKeyLenRange`](crate::error::Error::WrappedKeyLenRange);
    /// [`Error::TemplateIncomplete`](crate::error::Error::TemplateIncomplete) if nothing tells the length and the
    /// mechanism does not either.
    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped>;

    /// Whether the wrapped form says what key it is. Then [`Unwrapped::attributes`] has class and type of the key, and all
    /// that is fixed, with what the template may choose of it already chosen: they take the template's place.
    fn describes_key(&self) -> bool {
        false
    }

    /// Whether the wrapped form says what a payment key is for, and whether it is a component; else the template does.
    fn tells_usage(&self) -> bool {
        self.describes_key()
    }

    /// Whether keys that tell no exportability leave in this form because they stay, and come back without a word of it.
    fn forgets_exportability(&self) -> bool {
        false
    }

    /// Whether a key of a wrong length must be refused as one that is damaged: where a padding tells the length, the
    /// difference would say that the padding was right.
    fn hides_length(&self) -> bool {
        false
    }
}

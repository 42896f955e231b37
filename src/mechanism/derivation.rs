//! Derivation. What makes one secret key out of one base key is a [`DeriveMechanism`] and needs nothing else of this.
//! The wide form, [`DeriveObjects`], is for several objects or none, for other classes than secret keys, for further
//! keys named by handle, and for results that go back through the parameter.

use std::sync::Arc;

use super::key::KeyMaterial;
use super::params::{Params, Reply};
use crate::attribute::{AttributeSet, RawAttribute, Value};
use crate::ck::{CKA_VALUE, CKO_SECRET_KEY, KeyType, ObjectClass, ObjectHandle};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Deriving a secret key.
pub trait DeriveMechanism: Sync {
    /// Checks what depends on key and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter or the key's size.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// Derives the value of the new key. `length` is what the template or the key type asks for in bytes;
    /// `None` takes all that the mechanism gives.
    ///
    /// # Errors
    /// [`Error::KeySizeRange`] if the mechanism cannot give so much; what is wrong with the parameter.
    fn derive(&self, key: &KeyMaterial, params: &Params, length: Option<usize>) -> Result<SecretBytes>;

    /// Whether what it gives is a secret that both sides of a protocol come to, see
    /// [`crate::object::heritage::open_by_default`].
    fn is_shared(&self) -> bool {
        false
    }
}

/// What a derivation draws on. Every key of it may be used for derivation with the mechanism.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The base key.
    pub key: &'a KeyMaterial,
    /// The base key's attributes.
    pub attributes: &'a AttributeSet,
    /// The keys that [`DeriveObjects::further_keys`] named, in its order.
    pub further: &'a [Arc<KeyMaterial>],
    /// Their attributes.
    pub further_attributes: &'a [&'a AttributeSet],
    /// The parameter.
    pub params: &'a Params,
    /// Whether a payment key that tells no exportability may leave in any form, and so may what is made of it.
    pub silent_keys_leave: bool,
}

impl Sources<'_> {
    /// The value of the base key.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is no secret key; rows' key rules keep that from happening.
    pub fn value(&self) -> Result<&[u8]> {
        Ok(self.key.secret()?.value())
    }

    /// The value of a further key.
    ///
    /// # Errors
    /// [`Error::Internal`] if there are not so many, or if it is no secret key.
    pub fn further_value(&self, at: usize) -> Result<&[u8]> {
        let key = self
            .further
            .get(at)
            .ok_or(Error::Internal("a further key that nobody named"))?;
        Ok(key.secret()?.value())
    }
}

/// One object that a derivation is to make.
pub struct Planned {
    /// What is asked of it.
    pub template: PlannedTemplate,
    /// Its class.
    pub class: ObjectClass,
    /// The key types that it can have, the first by default; empty for any, and then CKK_GENERIC_SECRET by default.
    pub key_types: Vec<KeyType>,
    /// How much is wanted of an object whose class has no CKA_VALUE_LEN, in bytes.
    pub length: Option<u64>,
    /// What its secrecy has of the base key's.
    pub heritage: Heritage,
}

impl Planned {
    /// A secret key of any type.
    #[must_use]
    pub fn secret_key(template: AttributeSet, heritage: Heritage) -> Self {
        Self {
            template: PlannedTemplate::Parsed(template),
            class: CKO_SECRET_KEY,
            key_types: Vec::new(),
            length: None,
            heritage,
        }
    }

    /// The same of this type only.
    #[must_use]
    pub fn of_type(mut self, key_type: KeyType) -> Self {
        self.key_types = vec![key_type];
        self
    }
}

/// The template of a planned object.
pub enum PlannedTemplate {
    /// The call's own, perhaps with more in it.
    Parsed(AttributeSet),
    /// One that the parameter holds.
    Raw(Vec<RawAttribute>),
}

/// How CKA_SENSITIVE and CKA_EXTRACTABLE of a derived key, and their histories, follow from those of the keys that it
/// is derived from. A template that says otherwise is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heritage {
    /// They are the template's to say [PKCS#11 3.2, 6.48.3 and most other mechanisms].
    Free,
    /// As [`Heritage::Free`], but as the base key's if the template is silent; a history without a gap in any of the
    /// keys is enough [PKCS#11 3.2, 6.28.8].
    FreeElseSame,
    /// At least as secret as each of the keys [PKCS#11 3.2, 6.29].
    AtLeast,
    /// At least as secret, and the same if the template is silent [PKCS#11 3.2, 6.26.8].
    AtLeastElseSame,
    /// The base key's [PKCS#11 3.2, 6.26.6].
    Same,
}

/// An object that is to be made, as far as the derivation has to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Its class.
    pub class: ObjectClass,
    /// Its key type, if it is a key.
    pub key_type: Option<KeyType>,
    /// Length of its value in bytes, if template or key type say it.
    pub length: Option<usize>,
}

/// What a derivation made.
pub struct Derived {
    /// What the mechanism contributes to each planned object, in their order.
    pub objects: Vec<AttributeSet>,
    /// What goes back through the parameter.
    pub reply: Reply,
}

impl Derived {
    /// One object of this value.
    #[must_use]
    pub fn value(value: SecretBytes) -> Self {
        Self::values([value])
    }

    /// Objects of these values.
    #[must_use]
    pub fn values(values: impl IntoIterator<Item = SecretBytes>) -> Self {
        let of_value = |value| AttributeSet::from_iter([(CKA_VALUE, Value::Bytes(value))]);
        Self {
            objects: values.into_iter().map(of_value).collect(),
            reply: Reply::None,
        }
    }

    /// The same with something for the parameter.
    #[must_use]
    pub fn with(mut self, reply: Reply) -> Self {
        self.reply = reply;
        self
    }
}

/// Deriving objects in the wide form. All of them come into being or none.
pub trait DeriveObjects: Sync {
    /// Whether the handle of the first object is the call's result (`phKey`); if not, all handles go back through the
    /// parameter.
    fn gives_handle(&self) -> bool {
        true
    }

    /// Whether what it makes is in the base key's public half already, so that neither CKA_DERIVE nor
    /// CKA_ALWAYS_AUTHENTICATE of the base key stands in the way.
    fn is_public(&self) -> bool {
        false
    }

    /// Whether the value of a data object can stand in for the base key.
    fn takes_data(&self) -> bool {
        false
    }

    /// Whether DES keys get odd parity. If not, they keep the bytes that the mechanism made, as its standard has them.
    fn sets_parity(&self) -> bool {
        true
    }

    /// The keys that the parameter names by handle. Each must be one that could be the base key, too.
    fn further_keys(&self, _params: &Params) -> Vec<ObjectHandle> {
        Vec::new()
    }

    /// What is to be made. `template` is the call's, with what the base key's CKA_DERIVE_TEMPLATE adds. Checks, too,
    /// what depends on keys and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter, the template or a key's size.
    fn plan(&self, from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>>;

    /// Whether so much can be wanted of one planned object: asked for each of them before anything is derived.
    ///
    /// # Errors
    /// [`Error::TemplateIncomplete`] without a length where one is needed, [`Error::KeySizeRange`].
    fn check_wanted(&self, _wanted: &Wanted) -> Result<()> {
        Ok(())
    }

    /// Derives. `wanted` has one entry for each planned object.
    ///
    /// # Errors
    /// [`Error::KeySizeRange`] if the mechanism cannot give so much; what is wrong with the parameter.
    fn derive(&self, from: &Sources<'_>, wanted: &[Wanted]) -> Result<Derived>;
}

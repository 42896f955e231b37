//! [`Object`]: complete attributes, and beside them the facts that the hot paths ask for.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::function::Uses;
use super::rules::RuleSet;
use super::{codec, usage};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::der::{Tag, element};
use crate::mechanism::KeyMaterial;
use crate::mechanism::message::Nonces;

/// An object. Immutable: a change makes another `Object` of the changed attributes.
pub struct Object {
    pub(super) attributes: AttributeSet,
    pub(super) class: ObjectClass,
    pub(super) key_type: Option<KeyType>,
    pub(super) uses: Uses,
    /// CKA_ALLOWED_MECHANISMS is there.
    pub(super) restricted: bool,
    pub(super) material: OnceLock<Arc<KeyMaterial>>,
    /// What was given out under the key. What comes of a change has the same.
    nonces: OnceLock<Arc<Nonces>>,
    token: bool,
    private: bool,
    modifiable: bool,
    copyable: bool,
    destroyable: bool,
    conceals: bool,
    always_authenticate: bool,
}

/// What C_GetAttributeValue may say of one attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Revealed<'a> {
    /// Its value.
    Value(&'a Value),
    /// That it is there, and nothing more.
    Sensitive,
    /// That the object does not have it.
    Absent,
}

/// Whether sensitive attributes of the object stay inside: by its own word, or because it is a payment key, whose value
/// is never told, whatever its template says.
pub(super) fn conceals(attributes: &AttributeSet) -> bool {
    is_kept(attributes) || attributes.contains(CKA_VHSM_KEY_USAGE)
}

/// Whether the object says so itself [PKCS#11 3.2, 4.1: footnote 7]. One that says neither has no such attributes.
fn is_kept(attributes: &AttributeSet) -> bool {
    attributes.bool(CKA_SENSITIVE) == Some(true) || attributes.bool(CKA_EXTRACTABLE) == Some(false)
}

impl Object {
    /// An object of complete attributes, as [`Draft::complete`](super::template::Draft::complete) makes them or as
    /// the store gives them back.
    #[must_use]
    pub fn new(attributes: AttributeSet) -> Self {
        let mut object = Self {
            class: CKO_VENDOR_DEFINED,
            key_type: None,
            uses: Uses::default(),
            restricted: false,
            material: OnceLock::new(),
            nonces: OnceLock::new(),
            token: false,
            private: false,
            modifiable: true,
            copyable: true,
            destroyable: true,
            conceals: false,
            always_authenticate: false,
            attributes: AttributeSet::new(),
        };
        for (attribute, value) in attributes.iter() {
            object.learn(attribute, value);
        }
        object.attributes = attributes;
        object
    }

    /// Takes one attribute into account. One walk over all of them costs less than a search for each that counts.
    fn learn(&mut self, attribute: AttributeType, value: &Value) {
        match (attribute, value) {
            (CKA_CLASS, Value::Ulong(class)) => self.class = ObjectClass(*class),
            (CKA_KEY_TYPE, Value::Ulong(key_type)) => self.key_type = Some(KeyType(*key_type)),
            (CKA_ALLOWED_MECHANISMS, _) => self.restricted = true,
            (CKA_VHSM_KEY_USAGE, _) => self.conceals = true,
            (_, Value::Bool(flag)) => self.learn_flag(attribute, *flag),
            _ => {}
        }
    }

    fn learn_flag(&mut self, attribute: AttributeType, flag: bool) {
        match attribute {
            CKA_TOKEN => self.token = flag,
            CKA_PRIVATE => self.private = flag,
            CKA_MODIFIABLE => self.modifiable = flag,
            CKA_COPYABLE => self.copyable = flag,
            CKA_DESTROYABLE => self.destroyable = flag,
            CKA_SENSITIVE => self.conceals |= flag,
            CKA_EXTRACTABLE => self.conceals |= !flag,
            CKA_ALWAYS_AUTHENTICATE => self.always_authenticate = flag,
            _ => self.uses.learn(attribute, flag),
        }
    }

    /// All attributes, sensitive ones included. What leaves the module goes through [`Object::reveal`].
    #[must_use]
    pub fn attributes(&self) -> &AttributeSet {
        &self.attributes
    }

    /// The nonces of the key, once [`Object::with_nonces`] has said which they are.
    #[must_use]
    pub fn nonces(&self) -> Option<&Arc<Nonces>> {
        self.nonces.get()
    }

    /// The nonces of the key: these, unless it has some.
    pub fn with_nonces(&self, nonces: impl FnOnce() -> Arc<Nonces>) -> &Arc<Nonces> {
        self.nonces.get_or_init(nonces)
    }

    /// CKA_CLASS.
    #[must_use]
    pub fn class(&self) -> ObjectClass {
        self.class
    }

    /// CKA_KEY_TYPE.
    #[must_use]
    pub fn key_type(&self) -> Option<KeyType> {
        self.key_type
    }

    /// Whether it is a public, private or secret key.
    #[must_use]
    pub fn is_key(&self) -> bool {
        usage::is_key(self.class)
    }

    /// CKA_TOKEN.
    #[must_use]
    pub fn is_token(&self) -> bool {
        self.token
    }

    /// CKA_PRIVATE.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.private
    }

    /// CKA_MODIFIABLE.
    #[must_use]
    pub fn is_modifiable(&self) -> bool {
        self.modifiable
    }

    /// CKA_COPYABLE.
    #[must_use]
    pub fn is_copyable(&self) -> bool {
        self.copyable
    }

    /// CKA_DESTROYABLE.
    #[must_use]
    pub fn is_destroyable(&self) -> bool {
        self.destroyable
    }

    /// CKA_ALWAYS_AUTHENTICATE: each use needs a login of its own.
    #[must_use]
    pub fn always_authenticates(&self) -> bool {
        self.always_authenticate
    }

    /// The usage flags.
    #[must_use]
    pub fn uses(&self) -> Uses {
        self.uses
    }

    /// What may be told of an attribute [PKCS#11 3.2, 5.7.5].
    #[must_use]
    pub fn reveal(&self, attribute: AttributeType) -> Revealed<'_> {
        match self.attributes.value(attribute) {
            None => Revealed::Absent,
            Some(_) if self.conceals && self.is_sensitive(attribute) => Revealed::Sensitive,
            Some(value) => Revealed::Value(value),
        }
    }

    /// The same where payment keys are told as other keys are (`payment.readable_keys`).
    #[must_use]
    pub fn reveal_payment_key(&self, attribute: AttributeType) -> Revealed<'_> {
        match (self.reveal(attribute), self.attributes.value(attribute)) {
            (Revealed::Sensitive, Some(value)) if !is_kept(&self.attributes) => Revealed::Value(value),
            (revealed, _) => revealed,
        }
    }

    /// CKA_EC_POINT of an Edwards or Montgomery key in a DER octet string, as it is of other curves anyway.
    #[must_use]
    pub fn octet_string_point<'v>(&self, point: &'v Value) -> Cow<'v, Value> {
        match (self.key_type, point) {
            (Some(CKK_EC_EDWARDS | CKK_EC_MONTGOMERY), Value::Bytes(raw)) => {
                Cow::Owned(Value::Bytes(element(Tag::OctetString, &[raw])))
            }
            _ => Cow::Borrowed(point),
        }
    }

    /// Bytes that the object takes up.
    #[must_use]
    pub fn size(&self) -> usize {
        codec::encoded_len(&self.attributes)
    }

    /// Without a rule nothing is known of the attribute, so it is not shown.
    fn is_sensitive(&self, attribute: AttributeType) -> bool {
        RuleSet::of(&self.attributes)
            .and_then(|rules| rules.rule(attribute))
            .is_none_or(|rule| rule.sensitive)
    }
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.class)?;
        match self.key_type {
            Some(key_type) => write!(f, " {key_type}"),
            None => Ok(()),
        }
    }
}

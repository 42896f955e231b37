//! The token that objects go to: what was there before the first of them came, and how a new one is made.

use std::collections::HashSet;

use super::found::{Found, bytes, flag, number};
use crate::attribute::{AttributeSet, RawAttribute, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::params::{ParamKind, Reply};
use crate::mechanism::{ParamSource, Params};
use crate::module::Module;
use crate::object::rules::{Change, RuleSet};
use crate::secret::SecretBytes;

/// A mechanism's parameter that is not there.
struct NoParameter;

impl ParamSource for NoParameter {
    fn read(&self, _kind: ParamKind) -> Result<Params> {
        Ok(Params::None)
    }

    fn answer(&self, _kind: ParamKind, _reply: &Reply, _handles: &[ObjectHandle]) -> Result<()> {
        Ok(())
    }
}

/// What differs between two objects that are the same: where they are and how they came there.
const HERITAGE: [AttributeType; 7] = [
    CKA_TOKEN,
    CKA_UNIQUE_ID,
    CKA_LOCAL,
    CKA_KEY_GEN_MECHANISM,
    CKA_ALWAYS_SENSITIVE,
    CKA_NEVER_EXTRACTABLE,
    CKA_TRUSTED,
];

/// Of what an object is made. No template says whether it goes into the token.
pub(super) enum Material {
    /// The template has it all.
    Plain(Vec<RawAttribute>),
    /// A key wrapped by CKM_AES_KEY_WRAP_KWP, and the template of the rest.
    Wrapped {
        unwrapping: ObjectHandle,
        wrapped: Vec<u8>,
        template: Vec<RawAttribute>,
    },
}

/// A session of the user on the token.
pub(super) struct Target<'a> {
    module: &'a Module,
    session: SessionHandle,
    /// The objects that were there before, but those that an object of the other token was found to be.
    before: HashSet<ObjectHandle>,
}

impl<'a> Target<'a> {
    pub(super) fn new(module: &'a Module, session: SessionHandle) -> Result<Self> {
        let mut target = Self {
            module,
            session,
            before: HashSet::new(),
        };
        target.before = target.find(&[])?.into_iter().collect();
        Ok(target)
    }

    /// Makes the object in the token.
    pub(super) fn make(&self, material: &Material) -> Result<ObjectHandle> {
        self.put(material, true)
    }

    /// The wrapping key of the other module, as an object of the session.
    pub(super) fn wrapping_key(&self, value: SecretBytes) -> Result<ObjectHandle> {
        self.module.create_object(
            self.session,
            &[
                number(CKA_CLASS, CKO_SECRET_KEY.0),
                number(CKA_KEY_TYPE, CKK_AES.0),
                flag(CKA_TOKEN, false),
                flag(CKA_UNWRAP, true),
                bytes(CKA_VALUE, value),
            ],
        )
    }

    /// The value that a secret key was wrapped with, be it filled up or not.
    pub(super) fn unwrapped(&self, unwrapping: ObjectHandle, wrapped: Vec<u8>) -> Result<SecretBytes> {
        let template = vec![
            number(CKA_CLASS, CKO_SECRET_KEY.0),
            number(CKA_KEY_TYPE, CKK_GENERIC_SECRET.0),
        ];
        let material = Material::Wrapped {
            unwrapping,
            wrapped,
            template,
        };
        let attributes = self.tried(&material)?;
        match attributes.value(CKA_VALUE) {
            Some(Value::Bytes(value)) => Ok(value.clone()),
            _ => Err(Error::Internal("a secret key has no value")),
        }
    }

    /// The object that was there before and is the very one, or nearly; none that has been [taken](Self::take).
    ///
    /// Both are objects of this module, made by the same rules, so that everything of them is compared, values of
    /// sensitive keys included.
    pub(super) fn likest(
        &self,
        found: &Found,
        rules: RuleSet,
        material: &Material,
    ) -> Result<Option<(Likeness, ObjectHandle)>> {
        let named = [CKA_CLASS, CKA_LABEL].into_iter();
        let named = named.filter_map(|attribute| Some(bytes(attribute, found.value(attribute)?.into())));
        let mut alike = self.find(&named.collect::<Vec<_>>())?;
        alike.retain(|object| self.before.contains(object));
        if alike.is_empty() {
            return Ok(None);
        }
        let new = self.tried(material)?;
        for likeness in [Likeness::Exact, Likeness::Stricter] {
            for object in &alike {
                let old = self.module.object(self.session, *object)?;
                if likeness.holds(old.attributes(), &new, rules, &found.without) {
                    return Ok(Some((likeness, *object)));
                }
            }
        }
        Ok(None)
    }

    /// An object of the other token is found to be this one, so that no further one is.
    pub(super) fn take(&mut self, object: ObjectHandle) {
        self.before.remove(&object);
    }

    /// The objects of the token with these attributes.
    fn find(&self, template: &[RawAttribute]) -> Result<Vec<ObjectHandle>> {
        let template: Vec<_> = [flag(CKA_TOKEN, true)]
            .into_iter()
            .chain(template.iter().cloned())
            .collect();
        self.module.find_init(self.session, &template)?;
        let mut all = Vec::new();
        let mut some = [ObjectHandle(0); 64];
        let last = loop {
            match self.module.find(self.session, &mut some) {
                Ok(0) => break Ok(()),
                Ok(count) => all.extend(some.iter().take(count)),
                Err(error) => break Err(error),
            }
        };
        self.module.find_final(self.session)?;
        last.map(|()| all)
    }

    /// The attributes that the object will have.
    fn tried(&self, material: &Material) -> Result<AttributeSet> {
        let handle = self.put(material, false)?;
        let attributes = self
            .module
            .object(self.session, handle)
            .map(|object| object.attributes().clone());
        // What may not be destroyed ends with the session.
        let _ = self.module.destroy_object(self.session, handle);
        attributes
    }

    fn put(&self, material: &Material, token: bool) -> Result<ObjectHandle> {
        let place = flag(CKA_TOKEN, token);
        match material {
            Material::Plain(template) => {
                let template: Vec<_> = template.iter().cloned().chain([place]).collect();
                self.module.create_object(self.session, &template)
            }
            Material::Wrapped {
                unwrapping,
                wrapped,
                template,
            } => {
                let template: Vec<_> = template.iter().cloned().chain([place]).collect();
                let mechanism = CKM_AES_KEY_WRAP_KWP;
                self.module.unwrap_key(
                    self.session,
                    mechanism,
                    &NoParameter,
                    *unwrapping,
                    wrapped,
                    &template,
                )
            }
        }
    }
}

/// How far an object that was there may differ from the new one and still be it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// Not at all.
    Exact,
    /// Where the standard lets a value change in one direction only, it may have gone there: CKA_EXTRACTABLE was
    /// made FALSE, say.
    Stricter,
}

impl Likeness {
    fn holds(
        self,
        old: &AttributeSet,
        new: &AttributeSet,
        rules: RuleSet,
        without: &[AttributeType],
    ) -> bool {
        let aside = |attribute| HERITAGE.contains(&attribute) || without.contains(&attribute);
        let both = old.iter().chain(new.iter()).map(|(attribute, _)| attribute);
        both.filter(|attribute| !aside(*attribute)).all(|attribute| {
            let (was, is) = (old.value(attribute), new.value(attribute));
            was == is || self == Self::Stricter && is_stricter(rules, attribute, was)
        })
    }
}

/// Whether a differing value is the one that the attribute is allowed to change to.
fn is_stricter(rules: RuleSet, attribute: AttributeType, was: Option<&Value>) -> bool {
    let change = rules.rule(attribute).map(|rule| rule.change);
    matches!(
        (change, was),
        (Some(Change::ToTrueOnly), Some(Value::Bool(true)))
            | (Some(Change::ToFalseOnly), Some(Value::Bool(false)))
    )
}

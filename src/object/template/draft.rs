//! [`draft`]: every check of a template that needs no value yet, so that nothing is generated in vain.

use super::provenance::Provenance;
use super::{Made, Origin, Settings, payment};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::object::rules::{Default, Maker, Presence, Rule, RuleSet, default_uses};

/// A checked template of a new object, waiting for the values that the mechanism makes.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) attributes: AttributeSet,
    pub(super) rules: RuleSet,
    pub(super) class: ObjectClass,
    pub(super) key_type: Option<KeyType>,
    pub(super) provenance: Provenance,
    pub(super) settings: Settings,
    token: bool,
}

/// Checks a template against the rules of its class and of its origin.
///
/// `made` is what the mechanism makes; `None` for C_CreateObject and C_UnwrapKey, where the template must say it, and
/// for what derives or encapsulates, where it is a generic secret unless the template says otherwise. `so` tells that
/// the SO is logged in, who alone sets CKA_TRUSTED.
///
/// # Errors
/// The first rule that is broken: [`Error::TemplateIncomplete`], [`Error::TemplateInconsistent`],
/// [`Error::AttributeTypeInvalid`], [`Error::AttributeValueInvalid`], [`Error::AttributeReadOnly`].
pub fn draft(
    template: AttributeSet,
    origin: Origin<'_>,
    made: Option<Made<'_>>,
    settings: Settings,
    so: bool,
) -> Result<Draft> {
    let mut attributes = template;
    let class = class(&attributes, origin, made)?;
    if attributes.class().is_none() {
        attributes.set(CKA_CLASS, Value::Ulong(class.0));
    }
    let key_type = key_type(&attributes, class, origin, made)?;
    if let Some(key_type) = key_type
        && attributes.key_type().is_none()
    {
        attributes.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
    }
    let rules = rules(&attributes, class, key_type)?;
    for (attribute, value) in attributes.iter() {
        check_attribute(rules, attribute, value, origin, so)?;
    }
    let mut required = rules.required(maker(origin));
    if let Some(attribute) = required.find(|attribute| !attributes.contains(*attribute)) {
        return Err(Error::TemplateIncomplete {
            attribute,
            why: "the class requires it here",
        });
    }
    let draft = Draft {
        token: attributes.bool(CKA_TOKEN) == Some(true),
        attributes,
        rules,
        class,
        key_type,
        provenance: origin.into(),
        settings,
    };
    draft.check_together()?;
    Ok(draft)
}

/// The class of the new object, if it may come from this origin.
fn class(template: &AttributeSet, origin: Origin<'_>, made: Option<Made<'_>>) -> Result<ObjectClass> {
    let expected = match (made, origin) {
        (Some(made), _) => Some(made.class),
        (None, Origin::Derive { .. } | Origin::Encapsulate) => Some(CKO_SECRET_KEY),
        (None, _) => None,
    };
    let class = match (template.class(), expected) {
        (Some(class), Some(expected)) if class != expected => {
            return Err(Error::TemplateInconsistent {
                attribute: CKA_CLASS,
                why: "the mechanism makes another class",
            });
        }
        (Some(class), _) | (None, Some(class)) => class,
        (None, None) => {
            return Err(Error::TemplateIncomplete {
                attribute: CKA_CLASS,
                why: "the template must say what the object is",
            });
        }
    };
    let possible = match origin {
        Origin::Create => class != CKO_PROFILE,
        Origin::Unwrap => class == CKO_SECRET_KEY || class == CKO_PRIVATE_KEY,
        Origin::Generate { .. }
        | Origin::GeneratePublic { .. }
        | Origin::GeneratePrivate { .. }
        | Origin::Encapsulate
        | Origin::Derive { .. } => true,
    };
    match possible {
        true => Ok(class),
        false => Err(Error::AttributeValueInvalid {
            attribute: CKA_CLASS,
            why: "objects of this class are not made this way",
        }),
    }
}

/// The key type of the new object, if its class has one.
fn key_type(
    template: &AttributeSet,
    class: ObjectClass,
    origin: Origin<'_>,
    made: Option<Made<'_>>,
) -> Result<Option<KeyType>> {
    let has_key_type = matches!(
        class,
        CKO_PUBLIC_KEY | CKO_PRIVATE_KEY | CKO_SECRET_KEY | CKO_OTP_KEY | CKO_DOMAIN_PARAMETERS
    );
    if !has_key_type {
        return Ok(None);
    }
    let possible = made.map_or(&[][..], |made| made.key_types);
    match (template.key_type(), possible) {
        (Some(key_type), []) => Ok(Some(key_type)),
        (Some(key_type), possible) if possible.contains(&key_type) => Ok(Some(key_type)),
        (Some(_), _) => Err(Error::TemplateInconsistent {
            attribute: CKA_KEY_TYPE,
            why: "the mechanism makes another key type",
        }),
        (None, [default, ..]) => Ok(Some(*default)),
        (None, []) if matches!(origin, Origin::Derive { .. } | Origin::Encapsulate) => {
            Ok(Some(CKK_GENERIC_SECRET))
        }
        (None, []) => Err(Error::TemplateIncomplete {
            attribute: CKA_KEY_TYPE,
            why: "the template must say what key it is",
        }),
    }
}

fn rules(attributes: &AttributeSet, class: ObjectClass, key_type: Option<KeyType>) -> Result<RuleSet> {
    let certificate_type = attributes.ulong(CKA_CERTIFICATE_TYPE).map(CertificateType);
    if class == CKO_CERTIFICATE && certificate_type.is_none() {
        return Err(Error::TemplateIncomplete {
            attribute: CKA_CERTIFICATE_TYPE,
            why: "the template must say what certificate it is",
        });
    }
    RuleSet::find(class, key_type, certificate_type).ok_or(Error::AttributeValueInvalid {
        attribute: match class {
            CKO_CERTIFICATE => CKA_CERTIFICATE_TYPE,
            CKO_PUBLIC_KEY | CKO_PRIVATE_KEY | CKO_SECRET_KEY | CKO_OTP_KEY | CKO_DOMAIN_PARAMETERS => {
                CKA_KEY_TYPE
            }
            _ => CKA_CLASS,
        },
        why: "this token does not have it",
    })
}

fn check_attribute(
    rules: RuleSet,
    attribute: AttributeType,
    value: &Value,
    origin: Origin<'_>,
    so: bool,
) -> Result<()> {
    let rule = rules.rule(attribute).ok_or(Error::AttributeTypeInvalid {
        attribute,
        why: "objects of this class and type do not have it",
    })?;
    if rule.presence(maker(origin)) == Presence::Forbidden {
        return Err(Error::AttributeReadOnly {
            attribute,
            why: "the token sets it",
        });
    }
    if rule.so_only && !so && *value == Value::Bool(true) {
        return Err(Error::AttributeReadOnly {
            attribute,
            why: "only the SO sets it to TRUE",
        });
    }
    Ok(())
}

/// The function whose templates have this origin.
fn maker(origin: Origin<'_>) -> Maker {
    match origin {
        Origin::Create => Maker::Create,
        Origin::Generate { .. } | Origin::GeneratePublic { .. } | Origin::GeneratePrivate { .. } => {
            Maker::Generate
        }
        Origin::Unwrap => Maker::Unwrap,
        Origin::Derive { .. } | Origin::Encapsulate => Maker::Derive,
    }
}

impl Draft {
    /// What the template says, with class and key type filled in; without defaults.
    #[must_use]
    pub fn attributes(&self) -> &AttributeSet {
        &self.attributes
    }

    /// CKA_CLASS.
    #[must_use]
    pub fn class(&self) -> ObjectClass {
        self.class
    }

    /// CKA_KEY_TYPE, if the class has one.
    #[must_use]
    pub fn key_type(&self) -> Option<KeyType> {
        self.key_type
    }

    /// CKA_TOKEN, or its default, which is FALSE.
    #[must_use]
    pub fn is_token(&self) -> bool {
        self.token
    }

    /// CKA_PRIVATE, or its default.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.flag(CKA_PRIVATE)
    }

    /// A Boolean attribute as it will be.
    pub(super) fn flag(&self, attribute: AttributeType) -> bool {
        let default = || self.default_flag(self.rules.rule(attribute)?);
        self.attributes.bool(attribute).or_else(default).unwrap_or(false)
    }

    /// What a Boolean attribute is that nobody gave; `None` if it has no default, or is no Boolean one.
    pub(super) fn default_flag(&self, rule: &Rule) -> Option<bool> {
        match rule.default {
            Default::Bool(value) => Some(value),
            Default::Use => Some(self.default_uses().contains(&rule.attribute)),
            Default::Extractable => Some(self.extractable()),
            Default::Absent | Default::Computed | Default::Ulong(_) | Default::Empty => None,
        }
    }

    /// The usage flags that are TRUE if nobody says otherwise.
    pub(super) fn default_uses(&self) -> &'static [AttributeType] {
        match self.key_type {
            Some(key_type) if !self.settings.usage_defaults_explicit => default_uses(self.class, key_type),
            _ => &[],
        }
    }

    /// Rules that speak of several attributes.
    fn check_together(&self) -> Result<()> {
        if self.attributes.bool(CKA_ALWAYS_AUTHENTICATE) == Some(true) && !self.is_private() {
            return Err(Error::TemplateInconsistent {
                attribute: CKA_ALWAYS_AUTHENTICATE,
                why: "it needs CKA_PRIVATE to be TRUE",
            });
        }
        if self.class == CKO_SECRET_KEY && self.attributes.contains(CKA_VALUE_LEN) {
            self.value_len_wanted()?;
        }
        payment::check_attributes(&self.attributes, self.settings)
    }
}

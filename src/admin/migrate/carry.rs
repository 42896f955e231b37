//! One object after the other: what it has there, and how it is made here.

use super::source::Source;
use crate::admin::failure::Failure;
use crate::attribute::{RawAttribute, RawValue};
use crate::ck::*;
use crate::client::{self, Had};
use crate::error::{self, Error};
use crate::mechanism::params::{ParamKind, Reply};
use crate::mechanism::{ParamSource, Params};
use crate::module::Module;
use crate::object::rules::{Kind, Presence, Rule, RuleSet};
use crate::secret::SecretBytes;

/// What became of an object.
pub(super) enum Carried {
    /// It was made, with these remarks.
    Made(Vec<String>),
    /// An object of its class, label and identifier is there.
    There,
    /// It stays where it is, for this reason.
    Left(String),
}

impl Carried {
    pub(super) const MADE: &'static str = "carried over";
    pub(super) const THERE: &'static str = "there already";
    pub(super) const LEFT: &'static str = "left behind";

    /// The result in a word or two.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Made(_) => Self::MADE,
            Self::There => Self::THERE,
            Self::Left(_) => Self::LEFT,
        }
    }

    /// Whether it stays behind.
    pub(super) fn is_left(&self) -> bool {
        matches!(self, Self::Left(_))
    }

    /// What there is to say of it.
    pub(super) fn remarks(&self) -> Vec<&str> {
        match self {
            Self::Made(remarks) => remarks.iter().map(String::as_str).collect(),
            Self::There => Vec::new(),
            Self::Left(why) => vec![why],
        }
    }
}

/// The way from one token to the other.
pub(super) struct Carrier<'a> {
    source: &'a Source,
    module: &'a Module,
    session: SessionHandle,
    /// The key that sensitive keys travel under: its handle there, and here.
    wrapping: Result<(ObjectHandle, ObjectHandle), String>,
}

/// An object as it is there.
#[derive(Default)]
struct Found {
    /// The attributes that came out.
    values: Vec<(AttributeType, SecretBytes)>,
    /// Some did not, being sensitive.
    sensitive: bool,
    remarks: Vec<String>,
}

impl Found {
    fn value(&self, attribute: AttributeType) -> Option<&[u8]> {
        let (_, value) = self.values.iter().find(|(kind, _)| *kind == attribute)?;
        Some(value)
    }

    fn ulong(&self, attribute: AttributeType) -> Option<u64> {
        self.value(attribute)?.try_into().ok().map(u64::from_ne_bytes)
    }

    fn is_true(&self, attribute: AttributeType) -> bool {
        self.value(attribute) == Some(&[1])
    }

    /// The rules here for what it is.
    fn rules(&self) -> Option<RuleSet> {
        RuleSet::find(
            ObjectClass(self.ulong(CKA_CLASS)?),
            self.ulong(CKA_KEY_TYPE).map(KeyType),
            self.ulong(CKA_CERTIFICATE_TYPE).map(CertificateType),
        )
    }

    /// Class and label, as far as they are known.
    fn name(&self) -> String {
        let class = self.ulong(CKA_CLASS).map(|class| ObjectClass(class).to_string());
        let class = class.unwrap_or_else(|| "an object".to_owned());
        let class = class
            .strip_prefix("CKO_")
            .unwrap_or(&class)
            .to_lowercase()
            .replace('_', " ");
        let label = String::from_utf8_lossy(self.value(CKA_LABEL).unwrap_or_default()).into_owned();
        let id = self.value(CKA_ID).unwrap_or_default();
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        match id.is_empty() {
            true => format!("{class} {label:?}"),
            false => format!("{class} {label:?}, id {id}"),
        }
    }

    /// The template of a new object, of the attributes that `allowed` lets into it.
    fn template(&self, rules: RuleSet, allowed: impl Fn(&Rule) -> bool) -> Vec<RawAttribute> {
        let named = |attribute| rules.rule(attribute).is_some_and(&allowed);
        let own = self.values.iter().filter(|(attribute, _)| named(*attribute));
        own.map(|(attribute, value)| RawAttribute {
            attribute: *attribute,
            value: RawValue::Bytes(value.clone()),
        })
        .collect()
    }
}

/// A mechanism's parameter that is not there.
struct NoParameter;

impl ParamSource for NoParameter {
    fn read(&self, _kind: ParamKind) -> error::Result<Params> {
        Ok(Params::None)
    }

    fn answer(&self, _kind: ParamKind, _reply: &Reply, _handles: &[ObjectHandle]) -> error::Result<()> {
        Ok(())
    }
}

/// The attributes that tell objects apart.
const IDENTITY: [AttributeType; 5] = [CKA_CLASS, CKA_LABEL, CKA_ID, CKA_APPLICATION, CKA_OBJECT_ID];

impl<'a> Carrier<'a> {
    /// Makes ready. A wrapping key that cannot be had is told with the first object that wants it.
    pub(super) fn new(
        source: &'a Source,
        module: &'a Module,
        session: SessionHandle,
    ) -> Result<Self, Failure> {
        let wrapping = match source.wrapping_key() {
            Ok((there, value)) => Ok((there, wrapping_key(module, session, value)?)),
            Err(error) => Err(error.to_string()),
        };
        Ok(Self {
            source,
            module,
            session,
            wrapping,
        })
    }

    /// Carries one object over: its name, and what became of it.
    pub(super) fn carry(&self, object: ObjectHandle) -> (String, Carried) {
        let found = match self.found(object) {
            Ok(found) => found,
            Err(error) => return (format!("object {object}"), Carried::Left(error.to_string())),
        };
        let name = found.name();
        let carried = match self.made(object, found) {
            Ok(carried) => carried,
            Err(error) => Carried::Left(format!("vhsm: {error}")),
        };
        (name, carried)
    }

    /// Everything that comes out of the object.
    fn found(&self, object: ObjectHandle) -> client::Result<Found> {
        let mut found = Found::default();
        for attribute in [CKA_CLASS, CKA_KEY_TYPE, CKA_CERTIFICATE_TYPE, CKA_LABEL, CKA_ID] {
            if let Had::Value(value) = self.source.attribute(object, attribute)? {
                found.values.push((attribute, value));
            }
        }
        let Some(rules) = found.rules() else {
            return Ok(found);
        };
        for rule in rules.iter() {
            if found.value(rule.attribute).is_some() {
                continue;
            }
            match self.source.attribute(object, rule.attribute)? {
                Had::Value(value) if rule.kind == Kind::Template => {
                    if !value.is_empty() {
                        found.remarks.push(format!("without {}", rule.attribute));
                    }
                }
                // SoftHSM's way to say that there is no list.
                Had::Value(value) if rule.kind == Kind::Mechanisms && value.is_empty() => {}
                Had::Value(value) => found.values.push((rule.attribute, value)),
                Had::Sensitive => found.sensitive = true,
                Had::Absent => {}
            }
        }
        if found.is_true(CKA_TRUSTED) {
            found.values.retain(|(attribute, _)| *attribute != CKA_TRUSTED);
            found
                .remarks
                .push("without CKA_TRUSTED, which only the SO sets".to_owned());
        }
        Ok(found)
    }

    fn made(&self, object: ObjectHandle, found: Found) -> error::Result<Carried> {
        let Some(rules) = found.rules() else {
            return Ok(Carried::Left("vhsm has no objects of this kind".to_owned()));
        };
        if self.is_there(&found)? {
            return Ok(Carried::There);
        }
        if !found.sensitive {
            let template = found.template(rules, |rule| rule.create != Presence::Forbidden);
            self.module.create_object(self.session, &template)?;
            return Ok(Carried::Made(found.remarks));
        }
        if !found.is_true(CKA_EXTRACTABLE) {
            let why = "CKA_EXTRACTABLE is FALSE, so SoftHSM does not let it out";
            return Ok(Carried::Left(why.to_owned()));
        }
        let (there, here) = match &self.wrapping {
            Ok(keys) => *keys,
            Err(why) => {
                return Ok(Carried::Left(format!(
                    "SoftHSM makes no key to wrap it with: {why}"
                )));
            }
        };
        let wrapped = match self.source.wrapped(there, object) {
            Ok(wrapped) => wrapped,
            Err(error) => return Ok(Carried::Left(format!("SoftHSM does not wrap it: {error}"))),
        };
        let template = found.template(rules, |rule| rule.unwrap != Presence::Forbidden);
        self.module.unwrap_key(
            self.session,
            CKM_AES_KEY_WRAP_KWP,
            &NoParameter,
            here,
            &wrapped,
            &template,
        )?;
        Ok(Carried::Made(found.remarks))
    }

    /// Whether the token has an object of this identity.
    fn is_there(&self, found: &Found) -> error::Result<bool> {
        let identity = IDENTITY.iter().filter_map(|attribute| {
            Some(RawAttribute {
                attribute: *attribute,
                value: RawValue::Bytes(found.value(*attribute)?.into()),
            })
        });
        let mut template: Vec<_> = identity.collect();
        template.push(flag(CKA_TOKEN, true));
        self.module.find_init(self.session, &template)?;
        let mut first = [ObjectHandle(0)];
        let count = self.module.find(self.session, &mut first);
        self.module.find_final(self.session)?;
        Ok(count? > 0)
    }
}

fn flag(attribute: AttributeType, value: bool) -> RawAttribute {
    RawAttribute {
        attribute,
        value: RawValue::Bytes([u8::from(value)].as_slice().into()),
    }
}

/// The wrapping key of the other module, as an object of the session.
fn wrapping_key(module: &Module, session: SessionHandle, value: SecretBytes) -> Result<ObjectHandle, Error> {
    let number = |attribute, value: u64| RawAttribute {
        attribute,
        value: RawValue::Bytes(value.to_ne_bytes().as_slice().into()),
    };
    let value = RawAttribute {
        attribute: CKA_VALUE,
        value: RawValue::Bytes(value),
    };
    module.create_object(
        session,
        &[
            number(CKA_CLASS, CKO_SECRET_KEY.0),
            number(CKA_KEY_TYPE, CKK_AES.0),
            flag(CKA_TOKEN, false),
            flag(CKA_UNWRAP, true),
            value,
        ],
    )
}

//! An object as it is in the other token: what comes out of it, its name in the report, and templates made of it.

use super::source::Source;
use crate::attribute::{RawAttribute, RawValue};
use crate::ck::*;
use crate::client::Had;
use crate::object::rules::{Kind, Rule, RuleSet};
use crate::secret::SecretBytes;

/// What the name and the rules want; asked for first, so that an object that answers little has a name, too.
const NAMING: [AttributeType; 5] = [CKA_CLASS, CKA_KEY_TYPE, CKA_CERTIFICATE_TYPE, CKA_LABEL, CKA_ID];

/// An object as it is there.
#[derive(Default)]
pub(super) struct Found {
    /// The attributes that came out.
    values: Vec<(AttributeType, SecretBytes)>,
    /// Some did not, being sensitive.
    pub(super) sensitive: bool,
    /// It has these, or may have them, but they are not carried over.
    pub(super) without: Vec<AttributeType>,
    /// What there is to say of it.
    pub(super) remarks: Vec<String>,
    /// What SoftHSM answered instead of an attribute that is needed.
    pub(super) failed: Option<String>,
}

impl Found {
    /// Everything that comes out of the object.
    pub(super) fn read(source: &Source, object: ObjectHandle) -> Self {
        let mut found = Self::default();
        for attribute in NAMING {
            match source.attribute(object, attribute) {
                Ok(Had::Value(value)) => found.values.push((attribute, value)),
                Ok(Had::Sensitive | Had::Absent) => {}
                Err(error) => found.fail(attribute, &error),
            }
        }
        let Some(rules) = found.rules() else {
            return found;
        };
        for rule in rules.iter().filter(|rule| !NAMING.contains(&rule.attribute)) {
            match source.attribute(object, rule.attribute) {
                Ok(had) => found.take(rule, had),
                // SoftHSM 2.6 keeps the dates of private objects in a form that it does not read itself.
                Err(error) if rule.kind == Kind::Date => {
                    found.leave_out(
                        rule.attribute,
                        &format!(", which SoftHSM does not tell ({error})"),
                    );
                }
                Err(error) => found.fail(rule.attribute, &error),
            }
        }
        if found.is_true(CKA_TRUSTED) {
            found.values.retain(|(attribute, _)| *attribute != CKA_TRUSTED);
            found.leave_out(CKA_TRUSTED, ", which only the SO sets");
        }
        found
    }

    fn take(&mut self, rule: &Rule, had: Had) {
        match had {
            Had::Value(value) if rule.kind == Kind::Template => {
                if !value.is_empty() {
                    self.leave_out(rule.attribute, "");
                }
            }
            // SoftHSM's way to say that there is no list.
            Had::Value(value) if rule.kind == Kind::Mechanisms && value.is_empty() => {}
            Had::Value(value) => self.values.push((rule.attribute, value)),
            Had::Sensitive => self.sensitive = true,
            Had::Absent => {}
        }
    }

    fn leave_out(&mut self, attribute: AttributeType, why: &str) {
        self.without.push(attribute);
        self.remarks.push(format!("without {attribute}{why}"));
    }

    fn fail(&mut self, attribute: AttributeType, error: &crate::client::Error) {
        let why = || format!("SoftHSM does not tell {attribute}: {error}");
        self.failed.get_or_insert_with(why);
    }

    pub(super) fn value(&self, attribute: AttributeType) -> Option<&[u8]> {
        let (_, value) = self.values.iter().find(|(kind, _)| *kind == attribute)?;
        Some(value)
    }

    pub(super) fn ulong(&self, attribute: AttributeType) -> Option<u64> {
        self.value(attribute)?.try_into().ok().map(u64::from_ne_bytes)
    }

    pub(super) fn is_true(&self, attribute: AttributeType) -> bool {
        self.value(attribute) == Some(&[1])
    }

    /// The rules here for what it is.
    pub(super) fn rules(&self) -> Option<RuleSet> {
        RuleSet::find(
            ObjectClass(self.ulong(CKA_CLASS)?),
            self.ulong(CKA_KEY_TYPE).map(KeyType),
            self.ulong(CKA_CERTIFICATE_TYPE).map(CertificateType),
        )
    }

    /// Type, class, label and identifier, as far as they are known and there.
    pub(super) fn name(&self) -> String {
        let bare = |name: String, prefix| name.strip_prefix(prefix).unwrap_or(&name).to_owned();
        let class = match self.ulong(CKA_CLASS) {
            Some(class) => bare(ObjectClass(class).to_string(), "CKO_")
                .to_lowercase()
                .replace('_', " "),
            None => "object".to_owned(),
        };
        let key = self
            .ulong(CKA_KEY_TYPE)
            .map(|kind| bare(KeyType(kind).to_string(), "CKK_"));
        let certificate = self
            .ulong(CKA_CERTIFICATE_TYPE)
            .map(|kind| bare(CertificateType(kind).to_string(), "CKC_"));
        let kind = key
            .or(certificate)
            .map(|kind| format!("{kind} "))
            .unwrap_or_default();
        let label = String::from_utf8_lossy(self.value(CKA_LABEL).unwrap_or_default());
        let id = self.value(CKA_ID).unwrap_or_default();
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        match id.is_empty() {
            true => format!("{kind}{class} {label:?}"),
            false => format!("{kind}{class} {label:?}, id {id}"),
        }
    }

    /// The template of a new object, of the attributes that `allowed` lets into it; it says nothing of CKA_TOKEN.
    pub(super) fn template(&self, rules: RuleSet, allowed: impl Fn(&Rule) -> bool) -> Vec<RawAttribute> {
        let named = |attribute| attribute != CKA_TOKEN && rules.rule(attribute).is_some_and(&allowed);
        let own = self.values.iter().filter(|(attribute, _)| named(*attribute));
        own.map(|(attribute, value)| bytes(*attribute, value.clone()))
            .collect()
    }
}

/// An attribute of a template.
pub(super) fn bytes(attribute: AttributeType, value: SecretBytes) -> RawAttribute {
    RawAttribute {
        attribute,
        value: RawValue::Bytes(value),
    }
}

/// A `CK_ULONG` of a template.
pub(super) fn number(attribute: AttributeType, value: u64) -> RawAttribute {
    bytes(attribute, value.to_ne_bytes().as_slice().into())
}

/// A `CK_BBOOL` of a template.
pub(super) fn flag(attribute: AttributeType, value: bool) -> RawAttribute {
    bytes(attribute, [u8::from(value)].as_slice().into())
}

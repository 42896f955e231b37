//! [`RuleSet`]: all rules of one class and type, to be asked.

use super::table::{Flags, Maker, Table};
use super::{Rule, certificate, data, domain, otp, private, profile, public, secret, trust};
use crate::attribute::AttributeSet;
use crate::ck::*;

/// All rules of one class and type.
#[derive(Clone, Copy, Debug)]
pub struct RuleSet(pub(super) &'static Table);

impl RuleSet {
    /// The rules of a class and, where the class has types, of the type.
    #[must_use]
    pub fn find(
        class: ObjectClass,
        key_type: Option<KeyType>,
        certificate_type: Option<CertificateType>,
    ) -> Option<Self> {
        let table = match class {
            CKO_DATA => Some(&data::DATA),
            CKO_CERTIFICATE => certificate::tables(certificate_type?),
            CKO_PUBLIC_KEY => public::tables(key_type?),
            CKO_PRIVATE_KEY => private::tables(key_type?),
            CKO_SECRET_KEY => secret::tables(key_type?),
            CKO_OTP_KEY => otp::tables(key_type?),
            CKO_DOMAIN_PARAMETERS => domain::tables(key_type?),
            CKO_PROFILE => Some(&profile::PROFILE),
            CKO_TRUST => Some(&trust::TRUST),
            _ => None,
        };
        table.map(Self)
    }

    /// The rules of an object, or of a template that names its class and type.
    #[must_use]
    pub fn of(attributes: &AttributeSet) -> Option<Self> {
        let certificate_type = attributes.ulong(CKA_CERTIFICATE_TYPE).map(CertificateType);
        Self::find(attributes.class()?, attributes.key_type(), certificate_type)
    }

    /// The rule of one attribute; `None` if the class does not have it.
    #[must_use]
    pub fn rule(self, attribute: AttributeType) -> Option<&'static Rule> {
        self.0.rule(attribute)
    }

    /// How many attributes have a value though no template names them.
    #[must_use]
    pub fn defaults(self) -> usize {
        self.0.defaults()
    }

    /// The attributes that templates of this function must name, in their order.
    pub fn required(self, maker: Maker) -> impl Iterator<Item = AttributeType> {
        self.0.required(maker)
    }

    /// The rules of attributes that have a value though no template names them, in their order, each with its bit in
    /// [`RuleSet::flags`].
    pub fn with_default(self) -> impl Iterator<Item = (u64, &'static Rule)> {
        self.0.with_default()
    }

    /// Which of them are flags, and what they are.
    #[must_use]
    pub fn flags(self) -> Flags {
        self.0.flags()
    }

    /// The bit of an attribute in [`RuleSet::flags`]; 0 if the class does not have it.
    #[must_use]
    pub fn bit(self, attribute: AttributeType) -> u64 {
        self.0.bit(attribute)
    }

    /// All rules, in the order of their attributes.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'static Rule> {
        self.0.rules().iter()
    }
}

//! What holds of an attribute in every class that has it, by its number: a template is read before its class is known.

use super::table::{Slots, Table};
use super::{Kind, Rule};
use super::{certificate, data, domain, otp, private, profile, public, secret, trust};
use crate::ck::AttributeType;

/// Every table, for what holds of an attribute whatever the class.
pub(super) static ALL: &[&Table] = &[
    &data::DATA,
    &certificate::X_509,
    &certificate::ATTRIBUTE_CERTIFICATE,
    &public::RSA,
    &public::EC,
    &public::DSA,
    &public::DH,
    &public::X9_42_DH,
    &private::RSA,
    &private::EC,
    &private::DSA,
    &private::DH,
    &public::PARAMETER_SET,
    &public::HSS,
    &private::LATTICE,
    &private::SLH_DSA,
    &secret::VARIABLE_LENGTH,
    &secret::FIXED_LENGTH,
    &secret::LMK,
    &otp::HOTP,
    &domain::DSA,
    &domain::DH,
    &domain::X9_42_DH,
    &profile::PROFILE,
    &trust::TRUST,
];

/// What holds of an attribute in every class that has it.
#[derive(Clone, Copy)]
struct Everywhere {
    attribute: AttributeType,
    kind: Kind,
    /// In some class.
    sensitive: bool,
}

/// More than there are attributes.
const ATTRIBUTES_MAX: usize = 256;

/// The attributes of all classes by number; worked out by the compiler.
static EVERYWHERE: [Everywhere; ATTRIBUTES_MAX] = everywhere().0;

/// All of them, and how many they are.
#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and every index is tested"
)]
const fn everywhere() -> ([Everywhere; ATTRIBUTES_MAX], usize) {
    let last = Everywhere {
        attribute: AttributeType(u64::MAX),
        kind: Kind::Bytes,
        sensitive: false,
    };
    let mut sorted = [last; ATTRIBUTES_MAX];
    let mut count = 0;
    let mut tables = ALL;
    while let [table, rest @ ..] = tables {
        tables = rest;
        let mut rules = table.rules();
        while let [rule, rest @ ..] = rules {
            rules = rest;
            count = insert(&mut sorted, count, rule);
        }
    }
    (sorted, count)
}

/// Puts a rule in its place among the first `count`; how many there are then.
#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and every index is tested"
)]
const fn insert(sorted: &mut [Everywhere; ATTRIBUTES_MAX], count: usize, rule: &Rule) -> usize {
    let mut at = count;
    while at > 0 && sorted[at - 1].attribute.0 > rule.attribute.0 {
        at -= 1;
    }
    if at > 0 && sorted[at - 1].attribute.0 == rule.attribute.0 {
        sorted[at - 1].sensitive |= rule.sensitive;
        return count;
    }
    let mut to = count;
    while to > at {
        sorted[to] = sorted[to - 1];
        to -= 1;
    }
    sorted[at] = Everywhere {
        attribute: rule.attribute,
        kind: rule.kind,
        sensitive: rule.sensitive,
    };
    count + 1
}

/// Where each of them stands.
static SLOTS: Slots = slots();

#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and every index is tested"
)]
const fn slots() -> Slots {
    let (sorted, count) = everywhere();
    let (mut slots, mut at) = (Slots::new(), 0);
    while at < count {
        slots = slots.with(sorted[at].attribute, at);
        at += 1;
    }
    slots
}

#[inline]
fn everywhere_of(attribute: AttributeType) -> Option<&'static Everywhere> {
    let one = EVERYWHERE.get(SLOTS.place(attribute)?)?;
    (one.attribute == attribute).then_some(one)
}

/// The form of an attribute's value, the same in every class; `None` if no class has the attribute.
#[must_use]
pub fn kind_of(attribute: AttributeType) -> Option<Kind> {
    everywhere_of(attribute).map(|one| one.kind)
}

/// Whether there is such an attribute, and no class keeps it secret.
#[must_use]
pub fn is_public_everywhere(attribute: AttributeType) -> bool {
    everywhere_of(attribute).is_some_and(|one| !one.sensitive)
}

/// Whether the attribute is sensitive in some class.
#[must_use]
pub fn is_sensitive_somewhere(attribute: AttributeType) -> bool {
    everywhere_of(attribute).is_some_and(|one| one.sensitive)
}

//! [`Table`]: the rules of one class and type, sorted by attribute when the module is built; [`Maker`].

use super::{Default, Presence, Rule};
use crate::ck::AttributeType;

/// What makes an object out of a template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Maker {
    /// C_CreateObject.
    Create,
    /// C_GenerateKey and C_GenerateKeyPair.
    Generate,
    /// C_UnwrapKey.
    Unwrap,
    /// C_DeriveKey, and encapsulation.
    Derive,
}

impl Maker {
    /// In the order that [`Table::required`] takes apart.
    const ALL: [Self; 4] = [Self::Create, Self::Generate, Self::Unwrap, Self::Derive];
}

/// More than any class and type has, and as many as a word has bits.
const RULES_MAX: usize = 64;

/// The rules of one class and type, sorted by attribute, each attribute once.
#[derive(Debug)]
pub(super) struct Table {
    sorted: [Rule; RULES_MAX],
    count: usize,
    /// How many of the rules have a default.
    defaults: usize,
    /// For each [`Maker`] a bit for each rule whose attribute its templates must name.
    required: [u64; Maker::ALL.len()],
}

impl Table {
    /// The rules of all parts, sorted. An attribute that two parts name does not compile.
    #[allow(
        clippy::indexing_slicing,
        clippy::panic,
        reason = "the compiler runs it, and every index is tested"
    )]
    pub(super) const fn of(parts: &[&[Rule]]) -> Self {
        let none = Rule::new(AttributeType(u64::MAX), super::Kind::Bytes);
        let mut table = Self {
            sorted: [none; RULES_MAX],
            count: 0,
            defaults: 0,
            required: [0; Maker::ALL.len()],
        };
        let mut parts = parts;
        while let [part, rest @ ..] = parts {
            parts = rest;
            let mut part = *part;
            while let [rule, rest @ ..] = part {
                part = rest;
                let mut at = table.count;
                while at > 0 && table.sorted[at - 1].attribute.0 >= rule.attribute.0 {
                    assert!(
                        table.sorted[at - 1].attribute.0 != rule.attribute.0,
                        "an attribute of a class is named twice"
                    );
                    table.sorted[at] = table.sorted[at - 1];
                    at -= 1;
                }
                table.sorted[at] = *rule;
                table.count += 1;
            }
        }
        table.counted()
    }

    /// With what the rules say together.
    #[allow(
        clippy::indexing_slicing,
        reason = "the compiler runs it, and every index is tested"
    )]
    const fn counted(mut self) -> Self {
        let mut at = 0;
        while at < self.count {
            let rule = &self.sorted[at];
            if !matches!(rule.default, Default::Absent) {
                self.defaults += 1;
            }
            let mut maker = 0;
            while maker < Maker::ALL.len() {
                if matches!(rule.presence(Maker::ALL[maker]), Presence::Required) {
                    self.required[maker] |= 1 << at;
                }
                maker += 1;
            }
            at += 1;
        }
        self
    }

    /// How many attributes have a value though no template names them.
    pub(super) const fn defaults(&self) -> usize {
        self.defaults
    }

    /// The attributes that templates of this function must name, in their order.
    pub(super) fn required(&self, maker: Maker) -> impl Iterator<Item = AttributeType> {
        let [create, generate, unwrap, derive] = self.required;
        let mut left = match maker {
            Maker::Create => create,
            Maker::Generate => generate,
            Maker::Unwrap => unwrap,
            Maker::Derive => derive,
        };
        std::iter::from_fn(move || {
            let at = usize::try_from(left.trailing_zeros()).ok()?;
            left &= left.wrapping_sub(1);
            // With no bit left there is no such place.
            self.sorted.get(at).map(|rule| rule.attribute)
        })
    }

    /// All rules, sorted by attribute.
    pub(super) const fn rules(&self) -> &[Rule] {
        self.sorted.split_at(self.count).0
    }
}

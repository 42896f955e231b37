//! [`Table`]: the rules of one class and type, sorted by attribute when the module is built.

use super::{Default, Rule};
use crate::ck::AttributeType;

/// More than any class and type has.
const RULES_MAX: usize = 64;

/// The rules of one class and type, sorted by attribute, each attribute once.
#[derive(Debug)]
pub(super) struct Table {
    sorted: [Rule; RULES_MAX],
    count: usize,
    /// How many of the rules have a default.
    defaults: usize,
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
                if !matches!(rule.default, Default::Absent) {
                    table.defaults += 1;
                }
            }
        }
        table
    }

    /// How many attributes have a value though no template names them.
    pub(super) const fn defaults(&self) -> usize {
        self.defaults
    }

    /// All rules, sorted by attribute.
    pub(super) const fn rules(&self) -> &[Rule] {
        self.sorted.split_at(self.count).0
    }
}

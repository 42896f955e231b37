//! The attributes of a new object that neither template nor mechanism gave: defaults, and what tells a key's history.

use super::draft::Draft;
use super::provenance::Provenance;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::Result;
use crate::object::components;
use crate::object::rules::{Default, Rule};

/// What a key's history is.
struct History {
    /// CKA_LOCAL.
    local: bool,
    /// CKA_KEY_GEN_MECHANISM.
    mechanism: MechanismId,
    /// CKA_ALWAYS_SENSITIVE.
    always_sensitive: bool,
    /// CKA_NEVER_EXTRACTABLE.
    never_extractable: bool,
    /// The uses that are TRUE where nobody says otherwise.
    uses: &'static [AttributeType],
    /// CKA_VHSM_MODE_OF_USE, which leaves out some of them.
    mode: Option<ModeOfUse>,
}

impl Draft {
    /// Every attribute that nobody gave and that has a default, and what the token tells of a key. Attributes and rules
    /// are both sorted, so that one walk over the rules puts everything in its place.
    pub(super) fn fill_in(&mut self) -> Result<()> {
        let history = self.history();
        let given = std::mem::take(&mut self.attributes);
        let mut all = AttributeSet::with_capacity(self.rules.defaults().saturating_add(given.len()));
        let mut given = given.into_iter();
        for rule in self.rules.iter() {
            let next = given.as_slice().first();
            let is_given = next.is_some_and(|(attribute, _)| *attribute == rule.attribute);
            if !is_given && rule.default == Default::Absent {
                continue; // most of a key's attributes
            }
            // Each value moves once, from where it is to its place.
            match (rule.attribute, self.told_flag(rule, is_given, &history)) {
                (CKA_UNIQUE_ID, _) => all.push(CKA_UNIQUE_ID, components::unique_id()?),
                (attribute, Some(flag)) => all.push_flag(attribute, flag),
                (_, None) if is_given => {
                    given
                        .next()
                        .into_iter()
                        .for_each(|(attribute, value)| all.push(attribute, value));
                    continue;
                }
                // No template names it: if it is there, the mechanism knows where the key came from.
                (CKA_KEY_GEN_MECHANISM, None) => all.push_ulong(CKA_KEY_GEN_MECHANISM, history.mechanism.0),
                (attribute, None) => match rule.default {
                    Default::Ulong(value) => all.push_ulong(attribute, value),
                    Default::Empty => all.push(attribute, Value::bytes(&[])),
                    // Flags were told.
                    Default::Absent
                    | Default::Computed
                    | Default::Bool(_)
                    | Default::Use
                    | Default::Extractable => {}
                },
            }
            if is_given {
                given.next();
            }
        }
        for (attribute, value) in given {
            all.push(attribute, value); // none: each had a rule
        }
        self.attributes = all;
        Ok(())
    }

    /// A flag that the token tells, or that has a default and that nobody gave: most attributes of a key.
    #[inline]
    fn told_flag(&self, rule: &Rule, given: bool, history: &History) -> Option<bool> {
        match rule.attribute {
            CKA_LOCAL => Some(history.local),
            CKA_ALWAYS_SENSITIVE => Some(history.always_sensitive),
            CKA_NEVER_EXTRACTABLE => Some(history.never_extractable),
            _ if given => None,
            attribute => match rule.default {
                Default::Use => {
                    let excludes = |mode: ModeOfUse| mode.excludes(attribute);
                    Some(history.uses.contains(&attribute) && !history.mode.is_some_and(excludes))
                }
                _ => self.default_flag(rule),
            },
        }
    }

    /// What tells a key's history [PKCS#11 3.2, 4.8 to 4.11].
    fn history(&self) -> History {
        let generated = match self.provenance {
            Provenance::Generated(mechanism) => Some(mechanism),
            Provenance::Created
            | Provenance::Unwrapped
            | Provenance::Encapsulated
            | Provenance::Derived { .. } => None,
        };
        let (sensitive, extractable) = (self.flag(CKA_SENSITIVE), self.flag(CKA_EXTRACTABLE));
        let (always_sensitive, never_extractable) = match self.provenance {
            Provenance::Created | Provenance::Unwrapped | Provenance::Encapsulated => (false, false),
            Provenance::Generated(_) => (sensitive, !extractable),
            Provenance::Derived {
                base_always_sensitive,
                base_never_extractable,
            } => (
                base_always_sensitive && sensitive,
                base_never_extractable && !extractable,
            ),
        };
        History {
            local: generated.is_some(),
            mechanism: generated.unwrap_or(MechanismId(CK_UNAVAILABLE_INFORMATION)),
            always_sensitive,
            never_extractable,
            uses: self.default_uses(),
            mode: self.attributes.mode_of_use(),
        }
    }
}

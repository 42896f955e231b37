//! The attributes of a new object that neither template nor mechanism gave: defaults, and what tells a key's history.

use super::draft::Draft;
use super::provenance::Provenance;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::Result;
use crate::object::components;
use crate::object::rules::Default;

impl Draft {
    /// Every attribute that nobody gave and that has a default, and what the token tells of a key. Attributes and rules
    /// are both sorted, so that one walk over what has a default puts everything in its place.
    pub(super) fn fill_in(&mut self) -> Result<()> {
        let (flags, on) = (self.rules.flags(), self.flags_on());
        let given = std::mem::take(&mut self.attributes);
        let mut all = AttributeSet::with_capacity(self.rules.defaults().saturating_add(given.len()));
        let mut given = given.into_iter();
        for (bit, rule) in self.rules.with_default() {
            let attribute = rule.attribute;
            while let Some((before, _)) = given.as_slice().first()
                && *before < attribute
            {
                all.push_next(&mut given);
            }
            let is_given = given
                .as_slice()
                .first()
                .is_some_and(|(given, _)| *given == attribute);
            match (attribute, rule.default) {
                _ if flags.all & bit != 0 && !is_given => all.push_flag(attribute, on & bit != 0),
                _ if flags.told & bit != 0 => {
                    given.next();
                    all.push_flag(attribute, on & bit != 0);
                }
                // Whoever had it, it names one object.
                (CKA_UNIQUE_ID, _) => {
                    if is_given {
                        given.next();
                    }
                    all.push(attribute, components::unique_id()?);
                }
                _ if is_given => all.push_next(&mut given),
                // No template names it: if it is there, the mechanism knows where the key came from.
                (CKA_KEY_GEN_MECHANISM, _) => all.push_ulong(attribute, self.key_gen_mechanism().0),
                (_, Default::Ulong(value)) => all.push_ulong(attribute, value),
                (_, Default::Empty) => all.push(attribute, Value::public(&[])),
                // Flags are pushed, and what is computed is given.
                (
                    _,
                    Default::Absent
                    | Default::Computed
                    | Default::Bool(_)
                    | Default::Use
                    | Default::Extractable,
                ) => {}
            }
        }
        given.for_each(|(attribute, value)| all.push(attribute, value));
        self.attributes = all;
        Ok(())
    }

    /// Which of the flags that come by themselves are TRUE [PKCS#11 3.2, 4.8 to 4.11], a bit for each as
    /// [`RuleSet::flags`](crate::object::rules::RuleSet::flags) has them.
    fn flags_on(&self) -> u64 {
        let (rules, flags, mode) = (self.rules, self.rules.flags(), self.attributes.mode_of_use());
        let when = |told: bool, bits: u64| if told { bits } else { 0 };
        let has = |usage: &&AttributeType| !mode.is_some_and(|mode| mode.excludes(**usage));
        let uses = self.default_uses().iter().filter(has);
        let uses = uses.fold(0, |bits, usage| bits | rules.bit(*usage));
        let (always_sensitive, never_extractable) = self.past();
        flags.on
            | flags.uses & uses
            | when(self.extractable(), flags.extractable)
            | when(self.is_generated(), rules.bit(CKA_LOCAL))
            | when(always_sensitive, rules.bit(CKA_ALWAYS_SENSITIVE))
            | when(never_extractable, rules.bit(CKA_NEVER_EXTRACTABLE))
    }

    /// CKA_LOCAL.
    fn is_generated(&self) -> bool {
        matches!(self.provenance, Provenance::Generated(_))
    }

    /// CKA_KEY_GEN_MECHANISM.
    fn key_gen_mechanism(&self) -> MechanismId {
        match self.provenance {
            Provenance::Generated(mechanism) => mechanism,
            Provenance::Created
            | Provenance::Unwrapped
            | Provenance::Encapsulated
            | Provenance::Derived { .. } => MechanismId(CK_UNAVAILABLE_INFORMATION),
        }
    }

    /// CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE.
    fn past(&self) -> (bool, bool) {
        let sensitive = || self.flag(CKA_SENSITIVE);
        let kept = || !self.flag(CKA_EXTRACTABLE);
        match self.provenance {
            Provenance::Created | Provenance::Unwrapped | Provenance::Encapsulated => (false, false),
            Provenance::Generated(_) => (sensitive(), kept()),
            Provenance::Derived {
                base_always_sensitive,
                base_never_extractable,
            } => (
                base_always_sensitive && sensitive(),
                base_never_extractable && kept(),
            ),
        }
    }
}

//! [`Table`]: the rules of one class and type, sorted by attribute when the module is built; [`Slots`], which finds what
//! is sorted so; [`Maker`].

use super::{Default, Kind, Presence, Rule};
use crate::ck::{AttributeType, to_usize};

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

/// Where in a sorted array each attribute stands. Templates are looked up attribute by attribute several times, and a
/// binary search takes ten times as long.
#[derive(Debug)]
pub(super) struct Slots([u8; Self::COUNT]);

impl Slots {
    /// Enough that no two attributes have one slot.
    const COUNT: usize = 2048;

    const fn slot(attribute: AttributeType) -> usize {
        // Vendors' attributes and arrays differ from others in high bits.
        to_usize(attribute.0 ^ (attribute.0 >> 20)) % Self::COUNT
    }

    /// No attributes.
    pub(super) const fn new() -> Self {
        Self([0; Self::COUNT])
    }

    /// With an attribute that stands at this place. One whose slot another has does not compile.
    #[allow(
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "the compiler runs it, and every index is tested"
    )]
    pub(super) const fn with(mut self, attribute: AttributeType, at: usize) -> Self {
        let slot = Self::slot(attribute);
        assert!(self.0[slot] == 0, "two attributes have one slot");
        assert!(at < 255, "more places than a slot can tell apart");
        self.0[slot] = at as u8 + 1;
        self
    }

    /// Where the attribute stands, if it does: what stands there may be another.
    #[inline]
    pub(super) fn place(&self, attribute: AttributeType) -> Option<usize> {
        let place = self.0.get(Self::slot(attribute))?;
        usize::from(*place).checked_sub(1)
    }
}

/// The Boolean attributes that have a value though no template names them, a bit for each in the order of the rules.
#[derive(Clone, Copy, Debug)]
pub struct Flags {
    /// All of them.
    pub all: u64,
    /// Those that are TRUE: [`Default::Bool`].
    pub on: u64,
    /// The usage flags: [`Default::Use`].
    pub uses: u64,
    /// CKA_EXTRACTABLE, where it is [`Default::Extractable`].
    pub extractable: u64,
    /// Those that tell a key's history, whatever was given: [`Default::Computed`].
    pub told: u64,
}

impl Flags {
    const fn add(&mut self, rule: &Rule, bit: u64) {
        match rule.default {
            Default::Bool(true) => self.on |= bit,
            Default::Use => self.uses |= bit,
            Default::Extractable => self.extractable |= bit,
            Default::Computed if matches!(rule.kind, Kind::Bool) => self.told |= bit,
            Default::Bool(false) => {}
            Default::Absent | Default::Ulong(_) | Default::Empty | Default::Computed => return,
        }
        self.all |= bit;
    }
}

/// More than any class and type has, and as many as a word has bits.
const RULES_MAX: usize = 64;

/// The rules of one class and type, sorted by attribute, each attribute once.
#[derive(Debug)]
pub(super) struct Table {
    sorted: [Rule; RULES_MAX],
    count: usize,
    slots: Slots,
    /// A bit for each rule that has a default.
    defaults: u64,
    flags: Flags,
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
        let none = Rule::new(AttributeType(u64::MAX), Kind::Bytes);
        let mut table = Self {
            sorted: [none; RULES_MAX],
            count: 0,
            slots: Slots::new(),
            defaults: 0,
            flags: Flags {
                all: 0,
                on: 0,
                uses: 0,
                extractable: 0,
                told: 0,
            },
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
            let rule = self.sorted[at];
            self.flags.add(&rule, 1 << at);
            if !matches!(rule.default, Default::Absent) {
                self.defaults |= 1 << at;
            }
            self.slots = self.slots.with(rule.attribute, at);
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
    pub(super) fn defaults(&self) -> usize {
        usize::try_from(self.defaults.count_ones()).unwrap_or(RULES_MAX)
    }

    /// The rules of attributes that have a value though no template names them, in their order, each with its bit.
    pub(super) fn with_default(&self) -> impl Iterator<Item = (u64, &Rule)> {
        self.among(self.defaults)
    }

    /// Those that are flags.
    pub(super) const fn flags(&self) -> Flags {
        self.flags
    }

    /// The bit of an attribute's rule; 0 if there is none.
    #[inline]
    pub(super) fn bit(&self, attribute: AttributeType) -> u64 {
        let rule = |at: &usize| {
            self.sorted
                .get(*at)
                .is_some_and(|rule| rule.attribute == attribute)
        };
        self.slots.place(attribute).filter(rule).map_or(0, |at| 1 << at)
    }

    /// The attributes that templates of this function must name, in their order.
    pub(super) fn required(&self, maker: Maker) -> impl Iterator<Item = AttributeType> {
        let [create, generate, unwrap, derive] = self.required;
        let required = match maker {
            Maker::Create => create,
            Maker::Generate => generate,
            Maker::Unwrap => unwrap,
            Maker::Derive => derive,
        };
        self.among(required).map(|(_, rule)| rule.attribute)
    }

    /// The rules with a bit in the word, in their order, each with its bit.
    fn among(&self, mut left: u64) -> impl Iterator<Item = (u64, &Rule)> {
        std::iter::from_fn(move || {
            let (at, bit) = (
                usize::try_from(left.trailing_zeros()).ok()?,
                left & left.wrapping_neg(),
            );
            left ^= bit;
            // With no bit left there is no such place.
            self.sorted.get(at).map(|rule| (bit, rule))
        })
    }

    /// The rule of one attribute.
    #[inline]
    pub(super) fn rule(&self, attribute: AttributeType) -> Option<&Rule> {
        let rule = self.sorted.get(self.slots.place(attribute)?)?;
        (rule.attribute == attribute).then_some(rule)
    }

    /// All rules, sorted by attribute.
    pub(super) const fn rules(&self) -> &[Rule] {
        self.sorted.split_at(self.count).0
    }
}

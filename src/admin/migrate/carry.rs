//! One object after the other: what it has there, and how it is made here.

use super::found::{Found, bytes};
use super::source::Source;
use super::target::{Likeness, Material, Target};
use crate::ck::*;
use crate::error;
use crate::module::Module;
use crate::object::rules::{Presence, RuleSet};
use crate::secret::SecretBytes;

/// What became of an object.
pub(super) enum Carried {
    /// It was made, with these remarks.
    Made(Vec<String>),
    /// It was there before, and nothing else was found to be that one.
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
    target: Target<'a>,
    /// The key that sensitive keys travel under: its handle there, and here.
    wrapping: Result<(ObjectHandle, ObjectHandle), String>,
}

/// What an object cannot be made of, in words, or vhsm's own refusal.
enum Obstacle {
    There(String),
    Here(error::Error),
}

impl From<error::Error> for Obstacle {
    fn from(error: error::Error) -> Self {
        Self::Here(error)
    }
}

impl<'a> Carrier<'a> {
    /// Makes ready. A wrapping key that cannot be had is told with the first object that wants it.
    pub(super) fn new(source: &'a Source, module: &'a Module, session: SessionHandle) -> error::Result<Self> {
        let target = Target::new(module, session)?;
        let wrapping = match source.wrapping_key() {
            Ok((there, value)) => Ok((there, target.wrapping_key(value)?)),
            Err(error) => Err(error.to_string()),
        };
        Ok(Self {
            source,
            target,
            wrapping,
        })
    }

    /// Carries the objects over, and says so after each: names, and what became of them, in the same order.
    ///
    /// Those that are nearly what was there before come last, so that they take it from none that is the very one.
    pub(super) fn carry(
        &mut self,
        objects: &[ObjectHandle],
        mut done: impl FnMut(),
    ) -> Vec<(String, Carried)> {
        let mut told = Vec::with_capacity(objects.len());
        for object in objects {
            let one = self.carry_one(*object, Likeness::Exact);
            if one.1.is_some() {
                done();
            }
            told.push(one);
        }
        let all = objects.iter().zip(told).map(|(object, (name, carried))| {
            let carried = carried.or_else(|| {
                done();
                self.carry_one(*object, Likeness::Stricter).1
            });
            let undecided = || Carried::Left("it was changed meanwhile".to_owned());
            (name, carried.unwrap_or_else(undecided))
        });
        all.collect()
    }

    /// One object's name, and what became of it; nothing if what was there before is like it, but less than `enough`.
    fn carry_one(&mut self, object: ObjectHandle, enough: Likeness) -> (String, Option<Carried>) {
        let found = Found::read(self.source, object);
        let name = found.name();
        let carried = match self.made(object, found, enough) {
            Ok(carried) => carried,
            Err(Obstacle::There(why)) => Some(Carried::Left(why)),
            Err(Obstacle::Here(error)) => Some(Carried::Left(format!("vhsm: {error}"))),
        };
        (name, carried)
    }

    fn made(
        &mut self,
        object: ObjectHandle,
        found: Found,
        enough: Likeness,
    ) -> Result<Option<Carried>, Obstacle> {
        if let Some(why) = found.failed {
            return Err(Obstacle::There(why));
        }
        let Some(rules) = found.rules() else {
            return Err(Obstacle::There("vhsm has no objects of this kind".to_owned()));
        };
        let material = self.material(object, &found, rules)?;
        match self.target.likest(&found, rules, &material)? {
            Some((likeness, _)) if likeness > enough => Ok(None),
            Some((_, same)) => {
                self.target.take(same);
                Ok(Some(Carried::There))
            }
            None => {
                self.target.make(&material)?;
                Ok(Some(Carried::Made(found.remarks)))
            }
        }
    }

    fn material(&self, object: ObjectHandle, found: &Found, rules: RuleSet) -> Result<Material, Obstacle> {
        let mut template = found.template(rules, |rule| rule.create != Presence::Forbidden);
        if !found.sensitive {
            return Ok(Material::Plain(template));
        }
        if !found.is_true(CKA_EXTRACTABLE) {
            let why = "CKA_EXTRACTABLE is FALSE, so SoftHSM does not let it out";
            return Err(Obstacle::There(why.to_owned()));
        }
        let (there, unwrapping) = match &self.wrapping {
            Ok(keys) => *keys,
            Err(why) => {
                let why = format!("SoftHSM makes no key to wrap it with: {why}");
                return Err(Obstacle::There(why));
            }
        };
        let wrapped = match self.source.wrapped(there, object) {
            Ok(wrapped) => wrapped,
            Err(error) => return Err(Obstacle::There(format!("SoftHSM does not wrap it: {error}"))),
        };
        match found.ulong(CKA_VALUE_LEN).map(to_usize) {
            // SoftHSM fills a key up before it wraps it; C_UnwrapKey is right to refuse that as a key of this length.
            Some(length) if length % 8 != 0 => {
                let filled = self.target.unwrapped(unwrapping, wrapped)?;
                let value = without_filling(&filled, length).ok_or_else(|| {
                    let why = "SoftHSM wraps it with another length than that of CKA_VALUE_LEN";
                    Obstacle::There(why.to_owned())
                })?;
                template.push(bytes(CKA_VALUE, value));
                Ok(Material::Plain(template))
            }
            _ => Ok(Material::Wrapped {
                unwrapping,
                wrapped,
                template: found.template(rules, |rule| rule.unwrap != Presence::Forbidden),
            }),
        }
    }
}

/// The key of this length that was filled up with zeros to the next multiple of 8 bytes, or not at all.
fn without_filling(filled: &[u8], length: usize) -> Option<SecretBytes> {
    let (value, filling) = filled.split_at_checked(length)?;
    (filling.len() < 8 && filling.iter().all(|byte| *byte == 0)).then(|| value.into())
}

#[cfg(test)]
mod tests {
    use super::without_filling;

    #[test]
    fn zeros_are_taken_off_that_fill_a_key_up() {
        let key = |filled: &[u8], length| without_filling(filled, length).map(|key| key.to_vec());
        assert_eq!(key(&[1, 2, 3, 0, 0, 0, 0, 0], 3), Some(vec![1, 2, 3]));
        assert_eq!(key(&[1, 2, 0, 0, 0, 0, 0, 0], 3), Some(vec![1, 2, 0]));
        assert_eq!(key(&[1, 2, 3], 3), Some(vec![1, 2, 3]));
        assert_eq!(key(&[1, 2, 3, 4, 0, 0, 0, 0], 3), None);
        assert_eq!(key(&[1, 2], 3), None);
        assert_eq!(key(&[0; 11], 3), None);
    }
}

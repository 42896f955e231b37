//! HSS and LMS signatures, checked [RFC 8554; SP 800-208, 4]; the private halves are stateful and not here.
//!
//! The `hbs-lms` crate checks one tree. It takes what it is given for well-formed and panics where it is not, so that
//! this file measures everything first; and it knows the numbers of RFC 8554 only, so that those of the other hashes are
//! translated: the numbers are not hashed. The chain from tree to tree [RFC 8554, 6.3] is followed here.

#[cfg(test)]
mod tests;

use ::hbs_lms::{Sha256_192, Sha256_256, Shake256_192, Shake256_256};

use crate::error::{Error, Result};

/// Most levels of a hierarchy [RFC 8554, 6].
pub const LEVELS_MAX: u32 = 8;
/// Length of the identifier of a tree in bytes.
const IDENTIFIER_LEN: usize = 16;
/// Length of the shortest key and signature of a tree in bytes: 24 bytes of hash, height 5, 26 chains.
const LEVEL_LEN_MIN: usize = (4 + 4 + IDENTIFIER_LEN + 24) + (4 + 4 + 24 * 27 + 4 + 24 * 5);

/// The hash of a parameter set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Family {
    Sha256M32,
    Sha256M24,
    ShakeM32,
    ShakeM24,
}

/// The parameter sets of a tree and of its one-time signatures, which share a hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Types {
    family: Family,
    /// Which of the five heights: 5, 10, 15, 20, 25.
    height: u32,
    /// Which of the four widths: 1, 2, 4, 8.
    width: u32,
}

impl Types {
    /// From the numbers of RFC 8554, 4.1 and 5.1, and of SP 800-208, 4; `None` for others.
    fn new(lms: u32, ots: u32) -> Option<Self> {
        const FAMILIES: [Family; 4] = [
            Family::Sha256M32,
            Family::Sha256M24,
            Family::ShakeM32,
            Family::ShakeM24,
        ];
        let (lms, ots) = (lms.checked_sub(5)?, ots.checked_sub(1)?);
        let family = *FAMILIES.get(usize::try_from(lms / 5).ok()?)?;
        (lms / 5 == ots / 4).then_some(Self {
            family,
            height: lms % 5,
            width: ots % 4,
        })
    }

    /// Those at the head of an LMS public key.
    fn of(lms_public: &[u8]) -> Option<Self> {
        Self::new(word(lms_public)?, word(lms_public.get(4..)?)?)
    }

    /// Length of the hash in bytes.
    const fn hash_len(self) -> usize {
        match self.family {
            Family::Sha256M32 | Family::ShakeM32 => 32,
            Family::Sha256M24 | Family::ShakeM24 => 24,
        }
    }

    /// Hash chains of a one-time signature [RFC 8554, table 1; SP 800-208, tables 1 to 4].
    const fn chains(self) -> usize {
        match (self.hash_len(), self.width) {
            (32, 0) => 265,
            (32, 1) => 133,
            (32, 2) => 67,
            (32, _) => 34,
            (_, 0) => 200,
            (_, 1) => 101,
            (_, 2) => 51,
            (_, _) => 26,
        }
    }

    /// Length of an LMS public key in bytes: two numbers, identifier, root.
    const fn public_len(self) -> usize {
        4 + 4 + IDENTIFIER_LEN + self.hash_len()
    }

    /// Length of a one-time signature in bytes: number, randomiser, ends of the chains.
    const fn ots_len(self) -> usize {
        4 + self.hash_len() * (self.chains() + 1)
    }

    /// Length of an LMS signature in bytes: leaf, one-time signature, number, path.
    fn signature_len(self) -> Option<usize> {
        let height = usize::try_from(5 * (self.height + 1)).ok()?;
        Some(4 + self.ots_len() + 4 + self.hash_len() * height)
    }

    /// The numbers of the same heights and widths with SHA-256 and 32 bytes: of tree and one-time signature.
    fn translated(self) -> ([u8; 4], [u8; 4]) {
        ((self.height + 5).to_be_bytes(), (self.width + 1).to_be_bytes())
    }
}

/// Takes `length` bytes from the front.
fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn word(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_be_bytes)
}

/// An HSS public key.
pub struct PublicKey {
    levels: u32,
    /// The public key of the topmost tree.
    top: Box<[u8]>,
}

impl PublicKey {
    /// A key in the form of RFC 8554, 6.1.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] for a wrong length, number of levels or parameter set.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::parse(bytes).ok_or(Error::PublicKeyInvalid(
            "it is not an HSS key with the parameter sets of RFC 8554 and SP 800-208",
        ))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut top = bytes;
        let levels = word(take(&mut top, 4)?)?;
        let is_key = (1..=LEVELS_MAX).contains(&levels) && top.len() == Types::of(top)?.public_len();
        is_key.then(|| Self {
            levels,
            top: top.into(),
        })
    }

    /// Number of trees on the way from the top to a message.
    #[must_use]
    pub fn levels(&self) -> u32 {
        self.levels
    }

    /// The numbers of the topmost tree's parameter set and of its one-time signatures'.
    #[must_use]
    pub fn types(&self) -> (u32, u32) {
        let number = |at| self.top.get(at..).and_then(word).unwrap_or_default();
        (number(0), number(4))
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`] if the length is not that which the key and the keys in the signature make;
    /// [`Error::SignatureInvalid`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        self.check_len(signature)?;
        match self.fits(message, signature) {
            Some(true) => Ok(()),
            _ => Err(Error::SignatureInvalid),
        }
    }

    /// Measures a signature: the key says what the topmost tree signs with, and each signed key what the next one does.
    fn check_len(&self, signature: &[u8]) -> Result<()> {
        const WRONG: Error = Error::SignatureLenRange;
        let types = |key| Types::of(key).ok_or(Error::SignatureInvalid);
        let signature_len = |types: Types| types.signature_len().ok_or(Error::SignatureInvalid);
        let mut tree = types(&self.top)?;
        let mut rest = signature.get(4..).ok_or(WRONG)?;
        for _ in 1..self.levels {
            rest = rest.get(signature_len(tree)?..).ok_or(WRONG)?;
            if rest.len() < LEVEL_LEN_MIN {
                return Err(WRONG);
            }
            tree = types(rest)?;
            rest = rest.get(tree.public_len()..).ok_or(WRONG)?;
        }
        match rest.len() == signature_len(tree)? {
            true => Ok(()),
            false => Err(WRONG),
        }
    }

    /// Whether a signature fits; `None` if it has not the form of one.
    fn fits(&self, message: &[u8], signature: &[u8]) -> Option<bool> {
        let mut rest = signature;
        let signed_keys = word(take(&mut rest, 4)?)?;
        if signed_keys != self.levels - 1 {
            return None;
        }
        let mut key = &*self.top;
        for _ in 0..signed_keys {
            let signature = take(&mut rest, Types::of(key)?.signature_len()?)?;
            let next_len = Types::of(rest)?.public_len();
            let next = take(&mut rest, next_len)?;
            if !lms_fits(key, next, signature)? {
                return Some(false);
            }
            key = next;
        }
        lms_fits(key, message, rest)
    }
}

/// Whether a signature of one tree fits; `None` if it has not the form of one.
fn lms_fits(key: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
    let types = Types::of(key)?;
    if signature.len() != types.signature_len()? {
        return None;
    }
    let mut rest = signature;
    let leaf = take(&mut rest, 4)?;
    let (ots, path) = (take(&mut rest, types.ots_len())?, rest);
    let told = Types::new(word(path)?, word(ots)?)?;
    if told != types {
        return None;
    }
    // A hierarchy of one level, with the numbers that the crate knows.
    let (lms_number, ots_number) = types.translated();
    let key = [&[0, 0, 0, 1], &lms_number[..], &ots_number, key.get(8..)?].concat();
    let signature = [
        &[0, 0, 0, 0],
        leaf,
        &ots_number,
        ots.get(4..)?,
        &lms_number,
        path.get(4..)?,
    ]
    .concat();
    let fits = match types.family {
        Family::Sha256M32 => ::hbs_lms::verify::<Sha256_256>(message, &signature, &key),
        Family::Sha256M24 => ::hbs_lms::verify::<Sha256_192>(message, &signature, &key),
        Family::ShakeM32 => ::hbs_lms::verify::<Shake256_256>(message, &signature, &key),
        Family::ShakeM24 => ::hbs_lms::verify::<Shake256_192>(message, &signature, &key),
    };
    Some(fits.is_ok())
}

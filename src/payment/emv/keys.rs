//! The keys of cards and sessions, computed, and what is done with them.

use zeroize::{Zeroize, Zeroizing};

use super::form::{Card, Derivation, Form, Session, Source, Tree};
use crate::ck::CKK_AES;
use crate::crypto::aes::AesKey;
use crate::crypto::des::Des3Key;
use crate::crypto::iso9797::{Iso9797Mac, Padding, Scheme};
use crate::crypto::mac::CmacSubkeys;
use crate::error::{Error, Result};
use crate::mechanism::KeyMaterial;
use crate::payment::card_key::CardKey;
use crate::payment::digits::packed;
use crate::secret::SecretBytes;

/// Longest key in bytes.
const KEY_MAX: usize = 32;

/// A cipher that was made for the call, or one that the key keeps.
#[allow(
    clippy::large_enum_variant,
    reason = "it lives on the stack of one call; a box would be an allocation for each"
)]
pub(super) enum Held<'a, T> {
    Made(T),
    Kept(&'a T),
}

impl<T> std::ops::Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Made(made) => made,
            Self::Kept(kept) => kept,
        }
    }
}

/// The key that works.
#[allow(
    clippy::large_enum_variant,
    reason = "it lives on the stack of one call; a box would be an allocation for each"
)]
pub(super) enum WorkingKey<'a> {
    Des(Held<'a, Des3Key>),
    Aes(Held<'a, AesKey>),
}

impl<'a> WorkingKey<'a> {
    /// What the parameter makes of the given key.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn of(key: &'a KeyMaterial, form: &Form<'_>) -> Result<Self> {
        let is_aes = key.key_type == CKK_AES;
        if let Source::Itself = form.source {
            return Ok(match is_aes {
                true => Self::Aes(Held::Kept(key.secret()?.aes()?)),
                false => Self::Des(Held::Kept(key.secret()?.des3()?)),
            });
        }
        Ok(match is_aes {
            true => Self::Aes(Held::Made(AesKey::new(aes_value(key, form)?.bytes())?)),
            false => Self::Des(Held::Made(Des3Key::new(des_value(key, form)?.as_ref())?)),
        })
    }

    /// A MAC of ISO/IEC 9797-1, algorithm 3, by triple DES; CMAC, which is algorithm 5, by AES [EMV Book 2, A1.2].
    /// `out` takes its first bytes.
    ///
    /// # Errors
    /// If the library fails.
    pub(super) fn mac(&self, padding: Padding, data: &[u8], out: &mut [u8]) -> Result<()> {
        match self {
            Self::Des(key) => Iso9797Mac::whole(Scheme::Alg3, padding, key, data, out),
            Self::Aes(key) => CmacSubkeys::<16>::new(&**key).mac(&**key, data, out),
        }
    }

    /// Bytes of a block.
    pub(super) fn block_len(&self) -> usize {
        match self {
            Self::Des(_) => 8,
            Self::Aes(_) => 16,
        }
    }

    /// Encrypts whole blocks, chained from zeros on or each by itself.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length.
    pub(super) fn encrypt(&self, chained: bool, input: &[u8], out: &mut [u8]) -> Result<()> {
        match (self, chained) {
            (Self::Des(key), true) => key.cbc_encrypt(&mut [0; 8], input, out),
            (Self::Des(key), false) => key.ecb_encrypt(input, out),
            (Self::Aes(key), true) => key.cbc_encrypt(&mut [0; 16], input, out),
            (Self::Aes(key), false) => key.ecb_encrypt(input, out),
        }
    }
}

/// The bytes of the card's key, or of the session's if there is one. DES keys of sessions have the parity that comes.
///
/// # Errors
/// [`Error::Internal`].
pub(super) fn value(key: &KeyMaterial, form: &Form<'_>) -> Result<SecretBytes> {
    Ok(match key.key_type == CKK_AES {
        true => SecretBytes::from(aes_value(key, form)?.bytes()),
        false => SecretBytes::from(&des_value(key, form)?[..]),
    })
}

const NOT_DERIVED: Error = Error::Internal("a key that is not derived");

fn des_value(key: &KeyMaterial, form: &Form<'_>) -> Result<CardKey> {
    let secret = key.secret()?;
    match &form.source {
        Source::Card => des_session(secret.des3()?, secret.value(), form.session),
        source => {
            let value = card_value(key, source)?;
            match form.session {
                Session::None => Ok(value),
                session => des_session(&Des3Key::new(value.as_ref())?, &value[..], session),
            }
        }
    }
}

/// The bytes of the card's key of triple DES, from the issuer's.
///
/// # Errors
/// [`Error::Internal`].
pub(super) fn card_value(key: &KeyMaterial, source: &Source) -> Result<CardKey> {
    match source {
        Source::Issuer(Derivation::Des(method), card) => {
            method.value(key.secret()?.des3()?, card.pan()?, card.sequence_number()?)
        }
        _ => Err(NOT_DERIVED),
    }
}

/// The key of a session: `card` and `value` are the same key.
fn des_session(card: &Des3Key, value: &[u8], session: Session) -> Result<CardKey> {
    let mut key = Zeroizing::new([0; 16]);
    match session {
        Session::None => return Err(NOT_DERIVED),
        Session::Common(r) => card.ecb_encrypt(diversified(r).as_flattened(), key.as_mut())?,
        // The counter's two bytes end the first half, and their complement the second.
        Session::Visa([high, low]) => {
            let mask = [[0, 0, 0, 0, 0, 0, high, low], [0, 0, 0, 0, 0, 0, !high, !low]];
            for ((to, from), mask) in key.iter_mut().zip(value).zip(mask.as_flattened()) {
                *to = from ^ mask;
            }
        }
        Session::Tree(tree) => key = tree.session_key(value)?,
    }
    Ok(key)
}

/// The blocks of the two halves of a common session key: F0 and 0F stand in the third byte [EMV Book 2, A1.3.1].
fn diversified<const N: usize>(r: [u8; N]) -> [[u8; N]; 2] {
    [0xf0, 0x0f].map(|mark| {
        let mut block = r;
        if let Some(third) = block.get_mut(2) {
            *third = mark;
        }
        block
    })
}

impl Tree {
    /// From key to key down to the counter's, each by the key above it and the one above that; the last one goes
    /// together with the latter [EMV 4.1, Book 2, A1.3.2 and A1.3.3].
    fn session_key(&self, card: &[u8]) -> Result<CardKey> {
        let mut parent = Zeroizing::new([0; 16]);
        parent.iter_mut().zip(card).for_each(|(to, from)| *to = *from);
        let mut grandparent = Zeroizing::new(self.iv);
        for level in (0..u32::from(self.height)).rev() {
            let branch = u64::from(self.branch);
            // A tree may have more keys than there are counters, and more than a number holds.
            let below = branch.checked_pow(level);
            let place = below.map_or(0, |below| u64::from(self.counter) / below % branch);
            let place = u8::try_from(place).unwrap_or(0);
            let mut key = child(&parent, &grandparent, place)?;
            if level == 0 {
                key.iter_mut()
                    .zip(grandparent.iter())
                    .for_each(|(to, from)| *to ^= from);
            }
            grandparent = std::mem::replace(&mut parent, key);
        }
        Ok(parent)
    }
}

/// The key at a place below a key.
fn child(parent: &CardKey, grandparent: &CardKey, place: u8) -> Result<CardKey> {
    let mut blocks = Zeroizing::new([0; 16]);
    blocks.copy_from_slice(&grandparent[..]);
    let [_, _, _, _, _, _, _, left, _, _, _, _, _, _, _, right] = &mut *blocks;
    *left ^= place;
    *right ^= place ^ 0xf0;
    let mut key = Zeroizing::new([0; 16]);
    Des3Key::new(parent.as_ref())?.ecb_encrypt(blocks.as_ref(), key.as_mut())?;
    Ok(key)
}

/// An AES key of a card or a session.
struct AesValue {
    bytes: Zeroizing<[u8; KEY_MAX]>,
    length: usize,
}

impl AesValue {
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The first bytes of two blocks encrypted; one is enough for a short key.
    fn encrypted(cipher: &AesKey, blocks: [[u8; 16]; 2], length: usize) -> Result<Self> {
        let mut bytes = Zeroizing::new([0; KEY_MAX]);
        cipher.ecb_encrypt(blocks.as_flattened(), bytes.as_mut())?;
        if let Some(more) = bytes.get_mut(length..) {
            more.zeroize();
        }
        Ok(Self { bytes, length })
    }
}

fn aes_value(key: &KeyMaterial, form: &Form<'_>) -> Result<AesValue> {
    let (cipher, length) = (key.secret()?.aes()?, key.secret()?.value().len());
    match &form.source {
        Source::Issuer(Derivation::Aes, card) => {
            let value = AesValue::encrypted(cipher, option_c(card)?, length)?;
            match form.session {
                Session::None => Ok(value),
                session => aes_session(&AesKey::new(value.bytes())?, length, session),
            }
        }
        Source::Card => aes_session(cipher, length, form.session),
        _ => Err(NOT_DERIVED),
    }
}

/// PAN and sequence number with zeros before them, and their complement [EMV Book 2, A1.4.3].
fn option_c(card: &Card) -> Result<[[u8; 16]; 2]> {
    let (pan, number) = (card.pan()?, card.sequence_number()?);
    let zeros = b"000000000000000000".get(pan.digits().len().saturating_sub(12)..);
    let digits = [zeros.unwrap_or_default(), pan.digits(), number.digits()];
    let mut block = [0; 16];
    block.copy_from_slice(packed::<2>(&digits).as_flattened());
    Ok([block, block.map(|byte| !byte)])
}

/// A key as long as a block is one block; longer ones are of two [EMV Book 2, A1.3.1].
fn aes_session(card: &AesKey, length: usize, session: Session) -> Result<AesValue> {
    let Session::Common(value) = session else {
        return Err(NOT_DERIVED);
    };
    let mut r = [0; 16];
    r.iter_mut().zip(value).for_each(|(to, from)| *to = from);
    let blocks = match length {
        16 => [r, r],
        _ => diversified(r),
    };
    AesValue::encrypted(card, blocks, length)
}

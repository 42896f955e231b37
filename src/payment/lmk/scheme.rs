//! Key schemes: keys of one to three parts in electronic code book under a double or triple key, each part under a variant
//! of it in the schemes U and T [ANSI X9.17; Thales payShield, key schemes].

use zeroize::Zeroizing;

use crate::crypto::des::Des3Key;
use crate::error::{Error, Result};
use crate::os::stack;
use crate::payment::keyblock::from_hex;
use crate::secret::SecretBytes;

/// A key scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Scheme(u8);

impl Scheme {
    /// The scheme of a letter.
    pub(super) const fn of(letter: u8) -> Option<Self> {
        match letter {
            b'Z' | b'U' | b'T' | b'X' | b'Y' => Some(Self(letter)),
            _ => None,
        }
    }

    /// Length of its keys in bytes.
    pub(super) const fn key_len(self) -> usize {
        match self.0 {
            b'Z' => 8,
            b'U' | b'X' => 16,
            _ => 24,
        }
    }

    /// Length of what is wrapped in characters: a single key has no tag.
    pub(super) const fn text_len(self) -> usize {
        match self.0 {
            b'Z' => 16,
            _ => 1 + 2 * self.key_len(),
        }
    }

    /// What the second part of the master key is changed by for each part of the key.
    const fn variants(self) -> [u8; 3] {
        match self.0 {
            b'U' => [0xa6, 0x5a, 0],
            b'T' => [0x6a, 0xde, 0x2b],
            _ => [0; 3],
        }
    }

    /// The scheme and the encrypted key of a text. `asked` is the scheme that it has to be of. Without a tag, one part is
    /// scheme Z, two are X.
    ///
    /// # Errors
    /// [`Error::WrappedKeyLenRange`], [`Error::WrappedKeyInvalid`].
    pub(super) fn read(text: &[u8], asked: Option<Self>) -> Result<(Self, SecretBytes)> {
        let (scheme, digits) = match text.split_first() {
            Some((letter, digits)) if digits.len() % 2 == 0 => {
                (Self::of(*letter).ok_or(Error::WrappedKeyInvalid)?, digits)
            }
            _ if text.len() == 16 => (Self(b'Z'), text),
            _ if text.len() == 32 => (Self(b'X'), text),
            _ => return Err(Error::WrappedKeyLenRange),
        };
        if digits.len() != 2 * scheme.key_len() {
            return Err(Error::WrappedKeyLenRange);
        }
        if asked.is_some_and(|asked| asked != scheme) {
            return Err(Error::WrappedKeyInvalid);
        }
        let mut encrypted = SecretBytes::zeros(scheme.key_len());
        match from_hex(digits, encrypted.as_mut()) {
            true => Ok((scheme, encrypted)),
            false => Err(Error::WrappedKeyInvalid),
        }
    }

    /// Writes an encrypted key with its tag; gives its length.
    ///
    /// # Errors
    /// [`Error::Internal`] if `out` is too short.
    pub(super) fn write(self, encrypted: &[u8], out: &mut [u8]) -> Result<usize> {
        const TOO_SHORT: Error = Error::Internal("a wrapped key was given too little room");
        let out = out.get_mut(..self.text_len()).ok_or(TOO_SHORT)?;
        let digits = match out.split_first_mut() {
            Some((tag, digits)) if self.0 != b'Z' => {
                *tag = self.0;
                digits
            }
            _ => out,
        };
        let (digits, _) = digits.as_chunks_mut::<2>();
        for (digits, byte) in digits.iter_mut().zip(encrypted) {
            *digits = [byte >> 4, byte & 0x0f].map(|digit| match digit {
                0..=9 => b'0' + digit,
                digit => b'A' - 10 + digit,
            });
        }
        Ok(self.text_len())
    }

    /// Encrypts a key under a master key, or decrypts it.
    ///
    /// # Errors
    /// [`Error::Internal`] for a master key without a second part.
    pub(super) fn crypt(self, master: &[u8], encrypts: bool, from: &[u8]) -> Result<SecretBytes> {
        let mut made = SecretBytes::zeros(from.len());
        let (to, _) = made.as_mut().as_chunks_mut::<8>();
        let (from, _) = from.as_chunks::<8>();
        let mut key: Option<(u8, Des3Key)> = None;
        for ((to, from), variant) in to.iter_mut().zip(from).zip(self.variants()) {
            let key = match &key {
                Some((known, key)) if *known == variant => key,
                _ => &key.insert((variant, prepared(master, variant)?)).1,
            };
            *to = match encrypts {
                true => key.encrypt(*from),
                false => key.decrypt(*from),
            };
        }
        drop(key);
        stack::wipe_little();
        Ok(made)
    }
}

/// A master key whose second part is changed.
fn prepared(master: &[u8], variant: u8) -> Result<Des3Key> {
    let mut changed = Zeroizing::new(master.to_vec());
    match changed.get_mut(8) {
        Some(byte) => *byte ^= variant,
        None => return Err(Error::Internal("a master key without a second part")),
    }
    Des3Key::new(&changed)
}

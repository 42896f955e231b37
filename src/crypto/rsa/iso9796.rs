//! Signatures with recovery of ISO/IEC 9796:1991, later 9796-1 [PKCS#11 3.2, 6.1.11], by the RSA of its annex A.
//! Steps and values have the names of the standard, as the Handbook of Applied Cryptography, 11.3.5, gives them; bytes
//! and nibbles are counted from the end.
//!
//! Withdrawn: who gets some messages of his choice signed can forge others [Coppersmith, Halevi and Jutla 1999;
//! Grieu 2000]. Everything here but the private operation is public: a signature gives its message away.

use super::{BLOCK_LEN_MAX, PrivateKey, PublicKey};
use crate::error::{Error, Result};

/// Π, the permutation of nibbles that shadows are made by.
const SHADOWS: [u8; 16] = [14, 3, 5, 8, 9, 4, 2, 15, 0, 13, 11, 6, 7, 10, 12, 1];
/// Π⁻¹.
const FROM_SHADOWS: [u8; 16] = [8, 15, 6, 1, 5, 2, 11, 12, 3, 4, 13, 10, 14, 9, 0, 7];
/// The nibble that the intermediate integer ends in.
const FORCED: u8 = 6;
/// r of a message of whole bytes, which PKCS#11 has no others of: one more than the bits of padding.
const R_OF_WHOLE_BYTES: u8 = 1;

/// The nibble that a permutation makes of the last four bits.
fn permuted(permutation: &[u8; 16], nibble: u8) -> u8 {
    permutation
        .get(usize::from(nibble & 0xf))
        .copied()
        .unwrap_or_default()
}

/// S: the shadow of a byte, nibble by nibble.
fn shadow(byte: u8) -> u8 {
    (permuted(&SHADOWS, byte >> 4) << 4) | permuted(&SHADOWS, byte)
}

/// The lengths that follow from that of the modulus. A signature has k bits, one less than the modulus.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// k - 1: the bits of the intermediate integer after its first, which is always set.
    free_bits: usize,
    /// t: the bytes of the extended message.
    extended_len: usize,
    /// The most that z may be: the bytes of the padded message.
    message_len_max: usize,
}

impl Layout {
    pub(super) fn of(modulus_bits: usize) -> Self {
        let free_bits = modulus_bits.saturating_sub(2);
        Self {
            free_bits,
            extended_len: free_bits.div_ceil(16),
            message_len_max: modulus_bits.saturating_add(2) / 16,
        }
    }

    /// Makes the intermediate integer IR of the padded message MP, as long as the modulus. `r` is one more than the zero
    /// bits that the message was padded with.
    pub(super) fn encode(self, padded: &[u8], r: u8, integer: &mut [u8]) -> Result<()> {
        if padded.is_empty() || padded.len() > self.message_len_max {
            return Err(Error::DataLenRange(
                "ISO/IEC 9796 signs one byte at least, and half as many as the modulus has at most",
            ));
        }
        integer.fill(0);
        self.extend_with_redundancy(padded, r, integer);
        if let Some(first) = self.truncate(integer) {
            *first |= 1 << (self.free_bits % 8);
        }
        if let Some(last) = integer.last_mut() {
            *last = (*last << 4) | FORCED;
        }
        Ok(())
    }

    /// Extension: ME repeats MP to the left, up to t bytes. Redundancy: in MR each byte of ME has its shadow before it,
    /// and the shadow of the first byte of MP shows by `r` where MP begins. The first shadow may have no room: nothing
    /// of it is left by truncation.
    fn extend_with_redundancy(self, padded: &[u8], r: u8, integer: &mut [u8]) {
        let extended = padded.iter().rev().cycle().take(self.extended_len);
        for (at, (pair, byte)) in integer.rchunks_mut(2).zip(extended).enumerate() {
            let mark = if at + 1 == padded.len() { r } else { 0 };
            match pair {
                [redundancy, place] => (*redundancy, *place) = (shadow(*byte) ^ mark, *byte),
                [place] => *place = *byte,
                _ => {}
            }
        }
    }

    /// Truncation: leaves the last k - 1 bits. Gives the byte that the bit before them stands in.
    fn truncate(self, integer: &mut [u8]) -> Option<&mut u8> {
        let whole = integer.len().checked_sub(self.free_bits / 8)?;
        let (first, unused) = integer.get_mut(..whole)?.split_last_mut()?;
        unused.fill(0);
        *first &= (1 << (self.free_bits % 8)) - 1;
        Some(first)
    }

    /// Message recovery: makes MR' of the recovered integer IR' and writes MP' into the first bytes of `padded`; gives
    /// z. What is no intermediate integer gives anything, or nothing: who calls checks the redundancy.
    pub(super) fn recover(self, integer: &mut [u8], padded: &mut [u8]) -> Option<usize> {
        self.truncate(integer)?;
        if let [.., before, last] = integer {
            *last = (permuted(&FROM_SHADOWS, *before >> 4) << 4) | (*last >> 4);
        }
        let pairs = || integer.rchunks(2).take(self.extended_len).map(split);
        let z = 1 + pairs().position(|(redundancy, byte)| redundancy != shadow(byte))?;
        for (place, (_, byte)) in padded.get_mut(..z)?.iter_mut().rev().zip(pairs()) {
            *place = byte;
        }
        Some(z)
    }
}

/// Redundancy and byte of the message; the first redundancy may be cut off.
fn split(pair: &[u8]) -> (u8, u8) {
    match *pair {
        [redundancy, byte] => (redundancy, byte),
        [byte] => (0, byte),
        _ => (0, 0),
    }
}

impl PrivateKey {
    /// Signs a message of whole bytes; the signature is as long as the modulus.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the message is empty or longer than [`PublicKey::iso9796_len_max`].
    pub fn sign_iso9796(&self, message: &[u8], out: &mut [u8]) -> Result<()> {
        Layout::of(self.public.bits).encode(message, R_OF_WHOLE_BYTES, out)?;
        self.sign_integer(out)
    }

    /// Signature production: the power of the intermediate integer, or the modulus less that if it is smaller. Either
    /// follows from the other, so that which it is tells nothing.
    pub(super) fn sign_integer(&self, integer: &mut [u8]) -> Result<()> {
        self.raw(integer)?;
        if !self.public.is_lower_half(integer) {
            self.public.negate(integer);
        }
        Ok(())
    }
}

impl PublicKey {
    /// The most bytes of a message that the key signs by ISO/IEC 9796: half as many as the modulus has, or one less
    /// where the first byte of the modulus has too few bits.
    #[must_use]
    pub fn iso9796_len_max(&self) -> usize {
        Layout::of(self.bits).message_len_max
    }

    /// Checks a signature of a message of whole bytes.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`]; [`Error::DataLenRange`] as
    /// [`PrivateKey::sign_iso9796`].
    pub fn verify_iso9796(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        let (mut expected, mut buffer) = ([0; BLOCK_LEN_MAX], [0; BLOCK_LEN_MAX]);
        let expected = expected.get_mut(..self.block_len()).unwrap_or_default();
        Layout::of(self.bits).encode(message, R_OF_WHOLE_BYTES, expected)?;
        match self.open_iso9796(signature, &mut buffer)? == expected {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }

    /// The message of a signature, in the first bytes of `out`, which has room for [`PublicKey::iso9796_len_max`] bytes;
    /// gives its length. A message that is not of whole bytes is none.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`].
    pub fn recover_iso9796(&self, signature: &[u8], out: &mut [u8]) -> Result<usize> {
        let (mut buffer, mut copy) = ([0; BLOCK_LEN_MAX], [0; BLOCK_LEN_MAX]);
        let integer = &*self.open_iso9796(signature, &mut buffer)?;
        let copy = copy.get_mut(..integer.len()).unwrap_or_default();
        copy.copy_from_slice(integer);
        let (layout, invalid) = (Layout::of(self.bits), Error::SignatureInvalid);
        let length = layout.recover(copy, out).ok_or(invalid)?;
        let message = out.get(..length).unwrap_or_default();
        // Redundancy checking: only what this message makes is the integer.
        let made = layout.encode(message, R_OF_WHOLE_BYTES, copy);
        match made.is_ok() && copy == integer {
            true => Ok(length),
            false => Err(Error::SignatureInvalid),
        }
    }

    /// Signature opening: the recovered integer IR', in the first bytes of `buffer`. Who goes on checks all its bits.
    fn open_iso9796<'a>(
        &self,
        signature: &[u8],
        buffer: &'a mut [u8; BLOCK_LEN_MAX],
    ) -> Result<&'a mut [u8]> {
        let integer = self.open(signature, buffer)?;
        // Modulus less signature would open to the same.
        if !self.is_lower_half(signature) {
            return Err(Error::SignatureInvalid);
        }
        // An intermediate integer is 6 modulo 16. The modulus is odd, so that only one of the two can be.
        if integer.last().is_some_and(|last| last & 0xf != FORCED) {
            self.negate(integer);
        }
        Ok(integer)
    }

    /// Whether twice the number, which is as long as the modulus, is below it.
    fn is_lower_half(&self, number: &[u8]) -> bool {
        let half = self.modulus.iter().scan(0, |carry, byte| {
            let half = (*carry << 7) | (byte >> 1);
            *carry = byte & 1;
            Some(half)
        });
        number.iter().copied().le(half)
    }

    /// The modulus less a number below it, in place.
    fn negate(&self, number: &mut [u8]) {
        let mut borrow = false;
        for (place, of_modulus) in number.iter_mut().rev().zip(self.modulus.iter().rev()) {
            let (difference, below) = of_modulus.overflowing_sub(*place);
            let (difference, below_by_one) = difference.overflowing_sub(u8::from(borrow));
            (*place, borrow) = (difference, below | below_by_one);
        }
    }
}

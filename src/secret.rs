//! [`SecretBytes`]: bytes that stand in the vault, are wiped when dropped, show nothing in `Debug`, and compare in
//! constant time. [`Gathered`]: a message of any length that comes in pieces.

use std::fmt;
use std::ops::Deref;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::os::kept::KeptBytes;

/// Bytes of any length that are wiped when dropped. `==` takes time that depends on the lengths only.
pub struct SecretBytes(KeptBytes);

impl SecretBytes {
    /// Takes over a vector; what it leaves behind is wiped.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(KeptBytes::take_over(bytes))
    }

    /// `length` zero bytes, to be filled through [`SecretBytes::as_mut`].
    #[must_use]
    pub fn zeros(length: usize) -> Self {
        Self(KeptBytes::zeros(length))
    }
}

impl Default for SecretBytes {
    fn default() -> Self {
        Self::zeros(0)
    }
}

impl Clone for SecretBytes {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl AsMut<[u8]> for SecretBytes {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Deref for SecretBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for SecretBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        let mut copy = Self::zeros(bytes.len());
        copy.0.copy_from_slice(bytes);
        copy
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretBytes {}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

/// Bytes that come in pieces. They stand in ordinary memory, and are wiped when dropped and wherever they outgrow it,
/// which a vector would not do by itself.
#[derive(Default)]
pub struct Gathered(Zeroizing<Vec<u8>>);

impl Gathered {
    /// Takes a piece.
    ///
    /// # Errors
    /// [`Error::HostMemory`]; then the piece is not taken.
    pub fn push(&mut self, piece: &[u8]) -> Result<()> {
        let length = self.0.len().saturating_add(piece.len());
        if length > self.0.capacity() {
            let mut longer = Zeroizing::new(Vec::new());
            longer
                .try_reserve_exact(length.max(self.0.capacity().saturating_mul(2)))
                .map_err(|_| Error::HostMemory)?;
            longer.extend_from_slice(&self.0);
            self.0 = longer;
        }
        self.0.extend_from_slice(piece);
        Ok(())
    }
}

impl Deref for Gathered {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_gathered_in_their_order() {
        let whole: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for piece_len in [1, 7, 512, 1000] {
            let mut gathered = Gathered::default();
            for piece in whole.chunks(piece_len) {
                gathered.push(piece).unwrap();
            }
            assert_eq!(*gathered, whole[..], "{piece_len}");
        }
    }

    #[test]
    fn debug_shows_the_length_and_no_byte() {
        assert_eq!(format!("{:?}", SecretBytes::from(&b"\x41\x42"[..])), "[2 bytes]");
    }

    #[test]
    fn equality_is_by_value() {
        assert_eq!(SecretBytes::new(vec![1, 2]), SecretBytes::from(&[1, 2][..]));
        assert_ne!(SecretBytes::new(vec![1, 2]), SecretBytes::from(&[1, 3][..]));
        assert_ne!(SecretBytes::new(vec![1, 2]), SecretBytes::from(&[1][..]));
    }
}

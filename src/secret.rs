//! [`SecretBytes`]: bytes that stand in the vault, are wiped when dropped, show nothing in `Debug`, and compare in
//! constant time; public ones among them, if they are short, stand in place. [`Gathered`]: a message of any length that comes in pieces.

use std::fmt;
use std::ops::Deref;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::os::kept::KeptBytes;

/// Bytes of any length that are wiped when dropped, but for those of [`SecretBytes::public`]. `==` takes time that depends on the lengths only.
#[derive(Clone)]
pub struct SecretBytes(Place);

/// Where they stand.
enum Place {
    /// In the vault, or in memory that is wiped as it is.
    Kept(KeptBytes),
    /// Here, where neither memory nor the vault is asked for: what is no secret.
    Here {
        bytes: [u8; SecretBytes::PUBLIC_MAX],
        length: u8,
    },
}

impl Clone for Place {
    fn clone(&self) -> Self {
        match self {
            Self::Kept(bytes) => {
                let mut copy = KeptBytes::zeros(bytes.len());
                copy.copy_from_slice(bytes);
                Self::Kept(copy)
            }
            Self::Here { bytes, length } => Self::Here {
                bytes: *bytes,
                length: *length,
            },
        }
    }
}

impl SecretBytes {
    /// Most bytes that [`SecretBytes::public`] leaves in place: a `CK_ULONG`, a short label, whatever has room where
    /// others have their pointer and its neighbours.
    pub const PUBLIC_MAX: usize = 22;

    /// Takes over a vector; what it leaves behind is wiped.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Place::Kept(KeptBytes::take_over(bytes)))
    }

    /// `length` zero bytes, to be filled through [`SecretBytes::as_mut`].
    #[must_use]
    pub fn zeros(length: usize) -> Self {
        Self(Place::Kept(KeptBytes::zeros(length)))
    }

    /// Bytes that are no secret, to stand among others that are. Short ones are copied with whatever has them.
    #[must_use]
    pub fn public(value: &[u8]) -> Self {
        let mut bytes = [0; Self::PUBLIC_MAX];
        match (bytes.get_mut(..value.len()), u8::try_from(value.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(value);
                Self(Place::Here { bytes, length })
            }
            _ => Self::from(value),
        }
    }

    /// A public `CK_BBOOL`.
    #[must_use]
    pub const fn flag(value: bool) -> Self {
        let mut bytes = [0; Self::PUBLIC_MAX];
        let [first, ..] = &mut bytes;
        *first = if value { 1 } else { 0 };
        Self(Place::Here { bytes, length: 1 })
    }
}

impl Default for SecretBytes {
    fn default() -> Self {
        Self::public(&[])
    }
}

impl AsMut<[u8]> for SecretBytes {
    #[inline]
    fn as_mut(&mut self) -> &mut [u8] {
        match &mut self.0 {
            Place::Kept(bytes) => bytes,
            Place::Here { bytes, length } => bytes
                .split_at_mut_checked(usize::from(*length))
                .map_or(&mut [], |(used, _)| used),
        }
    }
}

impl Deref for SecretBytes {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Place::Kept(bytes) => bytes,
            Place::Here { bytes, length } => bytes.get(..usize::from(*length)).unwrap_or(bytes),
        }
    }
}

impl AsRef<[u8]> for SecretBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        let mut copy = KeptBytes::zeros(bytes.len());
        copy.copy_from_slice(bytes);
        Self(Place::Kept(copy))
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for SecretBytes {}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.len())
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

    #[test]
    fn public_bytes_are_the_same_wherever_they_stand() {
        for length in [0, 1, 8, SecretBytes::PUBLIC_MAX, SecretBytes::PUBLIC_MAX + 1] {
            let bytes = vec![7; length];
            let (mut public, kept) = (SecretBytes::public(&bytes), SecretBytes::from(&bytes[..]));
            assert_eq!(public, kept);
            assert_eq!(public.clone(), kept);
            assert_eq!(format!("{public:?}"), format!("{kept:?}"));
            public.as_mut().fill(8);
            assert_eq!(*public, vec![8; length]);
        }
        assert_eq!(*SecretBytes::flag(true), [1]);
        assert_ne!(SecretBytes::flag(false), SecretBytes::flag(true));
        assert_eq!(SecretBytes::default(), SecretBytes::zeros(0));
    }
}

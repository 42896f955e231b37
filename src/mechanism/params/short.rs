//! [`ShortBytes`]: bytes that are usually few, without an allocation.

use std::ops::Deref;

/// Bytes that are usually few: up to `N`, which is at most 255, stand in place, without an allocation.
#[derive(Clone, PartialEq, Eq)]
pub struct ShortBytes<const N: usize = 16>(Place<N>);

/// A flat vendor structure: in place up to the length of those that host commands send most.
pub type FlatBytes = ShortBytes<86>;

#[derive(Clone, PartialEq, Eq)]
enum Place<const N: usize> {
    /// As many of these as the number says; the others are zeros.
    Short(u8, [u8; N]),
    /// More than `N`.
    Long(Box<[u8]>),
}

impl<const N: usize> ShortBytes<N> {
    /// Copies the bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self::short(bytes).unwrap_or_else(|| Self(Place::Long(bytes.into())))
    }

    /// Copies the bytes if they are few, without an allocation.
    #[must_use]
    pub fn short(bytes: &[u8]) -> Option<Self> {
        let length = u8::try_from(bytes.len()).ok()?;
        let mut short = [0; N];
        short.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self(Place::Short(length, short)))
    }

    /// Puts another byte in the place of each.
    pub fn replace(&mut self, mut other: impl FnMut(usize, u8) -> u8) {
        let bytes = match &mut self.0 {
            Place::Short(length, short) => short.get_mut(..usize::from(*length)).unwrap_or_default(),
            Place::Long(long) => long,
        };
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = other(at, *byte);
        }
    }
}

impl<const N: usize> From<&[u8]> for ShortBytes<N> {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes)
    }
}

impl<const N: usize, const M: usize> From<[u8; M]> for ShortBytes<N> {
    fn from(bytes: [u8; M]) -> Self {
        Self::new(&bytes)
    }
}

impl<const N: usize> From<Vec<u8>> for ShortBytes<N> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::short(&bytes).unwrap_or_else(|| Self(Place::Long(bytes.into_boxed_slice())))
    }
}

impl<const N: usize> Deref for ShortBytes<N> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Place::Short(length, short) => short.get(..usize::from(*length)).unwrap_or_default(),
            Place::Long(long) => long,
        }
    }
}

impl<const N: usize> std::fmt::Debug for ShortBytes<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} bytes]", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_in_place_and_not() {
        for length in [0, 1, 15, 16, 17, 300] {
            let bytes: Vec<u8> = (0..=255).cycle().take(length).collect();
            let mut held = ShortBytes::<16>::new(&bytes);
            assert_eq!(matches!(held.0, Place::Short(..)), length <= 16);
            assert_eq!(&*held, &bytes[..]);
            assert_eq!(held, ShortBytes::from(bytes.clone()));
            assert_eq!(format!("{held:?}"), format!("[{length} bytes]"));
            held.replace(|_, byte| !byte);
            assert!(held.iter().zip(&bytes).all(|(one, other)| *one == !*other));
        }
        assert_eq!(&*FlatBytes::from([7; 86]), &[7; 86]);
        assert_ne!(ShortBytes::<16>::new(&[0]), ShortBytes::new(&[0, 0]));
    }

    /// What a parameter is moved by, several times in each call.
    #[test]
    fn parameters_are_no_longer_than_the_longest_flat_ones_need() {
        assert_eq!(size_of::<FlatBytes>(), 88);
        assert_eq!(size_of::<crate::mechanism::Params>(), 96);
    }
}

//! AES key wrap: RFC 3394, RFC 5649, and RFC 3394 over PKCS#7-padded data.
//!
//! A wrapped key that does not open gives one error, whatever is wrong with it, and nothing is left of it.

mod prefixed;

use super::aes::{AesKey, pad, unpad};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Length of the integrity value in bytes.
const INTEGRITY_LEN: usize = 8;

/// The way of wrapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyWrap {
    /// [RFC 3394]: 16 bytes or more in whole semiblocks of 8.
    Plain,
    /// [RFC 5649]: any number of bytes but none.
    Padded,
    /// [RFC 3394] after PKCS#7 padding to semiblocks: 8 bytes or more.
    Pkcs7,
}

/// What tells a wrapped key from other bytes when it is unwrapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Integrity {
    /// The initial value of the RFC.
    Standard,
    /// Another initial value, for what stands on [RFC 3394].
    Value([u8; INTEGRITY_LEN]),
    /// Other bytes before the length in the initial value of [RFC 5649, 3], for that alone.
    Prefix([u8; 4]),
}

impl Integrity {
    fn initial_value(&self) -> Option<&[u8; INTEGRITY_LEN]> {
        match self {
            Self::Standard | Self::Prefix(_) => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl KeyWrap {
    /// Length of the wrapped form of so many bytes.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if so many bytes cannot be wrapped.
    pub fn wrapped_len(self, length: usize) -> Result<usize> {
        let semiblocks = match self {
            Self::Plain if length < 16 || !length.is_multiple_of(8) => None,
            Self::Plain => Some(length),
            Self::Padded if length == 0 => None,
            Self::Padded => length.checked_next_multiple_of(8),
            Self::Pkcs7 if length < 8 => None,
            Self::Pkcs7 => (length / 8).checked_add(1).and_then(|count| count.checked_mul(8)),
        };
        semiblocks
            .and_then(|length| length.checked_add(INTEGRITY_LEN))
            .filter(|length| i32::try_from(*length).is_ok())
            .ok_or(Error::DataLenRange("this key wrap cannot take so many bytes"))
    }

    /// Wraps. `out` has exactly [`KeyWrap::wrapped_len`] bytes.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the data cannot be wrapped.
    pub fn wrap(self, key: &AesKey, integrity: Integrity, data: &[u8], out: &mut [u8]) -> Result<()> {
        if out.len() != self.wrapped_len(data.len())? {
            return Err(Error::Internal("key wrap was given a wrong length"));
        }
        let (schedule, _) = key.schedules();
        match self {
            Self::Plain => schedule.wrap(integrity.initial_value(), data, out),
            Self::Padded if let Integrity::Prefix(prefix) = integrity => {
                prefixed::wrap(key, prefix, data, out)
            }
            Self::Padded => schedule.wrap_padded(data, out).map(|_| ()),
            Self::Pkcs7 => {
                let mut padded = SecretBytes::zeros(out.len().saturating_sub(INTEGRITY_LEN));
                let (start, _) = padded
                    .as_mut()
                    .split_at_mut_checked(data.len())
                    .ok_or(Error::Internal("key wrap was given a wrong length"))?;
                start.copy_from_slice(data);
                pad(padded.as_mut(), data.len());
                schedule.wrap(integrity.initial_value(), &padded, out)
            }
        }
    }

    /// Length of the longest data in so many bytes of wrapped key.
    ///
    /// # Errors
    /// [`Error::EncryptedDataLenRange`] for a length that no wrapped key has.
    pub fn unwrapped_len_max(self, wrapped_len: usize) -> Result<usize> {
        const WRONG: Error = Error::EncryptedDataLenRange("no wrapped key has this length");
        let shortest = if self == Self::Padded { 16 } else { 24 };
        if wrapped_len < shortest || !wrapped_len.is_multiple_of(8) || i32::try_from(wrapped_len).is_err() {
            return Err(WRONG);
        }
        wrapped_len.checked_sub(INTEGRITY_LEN).ok_or(WRONG)
    }

    /// Unwraps into `out`, which has [`KeyWrap::unwrapped_len_max`] bytes; gives the length of the data.
    ///
    /// # Errors
    /// [`Error::EncryptedDataLenRange`] for a length that no wrapped key has, [`Error::EncryptedDataInvalid`] if it
    /// does not open; `out` is then wiped.
    pub fn unwrap(self, key: &AesKey, integrity: Integrity, wrapped: &[u8], out: &mut [u8]) -> Result<usize> {
        if out.len() != self.unwrapped_len_max(wrapped.len())? {
            return Err(Error::Internal("key unwrap was given a wrong length"));
        }
        let iv = integrity.initial_value();
        let (_, schedule) = key.schedules();
        match self {
            Self::Plain => schedule.unwrap(iv, wrapped, out).map(|()| out.len()),
            Self::Padded if let Integrity::Prefix(prefix) = integrity => {
                prefixed::unwrap(key, prefix, wrapped, out)?
            }
            Self::Padded => schedule.unwrap_padded(wrapped, out),
            Self::Pkcs7 => schedule.unwrap(iv, wrapped, out).and_then(|()| unpadded_len(out)),
        }
        .ok_or(Error::EncryptedDataInvalid)
    }
}

/// Length of the data before its padding to semiblocks; wipes everything if there is none.
fn unpadded_len(data: &mut [u8]) -> Option<usize> {
    let (before, last) = data.split_at_checked(data.len().checked_sub(8)?)?;
    match unpad(last) {
        Ok(in_last) => before.len().checked_add(in_last),
        Err(_) => {
            zeroize::Zeroize::zeroize(data);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    fn wrap(way: KeyWrap, kek: &AesKey, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0; way.wrapped_len(data.len()).unwrap()];
        way.wrap(kek, Integrity::Standard, data, &mut out).unwrap();
        out
    }

    fn unwrap(way: KeyWrap, kek: &AesKey, wrapped: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; wrapped.len().saturating_sub(8)];
        let length = way.unwrap(kek, Integrity::Standard, wrapped, &mut out)?;
        out.truncate(length);
        Ok(out)
    }

    /// [RFC 3394, 4.1 to 4.6].
    #[test]
    fn keys_wrap_as_in_rfc_3394() {
        let kek = hex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
        let data = hex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F");
        for (kek_len, data_len, expected) in [
            (16, 16, "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"),
            (24, 16, "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"),
            (32, 16, "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"),
            (
                24,
                24,
                "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2",
            ),
            (
                32,
                24,
                "A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1",
            ),
            (
                32,
                32,
                "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
            ),
        ] {
            let kek = AesKey::new(&kek[..kek_len]).unwrap();
            assert_eq!(wrap(KeyWrap::Plain, &kek, &data[..data_len]), hex(expected));
            assert_eq!(
                unwrap(KeyWrap::Plain, &kek, &hex(expected)).unwrap(),
                &data[..data_len]
            );
        }
    }

    /// [RFC 5649, 6].
    #[test]
    fn keys_wrap_as_in_rfc_5649() {
        let kek = AesKey::new(&hex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")).unwrap();
        for (data, expected) in [
            (
                "c37b7e6492584340bed12207808941155068f738",
                "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
            ),
            ("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
        ] {
            assert_eq!(wrap(KeyWrap::Padded, &kek, &hex(data)), hex(expected));
            assert_eq!(unwrap(KeyWrap::Padded, &kek, &hex(expected)).unwrap(), hex(data));
        }
    }

    #[test]
    fn every_length_comes_back_and_every_changed_byte_is_seen() {
        let kek = AesKey::new(&[7; 32]).unwrap();
        for way in [KeyWrap::Plain, KeyWrap::Padded, KeyWrap::Pkcs7] {
            for length in 0..70_u8 {
                let data: Vec<u8> = (0..length).collect();
                if way.wrapped_len(data.len()).is_err() {
                    continue;
                }
                let mut wrapped = wrap(way, &kek, &data);
                assert_eq!(unwrap(way, &kek, &wrapped).unwrap(), data, "{way:?} {length}");
                let at = usize::from(length) % wrapped.len();
                wrapped[at] ^= 0x10;
                assert_eq!(unwrap(way, &kek, &wrapped), Err(Error::EncryptedDataInvalid));
            }
        }
    }

    #[test]
    fn lengths_are_those_of_the_ways() {
        let allowed = |way: KeyWrap| {
            (0..33)
                .filter(|length| way.wrapped_len(*length).is_ok())
                .collect::<Vec<_>>()
        };
        assert_eq!(allowed(KeyWrap::Plain), [16, 24, 32]);
        assert_eq!(allowed(KeyWrap::Padded), (1..33).collect::<Vec<_>>());
        assert_eq!(allowed(KeyWrap::Pkcs7), (8..33).collect::<Vec<_>>());
        let kek = AesKey::new(&[7; 16]).unwrap();
        for (way, length) in [(KeyWrap::Plain, 16), (KeyWrap::Padded, 8), (KeyWrap::Pkcs7, 25)] {
            let refused = unwrap(way, &kek, &vec![0; length]);
            assert!(matches!(refused, Err(Error::EncryptedDataLenRange(_))), "{way:?}");
        }
    }
}

//! RSA keys as key blocks and host commands have them: `RSAPrivateKey` and `RSAPublicKey` [RFC 8017, A.1].

use der::Encode;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use pkcs8::{AlgorithmIdentifierRef, PrivateKeyInfoRef};

use crate::crypto::der::{Tag, cut, element, integer};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// `rsaEncryption` [RFC 3279, 2.3.1].
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The `RSAPrivateKey` in a PKCS#8 `PrivateKeyInfo`; `None` if another key is in it.
pub(super) fn pkcs1_of(pkcs8: &[u8]) -> Option<&[u8]> {
    let info = PrivateKeyInfoRef::try_from(pkcs8).ok()?;
    (info.algorithm.oid == RSA).then(|| info.private_key.as_bytes())
}

/// The PKCS#8 `PrivateKeyInfo` of an `RSAPrivateKey`.
///
/// # Errors
/// [`Error::WrappedKeyInvalid`].
pub(super) fn pkcs8_of(pkcs1: &[u8]) -> Result<SecretBytes> {
    let wrong = |_| Error::WrappedKeyInvalid;
    let algorithm = AlgorithmIdentifierRef {
        oid: RSA,
        parameters: Some(AnyRef::NULL),
    };
    let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(pkcs1).map_err(wrong)?);
    let length = info.encoded_len().map_err(wrong)?;
    let mut bytes = SecretBytes::zeros(usize::try_from(length).map_err(|_| Error::WrappedKeyInvalid)?);
    info.encode_to_slice(bytes.as_mut()).map_err(wrong)?;
    Ok(bytes)
}

/// A public key: a SEQUENCE of modulus and exponent. Devices also take INTEGERs whose content is the number itself, without
/// a zero before a first bit 1 ("unsigned representation").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey<'a> {
    /// As it stands there.
    pub encoded: &'a [u8],
    /// The modulus without leading zeros.
    pub modulus: &'a [u8],
    /// The exponent without leading zeros.
    pub exponent: &'a [u8],
    /// Whether both INTEGERs are as DER wants them.
    pub is_der: bool,
}

const SIGN: u8 = 0x80;

impl<'a> PublicKey<'a> {
    /// Reads a public key at the beginning of `bytes`; gives it and what follows. `None` if there is none.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (content, rest) = cut(bytes, Tag::Sequence)?;
        let (modulus, behind) = cut(content, Tag::Integer)?;
        let (exponent, nothing) = cut(behind, Tag::Integer)?;
        if !nothing.is_empty() {
            return None;
        }
        let negative = |number: &[u8]| number.first().is_some_and(|first| first & SIGN != 0);
        let is_der = !negative(modulus) && !negative(exponent);
        let key = Self {
            encoded: bytes.get(..bytes.len().checked_sub(rest.len())?)?,
            modulus: magnitude(modulus)?,
            exponent: magnitude(exponent)?,
            is_der,
        };
        Some((key, rest))
    }

    /// Writes one: as DER, or with numbers without a sign.
    #[must_use]
    pub fn write(modulus: &[u8], exponent: &[u8], is_der: bool) -> Vec<u8> {
        let number = |number: &[u8]| match is_der {
            true => integer(number),
            false => element(Tag::Integer, &[number]),
        };
        element(Tag::Sequence, &[&number(modulus), &number(exponent)]).to_vec()
    }

    /// Length of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        let zeros = self.modulus.first().map_or(0, |first| first.leading_zeros());
        (8 * self.modulus.len()).saturating_sub(usize::try_from(zeros).unwrap_or(0))
    }
}

/// The number of an INTEGER without the zero before it; `None` for more zeros than one, and for none at all.
fn magnitude(content: &[u8]) -> Option<&[u8]> {
    match content {
        [] | [0] | [0, 0, ..] => None,
        [0, number @ ..] => Some(number),
        number => Some(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the published examples of EQ and EU, whose modulus has no zero before it.
    const PUBLISHED: &[u8] = b"\x30\x47\x02\x40\xAE\x21\x3E\xBD\xFE\x27\x26\x16\x05\x81\x14\xCA\x5D\x6E\x8D\xDD\x2F\x97\x6E\xF0\
        \xC6\xD6\xF6\xAD\xE0\x20\x4E\x91\x6C\xE0\xB5\xC7\x04\xA1\xA9\xF1\xF6\x31\xF5\x78\xD7\xB8\x7D\x19\x81\x95\x1B\xB9\
        \x9A\x57\x24\x00\xAC\x43\xBB\x3A\xF8\xC2\xA4\x06\x8A\x00\x52\x25\x02\x03\x01\x00\x01";

    #[test]
    fn the_published_key_is_read_and_written() {
        let with_more = [PUBLISHED, b"AUTH"].concat();
        let (key, rest) = PublicKey::parse(&with_more).unwrap();
        assert_eq!((key.encoded, rest), (PUBLISHED, &b"AUTH"[..]));
        assert_eq!(
            (key.bits(), key.exponent, key.is_der),
            (512, &[1, 0, 1][..], false)
        );
        assert_eq!(PublicKey::write(key.modulus, key.exponent, false), PUBLISHED);
        let der = PublicKey::write(key.modulus, key.exponent, true);
        let (same, _) = PublicKey::parse(&der).unwrap();
        assert_eq!(
            (same.modulus, same.is_der, der.len()),
            (key.modulus, true, PUBLISHED.len() + 1)
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in [
            &b""[..],
            b"\x30",
            b"\x30\x00",
            b"\x31\x06\x02\x01\x05\x02\x01\x03",
            b"\x30\x07\x02\x01\x05\x02\x01\x03\x00",
            b"\x30\x81\x06\x02\x01\x05\x02\x01\x03",
            b"\x30\x06\x02\x01\x00\x02\x01\x03",
            b"\x30\x07\x02\x02\x00\x05\x02\x02\x01\x03",
            b"\x30\x08\x02\x03\x00\x00\x05\x02\x01\x03",
            b"\x30\x80\x02\x01\x05\x02\x01\x03\x00\x00",
        ] {
            assert_eq!(PublicKey::parse(wrong), None, "{wrong:02X?}");
        }
        for length in 0..PUBLISHED.len() {
            assert_eq!(PublicKey::parse(&PUBLISHED[..length]), None);
        }
    }
}

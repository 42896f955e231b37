//! X25519 [RFC 7748] on aws-lc, and X448.
//!
//! Keys are immutable and shared by threads. Only `mechanism/` and `object/` may call.

use zeroize::Zeroizing;

use super::aws_lc::curve25519;
use super::ec::{CurveName, strip_point};
use super::{goldilocks, rng};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Bytes of an X25519 private key, a public key and a shared secret.
const KEY_LEN: usize = 32;
/// The identifier of X25519 in use before RFC 8410.
const OLD_OID_DER: &[u8] = b"\x06\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01";

/// A Montgomery curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Curve {
    /// curve25519.
    X25519,
    /// curve448.
    X448,
}

impl Curve {
    /// Reads `CKA_EC_PARAMS` of a Montgomery key.
    ///
    /// # Errors
    /// [`Error::CurveNotSupported`] for other curves; [`Error::DomainParamsInvalid`] for what names none.
    pub fn from_params(params: &[u8]) -> Result<Self> {
        let name = CurveName::parse(params)?;
        if name.is(Self::X25519.oid_der(), &["curve25519", "X25519"]) || name.is(OLD_OID_DER, &[]) {
            return Ok(Self::X25519);
        }
        match name.is(Self::X448.oid_der(), &["curve448", "X448"]) {
            true => Ok(Self::X448),
            false => Err(Error::CurveNotSupported),
        }
    }

    /// `CKA_EC_PARAMS`: the object identifier [RFC 8410] in DER.
    #[must_use]
    pub const fn oid_der(self) -> &'static [u8] {
        match self {
            Self::X25519 => b"\x06\x03\x2b\x65\x6e",
            Self::X448 => b"\x06\x03\x2b\x65\x6f",
        }
    }

    /// Bytes of a private key, a public key and a shared secret.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::X25519 => KEY_LEN,
            Self::X448 => goldilocks::MONTGOMERY_LEN,
        }
    }

    /// Bits of the field.
    #[must_use]
    pub const fn field_bits(self) -> u16 {
        match self {
            Self::X25519 => 255,
            Self::X448 => 448,
        }
    }
}

/// A public key: any bytes of the curve's length [RFC 7748, 5].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey(Public);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Public {
    X25519([u8; KEY_LEN]),
    X448([u8; goldilocks::MONTGOMERY_LEN]),
}

impl PublicKey {
    /// A key from its bytes, raw or as a DER octet string or bit string.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] for another length.
    pub fn from_bytes(curve: Curve, bytes: &[u8]) -> Result<Self> {
        let raw = strip_point(bytes, &[curve.key_len()])?;
        let key = match curve {
            Curve::X25519 => raw.try_into().map(Public::X25519),
            Curve::X448 => raw.try_into().map(Public::X448),
        };
        key.map(Self)
            .map_err(|_| Error::PublicKeyInvalid("a Montgomery public key has another length"))
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        match self.0 {
            Public::X25519(_) => Curve::X25519,
            Public::X448(_) => Curve::X448,
        }
    }

    /// The key's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Public::X25519(key) => key,
            Public::X448(key) => key,
        }
    }
}

/// A key pair.
pub struct PrivateKey {
    private: Private,
    public: PublicKey,
}

enum Private {
    X25519(Zeroizing<[u8; KEY_LEN]>),
    X448(Zeroizing<[u8; goldilocks::MONTGOMERY_LEN]>),
}

impl PrivateKey {
    /// Makes a key pair.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the random source fails.
    pub fn generate(curve: Curve) -> Result<Self> {
        let mut private = SecretBytes::zeros(curve.key_len());
        rng::system(private.as_mut())?;
        Self::from_bytes(curve, &private)
    }

    /// A key pair from the bytes of the private key. They are kept as they are; the arithmetic clamps them.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] for another length.
    pub fn from_bytes(curve: Curve, bytes: &[u8]) -> Result<Self> {
        const WRONG: Error = Error::KeyInvalid("a Montgomery private key is as long as a public one");
        let (private, public) = match curve {
            Curve::X25519 => {
                let private = Zeroizing::new(bytes.try_into().map_err(|_| WRONG)?);
                let mut public = [0; KEY_LEN];
                curve25519::x25519_public(&private, &mut public);
                (Private::X25519(private), Public::X25519(public))
            }
            Curve::X448 => {
                let private = Zeroizing::new(bytes.try_into().map_err(|_| WRONG)?);
                let public = goldilocks::x448_public(&private);
                (Private::X448(private), Public::X448(public))
            }
        };
        Ok(Self {
            private,
            public: PublicKey(public),
        })
    }

    /// The bytes of the private key.
    #[must_use]
    pub fn private_bytes(&self) -> SecretBytes {
        match &self.private {
            Private::X25519(key) => key.as_slice().into(),
            Private::X448(key) => key.as_slice().into(),
        }
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.public.curve()
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The shared secret with the other side's key.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if the secret is all zeros [RFC 7748, 6.1 and 6.2], or the key is on another curve.
    pub fn shared_secret(&self, peer: &PublicKey) -> Result<SecretBytes> {
        match (&self.private, &peer.0) {
            (Private::X25519(private), Public::X25519(peer)) => {
                let mut shared = Zeroizing::new([0; KEY_LEN]);
                curve25519::x25519(private, peer, &mut shared)?;
                Ok(shared.as_slice().into())
            }
            (Private::X448(private), Public::X448(peer)) => goldilocks::x448(private, peer)
                .map(|shared| shared.as_slice().into())
                .ok_or(Error::PublicKeyInvalid("the point has a small order")),
            _ => Err(Error::PublicKeyInvalid("the key is on another curve")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    #[test]
    fn the_exchange_of_rfc_7748_gives_its_secret() {
        // [RFC 7748, 6.1]
        let alice = PrivateKey::from_bytes(
            Curve::X25519,
            &hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
        )
        .unwrap();
        let bob = PrivateKey::from_bytes(
            Curve::X25519,
            &hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
        )
        .unwrap();
        let alice_public = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        assert_eq!(alice.public().as_bytes()[..], alice_public);
        assert_eq!(alice.shared_secret(bob.public()).unwrap()[..], shared);
        assert_eq!(bob.shared_secret(alice.public()).unwrap()[..], shared);
    }

    #[test]
    fn a_public_key_is_taken_in_every_form_by_its_length() {
        let mut raw = [0x04; 32];
        raw[1] = 0x20; // A raw key that looks like the start of an octet string.
        let octets = [&[0x04, 32][..], &raw].concat();
        let bits = [&[0x03, 33, 0][..], &raw].concat();
        for form in [&raw[..], &octets, &bits] {
            assert_eq!(
                PublicKey::from_bytes(Curve::X25519, form).unwrap().as_bytes(),
                &raw
            );
        }
        assert!(PublicKey::from_bytes(Curve::X25519, &raw[1..]).is_err());
    }

    #[test]
    fn a_point_of_small_order_is_an_error() {
        let key = PrivateKey::generate(Curve::X25519).unwrap();
        for first in [0, 1] {
            let mut point = [0; 32];
            point[0] = first;
            let peer = PublicKey::from_bytes(Curve::X25519, &point).unwrap();
            assert!(matches!(
                key.shared_secret(&peer),
                Err(Error::PublicKeyInvalid(_))
            ));
        }
    }
}

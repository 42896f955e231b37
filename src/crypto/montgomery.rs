//! X25519 [RFC 7748] on aws-lc.
//!
//! Keys are immutable and shared by threads. Only `mechanism/` and `object/` may call.

use zeroize::Zeroizing;

use super::aws_lc::curve25519;
use super::ec::{CurveName, strip_point};
use super::rng;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Bytes of a private key, a public key and a shared secret.
pub const KEY_LEN: usize = 32;
/// `CKA_EC_PARAMS` of X25519: the object identifier id-X25519 [RFC 8410] in DER.
pub const OID_DER: &[u8] = b"\x06\x03\x2b\x65\x6e";
/// The identifier in use before RFC 8410.
const OLD_OID_DER: &[u8] = b"\x06\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01";
const NAMES: &[&str] = &["curve25519", "X25519"];

/// Reads `CKA_EC_PARAMS` of a Montgomery key.
///
/// # Errors
/// [`Error::CurveNotSupported`] for other curves; [`Error::DomainParamsInvalid`] for what names none.
pub fn check_params(params: &[u8]) -> Result<()> {
    let name = CurveName::parse(params)?;
    if name.is(OID_DER, NAMES) || name.is(OLD_OID_DER, &[]) {
        return Ok(());
    }
    Err(Error::CurveNotSupported)
}

/// A public key: any 32 bytes [RFC 7748, 5].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey([u8; KEY_LEN]);

impl PublicKey {
    /// A key from its 32 bytes, raw or as a DER octet string or bit string.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] for another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        strip_point(bytes, &[KEY_LEN])?
            .try_into()
            .map(Self)
            .map_err(|_| Error::PublicKeyInvalid("an X25519 public key has 32 bytes"))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

/// A key pair.
pub struct PrivateKey {
    private: Zeroizing<[u8; KEY_LEN]>,
    public: PublicKey,
}

impl PrivateKey {
    /// Makes a key pair.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the random source fails.
    pub fn generate() -> Result<Self> {
        let mut private = Zeroizing::new([0; KEY_LEN]);
        rng::system(private.as_mut())?;
        Ok(Self::new(private))
    }

    /// A key pair from the 32 bytes of the private key. They are kept as they are; the arithmetic clamps them.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] for another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let private: &[u8; KEY_LEN] = bytes
            .try_into()
            .map_err(|_| Error::KeyInvalid("an X25519 private key has 32 bytes"))?;
        Ok(Self::new(Zeroizing::new(*private)))
    }

    fn new(private: Zeroizing<[u8; KEY_LEN]>) -> Self {
        let mut public = [0; KEY_LEN];
        curve25519::x25519_public(&private, &mut public);
        Self {
            private,
            public: PublicKey(public),
        }
    }

    /// The 32 bytes of the private key.
    #[must_use]
    pub fn private_bytes(&self) -> SecretBytes {
        self.private.as_slice().into()
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The shared secret with the other side's key.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if the secret is all zeros [RFC 7748, 6.1].
    pub fn shared_secret(&self, peer: &PublicKey) -> Result<SecretBytes> {
        let mut shared = Zeroizing::new([0; KEY_LEN]);
        curve25519::x25519(&self.private, &peer.0, &mut shared)?;
        Ok(shared.as_slice().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    #[test]
    fn the_exchange_of_rfc_7748_gives_its_secret() {
        // [RFC 7748, 6.1]
        let alice = PrivateKey::from_bytes(&hex(
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        ))
        .unwrap();
        let bob = PrivateKey::from_bytes(&hex(
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        ))
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
            assert_eq!(PublicKey::from_bytes(form).unwrap().as_bytes(), &raw);
        }
        assert!(PublicKey::from_bytes(&raw[1..]).is_err());
    }

    #[test]
    fn a_point_of_small_order_is_an_error() {
        let key = PrivateKey::generate().unwrap();
        for first in [0, 1] {
            let mut point = [0; 32];
            point[0] = first;
            let peer = PublicKey::from_bytes(&point).unwrap();
            assert!(matches!(
                key.shared_secret(&peer),
                Err(Error::PublicKeyInvalid(_))
            ));
        }
    }
}

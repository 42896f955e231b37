//! Ed25519, Ed25519ctx and Ed25519ph [RFC 8032, 5.1]. Signing and the rarer forms are aws-lc's, pure verification is
//! `ed25519-dalek`'s with the point decompressed once: each is the faster one at that.
//!
//! Keys are immutable and shared by threads. Only `mechanism/` and `object/` may call.

use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use zeroize::Zeroizing;

use super::aws_lc::curve25519::{self, Form};
use super::ec::{CurveName, strip_point};
use super::rng;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Bytes of a seed and of a public key.
pub const KEY_LEN: usize = 32;
/// Bytes of a signature.
pub const SIGNATURE_LEN: usize = 64;
/// Longest context in bytes.
pub const CONTEXT_LEN_MAX: usize = 255;
/// `CKA_EC_PARAMS` of Ed25519: the object identifier id-Ed25519 [RFC 8410] in DER.
pub const OID_DER: &[u8] = b"\x06\x03\x2b\x65\x70";
/// The identifier in use before RFC 8410.
const OLD_OID_DER: &[u8] = b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";
const NAMES: &[&str] = &["edwards25519", "Ed25519"];

/// Which form is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme<'a> {
    /// Ed25519.
    Pure,
    /// Ed25519ctx with a context of 1 to [`CONTEXT_LEN_MAX`] bytes.
    Context(&'a [u8]),
    /// Ed25519ph with a context of 0 to [`CONTEXT_LEN_MAX`] bytes: what is signed is the SHA-512 digest of the message.
    Prehashed(&'a [u8]),
}

impl<'a> From<Scheme<'a>> for Form<'a> {
    fn from(scheme: Scheme<'a>) -> Self {
        match scheme {
            Scheme::Pure => Self::Pure,
            Scheme::Context(context) => Self::Context(context),
            Scheme::Prehashed(context) => Self::Prehashed(context),
        }
    }
}

/// Reads `CKA_EC_PARAMS` of an Edwards key.
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

/// A public key.
pub struct PublicKey(VerifyingKey);

/// A key pair.
pub struct PrivateKey {
    /// The seed and the public key, as the library wants them.
    pair: Zeroizing<[u8; 64]>,
}

impl PublicKey {
    /// A key from its 32 bytes, raw or as a DER octet string or bit string.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if they are not the encoding of a point.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let wrong = Error::PublicKeyInvalid("not a point of edwards25519");
        let raw: &[u8; KEY_LEN] = strip_point(bytes, &[KEY_LEN])?
            .try_into()
            .map_err(|_| wrong.clone())?;
        VerifyingKey::from_bytes(raw).map(Self).map_err(|_| wrong)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        self.0.as_bytes()
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`]; [`Error::Crypto`] for a context or digest of a wrong
    /// length.
    pub fn verify(&self, scheme: Scheme<'_>, message: &[u8], signature: &[u8]) -> Result<()> {
        let signature: &[u8; SIGNATURE_LEN] = signature.try_into().map_err(|_| Error::SignatureLenRange)?;
        let fits = match scheme {
            Scheme::Pure => self.0.verify(message, &Signature::from_bytes(signature)).is_ok(),
            other => curve25519::ed25519_verify(self.as_bytes(), other.into(), message, signature)?,
        };
        if fits {
            Ok(())
        } else {
            Err(Error::SignatureInvalid)
        }
    }
}

impl PrivateKey {
    /// Makes a key pair.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the random source fails.
    pub fn generate() -> Result<Self> {
        let mut seed = Zeroizing::new([0; KEY_LEN]);
        rng::system(seed.as_mut())?;
        Ok(Self::new(&seed))
    }

    /// A key pair from its seed of 32 bytes.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] for another length.
    pub fn from_seed(seed: &[u8]) -> Result<Self> {
        let seed = seed
            .try_into()
            .map_err(|_| Error::KeyInvalid("an Ed25519 private key has 32 bytes"))?;
        Ok(Self::new(seed))
    }

    fn new(seed: &[u8; KEY_LEN]) -> Self {
        let mut pair = Zeroizing::new([0; 64]);
        curve25519::ed25519_pair(seed, &mut pair);
        Self { pair }
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> SecretBytes {
        self.pair
            .first_chunk::<KEY_LEN>()
            .map_or_else(SecretBytes::default, |seed| seed.as_slice().into())
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn public_bytes(&self) -> [u8; KEY_LEN] {
        self.pair.last_chunk().copied().unwrap_or_default()
    }

    /// Signs; `out` has [`SIGNATURE_LEN`] bytes.
    ///
    /// # Errors
    /// [`Error::Crypto`] for a context or digest of a wrong length.
    pub fn sign(&self, scheme: Scheme<'_>, message: &[u8], out: &mut [u8]) -> Result<()> {
        let out = out.try_into().map_err(|_| Error::Internal("EdDSA output"))?;
        curve25519::ed25519_sign(&self.pair, scheme.into(), message, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    fn check(seed: &str, public: &str, scheme: Scheme<'_>, message: &[u8], signature: &str) {
        let key = PrivateKey::from_seed(&hex(seed)).unwrap();
        assert_eq!(key.public_bytes()[..], hex(public));
        let mut made = [0; SIGNATURE_LEN];
        key.sign(scheme, message, &mut made).unwrap();
        assert_eq!(made[..], hex(signature));
        let public = PublicKey::from_bytes(&hex(public)).unwrap();
        public.verify(scheme, message, &made).unwrap();
        made[40] ^= 1;
        assert_eq!(
            public.verify(scheme, message, &made),
            Err(Error::SignatureInvalid)
        );
        assert_eq!(
            public.verify(scheme, message, &made[1..]),
            Err(Error::SignatureLenRange)
        );
    }

    #[test]
    fn pure_signatures_are_those_of_rfc_8032() {
        // [RFC 8032, 7.1, tests 1 and 2]
        check(
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            Scheme::Pure,
            b"",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b\
             d25bf5f0595bbe24655141438e7a100b",
        );
        check(
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            Scheme::Pure,
            &[0x72],
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c\
             387b2eaeb4302aeeb00d291612bb0c00",
        );
    }

    #[test]
    fn context_signatures_are_those_of_rfc_8032() {
        // [RFC 8032, 7.2, foo and bar]
        let seed = "0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6";
        let public = "dfc9425e4f968f7f0c29f0259cf5f9aed6851c2bb4ad8bfb860cfee0ab248292";
        let message = hex("f726936d19c800494e3fdaff20b276a8");
        check(
            seed,
            public,
            Scheme::Context(b"foo"),
            &message,
            "55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a8b36950b95130022907a7fb7c4e9b2d5\
             f6cca685a587b4b21f4b888e4e7edb0d",
        );
        check(
            seed,
            public,
            Scheme::Context(b"bar"),
            &message,
            "fc60d5872fc46b3aa69f8b5b4351d5808f92bcc044606db097abab6dbcb1aee3216c48e8b3b66431b5b186d1d28f8ee1\
             5a5ca2df6668346291c2043d4eb3e90d",
        );
    }

    #[test]
    fn a_prehashed_signature_is_that_of_rfc_8032() {
        // [RFC 8032, 7.3]
        use sha2::{Digest, Sha512};
        check(
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            Scheme::Prehashed(b""),
            &Sha512::digest(b"abc"),
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aa\
             a10b8c61e636062aaad11c2a26083406",
        );
    }

    #[test]
    fn contexts_and_digests_of_a_wrong_length_are_refused() {
        let key = PrivateKey::generate().unwrap();
        let mut out = [0; SIGNATURE_LEN];
        assert!(key.sign(Scheme::Context(&[0; 256]), b"", &mut out).is_err());
        assert!(
            key.sign(Scheme::Prehashed(&[0; 256]), &[0; 64], &mut out)
                .is_err()
        );
        assert!(key.sign(Scheme::Prehashed(b""), &[0; 63], &mut out).is_err());
        assert!(key.sign(Scheme::Context(b""), b"", &mut out).is_err());
    }

    #[test]
    fn the_curve_is_known_by_every_name_in_the_field() {
        for name in [OID_DER, OLD_OID_DER, b"\x13\x0cedwards25519"] {
            check_params(name).unwrap();
        }
        assert_eq!(check_params(b"\x13\x0aedwards448"), Err(Error::CurveNotSupported));
        assert!(matches!(
            check_params(b"\x06\x03\x2b\x65"),
            Err(Error::DomainParamsInvalid(_))
        ));
    }
}

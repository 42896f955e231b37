//! Ed25519, Ed25519ctx and Ed25519ph [RFC 8032, 5.1], Ed448 and Ed448ph [RFC 8032, 5.2]. Of Ed25519, signing and the rarer forms are aws-lc's, pure verification is
//! `ed25519-dalek`'s with the point decompressed once: each is the faster one at that.
//!
//! Keys are immutable and shared by threads. Only `mechanism/` and `object/` may call.

mod curve;

pub use curve::{Curve, Prehasher};

use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use zeroize::Zeroizing;

use super::aws_lc::curve25519::{self, Form};
use super::ec::strip_point;
use super::{goldilocks, rng};
use crate::error::{Error, Result};
use crate::os::kept::Kept;
use crate::secret::SecretBytes;

/// Bytes of an Ed25519 seed and of a public key.
const KEY_LEN: usize = 32;
/// Bytes of an Ed25519 signature.
const SIGNATURE_LEN: usize = 64;
/// Longest context in bytes.
pub const CONTEXT_LEN_MAX: usize = 255;
/// Which form is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme<'a> {
    /// Ed25519, or Ed448 with an empty context.
    Pure,
    /// Ed25519ctx or Ed448 with a context of 1 to [`CONTEXT_LEN_MAX`] bytes.
    Context(&'a [u8]),
    /// Ed25519ph or Ed448ph with a context of 0 to [`CONTEXT_LEN_MAX`] bytes: what is signed is the digest of the
    /// message that [`Curve::prehasher`] makes.
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

impl<'a> From<Scheme<'a>> for goldilocks::Form<'a> {
    fn from(scheme: Scheme<'a>) -> Self {
        match scheme {
            Scheme::Pure => Self::Plain(&[]),
            Scheme::Context(context) => Self::Plain(context),
            Scheme::Prehashed(context) => Self::Prehashed(context),
        }
    }
}

/// A public key.
pub struct PublicKey(Public);

enum Public {
    Ed25519(VerifyingKey),
    Ed448(Box<goldilocks::EdwardsPublic>),
}

/// A key pair.
pub struct PrivateKey(Private);

enum Private {
    /// The seed and the public key, as the library wants them.
    Ed25519(Zeroizing<[u8; 64]>),
    Ed448(Kept<goldilocks::EdwardsPrivate>),
}

impl PublicKey {
    /// A key from its bytes, raw or as a DER octet string or bit string.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if they are not the encoding of a point.
    pub fn from_bytes(curve: Curve, bytes: &[u8]) -> Result<Self> {
        const WRONG: Error = Error::PublicKeyInvalid("not a point of the curve");
        let raw = strip_point(bytes, &[curve.key_len()])?;
        let key = match curve {
            Curve::Ed25519 => raw
                .try_into()
                .ok()
                .and_then(|raw| VerifyingKey::from_bytes(raw).ok())
                .map(Public::Ed25519),
            Curve::Ed448 => raw
                .try_into()
                .ok()
                .and_then(goldilocks::EdwardsPublic::from_bytes)
                .map(|key| Public::Ed448(Box::new(key))),
        };
        key.map(Self).ok_or(WRONG)
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        match self.0 {
            Public::Ed25519(_) => Curve::Ed25519,
            Public::Ed448(_) => Curve::Ed448,
        }
    }

    /// The key's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Public::Ed25519(key) => key.as_bytes(),
            Public::Ed448(key) => key.as_bytes(),
        }
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`]; [`Error::Crypto`] for a context or digest of a wrong
    /// length.
    pub fn verify(&self, scheme: Scheme<'_>, message: &[u8], signature: &[u8]) -> Result<()> {
        if signature.len() != self.curve().signature_len() {
            return Err(Error::SignatureLenRange);
        }
        let fits = match &self.0 {
            Public::Ed25519(key) => verify_25519(key, scheme, message, signature)?,
            Public::Ed448(key) => key.verify(scheme.into(), message, signature)?,
        };
        match fits {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }
}

fn verify_25519(key: &VerifyingKey, scheme: Scheme<'_>, message: &[u8], signature: &[u8]) -> Result<bool> {
    let signature: &[u8; SIGNATURE_LEN] = signature.try_into().map_err(|_| Error::SignatureLenRange)?;
    match scheme {
        Scheme::Pure => Ok(key.verify(message, &Signature::from_bytes(signature)).is_ok()),
        other => curve25519::ed25519_verify(key.as_bytes(), other.into(), message, signature),
    }
}

impl PrivateKey {
    /// Makes a key pair.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the random source fails.
    pub fn generate(curve: Curve) -> Result<Self> {
        let mut seed = SecretBytes::zeros(curve.key_len());
        rng::system(seed.as_mut())?;
        Self::from_seed(curve, &seed)
    }

    /// A key pair from its seed.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] for another length.
    pub fn from_seed(curve: Curve, seed: &[u8]) -> Result<Self> {
        const WRONG: Error = Error::KeyInvalid("an Edwards private key is as long as a public one");
        Ok(Self(match curve {
            Curve::Ed25519 => {
                let mut pair = Zeroizing::new([0; 64]);
                curve25519::ed25519_pair(seed.try_into().map_err(|_| WRONG)?, &mut pair);
                Private::Ed25519(pair)
            }
            Curve::Ed448 => {
                let seed = seed.try_into().map_err(|_| WRONG)?;
                Private::Ed448(Kept::new(goldilocks::EdwardsPrivate::from_seed(seed)))
            }
        }))
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        match self.0 {
            Private::Ed25519(_) => Curve::Ed25519,
            Private::Ed448(_) => Curve::Ed448,
        }
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> SecretBytes {
        match &self.0 {
            Private::Ed25519(pair) => pair.get(..KEY_LEN).unwrap_or_default().into(),
            Private::Ed448(key) => key.seed().into(),
        }
    }

    /// The bytes of the public key.
    #[must_use]
    pub fn public_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Private::Ed25519(pair) => pair.get(KEY_LEN..).unwrap_or_default().to_vec(),
            Private::Ed448(key) => key.public_bytes(),
        }
    }

    /// Signs; `out` has [`Curve::signature_len`] bytes.
    ///
    /// # Errors
    /// [`Error::Crypto`] for a context or digest of a wrong length.
    pub fn sign(&self, scheme: Scheme<'_>, message: &[u8], out: &mut [u8]) -> Result<()> {
        match &self.0 {
            Private::Ed25519(pair) => {
                let out = out.try_into().map_err(|_| Error::Internal("EdDSA output"))?;
                curve25519::ed25519_sign(pair, scheme.into(), message, out)
            }
            Private::Ed448(key) => key.sign(scheme.into(), message, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::curve::OLD_OID_DER;
    use super::*;
    use crate::crypto::testing::hex;

    fn check(seed: &str, public: &str, scheme: Scheme<'_>, message: &[u8], signature: &str) {
        let key = PrivateKey::from_seed(Curve::Ed25519, &hex(seed)).unwrap();
        assert_eq!(key.public_bytes()[..], hex(public));
        let mut made = [0; SIGNATURE_LEN];
        key.sign(scheme, message, &mut made).unwrap();
        assert_eq!(made[..], hex(signature));
        let public = PublicKey::from_bytes(Curve::Ed25519, &hex(public)).unwrap();
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
        let key = PrivateKey::generate(Curve::Ed25519).unwrap();
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
        for name in [Curve::Ed25519.oid_der(), OLD_OID_DER, b"\x13\x0cedwards25519"] {
            assert_eq!(Curve::from_params(name), Ok(Curve::Ed25519));
        }
        for name in [Curve::Ed448.oid_der(), b"\x13\x0aedwards448"] {
            assert_eq!(Curve::from_params(name), Ok(Curve::Ed448));
        }
        assert_eq!(
            Curve::from_params(b"\x13\x0aedwards521"),
            Err(Error::CurveNotSupported)
        );
        assert!(matches!(
            Curve::from_params(b"\x06\x03\x2b\x65"),
            Err(Error::DomainParamsInvalid(_))
        ));
    }
}

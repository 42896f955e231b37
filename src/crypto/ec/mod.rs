//! ECDSA and Diffie-Hellman on the Weierstrass curves: aws-lc for the NIST curves and those of Brainpool, `k256` for
//! secp256k1.
//!
//! Signatures are `r || s`, each as long as the order. Keys are prepared once, immutable, shared by threads. Only
//! `mechanism/` and `object/` may call.

mod curve;
mod domain;
mod explicit;
mod extra_bits;
mod secp256k1;
#[cfg(test)]
mod tests;

pub use curve::{Curve, CurveName, strip_point};

use std::sync::OnceLock;

use domain::Numbers;

use crate::crypto::aws_lc::ec::{CurveNumbers, EcKey, Group};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// A public key: a point of a curve.
pub struct PublicKey {
    curve: Curve,
    key: Public,
}

enum Public {
    AwsLc(EcKey),
    Secp256k1(secp256k1::PublicKey),
}

/// A key pair.
pub struct PrivateKey {
    curve: Curve,
    key: Private,
}

enum Private {
    AwsLc(EcKey),
    Secp256k1(secp256k1::PrivateKey),
}

/// The library's group of a curve; `None` for secp256k1.
fn group(curve: Curve) -> Result<Option<Group>> {
    Ok(Some(match curve {
        Curve::P224 => Group::P224,
        Curve::P256 => Group::P256,
        Curve::P384 => Group::P384,
        Curve::P521 => Group::P521,
        Curve::Secp256k1 => return Ok(None),
        _ => custom(curve)?,
    }))
}

/// A curve that the library does not know by name: made when it is first asked for, and kept.
fn custom(curve: Curve) -> Result<Group> {
    static MADE: [OnceLock<Group>; Curve::ALL.len()] = [const { OnceLock::new() }; Curve::ALL.len()];
    let at = Curve::ALL.iter().position(|known| *known == curve);
    let place = at
        .and_then(|at| MADE.get(at))
        .ok_or(Error::Internal("a curve that is not in the list"))?;
    if let Some(group) = place.get() {
        return Ok(*group);
    }
    let numbers = Numbers::of(curve);
    let made = Group::custom(&CurveNumbers {
        p: &numbers.p,
        a: &numbers.a,
        b: &numbers.b,
        base: &[&[0x04], numbers.x.as_slice(), &numbers.y].concat(),
        n: &numbers.n,
    })?;
    Ok(*place.get_or_init(|| made))
}

impl PublicKey {
    /// A key from its point, `04 || x || y`, compressed or hybrid [SEC 1, 2.3.4; X9.62, 4.3.6].
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if it is not a point of the curve.
    pub fn from_point(curve: Curve, point: &[u8]) -> Result<Self> {
        let key = match group(curve)? {
            Some(group) => Public::AwsLc(
                EcKey::from_point(group, point)
                    .map_err(|_| Error::PublicKeyInvalid("not a point of the curve"))?,
            ),
            None => Public::Secp256k1(secp256k1::PublicKey::from_point(point)?),
        };
        Ok(Self { curve, key })
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The point as `04 || x || y`.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn point(&self) -> Result<Vec<u8>> {
        let mut out = vec![0; self.curve.point_len()];
        match &self.key {
            Public::AwsLc(key) => key.write_point(&mut out)?,
            Public::Secp256k1(key) => key.write_point(&mut out)?,
        }
        Ok(out)
    }

    /// Checks the signature `r || s` of a digest, which may have any length; the excess of a long one is ignored. The
    /// halves of a signature are equally long, and may be shorter than the order if both numbers are
    /// [PKCS#11 3.2, 6.3.1].
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`].
    pub fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<()> {
        if signature.is_empty()
            || !signature.len().is_multiple_of(2)
            || signature.len() > self.curve.signature_len()
        {
            return Err(Error::SignatureLenRange);
        }
        let (r, s) = signature
            .split_at_checked(signature.len() / 2)
            .ok_or(Error::SignatureLenRange)?;
        let fits = match &self.key {
            Public::AwsLc(key) => key.verify(digest, r, s)?,
            Public::Secp256k1(key) => key.verify(digest, r, s),
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
    /// [`Error::Crypto`] if the library or the random source fails.
    pub fn generate(curve: Curve) -> Result<Self> {
        let key = match group(curve)? {
            Some(group) => Private::AwsLc(EcKey::generate(group)?),
            None => Private::Secp256k1(secp256k1::PrivateKey::generate()?),
        };
        Ok(Self { curve, key })
    }

    /// Makes a key pair from 64 bits more than the order has [FIPS 186-5, A.2.1].
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library or the random source fails.
    pub fn generate_with_extra_bits(curve: Curve) -> Result<Self> {
        Self::from_scalar(curve, &extra_bits::scalar(&Numbers::of(curve).n)?)
    }

    /// A key pair from its private scalar, big-endian, leading zeros missing or too many.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] if it is 0 or not below the order.
    pub fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<Self> {
        const WRONG: Error = Error::KeyInvalid("an EC private key is above 0 and below the curve's order");
        let leading = scalar.iter().take_while(|byte| **byte == 0).count();
        let significant = scalar.get(leading..).unwrap_or_default();
        if significant.len() > curve.order_len() {
            return Err(WRONG);
        }
        let key = match group(curve)? {
            Some(group) => Private::AwsLc(EcKey::from_scalar(group, significant).map_err(|_| WRONG)?),
            None => Private::Secp256k1(secp256k1::PrivateKey::from_scalar(significant).ok_or(WRONG)?),
        };
        Ok(Self { curve, key })
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The private scalar, big-endian, as long as the order.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn scalar(&self) -> Result<SecretBytes> {
        let mut out = SecretBytes::zeros(self.curve.order_len());
        match &self.key {
            Private::AwsLc(key) => key.write_scalar(out.as_mut())?,
            Private::Secp256k1(key) => key.write_scalar(out.as_mut())?,
        }
        Ok(out)
    }

    /// The public point as `04 || x || y`.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn public_point(&self) -> Result<Vec<u8>> {
        let mut out = vec![0; self.curve.point_len()];
        match &self.key {
            Private::AwsLc(key) => key.write_point(&mut out)?,
            Private::Secp256k1(key) => key.write_point(&mut out)?,
        }
        Ok(out)
    }

    /// Signs a digest of any length; the excess of a long one is ignored. `out` takes `r || s` and has exactly
    /// [`Curve::signature_len`] bytes.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn sign(&self, digest: &[u8], out: &mut [u8]) -> Result<()> {
        let order_len = self.curve.order_len();
        match &self.key {
            Private::AwsLc(key) => {
                let (r, s) = out
                    .split_at_mut_checked(order_len)
                    .ok_or(Error::Internal("ECDSA output"))?;
                key.sign(digest, r, s)
            }
            Private::Secp256k1(key) => key.sign(digest, out),
        }
    }

    /// Diffie-Hellman: the x coordinate of the shared point with `peer`, as long as the field.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if `peer` is not a point of the curve.
    pub fn shared_secret(&self, peer: &[u8]) -> Result<SecretBytes> {
        let mut out = SecretBytes::zeros(self.curve.field_len());
        match &self.key {
            Private::AwsLc(key) => key.shared_x(peer, out.as_mut())?,
            Private::Secp256k1(key) => key.shared_x(peer, out.as_mut())?,
        }
        Ok(out)
    }
}

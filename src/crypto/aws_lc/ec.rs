//! Keys on the NIST curves and on curves that are given by their numbers: ECDSA over digests, Diffie-Hellman, points as
//! bytes.

use std::ptr::{self, NonNull};

use aws_lc_sys as sys;

use super::bn::{self, BigNum};
use super::group::Point;
pub(crate) use super::group::{CurveNumbers, Group};
use super::{check, failed, owned};
use crate::error::{Error, Result};

/// A key on one of the curves: always with the public point, perhaps with the private scalar. Immutable, shared by
/// threads.
pub(crate) struct EcKey {
    key: NonNull<sys::EC_KEY>,
    group: Group,
}

// SAFETY: an EC_KEY has no ties to a thread.
unsafe impl Send for EcKey {}
// SAFETY: the library only reads a key that it signs, verifies or derives with.
unsafe impl Sync for EcKey {}

impl Drop for EcKey {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only; the library wipes the scalar.
        unsafe { sys::EC_KEY_free(self.key.as_ptr()) }
    }
}

/// An ECDSA signature in the library's form.
struct Signature(NonNull<sys::ECDSA_SIG>);

impl Drop for Signature {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only.
        unsafe { sys::ECDSA_SIG_free(self.0.as_ptr()) }
    }
}

impl Signature {
    fn from_numbers(r: &[u8], s: &[u8]) -> Result<Self> {
        // SAFETY: makes a new object.
        let signature = owned(unsafe { sys::ECDSA_SIG_new() }, "ECDSA_SIG_new").map(Self)?;
        let (r, s) = (
            BigNum::from_bytes(r)?.into_raw(),
            BigNum::from_bytes(s)?.into_raw(),
        );
        // SAFETY: all three are valid and the signature takes the numbers over; it fails for null pointers only.
        let status = unsafe { sys::ECDSA_SIG_set0(signature.0.as_ptr(), r, s) };
        check(status, "ECDSA_SIG_set0")?;
        Ok(signature)
    }
}

impl EcKey {
    fn empty(group: Group) -> Result<Self> {
        // SAFETY: makes a new object.
        let key = owned(unsafe { sys::EC_KEY_new() }, "EC_KEY_new")?;
        let key = Self { key, group };
        // SAFETY: key and group are valid.
        let status = unsafe { sys::EC_KEY_set_group(key.key.as_ptr(), group.as_ptr()) };
        check(status, "EC_KEY_set_group")?;
        Ok(key)
    }

    /// Makes a key pair.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub(crate) fn generate(group: Group) -> Result<Self> {
        let key = Self::empty(group)?;
        // SAFETY: the key is ours alone.
        let status = unsafe { sys::EC_KEY_generate_key(key.key.as_ptr()) };
        check(status, "EC_KEY_generate_key")?;
        Ok(key)
    }

    /// A key pair from its private scalar, big-endian; the point is computed.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the scalar is 0 or not below the order.
    pub(crate) fn from_scalar(group: Group, scalar: &[u8]) -> Result<Self> {
        let key = Self::empty(group)?;
        let scalar = BigNum::from_bytes(scalar)?;
        // SAFETY: the key is ours alone, the number valid; the library copies it.
        let status = unsafe { sys::EC_KEY_set_private_key(key.key.as_ptr(), scalar.as_ptr()) };
        check(status, "EC_KEY_set_private_key")?;
        let point = Point::new(group)?;
        // SAFETY: all objects are valid; the null ones ask for no second term and no scratch space.
        let status = unsafe {
            sys::EC_POINT_mul(
                group.as_ptr(),
                point.0.as_ptr(),
                scalar.as_ptr(),
                ptr::null(),
                ptr::null(),
                ptr::null_mut(),
            )
        };
        check(status, "EC_POINT_mul")?;
        key.set_public(&point)?;
        Ok(key)
    }

    /// A public key from its point, compressed, uncompressed or hybrid.
    ///
    /// # Errors
    /// [`Error::Crypto`] if it is not a point of the curve, or the neutral one.
    pub(crate) fn from_point(group: Group, point: &[u8]) -> Result<Self> {
        let key = Self::empty(group)?;
        key.set_public(&Point::from_bytes(group, point)?)?;
        Ok(key)
    }

    /// Only while the key is built.
    fn set_public(&self, point: &Point) -> Result<()> {
        // SAFETY: both objects are valid; the library copies the point.
        let status = unsafe { sys::EC_KEY_set_public_key(self.key.as_ptr(), point.0.as_ptr()) };
        check(status, "EC_KEY_set_public_key")
    }

    /// Writes the uncompressed point, `04 || x || y`, into all of `out`.
    ///
    /// # Errors
    /// [`Error::Crypto`] if `out` has another length.
    pub(crate) fn write_point(&self, out: &mut [u8]) -> Result<()> {
        // SAFETY: the key has a point by this type's invariant; `out` is valid for writes of its length.
        let written = unsafe {
            sys::EC_POINT_point2oct(
                self.group.as_ptr(),
                sys::EC_KEY_get0_public_key(self.key.as_ptr()),
                sys::point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED,
                out.as_mut_ptr(),
                out.len(),
                ptr::null_mut(),
            )
        };
        if written == out.len() {
            Ok(())
        } else {
            Err(failed("EC_POINT_point2oct"))
        }
    }

    /// Writes the private scalar big-endian into all of `out`.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the key has none or it does not fit.
    pub(crate) fn write_scalar(&self, out: &mut [u8]) -> Result<()> {
        // SAFETY: reads a valid key.
        let scalar = unsafe { sys::EC_KEY_get0_private_key(self.key.as_ptr()) };
        if scalar.is_null() {
            return Err(Error::Crypto("the key has no private scalar"));
        }
        // SAFETY: the number is the key's and lives as long as it.
        unsafe { bn::write_padded(scalar, out) }
    }

    /// Signs a digest; digests longer than the order are truncated. `r` and `s` are written with leading zeros.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub(crate) fn sign(&self, digest: &[u8], r: &mut [u8], s: &mut [u8]) -> Result<()> {
        // SAFETY: the key is valid, `digest` for reads of its length.
        let made = unsafe { sys::ECDSA_do_sign(digest.as_ptr(), digest.len(), self.key.as_ptr()) };
        let signature = owned(made, "ECDSA_do_sign").map(Signature)?;
        // SAFETY: the numbers are the signature's and live as long as it.
        unsafe {
            bn::write_padded(sys::ECDSA_SIG_get0_r(signature.0.as_ptr()), r)?;
            bn::write_padded(sys::ECDSA_SIG_get0_s(signature.0.as_ptr()), s)
        }
    }

    /// Whether `r` and `s` are a signature of the digest.
    ///
    /// # Errors
    /// [`Error::Crypto`] without memory.
    pub(crate) fn verify(&self, digest: &[u8], r: &[u8], s: &[u8]) -> Result<bool> {
        let signature = Signature::from_numbers(r, s)?;
        // SAFETY: key and signature are valid, `digest` for reads of its length.
        let status = unsafe {
            sys::ECDSA_do_verify(
                digest.as_ptr(),
                digest.len(),
                signature.0.as_ptr(),
                self.key.as_ptr(),
            )
        };
        // The reason for a refusal is of no interest, but must not stay in the queue.
        Ok(check(status, "ECDSA_do_verify").is_ok())
    }

    /// Diffie-Hellman: writes the x coordinate of the shared point into all of `out`.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if `peer` is not a point of the curve; [`Error::Crypto`] if the library fails.
    pub(crate) fn shared_x(&self, peer: &[u8], out: &mut [u8]) -> Result<()> {
        let peer = Point::from_bytes(self.group, peer)
            .map_err(|_| Error::PublicKeyInvalid("not a point of the curve"))?;
        // SAFETY: key and point are valid, `out` for writes of its length; no derivation function is given.
        let written = unsafe {
            sys::ECDH_compute_key(
                out.as_mut_ptr().cast(),
                out.len(),
                peer.0.as_ptr(),
                self.key.as_ptr(),
                None,
            )
        };
        if usize::try_from(written) == Ok(out.len()) {
            Ok(())
        } else {
            Err(failed("ECDH_compute_key"))
        }
    }
}

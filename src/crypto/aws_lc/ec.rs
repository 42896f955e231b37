//! Keys on the NIST curves and on curves that are given by their numbers: ECDSA over digests, Diffie-Hellman, points as
//! bytes.

use std::ptr::{self, NonNull};

use aws_lc_sys as sys;

use super::bn::{self, BigNum};
use super::{check, failed, owned};
use crate::error::{Error, Result};

/// A curve of the library's. Its group lives for ever and is not changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Group {
    /// NIST P-224.
    P224,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Another curve.
    Custom(CustomGroup),
}

/// A curve that was made of its numbers. Lives for ever and is not changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct CustomGroup(NonNull<sys::EC_GROUP>);

// SAFETY: a group has no ties to a thread.
unsafe impl Send for CustomGroup {}
// SAFETY: nobody changes it after it is built; the library copies it into keys and points.
unsafe impl Sync for CustomGroup {}

/// The numbers of a curve `y² = x³ + ax + b` over the field of p, with a base point of prime order n and cofactor 1;
/// big-endian.
pub(crate) struct CurveNumbers<'a> {
    /// The field's prime.
    pub(crate) p: &'a [u8],
    /// The coefficient of x.
    pub(crate) a: &'a [u8],
    /// The constant.
    pub(crate) b: &'a [u8],
    /// The base point, uncompressed.
    pub(crate) base: &'a [u8],
    /// The base point's order.
    pub(crate) n: &'a [u8],
}

impl Group {
    /// Makes a curve of its numbers. Its arithmetic is generic: constant-time, slower than that of the NIST curves.
    /// What is made is never freed, so that each curve is to be made once.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the numbers make no curve.
    pub(crate) fn custom(numbers: &CurveNumbers<'_>) -> Result<Self> {
        let (p, a, b) = (
            BigNum::from_bytes(numbers.p)?,
            BigNum::from_bytes(numbers.a)?,
            BigNum::from_bytes(numbers.b)?,
        );
        // SAFETY: all numbers are valid and copied; the scratch space may be null.
        let made =
            unsafe { sys::EC_GROUP_new_curve_GFp(p.as_ptr(), a.as_ptr(), b.as_ptr(), ptr::null_mut()) };
        let made = owned(made, "EC_GROUP_new_curve_GFp")?;
        let group = Self::Custom(CustomGroup(made));
        let base = Point::from_bytes(group, numbers.base)?;
        let (order, cofactor) = (BigNum::from_bytes(numbers.n)?, BigNum::from_word(1)?);
        // SAFETY: the group is ours alone until this function returns; point and numbers are valid and copied.
        let status = unsafe {
            sys::EC_GROUP_set_generator(made.as_ptr(), base.0.as_ptr(), order.as_ptr(), cofactor.as_ptr())
        };
        check(status, "EC_GROUP_set_generator").map(|()| group)
    }

    fn as_ptr(self) -> *const sys::EC_GROUP {
        // SAFETY: these give pointers to constants, or to what lives for ever.
        unsafe {
            match self {
                Self::P224 => sys::EC_group_p224(),
                Self::P256 => sys::EC_group_p256(),
                Self::P384 => sys::EC_group_p384(),
                Self::P521 => sys::EC_group_p521(),
                Self::Custom(CustomGroup(group)) => group.as_ptr(),
            }
        }
    }
}

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

/// A point of a curve.
struct Point(NonNull<sys::EC_POINT>);

impl Drop for Point {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only.
        unsafe { sys::EC_POINT_free(self.0.as_ptr()) }
    }
}

impl Point {
    fn new(group: Group) -> Result<Self> {
        // SAFETY: the group is valid for ever.
        owned(unsafe { sys::EC_POINT_new(group.as_ptr()) }, "EC_POINT_new").map(Self)
    }

    /// Reads a compressed, uncompressed or hybrid point; the library checks that it is on the curve. The neutral point,
    /// which is a single 0, is no point here.
    fn from_bytes(group: Group, bytes: &[u8]) -> Result<Self> {
        if bytes.len() < 2 {
            return Err(Error::Crypto("no point"));
        }
        let point = Self::new(group)?;
        // SAFETY: all objects are valid, `bytes` for reads of its length; the scratch space may be null.
        let status = unsafe {
            sys::EC_POINT_oct2point(
                group.as_ptr(),
                point.0.as_ptr(),
                bytes.as_ptr(),
                bytes.len(),
                ptr::null_mut(),
            )
        };
        check(status, "EC_POINT_oct2point").map(|()| point)
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

//! Curves, of the library and by their numbers, and points on them.

use std::ptr::{self, NonNull};

use aws_lc_sys as sys;

use super::bn::BigNum;
use super::{check, owned};
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

    pub(super) fn as_ptr(self) -> *const sys::EC_GROUP {
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

/// A point of a curve.
pub(super) struct Point(pub(super) NonNull<sys::EC_POINT>);

impl Drop for Point {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only.
        unsafe { sys::EC_POINT_free(self.0.as_ptr()) }
    }
}

impl Point {
    pub(super) fn new(group: Group) -> Result<Self> {
        // SAFETY: the group is valid for ever.
        owned(unsafe { sys::EC_POINT_new(group.as_ptr()) }, "EC_POINT_new").map(Self)
    }

    /// Reads a compressed, uncompressed or hybrid point; the library checks that it is on the curve. The neutral point,
    /// which is a single 0, is no point here.
    pub(super) fn from_bytes(group: Group, bytes: &[u8]) -> Result<Self> {
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

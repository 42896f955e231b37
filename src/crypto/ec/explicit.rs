//! Explicit curve parameters [X9.62; SEC 1, C.2; RFC 3279, 2.3.5]: accepted where they are those of a curve that has a
//! name. All numbers count and must be there, the base point and the cofactor too: a curve with another base point is
//! another group.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Reader, SliceReader};

use super::Curve;
use super::domain::Numbers;
use crate::error::{Error, Result};

/// `prime-field` [RFC 3279, 2.3.5].
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

/// What the structure says, as big-endian numbers.
struct Parameters<'a> {
    p: &'a [u8],
    a: &'a [u8],
    b: &'a [u8],
    base: &'a [u8],
    n: &'a [u8],
    cofactor: Option<&'a [u8]>,
}

/// The named curve that explicit parameters describe.
///
/// # Errors
/// [`Error::DomainParamsInvalid`] if they are no parameters of a curve over a prime field; [`Error::CurveNotSupported`]
/// if no curve has them.
pub(super) fn curve(params: &[u8]) -> Result<Curve> {
    let read =
        read(params).map_err(|_| Error::DomainParamsInvalid("explicit parameters that cannot be read"))?;
    Curve::ALL
        .into_iter()
        .find(|curve| read.are_of(&Numbers::of(*curve)))
        .ok_or(Error::CurveNotSupported)
}

/// `ECParameters`.
fn read(params: &[u8]) -> der::Result<Parameters<'_>> {
    let mut reader = SliceReader::new(params)?;
    let parameters = reader.sequence(|reader| {
        // 2 and 3 say that seeds are verifiable: nothing here depends on them.
        let version = u8::decode(reader)?;
        let p = reader.sequence(|reader| {
            let field = ObjectIdentifier::decode(reader)?;
            let p = UintRef::decode(reader)?;
            if field == PRIME_FIELD {
                Ok(p)
            } else {
                Err(der::Error::from(der::ErrorKind::Failed))
            }
        })?;
        let (a, b) = reader.sequence(|reader| {
            let (a, b) = (
                <&OctetStringRef>::decode(reader)?,
                <&OctetStringRef>::decode(reader)?,
            );
            let _ = Option::<BitStringRef<'_>>::decode(reader)?;
            Ok::<_, der::Error>((a, b))
        })?;
        let (base, n) = (<&OctetStringRef>::decode(reader)?, UintRef::decode(reader)?);
        let cofactor = Option::<UintRef<'_>>::decode(reader)?;
        let _ = Option::<AnyRef<'_>>::decode(reader)?;
        if !(1..=3).contains(&version) {
            return Err(der::ErrorKind::Failed.into());
        }
        Ok::<_, der::Error>(Parameters {
            p: p.as_bytes(),
            a: a.as_bytes(),
            b: b.as_bytes(),
            base: base.as_bytes(),
            n: n.as_bytes(),
            cofactor: cofactor.map(|cofactor| cofactor.as_bytes()),
        })
    })?;
    reader.finish()?;
    Ok(parameters)
}

/// Without leading zeros.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

impl Parameters<'_> {
    fn are_of(&self, numbers: &Numbers) -> bool {
        let same = |given: &[u8], known: &[u8]| significant(given) == significant(known);
        same(self.p, &numbers.p)
            && same(self.a, &numbers.a)
            && same(self.b, &numbers.b)
            && same(self.n, &numbers.n)
            && self.cofactor.is_some_and(|cofactor| significant(cofactor) == [1])
            && self.base_is(&numbers.x, &numbers.y)
    }

    /// Whether the base point, in any of its forms, has these coordinates.
    fn base_is(&self, x: &[u8], y: &[u8]) -> bool {
        let Some((form, rest)) = self.base.split_first() else {
            return false;
        };
        let parity = y.last().map_or(0, |last| last & 1);
        match form {
            0x04 => rest == [x, y].concat(),
            0x06 | 0x07 => form & 1 == parity && rest == [x, y].concat(),
            0x02 | 0x03 => form & 1 == parity && rest == x,
            _ => false,
        }
    }
}

//! The curves and their names in `CKA_EC_PARAMS`, and the forms that points come in.

use super::explicit;
use crate::crypto::der::{self, Tag};
use crate::error::{Error, Result};

/// The identifiers of explicit and of implicit parameters [X.690, 8.9 and 8.8].
const SEQUENCE: u8 = 0x30;
const NULL: u8 = 0x05;

/// A Weierstrass curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Curve {
    /// NIST P-192, secp192r1, prime192v1: 96 bits of security, for what is old.
    P192,
    /// NIST P-224, secp224r1.
    P224,
    /// NIST P-256, secp256r1, prime256v1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
    /// The Koblitz curve of SEC 2.
    Secp256k1,
    /// brainpoolP224r1 [RFC 5639, 3].
    BrainpoolP224r1,
    /// brainpoolP224t1 [RFC 5639, 3].
    BrainpoolP224t1,
    /// brainpoolP256r1 [RFC 5639, 3].
    BrainpoolP256r1,
    /// brainpoolP256t1 [RFC 5639, 3].
    BrainpoolP256t1,
    /// brainpoolP320r1 [RFC 5639, 3].
    BrainpoolP320r1,
    /// brainpoolP320t1 [RFC 5639, 3].
    BrainpoolP320t1,
    /// brainpoolP384r1 [RFC 5639, 3].
    BrainpoolP384r1,
    /// brainpoolP384t1 [RFC 5639, 3].
    BrainpoolP384t1,
    /// brainpoolP512r1 [RFC 5639, 3].
    BrainpoolP512r1,
    /// brainpoolP512t1 [RFC 5639, 3].
    BrainpoolP512t1,
}

impl Curve {
    /// Every curve.
    pub const ALL: [Self; 16] = [
        Self::P192,
        Self::P224,
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Secp256k1,
        Self::BrainpoolP224r1,
        Self::BrainpoolP224t1,
        Self::BrainpoolP256r1,
        Self::BrainpoolP256t1,
        Self::BrainpoolP320r1,
        Self::BrainpoolP320t1,
        Self::BrainpoolP384r1,
        Self::BrainpoolP384t1,
        Self::BrainpoolP512r1,
        Self::BrainpoolP512t1,
    ];

    /// The curve's object identifier in DER, which is `CKA_EC_PARAMS`.
    #[must_use]
    pub const fn oid_der(self) -> &'static [u8] {
        match self {
            Self::P192 => b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x01",
            Self::P224 => b"\x06\x05\x2b\x81\x04\x00\x21",
            Self::P256 => b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
            Self::P384 => b"\x06\x05\x2b\x81\x04\x00\x22",
            Self::P521 => b"\x06\x05\x2b\x81\x04\x00\x23",
            Self::Secp256k1 => b"\x06\x05\x2b\x81\x04\x00\x0a",
            Self::BrainpoolP224r1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x05",
            Self::BrainpoolP224t1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x06",
            Self::BrainpoolP256r1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x07",
            Self::BrainpoolP256t1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x08",
            Self::BrainpoolP320r1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x09",
            Self::BrainpoolP320t1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0a",
            Self::BrainpoolP384r1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0b",
            Self::BrainpoolP384t1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0c",
            Self::BrainpoolP512r1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0d",
            Self::BrainpoolP512t1 => b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0e",
        }
    }

    /// The names that a `PrintableString` may give the curve.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::P192 => &["secp192r1", "prime192v1", "P-192", "nistp192"],
            Self::P224 => &["secp224r1", "P-224", "nistp224"],
            Self::P256 => &["secp256r1", "prime256v1", "P-256", "nistp256"],
            Self::P384 => &["secp384r1", "P-384", "nistp384"],
            Self::P521 => &["secp521r1", "P-521", "nistp521"],
            Self::Secp256k1 => &["secp256k1"],
            Self::BrainpoolP224r1 => &["brainpoolP224r1"],
            Self::BrainpoolP224t1 => &["brainpoolP224t1"],
            Self::BrainpoolP256r1 => &["brainpoolP256r1"],
            Self::BrainpoolP256t1 => &["brainpoolP256t1"],
            Self::BrainpoolP320r1 => &["brainpoolP320r1"],
            Self::BrainpoolP320t1 => &["brainpoolP320t1"],
            Self::BrainpoolP384r1 => &["brainpoolP384r1"],
            Self::BrainpoolP384t1 => &["brainpoolP384t1"],
            Self::BrainpoolP512r1 => &["brainpoolP512r1"],
            Self::BrainpoolP512t1 => &["brainpoolP512t1"],
        }
    }

    /// Reads `CKA_EC_PARAMS` [PKCS#11 3.2, 6.3.3]: a curve's object identifier or name in DER, or explicit parameters
    /// that are those of a curve that has a name.
    ///
    /// # Errors
    /// [`Error::CurveNotSupported`] for other curves; [`Error::DomainParamsInvalid`] for implicit parameters, for
    /// explicit ones of no known curve and for what is no DER.
    pub fn from_params(params: &[u8]) -> Result<Self> {
        if params.first() == Some(&SEQUENCE) {
            return explicit::curve(params);
        }
        let name = CurveName::parse(params)?;
        Self::ALL
            .into_iter()
            .find(|curve| name.is(curve.oid_der(), curve.names()))
            .ok_or(Error::CurveNotSupported)
    }

    /// Bits of the field.
    #[must_use]
    pub const fn field_bits(self) -> u16 {
        match self {
            Self::P192 => 192,
            Self::P224 | Self::BrainpoolP224r1 | Self::BrainpoolP224t1 => 224,
            Self::P256 | Self::Secp256k1 | Self::BrainpoolP256r1 | Self::BrainpoolP256t1 => 256,
            Self::BrainpoolP320r1 | Self::BrainpoolP320t1 => 320,
            Self::P384 | Self::BrainpoolP384r1 | Self::BrainpoolP384t1 => 384,
            Self::BrainpoolP512r1 | Self::BrainpoolP512t1 => 512,
            Self::P521 => 521,
        }
    }

    /// Bytes of a field element.
    #[must_use]
    pub const fn field_len(self) -> usize {
        match self {
            Self::P192 => 24,
            Self::P224 | Self::BrainpoolP224r1 | Self::BrainpoolP224t1 => 28,
            Self::P256 | Self::Secp256k1 | Self::BrainpoolP256r1 | Self::BrainpoolP256t1 => 32,
            Self::BrainpoolP320r1 | Self::BrainpoolP320t1 => 40,
            Self::P384 | Self::BrainpoolP384r1 | Self::BrainpoolP384t1 => 48,
            Self::BrainpoolP512r1 | Self::BrainpoolP512t1 => 64,
            Self::P521 => 66,
        }
    }

    /// Bytes of the order, and so of a private scalar: here the same as of the field.
    #[must_use]
    pub const fn order_len(self) -> usize {
        self.field_len()
    }

    /// Bytes of a signature `r || s`.
    #[must_use]
    pub const fn signature_len(self) -> usize {
        2 * self.order_len()
    }

    /// Bytes of an uncompressed point.
    #[must_use]
    pub const fn point_len(self) -> usize {
        1 + 2 * self.field_len()
    }

    /// The raw point in any of the forms in the field: raw, DER octet string, DER bit string; compressed,
    /// uncompressed or hybrid.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if the length is none of those.
    pub fn strip_point(self, bytes: &[u8]) -> Result<&[u8]> {
        strip_point(bytes, &[self.point_len(), 1 + self.field_len()])
    }
}

/// What `CKA_EC_PARAMS` says of any kind of curve.
pub struct CurveName<'a>(Name<'a>);

enum Name<'a> {
    /// The whole DER of the object identifier.
    Oid(&'a [u8]),
    /// The text of the `PrintableString`.
    Text(&'a [u8]),
}

impl<'a> CurveName<'a> {
    /// Reads the choice `Parameters` [PKCS#11 3.2, 6.3.3].
    ///
    /// # Errors
    /// [`Error::DomainParamsInvalid`] for explicit or implicit parameters and what is no DER.
    pub fn parse(params: &'a [u8]) -> Result<Self> {
        if der::whole(params, Tag::ObjectIdentifier).is_some() {
            return Ok(Self(Name::Oid(params)));
        }
        if let Some(text) = der::whole(params, Tag::PrintableString) {
            return Ok(Self(Name::Text(text)));
        }
        Err(Error::DomainParamsInvalid(match params {
            [SEQUENCE, ..] => "explicit parameters name no curve of this kind",
            [NULL, ..] => "implicit curve parameters are not supported; name the curve",
            _ => "neither an object identifier nor a name, in DER",
        }))
    }

    /// Whether the curve with this identifier and these names is meant.
    #[must_use]
    pub fn is(&self, oid_der: &[u8], names: &[&str]) -> bool {
        match self.0 {
            Name::Oid(oid) => oid == oid_der,
            Name::Text(text) => names
                .iter()
                .any(|name| text.eq_ignore_ascii_case(name.as_bytes())),
        }
    }
}

/// The raw point in `bytes`: they are a point of one of `lengths`, or a DER octet string or bit string of one. The
/// exact length decides, never the first byte, which may be the tag by chance.
///
/// # Errors
/// [`Error::PublicKeyInvalid`] if no length fits.
pub fn strip_point<'a>(bytes: &'a [u8], lengths: &[usize]) -> Result<&'a [u8]> {
    let is_point = |point: &[u8]| lengths.contains(&point.len());
    if is_point(bytes) {
        return Ok(bytes);
    }
    let octets = || der::whole(bytes, Tag::OctetString);
    // Without unused bits.
    let bits = || der::whole(bytes, Tag::BitString)?.strip_prefix(&[0]);
    let point = octets().or_else(bits).filter(|point| is_point(point));
    point.ok_or(Error::PublicKeyInvalid("the point has a wrong length"))
}

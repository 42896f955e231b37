//! XMSS and XMSS^MT signatures, checked [RFC 8391; SP 800-208, 5]; the private halves are stateful and not here.
//!
//! The `xmss` crate does the hashing. Nothing in here is secret.

use ::xmss::*;

use crate::error::{Error, Result};

/// One tree, or a hierarchy of trees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// XMSS.
    Single,
    /// XMSS^MT.
    Multi,
}

/// A public key.
pub struct PublicKey(Box<dyn Verify>);

/// A key of one parameter set.
trait Verify: Send + Sync {
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()>;
}

/// The key of one parameter set, as the crate types it.
struct Typed<P: XmssParameter>(VerifyingKey<P>);

impl<P: XmssParameter> Verify for Typed<P>
where
    VerifyingKey<P>: Send + Sync,
{
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        let signature = DetachedSignature::<P>::try_from(signature).map_err(|_| Error::SignatureLenRange)?;
        let fits = self.0.verify_detached(&signature, message);
        fits.map_err(|_| Error::SignatureInvalid)
    }
}

fn typed<P: XmssParameter>(bytes: &[u8]) -> Option<Box<dyn Verify>>
where
    VerifyingKey<P>: Send + Sync,
{
    let key = VerifyingKey::<P>::try_from(bytes).ok()?;
    Some(Box::new(Typed(key)))
}

/// What the crate adds to the identifier of a parameter set of XMSS^MT to tell it from that of XMSS with the same
/// number. It stands before the key only, and is hashed nowhere.
const MULTI: u32 = 0x0001_0000;

impl PublicKey {
    /// A key as RFC 8391 writes it: the identifier of its parameter set, the root, the seed. `set` is the identifier
    /// once more.
    ///
    /// # Errors
    /// [`Error::ParameterSetNotSupported`]; [`Error::PublicKeyInvalid`] for a wrong length or another identifier.
    pub fn from_bytes(kind: Kind, set: u64, bytes: &[u8]) -> Result<Self> {
        const WRONG: Error = Error::PublicKeyInvalid("it is not an XMSS key of this parameter set");
        let set = u32::try_from(set).map_err(|_| Error::ParameterSetNotSupported)?;
        let parse = parser(kind, set).ok_or(Error::ParameterSetNotSupported)?;
        let (told, numbers) = bytes.split_first_chunk().ok_or(WRONG)?;
        if u32::from_be_bytes(*told) != set {
            return Err(WRONG);
        }
        let identifier = match kind {
            Kind::Single => set,
            Kind::Multi => set | MULTI,
        };
        let bytes = [&identifier.to_be_bytes()[..], numbers].concat();
        parse(&bytes).map(Self).ok_or(WRONG)
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        self.0.verify(message, signature)
    }
}

/// Reads a key.
type Parser = fn(&[u8]) -> Option<Box<dyn Verify>>;

/// The reader of keys of a parameter set.
fn parser(kind: Kind, set: u32) -> Option<Parser> {
    let sets: &[(u32, Parser)] = match kind {
        Kind::Single => SINGLE,
        Kind::Multi => MULTIPLE,
    };
    sets.iter()
        .find(|(number, _)| *number == set)
        .map(|(_, parser)| *parser)
}

/// XMSS [RFC 8391, 8; SP 800-208, tables 10 to 13].
const SINGLE: &[(u32, Parser)] = &[
    (0x01, typed::<XmssSha2_10_256>),
    (0x02, typed::<XmssSha2_16_256>),
    (0x03, typed::<XmssSha2_20_256>),
    (0x04, typed::<XmssSha2_10_512>),
    (0x05, typed::<XmssSha2_16_512>),
    (0x06, typed::<XmssSha2_20_512>),
    (0x07, typed::<XmssShake_10_256>),
    (0x08, typed::<XmssShake_16_256>),
    (0x09, typed::<XmssShake_20_256>),
    (0x0a, typed::<XmssShake_10_512>),
    (0x0b, typed::<XmssShake_16_512>),
    (0x0c, typed::<XmssShake_20_512>),
    (0x0d, typed::<XmssSha2_10_192>),
    (0x0e, typed::<XmssSha2_16_192>),
    (0x0f, typed::<XmssSha2_20_192>),
    (0x10, typed::<XmssShake256_10_256>),
    (0x11, typed::<XmssShake256_16_256>),
    (0x12, typed::<XmssShake256_20_256>),
    (0x13, typed::<XmssShake256_10_192>),
    (0x14, typed::<XmssShake256_16_192>),
    (0x15, typed::<XmssShake256_20_192>),
];

/// XMSS^MT [RFC 8391, 8; SP 800-208, tables 14 to 17].
const MULTIPLE: &[(u32, Parser)] = &[
    (0x01, typed::<XmssMtSha2_20_2_256>),
    (0x02, typed::<XmssMtSha2_20_4_256>),
    (0x03, typed::<XmssMtSha2_40_2_256>),
    (0x04, typed::<XmssMtSha2_40_4_256>),
    (0x05, typed::<XmssMtSha2_40_8_256>),
    (0x06, typed::<XmssMtSha2_60_3_256>),
    (0x07, typed::<XmssMtSha2_60_6_256>),
    (0x08, typed::<XmssMtSha2_60_12_256>),
    (0x09, typed::<XmssMtSha2_20_2_512>),
    (0x0a, typed::<XmssMtSha2_20_4_512>),
    (0x0b, typed::<XmssMtSha2_40_2_512>),
    (0x0c, typed::<XmssMtSha2_40_4_512>),
    (0x0d, typed::<XmssMtSha2_40_8_512>),
    (0x0e, typed::<XmssMtSha2_60_3_512>),
    (0x0f, typed::<XmssMtSha2_60_6_512>),
    (0x10, typed::<XmssMtSha2_60_12_512>),
    (0x11, typed::<XmssMtShake_20_2_256>),
    (0x12, typed::<XmssMtShake_20_4_256>),
    (0x13, typed::<XmssMtShake_40_2_256>),
    (0x14, typed::<XmssMtShake_40_4_256>),
    (0x15, typed::<XmssMtShake_40_8_256>),
    (0x16, typed::<XmssMtShake_60_3_256>),
    (0x17, typed::<XmssMtShake_60_6_256>),
    (0x18, typed::<XmssMtShake_60_12_256>),
    (0x19, typed::<XmssMtShake_20_2_512>),
    (0x1a, typed::<XmssMtShake_20_4_512>),
    (0x1b, typed::<XmssMtShake_40_2_512>),
    (0x1c, typed::<XmssMtShake_40_4_512>),
    (0x1d, typed::<XmssMtShake_40_8_512>),
    (0x1e, typed::<XmssMtShake_60_3_512>),
    (0x1f, typed::<XmssMtShake_60_6_512>),
    (0x20, typed::<XmssMtShake_60_12_512>),
    (0x21, typed::<XmssMtSha2_20_2_192>),
    (0x22, typed::<XmssMtSha2_20_4_192>),
    (0x23, typed::<XmssMtSha2_40_2_192>),
    (0x24, typed::<XmssMtSha2_40_4_192>),
    (0x25, typed::<XmssMtSha2_40_8_192>),
    (0x26, typed::<XmssMtSha2_60_3_192>),
    (0x27, typed::<XmssMtSha2_60_6_192>),
    (0x28, typed::<XmssMtSha2_60_12_192>),
    (0x29, typed::<XmssMtShake256_20_2_256>),
    (0x2a, typed::<XmssMtShake256_20_4_256>),
    (0x2b, typed::<XmssMtShake256_40_2_256>),
    (0x2c, typed::<XmssMtShake256_40_4_256>),
    (0x2d, typed::<XmssMtShake256_40_8_256>),
    (0x2e, typed::<XmssMtShake256_60_3_256>),
    (0x2f, typed::<XmssMtShake256_60_6_256>),
    (0x30, typed::<XmssMtShake256_60_12_256>),
    (0x31, typed::<XmssMtShake256_20_2_192>),
    (0x32, typed::<XmssMtShake256_20_4_192>),
    (0x33, typed::<XmssMtShake256_40_2_192>),
    (0x34, typed::<XmssMtShake256_40_4_192>),
    (0x35, typed::<XmssMtShake256_40_8_192>),
    (0x36, typed::<XmssMtShake256_60_3_192>),
    (0x37, typed::<XmssMtShake256_60_6_192>),
    (0x38, typed::<XmssMtShake256_60_12_192>),
];

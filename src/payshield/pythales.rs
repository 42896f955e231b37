//! The one local master key of pythales, a simulator: every key of a message is under the same double key without variants,
//! whatever its type, and the tag U means what X means elsewhere.
//!
//! It is put together from variant LMKs that take the variants away again: in the one of variant digit 4, each pair is the
//! key with the constant of that variant, so that a key of type 402 is under the key itself.

use zeroize::Zeroizing;

use super::call::attribute;
use super::demo::lmk;
use crate::ck::*;
use crate::crypto::des;
use crate::error::Result;
use crate::mechanism::FlatSource;
use crate::module::Module;
use crate::payment::lmk::VARIANTS;
use crate::session::Output;

const PAIRS: usize = 20;

/// The LMK of one variant digit. An LMK has odd parity, which the cipher does not look at.
pub(super) fn lmk_value(key: &[u8; 16], variant: u8) -> Zeroizing<Vec<u8>> {
    let mut pair = Zeroizing::new(*key);
    let [first, ..] = &mut *pair;
    *first ^= variant;
    des::set_odd_parity(&mut pair[..]);
    Zeroizing::new(pair.repeat(PAIRS))
}

/// The LMKs of the variant digits, and what NC tells.
#[derive(Debug)]
pub struct Single {
    lmks: Vec<ObjectHandle>,
    /// The key's check value of 8 bytes.
    pub check_value: [u8; 8],
}

impl Single {
    /// Makes the objects, in this session and for as long as it is open.
    ///
    /// # Errors
    /// The module's.
    pub fn make(module: &Module, session: SessionHandle, key: &[u8; 16]) -> Result<Self> {
        // Each has a number of its own, beside that of the LMK whose place they take.
        let make = |(digit, variant)| {
            let value = lmk_value(key, variant);
            module.create_object(session, &lmk(&[b'9', digit], "pythales", &value, false))
        };
        let lmks = (b'0'..=b'9').zip(VARIANTS).map(make).collect::<Result<_>>()?;
        let template = [
            attribute(CKA_CLASS, &CKO_SECRET_KEY.0.to_ne_bytes()),
            attribute(CKA_KEY_TYPE, &CKK_DES2.0.to_ne_bytes()),
            attribute(CKA_VALUE, key),
        ];
        let key = module.create_object(session, &template)?;
        let mut check_value = [0; 8];
        module.encrypt_init(session, CKM_DES3_ECB, &FlatSource(&[]), key)?;
        module.encrypt(session, &[0; 8], Output::Buffer(&mut check_value))?;
        module.destroy_object(session, key)?;
        Ok(Self { lmks, check_value })
    }

    /// The LMK and the parameter for what a parameter of `CKM_VHSM_VARIANT_LMK` asks for.
    #[must_use]
    pub fn instead(&self, parameter: &[u8]) -> Option<(ObjectHandle, [u8; 6])> {
        let [version, variant, b, c, scheme, component] = *parameter.first_chunk()?;
        let digit = char::from(variant).to_digit(10)?;
        let lmk = self.lmks.get(usize::try_from(digit).ok()?)?;
        let scheme = plain(scheme);
        Some((*lmk, [version, variant, b, c, scheme, component]))
    }
}

/// The tag of the same length without variants.
fn plain(tag: u8) -> u8 {
    match tag {
        b'U' => b'X',
        b'T' => b'Y',
        other => other,
    }
}

/// A key with the tag that it is read by.
#[must_use]
pub fn without_variants(wrapped: &[u8]) -> Vec<u8> {
    let mut wrapped = wrapped.to_vec();
    if let Some(tag) = wrapped.first_mut() {
        *tag = plain(*tag);
    }
    wrapped
}

/// A key with the tag that was asked for.
pub fn tagged(wrapped: &mut [u8], scheme: u8) {
    if let (Some(tag @ (b'X' | b'Y')), b'U' | b'T') = (wrapped.first_mut(), scheme) {
        *tag = scheme;
    }
}

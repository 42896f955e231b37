//! Data authentication codes and dynamic numbers of Mastercard's chip cards: the first bytes of a block that the card's
//! key encrypts.

use zeroize::Zeroizing;

use super::form::{Derivation, Form, Session, Source};
use super::keys::WorkingKey;
use super::{PARAM_LEN_MAX, TRIPLE_DES, of_values, row};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::{KeyMaterial, MechanismSpec, Params, SignMechanism, VerifyMechanism, compare_macs};
use crate::os::stack;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_EMV_DAC,
        TRIPLE_DES,
        &[KeyUsage::EMV_DATA_AUTHENTICATION],
        PARAM_LEN_MAX,
        of_values(&Number),
    ),
    row(
        CKM_VHSM_EMV_DYNAMIC_NUMBER,
        TRIPLE_DES,
        &[KeyUsage::EMV_DYNAMIC_NUMBERS],
        PARAM_LEN_MAX,
        of_values(&Number),
    ),
];

/// Bytes of the block.
const BLOCK_LEN: usize = 8;

struct Number;

impl Number {
    /// Under the issuer's key only: another derivation of these keys there is none.
    fn form<'a>(key: &KeyMaterial, params: &'a Params) -> Result<Form<'a>> {
        let form = Form::whole(params)?;
        form.check(key)?;
        let wrong = |why| Err(Error::MechanismParamInvalid(why));
        match (&form.source, form.session) {
            (Source::Issuer(Derivation::Des(_), _), Session::None) => {}
            _ => return wrong("the key is A or B, an issuer's, and there are no sessions"),
        }
        match (form.option, form.length) {
            (0, 2..=BLOCK_LEN) => Ok(form),
            _ => wrong("the value has 2 to 8 bytes, and no padding to choose"),
        }
    }

    fn compute(key: &KeyMaterial, form: &Form<'_>, data: &[u8], out: &mut [u8]) -> Result<()> {
        if data.len() != BLOCK_LEN {
            return Err(Error::DataLenRange("the data are the block of 8 bytes"));
        }
        let working = WorkingKey::of(key, form)?;
        let mut block = Zeroizing::new([0; BLOCK_LEN]);
        working.encrypt(false, data, &mut block[..])?;
        out.iter_mut().zip(&*block).for_each(|(to, from)| *to = *from);
        drop(working);
        stack::wipe_little();
        Ok(())
    }
}

impl SignMechanism for Number {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Self::form(key, params).map(|_| ())
    }

    fn signature_len(&self, key: &KeyMaterial, params: &Params) -> usize {
        Self::form(key, params).map_or(0, |form| form.length)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        Self::compute(key, &Self::form(key, params)?, data, out)
    }
}

impl VerifyMechanism for Number {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Self::form(key, params).map(|_| ())
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let form = Self::form(key, params)?;
        compare_macs(signature, form.length, |right| {
            Self::compute(key, &form, data, right)
        })
    }
}

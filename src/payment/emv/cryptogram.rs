//! Application cryptograms (ARQC, TC, AAC), the issuer's answers to them (ARPC), and the MACs of issuers' scripts
//! [EMV Book 2, 8.1, 8.2 and 9.2].

use super::form::{Form, Session, Source};
use super::keys::WorkingKey;
use super::{BOTH, PARAM_LEN_MAX, TRIPLE_DES, of_values, row};
use crate::ck::*;
use crate::crypto::iso9797::Padding;
use crate::error::{Error, Result};
use crate::mechanism::{KeyMaterial, MechanismSpec, Params, SignMechanism, VerifyMechanism, compare_macs};
use crate::os::stack;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_EMV_AC,
        BOTH,
        &[KeyUsage::EMV_APPLICATION_CRYPTOGRAMS],
        PARAM_LEN_MAX,
        of_values(&Kind::Ac),
    ),
    row(
        CKM_VHSM_EMV_ARPC1,
        TRIPLE_DES,
        &[KeyUsage::EMV_APPLICATION_CRYPTOGRAMS],
        PARAM_LEN_MAX,
        of_values(&Kind::Arpc1),
    ),
    row(
        CKM_VHSM_EMV_ARPC2,
        BOTH,
        &[KeyUsage::EMV_APPLICATION_CRYPTOGRAMS],
        PARAM_LEN_MAX,
        of_values(&Kind::Arpc2),
    ),
    row(
        CKM_VHSM_EMV_SCRIPT_MAC,
        BOTH,
        &[KeyUsage::EMV_INTEGRITY],
        PARAM_LEN_MAX,
        of_values(&Kind::ScriptMac),
    ),
];

/// Bytes of a cryptogram that is not cut.
const AC_LEN: usize = 8;
/// Bytes of a cryptogram and the response code that answers it.
const ANSWERED_LEN: usize = AC_LEN + 2;

/// What is made.
enum Kind {
    Ac,
    Arpc1,
    Arpc2,
    ScriptMac,
}

/// The padding that a parameter names for a key's cipher.
///
/// # Errors
/// [`Error::MechanismParamInvalid`].
pub(super) fn padding(key: &KeyMaterial, code: u8) -> Result<Padding> {
    match (key.key_type == CKK_AES, code) {
        (false, 1) => Ok(Padding::Zeros),
        (false, 2) => Ok(Padding::Marked),
        // CMAC has its own.
        (true, 0) => Ok(Padding::Marked),
        _ => Err(Error::MechanismParamInvalid(
            "the padding is 1 (zeros) or 2 (80 and zeros) with triple DES, 0 with AES",
        )),
    }
}

/// Data of a cryptogram. One block of them under a card's key without sessions would be what makes a key of a session.
///
/// # Errors
/// [`Error::DataLenRange`].
pub(super) fn check_transaction(data: &[u8]) -> Result<()> {
    match data.len() > AC_LEN {
        true => Ok(()),
        false => Err(Error::DataLenRange("a cryptogram's data are more than 8 bytes")),
    }
}

impl Kind {
    fn form<'a>(&self, key: &KeyMaterial, params: &'a Params) -> Result<Form<'a>> {
        let form = Form::whole(params)?;
        form.check(key)?;
        let wrong = |why| Err(Error::MechanismParamInvalid(why));
        match (self, form.length) {
            (Self::Ac | Self::ScriptMac, 4..=AC_LEN) => drop(padding(key, form.option)?),
            (Self::Ac | Self::ScriptMac, _) => return wrong("a cryptogram or MAC has 4 to 8 bytes"),
            (Self::Arpc1, AC_LEN) if form.option <= 2 => {}
            (Self::Arpc2, 4) if form.option == 0 => {}
            (Self::Arpc1 | Self::Arpc2, _) => {
                return wrong(
                    "an ARPC has 8 bytes (method 1; padding of the data 0 to 2) or 4 (method 2; 0)",
                );
            }
        }
        match (self, &form.source, form.session) {
            (Self::ScriptMac, Source::Issuer(..), Session::None) => {
                wrong("scripts are protected by keys of sessions")
            }
            _ => Ok(form),
        }
    }

    fn compute(&self, key: &KeyMaterial, form: &Form<'_>, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.check_data(form, data)?;
        let working = WorkingKey::of(key, form)?;
        let computed = match (self, &working) {
            (Self::Arpc1, WorkingKey::Des(_)) if form.option != 0 => {
                let (answered, values) = data.split_at_checked(ANSWERED_LEN).unwrap_or_default();
                let cryptogram = answered.get(..AC_LEN).unwrap_or_default();
                let padding = padding(key, form.option)?;
                compare_macs(cryptogram, AC_LEN, |right| working.mac(padding, values, right))
                    .map_err(|_| Error::DataInvalid("the cryptogram is not that of the values"))
                    .and_then(|()| working.encrypt(false, &arpc_block(answered), out))
            }
            (Self::Ac | Self::ScriptMac, _) => working.mac(padding(key, form.option)?, data, out),
            (Self::Arpc2, _) => working.mac(Padding::Marked, data, out),
            (Self::Arpc1, WorkingKey::Des(_)) => working.encrypt(false, &arpc_block(data), out),
            (Self::Arpc1, WorkingKey::Aes(_)) => Err(Error::Internal("method 1 has no AES")),
        };
        drop(working);
        stack::wipe_little();
        computed
    }

    fn check_data(&self, form: &Form<'_>, data: &[u8]) -> Result<()> {
        let why = match self {
            Self::Ac => return check_transaction(data),
            Self::Arpc1 if form.option != 0 => {
                return check_transaction(data.get(ANSWERED_LEN..).unwrap_or_default());
            }
            Self::Arpc1 if data.len() == ANSWERED_LEN => return Ok(()),
            Self::Arpc1 => "an ARPC of method 1 is of a cryptogram and a response code: 8 and 2 bytes",
            Self::Arpc2 if (12..=20).contains(&data.len()) => return Ok(()),
            Self::Arpc2 => {
                "an ARPC of method 2 is of a cryptogram, a card status update and at most 8 bytes: 8, 4 and 0 to 8"
            }
            Self::ScriptMac if !data.is_empty() => return Ok(()),
            Self::ScriptMac => "a script's MAC is of a command",
        };
        Err(Error::DataLenRange(why))
    }
}

/// The cryptogram with the response code over its first bytes.
fn arpc_block(data: &[u8]) -> [u8; AC_LEN] {
    let mut block = [0; AC_LEN];
    let (cryptogram, code) = data.split_at_checked(AC_LEN).unwrap_or_default();
    block
        .iter_mut()
        .zip(cryptogram)
        .for_each(|(to, from)| *to = *from);
    block.iter_mut().zip(code).for_each(|(to, from)| *to ^= from);
    block
}

impl SignMechanism for Kind {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.form(key, params).map(|_| ())
    }

    fn signature_len(&self, key: &KeyMaterial, params: &Params) -> usize {
        self.form(key, params).map_or(0, |form| form.length)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.compute(key, &self.form(key, params)?, data, out)
    }
}

impl VerifyMechanism for Kind {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.form(key, params).map(|_| ())
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let form = self.form(key, params)?;
        compare_macs(signature, form.length, |right| {
            self.compute(key, &form, data, right)
        })
    }
}

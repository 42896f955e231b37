//! Data of issuers' scripts, encrypted for the card [EMV Book 2, 9.3; the forms are the schemes'].

use zeroize::Zeroizing;

use super::form::{Form, Session, Source};
use super::keys::WorkingKey;
use super::{BOTH, PARAM_LEN_MAX, row};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::{CipherMechanism, KeyMaterial, MechanismSpec, Params, Roles};
use crate::os::stack;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[row(
    CKM_VHSM_EMV_SCRIPT_ENCRYPT,
    BOTH,
    &[KeyUsage::EMV_CONFIDENTIALITY],
    PARAM_LEN_MAX,
    Roles {
        encrypt: Some(&ScriptEncryption),
        ..Roles::NONE
    },
)];

/// Most data of a command in bytes.
const DATA_LEN_MAX: usize = 255;
/// The same, with a length before it and padded to whole blocks.
const PADDED_LEN_MAX: usize = 272;

struct ScriptEncryption;

/// How data come to whole blocks, and how these are encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// The length in a byte before them, padding always, each block by itself.
    Visa,
    /// Padding where it is needed, chained.
    Mastercard,
    /// Padding always, chained.
    Emv,
}

impl Format {
    fn of(key: &KeyMaterial, code: u8) -> Result<Self> {
        match code {
            1 if key.key_type != CKK_AES => Ok(Self::Visa),
            2 => Ok(Self::Mastercard),
            3 => Ok(Self::Emv),
            _ => Err(Error::MechanismParamInvalid(
                "the format is 1 (Visa, triple DES only), 2 (Mastercard) or 3 (EMV)",
            )),
        }
    }

    /// Bytes of so many, padded.
    pub(super) fn padded_len(self, block_len: usize, length: usize) -> Result<usize> {
        if !(1..=DATA_LEN_MAX).contains(&length) {
            return Err(Error::DataLenRange("a script's data are 1 to 255 bytes"));
        }
        let length = match self {
            Self::Visa => length.saturating_add(2),
            Self::Mastercard => length,
            Self::Emv => length.saturating_add(1),
        };
        Ok(length.next_multiple_of(block_len))
    }
}

/// What the parameter says.
fn form<'a>(key: &KeyMaterial, params: &'a Params) -> Result<(Form<'a>, Format)> {
    let form = Form::whole(params)?;
    let format = checked(key, &form)?;
    Ok((form, format))
}

/// How scripts are encrypted, if the form and the key are those of scripts.
///
/// # Errors
/// As [`Form::check`]; [`Error::MechanismParamInvalid`].
pub(super) fn checked(key: &KeyMaterial, form: &Form<'_>) -> Result<Format> {
    form.check(key)?;
    let format = Format::of(key, form.option)?;
    match (&form.source, form.session, form.length) {
        (Source::Issuer(..), Session::None, _) => Err(Error::MechanismParamInvalid(
            "scripts are protected by keys of sessions",
        )),
        (_, _, 0) => Ok(format),
        _ => Err(Error::MechanismParamInvalid("encryption has no length to choose")),
    }
}

/// Bytes of a block of the key's cipher.
pub(super) fn block_len(key: &KeyMaterial) -> usize {
    if key.key_type == CKK_AES { 16 } else { 8 }
}

/// Encrypts data of 1 to 255 bytes; `out` has the padded length. For whatever puts the data together itself, such as a
/// new PIN, too.
pub(super) fn encrypt(key: &WorkingKey<'_>, format: Format, data: &[u8], out: &mut [u8]) -> Result<()> {
    let mut padded = Zeroizing::new([0; PADDED_LEN_MAX]);
    let length = format.padded_len(key.block_len(), data.len())?;
    let mut places = padded.iter_mut();
    if format == Format::Visa {
        let length = u8::try_from(data.len()).map_err(|_| Error::Internal("a script's data are short"))?;
        places.by_ref().take(1).for_each(|place| *place = length);
    }
    places.by_ref().zip(data).for_each(|(to, from)| *to = *from);
    // Behind data that fill their blocks this is cut off again.
    places.take(1).for_each(|place| *place = 0x80);
    let padded = padded
        .get(..length)
        .ok_or(Error::Internal("a script's data are short"))?;
    key.encrypt(format != Format::Visa, padded, out)
}

impl CipherMechanism for ScriptEncryption {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        form(key, params).map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        let (_, format) = form(key, params)?;
        format.padded_len(block_len(key), input_len)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let (form, format) = form(key, params)?;
        let working = WorkingKey::of(key, &form)?;
        let length = format.padded_len(working.block_len(), input.len())?;
        let out = out
            .get_mut(..length)
            .ok_or(Error::Internal("an output that is too short"))?;
        let encrypted = encrypt(&working, format, input, out);
        drop(working);
        stack::wipe_little();
        encrypted.map(|()| length)
    }
}

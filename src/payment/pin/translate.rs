//! PIN blocks under another key and in another format, without a PIN leaving.

use super::block::Format;
use super::end::{END_LEN, PinEnd};
use super::number::{PIN_MAX, PIN_MIN};
use super::rows::{Fields, HANDLE_LEN, PIN_KEYS};
use crate::ck::*;
use crate::error::{Error, PinFault, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    CipherMechanism, FurtherKey, KeyMaterial, KeyRule, MechanismSpec, ParamKind, Params, Roles, Standing,
};
use crate::os::stack;

/// Version, the end that the block comes from, and key and end that it goes to. One byte may follow.
const PARAM_LEN: usize = 1 + END_LEN + HANDLE_LEN + END_LEN;

const fn row(id: MechanismId, role: &'static Translate, standing: Standing) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC, AES],
        params: ParamKind::Flat {
            min: PARAM_LEN,
            max: PARAM_LEN + 1,
        },
        key: KeyRule {
            further: &[FurtherKey {
                at: 1 + END_LEN,
                function: CKA_ENCRYPT,
                rule: &PIN_KEYS,
            }],
            ..PIN_KEYS
        },
        roles: Roles {
            decrypt: Some(role),
            ..Roles::NONE
        },
        standing,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_PIN_TRANSLATE,
        &Translate { within_iso: true },
        Standing::CURRENT,
    ),
    row(
        CKM_VHSM_PIN_TRANSLATE_ANY,
        &Translate { within_iso: false },
        Standing {
            off: Some("it makes translations that ISO 9564-1 forbids, since PINs can be learnt by them"),
            ..Standing::CURRENT
        },
    ),
];

struct Translate {
    /// Only what [ISO 9564-1:2017, 9.5] and PCI PIN allow.
    within_iso: bool,
}

/// A parameter, read.
struct Asked<'a> {
    from: PinEnd<'a>,
    key: &'a KeyMaterial,
    to: PinEnd<'a>,
    /// Digits of the longest PIN that is translated, if the PIN's length is to be told.
    most: Option<usize>,
}

impl Asked<'_> {
    fn parse(params: &Params) -> Result<Asked<'_>> {
        let mut fields = Fields::of(params)?;
        let (from, key, to) = (fields.end()?, fields.required_key(0)?, fields.destination()?);
        let most = match fields.rest() {
            [] => None,
            [most] => Some(usize::from(*most)),
            _ => return Err(Error::Internal("a parameter that is too long")),
        };
        match most {
            None | Some(PIN_MIN..=PIN_MAX) => Ok(Asked { from, key, to, most }),
            Some(_) => Err(Error::MechanismParamInvalid("the longest PIN has 4 to 12 digits")),
        }
    }

    /// Whether the translation may be made. A block with an account goes to the same account: with another, checking
    /// values and faults would tell the PIN. A block with an account goes to none without, and the formats that only
    /// old devices and cards know are no destination.
    fn check_allowed(&self) -> Result<()> {
        let allowed = match (self.from.format, self.to.format) {
            (Format::Iso2, _) => false,
            (from, to) if from == to => true,
            // Read as PLUS, a block of format 0 would be one of another account.
            (Format::Plus, _) => false,
            // Mastercard's, with the account as format 0 has it.
            (from, Format::PayNow) => !matches!(from, Format::Docutel | Format::Diebold),
            (_, to) => matches!(to, Format::Iso0 | Format::Iso3 | Format::Iso4) || to.is_under_lmk(),
        };
        if !allowed {
            let why = "ISO 9564-1 and PCI have no such translation";
            return Err(Error::Pin(PinFault::Format, why));
        }
        match self.from.is_of_another_account(&self.to) {
            true => Err(Error::Pin(
                PinFault::Format,
                "a PIN is not translated to another account number",
            )),
            false => Ok(()),
        }
    }
}

impl CipherMechanism for Translate {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let asked = Asked::parse(params)?;
        asked.from.check(key)?;
        asked.to.check_for_sealing(asked.key)?;
        match self.within_iso {
            true => asked.check_allowed(),
            false => Ok(()),
        }
    }

    fn output_len(&self, _key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        // What the check has found right is not read again.
        let mut fields = Fields::of(params)?;
        let ([from, ..], _) = (fields.bytes::<END_LEN>()?, fields.bytes::<HANDLE_LEN>()?);
        let [to, ..] = fields.bytes::<END_LEN>()?;
        Format::of(*from)?.check_ciphertext_len(input_len)?;
        let tells_length = !fields.rest().is_empty();
        Ok(Format::of_destination(*to)?.block_len() + usize::from(tells_length))
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        stack::clean(|| {
            let asked = Asked::parse(params)?;
            let pin = asked.from.open(key, input)?;
            let length = pin.digits().len();
            if asked.most.is_some_and(|most| length > most) {
                let why = "it has more digits than it may have";
                return Err(Error::Pin(PinFault::Length, why));
            }
            let written = asked.to.seal(asked.key, &pin)?.write(out)?;
            if asked.most.is_none() {
                return Ok(written);
            }
            let (Some(place), Ok(length)) = (out.get_mut(written), u8::try_from(length)) else {
                return Err(Error::Internal("a PIN's length has no room"));
            };
            *place = length;
            Ok(written + 1)
        })
    }
}

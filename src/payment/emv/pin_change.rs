//! The data of a script that gives a card a new PIN: from encrypted PIN blocks, so that no PIN is seen on the way.

use zeroize::Zeroizing;

use super::form::{self, Form, Source};
use super::keys::{WorkingKey, card_value};
use super::row;
use super::script::{Format, block_len, checked, encrypt};
use crate::ck::*;
use crate::error::{Error, PaymentFault, PinFault, Result};
use crate::mechanism::{
    CipherMechanism, FurtherKey, KeyMaterial, KeyRule, KeySizes, MechanismSpec, Params, Roles,
};
use crate::os::stack;
use crate::payment::pin::{ClearPin, END_LEN, Fields, HANDLE_LEN, PIN_KEYS, PinEnd, PinFormat};

/// Version, the card's format, the two handles and the end, before the common form.
const HEAD_LEN: usize = 2 + 2 * HANDLE_LEN + END_LEN;

/// Issuers' keys for application cryptograms: a part of the card's goes into Visa's blocks.
const CRYPTOGRAM_KEYS: KeyRule = KeyRule {
    types: super::TRIPLE_DES,
    sizes: KeySizes::bytes(16, 16),
    usages: &[KeyUsage::EMV_APPLICATION_CRYPTOGRAMS],
    ..KeyRule::NONE
};

const FURTHER: &[FurtherKey] = &[
    FurtherKey {
        at: 2,
        function: CKA_DECRYPT,
        rule: &PIN_KEYS,
    },
    FurtherKey {
        at: 2 + HANDLE_LEN,
        function: CKA_DERIVE,
        rule: &CRYPTOGRAM_KEYS,
    },
];

/// The rows.
pub static ROWS: &[MechanismSpec] = &[{
    let mut row = row(
        CKM_VHSM_EMV_PIN_CHANGE,
        super::TRIPLE_DES,
        &[KeyUsage::EMV_CONFIDENTIALITY],
        HEAD_LEN + form::LEN_MAX,
        Roles {
            encrypt: Some(&PinChange),
            ..Roles::NONE
        },
    );
    row.key.further = FURTHER;
    row
}];

/// How the card wants the PIN, in the codes of payShield.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CardFormat {
    /// 34: ISO 9564-1 format 2, as it is.
    Iso2,
    /// 41: Visa's, of the new PIN.
    New,
    /// 42: Visa's, of the new and the old PIN.
    NewAndOld,
}

struct PinChange;

/// A parameter, read.
struct Asked<'a> {
    card: CardFormat,
    pin_key: &'a KeyMaterial,
    cryptogram_key: Option<&'a KeyMaterial>,
    end: PinEnd<'a>,
    form: Form<'a>,
}

impl Asked<'_> {
    fn parse(params: &Params) -> Result<Asked<'_>> {
        let mut fields = Fields::of(params)?;
        let card = match fields.byte()? {
            34 => CardFormat::Iso2,
            41 => CardFormat::New,
            42 => CardFormat::NewAndOld,
            _ => {
                let why = "a card takes PINs in the formats 34, 41 and 42";
                return Err(Error::MechanismParamInvalid(why));
            }
        };
        let (pin_key, cryptogram_key) = (fields.required_key(0)?, fields.key(1)?);
        let end = fields.end()?;
        let form = Form::whole_of(fields.rest())?;
        if cryptogram_key.is_some() == (card == CardFormat::Iso2) {
            let why = "formats 41 and 42 name the key for application cryptograms, format 34 names none";
            return Err(Error::MechanismParamInvalid(why));
        }
        // The block has bytes of the card's key in it, which is therefore derived here: of a key that is taken for a card's,
        // an issuer's perhaps, it would tell them.
        if cryptogram_key.is_some() && !matches!(form.source, Source::Issuer(..)) {
            let why = "with formats 41 and 42 the form has the issuer's key, A or B";
            return Err(Error::MechanismParamInvalid(why));
        }
        Ok(Asked {
            card,
            pin_key,
            cryptogram_key,
            end,
            form,
        })
    }

    /// How many blocks come in.
    const fn blocks(&self) -> usize {
        match self.card {
            CardFormat::NewAndOld => 2,
            CardFormat::Iso2 | CardFormat::New => 1,
        }
    }

    /// The block that the card deciphers.
    fn block(&self, new: &ClearPin, old: Option<&ClearPin>) -> Result<Zeroizing<u64>> {
        let iso2 = PinFormat::Iso2.pack(new, None)?;
        let Some(key) = self.cryptogram_key else {
            return Ok(iso2);
        };
        // The same with the control field 0; the last four bytes of the left half of the card's key go over its right
        // half, the old PIN over its left.
        let value = card_value(key, &self.form.source)?;
        let left = Zeroizing::new(value.first_chunk().copied().map_or(0, u64::from_be_bytes));
        let mut block = Zeroizing::new((*iso2 & u64::MAX >> 4) ^ (*left & u64::from(u32::MAX)));
        let digits = old.map_or(&[][..], ClearPin::digits);
        for (digit, place) in digits.iter().zip((0..16).rev()) {
            *block ^= u64::from(*digit) << (4 * place);
        }
        Ok(block)
    }
}

impl CipherMechanism for PinChange {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let asked = Asked::parse(params)?;
        asked.end.check(asked.pin_key)?;
        let mode = asked
            .cryptogram_key
            .and_then(|key| key.payment)
            .map(|payment| payment.mode);
        if mode.is_some_and(|mode| !mode.is_base()) {
            let why = "CKA_VHSM_MODE_OF_USE of the key for application cryptograms is X or N";
            return Err(Error::PaymentKey(PaymentFault::ModeOfUse, why));
        }
        if let (Source::Issuer(_, card), Some(pan)) = (&asked.form.source, asked.end.pan)
            && card.pan()?.digits() != pan.digits()
        {
            let why = "the PIN is one of another account than the card's";
            return Err(Error::Pin(PinFault::Format, why));
        }
        checked(key, &asked.form).map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        let asked = Asked::parse(params)?;
        if input_len != asked.blocks() * asked.end.format.block_len() {
            let why = "there is the block of the new PIN, and with format 42 that of the old one behind it";
            return Err(Error::DataLenRange(why));
        }
        checked(key, &asked.form)?.padded_len(block_len(key), 8)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let asked = Asked::parse(params)?;
        let format: Format = checked(key, &asked.form)?;
        let (new, old) = input
            .split_at_checked(asked.end.format.block_len())
            .ok_or(Error::Internal("a PIN block is missing"))?;
        let open = |block| asked.end.open(asked.pin_key, block);
        stack::clean(|| {
            let (new, old) = (open(new), Some(old).filter(|old| !old.is_empty()).map(open));
            let block = asked.block(&new?, old.transpose()?.as_ref())?;
            let working = WorkingKey::of(key, &asked.form)?;
            let length = format.padded_len(working.block_len(), 8)?;
            let out = out
                .get_mut(..length)
                .ok_or(Error::Internal("an output that is too short"))?;
            encrypt(&working, format, &Zeroizing::new(block.to_be_bytes())[..], out)?;
            Ok(length)
        })
    }
}

//! Card verification values that are another one for each transaction: Visa's dCVV and Mastercard's CVC3, made with the
//! card's key, which is derived from the issuer's in the call [EMV Book 2, A1.4; EMV Contactless Book C-2 for CVC3].

use zeroize::Zeroizing;

use super::card_key::Method;
use super::cvv;
use super::digits::{fields, from_hex};
use super::domain::{Counter, Expiry, Pan, SequenceNumber, ServiceCode};
use crate::ck::*;
use crate::crypto::des::Des3Key;
use crate::crypto::iso9797::{Iso9797Mac, Padding, Scheme};
use crate::error::{Error, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, SignMechanism, Standing,
    VerifyMechanism, compare_macs,
};
use crate::os::stack;

const VERSION: u8 = 1;
/// Digits of a whole CVC3.
const CVC3_LEN: usize = 5;
/// Longest track data in bytes: track 1 has fewer characters.
const TRACK_LEN_MAX: usize = 100;

const fn row(
    id: MechanismId,
    param_len: usize,
    usages: &'static [KeyUsage],
    value: &'static Dynamic,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC],
        params: ParamKind::Flat {
            min: param_len,
            max: param_len,
        },
        key: KeyRule {
            types: &[CKK_DES2],
            sizes: KeySizes::bytes(16, 16),
            usages,
            derives_first: true,
            ..KeyRule::NONE
        },
        roles: Roles {
            sign: Some(value),
            verify: Some(value),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_DCVV,
        2,
        &[KeyUsage::EMV_OTHER, KeyUsage::DYNAMIC_CARD_VERIFICATION],
        &Dynamic::Cvv,
    ),
    row(
        CKM_VHSM_CVC3,
        4,
        &[KeyUsage::EMV_DYNAMIC_NUMBERS, KeyUsage::DYNAMIC_CARD_VERIFICATION],
        &Dynamic::Cvc3,
    ),
];

enum Dynamic {
    Cvv,
    Cvc3,
}

/// What the parameter says.
struct Form {
    derivation: Method,
    /// Where the CVC3's initialisation vector is from.
    iv: Iv,
    digits: usize,
}

enum Iv {
    Track,
    Given,
}

impl Dynamic {
    fn form(&self, params: &Params) -> Result<Form> {
        let [version, derivation, rest @ ..] = params.flat()? else {
            return Err(Error::Internal("a card value's parameter that is too short"));
        };
        if *version != VERSION {
            return Err(Error::MechanismParamInvalid("the parameter's version is 1"));
        }
        let (iv, digits) = match (self, rest) {
            (Self::Cvv, _) => (Iv::Track, 3),
            (Self::Cvc3, [1, digits @ 3..=5]) => (Iv::Track, usize::from(*digits)),
            (Self::Cvc3, [2, digits @ 3..=5]) => (Iv::Given, usize::from(*digits)),
            (Self::Cvc3, _) => {
                let why = "a CVC3 is made of track data (1) or of its IV (2) and has 3 to 5 digits";
                return Err(Error::MechanismParamInvalid(why));
            }
        };
        Ok(Form {
            derivation: Method::of(*derivation)?,
            iv,
            digits,
        })
    }

    /// Writes the value's last digits, as many as `out` has room for.
    fn compute(&self, key: &KeyMaterial, form: &Form, data: &[u8], out: &mut [u8]) -> Result<()> {
        let issuer = key.secret()?.des3()?;
        let written = match self {
            Self::Cvv => write_last(&*dcvv(issuer, form, data)?, out),
            Self::Cvc3 => write_last(&*cvc3(issuer, form, data)?, out),
        };
        stack::wipe_little();
        written
    }
}

fn write_last(value: &[u8], out: &mut [u8]) -> Result<()> {
    let start = value.len().checked_sub(out.len());
    let last = start.and_then(|start| value.get(start..));
    out.copy_from_slice(last.ok_or(Error::Internal("a value has fewer digits"))?);
    Ok(())
}

/// Of `PAN;sequence number;expiry;service code;counter`: a CVV under the card's key, with the counter in place of the
/// PAN's first four digits.
fn dcvv(issuer: &Des3Key, form: &Form, data: &[u8]) -> Result<Zeroizing<[u8; 3]>> {
    let [pan, number, expiry, service_code, counter] = fields(data)?;
    let (pan, number) = (Pan::parse(pan)?, SequenceNumber::parse(number)?);
    let (expiry, service_code) = (Expiry::parse(expiry)?, ServiceCode::parse(service_code)?);
    let counter = Counter::parse(counter)?;
    let key = form.derivation.card_key(issuer, pan, number)?;
    let rest = pan.digits().get(4..).unwrap_or_default();
    let digits = [counter.digits(), rest, expiry.digits(), service_code.digits()];
    Ok(cvv::value_of(&key, &digits))
}

/// Of `PAN;sequence number;counter;unpredictable number;IV or track data`, the last three in hexadecimal: the last two
/// bytes of the encrypted block of all three, as a decimal number. The IV of track data are the last two bytes of its
/// MAC.
fn cvc3(issuer: &Des3Key, form: &Form, data: &[u8]) -> Result<Zeroizing<[u8; CVC3_LEN]>> {
    let [pan, number, counter, unpredictable, source] = fields(data)?;
    let (pan, number) = (Pan::parse(pan)?, SequenceNumber::parse(number)?);
    let mut block = Zeroizing::new([0; 8]);
    let [_, _, rest @ ..] = &mut *block;
    let (unpredictable_to, counter_to) = rest.split_at_mut(4);
    from_hex(
        counter,
        counter_to,
        "a transaction counter has 4 hexadecimal digits",
    )?;
    let why = "an unpredictable number has 8 hexadecimal digits";
    from_hex(unpredictable, unpredictable_to, why)?;
    let iv = source_of_iv(&form.iv, source)?;
    let key = form.derivation.card_key(issuer, pan, number)?;
    let iv = match iv {
        Source::Iv(iv) => iv,
        Source::Track(track, length) => {
            let mut mac = Zeroizing::new([0; 8]);
            let track = track.get(..length).unwrap_or_default();
            Iso9797Mac::whole(Scheme::Alg3, Padding::Marked, &key, track, mac.as_mut())?;
            let [.., high, low] = *mac;
            [high, low]
        }
    };
    let [first, second, ..] = &mut *block;
    [*first, *second] = iv;
    let [.., high, low] = *Zeroizing::new(key.encrypt(*block));
    let mut number = u16::from_be_bytes([high, low]);
    let mut value = Zeroizing::new([0; CVC3_LEN]);
    for digit in value.iter_mut().rev() {
        *digit = b'0'.wrapping_add(u8::try_from(number % 10).unwrap_or(0));
        number /= 10;
    }
    Ok(value)
}

/// The bytes of the data's last field.
enum Source {
    Iv([u8; 2]),
    Track(Zeroizing<[u8; TRACK_LEN_MAX]>, usize),
}

fn source_of_iv(iv: &Iv, text: &[u8]) -> Result<Source> {
    match iv {
        Iv::Given => {
            let mut iv = [0; 2];
            from_hex(text, &mut iv, "a CVC3's IV has 4 hexadecimal digits")?;
            Ok(Source::Iv(iv))
        }
        Iv::Track => {
            const WHY: &str = "track data are 1 to 100 bytes in hexadecimal";
            let mut track = Zeroizing::new([0; TRACK_LEN_MAX]);
            let length = text.len() / 2;
            match track.get_mut(..length) {
                Some(track) if length > 0 => from_hex(text, track, WHY)?,
                _ => return Err(Error::DataLenRange(WHY)),
            }
            Ok(Source::Track(track, length))
        }
    }
}

impl SignMechanism for Dynamic {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        self.form(params).map(|_| ())
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        self.form(params).map_or(0, |form| form.digits)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.compute(key, &self.form(params)?, data, out)
    }
}

impl VerifyMechanism for Dynamic {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        self.form(params).map(|_| ())
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let form = self.form(params)?;
        compare_macs(signature, form.digits, |right| {
            self.compute(key, &form, data, right)
        })
    }
}

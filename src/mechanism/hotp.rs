//! One-time passwords by HMAC and a counter: HOTP [PKCS#11 3.2, 6.39.6; RFC 4226].

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::counting::CountingSign;
use super::generate::{SECRET, SECRET_LEN_MAX};
use super::key::KeyMaterial;
use super::library::{AWS_LC, GETRANDOM, Library};
use super::operation::{GenerateKeyMechanism, SignMechanism, VerifyMechanism};
use super::params::{ParamKind, Params};
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles, Standing};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};

/// Length of a key in bytes whose template does not name it: as long as its MACs [RFC 4226, 4: R6].
const KEY_LEN: u64 = 20;
/// Most digits of a one-time password.
const DIGITS_MAX: usize = 9;
/// Fewest digits [RFC 4226, 4: R4].
const DIGITS_MIN: usize = 6;

const fn row(
    id: MechanismId,
    params: ParamKind,
    libraries: &'static [Library],
    roles: Roles,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "PKCS#11 3.2, 6.39.6",
        libraries,
        params,
        key: KeyRule {
            types: &[CKK_HOTP],
            sizes: KeySizes::bytes(1, SECRET_LEN_MAX),
            ..KeyRule::NONE
        },
        roles,
        standing: Standing::CURRENT,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_HOTP_KEY_GEN,
        ParamKind::None,
        &[GETRANDOM],
        Roles {
            generate: Some(&KeyGen),
            ..Roles::NONE
        },
    ),
    row(
        CKM_HOTP,
        ParamKind::OptionalOtp,
        &[AWS_LC],
        Roles {
            sign: Some(&Hotp),
            verify: Some(&Hotp),
            ..Roles::NONE
        },
    ),
];

struct KeyGen;

impl GenerateKeyMechanism for KeyGen {
    fn check(&self, params: &Params, template: &AttributeSet) -> Result<()> {
        SECRET.check(params, template)
    }

    fn generate(&self, params: &Params, template: &AttributeSet) -> Result<AttributeSet> {
        SECRET.generate(params, template)
    }

    fn default_len(&self) -> Option<u64> {
        Some(KEY_LEN)
    }

    fn class(&self) -> ObjectClass {
        CKO_OTP_KEY
    }
}

struct Hotp;

/// What the caller said: counter, whether the next one is wanted, digits.
const fn told(params: &Params) -> (Option<u64>, bool, Option<u64>) {
    match params {
        Params::Otp {
            counter,
            next,
            length,
        } => (*counter, *next, *length),
        _ => (None, false, None),
    }
}

/// How many digits are wanted: the caller's wish, or the key's.
fn digits(key: &KeyMaterial, params: &Params) -> Result<usize> {
    let (_, _, length) = told(params);
    let length = to_usize(length.or(key.otp_len).unwrap_or(0));
    match (DIGITS_MIN..=DIGITS_MAX).contains(&length) {
        true => Ok(length),
        false => Err(Error::MechanismParamInvalid(
            "a one-time password has 6 to 9 digits",
        )),
    }
}

/// The one-time password of a counter [RFC 4226, 5.3].
fn password(key: &KeyMaterial, counter: u64, digits: usize) -> Result<Zeroizing<Vec<u8>>> {
    let mut mac = Zeroizing::new([0; 20]);
    key.secret()?
        .hmac(Hash::Sha1)?
        .mac(&counter.to_be_bytes(), mac.as_mut());
    let offset = mac.last().map_or(0, |last| usize::from(last & 0xf));
    let word = mac.get(offset..).and_then(|rest| rest.first_chunk());
    let word = word.ok_or(Error::Internal("a MAC that is too short"))?;
    let mut number = u32::from_be_bytes(*word) & 0x7fff_ffff;
    let mut text = Zeroizing::new(vec![b'0'; digits]);
    for place in text.iter_mut().rev() {
        let digit = u8::try_from(number % 10).unwrap_or_default();
        *place = b'0'.saturating_add(digit);
        number /= 10;
    }
    Ok(text)
}

/// `sizeof(CK_OTP_SIGNATURE_INFO)`, and behind it two `CK_OTP_PARAM`s.
const INFO_LEN: usize = size_of::<sys::CK_OTP_SIGNATURE_INFO>();
const HEAD_LEN: usize = INFO_LEN + 2 * size_of::<sys::CK_OTP_PARAM>();
const COUNTER_LEN: usize = 8;

/// The counter that the caller or the key gives, or the one behind it.
fn counter(params: &Params, current: u64) -> Result<u64> {
    match told(params) {
        (_, false, _) => Ok(current),
        (_, true, _) => current.checked_add(1).ok_or(Error::MechanismParamInvalid(
            "there is no counter behind the last one",
        )),
    }
}

/// [PKCS#11 3.2, 6.39.6] there is no message.
fn check_data(data: &[u8]) -> Result<()> {
    match data {
        [] => Ok(()),
        _ => Err(Error::DataLenRange("a one-time password is not made of data")),
    }
}

impl CountingSign for Hotp {
    fn check_data(&self, data: &[u8]) -> Result<()> {
        check_data(data)
    }

    fn chosen(&self, params: &Params) -> Option<u64> {
        told(params).0
    }

    /// The next one-time password is asked for as if the current one had been given: the key is moved on behind it.
    fn take(&self, params: &Params, attributes: &mut AttributeSet) -> Result<u64> {
        const OVER: Error = Error::DataInvalid("the key's counter is used up");
        let current = attributes.bytes(CKA_OTP_COUNTER);
        let current = current.and_then(|bytes| bytes.try_into().ok());
        let current = u64::from_be_bytes(current.ok_or(Error::Internal("an HOTP key without its counter"))?);
        let used = counter(params, current)?;
        let next = used.checked_add(1).ok_or(OVER)?;
        attributes.set(CKA_OTP_COUNTER, Value::bytes(&next.to_be_bytes()));
        Ok(current)
    }

    /// A `CK_OTP_SIGNATURE_INFO` whose pointers lead into the same buffer: the one-time password and its counter.
    fn sign(
        &self,
        key: &KeyMaterial,
        params: &Params,
        count: u64,
        _data: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        let counter = counter(params, count)?;
        let password = password(key, counter, digits(key, params)?)?;
        let base = to_ulong(out.as_ptr().expose_provenance());
        let at = |offset: usize| base.saturating_add(to_ulong(offset));
        let words = [
            at(INFO_LEN),
            2,
            sys::CK_OTP_VALUE,
            at(HEAD_LEN + COUNTER_LEN),
            to_ulong(password.len()),
            sys::CK_OTP_COUNTER,
            at(HEAD_LEN),
            to_ulong(COUNTER_LEN),
        ];
        let bytes = words.into_iter().flat_map(u64::to_ne_bytes);
        let bytes = bytes.chain(counter.to_be_bytes()).chain(password.iter().copied());
        out.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        Ok(())
    }
}

impl SignMechanism for Hotp {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        digits(key, params).map(|_| ())
    }

    fn signature_len(&self, key: &KeyMaterial, params: &Params) -> usize {
        HEAD_LEN + COUNTER_LEN + digits(key, params).unwrap_or(0)
    }

    fn sign(&self, _key: &KeyMaterial, _params: &Params, _data: &[u8], _out: &mut [u8]) -> Result<()> {
        Err(Error::Internal("a one-time password without its counter"))
    }

    fn counting(&self) -> Option<&dyn CountingSign> {
        Some(self)
    }
}

impl VerifyMechanism for Hotp {
    /// [PKCS#11 3.2, 6.39.6] the counter must be there.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        match told(params).0 {
            Some(_) => digits(key, params).map(|_| ()),
            None => Err(Error::MechanismParamInvalid("verification needs CK_OTP_COUNTER")),
        }
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        check_data(data)?;
        let digits = digits(key, params)?;
        if signature.len() != digits {
            return Err(Error::SignatureLenRange);
        }
        let counter = counter(params, told(params).0.unwrap_or_default())?;
        match password(key, counter, digits)?.ct_eq(signature).into() {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }
}

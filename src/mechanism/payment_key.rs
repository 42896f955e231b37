//! [`PaymentKey`]: what a payment key carries beside its value, and whether it may be used so today.

use super::spec::KeyRule;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::des;
use crate::error::{Error, PaymentFault, Result};
use crate::os::clock::{self, Day};

/// What the attributes of a local master key say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lmk {
    /// CKA_VHSM_LMK_ID.
    pub id: [u8; 2],
    /// CKA_VHSM_LMK_OLD.
    pub old: bool,
    /// CKA_VHSM_LMK_SEPARATE_002.
    pub separate_002: bool,
}

impl Lmk {
    fn of(attributes: &AttributeSet) -> Result<Self> {
        let id = attributes
            .bytes(CKA_VHSM_LMK_ID)
            .and_then(|id| id.try_into().ok());
        Ok(Self {
            id: id.ok_or(Error::Internal("a local master key without its number"))?,
            old: attributes.bool(CKA_VHSM_LMK_OLD) == Some(true),
            separate_002: attributes.bool(CKA_VHSM_LMK_SEPARATE_002) != Some(false),
        })
    }
}

/// What the vendor attributes of a key say [ANSI X9.143: usage, mode of use; the key's dates].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PaymentKey {
    /// CKA_VHSM_KEY_USAGE.
    pub usage: KeyUsage,
    /// CKA_VHSM_MODE_OF_USE; without it the usage alone decides.
    pub mode: ModeOfUse,
    /// CKA_VHSM_DECIMALIZATION_TABLE: the only one that the key works with.
    pub decimalization_table: Option<[u8; 16]>,
    /// CKA_VHSM_EXPORTABILITY.
    pub exportability: Option<u8>,
    /// The number of the component that it is, by CKA_VHSM_KEY_VERSION.
    pub component: Option<u8>,
    /// What there is of a local master key.
    pub lmk: Option<Lmk>,
    /// CKA_START_DATE.
    pub first_day: Option<Day>,
    /// CKA_END_DATE.
    pub last_day: Option<Day>,
}

impl PaymentKey {
    /// What the attributes of a key say; `None` for a general key. A usage that cannot be read is not taken for none:
    /// the key would be a general key.
    ///
    /// # Errors
    /// [`Error::Internal`] for values that no template could give.
    pub(super) fn of(attributes: &AttributeSet) -> Result<Option<Self>> {
        let lmk = match attributes.key_type() {
            Some(CKK_VHSM_LMK) => Some(Lmk::of(attributes)?),
            _ if !attributes.contains(CKA_VHSM_KEY_USAGE) => return Ok(None),
            _ => None,
        };
        let bytes = |attribute| attributes.bytes(attribute);
        let usage = match lmk {
            Some(_) => Some(KeyUsage::LOCAL_MASTER),
            None => attributes.key_usage(),
        };
        let mode = match bytes(CKA_VHSM_MODE_OF_USE) {
            Some(_) => attributes.mode_of_use(),
            None => Some(ModeOfUse::Unrestricted),
        };
        match (usage, mode) {
            (Some(usage), Some(mode)) => Ok(Some(Self {
                usage,
                mode,
                decimalization_table: match bytes(CKA_VHSM_DECIMALIZATION_TABLE) {
                    Some(table) => Some(table.try_into().map_err(|_| WRONG_TABLE)?),
                    None => None,
                },
                exportability: attributes.code(CKA_VHSM_EXPORTABILITY),
                component: component_of(attributes),
                lmk,
                first_day: bytes(CKA_START_DATE).and_then(day),
                last_day: bytes(CKA_END_DATE).and_then(day),
            })),
            _ => Err(Error::Internal("a payment key's usage or mode cannot be read")),
        }
    }

    /// Whether the mode of use has the use of this flag. Signatures, S and T, are of key pairs [ANSI X9.143, mode of use]:
    /// they give a secret key no use.
    fn permits(&self, function: AttributeType) -> bool {
        let is_of_pairs = matches!(self.mode, ModeOfUse::Sign | ModeOfUse::SignDecrypt);
        self.mode.permits(function) && (!is_of_pairs || self.usage.is_rsa_private())
    }

    /// Whether the key may be used in the way of this usage flag by a mechanism with this rule, today.
    ///
    /// # Errors
    /// [`Error::PaymentKey`].
    pub fn check(&self, function: AttributeType, rule: &KeyRule) -> Result<()> {
        if self.component.is_some() && !rule.components {
            let why = "the key is a component (CKA_VHSM_KEY_VERSION)";
            return Err(Error::PaymentKey(PaymentFault::Usage, why));
        }
        if self.usage.is_rsa_private() && rule.usages.is_empty() && function != CKA_SIGN {
            let why = "by the standard's mechanisms a private payment key signs, and does nothing else";
            return Err(Error::PaymentKey(PaymentFault::ModeOfUse, why));
        }
        let derives = rule.components || rule.derives_first && self.mode.is_base();
        if !derives && !self.permits(function) {
            let why = "CKA_VHSM_MODE_OF_USE has another use";
            return Err(Error::PaymentKey(PaymentFault::ModeOfUse, why));
        }
        let (fault, why) = match fault_today(self.first_day, self.last_day) {
            None => return Ok(()),
            Some(fault @ PaymentFault::NotYetValid) => (fault, "CKA_START_DATE is yet to come"),
            Some(fault) => (fault, "CKA_END_DATE is over"),
        };
        Err(Error::PaymentKey(fault, why))
    }
}

/// What keeps a key with these days from being used today.
fn fault_today(first: Option<Day>, last: Option<Day>) -> Option<PaymentFault> {
    if first.is_none() && last.is_none() {
        return None;
    }
    let today = clock::day(clock::since_epoch());
    if first.is_some_and(|first| today < first) {
        return Some(PaymentFault::NotYetValid);
    }
    last.is_some_and(|last| today > last)
        .then_some(PaymentFault::Expired)
}

impl KeyRule {
    /// Whether a key of this payment usage, or of none, is taken. Payment keys and general keys never change places,
    /// but where a standard mechanism is what the usage names: a general cipher would compute under a payment key what
    /// only its own mechanism may.
    ///
    /// # Errors
    /// [`Error::PaymentKey`].
    pub fn check_usage(&self, usage: Option<KeyUsage>) -> Result<()> {
        let why = match usage {
            Some(_) if self.tells_check_value || self.components => return Ok(()),
            None if self.usages.is_empty() && !self.tells_check_value && !self.components => return Ok(()),
            Some(usage) if self.takes(usage) || self.takes(usage.standard()) => return Ok(()),
            None => "the mechanism wants a key with CKA_VHSM_KEY_USAGE",
            Some(_) if self.usages.is_empty() => "a key with this CKA_VHSM_KEY_USAGE is for other mechanisms",
            Some(_) => "the mechanism wants a key with another CKA_VHSM_KEY_USAGE",
        };
        Err(Error::PaymentKey(PaymentFault::Usage, why))
    }

    fn takes(&self, usage: KeyUsage) -> bool {
        self.usages.contains(&usage) || self.usages_beside.contains(&usage)
    }
}

/// The number of the component that a key is, by CKA_VHSM_KEY_VERSION: whatever stands behind a `c` [ANSI X9.143, key
/// version number], so that no version makes a key of a component. What is no digit is its character.
#[must_use]
pub fn component_of(attributes: &AttributeSet) -> Option<u8> {
    match attributes.bytes(CKA_VHSM_KEY_VERSION) {
        Some([b'c' | b'C', digit @ b'0'..=b'9']) => Some(digit - b'0'),
        Some([b'c' | b'C', other]) => Some(*other),
        _ => None,
    }
}

/// Whether a key that comes in without a header may have the mode of use that a template gives it: a master key of chip
/// cards derives. As a session's it would make, of data of the caller's choice, the keys that are derived of it.
///
/// # Errors
/// [`Error::PaymentKey`].
pub fn check_told_mode(template: &AttributeSet) -> Result<()> {
    match (template.key_usage(), template.mode_of_use()) {
        (Some(usage), Some(mode)) if usage.derives_or_works() && !mode.permits(CKA_DERIVE) => {
            let why = "a key of E0, E1 or E2 that comes in without a header is a master key: X, N or Y, unless the template of its unwrapping key names another mode, of the mode X, N or Y";
            Err(Error::PaymentKey(PaymentFault::ModeOfUse, why))
        }
        _ => Ok(()),
    }
}

/// Whether a key with these attributes may leave today in a form that has no dates.
///
/// # Errors
/// [`Error::PaymentKey`].
pub fn check_days_of_leaving(attributes: &AttributeSet) -> Result<()> {
    let of = |attribute| attributes.bytes(attribute).and_then(day);
    let (fault, why) = match fault_today(of(CKA_START_DATE), of(CKA_END_DATE)) {
        None => return Ok(()),
        Some(fault @ PaymentFault::NotYetValid) => (
            fault,
            "CKA_START_DATE is yet to come, and the wrapped form has no date: it would come back as one of today",
        ),
        Some(fault) => (
            fault,
            "CKA_END_DATE is over, and the wrapped form has no date: it would come back as good as new",
        ),
    };
    Err(Error::PaymentKey(fault, why))
}

/// Whether a decimalisation table is not so plain that it gives PINs away: 16 decimal digits in ASCII, at least 8
/// different ones, and none more than 4 times [payShield's rule].
#[must_use]
pub fn is_decimalization_table(text: &[u8]) -> bool {
    let mut counts = [0_usize; 10];
    for digit in text {
        let place = digit.checked_sub(b'0').map(usize::from);
        match place.and_then(|place| counts.get_mut(place)) {
            Some(count) => *count += 1,
            None => return false,
        }
    }
    let distinct = counts.iter().filter(|count| **count > 0).count();
    text.len() == 16 && distinct >= 8 && counts.iter().all(|count| *count <= 4)
}

const WRONG_TABLE: Error = Error::Internal("a key's decimalisation table cannot be read");

/// Whether a date of a payment key, CKA_START_DATE or CKA_END_DATE, or an hour of such a day, allows more than its own.
#[must_use]
pub fn is_wider<T: Ord>(date: AttributeType, told: &T, own: &T) -> bool {
    if date == CKA_START_DATE {
        told < own
    } else {
        told > own
    }
}

/// The day of a `CK_DATE`; `None` if it is empty, or 00000000, which is not set as well.
#[must_use]
pub fn day(date: &[u8]) -> Option<Day> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |sum, digit| {
            Some(sum * 10 + u64::from(digit.checked_sub(b'0')?))
        })
    };
    let (year, rest) = date.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    Some((number(year)?, number(month)?, number(day)?)).filter(|day| *day != (0, 0, 0))
}

/// What is wrong with a DES key that comes in: odd parity and different parts are what issuers and devices ask of
/// payment keys [ANSI X9.24-1, 7.4; payShield: errors 10, 11 and 75]. Weak and semi-weak keys are as few as they are known
/// [NIST SP 800-67, "Weak Keys"]. A triple key whose first part is its third is a double one [NIST SP 800-67, 3.2, keying
/// option 2], which comes in as that: as a triple one it would count as strong enough to protect triple keys.
///
/// # Errors
/// [`Error::PaymentKey`].
pub fn check_strength(key_type: KeyType, value: &[u8]) -> Result<()> {
    if value.iter().all(|byte| *byte == 0) {
        return Err(Error::PaymentKey(PaymentFault::AllZero, "every byte of it is 0"));
    }
    if !matches!(key_type, CKK_DES | CKK_DES2 | CKK_DES3) {
        return Ok(());
    }
    if value.iter().any(|byte| byte.count_ones() % 2 == 0) {
        let why = "a byte of it has an even number of ones";
        return Err(Error::PaymentKey(PaymentFault::Parity, why));
    }
    let (parts, _) = value.as_chunks::<8>();
    if parts.iter().any(des::is_undone_by_encryption) {
        let why = "a part of it is one of the weak or semi-weak keys of DES";
        return Err(Error::PaymentKey(PaymentFault::Weak, why));
    }
    let equal = match parts {
        [first, second] => first == second,
        [first, second, third] => first == second || second == third || first == third,
        _ => false,
    };
    match equal {
        true => Err(Error::PaymentKey(
            PaymentFault::Masquerades,
            "two parts of it are the same, so that it is no stronger than a shorter key",
        )),
        false => Ok(()),
    }
}

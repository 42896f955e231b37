//! What commands have in common: parameters of the vendor mechanisms, account numbers, PIN block formats.

use super::dukpt::is_base;
use crate::ck::ObjectHandle;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::key_field::KeyField;
use crate::payshield::refusal::Refusal;
use crate::payshield::settings::PIN_BLOCK_FORMATS;

/// The longest parameter that is put together here.
const PARAMETER_MAX: usize = 160;

/// A flat parameter that is put together: its first byte is the version of its form.
pub(super) struct Parameter {
    bytes: [u8; PARAMETER_MAX],
    length: usize,
}

impl Parameter {
    pub(super) fn new() -> Self {
        Self::of_version(1)
    }

    pub(super) fn of_version(version: u8) -> Self {
        let empty = Self {
            bytes: [0; PARAMETER_MAX],
            length: 0,
        };
        empty.byte(version)
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        let end = self.length + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
            self.length = end;
        }
        self
    }

    pub(super) fn byte(self, byte: u8) -> Self {
        self.bytes(&[byte])
    }

    /// The handle of a further key.
    pub(super) fn handle(self, key: &Held) -> Self {
        self.handle_of(key.handle)
    }

    /// The handle of a further key, or 0.
    pub(super) fn handle_of(self, key: ObjectHandle) -> Self {
        self.bytes(&key.0.to_be_bytes())
    }

    /// ACCOUNT: 20 bytes.
    pub(super) fn account(self, digits: &[u8]) -> Self {
        let mut account = [0; 20];
        if let ([length, place @ ..], Ok(count)) = (&mut account, u8::try_from(digits.len())) {
            *length = count;
            place
                .iter_mut()
                .zip(digits)
                .for_each(|(place, digit)| *place = *digit);
        }
        self.bytes(&account)
    }

    /// END of a block under a key itself: 34 bytes.
    pub(super) fn end(self, format: u8, account: &[u8]) -> Self {
        self.bytes(&[format, 0]).bytes(&[0; 12]).account(account)
    }

    /// END of a block, whatever its key.
    pub(super) fn end_of(self, end: &End) -> Self {
        match end.derivation {
            0 => self.end(end.format, end.account.digits()),
            derivation => self
                .bytes(&[end.format, derivation])
                .bytes(&end.serial)
                .account(end.account.digits()),
        }
    }

    /// The parameter with tables of excluded PINs, which may be long.
    pub(super) fn followed_by(&self, tables: &[u8]) -> Vec<u8> {
        [self.get(), tables].concat()
    }

    pub(super) fn get(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// How a PIN block is formed, and under what it is encrypted, the key's handle apart.
pub(super) struct End {
    pub(super) format: u8,
    /// How the PIN key is derived; 0 for a key itself.
    pub(super) derivation: u8,
    /// The key serial number at its end.
    pub(super) serial: [u8; 12],
    pub(super) account: Account,
}

impl End {
    /// Under a key itself.
    pub(super) fn under_key(format: u8, account: Account) -> Self {
        Self {
            format,
            derivation: 0,
            serial: [0; 12],
            account,
        }
    }
}

/// An account number as messages have it: 12 digits without the check digit, 18 for PLUS, or the whole number and `;` for
/// format 48. Mechanisms take it with a check digit, which none of the formats that are bound to 12 digits uses.
#[derive(Clone, Copy)]
pub(super) struct Account {
    digits: [u8; 19],
    length: usize,
}

impl Account {
    /// Reads 12 digits.
    ///
    /// # Errors
    /// 15 if the message ends, 22 if they are no digits.
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        Self::of(&fields.account::<12>("account number")?, true)
    }

    /// Reads what a block of one of these formats goes with.
    ///
    /// # Errors
    /// As [`Account::read`].
    pub(super) fn read_for(fields: &mut Fields<'_>, formats: &[u8]) -> Result<Self, Refusal> {
        if formats.contains(&ISO_4) {
            return Self::of(fields.card_number_until("account number", b';', 19)?, false);
        }
        match formats.contains(&PLUS) {
            true => Self::of(&fields.account::<18>("account number")?, true),
            false => Self::read(fields),
        }
    }

    fn of(text: &[u8], without_check_digit: bool) -> Result<Self, Refusal> {
        if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
            return Err(Refusal::new(
                ErrorCode::ACCOUNT,
                "the account number has other characters than digits",
            ));
        }
        let mut digits = [b'0'; 19];
        digits
            .iter_mut()
            .zip(text)
            .for_each(|(place, digit)| *place = *digit);
        Ok(Self {
            digits,
            length: text.len() + usize::from(without_check_digit),
        })
    }

    /// With the check digit.
    pub(super) fn digits(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or_default()
    }

    /// The last so many digits before the check digit, fewer if there are not so many.
    pub(super) fn last(&self, count: usize) -> &[u8] {
        let (_check, digits) = self.digits().split_last().unwrap_or((&0, &[]));
        digits
            .get(digits.len().saturating_sub(count)..)
            .unwrap_or_default()
    }
}

/// A PIN block with its format.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    /// The format's number, as mechanisms have it, too.
    pub(super) format: u8,
    digits: &'a [u8],
}

pub(super) const PLUS: u8 = 4;
pub(super) const ISO_2: u8 = 34;
const PAY_NOW: u8 = 35;
const ISO_4: u8 = 48;

/// A format's number.
///
/// # Errors
/// 23 for one that there is not, 69 for one that is off.
pub(super) fn format_of(digits: [u8; 2], disabled: &[String]) -> Result<u8, Refusal> {
    let text = std::str::from_utf8(&digits).unwrap_or_default();
    if !PIN_BLOCK_FORMATS.contains(&text) {
        return Err(Refusal::new(
            ErrorCode::PIN_BLOCK_FORMAT,
            "there is no such PIN block format",
        ));
    }
    check_format_on(text, disabled)?;
    text.parse()
        .map_err(|_| Refusal::new(ErrorCode::PIN_BLOCK_FORMAT, "there is no such PIN block format"))
}

/// That a format is not switched off.
///
/// # Errors
/// 69.
pub(super) fn check_format_on(format: &str, disabled: &[String]) -> Result<(), Refusal> {
    match disabled.iter().any(|off| off == format) {
        true => Err(Refusal::new(
            ErrorCode::PIN_BLOCK_FORMAT_DISABLED,
            format!(
                "PIN block format {format} is switched off: `payshield.disabled_formats` or `--disable-format` names it"
            ),
        )),
        false => Ok(()),
    }
}

impl<'a> Block<'a> {
    /// Reads a block of 16 hexadecimal digits, or of 32 under a key of AES, and the format behind it.
    ///
    /// # Errors
    /// 15, 23, 69.
    pub(super) fn read(call: &mut Call<'a>, key: &KeyField<'_>) -> Result<Self, Refusal> {
        let disabled = &call.host.settings().disabled_formats;
        let fields = &mut call.fields;
        let is_iso_4 = key.is_aes() && (is_base(key).is_none() || has_iso_4(fields.rest()));
        let digits = fields.hex("PIN block", if is_iso_4 { 32 } else { 16 })?;
        let format = format_of(fields.array("PIN block format")?, disabled)?;
        let why = match (format == ISO_4) == is_iso_4 {
            true if !matches!(format, ISO_2 | PAY_NOW) => return Ok(Self { format, digits }),
            true => "blocks of formats 34 and 35 only go",
            false => "format 48 has blocks of 32 digits",
        };
        Err(Refusal::new(ErrorCode::PIN_BLOCK_FORMAT, why))
    }

    /// Reads a block of 16 hexadecimal digits, which is of format 01.
    ///
    /// # Errors
    /// 15.
    pub(super) fn of_iso_0(fields: &mut Fields<'a>) -> Result<Self, Refusal> {
        Ok(Self {
            format: 1,
            digits: fields.hex("PIN block", 16)?,
        })
    }

    /// The block's bytes, in the beginning of a buffer.
    pub(super) fn bytes(&self) -> ([u8; 16], usize) {
        let mut bytes = [0; 16];
        let length = self.digits.len() / 2;
        if let Some(place) = bytes.get_mut(..length) {
            let _digits = crate::payshield::hex::unhex(self.digits, place);
        }
        (bytes, length)
    }
}

/// Whether a block of 32 digits comes. The PIN keys of a base key of AES are those of triple DES for blocks of 16 digits, so
/// that the key does not tell: only behind format 48 stands a whole account number with its `;`.
fn has_iso_4(rest: &[u8]) -> bool {
    /// Another format or a check length, and the longest account number.
    const DIGITS: usize = 2 + 2 + 19;
    let behind = rest.get(32..).and_then(|behind| behind.strip_prefix(b"48"));
    behind.is_some_and(|behind| {
        let count = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
        count <= DIGITS && behind.get(count) == Some(&b';')
    })
}

/// The maximum PIN length, which stands before the block; hosts send 12.
///
/// # Errors
/// 15; 24 if it is none of a PIN.
pub(super) fn most_digits(fields: &mut Fields<'_>) -> Result<u8, Refusal> {
    match u8::try_from(fields.number("maximum PIN length", 2)?) {
        Ok(most @ 4..=12) => Ok(most),
        _ => Err(Refusal::new(ErrorCode::PIN_LENGTH, "PINs have 4 to 12 digits")),
    }
}

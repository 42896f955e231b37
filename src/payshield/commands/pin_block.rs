//! PIN blocks of messages, and their formats.

use super::block_size::Size;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::key_field::KeyField;
use crate::payshield::refusal::Refusal;
use crate::payshield::settings::PIN_BLOCK_FORMATS;

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
pub(super) const ISO_4: u8 = 48;
/// [`ISO_4`] as messages have it.
pub(super) const ISO_4_TEXT: &[u8] = b"48";

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

/// As [`check_format_on`], of a format's number.
///
/// # Errors
/// 69.
pub(super) fn check_number_on(call: &Call<'_>, format: u8) -> Result<(), Refusal> {
    let disabled = &call.host.settings().disabled_formats;
    match disabled.is_empty() {
        true => Ok(()),
        false => check_format_on(&format!("{format:02}"), disabled),
    }
}

impl<'a> Block<'a> {
    /// Reads a block of 16 hexadecimal digits, or of 32 under a key of AES, and the format behind it.
    ///
    /// # Errors
    /// 15, 23, 69.
    pub(super) fn read(call: &mut Call<'a>, key: &KeyField<'_>) -> Result<Self, Refusal> {
        let block = Self::read_sized(call, Size::under(key))?;
        block.check_on(call)?;
        Ok(block)
    }

    /// Reads a block of this size and the format behind it, which may be switched off.
    ///
    /// # Errors
    /// 15, 23.
    pub(super) fn read_sized(call: &mut Call<'a>, size: Size) -> Result<Self, Refusal> {
        let fields = &mut call.fields;
        let digits = fields.hex_or_stored("PIN block", size.digits())?;
        let format = format_of(fields.array("PIN block format")?, &[])?;
        let why = match (format == ISO_4) == (size == Size::Long) {
            true if !matches!(format, ISO_2 | PAY_NOW) => return Ok(Self { format, digits }),
            true => "blocks of formats 34 and 35 only go",
            false => "format 48 has blocks of 32 digits",
        };
        Err(Refusal::new(ErrorCode::PIN_BLOCK_FORMAT, why))
    }

    /// That its format is not switched off.
    ///
    /// # Errors
    /// 69.
    pub(super) fn check_on(&self, call: &Call<'_>) -> Result<(), Refusal> {
        check_number_on(call, self.format)
    }

    /// Reads a block of 16 hexadecimal digits, which is of format 01.
    ///
    /// # Errors
    /// 15.
    pub(super) fn of_iso_0(fields: &mut Fields<'a>) -> Result<Self, Refusal> {
        Ok(Self {
            format: 1,
            digits: fields.hex_or_stored("PIN block", 16)?,
        })
    }

    /// Its hexadecimal digits.
    pub(super) fn digits(&self) -> &'a [u8] {
        self.digits
    }
}

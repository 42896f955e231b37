//! What commands of PINs have in common: keys of PIN blocks, the methods of IBM and Visa, PINs that nobody may choose.

use super::shared::{Account, End, Parameter};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::hex::unhex;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, PIN_KEY, PVK_IBM, PVK_VISA, TPK, ZPK};

/// Digits of an offset in a message.
pub(super) const OFFSET_DIGITS: usize = 12;
const ENTRIES: usize = 16;

/// What the field "key type" says that a PIN key is.
///
/// # Errors
/// 28.
pub(super) fn role_of(key_type: [u8; 3], key: &KeyField<'_>) -> Result<KeyRole, Refusal> {
    match (&key_type, key.is_block()) {
        (b"FFF", true) => Ok(PIN_KEY),
        (b"001", false) => Ok(ZPK),
        (b"002" | b"70D", false) => Ok(TPK),
        _ => Err(Refusal::new(
            ErrorCode::KEY_TYPE,
            "the key type is 001 or 002, and FFF with a key block",
        )),
    }
}

/// An end with its key, once that is there: what a PIN block comes or goes under.
pub(super) struct KeyedEnd {
    pub(super) handle: ObjectHandle,
    pub(super) end: End,
}

/// IBM's method, as messages have it.
pub(super) struct Ibm<'a> {
    length: u8,
    table: &'a [u8],
    validation: [u8; ENTRIES],
    /// Digits of the longest PIN, where the message says it.
    most: Option<u8>,
}

/// The check length, which stands before the account.
///
/// # Errors
/// 15.
pub(super) fn check_length(fields: &mut Fields<'_>) -> Result<u8, Refusal> {
    match u8::try_from(fields.number("check length", 2)?) {
        Ok(length @ 4..=12) => Ok(length),
        _ => Err(Fields::wrong("check length")),
    }
}

impl<'a> Ibm<'a> {
    /// Reads decimalisation table and validation data.
    ///
    /// # Errors
    /// 15; 12 for a table that user storage does not have, 25 for what it has instead.
    pub(super) fn read(fields: &mut Fields<'a>, length: u8, account: &Account) -> Result<Self, Refusal> {
        let table = match fields.peek() {
            Some(b'L') => fields.secret("decimalisation table", 33)?,
            _ => match fields.stored("decimalisation table", ENTRIES)? {
                Some(table) if is_table(table) => table,
                Some(_) => return Err(no_table()),
                None => fields.secret_hex("decimalisation table", ENTRIES)?,
            },
        };
        Ok(Self {
            length,
            table,
            validation: validation_data(fields, account)?,
            most: None,
        })
    }

    /// The same, of PINs of at most so many digits.
    pub(super) fn at_most(self, digits: u8) -> Self {
        let most = Some(digits);
        Self { most, ..self }
    }

    /// What a mechanism has refused: the setting is named where the table, read as an encrypted one, looks clear.
    pub(super) fn refused(&self, call: &Call<'_>, refused: Refusal) -> Refusal {
        let is_clear = |table: &[u8]| table.len() == ENTRIES && table.iter().all(u8::is_ascii_digit);
        let is_off = !call.host.settings().clear_tables;
        match refused.code {
            NO_TABLE if is_off && is_clear(self.table) => Refusal::new(NO_TABLE, CLEAR_TABLE),
            _ => refused,
        }
    }

    /// The parameter of IBM's mechanisms.
    ///
    /// # Errors
    /// 25; 13.
    pub(super) fn parameter(&self, call: &Call<'_>, source: &KeyedEnd) -> Result<Parameter, Refusal> {
        let table = self.table;
        let mut held = [0; 1 + ENTRIES];
        let mut key = ObjectHandle(0);
        let is_clear = call.host.settings().clear_tables && table.iter().all(u8::is_ascii_digit);
        let [how, place @ ..] = &mut held;
        match (is_clear, table) {
            (true, table) if table.len() == ENTRIES => place.copy_from_slice(table),
            (_, table) => {
                let digits = table.strip_prefix(b"L").unwrap_or(table);
                let room = place.get_mut(..digits.len() / 2);
                if !room.is_some_and(|room| unhex(digits, room)) {
                    return Err(no_table());
                }
                (*how, key) = (1, call.lmk()?.handle);
            }
        }
        let version = if self.most.is_some() { 2 } else { 1 };
        let parameter = Parameter::of_version(version)
            .bytes(&held)
            .bytes(&self.validation)
            .byte(self.length)
            .handle_of(source.handle)
            .handle_of(key)
            .end_of(&source.end);
        Ok(match self.most {
            Some(most) => parameter.byte(most),
            None => parameter,
        })
    }

    /// The digits of an offset that count: the rest is filled with F.
    ///
    /// # Errors
    /// 15.
    pub(super) fn offset(&self, field: &'a [u8]) -> Result<&'a [u8], Refusal> {
        let split = field.split_at_checked(usize::from(self.length));
        let (digits, rest) = split.ok_or_else(|| Fields::wrong("offset"))?;
        match digits.iter().all(u8::is_ascii_digit) && rest.iter().all(|digit| *digit == b'F') {
            true => Ok(digits),
            false => Err(Fields::wrong("offset")),
        }
    }
}

/// Whether a text is as long as a table: 16 characters, or an `L` and 32.
fn is_table(text: &[u8]) -> bool {
    text.strip_prefix(b"L")
        .map_or(text.len() == ENTRIES, |digits| digits.len() == 2 * ENTRIES)
}

const NO_TABLE: ErrorCode = ErrorCode::DECIMALISATION_TABLE;
const CLEAR_TABLE: &str = "the decimalisation table is none under the LMK; `payshield.clear_tables = true` takes those in \
                           the clear, as this one seems to be";

fn no_table() -> Refusal {
    Refusal::new(
        NO_TABLE,
        "it is no decimalisation table, encrypted or in the clear",
    )
}

/// 12 characters with an N, in whose place the last five digits of the account come; or P and all 16.
fn validation_data(fields: &mut Fields<'_>, account: &Account) -> Result<[u8; ENTRIES], Refusal> {
    const NAME: &str = "PIN validation data";
    if fields.take(b'P') {
        let digits = fields.secret_hex(NAME, ENTRIES)?;
        return digits.try_into().map_err(|_| Fields::wrong(NAME));
    }
    let text = fields.secret(NAME, 12)?;
    let at = text.iter().position(|byte| *byte == b'N');
    let split = at.and_then(|at| text.split_at_checked(at));
    let Some((before, [_, after @ ..])) = split else {
        return Err(Fields::wrong(NAME));
    };
    let mut data = [b'0'; ENTRIES];
    let all = before.iter().chain(account.last(5)).chain(after);
    data.iter_mut()
        .zip(all)
        .for_each(|(place, digit)| *place = *digit);
    match data.iter().all(u8::is_ascii_hexdigit) {
        true => Ok(data),
        false => Err(Fields::wrong(NAME)),
    }
}

/// Writes an offset: 12 characters.
pub(super) fn write_offset(call: &mut Call<'_>, offset: &[u8]) {
    let mut field = [b'F'; OFFSET_DIGITS];
    field
        .iter_mut()
        .zip(offset)
        .for_each(|(place, digit)| *place = *digit);
    call.reply.secret("offset", &field);
}

/// 02, where IBM's key is no single one: advice that leaves the answer as it is.
pub(super) fn advise_of_length(call: &mut Call<'_>, pvk: &Held) {
    if pvk.key_type != CKK_DES {
        call.reply.advise(ErrorCode::KEY_LENGTH_WARNING);
    }
}

/// The end of a command that checks a PIN.
///
/// # Errors
/// 01.
pub(super) fn verified(call: &Call<'_>, right: bool) -> Result<(), Refusal> {
    call.verified(right, "the PIN is wrong")
}

/// Visa's method, as messages have it: an account of its own, index and value.
pub(super) struct Visa {
    account: Account,
    index: u8,
}

impl Visa {
    /// Reads `;` and the account of the value, if there is one, and the index.
    ///
    /// # Errors
    /// 15, 22.
    pub(super) fn read(fields: &mut Fields<'_>, account: &Account) -> Result<Self, Refusal> {
        let account = match fields.take(b';') {
            true => Account::read(fields)?,
            false => *account,
        };
        let [index] = fields.digits("PVKI", 1)? else {
            return Err(Fields::wrong("PVKI"));
        };
        Ok(Self {
            account,
            index: *index,
        })
    }

    /// The parameter of Visa's mechanisms.
    pub(super) fn parameter(&self, source: &KeyedEnd) -> Parameter {
        Parameter::new()
            .byte(self.index)
            .handle_of(source.handle)
            .end_of(&source.end)
            .account(self.account.digits())
    }
}

/// Checks a PIN by Visa's value.
///
/// # Errors
/// 01, and the mechanism's.
pub(super) fn verify_visa(
    call: &mut Call<'_>,
    (visa, pvk, value): (&Visa, &KeyField<'_>, &[u8]),
    source: &KeyedEnd,
    block: &[u8],
) -> Result<(), Refusal> {
    let pvk = call.second_key(pvk, &PVK_VISA)?;
    let parameter = visa.parameter(source);
    let right = call.verify(CKM_VHSM_VISA_PVV_BLOCK, parameter.get()?, &pvk, block, value)?;
    verified(call, right)
}

/// Checks a PIN by IBM's offset.
///
/// # Errors
/// 01, and the mechanism's.
pub(super) fn verify_ibm(
    call: &mut Call<'_>,
    (ibm, pvk, offset): (&Ibm<'_>, &KeyField<'_>, &[u8]),
    source: &KeyedEnd,
    block: &[u8],
) -> Result<(), Refusal> {
    let pvk = call.second_key(pvk, &PVK_IBM)?;
    let parameter = ibm.parameter(call, source)?;
    let right = call.verify(CKM_VHSM_IBM3624_OFFSET, parameter.get()?, &pvk, block, offset);
    verified(call, right.map_err(|refused| ibm.refused(call, refused))?)?;
    advise_of_length(call, &pvk);
    Ok(())
}

/// Reads a PVK of Visa's or IBM's.
///
/// # Errors
/// 15, 26.
pub(super) fn pvk<'a>(fields: &mut Fields<'a>, untagged: Untagged) -> Result<KeyField<'a>, Refusal> {
    KeyField::read(fields, "PVK", untagged)
}

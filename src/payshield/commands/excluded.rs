//! PINs that nobody may choose: the server's table, and those of single messages.

use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::refusal::Refusal;

/// Loads the server's table in the place of the one before; of no PINs it excludes none.
pub(super) fn load(call: &mut Call<'_>) -> Result<(), Refusal> {
    let table = table(&mut call.fields, ErrorCode::INPUT_DATA)?;
    call.end()?;
    call.host.storage().exclude(table);
    Ok(())
}

/// Count, length and the PINs, as mechanisms take them.
///
/// # Errors
/// 24 for the length, 15 for others; `of_count` where the count is none, or not that of the PINs.
fn table(fields: &mut Fields<'_>, of_count: ErrorCode) -> Result<Vec<u8>, Refusal> {
    let wrong = |refused: Refusal| refused.recode(ErrorCode::INPUT_DATA, of_count);
    let count = fields.number("excluded PIN count", 2).map_err(wrong)?;
    let length = fields.number("excluded PIN length", 2)?;
    let head = [count, length].map(u8::try_from);
    let (4..=12, [Ok(count_byte), Ok(length_byte)]) = (length, head) else {
        return Err(Refusal::new(
            ErrorCode::PIN_LENGTH,
            "excluded PINs have 4 to 12 digits",
        ));
    };
    let pins = fields
        .secret_digits("excluded PIN table", count * length)
        .map_err(wrong)?;
    match count {
        0 => Ok(Vec::new()),
        _ => Ok([&[count_byte, length_byte], pins].concat()),
    }
}

/// The server's table, and the message's behind `*`, if it has one.
///
/// # Errors
/// 15, 24.
pub(super) fn read(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let mut excluded = call.host.storage().excluded();
    if call.fields.take(b'*') {
        excluded.extend(table(&mut call.fields, ErrorCode::INPUT_DATA)?);
    }
    Ok(excluded)
}

/// As [`read`], up to the end of a message that has a code of its own for a count that is not right.
///
/// # Errors
/// 03 for the count, or PINs that are not so many; 15, 24.
pub(super) fn read_counted(call: &mut Call<'_>) -> Result<Vec<u8>, Refusal> {
    let mut excluded = call.host.storage().excluded();
    if !call.fields.take(b'*') {
        call.end()?;
        return Ok(excluded);
    }
    excluded.extend(table(&mut call.fields, ErrorCode::NUMBER)?);
    let ended = call.end();
    ended.map_err(|refused| refused.recode(ErrorCode::INPUT_DATA, ErrorCode::NUMBER))?;
    Ok(excluded)
}

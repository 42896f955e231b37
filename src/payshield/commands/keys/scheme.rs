//! B0: a key in another scheme.

use crate::payshield::call::Call;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;

use super::trailers::Header;
use super::under_lmk::{self, read_scheme};

/// Digits of a double key.
const DOUBLE_DIGITS: usize = 32;

/// How long a key without a tag is: behind it stand the scheme's letter and the end, which are no 16 digits.
fn untagged_key(rest: &[u8]) -> Untagged {
    match rest.get(..DOUBLE_DIGITS) {
        Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Untagged::Double,
        _ => Untagged::Single,
    }
}

/// B0
pub(super) fn translate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let code = call.fields.array("key type")?;
    let untagged = untagged_key(call.fields.rest());
    let field = KeyField::read(&mut call.fields, "key", untagged)?;
    let scheme = read_scheme(call, "key scheme (LMK)")?;
    call.end()?;
    let lmk = call.lmk()?;
    let key = under_lmk::open(call, lmk, &field, (code, None))?;
    let made = under_lmk::close(call, lmk, &key, (code, scheme), &Header::default())?;
    call.reply.field("key (LMK)", &made);
    Ok(())
}

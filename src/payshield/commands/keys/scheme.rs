//! B0: a key in another scheme.

use crate::payshield::call::Call;
use crate::payshield::key_field::KeyField;
use crate::payshield::refusal::Refusal;

use super::trailers::Header;
use super::transport::untagged_zmk;
use super::under_lmk::{self, read_scheme};

/// B0
pub(super) fn translate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let code = call.fields.array("key type")?;
    let untagged = untagged_zmk(call);
    let field = KeyField::read(&mut call.fields, "key", untagged)?;
    let scheme = read_scheme(call, "key scheme (LMK)")?;
    call.fields.end()?;
    let lmk = call.lmk()?;
    let key = under_lmk::open(call, &lmk, &field, (code, None))?;
    let made = under_lmk::close(call, &lmk, &key, (code, scheme), &Header::default())?;
    call.reply.field("key (LMK)", &made);
    Ok(())
}

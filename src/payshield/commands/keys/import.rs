//! A6: a key from a ZMK to the LMK.

use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::key_field::{KeyField, Untagged, check_digits};
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::ZMK;

use super::IMPORT;
use super::trailers::{Header, Parts, Trailers};
use super::transport::{self, read_atalla, read_zmk};
use super::under_lmk::{self, read_scheme, type_name};

/// A6
pub(super) fn import(call: &mut Call<'_>) -> Result<(), Refusal> {
    let code = call.fields.array("key type")?;
    let zmk = read_zmk(call)?;
    let field = KeyField::read(&mut call.fields, "key (ZMK)", Untagged::Single)?;
    let scheme = read_scheme(call, "key scheme (LMK)")?;
    let atalla = read_atalla(call)?;
    let trailers = Trailers::read(call, Parts::Given)?;
    trailers.expect_no_others(true)?;
    let lmk = call.lmk()?;
    let default_usage = under_lmk::check_key_type(lmk, code)?;
    let header = header_of(&field, &trailers, default_usage)?;
    let usage = field.usage().filter(|_| field.is_block()).unwrap_or(header.usage);
    authorise(call, lmk, code, usage)?;
    let zmk = call.key(&zmk, &ZMK)?;
    let imported = transport::import(call, &zmk, &field, (atalla, &header))?;
    under_lmk::check_header(lmk, trailers.header.as_ref(), &imported.key)?;
    let recoded = |refused: Refusal| match field.is_block() {
        true => refused.recode(ErrorCode::KEY_TYPE, ErrorCode::KEY_TYPES),
        false => refused,
    };
    let made = under_lmk::close(call, lmk, &imported.key, (code, scheme), &header).map_err(recoded)?;
    call.reply.field("key (LMK)", &made);
    call.reply.field("KCV", &check_digits(&imported.key.check_value));
    if imported.wrong_parity {
        call.reply.advise(ErrorCode::VERIFICATION_FAILED);
    }
    Ok(())
}

/// That a ZMK may come in: a key of its type, or of a usage that ZMKs have in key blocks.
///
/// # Errors
/// 17.
pub(in crate::payshield::commands) fn authorise(
    call: &Call<'_>,
    lmk: &Lmk,
    code: [u8; 3],
    usage: [u8; 2],
) -> Result<(), Refusal> {
    match code == ZMK.key_type || ZMK.takes(usage) && lmk.has_key_blocks() {
        true => call.authorised(&IMPORT.of_type(&type_name(code, Some(usage)))),
        false => Ok(()),
    }
}

/// What the key's header under the LMK is to say. A key that comes without a header is what the message says, under a
/// variant LMK what its key type says.
fn header_of<'a>(
    field: &KeyField<'_>,
    trailers: &Trailers<'a>,
    default_usage: [u8; 2],
) -> Result<Header<'a>, Refusal> {
    let mut header = trailers.header.unwrap_or_default();
    if let Some(exportability) = trailers.exportability {
        header.exportability = exportability;
    }
    if !field.is_block() && trailers.header.is_none() {
        header.usage = default_usage;
        if default_usage == [0; 2] {
            return Err(Refusal::new(
                ErrorCode::KEY_USAGE,
                "a key without a header needs one under a key-block LMK: `#` and its fields",
            ));
        }
    }
    Ok(header)
}

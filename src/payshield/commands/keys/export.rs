//! A8: a key from the LMK to a ZMK or TMK.

use crate::ck::KeyUsage;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged, check_digits};
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;

use super::EXPORT;
use super::trailers::{Header, Parts, Trailers};
use super::transport::{self, Leaving, master_role, of_standard, read_atalla, untagged_zmk};
use super::under_lmk::{self, read_scheme, type_name};

/// Where a key block's header has the version of the key.
const VERSION_AT: usize = 9;

/// A8
pub(super) fn export(call: &mut Call<'_>) -> Result<(), Refusal> {
    let code = call.fields.array("key type")?;
    let flag = match call.fields.take(b';') {
        true => call.fields.byte("ZMK or TMK flag")?,
        false => b'0',
    };
    let role = master_role(flag)?;
    let untagged = untagged_zmk(call);
    let master = KeyField::read(&mut call.fields, "ZMK or TMK", untagged)?;
    let field = KeyField::read(&mut call.fields, "key (LMK)", Untagged::Single)?;
    let scheme = read_scheme(call, "key scheme (ZMK)")?;
    let atalla = read_atalla(call)?;
    let trailers = Trailers::read(call, Parts::Given)?;
    let lmk = call.lmk()?;
    under_lmk::check_key_type(lmk, code)?;
    call.authorised(&EXPORT.of_type(&type_name(code, field.usage())))?;
    let master = call.key(&master, role)?;
    let usage = wanted_usage(lmk, scheme, &trailers, code);
    let key = under_lmk::open(call, lmk, &field, (code, usage));
    let key = key.map_err(Refusal::of_second_key)?;
    if let Some(header) = trailers.header.filter(|_| lmk.has_key_blocks()) {
        under_lmk::check_header(lmk, Some(&header), &key)?;
        hold(&header, &field, &key)?;
    }
    let leaving = leaving(lmk, scheme, atalla, &trailers)?;
    let made = transport::export(call, &master, &key, &leaving)?;
    call.reply.field("key (ZMK or TMK)", &made);
    call.reply.field("KCV", &check_digits(&key.check_value));
    Ok(())
}

/// That what a message says of a key is so by the key's own header: mode of use and exportability, which may be narrower,
/// are the mechanism's to hold.
///
/// # Errors
/// A6, A9.
fn hold(header: &Header<'_>, field: &KeyField<'_>, key: &Held) -> Result<(), Refusal> {
    let (own, wanted) = (key.usage, header.usage);
    if wanted != own && wanted != of_standard(own) && KeyUsage(wanted).standard().0 != own {
        return Err(Refusal::new(
            ErrorCode::KEY_USAGE,
            "the key's own header has another key usage",
        ));
    }
    match field.block().get(VERSION_AT..VERSION_AT + 2) {
        Some(version) if version != b"00" && version != header.version => Err(Refusal::new(
            ErrorCode::KEY_VERSION,
            "the key's own header has another key version",
        )),
        _ => Ok(()),
    }
}

/// The usage that a key under a variant LMK gets before it leaves in a key block: what the message says, and the standard's
/// code for master keys in blocks of the standard.
pub(super) fn wanted_usage(lmk: &Lmk, scheme: u8, trailers: &Trailers<'_>, code: [u8; 3]) -> Option<[u8; 2]> {
    if lmk.has_key_blocks() || !matches!(scheme, b'R' | b'S') {
        return None;
    }
    let usage = match trailers.header {
        Some(header) => Some(header.usage),
        None => crate::payment::lmk::usage_of_key_type(code),
    };
    match (usage, scheme) {
        (Some([b'5', b'1' | b'2']), b'R') => Some(*b"K0"),
        (usage, _) => usage,
    }
}

/// What the exported key's form is to be.
///
/// # Errors
/// 15 for a version of key blocks where none is made.
pub(super) fn leaving<'a>(
    lmk: &Lmk,
    scheme: u8,
    atalla: u8,
    trailers: &Trailers<'a>,
) -> Result<Leaving<'a>, Refusal> {
    let mut header = match trailers.header {
        Some(header) => header,
        // A variant LMK says nothing of it: the other side may send the key on in key blocks.
        None if lmk.has_key_blocks() => Header::default(),
        None => Header {
            exportability: b'E',
            ..Header::default()
        },
    };
    header.algorithm = [0; 2];
    if let Some(exportability) = trailers.exportability {
        header.exportability = exportability;
    }
    if trailers.block_version.is_some() && scheme != b'R' {
        return Err(Fields::wrong("key block version"));
    }
    Ok(Leaving {
        scheme,
        atalla,
        block_version: trailers.block_version,
        header,
    })
}

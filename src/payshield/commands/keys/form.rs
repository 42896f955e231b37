//! A4: a key of encrypted components.

use crate::ck::*;
use crate::payshield::call::{Call, flag};
use crate::payshield::code::ErrorCode;
use crate::payshield::expected::{Component, Expected};
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged, check_digits};
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;

use super::COMPONENT;
use super::trailers::{Parts, Trailers};
use super::under_lmk::{self, OF_BLOCKS, read_scheme, type_name};

/// Reads the number of components: 2 to 9.
///
/// # Errors
/// 03.
pub(in crate::payshield::commands) fn read_count(call: &mut Call<'_>) -> Result<usize, Refusal> {
    match call.fields.byte("number of components")? {
        digit @ b'2'..=b'9' => Ok(usize::from(digit - b'0')),
        _ => Err(Refusal::new(ErrorCode::NUMBER, "there are 2 to 9 components")),
    }
}

/// Reads so many components.
///
/// # Errors
/// 15, 26.
pub(in crate::payshield::commands) fn read_components<'a>(
    call: &mut Call<'a>,
    count: usize,
    untagged: Untagged,
) -> Result<Vec<KeyField<'a>>, Refusal> {
    (0..count)
        .map(|_| KeyField::read(&mut call.fields, "component", untagged))
        .collect()
}

/// The key of components.
///
/// # Errors
/// 10 for parity, 11 for components that cancel each other out, B5 for those that do not go together.
pub(in crate::payshield::commands) fn combine(
    call: &Call<'_>,
    lmk: &Lmk,
    fields: &[KeyField<'_>],
    code: [u8; 3],
) -> Result<Held, Refusal> {
    let all = |component: fn(u8) -> Component| -> Result<Vec<Held>, Refusal> {
        let numbered = fields.iter().zip(1_u8..);
        let open = |(field, number): (&KeyField<'_>, u8)| {
            let expected = Expected {
                component: component(number),
                ..Expected::of_type(code, None)
            };
            under_lmk::open_expected(call, lmk, field, &expected)
        };
        numbered.map(open).collect()
    };
    // Nothing in a component under a variant LMK says which variant it is under, but that the parity of all is right.
    let components = match all(Component::Apart) {
        Err(refused) if refused.code == ErrorCode::SOURCE_PARITY => {
            all(Component::Plain).map_err(|_| refused)?
        }
        components => components?,
    };
    let Some((first, further)) = components.split_first() else {
        return Err(Refusal::new(ErrorCode::NUMBER, "there are 2 to 9 components"));
    };
    let mut parameter = vec![1, 0];
    for component in further {
        parameter.extend_from_slice(&component.handle.0.to_be_bytes());
    }
    let made = call.derive(
        CKM_VHSM_COMPONENTS_COMBINE,
        &parameter,
        first,
        &[flag(CKA_EXTRACTABLE, true)],
    );
    made.map_err(|refused| refused.recode(ErrorCode::KEY_USAGE, ErrorCode::COMPONENTS))
}

/// A4
pub(super) fn form(call: &mut Call<'_>) -> Result<(), Refusal> {
    let count = read_count(call)?;
    let code = call.fields.array("key type")?;
    let scheme = read_scheme(call, "key scheme (LMK)")?;
    let untagged = match scheme {
        b'Z' => Untagged::Single,
        _ => Untagged::Double,
    };
    let components = read_components(call, count, untagged)?;
    let trailers = Trailers::read(call, Parts::Formed)?;
    trailers.expect_no_others(false)?;
    let lmk = call.lmk()?;
    under_lmk::check_key_type(lmk, code)?;
    let usage = components.first().and_then(KeyField::usage);
    call.authorised(&COMPONENT.of_type(&type_name(code, usage)))?;
    let key = combine(call, lmk, &components, code)?;
    let mut header = trailers.header.unwrap_or_default();
    if code == OF_BLOCKS && header.version == [0; 2] {
        header.version = *b"00";
    }
    let made = under_lmk::close(call, lmk, &key, (code, scheme), &header)?;
    call.reply.field("key (LMK)", &made);
    call.reply.field("KCV", &check_digits(&key.check_value));
    Ok(())
}

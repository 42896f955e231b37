//! GG, GY: a ZMK of encrypted components.

use super::{Choice, OF_KEY, Place};
use crate::payshield::activities::Activity;
use crate::payshield::call::Call;
use crate::payshield::command::{CommandSpec, LmkKinds};
use crate::payshield::commands::keys::form::{combine, read_components, read_count};
use crate::payshield::commands::keys::transport::untagged_zmk;
use crate::payshield::commands::keys::{Written, check_value, under_lmk};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::ZMK;

/// Of ZMKs.
const COMPONENT: Activity = Activity::always("component.000.host");

const ERRORS: &[(&str, &str)] = &[
    ("03", "there are 2 to 9 components"),
    ("10", "component parity error"),
    ("11", "the components cancel each other out"),
    (
        "17",
        "check values of 16 digits are off, or the activity is not authorised",
    ),
];

/// The rows.
pub(super) const ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "GG",
        response: "GH",
        name: "Form a ZMK from three components",
        request: "3 components; [`;` 1 reserved; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: "ZMK (LMK); KCV 16H or 6H",
        lmks: LmkKinds::Variant,
        activities: &[COMPONENT],
        errors: ERRORS,
        handler: |call| form(call, 3),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "GY",
        response: "GZ",
        name: "Form a ZMK from 2 to 9 components",
        request: "number of components 1n; components; [`;` 1 reserved; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: "ZMK (LMK); KCV 16H or 6H",
        lmks: LmkKinds::Variant,
        activities: &[COMPONENT],
        errors: ERRORS,
        handler: |call| {
            let count = read_count(call)?;
            form(call, count)
        },
        ..CommandSpec::NONE
    },
];

fn form(call: &mut Call<'_>, count: usize) -> Result<(), Refusal> {
    let untagged = untagged_zmk(call);
    let components = read_components(call, count, untagged)?;
    let choice = Choice::read(call, [Place::Reserved, Place::Lmk, Place::Kcv])?;
    call.end()?;
    let lmk = call.lmk()?;
    call.authorised(COMPONENT.name)?;
    let key = combine(call, lmk, &components, ZMK.key_type)?;
    let written = match (choice.lmk_scheme, components.first()) {
        (Some(scheme), _) => Written::in_scheme(scheme),
        (None, Some(first)) => Written::like(first, first.scheme),
        (None, None) => Written::untagged(b'X'),
    };
    let made = under_lmk::close(call, lmk, &key, (ZMK.key_type, written.scheme), &OF_KEY)?;
    let kcv = check_value(call, &key, choice.kcv)?;
    call.reply.field("ZMK (LMK)", written.text(&made));
    call.reply.field("KCV", &kcv);
    Ok(())
}

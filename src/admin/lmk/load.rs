//! `vhsm lmk load`: an LMK from the components of its custodians.

use clap::Args;

use super::number::{Separation, template};
use super::{Kind, Lmk, Number, list};
use crate::admin::ceremony::{
    COMPONENTS_MAX, Custody, Entered, EntryOption, Form, GIVEN_UP_REMEDY, Opened, Place, Template,
};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::ck::*;
use crate::error::Error;
use crate::secret::SecretBytes;

/// `vhsm lmk load`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm lmk load --kind aes --id 00 --components 3
      Each of three custodians enters 64 hexadecimal digits, hidden, and compares the check value with the sheet; then
      all compare that of the LMK. Nothing is stored before. payShield: LK.
  vhsm lmk load --kind variant --id 00 --components 2 --old
      The LMK of a migration, beside a new LMK 00: keys under it can be imported, and none go under it. payShield: LO.

A component of a variant LMK is entered pair by pair, 20 lines of 32 digits. The LMK is the exclusive or of all components;
each check value is made as that of an LMK of this kind. --entry-file has, line by line, what would be typed: components,
and `yes` behind each check value.")]
pub(in crate::admin) struct LoadArguments {
    /// What it is
    #[arg(long, value_enum)]
    kind: Kind,
    /// Its number, 00 to 99
    #[arg(long, value_name = "NN", value_parser = Number::parse)]
    id: Number,
    /// How many custodians have a component
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=i64::from(COMPONENTS_MAX)))]
    components: u8,
    /// Its label [default: LMK NN, with `old` behind if it is]
    #[arg(short, long)]
    label: Option<String>,
    /// It only unwraps what was wrapped under it
    #[arg(long)]
    old: bool,
    /// Enforce key type 002 separation, of a variant LMK
    #[arg(long, value_enum, value_name = "yes|no", default_value = "yes")]
    separate_002: Separation,
    #[command(flatten)]
    entry: EntryOption,
    #[command(flatten)]
    place: Place,
}

/// Loads an LMK.
pub(super) fn load(arguments: &LoadArguments, context: &Context) -> Outcome {
    let mut dialogue = arguments.entry.open()?;
    let opened = arguments.place.open(context, None)?;
    let (kind, number) = (arguments.kind, arguments.id);
    Lmk::check_free(&opened, number, arguments.old)?;
    let custody = Custody {
        count: arguments.components,
        form: match kind {
            Kind::Variant => Form {
                line_len: 16,
                lines: 20,
            },
            _ => Form {
                line_len: kind.len(),
                lines: 1,
            },
        },
    };
    let entered = custody.gather(&opened, &mut dialogue, |at, value| {
        component(&opened, number, at, value)
    })?;
    let handles: Vec<_> = entered.iter().map(|component| component.handle).collect();
    let tried = opened.combine(&handles, &of_session(number))?;
    let check_value = opened.check_value(tried)?;
    let question = format!("Check value of LMK {number}: {check_value}. Is it right?");
    if !dialogue.agrees(&question, &check_value)? {
        return Err(Failure::unconfirmed(
            format!("the check value of LMK {number} is not confirmed"),
            GIVEN_UP_REMEDY,
        ));
    }
    let (label, separate) = (arguments.label.as_deref(), arguments.separate_002);
    let template = template(number, label, arguments.old, separate).number(CKA_KEY_TYPE, CKK_VHSM_LMK.0);
    let handle = opened.combine(&handles, &template)?;
    list::show(&[Lmk::of(&opened, handle)?], context.output)
}

/// An LMK that ends with the session and of which only the check value is asked: an old one, since there is only one that
/// wraps of each number and kind.
fn of_session(number: Number) -> Template {
    Template::default()
        .number(CKA_KEY_TYPE, CKK_VHSM_LMK.0)
        .bytes(CKA_VHSM_LMK_ID, number.bytes())
        .flag(CKA_VHSM_LMK_OLD, true)
}

/// Makes a component of what a custodian entered. Its check value is that of the LMK which it would be alone.
fn component(opened: &Opened, number: Number, at: u8, value: &SecretBytes) -> Result<Entered, Error> {
    let alone = of_session(number)
        .number(CKA_CLASS, CKO_SECRET_KEY.0)
        .bytes(CKA_VALUE, value);
    let alone = opened.create(&alone)?;
    let check_value = opened.check_value(alone)?;
    opened.destroy(alone)?;
    let component = Template::default()
        .number(CKA_CLASS, CKO_SECRET_KEY.0)
        .number(CKA_KEY_TYPE, CKK_GENERIC_SECRET.0)
        .flag(CKA_SENSITIVE, true)
        .flag(CKA_EXTRACTABLE, false)
        .bytes(CKA_VHSM_KEY_USAGE, &KeyUsage::LOCAL_MASTER.0)
        .bytes(CKA_VHSM_KEY_VERSION, &[b'c', b'0'.saturating_add(at)])
        .bytes(CKA_VALUE, value);
    Ok(Entered {
        handle: opened.create(&component)?,
        check_value,
    })
}

//! `vhsm lmk load-test` and `vhsm lmk generate`.

use std::io::{Write, stderr};

use clap::Args;

use super::number::{Separation, template};
use super::{Kind, Lmk, Number, list};
use crate::admin::ceremony::{Place, Template};
use crate::admin::confirm::Confirmation;
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::find::from_hexadecimal;
use crate::ck::*;

/// `vhsm lmk load-test`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm lmk load-test
      The variant LMK as 00, the key-block LMK of triple DES as 01, that of AES as 02.
  vhsm lmk load-test --kind aes --id 09
      One of them, with a number of your own.

These keys are printed in manuals. What is under them is open to everybody: never bring a key here that anything real
depends on.")]
pub(in crate::admin) struct LoadTestArguments {
    /// This kind alone [default: all three]
    #[arg(long, visible_alias = "only", value_enum)]
    kind: Option<Kind>,
    /// Its number [default: 00, 01 and 02]
    #[arg(long, value_name = "NN", requires = "kind", value_parser = Number::parse)]
    id: Option<Number>,
    /// Enforce key type 002 separation, of a variant LMK
    #[arg(long, value_enum, value_name = "yes|no", default_value = "no")]
    separate_002: Separation,
    #[command(flatten)]
    place: Place,
}

/// `vhsm lmk generate`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm lmk generate --kind aes --id 00
      An LMK that nobody has seen, and that no custodian can load anywhere else: it lives and dies with this token
      and its backups. `vhsm lmk load` takes one from custodians. payShield: GK.")]
pub(in crate::admin) struct GenerateArguments {
    /// What it is
    #[arg(long, value_enum)]
    kind: Kind,
    /// Its number, 00 to 99
    #[arg(long, value_name = "NN", value_parser = Number::parse)]
    id: Number,
    /// Its label [default: LMK NN]
    #[arg(short, long)]
    label: Option<String>,
    /// Enforce key type 002 separation, of a variant LMK
    #[arg(long, value_enum, value_name = "yes|no", default_value = "yes")]
    separate_002: Separation,
    #[command(flatten)]
    place: Place,
}

/// `vhsm lmk retire`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm lmk retire --id 00
      Before a new LMK 00 is loaded. `vhsm key import --lmk 00 --old` then takes what is under the old one, and
      `vhsm key export --lmk 00` gives it under the new one. There is no way back. payShield: LO, BW.")]
pub(in crate::admin) struct RetireArguments {
    /// Its number
    #[arg(long, value_name = "NN", value_parser = Number::parse)]
    id: Number,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    place: Place,
}

/// What is said before anything is loaded.
const WARNING: &str = "\
WARNING: the TEST LMKs are PUBLIC. Every key under them can be read by anybody.
         Use this token for tests only; `vhsm lmk list` marks them.";

/// Loads the TEST LMKs: all that are asked for, or none.
pub(super) fn load_test(arguments: &LoadTestArguments, context: &Context) -> Outcome {
    let opened = arguments.place.open(context, None)?;
    let mut wanted = Vec::new();
    for kind in Kind::ALL {
        if arguments.kind.is_none_or(|only| only == kind) {
            let wrong = |why| Failure::new(why, "--id gives another number");
            let number = Number::parse(kind.test_number()).map_err(wrong)?;
            let number = arguments.id.unwrap_or(number);
            Lmk::check_free(&opened, number, false)?;
            wanted.push((kind, number));
        }
    }
    writeln!(stderr(), "{WARNING}")?;
    let mut made: Vec<Lmk> = Vec::new();
    for (kind, number) in wanted {
        let wrong = |why| Failure::new(why, "");
        let value = from_hexadecimal(kind.test_value()).map_err(wrong)?;
        let label = format!("LMK {number} TEST");
        let template = template(number, Some(&label), false, arguments.separate_002)
            .number(CKA_CLASS, CKO_SECRET_KEY.0)
            .number(CKA_KEY_TYPE, CKK_VHSM_LMK.0)
            .bytes(CKA_VALUE, &value);
        let loaded = opened.create(&template).map_err(Failure::from);
        match loaded.and_then(|handle| Lmk::of(&opened, handle)) {
            Ok(lmk) => made.push(lmk),
            Err(failure) => {
                for lmk in made {
                    opened.destroy(lmk.handle)?;
                }
                return Err(failure);
            }
        }
    }
    list::show(&made, context.output)
}

/// Makes an LMK.
pub(super) fn generate(arguments: &GenerateArguments, context: &Context) -> Outcome {
    let opened = arguments.place.open(context, None)?;
    Lmk::check_free(&opened, arguments.id, false)?;
    let parameter = [1, arguments.kind.letter()];
    let (label, separate) = (arguments.label.as_deref(), arguments.separate_002);
    let template = template(arguments.id, label, false, separate);
    let handle = opened.generate(CKM_VHSM_LMK_GEN, &parameter, &template)?;
    list::show(&[Lmk::of(&opened, handle)?], context.output)
}

/// Makes an LMK an old one.
pub(super) fn retire(arguments: &RetireArguments, context: &Context) -> Outcome {
    let opened = arguments.place.open(context, None)?;
    let number = arguments.id;
    let lmk = Lmk::named(&opened, number, false)?;
    Lmk::check_free(&opened, number, true)?;
    arguments.confirmation.ask(&format!(
        "make LMK {number}, check value {}, an old one for good",
        lmk.check_value
    ))?;
    opened.change(lmk.handle, &Template::default().flag(CKA_VHSM_LMK_OLD, true))?;
    list::show(&[Lmk::of(&opened, lmk.handle)?], context.output)
}

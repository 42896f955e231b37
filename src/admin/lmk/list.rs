//! `vhsm lmk list`, and how other commands show the LMKs that they make.

use clap::Args;
use serde_json::Value;

use super::Lmk;
use crate::admin::ceremony::Place;
use crate::admin::context::Context;
use crate::admin::failure::Outcome;
use crate::admin::output::{self, Output};

/// `vhsm lmk list`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm lmk list
      Number, kind, label, check value, and whether an LMK is old or one of the TEST keys. payShield: VT.")]
pub(in crate::admin) struct ListArguments {
    #[command(flatten)]
    place: Place,
}

/// Lists the LMKs.
pub(super) fn list(arguments: &ListArguments, context: &Context) -> Outcome {
    let opened = arguments.place.open(context, None)?;
    let all = Lmk::all(&opened)?;
    if all.is_empty() && context.output == Output::Text {
        return Ok(output::text(
            "there is no LMK; `vhsm lmk load` or `vhsm lmk generate` makes one, `vhsm lmk load-test` those for tests",
        )?);
    }
    show(&all, context.output)
}

/// Shows LMKs.
pub(super) fn show(all: &[Lmk], to: Output) -> Outcome {
    if to == Output::Json {
        return Ok(output::json(
            &all.iter().map(Lmk::as_json).collect::<Vec<Value>>(),
        )?);
    }
    let row = |lmk: &Lmk| {
        vec![
            lmk.number.clone(),
            lmk.kind.name().to_owned(),
            lmk.label.clone(),
            lmk.check_value.clone(),
            lmk.remarks(),
        ]
    };
    Ok(output::table(
        &["id", "kind", "label", "check value", ""],
        all.iter().map(row),
    )?)
}

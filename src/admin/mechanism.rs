//! `vhsm mechanisms`: what the module offers, from the catalog's rows.

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::failure::Outcome;
use super::output::{self, Output};
use crate::catalog;
use crate::mechanism::{Library, MechanismSpec};
use crate::module::mechanisms;

/// `vhsm mechanisms`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm mechanisms
  vhsm mechanisms aes gcm
      Those whose name contains both words.")]
pub(super) struct MechanismArguments {
    /// Only names that contain all these words
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    /// Also those that the configuration does not offer
    #[arg(long)]
    all: bool,
}

/// Prints the list. The store is not opened: what the configuration switches off is left out by its names.
pub(super) fn run(arguments: &MechanismArguments, context: &Context) -> Outcome {
    let words: Vec<_> = arguments.words.iter().map(|word| word.to_uppercase()).collect();
    let named = |row: &&MechanismSpec| words.iter().all(|word| row.name().contains(word.as_str()));
    let rows: Vec<&MechanismSpec> = if arguments.all {
        catalog::all().filter(named).collect()
    } else {
        let offered = mechanisms::offered(&context.config()?)?;
        offered.into_iter().filter(named).collect()
    };
    if context.output == Output::Json {
        return Ok(output::json(
            &rows.iter().map(|row| as_json(row)).collect::<Vec<_>>(),
        )?);
    }
    let line = |row: &&MechanismSpec| {
        vec![
            row.name().to_owned(),
            row.key_sizes(),
            row.functions().join(", "),
            row.section.trim_start_matches("PKCS#11 3.2, ").to_owned(),
            row.library_names(),
            row.standing_text(),
        ]
    };
    Ok(output::table(
        &["mechanism", "key size", "functions", "3.2", "library", "policy"],
        rows.iter().map(line),
    )?)
}

fn as_json(row: &MechanismSpec) -> serde_json::Value {
    let sizes = &row.key.sizes;
    let library = |library: &Library| json!({ "name": library.name, "side_channels": library.side_channels });
    json!({
        "name": row.name(),
        "number": row.id.0,
        "functions": row.functions(),
        "flags": row.flags(),
        "key_types": row.key.types.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "key_size": { "min": sizes.min, "max": row.key.largest(), "unit": row.size_unit() },
        "libraries": row.libraries.iter().map(library).collect::<Vec<_>>(),
        "section": row.section,
        "off_by_default": row.standing.off,
        "policy": row.standing_text(),
    })
}

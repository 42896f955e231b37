//! `vhsm mechanisms`: what the module offers, from the catalog's rows.

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::output::{self, Output};
use crate::catalog;
use crate::ck::MechanismId;
use crate::config::nearest;
use crate::mechanism::{Library, MechanismSpec};
use crate::module::mechanisms;

/// Key types that a line of the list has room for.
const KEY_TYPES_SHOWN: usize = 3;

/// `vhsm mechanisms`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm mechanisms
  vhsm mechanisms aes gcm
      Those whose name contains both words.
  vhsm mechanisms CKM_AES_GCM
      All that there is to say of one: its libraries and what is known of their side channels, too.")]
pub(super) struct MechanismArguments {
    /// Only names that contain all these words; the whole name of a mechanism shows all of that one
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    /// Also those that the configuration does not offer
    #[arg(long)]
    all: bool,
}

/// Prints the list, or all of one. The store is not opened: what the configuration switches off is left out by its names.
pub(super) fn run(arguments: &MechanismArguments, context: &Context) -> Outcome {
    let words: Vec<_> = arguments.words.iter().map(|word| word.to_uppercase()).collect();
    let offered = mechanisms::offered(&context.config()?)?;
    // As it is offered: a policy and `mechanisms.enable` change what a row does.
    let current = |row: &MechanismSpec| offered.iter().copied().find(|one| one.id == row.id);
    let one = match words.as_slice() {
        [name] => catalog::find_name(name),
        _ => None,
    };
    let has = |name: &str| words.iter().all(|word| name.contains(word.as_str()));
    let fits = |row: &&MechanismSpec| row.id.names().any(has);
    let rows: Vec<_> = match one {
        Some(row) => vec![current(row).unwrap_or(row)],
        None if arguments.all => catalog::all().filter(fits).collect(),
        None => offered.iter().copied().filter(fits).collect(),
    };
    if rows.is_empty() {
        return Err(nothing_fits(&words, catalog::all().any(|row| fits(&row))));
    }
    match context.output {
        Output::Json => {
            let rows = rows.iter().map(|row| as_json(row, current(row).is_some()));
            Ok(output::json(&rows.collect::<Vec<_>>())?)
        }
        Output::Text => match (one, rows.as_slice()) {
            (Some(_), [row]) => Ok(output::pairs(&all_of(row, current(row).is_some()))?),
            _ => list(&rows),
        },
    }
}

/// Why nothing is listed.
fn nothing_fits(words: &[String], is_off: bool) -> Failure {
    if is_off {
        return Failure::new(
            "the configuration offers none of the mechanisms with these words in their names",
            "--all lists those, too",
        );
    }
    let what = format!(
        "no mechanism of this module has {} in its name",
        words.join(" and ")
    );
    let [name] = words else {
        return Failure::new(what, "`vhsm mechanisms` lists what there is");
    };
    if MechanismId::named(name).is_some() {
        let what = format!("PKCS#11 has {name}, and this module leaves it out");
        return Failure::new(what, "docs/mechanisms.md says why, under \"Left out on purpose\"");
    }
    let remedy = match nearest(name, catalog::all().flat_map(|row| row.id.names())) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "`vhsm mechanisms` lists what there is".into(),
    };
    Failure::new(what, remedy)
}

/// The tables of docs/mechanisms.md: mechanisms, and the libraries behind them.
fn list(rows: &[&'static MechanismSpec]) -> Outcome {
    let line = |row: &&MechanismSpec| {
        vec![
            row.name().to_owned(),
            number(row),
            row.functions().join(", "),
            row.key_types(KEY_TYPES_SHOWN),
            row.key_sizes(),
            section(row),
            row.library_names(),
            row.standing_text(),
        ]
    };
    let head = [
        "mechanism",
        "number",
        "functions",
        "key types",
        "key sizes",
        "3.2",
        "library",
        "policy",
    ];
    output::table(&head, rows.iter().map(line))?;
    let mut libraries: Vec<_> = rows.iter().flat_map(|row| row.libraries).collect();
    libraries.sort_unstable_by_key(|library| library.name);
    libraries.dedup();
    if libraries.is_empty() {
        return Ok(());
    }
    output::text("")?;
    let line = |library: &Library| vec![library.name.to_owned(), library.side_channels.to_owned()];
    Ok(output::table(
        &["library", "side channels"],
        libraries.into_iter().map(line),
    )?)
}

fn number(row: &MechanismSpec) -> String {
    format!("{:#x}", row.id.0)
}

fn section(row: &MechanismSpec) -> String {
    row.section.trim_start_matches("PKCS#11 3.2, ").to_owned()
}

/// All that there is to say of a mechanism, as names and values.
fn all_of(row: &MechanismSpec, is_offered: bool) -> Vec<(String, String)> {
    let offered = match is_offered {
        true => "yes",
        false => "no: see policy, and `vhsm config show`",
    };
    let mut pairs = vec![
        ("mechanism", row.name().to_owned()),
        ("number", number(row)),
        ("other names", row.other_names().join(", ")),
        ("functions", row.functions().join(", ")),
        ("key types", row.key_types(usize::MAX)),
        ("key sizes", row.key_sizes()),
        ("section", row.section.to_owned()),
    ];
    pairs.extend(row.libraries.iter().map(|library| {
        let text = format!("{}: {}", library.name, library.side_channels);
        ("library", text)
    }));
    pairs.push(("policy", row.standing_text()));
    pairs.push(("offered", offered.to_owned()));
    let named = |(name, value): (&str, String)| (!value.is_empty()).then(|| (name.to_owned(), value));
    pairs.into_iter().filter_map(named).collect()
}

fn as_json(row: &MechanismSpec, is_offered: bool) -> serde_json::Value {
    let sizes = row.key.told_sizes();
    let library = |library: &Library| json!({ "name": library.name, "side_channels": library.side_channels });
    json!({
        "name": row.name(),
        "other_names": row.other_names(),
        "number": row.id.0,
        "functions": row.functions(),
        "flags": row.flags(),
        "key_types": row.key.types.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "key_size": { "min": sizes.min, "max": sizes.max, "unit": row.size_unit() },
        "libraries": row.libraries.iter().map(library).collect::<Vec<_>>(),
        "section": row.section,
        "off_by_default": row.standing.off,
        "policy": row.standing_text(),
        "offered": is_offered,
    })
}

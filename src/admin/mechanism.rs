//! `vhsm mechanisms`: what the module offers, from the catalog's rows.

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::failure::Outcome;
use super::output::{self, Output};
use crate::catalog;
use crate::ck::sys;
use crate::config::Mechanisms;
use crate::mechanism::{MechanismSpec, SizeUnit};

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
}

/// The functions of a mechanism, in the order of the table's column.
const FUNCTIONS: [(u64, &str); 14] = [
    (sys::CKF_ENCRYPT, "encrypt"),
    (sys::CKF_DECRYPT, "decrypt"),
    (sys::CKF_MESSAGE_ENCRYPT, "encrypt messages"),
    (sys::CKF_MESSAGE_DECRYPT, "decrypt messages"),
    (sys::CKF_DIGEST, "digest"),
    (sys::CKF_SIGN, "sign"),
    (sys::CKF_SIGN_RECOVER, "sign with recovery"),
    (sys::CKF_VERIFY, "verify"),
    (sys::CKF_VERIFY_RECOVER, "recover"),
    (sys::CKF_GENERATE, "generate"),
    (sys::CKF_GENERATE_KEY_PAIR, "generate pair"),
    (sys::CKF_WRAP, "wrap"),
    (sys::CKF_UNWRAP, "unwrap"),
    (sys::CKF_DERIVE, "derive"),
];

/// Prints the list. The store is not opened: what the configuration switches off is left out by its names.
pub(super) fn run(arguments: &MechanismArguments, context: &Context) -> Outcome {
    let config = context.config()?;
    let words: Vec<_> = arguments.words.iter().map(|word| word.to_uppercase()).collect();
    let fits = |row: &&MechanismSpec| {
        offers(&config.mechanisms, row.name()) && words.iter().all(|word| row.name().contains(word.as_str()))
    };
    let rows: Vec<_> = catalog::all().filter(fits).collect();
    if context.output == Output::Json {
        return Ok(output::json(
            &rows.iter().map(|row| as_json(row)).collect::<Vec<_>>(),
        )?);
    }
    let line = |row: &&MechanismSpec| {
        vec![
            row.name().to_owned(),
            sizes(row),
            functions(row).join(", "),
            row.section.to_owned(),
        ]
    };
    Ok(output::table(
        &["mechanism", "key size", "functions", "source"],
        rows.iter().map(line),
    )?)
}

/// Whether the configuration leaves a mechanism in.
fn offers(choice: &Mechanisms, name: &str) -> bool {
    match choice {
        Mechanisms::All => true,
        Mechanisms::Allow(names) => names.iter().any(|allowed| allowed == name),
        Mechanisms::Deny(names) => names.iter().all(|denied| denied != name),
    }
}

fn functions(row: &MechanismSpec) -> Vec<&'static str> {
    FUNCTIONS
        .iter()
        .filter(|(flag, _)| row.flags() & flag != 0)
        .map(|(_, name)| *name)
        .collect()
}

fn unit(row: &MechanismSpec) -> &'static str {
    match row.key.sizes.unit {
        SizeUnit::Bits => "bits",
        SizeUnit::Bytes => "bytes",
    }
}

fn sizes(row: &MechanismSpec) -> String {
    let sizes = &row.key.sizes;
    match (sizes.min, sizes.max) {
        (_, 0) => String::new(),
        (min, max) if min == max => format!("{min} {}", unit(row)),
        (min, max) => format!("{min} to {max} {}", unit(row)),
    }
}

fn as_json(row: &MechanismSpec) -> serde_json::Value {
    let sizes = &row.key.sizes;
    json!({
        "name": row.name(),
        "number": row.id.0,
        "functions": functions(row),
        "flags": row.flags(),
        "key_types": row.key.types.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "key_size": { "min": sizes.min, "max": sizes.max, "unit": unit(row) },
        "libraries": row.libraries.iter().map(|library| library.name).collect::<Vec<_>>(),
        "section": row.section,
    })
}

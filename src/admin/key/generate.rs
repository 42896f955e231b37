//! `vhsm key generate`

use clap::Args;

use super::report;
use super::under::{FormOption, Under, explained};
use super::words::{Exportability, KeyKind, UsageOption, Words};
use crate::admin::ceremony::{Place, Template};
use crate::admin::context::Context;
use crate::admin::failure::Outcome;
use crate::admin::output::Output;
use crate::ck::*;

/// `vhsm key generate`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm key generate --usage V2 --label pvk
      A double-length key for Visa PVVs that never leaves the token.
  vhsm key generate --usage P0 --label zpk --lmk 00 --key-type 001
      The same as payShield's A0 in mode 0: a ZPK, printed under the variant LMK 00 in the scheme U.
  vhsm key generate --usage P0 --mode B --algorithm aes --label zpk --zmk zmk --scheme R
      An AES key, printed in a TR-31 key block of version D under the AES key labelled \"zmk\".

Without --exportability a key stays on the token (N), unless --lmk or --under asks for it: then it is as narrow as the form
allows, E for key blocks and S without a header.")]
pub(in crate::admin) struct GenerateArguments {
    #[command(flatten)]
    usage: UsageOption,
    #[command(flatten)]
    kind: KeyKind,
    #[command(flatten)]
    words: Words,
    /// The key's label
    #[arg(short, long)]
    label: String,
    #[command(flatten)]
    under: Under,
    #[command(flatten)]
    form: FormOption,
    #[command(flatten)]
    place: Place,
}

/// Makes the key in the session, wraps it if asked to, and stores it at last.
pub(super) fn generate(arguments: &GenerateArguments, context: &Context) -> Outcome {
    let chosen = arguments.kind.choose()?;
    let opened = arguments.place.open(context, arguments.under.under.as_deref())?;
    opened.check_label_is_free(&arguments.label)?;
    let (under, form) = (&arguments.under, &arguments.form);
    let default = match under.is_given() {
        false => Exportability::N,
        true if under.is_bare(form, &opened)? => Exportability::S,
        true => Exportability::E,
    };
    let exportability = arguments.words.exportability.unwrap_or(default);
    let template = arguments.words.template(Some(arguments.usage.usage));
    let template = exportability.template(arguments.words.with_version(template));
    let template = chosen
        .with_algorithm(chosen.with_length(template))
        .bytes(CKA_LABEL, arguments.label.as_bytes())
        .flag(CKA_TOKEN, false);
    let key = opened.generate(chosen.generation, &[], &template);
    let key = key.map_err(explained)?;
    let wrapped = match under.is_given() {
        true => Some(under.wrap(form, &opened, key)?),
        false => None,
    };
    let stored = opened.copy(key, &Template::default().flag(CKA_TOKEN, true))?;
    let mut shown = report::of_key(&opened, stored)?;
    if let Some(wrapped) = wrapped {
        let name = match context.output {
            Output::Text => under.name(),
            Output::Json => "wrapped".to_owned(),
        };
        shown.push((name, wrapped));
    }
    report::print(&shown, context.output)
}

//! `vhsm key import` and `vhsm key export`

use clap::Args;

use super::report;
use super::under::{FormOption, Under, is_bare};
use super::words::{Exportability, OptionalUsage, Words};
use crate::admin::ceremony::{Place, upper_hexadecimal};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::find::from_hexadecimal;
use crate::admin::output::Output;
use crate::ck::{CKA_CHECK_VALUE, CKA_LABEL, CKA_TOKEN};

/// `vhsm key import`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm key import --lmk 00 --key-type 001 --label zpk U063A0E7C0F2124E56192A4510F395ED7
      A ZPK under the variant LMK 00, with the usage of the key type. payShield: IK, A6.
  vhsm key import --lmk 02 --label zpk --check 08D7B4 S10096P0TN00S0002…
      A Thales key block under the AES LMK 02. Nothing is stored if the check value is another one.
  vhsm key import --zmk zmk --usage P0 --label zpk X735253F7608BEAF00079784C8C3D5255
      A key under a zone master key of the token (ANSI X9.17); the form does not tell the usage.
  vhsm key import --under kbpk --label zpk RD0112P0AE00E0000…
      A TR-31 key block under the key labelled \"kbpk\"; the letter R may be left out.

A key block says what its key may do; options may narrow that. A key without a header stays on the token (N) unless
--exportability says otherwise.")]
pub(in crate::admin) struct ImportArguments {
    /// The wrapped key, with the letter of its scheme; it may have blanks
    #[arg(value_name = "WRAPPED KEY", required = true)]
    wrapped: Vec<String>,
    #[command(flatten)]
    under: Under,
    /// Under the old LMK of that number
    #[arg(long, requires = "lmk")]
    old: bool,
    #[command(flatten)]
    usage: OptionalUsage,
    #[command(flatten)]
    words: Words,
    /// The key's label
    #[arg(short, long)]
    label: String,
    /// The check value that it must have, 6 digits
    #[arg(long, value_name = "HEX")]
    check: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// `vhsm key export`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm key export --lmk 00 --key-type 001 zpk
      Under the variant LMK 00, in the scheme of the key's length.
  vhsm key export --zmk zmk --scheme U zpk
      For another zone, under a zone master key of the token. payShield: KE, A8.
  vhsm key export --under kbpk zpk
      In a TR-31 key block: version B under triple DES, D under AES.

The key's exportability must allow it: E in key blocks, S in any form.")]
pub(in crate::admin) struct ExportArguments {
    /// The key: its label or pkcs11: URI
    #[arg(value_name = "OBJECT")]
    key: String,
    #[command(flatten)]
    under: Under,
    #[command(flatten)]
    form: FormOption,
    #[command(flatten)]
    place: Place,
}

/// What was given as a wrapped key, without the blanks between its words. Blanks within one word are left to key blocks,
/// whose optional blocks may have some.
fn compact(words: &[String]) -> String {
    let text = words.concat();
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match is_bare(&bare) {
        true => bare,
        false => text,
    }
}

/// The bytes of a check value that is expected.
pub(super) fn expected(check: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
    let Some(check) = check else {
        return Ok(None);
    };
    match from_hexadecimal(check) {
        Ok(bytes) if bytes.len() == 3 => Ok(Some(bytes)),
        _ => Err(Failure::new(
            "--check is no check value",
            "give its first 6 hexadecimal digits",
        )),
    }
}

/// Brings a key to the token.
pub(super) fn import(arguments: &ImportArguments, context: &Context) -> Outcome {
    arguments.under.check_given()?;
    let check = expected(arguments.check.as_deref())?;
    let opened = arguments.place.open(context, arguments.under.under.as_deref())?;
    opened.check_label_is_free(&arguments.label)?;
    let words = &arguments.words;
    let template = |without_header: bool| {
        let template = words.with_version(words.template(arguments.usage.usage));
        let template = match (words.exportability, without_header) {
            (Some(told), _) => told.template(template),
            (None, true) => Exportability::N.template(template),
            (None, false) => template,
        };
        template
            .flag(CKA_TOKEN, true)
            .bytes(CKA_LABEL, arguments.label.as_bytes())
            .bytes_if(CKA_CHECK_VALUE, check.as_deref())
    };
    let text = compact(&arguments.wrapped);
    let key = arguments.under.unwrap(arguments.old, &opened, &text, template)?;
    report::print(&report::of_key(&opened, key)?, context.output)
}

/// Prints a key under another one.
pub(super) fn export(arguments: &ExportArguments, context: &Context) -> Outcome {
    arguments.under.check_given()?;
    let opened = arguments.place.open(context, Some(&arguments.key))?;
    let key = opened.secret_key(&arguments.key)?;
    let wrapped = arguments.under.wrap(&arguments.form, &opened, key)?;
    let told = opened.told(key, &[CKA_CHECK_VALUE])?;
    let check_value = upper_hexadecimal(told.bytes(CKA_CHECK_VALUE).unwrap_or_default());
    let name = match context.output {
        Output::Text => arguments.under.name(),
        Output::Json => "wrapped".to_owned(),
    };
    let shown = [(name, wrapped), ("check value".to_owned(), check_value)];
    report::print(&shown, context.output)
}

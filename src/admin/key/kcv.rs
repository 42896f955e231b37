//! `vhsm key kcv`

use clap::{Args, ValueEnum};

use super::report;
use crate::admin::ceremony::{Opened, Place};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::{self, Output};
use crate::ck::ObjectHandle;
use crate::error::Error;

/// How a check value is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Method {
    /// A block of zeros, encrypted
    Legacy,
    /// CMAC of a block of zeros, ANSI X9.24-1:2017
    Cmac,
    /// CMAC of nothing, as of payShield's AES key-block LMKs
    CmacEmpty,
}

impl Method {
    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Cmac => "cmac",
            Self::CmacEmpty => "cmac-empty",
        }
    }

    /// The check value of a key, of so many bytes.
    pub(super) fn check_value(self, opened: &Opened, key: ObjectHandle, length: u8) -> Result<String, Error> {
        let method = match self {
            Self::Legacy => 1,
            Self::Cmac => 2,
            Self::CmacEmpty => 3,
        };
        opened.made_check_value(key, method, length)
    }
}

/// `vhsm key kcv`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm key kcv zpk
      6 digits of a block of zeros encrypted under the key labelled \"zpk\". payShield: CK.
  vhsm key kcv --method cmac --digits 10 zpk
      10 digits by CMAC.

More than 10 digits are not told: the whole value of 16 is a part of a key stream, and of use to more than a comparison.")]
pub(in crate::admin) struct KcvArguments {
    /// The key: its label or pkcs11: URI
    #[arg(value_name = "OBJECT")]
    key: String,
    /// How the check value is made
    #[arg(long, value_enum, default_value = "legacy")]
    method: Method,
    /// How many digits: 4 or 6, by CMAC and of keys for PINs, ZMKs and TMKs also 8 or 10
    #[arg(long, value_name = "DIGITS", default_value_t = 6)]
    digits: u8,
    #[command(flatten)]
    place: Place,
}

/// Prints the check value.
pub(super) fn kcv(arguments: &KcvArguments, context: &Context) -> Outcome {
    if !matches!(arguments.digits, 4 | 6 | 8 | 10) {
        return Err(Failure::new(
            format!("a check value has no {} digits here", arguments.digits),
            "4, 6, 8 or 10 digits tell keys apart; more would be of use beyond that",
        ));
    }
    let opened = arguments.place.open(context, Some(&arguments.key))?;
    let key = opened.secret_key(&arguments.key)?;
    let value = arguments
        .method
        .check_value(&opened, key, arguments.digits / 2)
        .map_err(|error| {
            let remedy = match error {
                Error::MechanismParamInvalid(_) => "--digits 4 or 6 is told of every key; 8 and 10 by --method cmac, but of keys that make CMACs, and of keys \
                     for PINs, ZMKs and TMKs",
                _ => {
                    "this works on DES and AES keys; `vhsm lmk list` tells those of LMKs, `vhsm object show` others"
                }
            };
            Failure::from(error).with_remedy(remedy)
        })?;
    match context.output {
        Output::Text => output::text(&value)?,
        Output::Json => report::print(&[("check value".to_owned(), value)], context.output)?,
    }
    Ok(())
}

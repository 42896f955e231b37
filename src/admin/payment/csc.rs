//! Card security codes of American Express.

use clap::{Args, ValueEnum};

use super::bench_key::KeyOption;
use super::values::{decimal_value, joined};
use crate::admin::context::Context;
use crate::admin::failure::Outcome;
use crate::ck::*;

const EXAMPLES: &str = "\
Examples:
  vhsm payment csc --clear-test-key 0123456789ABCDEFFEDCBA9876543210 371234567890123 9912
      8720, the code on the card's front, under a published test key.
  vhsm payment csc --key csck 371234567890123 9912 --digits all
      The codes of 5, 4 and 3 digits, under the key labelled \"csck\" of the only token.
  vhsm payment csc --key csck 371234567890123 9912 --digits 3 --check 123
      Whether 123 is the code of 3 digits.";

/// Which of a card's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Digits {
    /// The code of 3 digits
    #[value(name = "3")]
    Three,
    /// The code of 4 digits
    #[value(name = "4")]
    Four,
    /// The code of 5 digits
    #[value(name = "5")]
    Five,
    /// The codes of 5, 4 and 3 digits, one behind the other
    All,
}

/// `vhsm payment csc`
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::admin) struct CscArguments {
    #[command(flatten)]
    key: KeyOption,
    /// The account number, 15 digits; it begins with 34 or 37
    #[arg(value_name = "PAN")]
    pan: String,
    /// The expiry, 4 digits: year and month
    #[arg(value_name = "YYMM")]
    expiry: String,
    /// The service code, 3 digits: for version 2, which keys of a token make only where `mechanisms.enable` has
    /// CKM_VHSM_CSC_V2. Without it version 1
    #[arg(value_name = "SERVICE CODE")]
    service_code: Option<String>,
    /// How many digits the code has
    #[arg(long, value_enum, default_value = "4")]
    digits: Digits,
    /// Check this code instead of making one
    #[arg(long, value_name = "CSC")]
    check: Option<String>,
}

/// `vhsm payment csc`
pub(super) fn csc(arguments: &CscArguments, context: &Context) -> Outcome {
    let key = arguments.key.open(context, KeyUsage::CARD_VERIFICATION, false)?;
    let pan = joined(&arguments.pan);
    let (mechanism, data) = match &arguments.service_code {
        None => (CKM_VHSM_CSC, format!("{pan};{}", arguments.expiry)),
        Some(service_code) => (
            CKM_VHSM_CSC_V2,
            format!("{pan};{};{service_code}", arguments.expiry),
        ),
    };
    let digits = match arguments.digits {
        Digits::Three => 3,
        Digits::Four => 4,
        Digits::Five => 5,
        Digits::All => 12,
    };
    decimal_value(
        context,
        (&key, mechanism, &[1, digits]),
        "csc",
        &data,
        arguments.check.as_deref(),
    )
}

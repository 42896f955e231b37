//! Values of cards and PINs, and MACs.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::bench_key::{BenchKey, KeyOption};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::find::from_hexadecimal;
use crate::admin::output::{self, Output};
use crate::ck::*;
use crate::error::Error;

const CVV_EXAMPLES: &str = "\
Examples:
  vhsm payment cvv --key cvk 4123456789012345 8701 101
      The value on the magnetic stripe, under the key labelled \"cvk\" of the only token.
  vhsm payment cvv --clear-test-key 0123456789ABCDEFFEDCBA9876543210 4123456789012345 8701 101
      561, under a published test key.
  vhsm payment cvv --key cvk 4123456789012345 0187 000 --check 123
      Whether 123 is the CVV2 (expiry as the issuer writes it, service code 000).";

/// `vhsm payment cvv`
#[derive(Clone, Debug, Args)]
#[command(after_help = CVV_EXAMPLES)]
pub(in crate::admin) struct CvvArguments {
    #[command(flatten)]
    key: KeyOption,
    /// The account number, 12 to 19 digits
    #[arg(value_name = "PAN")]
    pan: String,
    /// The expiry, 4 digits in the order that the issuer uses
    #[arg(value_name = "EXPIRY")]
    expiry: String,
    /// The service code, 3 digits; 000 for a CVV2, 999 for an iCVV
    #[arg(value_name = "SERVICE CODE")]
    service_code: String,
    /// Check this value instead of making one
    #[arg(long, value_name = "CVV")]
    check: Option<String>,
}

/// `vhsm payment pvv`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment pvv --clear-test-key 0123456789ABCDEFFEDCBA9876543210 4111111111111111 --clear-test-pin 1234
      9464, under a published test key with the key index 1.")]
pub(in crate::admin) struct PvvArguments {
    #[command(flatten)]
    key: KeyOption,
    /// The account number, 12 to 19 digits with the check digit
    #[arg(value_name = "PAN")]
    pan: String,
    /// The PIN of a test card, 4 to 12 digits. Others on this machine can read it while the command runs
    #[arg(long, value_name = "PIN")]
    clear_test_pin: String,
    /// The key index (PVKI)
    #[arg(long, value_name = "DIGIT", default_value = "1")]
    index: String,
    /// Check this value instead of making one
    #[arg(long, value_name = "PVV")]
    check: Option<String>,
}

/// A MAC algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Algorithm {
    /// Algorithm 1 of ISO/IEC 9797-1: ANSI X9.9, ISO 16609
    Alg1,
    /// Algorithm 3: the retail MAC of ANSI X9.19
    Alg3,
}

/// `vhsm payment mac`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment mac --key tak 4E6F77206973207468652074696D6520666F7220616C6C20
      The retail MAC of the bytes, padding method 1.")]
pub(in crate::admin) struct MacArguments {
    #[command(flatten)]
    key: KeyOption,
    /// The message in hexadecimal
    #[arg(value_name = "HEX")]
    message: String,
    /// The algorithm of ISO/IEC 9797-1
    #[arg(long, value_enum, default_value = "alg3")]
    algorithm: Algorithm,
    /// The padding method of ISO/IEC 9797-1
    #[arg(long, value_name = "METHOD", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
    padding: u8,
    /// Length of the MAC in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 8, value_parser = clap::value_parser!(u8).range(4..=8))]
    length: u8,
    /// Check this MAC, in hexadecimal, instead of making one
    #[arg(long, value_name = "HEX")]
    check: Option<String>,
}

/// Bytes of hexadecimal digits, blanks and colons between them left out; the error says what they should be.
pub(super) fn bytes_of(text: &str) -> Result<Vec<u8>, String> {
    from_hexadecimal(&text.replace(char::is_whitespace, ""))
}

pub(super) fn hexadecimal(name: &str, text: &str) -> Result<Vec<u8>, Failure> {
    bytes_of(text).map_err(|why| {
        Failure::new(
            format!("{name} is not {why}"),
            "give digits from 0 to 9 and A to F, an even number of them",
        )
    })
}

pub(super) fn upper_hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Prints a value that was made.
pub(super) fn print(context: &Context, name: &str, value: &str) -> Outcome {
    match context.output {
        Output::Json => output::json(&json!({ name: value }))?,
        Output::Text => output::text(value)?,
    }
    Ok(())
}

/// Prints whether a value is right; what is wrong is a failure of the command.
pub(super) fn print_check(context: &Context, name: &str, is_right: bool) -> Outcome {
    if !is_right {
        let remedy = "the key, the data or the value is another one";
        return Err(Failure::new(format!("the {name} is wrong"), remedy));
    }
    match context.output {
        Output::Json => output::json(&json!({ "correct": true }))?,
        Output::Text => output::text("correct")?,
    }
    Ok(())
}

/// What the user can do about data that a mechanism does not take.
fn of_data(error: Error) -> Failure {
    let remedy = match &error {
        Error::DataInvalid(_) | Error::DataLenRange(_) => "--help says how many digits each value has",
        Error::KeyTypeInconsistent { .. } => {
            "give a double-length key of DES: 32 hexadecimal digits in the clear"
        }
        _ => return error.into(),
    };
    Failure::from(error).with_remedy(remedy)
}

/// A text without blanks.
pub(super) fn joined(text: &str) -> String {
    text.replace(char::is_whitespace, "")
}

/// Makes a value in ASCII, or checks one.
pub(super) fn decimal_value(
    context: &Context,
    (key, id, parameter): (&BenchKey, MechanismId, &[u8]),
    name: &str,
    data: &str,
    check: Option<&str>,
) -> Outcome {
    match check {
        Some(value) => print_check(
            context,
            name,
            key.verify(id, parameter, data.as_bytes(), value.as_bytes())
                .map_err(of_data)?,
        ),
        None => print(
            context,
            name,
            &String::from_utf8_lossy(&key.sign(id, parameter, data.as_bytes()).map_err(of_data)?),
        ),
    }
}

/// `vhsm payment cvv`
pub(super) fn cvv(arguments: &CvvArguments, context: &Context) -> Outcome {
    let key = arguments.key.open(context, KeyUsage::CARD_VERIFICATION, false)?;
    let data = format!(
        "{};{};{}",
        joined(&arguments.pan),
        arguments.expiry,
        arguments.service_code
    );
    decimal_value(
        context,
        (&key, CKM_VHSM_CVV, &[]),
        "cvv",
        &data,
        arguments.check.as_deref(),
    )
}

/// `vhsm payment pvv`
pub(super) fn pvv(arguments: &PvvArguments, context: &Context) -> Outcome {
    let key = arguments
        .key
        .open(context, KeyUsage::VISA_PIN_VERIFICATION, false)?;
    let data = format!(
        "{};{};{}",
        joined(&arguments.pan),
        arguments.index,
        arguments.clear_test_pin
    );
    decimal_value(
        context,
        (&key, CKM_VHSM_VISA_PVV, &[]),
        "pvv",
        &data,
        arguments.check.as_deref(),
    )
}

/// `vhsm payment mac`
pub(super) fn mac(arguments: &MacArguments, context: &Context) -> Outcome {
    let message = hexadecimal("the message", &arguments.message)?;
    let (id, usage) = match arguments.algorithm {
        Algorithm::Alg1 => (CKM_VHSM_ISO9797_ALG1_MAC, KeyUsage::ISO_9797_ALG1_MAC),
        Algorithm::Alg3 => (CKM_VHSM_ISO9797_ALG3_MAC, KeyUsage::ISO_9797_ALG3_MAC),
    };
    let key = arguments.key.open(context, usage, false)?;
    let parameter = [1, arguments.padding, arguments.length];
    match &arguments.check {
        Some(value) => {
            let value = hexadecimal("--check", value)?;
            let is_right = key.verify(id, &parameter, &message, &value).map_err(of_data)?;
            print_check(context, "mac", is_right)
        }
        None => print(
            context,
            "mac",
            &upper_hexadecimal(&key.sign(id, &parameter, &message).map_err(of_data)?),
        ),
    }
}

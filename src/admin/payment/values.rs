//! Values of cards and PINs, PIN blocks, MACs.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::bench_key::{BenchKey, KeyOption};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::find::from_hexadecimal;
use crate::admin::output::{self, Output};
use crate::ck::*;

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

/// A format of PIN blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// ISO 9564-1 format 0, ANSI X9.8
    #[value(name = "iso-0", alias = "01")]
    Iso0,
    /// Docutel
    #[value(alias = "02")]
    Docutel,
    /// IBM 3624, Diebold
    #[value(alias = "03")]
    Diebold,
    /// PLUS
    #[value(alias = "04")]
    Plus,
    /// ISO 9564-1 format 1
    #[value(name = "iso-1", alias = "05")]
    Iso1,
    /// ISO 9564-1 format 2
    #[value(name = "iso-2", alias = "34")]
    Iso2,
    /// ISO 9564-1 format 3
    #[value(name = "iso-3", alias = "47")]
    Iso3,
    /// ISO 9564-1 format 4, with a key of AES
    #[value(name = "iso-4", alias = "48")]
    Iso4,
}

impl Format {
    const fn code(self) -> u8 {
        match self {
            Self::Iso0 => 1,
            Self::Docutel => 2,
            Self::Diebold => 3,
            Self::Plus => 4,
            Self::Iso1 => 5,
            Self::Iso2 => 34,
            Self::Iso3 => 47,
            Self::Iso4 => 48,
        }
    }
}

/// `vhsm payment pin-block`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment pin-block --key zpk --pan 4111111111111111 --clear-test-pin 1234
      A block of format 0 under the key labelled \"zpk\".
  vhsm payment pin-block --key bdk --ksn FFFF9876543210E00001 --pan 4012345678909 --clear-test-pin 1234
      What a terminal sends: under the PIN key of this transaction, from the base derivation key.")]
pub(in crate::admin) struct PinBlockArguments {
    #[command(flatten)]
    key: KeyOption,
    /// The format
    #[arg(long, value_enum, default_value = "iso-0")]
    format: Format,
    /// The account number, for the formats that have it
    #[arg(long, value_name = "PAN")]
    pan: Option<String>,
    /// The key serial number of DUKPT, 20 digits of triple DES or 24 of AES: the key is a base or an initial key
    #[arg(long, value_name = "HEX")]
    ksn: Option<String>,
    /// The PIN of a test card, 4 to 12 digits. Others on this machine can read it while the command runs
    #[arg(long, value_name = "PIN")]
    clear_test_pin: String,
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

fn hexadecimal(name: &str, text: &str) -> Result<Vec<u8>, Failure> {
    from_hexadecimal(text).map_err(|why| {
        Failure::new(
            format!("{name} is not {why}"),
            "give digits from 0 to 9 and A to F, an even number of them",
        )
    })
}

fn upper_hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Prints a value that was made.
fn print(context: &Context, name: &str, value: &str) -> Outcome {
    match context.output {
        Output::Json => output::json(&json!({ name: value }))?,
        Output::Text => output::text(value)?,
    }
    Ok(())
}

/// Prints whether a value is right; what is wrong is a failure of the command.
fn print_check(context: &Context, name: &str, is_right: bool) -> Outcome {
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

/// Makes a value in ASCII, or checks one.
fn decimal_value(
    context: &Context,
    (key, id): (&BenchKey, MechanismId),
    name: &str,
    data: &str,
    check: Option<&str>,
) -> Outcome {
    match check {
        Some(value) => print_check(
            context,
            name,
            key.verify(id, &[], data.as_bytes(), value.as_bytes())?,
        ),
        None => print(
            context,
            name,
            &String::from_utf8_lossy(&key.sign(id, &[], data.as_bytes())?),
        ),
    }
}

/// `vhsm payment cvv`
pub(super) fn cvv(arguments: &CvvArguments, context: &Context) -> Outcome {
    let key = arguments.key.open(context, KeyUsage::CARD_VERIFICATION, false)?;
    let data = format!(
        "{};{};{}",
        arguments.pan, arguments.expiry, arguments.service_code
    );
    decimal_value(
        context,
        (&key, CKM_VHSM_CVV),
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
        arguments.pan, arguments.index, arguments.clear_test_pin
    );
    decimal_value(
        context,
        (&key, CKM_VHSM_VISA_PVV),
        "pvv",
        &data,
        arguments.check.as_deref(),
    )
}

/// `vhsm payment pin-block`
pub(super) fn pin_block(arguments: &PinBlockArguments, context: &Context) -> Outcome {
    let serial = arguments
        .ksn
        .as_deref()
        .map(|ksn| hexadecimal("--ksn", ksn))
        .transpose()?;
    let (derivation, serial) = match serial {
        None => (0, vec![]),
        Some(serial) if serial.len() == 10 => (1, serial),
        Some(serial) if serial.len() == 12 => (4, serial),
        Some(_) => {
            return Err(Failure::new(
                "--ksn has another length than a key serial number",
                "give 20 digits of triple DES, or 24 of AES",
            ));
        }
    };
    let usage = match derivation {
        0 => KeyUsage::PIN_ENCRYPTION,
        _ => KeyUsage::BASE_DERIVATION,
    };
    let aes = derivation == 4 || derivation == 0 && arguments.format == Format::Iso4;
    let key = arguments.key.open(context, usage, aes)?;
    let pan = arguments.pan.as_deref().unwrap_or_default().as_bytes();
    let digits = u8::try_from(pan.len()).ok().filter(|digits| *digits <= 19);
    let Some(digits) = digits else {
        return Err(Failure::new("--pan is too long", "give 12 to 19 digits"));
    };
    let mut parameter = vec![1, arguments.format.code(), derivation];
    parameter.resize(15_usize.saturating_sub(serial.len()), 0);
    parameter.extend(serial);
    parameter.push(digits);
    parameter.extend(pan);
    parameter.resize(35, 0);
    let block = key.encrypt(
        CKM_VHSM_PIN_BLOCK,
        &parameter,
        arguments.clear_test_pin.as_bytes(),
    )?;
    print(context, "pin_block", &upper_hexadecimal(&block))
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
            print_check(context, "mac", key.verify(id, &parameter, &message, &value)?)
        }
        None => print(
            context,
            "mac",
            &upper_hexadecimal(&key.sign(id, &parameter, &message)?),
        ),
    }
}

//! PINs of test cards in encrypted blocks.

use clap::{Args, ValueEnum};

use super::bench_key::KeyOption;
use super::values::{hexadecimal, print, upper_hexadecimal};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::ck::*;

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

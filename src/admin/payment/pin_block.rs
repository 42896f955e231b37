//! PINs of test cards into encrypted blocks, and out of them.

use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

use super::bench_key::KeyOption;
use super::values::{hexadecimal, print, upper_hexadecimal};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::ck::*;
use crate::error::{Error, PinFault};

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
      What a terminal sends: under the PIN key of this transaction, from the base derivation key.
  vhsm payment pin-block --clear-test-key 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00001 --pan 4012345678909 --decode 1B9C1845EB993A7A
      The PIN of ANSI X9.24-1's example, 1234. Keys of a token do so only where `mechanisms.enable` has CKM_VHSM_PIN_REVEAL.")]
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
    #[arg(long, value_name = "PIN", required_unless_present = "decode")]
    clear_test_pin: Option<String>,
    /// Show the PIN of this block, in hexadecimal, instead of making one
    #[arg(long, value_name = "HEX", conflicts_with = "clear_test_pin")]
    decode: Option<String>,
}

/// What describes a block in a parameter: format, derivation, KSN and account.
pub(super) fn end(format: u8, (derivation, serial): (u8, &[u8]), pan: &str) -> Result<Vec<u8>, Failure> {
    let digits = u8::try_from(pan.len()).ok().filter(|digits| *digits <= 19);
    let (Some(digits), true) = (digits, pan.bytes().all(|digit| digit.is_ascii_digit())) else {
        let remedy = "give 12 to 19 decimal digits, with the check digit";
        return Err(Failure::new("--pan is no account number", remedy));
    };
    let mut end = vec![format, derivation];
    end.resize(14_usize.saturating_sub(serial.len()), 0);
    end.extend(serial);
    end.push(digits);
    end.extend(pan.bytes());
    end.resize(END_LEN, 0);
    Ok(end)
}

/// Bytes of what describes a block.
const END_LEN: usize = 34;

/// What the user can do about what a mechanism says.
pub(super) fn of_block(error: Error) -> Failure {
    let remedy = match &error {
        Error::Pin(PinFault::Block, _) => {
            "the key, the account number, the format or the block is another one"
        }
        Error::Pin(PinFault::Length, _) => "give a PIN of 4 to 12 digits; Docutel's format has room for 6",
        Error::Pin(PinFault::Format, _) => {
            "--format iso-4 goes with keys of AES, the others with keys of DES"
        }
        Error::EncryptedDataLenRange(_) => "give 16 hexadecimal digits, or 32 of a block of format iso-4",
        Error::DataInvalid(_) => "give a PIN of 4 to 12 decimal digits",
        Error::MechanismParamInvalid(_) => {
            "--pan has 12 to 19 digits where the format wants it, --ksn a counter that devices use"
        }
        Error::MechanismInvalid { .. } => {
            "keys of a token show no PINs unless `mechanisms.enable` in the configuration names CKM_VHSM_PIN_REVEAL"
        }
        _ => return error.into(),
    };
    Failure::from(error).with_remedy(remedy)
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
    let pan = arguments.pan.as_deref().unwrap_or_default();
    let pan = pan.replace(char::is_whitespace, "");
    let end = end(arguments.format.code(), (derivation, &serial), &pan)?;
    let parameter = [&[1][..], &end].concat();
    if let Some(block) = &arguments.decode {
        let block = hexadecimal("--decode", block)?;
        let pin = key.decrypt(CKM_VHSM_PIN_REVEAL, &parameter, &block);
        let pin = pin.map(Zeroizing::new).map_err(of_block)?;
        return print(context, "pin", &String::from_utf8_lossy(&pin));
    }
    let pin = arguments.clear_test_pin.as_deref().unwrap_or_default();
    let block = key.encrypt(CKM_VHSM_PIN_BLOCK, &parameter, pin.as_bytes());
    let block = block.map_err(of_block)?;
    print(context, "pin_block", &upper_hexadecimal(&block))
}

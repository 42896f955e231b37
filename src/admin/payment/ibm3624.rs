//! `vhsm payment ibm3624`: natural PINs and offsets of test cards.

use clap::Args;
use zeroize::Zeroizing;

use super::bench_key::{BenchKey, Call, Cipher, KeyOption, TestKey};
use super::pin_block::{end, of_block};
use super::values::{print, print_check};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::ck::*;
use crate::error::{Error, PinFault};

/// `vhsm payment ibm3624`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment ibm3624 --clear-test-key 0123456789ABCDEFFEDCBA9876543210 --table 1234567890123456 1122334455667788
      The natural PIN, 4524, of published test values.
  vhsm payment ibm3624 --clear-test-key 0123456789ABCDEFFEDCBA9876543210 --table 1234567890123456 1122334455667788 --clear-test-pin 5635
      The offset of a PIN that the customer chose: 1111.
  vhsm payment ibm3624 --key pvk 1122334455667788 --clear-test-pin 5635 --check 1111
      Whether the offset is that of the PIN, under the key labelled \"pvk\". Keys of a token show PINs only where
      `mechanisms.enable` has CKM_VHSM_PIN_REVEAL.")]
pub(in crate::admin) struct Ibm3624Arguments {
    #[command(flatten)]
    key: KeyOption,
    /// The validation data, 16 hexadecimal digits: digits of the account number, padded as the issuer does it
    #[arg(value_name = "VALIDATION DATA")]
    validation: String,
    /// The decimalisation table, 16 digits: at least 8 different ones, none more than 4 times
    #[arg(long, value_name = "DIGITS", default_value = "0123456789012345")]
    table: String,
    /// How many digits the PIN has, or how many of its first digits count [default: those of --clear-test-pin or --offset, else 4]
    #[arg(long, value_name = "DIGITS", value_parser = clap::value_parser!(u8).range(4..=12))]
    length: Option<u8>,
    /// Show the PIN of this offset instead of the natural PIN
    #[arg(long, value_name = "DIGITS", conflicts_with = "clear_test_pin")]
    offset: Option<String>,
    /// Make the offset of this PIN of a test card. Others on this machine can read it while the command runs
    #[arg(long, value_name = "PIN")]
    clear_test_pin: Option<String>,
    /// Check this offset of the PIN instead of making one
    #[arg(long, value_name = "DIGITS", requires = "clear_test_pin")]
    check: Option<String>,
}

/// The key of blocks that exist within the command only.
const BLOCK_KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
/// Their format: ISO 9564-1 format 2, which has no account.
const BLOCK_FORMAT: u8 = 34;
/// Bytes of two handles.
const HANDLES: [u8; 16] = [0; 16];

/// Digits of an option; nothing where it is not given.
fn digits<'a>(option: &str, text: Option<&'a str>) -> Result<&'a str, Failure> {
    let text = text.unwrap_or_default();
    let fits = text.is_empty() || (4..=12).contains(&text.len());
    match fits && text.bytes().all(|digit| digit.is_ascii_digit()) {
        true => Ok(text),
        false => Err(Failure::new(
            format!("{option} is not of the form of a PIN"),
            "give 4 to 12 decimal digits",
        )),
    }
}

impl Ibm3624Arguments {
    /// The parameter, and what describes the block in it.
    fn parameter(&self) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        let validation = self.validation.replace(char::is_whitespace, "");
        if validation.len() != 16 || !validation.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let what = "the validation data are not of their form";
            return Err(Failure::new(
                what,
                "give 16 hexadecimal digits, as in 11223344556677FF",
            ));
        }
        if self.table.len() != 16 || !self.table.bytes().all(|digit| digit.is_ascii_digit()) {
            let what = format!("--table {:?} is no decimalisation table", self.table);
            return Err(Failure::new(
                what,
                "give 16 decimal digits, as in 0123456789012345",
            ));
        }
        let pin = digits("--clear-test-pin", self.clear_test_pin.as_deref())?;
        let offset = digits("--offset", self.offset.as_deref())?;
        digits("--check", self.check.as_deref())?;
        let told = [pin, offset]
            .iter()
            .map(|text| text.len())
            .find(|length| *length > 0);
        let length = match (self.length, told.map(u8::try_from)) {
            (Some(length), _) | (None, Some(Ok(length))) => length,
            (None, _) => 4,
        };
        let end = end(BLOCK_FORMAT, (0, &[]), "")?;
        let method = [
            &[1, 0],
            self.table.as_bytes(),
            validation.as_bytes(),
            &[length],
            &HANDLES,
        ]
        .concat();
        Ok(([&method[..], &end].concat(), [&[1][..], &end].concat()))
    }
}

/// What the user can do about what a mechanism says.
fn of_values(error: Error) -> Failure {
    let remedy = match &error {
        Error::Pin(PinFault::Table, _) => {
            "give a table with at least 8 different digits, none of them more than 4 times; a key may be bound to one table"
        }
        Error::DataLenRange(_) => "an offset has as many digits as --length says",
        _ => return of_block(error),
    };
    Failure::from(error).with_remedy(remedy)
}

/// `vhsm payment ibm3624`
pub(super) fn ibm3624(arguments: &Ibm3624Arguments, context: &Context) -> Outcome {
    let (parameter, block_form) = arguments.parameter()?;
    let key = arguments
        .key
        .open(context, KeyUsage::IBM_3624_PIN_VERIFICATION, false)?;
    let block_key =
        TestKey::new(KeyUsage::PIN_ENCRYPTION, Cipher::Des).read("the key of PIN blocks", BLOCK_KEY)?;
    let block_key = key.beside(block_key)?;
    let call = |id| Call {
        id,
        parameter: &parameter,
        further: Some(&block_key),
    };
    let Some(pin) = &arguments.clear_test_pin else {
        let pin = revealed(
            &key,
            &block_key,
            &call(CKM_VHSM_IBM3624_PIN),
            arguments,
            &block_form,
        );
        let pin = pin.map_err(of_values)?;
        return print(context, "pin", &String::from_utf8_lossy(&pin));
    };
    let block = block_key
        .encrypt(CKM_VHSM_PIN_BLOCK, &block_form, pin.as_bytes())
        .map_err(of_values)?;
    let call = call(CKM_VHSM_IBM3624_OFFSET);
    match &arguments.check {
        Some(offset) => {
            let is_right = key
                .verify_with(&call, &block, offset.as_bytes())
                .map_err(of_values)?;
            print_check(context, "offset", is_right)
        }
        None => {
            let offset = key.sign_with(&call, &block).map_err(of_values)?;
            print(context, "offset", &String::from_utf8_lossy(&offset))
        }
    }
}

/// The PIN that follows from the account, in the clear.
fn revealed(
    key: &BenchKey,
    block_key: &BenchKey,
    call: &Call<'_>,
    arguments: &Ibm3624Arguments,
    block_form: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let offset = arguments.offset.as_deref().unwrap_or_default();
    let block = key.sign_with(call, offset.as_bytes())?;
    block_key
        .decrypt(CKM_VHSM_PIN_REVEAL, block_form, &block)
        .map(Zeroizing::new)
}

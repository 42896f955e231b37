//! `vhsm payment key-block decode`: a block under its protection key.

use clap::Args;

use super::header::{fields, untagged};
use super::{WEAK_KEYS, is_of_aes, mechanism, print};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::payment::bench_key::{Cipher, KeyOption, TestKey};
use crate::admin::payment::shown::Shown;
use crate::ck::KeyUsage;
use crate::error::{Error, PaymentFault};

/// `vhsm payment key-block decode`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment key-block decode --clear-test-key B8ED59E0A279A295E9F5ED7944FD06B9 C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C
      TR-31's example: the header, that the MAC is right, and the key EDB380DD340BC2620247D445F5B8D678.
  vhsm payment key-block decode --key zmk D0112P0AE00E0000...
      The same with the protection key on the token: the key is shown by its check value only.
  vhsm payment key-block decode --clear-test-key 0123456789ABCDEF8080808080808080FEDCBA9876543210 S00072B0TN00E0002...
      A block of Thales' under a published test LMK; the block says which number the LMK has.")]
pub(super) struct DecodeArguments {
    /// The block; a tag R or S before it may stay
    #[arg(value_name = "BLOCK")]
    block: String,
    #[command(flatten)]
    key: KeyOption,
}

/// The protection key that a test key in the clear is.
fn test_key(block: &str) -> TestKey {
    let version = block.chars().next();
    let cipher = if is_of_aes(version) {
        Cipher::Aes
    } else {
        Cipher::Des
    };
    let number = block.as_bytes().get(14..16).and_then(|last| last.try_into().ok());
    match (version, number) {
        (Some('0' | '1'), Some(number)) if number != *b"FF" => {
            TestKey::new(KeyUsage::LOCAL_MASTER, Cipher::Lmk(number))
        }
        (Some('0' | '1'), _) => TestKey::new(KeyUsage::ZONE_MASTER, cipher),
        _ => TestKey::new(KeyUsage::KEY_BLOCK_PROTECTION, cipher),
    }
}

/// `vhsm payment key-block decode`
pub(super) fn decode(arguments: &DecodeArguments, context: &Context) -> Outcome {
    let block = untagged(&arguments.block);
    let mut told = fields(block)?;
    let protection = arguments.key.open_as(context, &test_key(block))?;
    let id = mechanism(block.chars().next());
    let key = protection
        .unwrap_key(id, &[1, 0], block.as_bytes())
        .map_err(of_block)?;
    told.push(("MAC".to_owned(), "right".to_owned()));
    told.extend(Shown::of("key", &key)?.pairs());
    print(&told, context)
}

fn of_block(error: Error) -> Failure {
    let remedy = match error {
        Error::WrappedKeyInvalid => {
            "the protection key is another one, or the block was changed: its MAC is wrong, or it is not of its form"
        }
        Error::WrappedHeader(_) => "the MAC is right: the block is the sender's to put right",
        Error::WrappedKeyLenRange => "the block was cut or is not as long as its header says",
        Error::KeyTypeInconsistent { .. } => {
            "blocks of the versions A, B, C and 0 are under keys of triple DES, of D, E and 1 under keys of AES"
        }
        Error::PaymentKey(PaymentFault::Algorithm, _) => {
            "the block is good; `vhsm payment key-block show` tells what its header says"
        }
        Error::PaymentKey(PaymentFault::Parity | PaymentFault::Masquerades | PaymentFault::Weak, _) => {
            WEAK_KEYS
        }
        _ => return error.into(),
    };
    Failure::from(error).with_remedy(remedy)
}

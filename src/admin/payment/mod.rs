//! `vhsm payment`: calculators for those who test switches and cards, on keys of a token or on test keys in the clear.

mod arqc;
mod bench_key;
mod csc;
mod dukpt;
mod ibm3624;
mod key_block;
mod pin_block;
mod shown;
mod values;

use clap::Subcommand;

use super::context::Context;
use super::failure::Outcome;

/// `vhsm payment`
#[derive(Clone, Debug, Subcommand)]
pub(super) enum PaymentCommand {
    /// Make or check a card verification value (CVV, CVC, CVV2, iCVV)
    Cvv(values::CvvArguments),
    /// Make or check a card security code of American Express (CSC)
    Csc(csc::CscArguments),
    /// Make or check a PIN verification value of Visa (PVV)
    Pvv(values::PvvArguments),
    /// Show the natural PIN of IBM 3624, or the PIN of an offset; make or check an offset
    #[command(name = "ibm3624")]
    Ibm3624(Box<ibm3624::Ibm3624Arguments>),
    /// Put a test PIN into an encrypted PIN block, or show the PIN of one
    PinBlock(pin_block::PinBlockArguments),
    /// Make or check a MAC of a message (ISO/IEC 9797-1)
    Mac(values::MacArguments),
    /// Show the keys of a transaction (DUKPT)
    Dukpt(dukpt::DukptArguments),
    /// Make or check a cryptogram of a chip card (ARQC, TC, AAC), and the issuer's answer (ARPC)
    Arqc(Box<arqc::ArqcArguments>),
    /// Show, decode or make a key block (TR-31, ANSI X9.143, Thales)
    KeyBlock(Box<key_block::KeyBlockArguments>),
}

/// Does what the command says.
pub(super) fn run(command: &PaymentCommand, context: &Context) -> Outcome {
    match command {
        PaymentCommand::Cvv(arguments) => values::cvv(arguments, context),
        PaymentCommand::Csc(arguments) => csc::csc(arguments, context),
        PaymentCommand::Pvv(arguments) => values::pvv(arguments, context),
        PaymentCommand::PinBlock(arguments) => pin_block::pin_block(arguments, context),
        PaymentCommand::Ibm3624(arguments) => ibm3624::ibm3624(arguments, context),
        PaymentCommand::Mac(arguments) => values::mac(arguments, context),
        PaymentCommand::Dukpt(arguments) => dukpt::dukpt(arguments, context),
        PaymentCommand::Arqc(arguments) => arqc::arqc(arguments, context),
        PaymentCommand::KeyBlock(arguments) => key_block::run(arguments, context),
    }
}

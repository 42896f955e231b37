//! `vhsm payment`: calculators for those who test switches and cards, on keys of a token or on test keys in the clear.

mod bench_key;
mod dukpt;
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
    /// Make or check a PIN verification value of Visa (PVV)
    Pvv(values::PvvArguments),
    /// Put a test PIN into an encrypted PIN block
    PinBlock(pin_block::PinBlockArguments),
    /// Make or check a MAC of a message (ISO/IEC 9797-1)
    Mac(values::MacArguments),
    /// Show the keys of a transaction (DUKPT)
    Dukpt(dukpt::DukptArguments),
    /// Show, decode or make a key block (TR-31, ANSI X9.143, Thales)
    KeyBlock(key_block::KeyBlockArguments),
}

/// Does what the command says.
pub(super) fn run(command: &PaymentCommand, context: &Context) -> Outcome {
    match command {
        PaymentCommand::Cvv(arguments) => values::cvv(arguments, context),
        PaymentCommand::Pvv(arguments) => values::pvv(arguments, context),
        PaymentCommand::PinBlock(arguments) => pin_block::pin_block(arguments, context),
        PaymentCommand::Mac(arguments) => values::mac(arguments, context),
        PaymentCommand::Dukpt(arguments) => dukpt::dukpt(arguments, context),
        PaymentCommand::KeyBlock(arguments) => key_block::run(arguments, context),
    }
}

//! What helps against refusals of payment keys, local master keys and components, whose reasons carry no remedy.

use crate::ck::{
    CKA_CHECK_VALUE, CKA_EXTRACTABLE, CKA_VALUE, CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_USAGE,
    CKA_VHSM_MODE_OF_USE, CKA_WRAP,
};
use crate::error::{Error, PaymentFault};

/// What helps; empty where nothing is known to.
pub(super) const fn of(error: &Error) -> &'static str {
    match error {
        Error::PaymentKey(fault, _) => of_fault(*fault),
        Error::WrappedKeyInvalid => {
            "compare what was typed, and the key that it is under, with the sender's: nothing was stored"
        }
        Error::WrappedHeader(_) => {
            "the MAC is right: the block is the sender's to put right; nothing was stored"
        }
        Error::WrappedKeyLenRange => {
            "U and X have 32 digits behind the letter, T and Y 48, Z 16; a key block has the length in its header"
        }
        Error::KeyUnextractable => {
            "the key was made to stay where it is; make one with --exportability E or S"
        }
        _ => "",
    }
}

const fn of_fault(fault: PaymentFault) -> &'static str {
    match fault {
        PaymentFault::Usage => {
            "`vhsm object show` tells the usage of a key; another key or mechanism goes with it"
        }
        PaymentFault::ModeOfUse => "`vhsm object show` tells the mode of use; take a key that may be used so",
        PaymentFault::Algorithm => "take a key of the algorithm that is wanted",
        PaymentFault::NotExportable => {
            "a key leaves in key blocks with exportability E or S, and without a header with S; it only becomes narrower"
        }
        PaymentFault::Parity => {
            "wrong digits, scheme, key type or key above it give that; `payment.weak_keys = \"accept\"` takes test keys"
        }
        PaymentFault::AllZero => {
            "a key of zeros protects nothing, and a component that is there twice leaves the key to the others: compare the \
             components with the sheets; nothing was stored"
        }
        PaymentFault::Masquerades | PaymentFault::Weak => {
            "take a key whose parts differ, and none of which is weak; `payment.weak_keys = \"accept\"` takes test keys"
        }
        PaymentFault::Expired | PaymentFault::NotYetValid => {
            "the days of a key only become fewer; take one that is valid today"
        }
        PaymentFault::Status => "the status of a key does not change; take one that is live",
        PaymentFault::LmkId => {
            "the last two characters of the header name the LMK; `vhsm lmk list` shows all"
        }
        PaymentFault::TypeCode => "docs/payment/lmk.md has the key type codes with the usages of each",
    }
}

/// What helps where an attribute was refused.
pub(super) fn of_attribute(error: &Error) -> &'static str {
    match error {
        Error::AttributeValueInvalid { attribute, .. } if *attribute == CKA_CHECK_VALUE => {
            "a component, a digit or the key above it is another one; nothing was stored"
        }
        Error::AttributeValueInvalid { attribute, .. } if *attribute == CKA_VALUE => {
            "compare every digit with the sheet; nothing was stored"
        }
        Error::TemplateInconsistent { attribute, .. } if *attribute == CKA_VHSM_KEY_USAGE => {
            "leave --usage out, or name one that goes with the key type or key block"
        }
        Error::TemplateInconsistent { attribute, .. }
            if [CKA_VHSM_MODE_OF_USE, CKA_VHSM_EXPORTABILITY, CKA_EXTRACTABLE].contains(attribute) =>
        {
            "a key block's mode and exportability may be narrowed, never widened; leave the option out"
        }
        Error::TemplateIncomplete { attribute, .. } if *attribute == CKA_VHSM_KEY_USAGE => {
            "give --usage: P0, K0, C0, ... as in key blocks"
        }
        Error::KeyFunctionNotPermitted(flag) if *flag == CKA_WRAP => {
            "an old LMK takes nothing new: wrap under the current one"
        }
        error => of(error),
    }
}

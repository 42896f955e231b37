//! [`Refusal`]: why a command is not answered with 00, as a code for the client and a reason for the log.

use std::borrow::Cow;

use super::code::ErrorCode;
use crate::ck::{CKK_DES, CKK_DES2, CKK_DES3};
use crate::error::{Error, HeaderFault, PaymentFault, PinFault};

/// Why a command is refused.
#[derive(Debug)]
pub struct Refusal {
    /// What the client is told.
    pub code: ErrorCode,
    /// What the log says: never a key, a PIN or data of the message.
    pub reason: Cow<'static, str>,
    /// The module has the mechanism switched off.
    is_off: bool,
}

impl Refusal {
    /// A refusal with its reason.
    pub fn new(code: ErrorCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            reason: reason.into(),
            is_off: false,
        }
    }

    /// Another refusal, if this one is that the mechanism is switched off: what a command answers then depends on what it
    /// wanted the mechanism for. Of itself that is an internal error, since every mechanism that a command cannot do
    /// without is on.
    #[must_use]
    pub fn if_off(self, instead: impl FnOnce(Self) -> Self) -> Self {
        match self.is_off {
            true => instead(self),
            false => self,
        }
    }

    /// The same with another code.
    #[must_use]
    pub fn with_code(self, code: ErrorCode) -> Self {
        Self { code, ..self }
    }

    /// The same with another code, if it had this one: codes depend on which key of a command is wrong.
    #[must_use]
    pub fn recode(self, from: ErrorCode, to: ErrorCode) -> Self {
        match self.code == from {
            true => self.with_code(to),
            false => self,
        }
    }

    /// The same of the second key of a command, whose parity has a code of its own.
    #[must_use]
    pub fn of_second_key(self) -> Self {
        self.recode(ErrorCode::SOURCE_PARITY, ErrorCode::DESTINATION_PARITY)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            is_off: matches!(error, Error::MechanismInvalid { .. }),
            ..Self::new(code_of(&error), error.to_string())
        }
    }
}

/// The general code of what the module answers.
fn code_of(error: &Error) -> ErrorCode {
    match error {
        Error::PaymentKey(fault, _) => code_of_key(*fault),
        Error::Pin(fault, _) => code_of_pin(*fault),
        Error::SignatureInvalid | Error::SignatureLenRange => ErrorCode::VERIFICATION_FAILED,
        Error::WrappedKeyInvalid | Error::EncryptedDataInvalid => ErrorCode::KEY_BLOCK_AUTHENTICATION,
        Error::WrappedHeader(fault) => code_of_header(*fault),
        Error::WrappedKeyLenRange => ErrorCode::KEY_BLOCK_LENGTH,
        Error::KeyUnextractable | Error::KeyNotWrappable(_) => ErrorCode::NOT_PERMITTED,
        // Keys of a wrong length are of DES still.
        Error::KeyTypeInconsistent { key_type, .. }
            if !matches!(*key_type, CKK_DES | CKK_DES2 | CKK_DES3) =>
        {
            ErrorCode::ALGORITHM
        }
        Error::KeySizeRange(_) | Error::KeyTypeInconsistent { .. } => ErrorCode::KEY_LENGTH,
        Error::KeyFunctionNotPermitted(_) => ErrorCode::MODE_OF_USE,
        Error::TemplateInconsistent { .. } | Error::AttributeValueInvalid { .. } => ErrorCode::KEY_USAGE,
        Error::DataLenRange(_) | Error::EncryptedDataLenRange(_) => ErrorCode::DATA_LENGTH,
        Error::MechanismParamInvalid(_) | Error::DataInvalid(_) => ErrorCode::INPUT_DATA,
        _ => ErrorCode::INTERNAL,
    }
}

fn code_of_header(fault: HeaderFault) -> ErrorCode {
    match fault {
        HeaderFault::Usage => ErrorCode::KEY_USAGE,
        HeaderFault::Algorithm => ErrorCode::ALGORITHM,
        HeaderFault::ModeOfUse => ErrorCode::MODE_OF_USE,
        HeaderFault::KeyVersion => ErrorCode::KEY_VERSION,
        HeaderFault::Exportability => ErrorCode::EXPORTABILITY,
        HeaderFault::Count => ErrorCode::OPTIONAL_BLOCKS,
        HeaderFault::Optional => ErrorCode::OPTIONAL_BLOCK,
        HeaderFault::Repeated => ErrorCode::REPEATED_BLOCK,
    }
}

fn code_of_key(fault: PaymentFault) -> ErrorCode {
    match fault {
        PaymentFault::Usage => ErrorCode::KEY_USAGE,
        PaymentFault::ModeOfUse => ErrorCode::MODE_OF_USE,
        PaymentFault::Algorithm => ErrorCode::ALGORITHM,
        PaymentFault::NotExportable => ErrorCode::NOT_PERMITTED,
        PaymentFault::Parity => ErrorCode::SOURCE_PARITY,
        PaymentFault::AllZero => ErrorCode::DESTINATION_PARITY,
        PaymentFault::Masquerades | PaymentFault::Weak => ErrorCode::MASQUERADES,
        PaymentFault::Expired => ErrorCode::END_DATE,
        PaymentFault::NotYetValid => ErrorCode::START_DATE,
        PaymentFault::Status => ErrorCode::KEY_STATUS,
        PaymentFault::LmkId => ErrorCode::LMK_IDENTIFIERS,
        PaymentFault::TypeCode => ErrorCode::KEY_TYPE,
    }
}

fn code_of_pin(fault: PinFault) -> ErrorCode {
    match fault {
        PinFault::Block => ErrorCode::PIN_BLOCK,
        PinFault::UnderLmk => ErrorCode::PIN_UNDER_LMK,
        PinFault::Format => ErrorCode::PIN_BLOCK_FORMAT,
        PinFault::Length => ErrorCode::PIN_LENGTH,
        PinFault::Excluded => ErrorCode::EXCLUDED_PIN,
        PinFault::Table => ErrorCode::DECIMALISATION_TABLE,
        PinFault::Incorrect => ErrorCode::VERIFICATION_FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_may_not_leave_so_are_not_permitted() {
        for error in [Error::KeyUnextractable, Error::KeyNotWrappable("wider days")] {
            assert_eq!(Refusal::from(error).code, ErrorCode::NOT_PERMITTED);
        }
    }
}

//! The parameter of one-time passwords [PKCS#11 3.2, 6.39.4].

use super::kbkdf::array;
use super::{CParam, inner, invalid};
use crate::ck::sys;
use crate::error::Result;
use crate::mechanism::params::Params;

/// Most `CK_OTP_PARAM`s in one parameter.
const ITEMS_MAX: u64 = 64;
/// Longest value of one, in bytes.
const VALUE_BYTES_MAX: u64 = 1 << 16;
/// Flags that ask for what HOTP does anyway: there is nothing else to leave out, and digits are for people.
const IDLE_FLAGS: u64 =
    sys::CKF_EXCLUDE_TIME | sys::CKF_EXCLUDE_CHALLENGE | sys::CKF_EXCLUDE_PIN | sys::CKF_USER_FRIENDLY_OTP;

impl CParam<'_> {
    pub(super) fn otp(&self) -> Result<Params> {
        let params: sys::CK_OTP_PARAMS = self.structure("CK_OTP_PARAMS has a wrong length")?;
        let (mut counter, mut next, mut length) = (None, false, None);
        for item in array(params.pParams, params.ulCount, ITEMS_MAX)? {
            let value = inner(item.pValue.cast_const().cast(), item.ulValueLen, VALUE_BYTES_MAX)?;
            let number = || match <[u8; 8]>::try_from(value) {
                Ok(word) => Ok(u64::from_ne_bytes(word)),
                Err(_) => invalid("a number among the CK_OTP_PARAMs is not 8 bytes"),
            };
            match item.type_ {
                sys::CK_OTP_COUNTER => match <[u8; 8]>::try_from(value) {
                    Ok(word) => counter = Some(u64::from_be_bytes(word)),
                    Err(_) => return invalid("the counter is not 8 bytes"),
                },
                sys::CK_OTP_FLAGS => {
                    let flags = number()?;
                    if flags & !(IDLE_FLAGS | sys::CKF_NEXT_OTP) != 0 {
                        return invalid(
                            "a flag that HOTP does not know, or that it cannot do without its counter",
                        );
                    }
                    next = flags & sys::CKF_NEXT_OTP != 0;
                }
                sys::CK_OTP_OUTPUT_LENGTH => length = Some(number()?),
                sys::CK_OTP_OUTPUT_FORMAT if number()? == sys::CK_OTP_FORMAT_DECIMAL => {}
                sys::CK_OTP_PIN | sys::CK_OTP_CHALLENGE | sys::CK_OTP_TIME => {}
                _ => return invalid("a CK_OTP_PARAM that HOTP does not take"),
            }
        }
        Ok(Params::Otp {
            counter,
            next,
            length,
        })
    }
}

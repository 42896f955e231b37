//! Account numbers in parameters.

use crate::error::{Error, Result};
use crate::payment::domain::Pan;

const PAN_MAX: usize = 19;
/// Bytes of an account number in a parameter: its length, and its digits.
pub(in crate::payment) const ACCOUNT_LEN: usize = 1 + PAN_MAX;

/// An account number: its length, and its digits in 19 bytes, zeros behind them; of length 0 none. Only
/// blocks of format 4 take short ones.
///
/// # Errors
/// [`Error::MechanismParamInvalid`].
pub(in crate::payment) fn account_of(bytes: &[u8], may_be_short: bool) -> Result<Option<Pan<'_>>> {
    let (length, digits) = bytes.split_first().unwrap_or((&0, &[]));
    let (digits, rest) =
        digits
            .split_at_checked(usize::from(*length))
            .ok_or(Error::MechanismParamInvalid(
                "an account number has at most 19 digits",
            ))?;
    if rest.iter().fold(0, |any, byte| any | byte) != 0 {
        return Err(Error::MechanismParamInvalid("zeros are behind an account number"));
    }
    let parsed = match digits {
        [] => return Ok(None),
        digits if may_be_short => Pan::parse_short(digits),
        digits => Pan::parse(digits),
    };
    let why = "an account number has 12 to 19 digits, of format 48 from 1";
    parsed.map(Some).map_err(|_| Error::MechanismParamInvalid(why))
}

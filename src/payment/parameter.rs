//! The form of flat parameters: the version of it, which is 1, and what that version has [include/vhsm.h].

use crate::error::{Error, Result};

/// The version.
pub(super) const VERSION: u8 = 1;

/// What stands behind the version.
///
/// # Errors
/// [`Error::MechanismParamInvalid`] for another version.
pub(super) fn versioned(bytes: &[u8]) -> Result<&[u8]> {
    match bytes {
        [VERSION, rest @ ..] => Ok(rest),
        _ => Err(Error::MechanismParamInvalid("the parameter's version is 1")),
    }
}

//! aws-lc's own generator: seeds, salts and paddings of its operations.

use aws_lc_sys as sys;

use super::check;
use crate::error::Result;

/// Fills `out` with random bytes.
///
/// # Errors
/// [`Error::Crypto`](crate::error::Error::Crypto) if the generator fails.
pub(crate) fn fill(out: &mut [u8]) -> Result<()> {
    // SAFETY: `out` is valid for writes of its length.
    check(
        unsafe { sys::RAND_bytes(out.as_mut_ptr(), out.len()) },
        "RAND_bytes",
    )
}

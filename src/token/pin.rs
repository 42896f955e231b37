//! PINs: what may be one, and how one opens the token's key.

use super::header::{PinRecord, SALT_LEN};
use crate::crypto::kdf::{self, ArgonCosts};
use crate::crypto::rng;
use crate::error::{Error, Result};
use crate::store::{RootKey, TokenId, seal};
use crate::os::LockedKey;

/// What the configuration says of PINs.
#[derive(Clone, Copy, Debug)]
pub struct PinRules {
    /// Shortest PIN in bytes.
    pub length_min: usize,
    /// Longest PIN in bytes.
    pub length_max: usize,
    /// Wrong user PINs in a row that lock it.
    pub failures_max_user: u32,
    /// Wrong SO PINs in a row that lock it.
    pub failures_max_so: u32,
    /// Cost of the derivation for PINs set from now on.
    pub costs: ArgonCosts,
}

impl PinRules {
    /// Whether the bytes may be a new PIN.
    ///
    /// # Errors
    /// [`Error::PinLenRange`], [`Error::PinInvalid`].
    pub fn accept(&self, pin: &[u8]) -> Result<()> {
        if !(self.length_min..=self.length_max).contains(&pin.len()) {
            return Err(Error::PinLenRange { min: self.length_min, max: self.length_max });
        }
        std::str::from_utf8(pin).map(drop).map_err(|_| Error::PinInvalid)
    }
}

//! PINs: what may be one, and how one opens the token's key.
//!
//! The key under which the token's key is wrapped is Argon2id(PIN, salt, secret = a pepper from the root key): who
//! has the database alone can try no PIN at all.

use super::header::{PinRecord, SALT_LEN};
use crate::ck::UserType;
use crate::crypto::kdf::{self, Argon2Costs};
use crate::crypto::rng;
use crate::error::{Error, Result};
use crate::store::{LockedKey, Place, Purpose, RootKeys, SealKey, TokenId};

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
    pub costs: Argon2Costs,
}

impl PinRules {
    /// Whether the bytes may be a new PIN.
    ///
    /// # Errors
    /// [`Error::PinLenRange`], [`Error::PinInvalid`].
    pub fn accept(&self, pin: &[u8]) -> Result<()> {
        if !(self.length_min..=self.length_max).contains(&pin.len()) {
            return Err(Error::PinLenRange {
                min: self.length_min,
                max: self.length_max,
            });
        }
        std::str::from_utf8(pin).map(drop).map_err(|_| Error::PinInvalid)
    }

    /// Wrong PINs in a row that lock it.
    #[must_use]
    pub fn failures_max(&self, user: UserType) -> u32 {
        match user {
            UserType::So => self.failures_max_so,
            UserType::User | UserType::ContextSpecific => self.failures_max_user,
        }
    }
}

/// The place of a token's key under a PIN.
fn place(token: TokenId, user: UserType) -> Place {
    let purpose = match user {
        UserType::So => Purpose::SoTokenKey,
        UserType::User | UserType::ContextSpecific => Purpose::UserTokenKey,
    };
    Place::of_token(purpose, token, 0)
}

fn wrapping_key(root: &RootKeys, pin: &[u8], salt: &[u8; SALT_LEN], costs: Argon2Costs) -> Result<SealKey> {
    let derived = kdf::argon2id(pin, salt, root.pin_pepper.as_ref(), costs)?;
    SealKey::new(&LockedKey::new(&derived)?)
}

/// Opens the token's key; `None` for a wrong PIN.
///
/// # Errors
/// If the derivation fails for want of memory.
pub(super) fn open_token_key(
    root: &RootKeys,
    token: TokenId,
    user: UserType,
    pin: &[u8],
    record: &PinRecord,
) -> Result<Option<LockedKey>> {
    let key = wrapping_key(root, pin, &record.salt, record.costs)?;
    let Ok(opened) = key.open(&place(token, user), &record.wrapped_key) else {
        return Ok(None);
    };
    let bytes = opened
        .first_chunk()
        .ok_or(Error::Internal("a token key of a wrong length"))?;
    LockedKey::new(bytes).map(Some)
}

/// Wraps the token's key under a new PIN.
///
/// # Errors
/// [`Error::Crypto`], [`Error::HostMemory`].
pub(super) fn new_pin(
    root: &RootKeys,
    token: TokenId,
    user: UserType,
    pin: &[u8],
    costs: Argon2Costs,
    token_key: &LockedKey,
) -> Result<PinRecord> {
    let mut salt = [0; SALT_LEN];
    rng::system(&mut salt)?;
    let key = wrapping_key(root, pin, &salt, costs)?;
    let wrapped_key = key.seal(&place(token, user), token_key.as_ref())?;
    Ok(PinRecord {
        salt,
        costs,
        wrapped_key,
        failures: 0,
    })
}

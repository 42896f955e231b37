//! [`UserStorage`]: what hosts load into the server's memory: blocks under an index, and the table of excluded PINs.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::code::ErrorCode;
use super::refusal::Refusal;

/// User storage. It lasts as long as the server.
#[derive(Default)]
pub struct UserStorage {
    blocks: RwLock<HashMap<[u8; 3], Vec<u8>>>,
    /// COUNT, LENGTH and the PINs that nobody may choose; empty if there are none.
    excluded: RwLock<Vec<u8>>,
}

impl UserStorage {
    /// What user storage has under `K` and three hexadecimal digits.
    ///
    /// # Errors
    /// 12 if nothing was loaded there.
    pub fn get(&self, index: &[u8]) -> Result<Vec<u8>, Refusal> {
        let storage = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        let digits = index.strip_prefix(b"K").unwrap_or(index).to_ascii_uppercase();
        let stored = <[u8; 3]>::try_from(digits.as_slice())
            .ok()
            .and_then(|digits| storage.get(&digits).cloned());
        stored.ok_or_else(|| Refusal::new(ErrorCode::USER_STORAGE, "user storage has nothing at this index"))
    }

    /// A key in user storage: a tag, and so many blocks from an index on.
    ///
    /// # Errors
    /// 12 if one of them was not loaded, 21 behind the last index.
    pub fn key(&self, tag: &[u8], index: &[u8; 3], blocks: usize) -> Result<Vec<u8>, Refusal> {
        let mut text = tag.to_vec();
        let first = storage_number(*index)?;
        for number in first..first + blocks {
            text.extend_from_slice(&self.get(&storage_index(number)?)?);
        }
        Ok(text)
    }

    /// Loads user storage.
    pub fn put(&self, index: [u8; 3], data: Vec<u8>) {
        let mut storage = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
        storage.insert(index, data);
    }

    /// The PINs that nobody may choose, as mechanisms take them.
    #[must_use]
    pub fn excluded(&self) -> Vec<u8> {
        let excluded = self.excluded.read().unwrap_or_else(PoisonError::into_inner);
        excluded.clone()
    }

    /// Puts another table in the place of that one.
    pub fn exclude(&self, table: Vec<u8>) {
        *self.excluded.write().unwrap_or_else(PoisonError::into_inner) = table;
    }
}

/// The number of an index of user storage: three hexadecimal digits.
///
/// # Errors
/// 21.
pub fn storage_number(index: [u8; 3]) -> Result<usize, Refusal> {
    let digit =
        |sum: usize, digit: &u8| Some(sum * 16 + usize::try_from(char::from(*digit).to_digit(16)?).ok()?);
    index.iter().try_fold(0, digit).ok_or_else(|| {
        Refusal::new(
            ErrorCode::INDEX,
            "an index of user storage has three hexadecimal digits",
        )
    })
}

/// The index of a number.
///
/// # Errors
/// 21 for a number that has none.
pub fn storage_index(number: usize) -> Result<[u8; 3], Refusal> {
    let digits = super::hex::hex_digits(&u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes());
    match digits.as_slice() {
        [b'0', index @ ..] => index.try_into().map_err(|_| TOO_FAR()),
        _ => Err(TOO_FAR()),
    }
}

const TOO_FAR: fn() -> Refusal = || {
    Refusal::new(
        ErrorCode::INDEX,
        "index and number of blocks go beyond user storage",
    )
};

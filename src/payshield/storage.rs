//! [`UserStorage`]: what hosts load into the server's memory: data under an index, and the table of excluded PINs.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::code::ErrorCode;
use super::refusal::Refusal;
use crate::config::UserStorageLength;

/// User storage. It lasts as long as the server.
#[derive(Default)]
pub struct UserStorage {
    loaded: RwLock<Loaded>,
    /// COUNT, LENGTH and the PINs that nobody may choose; empty if there are none.
    excluded: RwLock<Vec<u8>>,
}

/// Data by their index, and how long they are.
#[derive(Default)]
struct Loaded {
    length: Option<UserStorageLength>,
    data: HashMap<[u8; 3], Vec<u8>>,
}

impl UserStorage {
    /// What was loaded at an index while data had this length.
    ///
    /// # Errors
    /// 12 if nothing was.
    pub fn get(&self, length: UserStorageLength, index: [u8; 3]) -> Result<Vec<u8>, Refusal> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let data = loaded.data.get(&index.map(|digit| digit.to_ascii_uppercase()));
        let data = data.filter(|_| loaded.length == Some(length));
        data.cloned()
            .ok_or_else(|| Refusal::new(ErrorCode::USER_STORAGE, "user storage has nothing at this index"))
    }

    /// Loads user storage. What it has of another length goes.
    pub fn put(&self, length: UserStorageLength, index: [u8; 3], data: Vec<u8>) {
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        if loaded.length.replace(length) != Some(length) {
            loaded.data.clear();
        }
        let index = index.map(|digit| digit.to_ascii_uppercase());
        loaded.data.insert(index, data);
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

//! [`Stored`]: what user storage has for the fields of one message.

use std::cell::OnceCell;

use super::code::ErrorCode;
use super::refusal::Refusal;
use super::storage::{UserStorage, storage_index, storage_number};
use crate::config::UserStorageLength;

/// What user storage has for the fields of one message. It stays as long as this value, so that fields borrow it as they
/// borrow the message.
pub struct Stored<'h> {
    storage: &'h UserStorage,
    length: UserStorageLength,
    first: Place,
}

/// A field's text, and the place of the next one.
#[derive(Default)]
struct Place {
    text: OnceCell<Vec<u8>>,
    next: OnceCell<Box<Place>>,
}

impl<'h> Stored<'h> {
    /// Nothing so far.
    #[must_use]
    pub fn new(storage: &'h UserStorage, length: UserStorageLength) -> Self {
        Self {
            storage,
            length,
            first: Place::default(),
        }
    }

    /// Whether data have any length, so that all at an index is one field.
    #[must_use]
    pub fn is_variable(&self) -> bool {
        self.length.digits().is_none()
    }

    /// Whether a double key without a tag is two indices.
    #[must_use]
    pub fn has_halves(&self) -> bool {
        self.length == UserStorageLength::Single
    }

    /// What stands for a field of so many digits: the first ones of the block at this index, and of single blocks as many
    /// as it takes; all that is there if data have any length.
    ///
    /// # Errors
    /// 12 if something was not loaded, 21 behind the last index, 27 for more digits than a block has.
    pub fn data(&self, index: [u8; 3], digits: usize) -> Result<&[u8], Refusal> {
        let Some(block) = self.length.digits() else {
            return Ok(self.keep(self.storage.get(self.length, index)?));
        };
        if digits > block && !self.has_halves() {
            return Err(Refusal::new(
                ErrorCode::KEY_LENGTH,
                "the blocks of user storage are shorter: `payshield.user_storage_length`",
            ));
        }
        let first = storage_number(index)?;
        let mut text = Vec::with_capacity(digits.next_multiple_of(block));
        for number in first..first + digits.div_ceil(block) {
            text.extend(self.storage.get(self.length, storage_index(number)?)?);
        }
        text.truncate(digits);
        Ok(self.keep(text))
    }

    /// Keeps a text as long as this value.
    pub fn keep(&self, text: Vec<u8>) -> &[u8] {
        let mut place = &self.first;
        while place.text.get().is_some() {
            place = place.next.get_or_init(Box::default);
        }
        place.text.get_or_init(|| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_where_they_are() {
        let storage = UserStorage::default();
        let stored = Stored::new(&storage, UserStorageLength::Variable);
        let kept: Vec<&[u8]> = (0..9).map(|number| stored.keep(vec![number; 3])).collect();
        assert!((0..9).zip(kept).all(|(number, text)| text == [number; 3]));
    }

    #[test]
    fn what_was_loaded_with_another_length_is_gone() {
        let storage = UserStorage::default();
        storage.put(UserStorageLength::Single, *b"00a", vec![b'1'; 16]);
        let data = |length, digits| {
            let stored = Stored::new(&storage, length);
            stored
                .data(*b"00A", digits)
                .map(<[u8]>::len)
                .map_err(|refused| refused.code)
        };
        assert_eq!(data(UserStorageLength::Single, 16), Ok(16));
        assert_eq!(data(UserStorageLength::Single, 32), Err(ErrorCode::USER_STORAGE));
        assert_eq!(data(UserStorageLength::Variable, 0), Err(ErrorCode::USER_STORAGE));
        storage.put(UserStorageLength::Double, *b"001", vec![b'1'; 32]);
        assert_eq!(data(UserStorageLength::Single, 16), Err(ErrorCode::USER_STORAGE));
    }
}

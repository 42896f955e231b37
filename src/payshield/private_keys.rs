//! [`PrivateKeys`]: the private keys that hosts load into the server's memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::code::ErrorCode;
use super::held::Held;
use super::refusal::Refusal;

/// The last index.
pub const INDEX_MAX: usize = 20;

/// Private keys by index, each with the identifier of its LMK. They last as long as the server.
#[derive(Default)]
pub struct PrivateKeys(RwLock<HashMap<usize, (u8, Arc<Held>)>>);

impl PrivateKeys {
    /// The key at an index, if it is one of this LMK.
    ///
    /// # Errors
    /// 21; AF for one whose key block ended meanwhile.
    pub fn get(&self, index: usize, lmk: u8) -> Result<Arc<Held>, Refusal> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match keys.get(&index).filter(|(of, _)| *of == lmk) {
            Some((_, key)) if key.is_over() => Err(Refusal::new(
                ErrorCode::END_DATE,
                "the last hour of the key's block is over",
            )),
            Some((_, key)) => Ok(Arc::clone(key)),
            None => Err(Refusal::new(
                ErrorCode::INDEX,
                "no private key of this LMK is stored at this index",
            )),
        }
    }

    /// Puts a key at an index, in the place of the one that is there.
    pub fn put(&self, index: usize, lmk: u8, key: Arc<Held>) {
        let gone = {
            let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
            keys.insert(index, (lmk, key))
        };
        // Objects are destroyed when no lock is held.
        drop(gone);
    }
}

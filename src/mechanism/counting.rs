//! Signatures by keys that count them. The next count is kept, durably if the key is, before a signature is given.

use super::key::KeyMaterial;
use super::params::Params;
use crate::attribute::AttributeSet;
use crate::error::Result;

/// Making signatures with keys that have a counter.
pub trait CountingSign: Sync {
    /// Whether this message can be signed: nothing is used up for one that cannot.
    ///
    /// # Errors
    /// What is wrong with the data.
    fn check_data(&self, data: &[u8]) -> Result<()>;

    /// The count that the caller chose; the key's own then stays as it is.
    fn chosen(&self, params: &Params) -> Option<u64>;

    /// Takes the count for one signature from the key's attributes, and leaves the next one there.
    ///
    /// # Errors
    /// If there is none left.
    fn take(&self, params: &Params, attributes: &mut AttributeSet) -> Result<u64>;

    /// Signs a message that [`CountingSign::check_data`] has let through. `out` is where the caller reads the signature,
    /// and has exactly its length.
    ///
    /// # Errors
    /// If the library fails.
    fn sign(&self, key: &KeyMaterial, params: &Params, count: u64, data: &[u8], out: &mut [u8])
    -> Result<()>;
}

//! [`FlatWithKeys`]: a flat vendor structure with the keys that it names.

use std::sync::Arc;

use crate::ck::ObjectHandle;
use crate::mechanism::KeyMaterial;

/// As many keys may a parameter name.
pub const FURTHER_KEYS_MAX: usize = 2;

/// A flat vendor structure whose handles were looked up and checked.
#[derive(Clone)]
pub struct FlatWithKeys {
    /// The structure's bytes.
    pub bytes: Box<[u8]>,
    /// The keys, in the order of the row's [`further`](crate::mechanism::KeyRule::further); `None` where the parameter
    /// names none.
    pub keys: [Option<Arc<KeyMaterial>>; FURTHER_KEYS_MAX],
}

impl FlatWithKeys {
    /// The handle in a structure at this place; `None` if it is too short.
    #[must_use]
    pub fn handle(bytes: &[u8], at: usize) -> Option<ObjectHandle> {
        let number = bytes.get(at..)?.first_chunk()?;
        Some(ObjectHandle(u64::from_be_bytes(*number)))
    }
}

impl PartialEq for FlatWithKeys {
    fn eq(&self, other: &Self) -> bool {
        let same = |pair: (&Option<Arc<_>>, &Option<Arc<_>>)| match pair {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        self.bytes == other.bytes && self.keys.iter().zip(&other.keys).all(same)
    }
}

impl Eq for FlatWithKeys {}

impl std::fmt::Debug for FlatWithKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} bytes and {:?}]", self.bytes.len(), self.keys)
    }
}

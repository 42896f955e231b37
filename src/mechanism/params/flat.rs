//! [`FlatWithKeys`]: a flat vendor structure with the keys that it names; [`FlatSource`]: one of a caller within the program.

use std::sync::Arc;

use super::{FlatBytes, ParamKind, ParamSource, Params, Reply};
use crate::ck::ObjectHandle;
use crate::error::{Error, Result};
use crate::mechanism::KeyMaterial;

/// As many keys may a parameter name.
pub const FURTHER_KEYS_MAX: usize = 2;

impl Params {
    /// The bytes of a flat vendor structure that names no key.
    ///
    /// # Errors
    /// [`Error::Internal`] if the row of the mechanism names another parameter.
    pub fn flat(&self) -> Result<&[u8]> {
        match self {
            Self::Flat(bytes) => Ok(bytes),
            _ => Err(Error::Internal("a mechanism of a flat parameter has another one")),
        }
    }
}

/// A flat vendor structure whose handles were looked up and checked.
#[derive(Clone)]
pub struct FlatWithKeys {
    /// The structure's bytes.
    pub bytes: FlatBytes,
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

/// A flat parameter of a caller within the program, and nothing goes back through it. An empty one is none, and the length
/// of a MAC has 8 bytes, big-endian.
#[derive(Clone, Copy, Debug)]
pub struct FlatSource<'a>(pub &'a [u8]);

impl FlatSource<'_> {
    /// The parameter, read.
    #[must_use]
    pub fn params(&self) -> Params {
        match self.0 {
            [] => Params::None,
            bytes => Params::Flat(bytes.into()),
        }
    }
}

impl ParamSource for FlatSource<'_> {
    fn read(&self, kind: ParamKind) -> Result<Params> {
        match kind {
            ParamKind::None if self.0.is_empty() => Ok(Params::None),
            ParamKind::Flat { min, max } if (min..=max).contains(&self.0.len()) => Ok(self.params()),
            ParamKind::MacGeneral => {
                let length = self.0.try_into().map(u64::from_be_bytes);
                let wrong = |_| Error::MechanismParamInvalid("a MAC's length has 8 bytes");
                length.map(Params::MacGeneral).map_err(wrong)
            }
            _ => Err(Error::MechanismParamInvalid("the parameter has a wrong length")),
        }
    }

    fn answer(&self, _kind: ParamKind, _reply: &Reply, _handles: &[ObjectHandle]) -> Result<()> {
        Ok(())
    }
}

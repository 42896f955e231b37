//! Parameters of mechanisms, as the commands give them: flat bytes, or none.

use crate::ck::ObjectHandle;
use crate::error::{Error, Result};
use crate::mechanism::{ParamKind, ParamSource, Params, Reply};

/// A flat parameter, or none where it is empty.
pub(super) struct Parameter<'a>(pub(super) &'a [u8]);

impl Parameter<'_> {
    /// The parameter, read.
    pub(super) fn params(&self) -> Params {
        match self.0 {
            [] => Params::None,
            bytes => Params::Flat(bytes.into()),
        }
    }
}

impl ParamSource for Parameter<'_> {
    fn read(&self, kind: ParamKind) -> Result<Params> {
        match kind {
            ParamKind::None if self.0.is_empty() => Ok(Params::None),
            ParamKind::Flat { min, max } if (min..=max).contains(&self.0.len()) => Ok(self.params()),
            _ => Err(Error::MechanismParamInvalid("the parameter has a wrong length")),
        }
    }

    fn answer(&self, _kind: ParamKind, _reply: &Reply, _handles: &[ObjectHandle]) -> Result<()> {
        Ok(())
    }
}

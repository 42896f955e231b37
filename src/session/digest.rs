//! A message digest under way.

use super::OperationKind;
use super::output::{Output, Step, deliver};
use super::saved::{SavedOperation, SavedStage};
use crate::ck::MechanismId;
use crate::error::{Error, Result};
use crate::mechanism::{DigestMechanism, DigestStream, Params};

/// A digest.
pub struct Digest {
    id: MechanismId,
    mechanism: &'static dyn DigestMechanism,
    params: Params,
    stream: Option<Box<dyn DigestStream>>,
}

impl Digest {
    /// Begins.
    #[must_use]
    pub fn begin(id: MechanismId, mechanism: &'static dyn DigestMechanism, params: Params) -> Self {
        Self {
            id,
            mechanism,
            params,
            stream: None,
        }
    }

    /// The operation so far, for [`Digest::go_on`].
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`].
    pub fn save(&self) -> Result<SavedOperation> {
        Ok(SavedOperation {
            kind: OperationKind::Digest,
            mechanism: self.id,
            params: self.params.save()?.into(),
            key: None,
            stage: match &self.stream {
                // Whether it could be saved once it has begun is asked now.
                None => self.mechanism.stream().save().map(|_| SavedStage::Ready)?,
                Some(stream) => SavedStage::Streaming(stream.save()?),
            },
        })
    }

    /// Takes over what [`Digest::save`] gave of a digest with the same mechanism.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`].
    pub fn go_on(&mut self, saved: SavedStage) -> Result<()> {
        self.stream = match saved {
            SavedStage::Ready => None,
            SavedStage::Streaming(bytes) => Some(self.mechanism.restore(&bytes)?),
            SavedStage::Ending(_) => return Err(Error::SavedStateInvalid),
        };
        Ok(())
    }

    /// The whole message.
    ///
    /// # Errors
    /// [`Error::OperationActive`] after a part; the output's own.
    pub fn oneshot(&mut self, data: &[u8], output: Output<'_>) -> Result<Step> {
        if self.stream.is_some() {
            return Err(Error::OperationActive);
        }
        let length = self.mechanism.digest_len();
        deliver(output, length, |out| {
            self.mechanism.digest(data, out).map(|()| length)
        })
    }

    /// A part.
    pub fn update(&mut self, data: &[u8]) {
        self.stream
            .get_or_insert_with(|| self.mechanism.stream())
            .update(data);
    }

    /// The end of the message.
    ///
    /// # Errors
    /// The output's own.
    pub fn finish(&mut self, output: Output<'_>) -> Result<Step> {
        let length = self.mechanism.digest_len();
        deliver(output, length, |out| {
            let stream = self.stream.take().unwrap_or_else(|| self.mechanism.stream());
            stream.finish(out).map(|()| length)
        })
    }
}

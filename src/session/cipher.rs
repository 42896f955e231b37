//! Encryption and decryption under way.

use super::OperationKind;
use super::key::OperationKey;
use super::output::{Output, Step, deliver, deliver_bounded};
use super::saved::{SavedKey, SavedOperation, SavedStage};
use crate::ck::MechanismId;
use crate::error::{Error, Result};
use crate::mechanism::{CipherMechanism, CipherStream, Params};
use crate::secret::SecretBytes;

/// An encryption or decryption.
pub struct Cipher {
    id: MechanismId,
    mechanism: &'static dyn CipherMechanism,
    /// The key that is held while the operation runs.
    pub key: OperationKey,
    params: Params,
    direction: Direction,
    stage: Stage,
}

/// Which of the two it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// The length of the result is known before.
    Encrypt,
    /// Only a bound of it is.
    Decrypt,
}

enum Stage {
    /// Nothing has come yet: one shot is still possible.
    Ready,
    /// Parts have come.
    Streaming(Box<dyn CipherStream>),
    /// The last part is made, but its buffer was too short.
    Ending(SecretBytes),
}

impl From<Cipher> for OperationKey {
    fn from(cipher: Cipher) -> Self {
        cipher.key
    }
}

impl Cipher {
    /// Begins.
    ///
    /// # Errors
    /// What the mechanism finds wrong with key and parameter.
    pub fn begin(
        direction: Direction,
        (id, mechanism): (MechanismId, &'static dyn CipherMechanism),
        key: OperationKey,
        params: Params,
    ) -> Result<Self> {
        mechanism.check(key.material()?, &params)?;
        Ok(Self {
            id,
            mechanism,
            key,
            params,
            direction,
            stage: Stage::Ready,
        })
    }

    /// The operation so far, for [`Cipher::go_on`].
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`].
    pub fn save(&self) -> Result<SavedOperation> {
        Ok(SavedOperation {
            kind: match self.direction {
                Direction::Encrypt => OperationKind::Encrypt,
                Direction::Decrypt => OperationKind::Decrypt,
            },
            mechanism: self.id,
            params: self.params.save()?.into(),
            key: Some(SavedKey::of(&self.key)?),
            stage: match &self.stage {
                // Whether it could be saved once it has begun is asked now.
                Stage::Ready => {
                    let stream = self.mechanism.stream(self.key.material()?, &self.params);
                    stream.and_then(|stream| stream.save()).map_err(unsaveable)?;
                    SavedStage::Ready
                }
                Stage::Streaming(stream) => SavedStage::Streaming(stream.save()?),
                Stage::Ending(result) => SavedStage::Ending(result.clone()),
            },
        })
    }

    /// Takes over what [`Cipher::save`] gave of an operation with the same mechanism, key and parameter.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`].
    pub fn go_on(&mut self, saved: SavedStage) -> Result<()> {
        self.stage = match saved {
            SavedStage::Ready => Stage::Ready,
            SavedStage::Streaming(bytes) => Stage::Streaming(self.mechanism.restore(
                self.key.material()?,
                &self.params,
                &bytes,
            )?),
            SavedStage::Ending(result) => Stage::Ending(result),
        };
        Ok(())
    }

    /// The whole message.
    ///
    /// # Errors
    /// [`Error::OperationActive`] after a part; what is wrong with the data; the output's own.
    pub fn oneshot(&mut self, input: &[u8], output: Output<'_>) -> Result<Step> {
        if !matches!(self.stage, Stage::Ready) {
            return Err(Error::OperationActive);
        }
        self.key.authenticated()?;
        let (mechanism, key, params) = (self.mechanism, self.key.material()?, &self.params);
        let bound = mechanism.output_len(key, params, input.len())?;
        let produce = |out: &mut [u8]| mechanism.oneshot(key, params, input, out);
        match self.direction {
            Direction::Encrypt => deliver(output, bound, produce),
            Direction::Decrypt => deliver_bounded(output, bound, produce),
        }
    }

    /// A part.
    ///
    /// # Errors
    /// If the mechanism takes whole messages only; what is wrong with the data; the output's own.
    pub fn update(&mut self, input: &[u8], output: Output<'_>) -> Result<Step> {
        self.key.authenticated()?;
        let mut begun = None;
        let stream = match &mut self.stage {
            Stage::Streaming(stream) => stream,
            Stage::Ready => begun.insert(self.mechanism.stream(self.key.material()?, &self.params)?),
            Stage::Ending(_) => return Err(Error::OperationNotInitialized),
        };
        let takes = matches!(output, Output::Buffer(_));
        let needed = stream.update_len(input.len());
        let step = match output {
            Output::Length => Step::Goes(room_for_part(needed, input)),
            output => deliver(output, needed, |out| stream.update(input, out))?,
        };
        // Who only asked for the length may still give the message whole.
        if let Some(stream) = begun.filter(|_| takes) {
            self.stage = Stage::Streaming(stream);
        }
        Ok(Step::Goes(step.bytes()))
    }

    /// The last part.
    ///
    /// # Errors
    /// What is wrong with the message; the output's own.
    pub fn finish(&mut self, output: Output<'_>) -> Result<Step> {
        self.key.authenticated()?;
        match std::mem::replace(&mut self.stage, Stage::Ready) {
            Stage::Streaming(stream) => self.finish_stream(stream, output),
            Stage::Ending(result) => self.deliver_aside(result, output),
            Stage::Ready => {
                let stream = self.mechanism.stream(self.key.material()?, &self.params)?;
                match output {
                    Output::Length => Ok(Step::Goes(stream.finish_len())),
                    Output::Buffer(_) => self.finish_stream(stream, output),
                }
            }
        }
    }

    fn finish_stream(&mut self, stream: Box<dyn CipherStream>, output: Output<'_>) -> Result<Step> {
        let bound = stream.finish_len();
        let Output::Buffer(buffer) = output else {
            self.stage = Stage::Streaming(stream);
            return Ok(Step::Goes(bound));
        };
        if let Some(buffer) = buffer.get_mut(..bound) {
            return stream.finish(buffer).map(Step::Over);
        }
        let mut result = SecretBytes::zeros(bound);
        let written = stream.finish(result.as_mut())?;
        let result = result.get(..written).unwrap_or_default().into();
        self.deliver_aside(result, Output::Buffer(buffer))
    }

    fn deliver_aside(&mut self, result: SecretBytes, output: Output<'_>) -> Result<Step> {
        let length = result.len();
        self.stage = Stage::Ending(result);
        let Stage::Ending(result) = &self.stage else {
            return Err(Error::Internal("the last part was lost"));
        };
        deliver(output, length, |out| {
            out.copy_from_slice(result);
            Ok(length)
        })
    }
}

/// What a caller who asks for the room of a part is told. Of a part that gives nothing yet, it is not nothing: some
/// callers then make a buffer of no bytes, whose address is NULL, so that what they mean to be the part is another
/// question and the part is lost (PyKCS11). The length that is told may exceed what comes [PKCS#11 3.2, 5.2].
fn room_for_part(needed: usize, part: &[u8]) -> usize {
    needed.max(usize::from(!part.is_empty()))
}

/// A mechanism that takes whole messages only has no state to save.
pub(super) fn unsaveable(error: Error) -> Error {
    match error {
        Error::FunctionNotSupported(_) => Error::StateUnsaveable,
        other => other,
    }
}

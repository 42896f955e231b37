//! Signatures and MACs under way, made and checked.

use super::OperationKind;
use super::cipher::unsaveable;
use super::key::OperationKey;
use super::output::{Output, Step, deliver};
use super::saved::{SavedKey, SavedOperation, SavedStage};
use crate::ck::MechanismId;
use crate::error::{Error, Result};
use crate::mechanism::{Params, SignMechanism, SignStream, VerifyMechanism, VerifyStream};

/// A signature or MAC that is being made.
pub struct Sign {
    id: MechanismId,
    mechanism: &'static dyn SignMechanism,
    /// The key that is held while the operation runs.
    pub key: OperationKey,
    params: Params,
    stream: Option<Box<dyn SignStream>>,
}

impl Sign {
    /// Begins.
    ///
    /// # Errors
    /// What the mechanism finds wrong with key and parameter.
    pub fn begin(
        (id, mechanism): (MechanismId, &'static dyn SignMechanism),
        key: OperationKey,
        params: Params,
    ) -> Result<Self> {
        mechanism.check(key.material()?, &params)?;
        Ok(Self {
            id,
            mechanism,
            key,
            params,
            stream: None,
        })
    }

    /// The operation so far, for [`Sign::go_on`].
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`].
    pub fn save(&self) -> Result<SavedOperation> {
        Ok(SavedOperation {
            kind: OperationKind::Sign,
            mechanism: self.id,
            params: self.params.save()?.into(),
            key: Some(SavedKey::of(&self.key)?),
            stage: match &self.stream {
                // Whether it could be saved once it has begun is asked now.
                None => {
                    let stream = self.mechanism.stream(self.key.material()?, &self.params);
                    stream.and_then(|stream| stream.save()).map_err(unsaveable)?;
                    SavedStage::Ready
                }
                Some(stream) => SavedStage::Streaming(stream.save()?),
            },
        })
    }

    /// Takes over what [`Sign::save`] gave of a signature with the same mechanism, key and parameter.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`].
    pub fn go_on(&mut self, saved: SavedStage) -> Result<()> {
        self.stream = match saved {
            SavedStage::Ready => None,
            SavedStage::Streaming(bytes) => Some(self.mechanism.restore(
                self.key.material()?,
                &self.params,
                &bytes,
            )?),
            SavedStage::Ending(_) => return Err(Error::SavedStateInvalid),
        };
        Ok(())
    }

    /// The whole message.
    ///
    /// # Errors
    /// [`Error::OperationActive`] after a part; what is wrong with the data; the output's own.
    pub fn oneshot(&mut self, data: &[u8], output: Output<'_>) -> Result<Step> {
        if self.stream.is_some() {
            return Err(Error::OperationActive);
        }
        self.key.authenticated()?;
        let key = self.key.material()?;
        let length = self.mechanism.signature_len(key, &self.params);
        deliver(output, length, |out| {
            match self.mechanism.counting() {
                Some(counting) => {
                    counting.check_data(data)?;
                    let count = self.key.count(counting, &self.params)?;
                    counting.sign(key, &self.params, count, data, out)?;
                }
                None => self.mechanism.sign(key, &self.params, data, out)?,
            }
            Ok(length)
        })
    }

    /// Asks whether a part can be taken, and takes none.
    ///
    /// # Errors
    /// If the mechanism takes whole messages only, or the key wants its PIN first.
    pub fn takes_parts(&mut self) -> Result<()> {
        self.key.authenticated()?;
        self.begun().map(drop)
    }

    /// A part.
    ///
    /// # Errors
    /// If the mechanism takes whole messages only; what is wrong with the data.
    pub fn update(&mut self, data: &[u8]) -> Result<Step> {
        self.key.authenticated()?;
        self.begun()?.update(data).map(|()| Step::Goes(0))
    }

    /// The end of the message.
    ///
    /// # Errors
    /// What is wrong with the message; the output's own.
    pub fn finish(&mut self, output: Output<'_>) -> Result<Step> {
        self.key.authenticated()?;
        self.begun()?;
        let length = self.mechanism.signature_len(self.key.material()?, &self.params);
        deliver(output, length, |out| {
            let stream = self.stream.take().ok_or(Error::OperationNotInitialized)?;
            stream.finish(out).map(|()| length)
        })
    }

    fn begun(&mut self) -> Result<&mut Box<dyn SignStream>> {
        if self.stream.is_none() {
            self.stream = Some(self.mechanism.stream(self.key.material()?, &self.params)?);
        }
        self.stream
            .as_mut()
            .ok_or(Error::Internal("a stream that was just begun is not there"))
    }
}

/// A signature or MAC that is being checked.
pub struct Verify {
    id: MechanismId,
    mechanism: &'static dyn VerifyMechanism,
    /// The key that is held while the operation runs.
    pub key: OperationKey,
    params: Params,
    stream: Option<Box<dyn VerifyStream>>,
}

impl Verify {
    /// Begins.
    ///
    /// # Errors
    /// What the mechanism finds wrong with key and parameter.
    pub fn begin(
        (id, mechanism): (MechanismId, &'static dyn VerifyMechanism),
        key: OperationKey,
        params: Params,
    ) -> Result<Self> {
        mechanism.check(key.material()?, &params)?;
        Ok(Self {
            id,
            mechanism,
            key,
            params,
            stream: None,
        })
    }

    /// The operation so far, for [`Verify::go_on`].
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`].
    pub fn save(&self) -> Result<SavedOperation> {
        Ok(SavedOperation {
            kind: OperationKind::Verify,
            mechanism: self.id,
            params: self.params.save()?.into(),
            key: Some(SavedKey::of(&self.key)?),
            stage: match &self.stream {
                // Whether it could be saved once it has begun is asked now.
                None => {
                    let stream = self.mechanism.stream(self.key.material()?, &self.params);
                    stream.and_then(|stream| stream.save()).map_err(unsaveable)?;
                    SavedStage::Ready
                }
                Some(stream) => SavedStage::Streaming(stream.save()?),
            },
        })
    }

    /// Takes over what [`Verify::save`] gave of a verification with the same mechanism, key and parameter.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`].
    pub fn go_on(&mut self, saved: SavedStage) -> Result<()> {
        self.stream = match saved {
            SavedStage::Ready => None,
            SavedStage::Streaming(bytes) => Some(self.mechanism.restore(
                self.key.material()?,
                &self.params,
                &bytes,
            )?),
            SavedStage::Ending(_) => return Err(Error::SavedStateInvalid),
        };
        Ok(())
    }

    /// The whole message and its signature; the operation is over either way.
    ///
    /// # Errors
    /// [`Error::OperationActive`] after a part; [`Error::SignatureInvalid`], [`Error::SignatureLenRange`].
    pub fn oneshot(&mut self, data: &[u8], signature: &[u8]) -> Result<Step> {
        if self.stream.is_some() {
            return Err(Error::OperationActive);
        }
        self.mechanism
            .verify(self.key.material()?, &self.params, data, signature)
            .map(|()| Step::Over(0))
    }

    /// Asks whether a part can be taken, and takes none.
    ///
    /// # Errors
    /// If the mechanism takes whole messages only.
    pub fn takes_parts(&mut self) -> Result<()> {
        self.begun().map(drop)
    }

    /// A part.
    ///
    /// # Errors
    /// If the mechanism takes whole messages only; what is wrong with the data.
    pub fn update(&mut self, data: &[u8]) -> Result<Step> {
        self.begun()?.update(data).map(|()| Step::Goes(0))
    }

    /// The end of the message and its signature; the operation is over either way.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`], [`Error::SignatureLenRange`].
    pub fn finish(&mut self, signature: &[u8]) -> Result<Step> {
        self.begun()?;
        let stream = self.stream.take().ok_or(Error::OperationNotInitialized)?;
        stream.finish(signature).map(|()| Step::Over(0))
    }

    fn begun(&mut self) -> Result<&mut Box<dyn VerifyStream>> {
        if self.stream.is_none() {
            self.stream = Some(self.mechanism.stream(self.key.material()?, &self.params)?);
        }
        self.stream
            .as_mut()
            .ok_or(Error::Internal("a stream that was just begun is not there"))
    }
}

//! Signatures and MACs under way, made and checked.

use super::key::OperationKey;
use super::output::{Output, Step, deliver};
use crate::error::{Error, Result};
use crate::mechanism::{Params, SignMechanism, SignStream, VerifyMechanism, VerifyStream};

/// A signature or MAC that is being made.
pub struct Sign {
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
    pub fn begin(mechanism: &'static dyn SignMechanism, key: OperationKey, params: Params) -> Result<Self> {
        mechanism.check(key.material()?, &params)?;
        Ok(Self {
            mechanism,
            key,
            params,
            stream: None,
        })
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
            self.mechanism.sign(key, &self.params, data, out).map(|()| length)
        })
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
    pub fn begin(mechanism: &'static dyn VerifyMechanism, key: OperationKey, params: Params) -> Result<Self> {
        mechanism.check(key.material()?, &params)?;
        Ok(Self {
            mechanism,
            key,
            params,
            stream: None,
        })
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

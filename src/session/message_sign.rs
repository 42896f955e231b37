//! Signing or verifying many messages with one key [PKCS#11 3.2, 5.14 and 5.16].
//!
//! The process goes on whatever becomes of a message. A mechanism that takes whole messages only is given a message that
//! came in parts when all of it is there.

use super::key::OperationKey;
use super::output::{Output, deliver};
use super::sign::Streaming;
use crate::error::{Error, Result};
use crate::mechanism::{Params, SignMechanism, VerifyMechanism};
use crate::secret::Gathered;

/// A message that comes in parts, or none.
enum Stage<S> {
    /// Between two messages.
    Idle,
    /// The mechanism takes the parts.
    Streaming(S),
    /// The parts are gathered.
    Gathering(Gathered),
}

impl<S> Stage<S> {
    fn idle(&self) -> Result<()> {
        match self {
            Self::Idle => Ok(()),
            _ => Err(Error::OperationActive),
        }
    }

    /// Begins a message with the mechanism's stream, if it has one.
    fn begin(stream: Result<S>) -> Result<Self> {
        match stream {
            Ok(stream) => Ok(Self::Streaming(stream)),
            Err(Error::FunctionNotSupported(_)) => Ok(Self::Gathering(Gathered::default())),
            Err(error) => Err(error),
        }
    }

    /// Takes a part; an error ends the message.
    fn update(&mut self, part: &[u8], update: impl FnOnce(&mut S, &[u8]) -> Result<()>) -> Result<()> {
        let taken = match self {
            Self::Idle => return Err(Error::OperationNotInitialized),
            Self::Streaming(stream) => update(stream, part),
            Self::Gathering(gathered) => gathered.push(part),
        };
        if taken.is_err() {
            *self = Self::Idle;
        }
        taken
    }
}

/// A process that signs messages.
pub type MessageSign = MessageProcess<dyn SignMechanism>;
/// A process that verifies messages.
pub type MessageVerify = MessageProcess<dyn VerifyMechanism>;

/// A process by a mechanism that makes or checks signatures.
pub struct MessageProcess<M: Streaming + ?Sized + 'static> {
    mechanism: &'static M,
    key: OperationKey,
    params: Params,
    stage: Stage<Box<M::Stream>>,
}

impl<M: Streaming + ?Sized> MessageProcess<M> {
    /// Begins.
    ///
    /// # Errors
    /// What the mechanism finds wrong with key and parameter.
    pub fn begin(mechanism: &'static M, key: OperationKey, params: Params) -> Result<Self> {
        mechanism.check(key.material()?, &params)?;
        Ok(Self {
            mechanism,
            key,
            params,
            stage: Stage::Idle,
        })
    }

    /// The key, to ask for its state.
    #[must_use]
    pub fn key(&self) -> &OperationKey {
        &self.key
    }

    /// The key, to authenticate it.
    pub fn key_mut(&mut self) -> &mut OperationKey {
        &mut self.key
    }

    /// Asks whether the process is between two messages.
    ///
    /// # Errors
    /// [`Error::OperationActive`] while a message comes in parts.
    pub fn idle(&self) -> Result<()> {
        self.stage.idle()
    }

    /// Ends the message that comes in parts, if there is one.
    pub fn end_message(&mut self) {
        self.stage = Stage::Idle;
    }

    fn begin_stage(&mut self) -> Result<()> {
        self.stage = Stage::begin(self.mechanism.stream(self.key.material()?, &self.params))?;
        Ok(())
    }
}

impl MessageSign {
    /// Signs a whole message: gives the length of the signature in bytes.
    ///
    /// # Errors
    /// [`Error::OperationActive`] while a message comes in parts; what is wrong with the data; the output's own.
    pub fn sign(&mut self, data: &[u8], output: Output<'_>) -> Result<usize> {
        self.idle()?;
        self.key.authenticated()?;
        let asks = matches!(output, Output::Length);
        let length = self.mechanism.signature_len(self.key.material()?, &self.params);
        let step = deliver(output, length, |out| {
            self.key
                .sign(self.mechanism, &self.params, data, out)
                .map(|()| length)
        })?;
        if !asks {
            self.key.used();
        }
        Ok(step.bytes())
    }

    /// Begins a message that comes in parts.
    ///
    /// # Errors
    /// [`Error::OperationActive`] while another one does; [`Error::UserNotLoggedIn`] if the key wants its PIN first.
    pub fn begin_message(&mut self) -> Result<()> {
        self.idle()?;
        self.key.authenticated()?;
        self.begin_stage()
    }

    /// Takes a part.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] between messages. Others end the message: what is wrong with the data.
    pub fn update(&mut self, part: &[u8]) -> Result<()> {
        self.stage.update(part, |stream, part| stream.update(part))
    }

    /// Takes the last part and signs: gives the length of the signature in bytes.
    ///
    /// # Errors
    /// As [`MessageSign::update`]; a short buffer leaves the message as it was.
    pub fn finish(&mut self, part: &[u8], output: Output<'_>) -> Result<usize> {
        if self.idle().is_ok() {
            return Err(Error::OperationNotInitialized);
        }
        let length = self.mechanism.signature_len(self.key.material()?, &self.params);
        let Output::Buffer(buffer) = output else {
            return Ok(length);
        };
        let Some(out) = buffer.get_mut(..length) else {
            return Err(Error::BufferTooSmall { needed: length });
        };
        self.update(part)?;
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Streaming(stream) => stream.finish(out)?,
            Stage::Gathering(data) => self.key.sign(self.mechanism, &self.params, &data, out)?,
            Stage::Idle => return Err(Error::OperationNotInitialized),
        }
        self.key.used();
        Ok(length)
    }
}

impl MessageVerify {
    /// Checks the signature of a whole message.
    ///
    /// # Errors
    /// [`Error::OperationActive`] while a message comes in parts; [`Error::SignatureInvalid`],
    /// [`Error::SignatureLenRange`]; what is wrong with the data.
    pub fn verify(&mut self, data: &[u8], signature: &[u8]) -> Result<()> {
        self.idle()?;
        let key = self.key.material()?;
        self.mechanism.verify(key, &self.params, data, signature)
    }

    /// Begins a message that comes in parts.
    ///
    /// # Errors
    /// [`Error::OperationActive`] while another one does.
    pub fn begin_message(&mut self) -> Result<()> {
        self.idle()?;
        self.begin_stage()
    }

    /// Takes a part.
    ///
    /// # Errors
    /// As [`MessageSign::update`].
    pub fn update(&mut self, part: &[u8]) -> Result<()> {
        self.stage.update(part, |stream, part| stream.update(part))
    }

    /// Takes the last part and checks the signature; the message is over either way.
    ///
    /// # Errors
    /// As [`MessageVerify::verify`]; [`Error::OperationNotInitialized`] between messages.
    pub fn finish(&mut self, part: &[u8], signature: &[u8]) -> Result<()> {
        self.update(part)?;
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Streaming(stream) => stream.finish(signature),
            Stage::Gathering(data) => {
                let key = self.key.material()?;
                self.mechanism.verify(key, &self.params, &data, signature)
            }
            Stage::Idle => Err(Error::OperationNotInitialized),
        }
    }
}

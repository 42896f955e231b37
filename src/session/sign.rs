//! Signatures and MACs under way, made and checked.

use std::sync::Arc;

use super::OperationKind;
use super::cipher::unsaveable;
use super::key::OperationKey;
use super::output::{Output, Step, deliver};
use super::saved::{SavedKey, SavedOperation, SavedStage};
use crate::ck::MechanismId;
use crate::error::{Error, Result};
use crate::mechanism::{KeyMaterial, Params, SignMechanism, SignStream, VerifyMechanism, VerifyStream};
use crate::secret::SecretBytes;

/// What a mechanism that signs and one that verifies do alike.
pub trait Streaming {
    /// A message that comes in parts.
    type Stream: ?Sized;
    /// What the mechanism does in a session.
    const KIND: OperationKind;

    /// What is wrong with key and parameter.
    ///
    /// # Errors
    /// The mechanism's.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// Begins a message that comes in parts.
    ///
    /// # Errors
    /// If the mechanism takes whole messages only.
    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<Self::Stream>>;

    /// Goes on with a message from what [`Streaming::save`] gave.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`].
    fn restore(&self, key: &Arc<KeyMaterial>, params: &Params, saved: &[u8]) -> Result<Box<Self::Stream>>;

    /// The message so far.
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`].
    fn save(stream: &Self::Stream) -> Result<SecretBytes>;
}

/// Both traits name their methods alike.
macro_rules! streaming {
    ($mechanism:ident, $stream:ident, $kind:ident) => {
        impl Streaming for dyn $mechanism {
            type Stream = dyn $stream;
            const KIND: OperationKind = OperationKind::$kind;

            fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
                $mechanism::check(self, key, params)
            }

            fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn $stream>> {
                $mechanism::stream(self, key, params)
            }

            fn restore(
                &self,
                key: &Arc<KeyMaterial>,
                params: &Params,
                saved: &[u8],
            ) -> Result<Box<dyn $stream>> {
                $mechanism::restore(self, key, params, saved)
            }

            fn save(stream: &dyn $stream) -> Result<SecretBytes> {
                stream.save()
            }
        }
    };
}

streaming!(SignMechanism, SignStream, Sign);
streaming!(VerifyMechanism, VerifyStream, Verify);

/// A signature or MAC that is being made.
pub type Sign = Signature<dyn SignMechanism>;
/// A signature or MAC that is being checked.
pub type Verify = Signature<dyn VerifyMechanism>;

/// A signature or MAC under way, by a mechanism that makes or checks it.
pub struct Signature<M: Streaming + ?Sized + 'static> {
    id: MechanismId,
    mechanism: &'static M,
    /// The key that is held while the operation runs.
    pub key: OperationKey,
    params: Params,
    stream: Option<Box<M::Stream>>,
}

impl<M: Streaming + ?Sized> From<Signature<M>> for OperationKey {
    fn from(signature: Signature<M>) -> Self {
        signature.key
    }
}

impl<M: Streaming + ?Sized> Signature<M> {
    /// Begins.
    ///
    /// # Errors
    /// What the mechanism finds wrong with key and parameter.
    pub fn begin(
        (id, mechanism): (MechanismId, &'static M),
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

    /// The operation so far, for [`Signature::go_on`].
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`].
    pub fn save(&self) -> Result<SavedOperation> {
        Ok(SavedOperation {
            kind: M::KIND,
            mechanism: self.id,
            params: self.params.save()?.into(),
            key: Some(SavedKey::of(&self.key)?),
            stage: match &self.stream {
                // Whether it could be saved once it has begun is asked now.
                None => {
                    let stream = self.mechanism.stream(self.key.material()?, &self.params);
                    stream.and_then(|stream| M::save(&stream)).map_err(unsaveable)?;
                    SavedStage::Ready
                }
                Some(stream) => SavedStage::Streaming(M::save(stream)?),
            },
        })
    }

    /// Takes over what [`Signature::save`] gave of an operation with the same mechanism, key and parameter.
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

    /// Whether the message may come in parts. Begins nothing: who only asked may still give it whole.
    fn can_begin(&self) -> Result<()> {
        match self.stream {
            Some(_) => Ok(()),
            None => self
                .mechanism
                .stream(self.key.material()?, &self.params)
                .map(drop),
        }
    }

    fn begun(&mut self) -> Result<&mut M::Stream> {
        if self.stream.is_none() {
            self.stream = Some(self.mechanism.stream(self.key.material()?, &self.params)?);
        }
        self.stream
            .as_deref_mut()
            .ok_or(Error::Internal("a stream that was just begun is not there"))
    }
}

impl Sign {
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
            self.key.sign(self.mechanism, &self.params, data, out)?;
            Ok(length)
        })
    }

    /// Asks whether a part can be taken, and takes none.
    ///
    /// # Errors
    /// If the mechanism takes whole messages only, or the key wants its PIN first.
    pub fn takes_parts(&self) -> Result<()> {
        self.key.authenticated()?;
        self.can_begin()
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
        self.takes_parts()?;
        let length = self.mechanism.signature_len(self.key.material()?, &self.params);
        deliver(output, length, |out| {
            self.begun()?;
            let stream = self.stream.take().ok_or(Error::OperationNotInitialized)?;
            stream.finish(out).map(|()| length)
        })
    }
}

impl Verify {
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
    pub fn takes_parts(&self) -> Result<()> {
        self.can_begin()
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
}

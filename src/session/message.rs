//! Encryption or decryption of many messages with one key [PKCS#11 3.2, 5.9 and 5.11].
//!
//! The process goes on whatever becomes of a message. An error ends the message that came in parts, but for a short
//! buffer. No plaintext leaves before its tag has been checked.

mod opening;

use super::key::OperationKey;
use super::output::Output;
use crate::ck::to_ulong;
use crate::error::{Error, Result};
use crate::mechanism::ShortBytes;
use crate::mechanism::message::{
    Message, MessageKind, MessageMade, MessageMechanism, MessageParams, MessageStream, Nonce, Tag,
};

/// A process that encrypts or decrypts messages.
pub struct MessageCipher {
    mechanism: &'static dyn MessageMechanism,
    key: OperationKey,
    stage: Stage,
}

enum Stage {
    /// Between two messages.
    Idle,
    /// A message is encrypted in parts.
    Sealing(Lengths, Box<dyn MessageStream>),
    /// A message to be decrypted comes in parts.
    Opening(Lengths, Opening),
}

/// What the parameter of every part must say again: the lengths of nonce and tag in bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Lengths {
    nonce: usize,
    tag: usize,
}

impl Lengths {
    fn of(params: &MessageParams) -> Self {
        Self {
            nonce: params.nonce.len(),
            tag: params.tag_len,
        }
    }

    fn again(self, params: &MessageParams) -> Result<()> {
        match self == Self::of(params) {
            true => Ok(()),
            false => Err(Error::MechanismParamInvalid(
                "the parameter of a part is another than that of its message",
            )),
        }
    }
}

struct Opening {
    nonce: ShortBytes,
    aad: Box<[u8]>,
    data_len: Option<u64>,
    ciphertext: Vec<u8>,
}

/// One part of a message.
pub struct MessagePart<'a> {
    /// The message's parameter, again.
    pub params: &'a MessageParams,
    /// The part.
    pub data: &'a [u8],
    /// Whether it is the last one.
    pub last: bool,
}

/// The place for as many bytes, or none if only their number is asked for.
fn place(output: Output<'_>, needed: usize) -> Result<Option<&mut [u8]>> {
    match output {
        Output::Length => Ok(None),
        Output::Buffer(buffer) => match buffer.get_mut(..needed) {
            Some(place) => Ok(Some(place)),
            None => Err(Error::BufferTooSmall { needed }),
        },
    }
}

impl MessageCipher {
    /// Begins.
    ///
    /// # Errors
    /// What the mechanism finds wrong with the key.
    pub fn begin(mechanism: &'static dyn MessageMechanism, key: OperationKey) -> Result<Self> {
        mechanism.check(key.material()?)?;
        Ok(Self {
            mechanism,
            key,
            stage: Stage::Idle,
        })
    }

    /// The structure that each message's parameter is.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        self.mechanism.kind()
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
        match self.stage {
            Stage::Idle => Ok(()),
            _ => Err(Error::OperationActive),
        }
    }

    /// Ends the message that comes in parts, if there is one.
    pub fn end_message(&mut self) {
        self.stage = Stage::Idle;
    }

    fn check(&self, params: &MessageParams, data_len: u64) -> Result<()> {
        self.key.authenticated()?;
        if params.kind != self.kind() {
            return Err(Error::MechanismParamInvalid(
                "the parameter is of another mechanism",
            ));
        }
        self.mechanism.check_message(params, data_len)
    }

    /// Encrypts a whole message: gives the length of the ciphertext in bytes, and what was made beside it.
    ///
    /// # Errors
    /// [`Error::OperationActive`] while a message comes in parts; [`Error::MechanismParamInvalid`],
    /// [`Error::DataLenRange`]; [`Error::BufferTooSmall`].
    pub fn seal(
        &mut self,
        params: &MessageParams,
        aad: &[u8],
        data: &[u8],
        output: Output<'_>,
    ) -> Result<(usize, MessageMade)> {
        self.idle()?;
        self.check(params, to_ulong(data.len()))?;
        check_length(params, data, Error::DataLenRange)?;
        let Some(out) = place(output, data.len())? else {
            return Ok((data.len(), MessageMade::default()));
        };
        let nonce = self.key.nonces()?.next_nonce(params)?;
        let mut tag = Tag::zeros(params.tag_len)?;
        let message = Message {
            nonce: &nonce.bytes,
            aad,
        };
        self.mechanism
            .seal(self.key.material()?, message, data, out, tag.as_mut())?;
        self.key.used();
        Ok((data.len(), made(nonce, Some(tag))))
    }

    /// Begins a message that is encrypted in parts; gives the nonce if it was made here.
    ///
    /// # Errors
    /// [`Error::OperationActive`] while another one comes in parts; [`Error::MechanismParamInvalid`].
    pub fn begin_sealing(&mut self, params: &MessageParams, aad: &[u8]) -> Result<MessageMade> {
        self.idle()?;
        self.check(params, params.data_len.unwrap_or(0))?;
        let nonce = self.key.nonces()?.next_nonce(params)?;
        let message = Message {
            nonce: &nonce.bytes,
            aad,
        };
        let key = self.key.material()?;
        let stream = self
            .mechanism
            .stream(key, message, params.data_len, params.tag_len)?;
        self.stage = Stage::Sealing(Lengths::of(params), stream);
        Ok(made(nonce, None))
    }

    /// Encrypts a part: gives its length in bytes, and the tag behind the last one.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] between messages; [`Error::BufferTooSmall`]. Others end the message.
    pub fn seal_part(&mut self, part: MessagePart<'_>, output: Output<'_>) -> Result<(usize, MessageMade)> {
        let Stage::Sealing(lengths, stream) = &mut self.stage else {
            return Err(Error::OperationNotInitialized);
        };
        let sealed = lengths.again(part.params).and_then(|()| {
            let Some(out) = place(output, part.data.len())? else {
                return Ok(None);
            };
            stream.update(part.data, out)?;
            Ok(Some(()))
        });
        let length = part.data.len();
        match self.part_done(sealed)? {
            Some(()) if part.last => Ok((length, self.seal_end(part.params.tag_len)?)),
            _ => Ok((length, MessageMade::default())),
        }
    }

    fn seal_end(&mut self, tag_len: usize) -> Result<MessageMade> {
        let Stage::Sealing(_, stream) = std::mem::replace(&mut self.stage, Stage::Idle) else {
            return Err(Error::Internal("a message that was just encrypted is not there"));
        };
        let mut tag = Tag::zeros(tag_len)?;
        stream.finish(tag.as_mut())?;
        self.key.used();
        Ok(MessageMade {
            nonce: None,
            tag: Some(tag),
        })
    }

    /// An error in a part ends the message, unless the buffer was short.
    fn part_done<T>(&mut self, done: Result<T>) -> Result<T> {
        if !matches!(done, Ok(_) | Err(Error::BufferTooSmall { .. })) {
            self.end_message();
        }
        done
    }
}

const OTHER_LENGTH: &str = "the message has another length than ulDataLen says";

fn check_length(params: &MessageParams, data: &[u8], wrong: fn(&'static str) -> Error) -> Result<()> {
    match params.data_len {
        Some(data_len) if data_len != to_ulong(data.len()) => Err(wrong(OTHER_LENGTH)),
        _ => Ok(()),
    }
}

fn made(nonce: Nonce, tag: Option<Tag>) -> MessageMade {
    MessageMade {
        nonce: nonce.made.then_some(nonce.bytes),
        tag,
    }
}

//! Encryption and decryption of many messages with one key [PKCS#11 3.2, 5.9, 5.11], and keys wrapped with additional
//! data [PKCS#11 3.2, 5.18]: the role, its parameter for each message, and the AEADs that play it.

mod ciphers;
mod nonces;
mod streams;

use std::sync::Arc;

pub use ciphers::{CcmMessages, GcmMessages};
pub use nonces::{Nonce, Nonces};

use super::key::KeyMaterial;
use super::params::ShortBytes;
use super::spec::Roles;
use crate::ck::sys;
use crate::error::{Error, Result};

/// `CKF_MULTI_MESSAGE`: messages come in parts, too.
pub(super) const MULTI: u64 = sys::CKF_MULTI_MESSAGE;
/// What takes the encryption of messages away.
pub(super) const ENCRYPT: u64 = sys::CKF_ENCRYPT | sys::CKF_MESSAGE_ENCRYPT;
/// What takes the decryption of messages away.
pub(super) const DECRYPT: u64 = sys::CKF_DECRYPT | sys::CKF_MESSAGE_DECRYPT;

impl Roles {
    /// The same, and encryption and decryption of many messages.
    pub(super) const fn with_messages(mut self, messages: &'static dyn MessageMechanism) -> Self {
        self.message_encrypt = Some(messages);
        self.message_decrypt = Some(messages);
        self
    }
}

/// The longest tag in bytes.
pub const TAG_LEN_MAX: usize = 16;

/// Which structure a message's parameter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageKind {
    /// `CK_GCM_MESSAGE_PARAMS`.
    Gcm,
    /// `CK_CCM_MESSAGE_PARAMS`.
    Ccm,
    /// `CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS`.
    StreamPoly1305,
}

/// Where the nonce of a message comes from: `CKG_…` [PKCS#11 3.2, 6.13].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NonceGenerator {
    /// `CKG_NO_GENERATE`: from the caller.
    Caller,
    /// `CKG_GENERATE`: from the module, in its own way.
    Module,
    /// `CKG_GENERATE_COUNTER`: a counter that begins at 0 behind the caller's fixed bits.
    Counter,
    /// `CKG_GENERATE_RANDOM`: random bits behind the caller's fixed ones.
    Random,
    /// `CKG_GENERATE_COUNTER_XOR`: the caller's nonce with a counter exclusive-ored in behind the fixed bits.
    CounterXor,
}

/// The parameter of one message, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageParams {
    /// The structure that it was.
    pub kind: MessageKind,
    /// The nonce as the caller has it.
    pub nonce: ShortBytes,
    /// The first bits of the nonce that a generator keeps.
    pub fixed_bits: u64,
    /// Where the nonce of an encryption comes from.
    pub generator: NonceGenerator,
    /// Length of the message in bytes, if the structure tells it.
    pub data_len: Option<u64>,
    /// Length of the tag in bytes, at most [`TAG_LEN_MAX`].
    pub tag_len: usize,
    /// The tag, where one is to be checked.
    pub tag: Option<Tag>,
}

/// A tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tag {
    bytes: [u8; TAG_LEN_MAX],
    length: usize,
}

impl Tag {
    /// A tag of zeros, to be filled.
    ///
    /// # Errors
    /// [`Error::Internal`] above [`TAG_LEN_MAX`].
    pub fn zeros(length: usize) -> Result<Self> {
        let bytes = [0; TAG_LEN_MAX];
        match length <= TAG_LEN_MAX {
            true => Ok(Self { bytes, length }),
            false => Err(Error::Internal("a tag of more than 16 bytes")),
        }
    }

    /// A copy.
    ///
    /// # Errors
    /// As [`Tag::zeros`].
    pub fn new(tag: &[u8]) -> Result<Self> {
        let mut copy = Self::zeros(tag.len())?;
        copy.as_mut().copy_from_slice(tag);
        Ok(copy)
    }
}

impl AsRef<[u8]> for Tag {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl AsMut<[u8]> for Tag {
    fn as_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.length).unwrap_or_default()
    }
}

/// What an encryption gives beside the ciphertext, for the caller's parameter.
#[derive(Clone, Debug, Default)]
pub struct MessageMade {
    /// The nonce, if it was made here.
    pub nonce: Option<ShortBytes>,
    /// The tag, when the message has ended.
    pub tag: Option<Tag>,
}

/// One message that is sealed or opened.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The nonce.
    pub nonce: &'a [u8],
    /// Additional authenticated data.
    pub aad: &'a [u8],
}

/// Encrypting and decrypting messages. Ciphertexts are as long as their messages; tags stand apart.
pub trait MessageMechanism: Sync {
    /// The structure that it takes for each message.
    fn kind(&self) -> MessageKind;

    /// Checks the key at Init.
    ///
    /// # Errors
    /// If its size does not fit.
    fn check(&self, key: &KeyMaterial) -> Result<()>;

    /// Checks the lengths of nonce and tag for a message of so many bytes.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    fn check_message(&self, params: &MessageParams, data_len: u64) -> Result<()>;

    /// Encrypts a message. `out` is as long as `input`, `tag` as the parameter says.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the message is too long.
    fn seal(
        &self,
        key: &KeyMaterial,
        message: Message<'_>,
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()>;

    /// Decrypts a message whose tag fits. `out` is as long as `input` and is zero after an error.
    ///
    /// # Errors
    /// [`Error::AeadDecryptFailed`].
    fn open(
        &self,
        key: &KeyMaterial,
        message: Message<'_>,
        input: &[u8],
        tag: &[u8],
        out: &mut [u8],
    ) -> Result<()>;

    /// Begins a message that is encrypted in parts, of `data_len` bytes if the parameter tells it.
    ///
    /// # Errors
    /// If the library fails.
    fn stream(
        &self,
        key: &Arc<KeyMaterial>,
        message: Message<'_>,
        data_len: Option<u64>,
        tag_len: usize,
    ) -> Result<Box<dyn MessageStream>>;
}

/// A message that is encrypted in parts.
pub trait MessageStream: Send {
    /// Encrypts a part. `out` is as long as `input`.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the message is longer than it was to be.
    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<()>;

    /// Ends the message. `tag` is as long as the parameter says.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the message is shorter than it was to be.
    fn finish(self: Box<Self>, tag: &mut [u8]) -> Result<()>;
}

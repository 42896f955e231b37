//! The AEADs as ciphers of messages.

use std::sync::Arc;

use super::{Message, MessageKind, MessageMechanism, MessageParams, MessageStream};
use crate::ck::to_ulong;
use crate::crypto::ccm::{self, CcmEncryption};
use crate::crypto::gcm::{self, GcmEncryption};
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;

const TOO_LONG: Error = Error::DataLenRange("the message is too long for the mode");

/// The library refuses a message that is too long and nothing else.
fn too_long(error: Error) -> Error {
    match error {
        Error::Crypto(_) => TOO_LONG,
        other => other,
    }
}

/// AES-GCM [PKCS#11 3.2, 6.13.1].
pub struct GcmMessages;

impl MessageMechanism for GcmMessages {
    fn kind(&self) -> MessageKind {
        MessageKind::Gcm
    }

    fn check(&self, key: &KeyMaterial) -> Result<()> {
        key.secret()?.gcm().map(drop)
    }

    fn check_message(&self, params: &MessageParams, _data_len: u64) -> Result<()> {
        gcm::tag_len(to_ulong(params.tag_len.saturating_mul(8)))?;
        match params.nonce.is_empty() {
            true => Err(Error::MechanismParamInvalid("the initialisation vector is empty")),
            false => Ok(()),
        }
    }

    fn seal(
        &self,
        key: &KeyMaterial,
        message: Message<'_>,
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()> {
        let key = key.secret()?.gcm()?;
        key.seal(message.nonce, message.aad, input, out, tag)
            .map_err(too_long)
    }

    fn open(
        &self,
        key: &KeyMaterial,
        message: Message<'_>,
        input: &[u8],
        tag: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        let key = key.secret()?.gcm()?;
        key.open(message.nonce, message.aad, input, tag, out)
    }

    fn stream(
        &self,
        key: &Arc<KeyMaterial>,
        message: Message<'_>,
        _data_len: Option<u64>,
        _tag_len: usize,
    ) -> Result<Box<dyn MessageStream>> {
        let stream = key.secret()?.gcm()?.stream(message.nonce, message.aad)?;
        Ok(Box::new(stream))
    }
}

impl MessageStream for GcmEncryption {
    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        Self::update(self, input, out).map_err(too_long)
    }

    fn finish(self: Box<Self>, tag: &mut [u8]) -> Result<()> {
        Self::finish(*self, tag)
    }
}

/// AES-CCM [PKCS#11 3.2, 6.13.3].
pub struct CcmMessages;

impl MessageMechanism for CcmMessages {
    fn kind(&self) -> MessageKind {
        MessageKind::Ccm
    }

    fn check(&self, key: &KeyMaterial) -> Result<()> {
        key.secret()?.aes().map(drop)
    }

    fn check_message(&self, params: &MessageParams, data_len: u64) -> Result<()> {
        ccm::check(&params.nonce, params.tag_len, data_len)
    }

    fn seal(
        &self,
        key: &KeyMaterial,
        message: Message<'_>,
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()> {
        ccm::seal(key.secret()?.aes()?, message.nonce, message.aad, input, out, tag)
    }

    fn open(
        &self,
        key: &KeyMaterial,
        message: Message<'_>,
        input: &[u8],
        tag: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        ccm::open(key.secret()?.aes()?, message.nonce, message.aad, input, tag, out)
    }

    fn stream(
        &self,
        key: &Arc<KeyMaterial>,
        message: Message<'_>,
        data_len: Option<u64>,
        tag_len: usize,
    ) -> Result<Box<dyn MessageStream>> {
        let data_len = data_len.ok_or(Error::Internal("CCM without the length of the message"))?;
        let cipher = key.secret()?.aes()?;
        Ok(Box::new(CcmStream {
            state: CcmEncryption::new(cipher, message.nonce, message.aad, data_len, tag_len)?,
            key: Arc::clone(key),
        }))
    }
}

struct CcmStream {
    state: CcmEncryption,
    key: Arc<KeyMaterial>,
}

impl MessageStream for CcmStream {
    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.state.update(self.key.secret()?.aes()?, input, out)
    }

    fn finish(self: Box<Self>, tag: &mut [u8]) -> Result<()> {
        self.state.finish(self.key.secret()?.aes()?, tag)
    }
}

//! ChaCha20-Poly1305 and its like as ciphers of messages [PKCS#11 3.2, 6.47].

use std::sync::Arc;

use super::{Message, MessageKind, MessageMechanism, MessageParams, MessageStream};
use crate::crypto::stream_poly::{KeyStream, Sealing, TAG_LEN};
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::stream_cipher::{StreamAead, StreamAeads};

const WRONG_TAG: Error = Error::Internal("a tag of Poly1305 has 16 bytes");

impl<A: StreamAead> MessageMechanism for StreamAeads<A> {
    fn kind(&self) -> MessageKind {
        MessageKind::StreamPoly1305
    }

    fn check(&self, key: &KeyMaterial) -> Result<()> {
        A::with_key(key.secret()?, |_| Ok(()))
    }

    fn check_message(&self, params: &MessageParams, _data_len: u64) -> Result<()> {
        A::check(&params.nonce, &[])
    }

    fn seal(
        &self,
        key: &KeyMaterial,
        Message { nonce, aad }: Message<'_>,
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()> {
        A::check(nonce, aad)?;
        let tag = tag.try_into().map_err(|_| WRONG_TAG)?;
        A::with_key(key.secret()?, |key| key.seal(nonce, aad, input, out, tag))
    }

    fn open(
        &self,
        key: &KeyMaterial,
        Message { nonce, aad }: Message<'_>,
        input: &[u8],
        tag: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        A::check(nonce, aad)?;
        let tag = tag.try_into().map_err(|_| WRONG_TAG)?;
        A::with_key(key.secret()?, |key| key.open(nonce, aad, input, tag, out))
    }

    fn stream(
        &self,
        key: &Arc<KeyMaterial>,
        Message { nonce, aad }: Message<'_>,
        _data_len: Option<u64>,
        _tag_len: usize,
    ) -> Result<Box<dyn MessageStream>> {
        A::check(nonce, aad)?;
        let sealing = A::with_key(key.secret()?, |key| key.stream(nonce, aad))?;
        Ok(Box::new(sealing))
    }
}

impl<S: KeyStream> MessageStream for Sealing<S> {
    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        Self::update(self, input, out)
    }

    fn finish(self: Box<Self>, tag: &mut [u8]) -> Result<()> {
        let tag: &mut [u8; TAG_LEN] = tag.try_into().map_err(|_| WRONG_TAG)?;
        *tag = Self::finish(*self);
        Ok(())
    }
}

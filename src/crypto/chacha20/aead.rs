//! ChaCha20-Poly1305: the library's where it has the construction, put together here where it has not, and in pieces.

use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::{ChaCha20, check_nonce};
use crate::crypto::aws_lc::aead::AeadContext;
use crate::crypto::stream_poly::{KEY_LEN, KeyStream, Layout, PolyKey, Sealing, TAG_LEN};
use crate::error::{Error, Result};

/// A prepared key of ChaCha20-Poly1305. Nonces of 12 bytes are those of [RFC 8439, 2.8], of 24 bytes those of
/// [draft-irtf-cfrg-xchacha], of 8 bytes those of the original [draft-agl-tls-chacha20poly1305-04, 5]. Shared by
/// threads.
pub struct ChaChaPolyKey {
    value: Zeroizing<[u8; KEY_LEN]>,
    ietf: AeadContext,
    extended: OnceLock<AeadContext>,
}

impl ChaChaPolyKey {
    /// Prepares a key of 32 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length, [`Error::Crypto`] without memory.
    pub fn new(key: &[u8]) -> Result<Self> {
        let key: &[u8; KEY_LEN] = key
            .try_into()
            .map_err(|_| Error::Internal("a ChaCha20 key has 32 bytes"))?;
        Ok(Self {
            value: Zeroizing::new(*key),
            ietf: AeadContext::chacha20_poly1305(key)?,
            extended: OnceLock::new(),
        })
    }

    /// The library's context, if it has the construction of such a nonce.
    fn context(&self, nonce: &[u8]) -> Result<Option<&AeadContext>> {
        check_nonce(nonce)?;
        match (nonce.len(), self.extended.get()) {
            (12, _) => Ok(Some(&self.ietf)),
            (24, Some(context)) => Ok(Some(context)),
            (24, None) => {
                let context = AeadContext::xchacha20_poly1305(&self.value)?;
                Ok(Some(self.extended.get_or_init(|| context)))
            }
            _ => Ok(None),
        }
    }
}

impl PolyKey for ChaChaPolyKey {
    type Stream = ChaCha20;

    fn check(nonce: &[u8], _aad: &[u8]) -> Result<()> {
        check_nonce(nonce)
    }

    fn stream(&self, nonce: &[u8], aad: &[u8]) -> Result<Sealing<ChaCha20>> {
        let stream = ChaCha20::new(&self.value, nonce, 0)?;
        let layout = match nonce.len() {
            8 => Layout::Original,
            _ => Layout::Rfc8439,
        };
        Sealing::new(stream, layout, aad)
    }

    fn seal(
        &self,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8; TAG_LEN],
    ) -> Result<()> {
        match self.context(nonce)? {
            Some(context) => context.seal(nonce, aad, input, out, tag),
            None => self.stream(nonce, aad)?.seal(input, out, tag),
        }
    }

    fn open(
        &self,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<()> {
        match self.context(nonce)? {
            Some(context) => context.open(nonce, aad, input, tag, out),
            None => self.stream(nonce, aad)?.open(input, tag, out),
        }
    }
}

//! ChaCha20-Poly1305: the library's where it has the construction, put together here where it has not, and in pieces.

use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::{ChaCha20, KEY_LEN, TAG_LEN, check_nonce};
use crate::crypto::aws_lc::aead::AeadContext;
use crate::crypto::stream_poly::{Layout, Sealing, open_whole, seal_whole};
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

    /// Encrypts a message. `out` has the input's length.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] for a nonce that is not of 8, 12 or 24 bytes, [`Error::Internal`] for a wrong
    /// length, [`Error::Crypto`] if the message is too long.
    pub fn seal(
        &self,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8; TAG_LEN],
    ) -> Result<()> {
        match self.context(nonce)? {
            Some(context) => context.seal(nonce, aad, input, out, tag),
            None => seal_whole(self.stream(nonce, aad)?.0, input, out, tag),
        }
    }

    /// Decrypts a message whose tag fits. `out` has the input's length and is zero after an error.
    ///
    /// # Errors
    /// [`Error::AeadDecryptFailed`] if the tag does not fit; as [`ChaChaPolyKey::seal`].
    pub fn open(
        &self,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<()> {
        match self.context(nonce)? {
            Some(context) => context.open(nonce, aad, input, tag, out),
            None => open_whole(self.stream(nonce, aad)?.0, input, tag, out),
        }
    }

    /// Begins a message that is encrypted in pieces.
    ///
    /// # Errors
    /// As [`ChaChaPolyKey::seal`].
    pub fn stream(&self, nonce: &[u8], aad: &[u8]) -> Result<ChaChaPolyEncryption> {
        let stream = ChaCha20::new(&self.value, nonce, 0)?;
        let layout = match nonce.len() {
            8 => Layout::Original,
            _ => Layout::Rfc8439,
        };
        Sealing::new(stream, layout, aad).map(ChaChaPolyEncryption)
    }
}

/// An encryption in pieces. Each piece comes out at once.
pub struct ChaChaPolyEncryption(Sealing<ChaCha20>);

impl ChaChaPolyEncryption {
    /// Encrypts some bytes; `out` has as many.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length, [`Error::DataLenRange`] if the message is too long.
    pub fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.0.encrypt(input, out)
    }

    /// Ends the message with its tag.
    #[must_use]
    pub fn finish(self) -> [u8; TAG_LEN] {
        *self.0.finish()
    }
}

//! What ChaCha20 and Salsa20 have in common: a key stream, and what Poly1305 beside it makes of a message: the key of the
//! MAC is the start of the key stream, and the MAC is over the ciphertext.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::poly1305::{self, Poly1305};
use crate::error::{Error, Result};

/// Length of a key in bytes.
pub const KEY_LEN: usize = 32;

/// Length of a tag in bytes.
pub const TAG_LEN: usize = poly1305::MAC_LEN;

/// A stream cipher: its key stream under way.
pub trait KeyStream: Sized + Send + 'static {
    /// Begins at a block of the key stream.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] for a nonce of a length that the cipher does not have, or a counter that it
    /// leaves no room for.
    fn new(key: &[u8; KEY_LEN], nonce: &[u8], counter: u64) -> Result<Self>;

    /// Whether so many more bytes can be processed.
    fn has(&self, length: usize) -> bool;

    /// Encrypts or decrypts the next bytes. `out` is as long as `input`.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the counter would come round; nothing is written then.
    fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Result<()>;
}

/// A prepared key of a stream cipher with Poly1305. Shared by threads.
pub trait PolyKey: Send + Sync + 'static {
    /// The cipher.
    type Stream: KeyStream;

    /// Checks the length of a nonce, and whether there may be additional data.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    fn check(nonce: &[u8], aad: &[u8]) -> Result<()>;

    /// Begins a message that is encrypted in pieces.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] as [`PolyKey::check`].
    fn stream(&self, nonce: &[u8], aad: &[u8]) -> Result<Sealing<Self::Stream>>;

    /// Encrypts a message. `out` has the input's length.
    ///
    /// # Errors
    /// As [`PolyKey::stream`]; [`Error::Internal`] for a wrong length, [`Error::Crypto`] or [`Error::DataLenRange`] if
    /// the message is too long.
    fn seal(
        &self,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8; TAG_LEN],
    ) -> Result<()> {
        self.stream(nonce, aad)?.seal(input, out, tag)
    }

    /// Decrypts a message whose tag fits. `out` has the input's length and is zero after an error of tag or length.
    ///
    /// # Errors
    /// [`Error::AeadDecryptFailed`] if the tag does not fit; as [`PolyKey::seal`].
    fn open(
        &self,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<()> {
        self.stream(nonce, aad)?.open(input, tag, out)
    }
}

/// What the MAC is over, and where in the key stream the message begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layout {
    /// [RFC 8439, 2.8]: data and ciphertext padded to 16 bytes, then both lengths; the message has blocks from 1 on.
    Rfc8439,
    /// [draft-agl-tls-chacha20poly1305-04, 5]: data, its length, ciphertext, its length; blocks from 1 on.
    Original,
    /// [Bernstein, "Cryptography in NaCl", 9]: the ciphertext alone; the message has the key stream right behind the
    /// key of the MAC.
    SecretBox,
}

/// A message that is encrypted in pieces. Each piece comes out at once.
pub struct Sealing<S> {
    stream: S,
    mac: Poly1305,
    layout: Layout,
    aad_len: usize,
    data_len: usize,
}

/// Ciphertext that the MAC is over while it is in the first cache, in bytes.
const PIECE_LEN: usize = 4096;

impl<S: KeyStream> Sealing<S> {
    /// Begins a message. The secret box has no additional data.
    pub(super) fn new(mut stream: S, layout: Layout, aad: &[u8]) -> Result<Self> {
        let mut start = Zeroizing::new([0; 2 * poly1305::KEY_LEN]);
        let taken = match layout {
            Layout::SecretBox => poly1305::KEY_LEN,
            Layout::Rfc8439 | Layout::Original => 2 * poly1305::KEY_LEN,
        };
        let place = start.get_mut(..taken).unwrap_or_default();
        stream.apply([0; 2 * poly1305::KEY_LEN].get(..taken).unwrap_or_default(), place)?;
        let key = start
            .first_chunk()
            .ok_or(Error::Internal("a key stream without a key"))?;
        let mut mac = Poly1305::new(key);
        match layout {
            Layout::Rfc8439 => mac.update_padded(aad),
            Layout::Original => {
                mac.update(aad);
                mac.update(&length(aad.len()));
            }
            Layout::SecretBox if aad.is_empty() => (),
            Layout::SecretBox => return Err(Error::Internal("a secret box with additional data")),
        }
        Ok(Self {
            stream,
            mac,
            layout,
            aad_len: aad.len(),
            data_len: 0,
        })
    }

    /// Encrypts some bytes; `out` has as many.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length, [`Error::DataLenRange`] if the message is too long.
    pub fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        if out.len() != input.len() {
            return Err(Error::Internal("an AEAD was given a wrong length"));
        }
        for (from, to) in input.chunks(PIECE_LEN).zip(out.chunks_mut(PIECE_LEN)) {
            self.stream.apply(from, to)?;
            self.absorb(to);
        }
        Ok(())
    }

    fn absorb(&mut self, ciphertext: &[u8]) {
        self.mac.update(ciphertext);
        self.data_len = self.data_len.saturating_add(ciphertext.len());
    }

    /// Ends the message with its tag.
    #[must_use]
    pub fn finish(mut self) -> [u8; TAG_LEN] {
        self.close();
        *self.mac.finish()
    }

    /// Encrypts a whole message.
    pub(super) fn seal(mut self, input: &[u8], out: &mut [u8], tag: &mut [u8; TAG_LEN]) -> Result<()> {
        self.update(input, out)?;
        *tag = self.finish();
        Ok(())
    }

    /// Decrypts a whole message, after its tag has been checked. `out` is zero after an error.
    pub(super) fn open(mut self, input: &[u8], tag: &[u8; TAG_LEN], out: &mut [u8]) -> Result<()> {
        self.absorb(input);
        self.close();
        let Self { mut stream, mac, .. } = self;
        let opened = match mac.finish()[..].ct_eq(tag).into() {
            true => stream.apply(input, out),
            false => Err(Error::AeadDecryptFailed),
        };
        if opened.is_err() {
            out.zeroize();
        }
        opened
    }

    fn close(&mut self) {
        match self.layout {
            Layout::Rfc8439 => {
                self.mac.pad(self.data_len);
                self.mac.update(&length(self.aad_len));
                self.mac.update(&length(self.data_len));
            }
            Layout::Original => self.mac.update(&length(self.data_len)),
            Layout::SecretBox => (),
        }
    }
}

fn length(length: usize) -> [u8; 8] {
    crate::ck::to_ulong(length).to_le_bytes()
}

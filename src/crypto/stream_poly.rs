//! What ChaCha20 and Salsa20 have in common when Poly1305 stands beside them: the key of the MAC is the start of the
//! key stream, and the MAC is over the ciphertext.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::poly1305::{KEY_LEN, MAC_LEN, Poly1305};
use crate::error::{Error, Result};

/// A stream cipher at the start of its key stream.
pub(super) trait KeyStream {
    /// Encrypts or decrypts the next bytes. `out` is as long as `input`.
    fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Result<()>;
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

/// A message under way.
pub(super) struct Sealing<S> {
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
        let mut start = Zeroizing::new([0; 2 * KEY_LEN]);
        let taken = match layout {
            Layout::SecretBox => KEY_LEN,
            Layout::Rfc8439 | Layout::Original => 2 * KEY_LEN,
        };
        let place = start.get_mut(..taken).unwrap_or_default();
        stream.apply([0; 2 * KEY_LEN].get(..taken).unwrap_or_default(), place)?;
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
    pub(super) fn encrypt(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
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
    pub(super) fn finish(mut self) -> Zeroizing<[u8; MAC_LEN]> {
        self.close();
        self.mac.finish()
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

/// Encrypts a whole message.
pub(super) fn seal_whole<S: KeyStream>(
    mut sealing: Sealing<S>,
    input: &[u8],
    out: &mut [u8],
    tag: &mut [u8; MAC_LEN],
) -> Result<()> {
    sealing.encrypt(input, out)?;
    *tag = *sealing.finish();
    Ok(())
}

/// Decrypts a whole message, after its tag has been checked. `out` is zero after an error.
pub(super) fn open_whole<S: KeyStream>(
    mut sealing: Sealing<S>,
    input: &[u8],
    tag: &[u8; MAC_LEN],
    out: &mut [u8],
) -> Result<()> {
    sealing.absorb(input);
    sealing.close();
    let Sealing { mut stream, mac, .. } = sealing;
    let opened = match mac.finish()[..].ct_eq(tag).into() {
        true => stream.apply(input, out),
        false => Err(Error::AeadDecryptFailed),
    };
    if opened.is_err() {
        out.zeroize();
    }
    opened
}

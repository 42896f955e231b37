//! ChaCha20 and Salsa20 made into mechanisms: by themselves, the same both ways, and as AEADs with Poly1305.

use std::marker::PhantomData;
use std::sync::Arc;

use super::aead::{Aead, LengthFits};
use super::key::KeyMaterial;
use super::operation::{CipherMechanism, CipherStream};
use super::params::Params;
use super::secret_key::SecretKey;
use super::spec::Roles;
use super::wrap::CipherWrap;
use crate::crypto::stream_poly::{KEY_LEN, KeyStream, PolyKey, Sealing, TAG_LEN};
use crate::error::{Error, Result};

const OUTPUT: Error = Error::Internal("the output of a stream cipher");

/// One direction, told by the error that speaks of the length of its input.
struct StreamRole<S, const ENCRYPT: bool>(PhantomData<fn() -> S>);

/// Both directions, for rows to point at.
pub(super) struct StreamCiphers<S>(PhantomData<fn() -> S>);

impl<S: KeyStream> StreamCiphers<S> {
    const BOTH: &'static CipherWrap = &CipherWrap {
        encrypt: &StreamRole::<S, true>(PhantomData),
        decrypt: &StreamRole::<S, false>(PhantomData),
    };

    /// Encryption and wrapping.
    pub(super) const WRAPPING: Roles = Self::BOTH.roles();
}

/// The value of a key, which has one length only.
pub(super) fn whole(key: &SecretKey) -> Result<&[u8; KEY_LEN]> {
    key.value()
        .try_into()
        .map_err(|_| Error::Internal("a key of a stream cipher has 32 bytes"))
}

fn begin<S: KeyStream>(key: &KeyMaterial, params: &Params) -> Result<S> {
    match params {
        Params::Stream { counter, nonce } => S::new(whole(key.secret()?)?, nonce, *counter),
        _ => Err(Error::Internal("a stream cipher without its parameter")),
    }
}

fn check_room<S: KeyStream, const ENCRYPT: bool>(stream: &S, length: usize) -> Result<()> {
    const WHY: &str = "the block counter would come round";
    match (stream.has(length), ENCRYPT) {
        (true, _) => Ok(()),
        (false, true) => Err(Error::DataLenRange(WHY)),
        (false, false) => Err(Error::EncryptedDataLenRange(WHY)),
    }
}

impl<S: KeyStream, const ENCRYPT: bool> CipherMechanism for StreamRole<S, ENCRYPT> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        begin::<S>(key, params).map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        check_room::<S, ENCRYPT>(&begin(key, params)?, input_len)?;
        Ok(input_len)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let out = out.get_mut(..input.len()).ok_or(OUTPUT)?;
        let mut stream: S = begin(key, params)?;
        check_room::<S, ENCRYPT>(&stream, input.len())?;
        stream.apply(input, out)?;
        Ok(input.len())
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        Ok(Box::new(Stream::<S, ENCRYPT>(begin(key, params)?)))
    }
}

struct Stream<S, const ENCRYPT: bool>(S);

impl<S: KeyStream, const ENCRYPT: bool> CipherStream for Stream<S, ENCRYPT> {
    fn update_len(&self, input_len: usize) -> usize {
        input_len
    }

    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        check_room::<S, ENCRYPT>(&self.0, input.len())?;
        let out = out.get_mut(..input.len()).ok_or(OUTPUT)?;
        self.0.apply(input, out)?;
        Ok(input.len())
    }

    fn finish_len(&self) -> usize {
        0
    }

    fn finish(self: Box<Self>, _out: &mut [u8]) -> Result<usize> {
        Ok(0)
    }
}

/// A stream cipher joined with Poly1305: its prepared key, and where that stands.
pub(super) trait StreamAead: PolyKey {
    /// Lends the prepared key.
    fn with_key<T>(key: &SecretKey, f: impl FnOnce(&Self) -> Result<T>) -> Result<T>;
}

/// The AEAD as mechanisms take it.
pub(super) struct StreamAeads<A>(PhantomData<fn() -> A>);

impl<A> StreamAeads<A> {
    /// For rows to point at.
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<A> Clone for StreamAeads<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for StreamAeads<A> {}

fn parts(params: &Params) -> Result<(&[u8], &[u8])> {
    match params {
        Params::StreamPoly1305 { nonce, aad } => Ok((nonce, aad)),
        _ => Err(Error::Internal("an AEAD without its parameter")),
    }
}

impl<A: StreamAead> Aead for StreamAeads<A> {
    type Sealing = Sealing<A::Stream>;

    fn check(self, key: &KeyMaterial, params: &Params) -> Result<usize> {
        let (nonce, aad) = parts(params)?;
        A::check(nonce, aad)?;
        A::with_key(key.secret()?, |_| Ok(TAG_LEN))
    }

    fn check_len(self, _params: &Params, _length: usize) -> Result<LengthFits> {
        Ok(LengthFits::Yes)
    }

    fn seal(
        self,
        key: &KeyMaterial,
        params: &Params,
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()> {
        let (nonce, aad) = parts(params)?;
        let tag = tag.try_into().map_err(|_| OUTPUT)?;
        A::with_key(key.secret()?, |key| key.seal(nonce, aad, input, out, tag))
    }

    fn open(
        self,
        key: &KeyMaterial,
        params: &Params,
        input: &[u8],
        tag: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        let (nonce, aad) = parts(params)?;
        let tag = tag.try_into().map_err(|_| OUTPUT)?;
        A::with_key(key.secret()?, |key| key.open(nonce, aad, input, tag, out))
    }

    fn begin(self, key: &KeyMaterial, params: &Params) -> Result<Self::Sealing> {
        let (nonce, aad) = parts(params)?;
        A::with_key(key.secret()?, |key| key.stream(nonce, aad))
    }

    fn update(
        self,
        _key: &KeyMaterial,
        sealing: &mut Self::Sealing,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        sealing.update(input, out)
    }

    fn finish(self, _key: &KeyMaterial, sealing: Self::Sealing, tag: &mut [u8]) -> Result<()> {
        let tag: &mut [u8; TAG_LEN] = tag.try_into().map_err(|_| OUTPUT)?;
        *tag = sealing.finish();
        Ok(())
    }
}

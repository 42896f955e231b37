//! Signature schemes that sign a digest, made into mechanisms with and without a hash of their own.

use std::sync::Arc;

use super::key::KeyMaterial;
use super::operation::{SignMechanism, SignStream, VerifyMechanism, VerifyStream, single_part_only};
use super::params::Params;
use crate::crypto::hash::{DIGEST_LEN_MAX, Hash, Hasher};
use crate::error::Result;

/// A scheme that signs what a hash gave, or what the caller prepared.
pub(super) trait Scheme: Copy + Send + Sync + 'static {
    /// Checks key and parameter; `hash` is the mechanism's own, if it has one.
    fn check(self, key: &KeyMaterial, params: &Params, hash: Option<Hash>) -> Result<()>;

    /// Length of a signature in bytes.
    fn signature_len(self, key: &KeyMaterial) -> Result<usize>;

    /// Signs `digest`: of `hash`, or the caller's data.
    fn sign(
        self,
        key: &KeyMaterial,
        params: &Params,
        hash: Option<Hash>,
        digest: &[u8],
        out: &mut [u8],
    ) -> Result<()>;

    /// Checks a signature of `digest`.
    fn verify(
        self,
        key: &KeyMaterial,
        params: &Params,
        hash: Option<Hash>,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()>;
}

/// The mechanism that a scheme makes with a hash, or without one.
#[derive(Clone, Copy)]
pub(super) struct Signature<S> {
    /// The scheme.
    pub(super) scheme: S,
    /// The hash of the message; `None` signs the data as it is, and whole messages only.
    pub(super) hash: Option<Hash>,
}

/// Calls `f` with what the scheme signs of `data`.
fn with_digest<T>(hash: Option<Hash>, data: &[u8], f: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
    let Some(hash) = hash else {
        return f(data);
    };
    let mut digest = [0; DIGEST_LEN_MAX];
    let digest = digest.get_mut(..hash.output_len()).unwrap_or_default();
    hash.digest(data, digest);
    f(digest)
}

impl<S: Scheme> Signature<S> {
    fn begin(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<Stream<S>>> {
        let Some(hash) = self.hash else {
            return single_part_only();
        };
        Ok(Box::new(Stream {
            scheme: self.scheme,
            hasher: hash.hasher(),
            key: Arc::clone(key),
            params: params.clone(),
        }))
    }
}

impl<S: Scheme> SignMechanism for Signature<S> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.scheme.check(key, params, self.hash)
    }

    fn signature_len(&self, key: &KeyMaterial, _params: &Params) -> usize {
        self.scheme.signature_len(key).unwrap_or(0)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        with_digest(self.hash, data, |digest| {
            self.scheme.sign(key, params, self.hash, digest, out)
        })
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn SignStream>> {
        Ok(self.begin(key, params)?)
    }
}

impl<S: Scheme> VerifyMechanism for Signature<S> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.scheme.check(key, params, self.hash)
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        with_digest(self.hash, data, |digest| {
            self.scheme.verify(key, params, self.hash, digest, signature)
        })
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn VerifyStream>> {
        Ok(self.begin(key, params)?)
    }
}

/// A message that comes in pieces.
struct Stream<S> {
    scheme: S,
    hasher: Hasher,
    key: Arc<KeyMaterial>,
    params: Params,
}

impl<S: Scheme> Stream<S> {
    fn end<T>(
        &mut self,
        f: impl FnOnce(&S, &KeyMaterial, &Params, Option<Hash>, &[u8]) -> Result<T>,
    ) -> Result<T> {
        let hash = self.hasher.hash();
        let mut digest = [0; DIGEST_LEN_MAX];
        let digest = digest.get_mut(..hash.output_len()).unwrap_or_default();
        self.hasher.finish(digest);
        f(&self.scheme, &self.key, &self.params, Some(hash), digest)
    }
}

impl<S: Scheme> SignStream for Stream<S> {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.hasher.update(data);
        Ok(())
    }

    fn finish(mut self: Box<Self>, out: &mut [u8]) -> Result<()> {
        self.end(|scheme, key, params, hash, digest| scheme.sign(key, params, hash, digest, out))
    }
}

impl<S: Scheme> VerifyStream for Stream<S> {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.hasher.update(data);
        Ok(())
    }

    fn finish(mut self: Box<Self>, signature: &[u8]) -> Result<()> {
        self.end(|scheme, key, params, hash, digest| scheme.verify(key, params, hash, digest, signature))
    }
}

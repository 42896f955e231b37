//! ML-DSA and SLH-DSA signatures: of messages as they are, of messages that are hashed here, and of digests.

use std::sync::Arc;

use super::key::{PqKey, wrong_kind};
use crate::crypto::mldsa::Mu;
use crate::crypto::prehash::{PreHash, PreHasher};
use crate::crypto::slhdsa::Message;
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{
    SignMechanism, SignStream, VerifyMechanism, VerifyStream, single_part_only,
};
use crate::mechanism::params::{Params, SignContext};
use crate::secret::Gathered;

/// What is done with a message before it is signed.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Nothing.
    Pure,
    /// It is hashed.
    Hashed(PreHash),
    /// The caller has hashed it; the parameter tells how.
    Digest,
}

/// A mechanism of either scheme: the key tells which.
pub(super) struct Signature {
    pub(super) form: Form,
}

/// The context and the hedging; no parameter is the default of both.
fn context(params: &Params) -> Result<&SignContext> {
    static NONE: std::sync::LazyLock<SignContext> = std::sync::LazyLock::new(SignContext::default);
    match params {
        Params::None => Ok(&NONE),
        Params::SignContext(context) | Params::HashSignContext { context, .. } => Ok(context),
        _ => Err(Error::Internal("a post-quantum signature without its parameter")),
    }
}

/// A whole message in the form in which the scheme signs it.
fn with_message<T>(form: Form, params: &Params, data: &[u8], f: impl FnOnce(Message<'_>) -> T) -> Result<T> {
    match (form, params) {
        (Form::Pure, _) => Ok(f(Message::Pure(data))),
        (Form::Hashed(hash), _) => Ok(f(Message::Digest(hash, &hash.digest(data)))),
        (Form::Digest, Params::HashSignContext { hash, .. }) if data.len() == hash.output_len() => {
            Ok(f(Message::Digest(*hash, data)))
        }
        (Form::Digest, Params::HashSignContext { .. }) => Err(Error::DataLenRange(
            "it has not the length of the hash that the parameter names",
        )),
        (Form::Digest, _) => Err(Error::Internal("a digest without its parameter")),
    }
}

fn sign(key: &KeyMaterial, params: &Params, message: Message<'_>, out: &mut [u8]) -> Result<()> {
    let given = context(params)?;
    match key.pq()? {
        PqKey::MlDsaPrivate(key) => {
            let mu = match message {
                Message::Pure(data) => {
                    let mut mu = key.mu(&given.context);
                    mu.update(data);
                    mu
                }
                Message::Digest(hash, digest) => key.mu_of_digest(&given.context, hash, digest),
            };
            sign_mu(key, given, mu, out)
        }
        PqKey::SlhDsaPrivate(key) => key.sign(message, &given.context, given.is_hedged(), out),
        _ => wrong_kind(),
    }
}

fn sign_mu(
    key: &crate::crypto::mldsa::PrivateKey,
    given: &SignContext,
    mu: Mu,
    out: &mut [u8],
) -> Result<()> {
    match given.is_hedged() {
        true => key.sign(mu, out),
        false => key.sign_deterministically(mu, out),
    }
}

fn verify(key: &KeyMaterial, params: &Params, message: Message<'_>, signature: &[u8]) -> Result<()> {
    let given = context(params)?;
    match key.pq()? {
        PqKey::MlDsaPublic(key) => {
            let mu = match message {
                Message::Pure(data) => {
                    let mut mu = key.mu(&given.context);
                    mu.update(data);
                    mu
                }
                Message::Digest(hash, digest) => key.mu_of_digest(&given.context, hash, digest),
            };
            key.verify(mu, signature)
        }
        PqKey::SlhDsaPublic(key) => key.verify(message, &given.context, signature),
        _ => wrong_kind(),
    }
}

impl Signature {
    fn begin(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<Stream>> {
        let body = match self.form {
            Form::Digest => return single_part_only(),
            Form::Hashed(hash) => Body::Hashed(hash, Box::new(hash.hasher())),
            Form::Pure => {
                let context = &context(params)?.context;
                match key.pq()? {
                    PqKey::MlDsaPrivate(key) => Body::Mu(Box::new(key.mu(context))),
                    PqKey::MlDsaPublic(key) => Body::Mu(Box::new(key.mu(context))),
                    _ => Body::Whole(Gathered::default()),
                }
            }
        };
        Ok(Box::new(Stream {
            body,
            key: Arc::clone(key),
            params: params.clone(),
        }))
    }
}

impl SignMechanism for Signature {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        context(params).map(|_| ())
    }

    fn signature_len(&self, key: &KeyMaterial, _params: &Params) -> usize {
        match key.pq() {
            Ok(PqKey::MlDsaPrivate(key)) => key.set().signature_len(),
            Ok(PqKey::SlhDsaPrivate(key)) => key.set().signature_len(),
            // The row's key rule keeps others away; signing would say so.
            _ => 0,
        }
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        with_message(self.form, params, data, |message| sign(key, params, message, out))?
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn SignStream>> {
        Ok(self.begin(key, params)?)
    }
}

impl VerifyMechanism for Signature {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        context(params).map(|_| ())
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        with_message(self.form, params, data, |message| {
            verify(key, params, message, signature)
        })?
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn VerifyStream>> {
        Ok(self.begin(key, params)?)
    }
}

/// A message that comes in pieces. SLH-DSA reads a message that it signs as it is twice, and hashes the signature's
/// randomness before one that it verifies, so that such a message is kept.
enum Body {
    Mu(Box<Mu>),
    Hashed(PreHash, Box<PreHasher>),
    Whole(Gathered),
}

struct Stream {
    body: Body,
    key: Arc<KeyMaterial>,
    params: Params,
}

impl Stream {
    fn take(&mut self, data: &[u8]) -> Result<()> {
        match &mut self.body {
            Body::Mu(mu) => mu.update(data),
            Body::Hashed(_, hasher) => hasher.update(data),
            Body::Whole(kept) => kept.push(data)?,
        }
        Ok(())
    }
}

impl SignStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.take(data)
    }

    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<()> {
        let Self { body, key, params } = *self;
        match body {
            Body::Hashed(hash, hasher) => sign(&key, &params, Message::Digest(hash, &hasher.finish()), out),
            Body::Whole(kept) => sign(&key, &params, Message::Pure(&kept), out),
            Body::Mu(mu) => match key.pq()? {
                PqKey::MlDsaPrivate(key) => sign_mu(key, context(&params)?, *mu, out),
                _ => wrong_kind(),
            },
        }
    }
}

impl VerifyStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.take(data)
    }

    fn finish(self: Box<Self>, signature: &[u8]) -> Result<()> {
        let Self { body, key, params } = *self;
        match body {
            Body::Hashed(hash, hasher) => {
                verify(&key, &params, Message::Digest(hash, &hasher.finish()), signature)
            }
            Body::Whole(kept) => verify(&key, &params, Message::Pure(&kept), signature),
            Body::Mu(mu) => match key.pq()? {
                PqKey::MlDsaPublic(key) => key.verify(*mu, signature),
                _ => wrong_kind(),
            },
        }
    }
}

//! Ed25519 and Ed448 key pairs and signatures [PKCS#11 3.2, 6.3.10 and 6.3.16].

use std::sync::Arc;

use super::ec::{FLAGS_25519, SIZES_25519_448, limit_448, pair, params_of};
use super::key::KeyMaterial;
use super::library::{AWS_LC, ED448_GOLDILOCKS, ED25519_DALEK};
use super::operation::{GenerateKeyPairMechanism, SignMechanism, SignStream, VerifyMechanism, VerifyStream};
use super::params::{ParamKind, Params};
use super::spec::{KeyRule, MechanismSpec, Roles};
use super::standing::Standing;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::edwards::{self, Curve, Prehasher, PrivateKey, Scheme};
use crate::error::{Error, Result};
use crate::secret::Gathered;

const EDWARDS: KeyRule = KeyRule {
    types: &[CKK_EC_EDWARDS],
    sizes: SIZES_25519_448,
    flags: FLAGS_25519,
    limits: &[limit_448(CKK_EC_EDWARDS)],
    ..KeyRule::NONE
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    MechanismSpec {
        id: CKM_EC_EDWARDS_KEY_PAIR_GEN,
        section: "PKCS#11 3.2, 6.3.10",
        libraries: &[AWS_LC, ED448_GOLDILOCKS],
        params: ParamKind::None,
        key: EDWARDS,
        roles: Roles {
            generate_pair: Some(&GeneratePair),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    },
    MechanismSpec {
        id: CKM_EDDSA,
        section: "PKCS#11 3.2, 6.3.16",
        libraries: &[AWS_LC, ED25519_DALEK, ED448_GOLDILOCKS],
        params: ParamKind::OptionalEddsa,
        key: EDWARDS,
        roles: Roles {
            sign: Some(&Eddsa),
            verify: Some(&Eddsa),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    },
];

/// CKM_EC_EDWARDS_KEY_PAIR_GEN.
struct GeneratePair;

impl GenerateKeyPairMechanism for GeneratePair {
    fn check(&self, _params: &Params, public: &AttributeSet, _private: &AttributeSet) -> Result<()> {
        Curve::from_params(params_of(public)?).map(|_| ())
    }

    fn generate(&self, _params: &Params, public: &AttributeSet) -> Result<(AttributeSet, AttributeSet)> {
        let params = params_of(public)?;
        let key = PrivateKey::generate(Curve::from_params(params)?)?;
        Ok(pair(params, &key.public_bytes(), key.seed()))
    }
}

/// CKM_EDDSA, for messages in one part and in several.
struct Eddsa;

/// No parameter, and one that says nothing, is the pure scheme.
fn scheme(params: &Params) -> Result<Scheme<'_>> {
    match params {
        Params::None => Ok(Scheme::Pure),
        Params::Eddsa {
            prehash: true,
            context,
        } => Ok(Scheme::Prehashed(context)),
        Params::Eddsa { context, .. } if context.is_empty() => Ok(Scheme::Pure),
        Params::Eddsa { context, .. } => Ok(Scheme::Context(context)),
        _ => Err(Error::Internal("EdDSA without its parameter")),
    }
}

fn check(params: &Params) -> Result<()> {
    match params {
        Params::Eddsa { context, .. } if context.len() > edwards::CONTEXT_LEN_MAX => Err(
            Error::MechanismParamInvalid("an EdDSA context has at most 255 bytes"),
        ),
        _ => Ok(()),
    }
}

/// Calls `f` with what is signed of `data`.
fn with_message<T>(
    curve: Curve,
    scheme: Scheme<'_>,
    data: &[u8],
    f: impl FnOnce(&[u8]) -> Result<T>,
) -> Result<T> {
    if !matches!(scheme, Scheme::Prehashed(_)) {
        return f(data);
    }
    let (mut prehasher, mut digest) = (curve.prehasher(), [0; 64]);
    prehasher.update(data);
    prehasher.finish(&mut digest);
    f(&digest)
}

fn begin(key: &Arc<KeyMaterial>, curve: Curve, params: &Params) -> Result<Box<Stream>> {
    let message = match scheme(params)? {
        Scheme::Prehashed(_) => Message::Hashed(Box::new(curve.prehasher())),
        Scheme::Pure | Scheme::Context(_) => Message::Whole(Gathered::default()),
    };
    Ok(Box::new(Stream {
        message,
        key: Arc::clone(key),
        params: params.clone(),
    }))
}

impl SignMechanism for Eddsa {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        check(params)
    }

    fn signature_len(&self, key: &KeyMaterial, _params: &Params) -> usize {
        key.edwards_private().map_or(0, |key| key.curve().signature_len())
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        let (key, scheme) = (key.edwards_private()?, scheme(params)?);
        with_message(key.curve(), scheme, data, |message| {
            key.sign(scheme, message, out)
        })
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn SignStream>> {
        Ok(begin(key, key.edwards_private()?.curve(), params)?)
    }
}

impl VerifyMechanism for Eddsa {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        check(params)
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let (key, scheme) = (key.edwards_public()?, scheme(params)?);
        with_message(key.curve(), scheme, data, |message| {
            key.verify(scheme, message, signature)
        })
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn VerifyStream>> {
        Ok(begin(key, key.edwards_public()?.curve(), params)?)
    }
}

/// A message that comes in pieces. Only the prehashed schemes hash it first; the others read it twice, so that it is kept.
enum Message {
    Hashed(Box<Prehasher>),
    Whole(Gathered),
}

impl Message {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        match self {
            Self::Hashed(hasher) => {
                hasher.update(data);
                Ok(())
            }
            Self::Whole(kept) => kept.push(data),
        }
    }

    /// Calls `f` with what is signed.
    fn finish<T>(&mut self, f: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
        match self {
            Self::Hashed(hasher) => {
                let mut digest = [0; 64];
                hasher.finish(&mut digest);
                f(&digest)
            }
            Self::Whole(kept) => f(kept),
        }
    }
}

struct Stream {
    message: Message,
    key: Arc<KeyMaterial>,
    params: Params,
}

impl SignStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.message.update(data)
    }

    fn finish(mut self: Box<Self>, out: &mut [u8]) -> Result<()> {
        let this = &mut *self;
        let (key, scheme) = (this.key.edwards_private()?, scheme(&this.params)?);
        this.message.finish(|message| key.sign(scheme, message, out))
    }
}

impl VerifyStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.message.update(data)
    }

    fn finish(mut self: Box<Self>, signature: &[u8]) -> Result<()> {
        let this = &mut *self;
        let (key, scheme) = (this.key.edwards_public()?, scheme(&this.params)?);
        this.message
            .finish(|message| key.verify(scheme, message, signature))
    }
}

#[cfg(test)]
#[path = "edwards_tests.rs"]
mod tests;

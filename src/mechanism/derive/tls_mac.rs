//! The "finished" values of TLS [PKCS#11 3.2, 6.26.3]. The message is the hash of the handshake, so that it is short;
//! it is kept until the value is made, since the function runs over it several times.

use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::{ANY_SIZE, params, wrong_params};
use crate::ck::*;
use crate::crypto::tls_prf::TlsPrf;
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::library::AWS_LC;
use crate::mechanism::operation::{SignMechanism, SignStream, VerifyMechanism, VerifyStream};
use crate::mechanism::params::derivation::{DerivationKind, DerivationParams};
use crate::mechanism::params::{ParamKind, Params};
use crate::mechanism::spec::{KeyRule, MechanismSpec, Roles};
use crate::mechanism::standing::Standing;
use zeroize::Zeroizing;

/// Shortest value in bytes, and the one of TLS 1.0 and 1.1 [PKCS#11 3.2, 6.26.3].
const LEN_MIN: usize = 12;
/// Longest value in bytes; nobody negotiates more.
const LEN_MAX: usize = 255;
/// Longest message in bytes; it is the output of a hash.
const MESSAGE_LEN_MAX: usize = 1 << 16;

const fn mac(id: MechanismId) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "PKCS#11 3.2, 6.26.3",
        libraries: &[AWS_LC],
        params: ParamKind::Derivation(DerivationKind::TlsMac),
        key: KeyRule {
            types: &[CKK_GENERIC_SECRET],
            sizes: ANY_SIZE,
            ..KeyRule::NONE
        },
        roles: Roles {
            sign: Some(&Finished),
            verify: Some(&Finished),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[mac(CKM_TLS_MAC), mac(CKM_TLS12_MAC)];

struct Finished;

/// How a value is made.
#[derive(Clone, Copy)]
struct Form {
    prf: TlsPrf,
    label: &'static [u8],
    length: usize,
}

fn form(of: &Params) -> Result<Form> {
    let DerivationParams::TlsMac { prf, length, server } = params(of)? else {
        return wrong_params();
    };
    let length = to_usize(*length);
    let fits = match prf {
        TlsPrf::Tls10 => length == LEN_MIN,
        TlsPrf::Tls12(_) => (LEN_MIN..=LEN_MAX).contains(&length),
    };
    match fits {
        true => Ok(Form {
            prf: *prf,
            label: if *server {
                b"server finished"
            } else {
                b"client finished"
            },
            length,
        }),
        false => Err(Error::MechanismParamInvalid(
            "ulMacLength is not 12, and with TLS 1.2 not 12 to 255",
        )),
    }
}

impl Form {
    fn value(&self, key: &KeyMaterial, data: &[u8], out: &mut [u8]) -> Result<()> {
        if data.len() > MESSAGE_LEN_MAX {
            return Err(Error::DataLenRange(
                "the message is longer than any hash of a handshake",
            ));
        }
        self.prf.fill(key.secret()?.value(), &[self.label, data], out)
    }

    fn check(&self, key: &KeyMaterial, data: &[u8], told: &[u8]) -> Result<()> {
        if told.len() != self.length {
            return Err(Error::SignatureLenRange);
        }
        let mut right = Zeroizing::new(vec![0; self.length]);
        self.value(key, data, &mut right)?;
        match right.ct_eq(told).into() {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }
}

impl SignMechanism for Finished {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        form(params).map(|_| ())
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        form(params).map_or(0, |form| form.length)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        form(params)?.value(key, data, out)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn SignStream>> {
        Ok(Box::new(Stream::new(key, params)?))
    }
}

impl VerifyMechanism for Finished {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        form(params).map(|_| ())
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        form(params)?.check(key, data, signature)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn VerifyStream>> {
        Ok(Box::new(Stream::new(key, params)?))
    }
}

/// A message that comes in pieces.
struct Stream {
    form: Form,
    key: Arc<KeyMaterial>,
    message: Vec<u8>,
}

impl Stream {
    fn new(key: &Arc<KeyMaterial>, params: &Params) -> Result<Self> {
        Ok(Self {
            form: form(params)?,
            key: Arc::clone(key),
            message: Vec::new(),
        })
    }

    fn take(&mut self, data: &[u8]) -> Result<()> {
        if data.len() > MESSAGE_LEN_MAX.saturating_sub(self.message.len()) {
            return Err(Error::DataLenRange(
                "the message is longer than any hash of a handshake",
            ));
        }
        self.message.extend_from_slice(data);
        Ok(())
    }
}

impl SignStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.take(data)
    }

    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<()> {
        self.form.value(&self.key, &self.message, out)
    }
}

impl VerifyStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.take(data)
    }

    fn finish(self: Box<Self>, signature: &[u8]) -> Result<()> {
        self.form.check(&self.key, &self.message, signature)
    }
}

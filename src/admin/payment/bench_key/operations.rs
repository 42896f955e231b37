//! Signatures and encryption with a [`BenchKey`].

use super::{Bench, BenchKey, ClearKey};
use crate::catalog;
use crate::ck::*;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{CipherMechanism, FlatSource, FlatWithKeys, KeyMaterial, MechanismSpec, Params};
use crate::session::output;

/// The row of a mechanism.
fn found(id: MechanismId) -> Result<&'static MechanismSpec> {
    catalog::find(id).ok_or(Error::Internal("a calculator without its mechanism"))
}

/// The row of a mechanism, if it takes keys of this type.
pub(super) fn row(id: MechanismId, key: &KeyMaterial) -> Result<&'static MechanismSpec> {
    let row = found(id)?;
    match row.key.types.contains(&key.key_type) && row.key.sizes.allow_bits(key.bits()) {
        true => Ok(row),
        false => Err(Error::KeyTypeInconsistent {
            role: KeyRole::Key,
            key_type: key.key_type,
            mechanism: id,
        }),
    }
}

pub(super) const NO_ROLE: Error = Error::Internal("a calculator asks a mechanism for what it does not do");
const MIXED: Error = Error::Internal("a calculator mixes keys of a token and test keys");

/// A mechanism with its parameter, and the key that this names where it names one.
#[derive(Clone, Copy)]
pub(in crate::admin::payment) struct Call<'a> {
    pub(in crate::admin::payment) id: MechanismId,
    /// The parameter; of the handle of a further key the place.
    pub(in crate::admin::payment) parameter: &'a [u8],
    pub(in crate::admin::payment) further: Option<&'a BenchKey>,
}

impl Call<'_> {
    /// The parameter as a module takes it: with the handle of the further key.
    fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = self.parameter.to_vec();
        let handle = match self.further {
            None => return Ok(bytes),
            Some(BenchKey::OnToken { key, .. }) => key.0.to_be_bytes(),
            Some(BenchKey::Clear(_)) => return Err(MIXED),
        };
        let place = found(self.id)?.key.further.first().map(|further| further.at);
        let place = place.and_then(|at| bytes.get_mut(at..)?.get_mut(..handle.len()));
        place.ok_or(NO_ROLE)?.copy_from_slice(&handle);
        Ok(bytes)
    }

    /// The parameter as a mechanism takes it.
    fn params(&self) -> Result<Params> {
        let key = match self.further {
            None => return Ok(FlatSource(self.parameter).params()),
            Some(BenchKey::Clear(clear)) => clear.material.clone(),
            Some(BenchKey::OnToken { .. }) => return Err(MIXED),
        };
        Ok(Params::FlatWithKeys(Box::new(FlatWithKeys {
            bytes: self.parameter.into(),
            keys: [Some(key), None],
        })))
    }
}

impl<'a> Call<'a> {
    /// A mechanism whose parameter names no key.
    const fn of(id: MechanismId, parameter: &'a [u8]) -> Self {
        Self {
            id,
            parameter,
            further: None,
        }
    }
}

impl BenchKey {
    /// C_Sign.
    pub(in crate::admin::payment) fn sign(
        &self,
        id: MechanismId,
        parameter: &[u8],
        data: &[u8],
    ) -> Result<Vec<u8>> {
        self.sign_with(&Call::of(id, parameter), data)
    }

    /// C_Sign, perhaps with a further key.
    pub(in crate::admin::payment) fn sign_with(&self, call: &Call<'_>, data: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::OnToken { bench, key } => {
                let Bench { module, session } = bench;
                module.sign_init(*session, call.id, &FlatSource(&call.bytes()?), *key)?;
                output::whole(|out| module.sign(*session, data, out))
            }
            Self::Clear(clear) => {
                let ClearKey { material: key, .. } = &**clear;
                let role = row(call.id, key)?.roles.sign.ok_or(NO_ROLE)?;
                let params = call.params()?;
                role.check(key, &params)?;
                let mut out = vec![0; role.signature_len(key, &params)];
                role.sign(key, &params, data, &mut out)?;
                Ok(out)
            }
        }
    }

    /// C_Verify: whether the value is right.
    pub(in crate::admin::payment) fn verify(
        &self,
        id: MechanismId,
        parameter: &[u8],
        data: &[u8],
        value: &[u8],
    ) -> Result<bool> {
        self.verify_with(&Call::of(id, parameter), data, value)
    }

    /// C_Verify, perhaps with a further key: whether the value is right.
    pub(in crate::admin::payment) fn verify_with(
        &self,
        call: &Call<'_>,
        data: &[u8],
        value: &[u8],
    ) -> Result<bool> {
        let verified = match self {
            Self::OnToken { bench, key } => {
                let Bench { module, session } = bench;
                module.verify_init(*session, call.id, &FlatSource(&call.bytes()?), *key)?;
                module.verify(*session, data, value)
            }
            Self::Clear(clear) => {
                let ClearKey { material: key, .. } = &**clear;
                let role = row(call.id, key)?.roles.verify.ok_or(NO_ROLE)?;
                let params = call.params()?;
                role.check(key, &params)?;
                role.verify(key, &params, data, value)
            }
        };
        match verified {
            Ok(()) => Ok(true),
            Err(Error::SignatureInvalid | Error::SignatureLenRange) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// C_Encrypt.
    pub(in crate::admin::payment) fn encrypt(
        &self,
        id: MechanismId,
        parameter: &[u8],
        data: &[u8],
    ) -> Result<Vec<u8>> {
        match self {
            Self::OnToken { bench, key } => {
                let Bench { module, session } = bench;
                module.encrypt_init(*session, id, &FlatSource(parameter), *key)?;
                output::whole(|out| module.encrypt(*session, data, out))
            }
            Self::Clear(clear) => {
                let row = row(id, &clear.material)?;
                enciphered(row.roles.encrypt, &clear.material, parameter, data)
            }
        }
    }

    /// C_Decrypt.
    pub(in crate::admin::payment) fn decrypt(
        &self,
        id: MechanismId,
        parameter: &[u8],
        data: &[u8],
    ) -> Result<Vec<u8>> {
        match self {
            Self::OnToken { bench, key } => {
                let Bench { module, session } = bench;
                module.decrypt_init(*session, id, &FlatSource(parameter), *key)?;
                output::whole(|out| module.decrypt(*session, data, out))
            }
            Self::Clear(clear) => {
                let row = row(id, &clear.material)?;
                enciphered(row.roles.decrypt, &clear.material, parameter, data)
            }
        }
    }
}

/// What a cipher gives of a whole message.
fn enciphered(
    role: Option<&'static dyn CipherMechanism>,
    key: &KeyMaterial,
    parameter: &[u8],
    data: &[u8],
) -> Result<Vec<u8>> {
    let role = role.ok_or(NO_ROLE)?;
    let params = FlatSource(parameter).params();
    role.check(key, &params)?;
    let mut out = vec![0; role.output_len(key, &params, data.len())?];
    let length = role.oneshot(key, &params, data, &mut out)?;
    out.truncate(length);
    Ok(out)
}

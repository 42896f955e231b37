//! The functions of the module, as commands call them: `C_Sign` and its like in one step, with errors as codes. A key is one
//! of the message, or a local master key by its handle.

use super::call::Call;
use super::held::Held;
use super::pythales;
use super::refusal::Refusal;
use crate::attribute::RawAttribute;
use crate::ck::*;
use crate::error::Error;
use crate::mechanism::FlatSource;
use crate::session::{Output, output};

/// Room for what mechanisms of one short answer give, in bytes.
const SHORT: usize = 64;

impl Call<'_> {
    /// C_UnwrapKey into a session object of the server's.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn unwrap(
        &self,
        mechanism: MechanismId,
        parameter: &[u8],
        wrapping: ObjectHandle,
        wrapped: &[u8],
        template: &[RawAttribute],
    ) -> Result<Held, Refusal> {
        let (module, keeper) = (self.host.module(), self.host.keeper());
        let unwrap = |wrapping, parameter: &[u8], wrapped: &[u8]| {
            let source = FlatSource(parameter);
            module.unwrap_key(keeper.session(), mechanism, &source, wrapping, wrapped, template)
        };
        let handle = match self.host.single_key(mechanism, parameter) {
            Some((lmk, parameter)) => unwrap(lmk, &parameter, &pythales::without_variants(wrapped))?,
            None => unwrap(wrapping, parameter, wrapped)?,
        };
        Ok(Held::new(keeper, handle)?)
    }

    /// C_WrapKey.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn wrap(
        &self,
        mechanism: MechanismId,
        parameter: &[u8],
        wrapping: ObjectHandle,
        key: &Held,
    ) -> Result<Vec<u8>, Refusal> {
        let module = self.host.module();
        let wrap = |wrapping, parameter: &[u8]| {
            let source = FlatSource(parameter);
            output::whole(|out| module.wrap_key(self.session, mechanism, &source, wrapping, key.handle, out))
        };
        let Some((lmk, instead)) = self.host.single_key(mechanism, parameter) else {
            return Ok(wrap(wrapping, parameter)?);
        };
        let mut wrapped = wrap(lmk, &instead)?;
        pythales::tagged(&mut wrapped, parameter.get(4).copied().unwrap_or_default());
        Ok(wrapped)
    }

    /// C_GenerateKey into a session object of the server's.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn generate(
        &self,
        mechanism: MechanismId,
        parameter: &[u8],
        template: &[RawAttribute],
    ) -> Result<Held, Refusal> {
        let (module, keeper) = (self.host.module(), self.host.keeper());
        let handle = module.generate_key(keeper.session(), mechanism, &FlatSource(parameter), template)?;
        Ok(Held::new(keeper, handle)?)
    }

    /// C_DeriveKey into a session object of the server's.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn derive(
        &self,
        mechanism: MechanismId,
        parameter: &[u8],
        base: &Held,
        template: &[RawAttribute],
    ) -> Result<Held, Refusal> {
        let (module, keeper) = (self.host.module(), self.host.keeper());
        let source = FlatSource(parameter);
        let handle = module.derive_key(keeper.session(), mechanism, &source, base.handle, template, true)?;
        let handle = handle.ok_or(Error::Internal("a derivation without a key"))?;
        Ok(Held::new(keeper, handle)?)
    }

    /// C_Sign of at most 64 bytes.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn sign(
        &self,
        mechanism: MechanismId,
        parameter: &[u8],
        key: impl Into<ObjectHandle>,
        data: &[u8],
    ) -> Result<Short, Refusal> {
        let module = self.host.module();
        module.sign_init(self.session, mechanism, &FlatSource(parameter), key.into())?;
        let mut made = Short::default();
        made.length = module.sign(self.session, data, Output::Buffer(&mut made.bytes))?;
        Ok(made)
    }

    /// C_Digest.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn digest(&self, mechanism: MechanismId, data: &[u8]) -> Result<Short, Refusal> {
        let module = self.host.module();
        module.digest_init(self.session, mechanism, &FlatSource(&[]))?;
        let mut made = Short::default();
        made.length = module.digest(self.session, data, Output::Buffer(&mut made.bytes))?;
        Ok(made)
    }

    /// C_Verify: whether the value is right.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn verify(
        &self,
        mechanism: MechanismId,
        parameter: &[u8],
        key: impl Into<ObjectHandle>,
        data: &[u8],
        value: &[u8],
    ) -> Result<bool, Refusal> {
        let module = self.host.module();
        module.verify_init(self.session, mechanism, &FlatSource(parameter), key.into())?;
        match module.verify(self.session, data, value) {
            Ok(()) => Ok(true),
            Err(Error::SignatureInvalid | Error::SignatureLenRange) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// C_Encrypt.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn encrypt(
        &self,
        mechanism: MechanismId,
        parameter: &[u8],
        key: impl Into<ObjectHandle>,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Refusal> {
        let module = self.host.module();
        module.encrypt_init(self.session, mechanism, &FlatSource(parameter), key.into())?;
        Ok(module.encrypt(self.session, data, Output::Buffer(out))?)
    }

    /// C_Decrypt.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn decrypt(
        &self,
        mechanism: MechanismId,
        parameter: &[u8],
        key: impl Into<ObjectHandle>,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Refusal> {
        let module = self.host.module();
        module.decrypt_init(self.session, mechanism, &FlatSource(parameter), key.into())?;
        Ok(module.decrypt(self.session, data, Output::Buffer(out))?)
    }
}

/// A short value that a mechanism gave.
#[derive(Clone, Copy)]
pub struct Short {
    bytes: [u8; SHORT],
    length: usize,
}

impl Default for Short {
    fn default() -> Self {
        Self {
            bytes: [0; SHORT],
            length: 0,
        }
    }
}

impl std::ops::Deref for Short {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

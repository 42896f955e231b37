//! The functions of the module that work with key pairs, as commands call them.

use super::call::{Call, attribute};
use super::held::Held;
use super::refusal::Refusal;
use crate::attribute::RawAttribute;
use crate::ck::*;
use crate::error::Error;
use crate::mechanism::FlatSource;
use crate::session::Output;

/// Longest signature in bytes: that of the longest modulus.
const SIGNATURE_MAX: usize = 2048;

/// A number as an attribute.
#[must_use]
pub fn number(kind: AttributeType, value: u64) -> RawAttribute {
    attribute(kind, &value.to_ne_bytes())
}

impl Call<'_> {
    /// C_GenerateKeyPair of RSA into session objects of the server's: the public and the private key.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn generate_pair(
        &self,
        public: &[RawAttribute],
        private: &[RawAttribute],
    ) -> Result<(Held, Held), Refusal> {
        let (module, keeper) = (self.host.module(), self.host.keeper());
        let (mechanism, none) = (CKM_RSA_PKCS_KEY_PAIR_GEN, FlatSource(&[]));
        let (public, private) =
            module.generate_key_pair(keeper.session(), mechanism, &none, public, private)?;
        // Both are held before anything can fail.
        let (public, private) = (Held::new(keeper, public), Held::new(keeper, private));
        Ok((public?, private?))
    }

    /// C_CreateObject of an RSA public key into a session object of the server's.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn public_key(&self, modulus: &[u8], exponent: &[u8]) -> Result<Held, Refusal> {
        let (module, keeper) = (self.host.module(), self.host.keeper());
        let template = [
            number(CKA_CLASS, CKO_PUBLIC_KEY.0),
            number(CKA_KEY_TYPE, CKK_RSA.0),
            attribute(CKA_MODULUS, modulus),
            attribute(CKA_PUBLIC_EXPONENT, exponent),
        ];
        let handle = module.create_object(keeper.session(), &template)?;
        Ok(Held::new(keeper, handle)?)
    }

    /// CKA_MODULUS and CKA_PUBLIC_EXPONENT of an RSA key.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn public_numbers(&self, key: &Held) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
        let object = self
            .host
            .module()
            .object(self.host.keeper().session(), key.handle)?;
        let bytes = |kind| object.attributes().bytes(kind).map(<[u8]>::to_vec);
        let numbers = bytes(CKA_MODULUS).zip(bytes(CKA_PUBLIC_EXPONENT));
        Ok(numbers.ok_or(Error::Internal("an RSA key without its public numbers"))?)
    }

    /// C_Sign, with a private key.
    ///
    /// # Errors
    /// The module's, as codes.
    pub fn signature(&self, mechanism: MechanismId, key: &Held, data: &[u8]) -> Result<Vec<u8>, Refusal> {
        let module = self.host.module();
        module.sign_init(self.session, mechanism, &FlatSource(&[]), key.handle)?;
        let mut made = vec![0; SIGNATURE_MAX];
        let length = module.sign(self.session, data, Output::Buffer(&mut made))?;
        made.truncate(length);
        Ok(made)
    }
}

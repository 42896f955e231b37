//! Key encapsulation: a new secret key on both sides of a public key [PKCS#11 3.2, 5.18].

use super::Module;
use super::keys::forced;
use super::mechanisms::Asked;
use super::payment::Form;
use crate::attribute::RawAttribute;
use crate::ck::{
    CKA_DECAPSULATE_TEMPLATE, CKA_ENCAPSULATE_TEMPLATE, CKA_VALUE_LEN, MechanismId, ObjectHandle,
    SessionHandle,
};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::ParamSource;
use crate::object::template::{self, Origin};
use crate::object::{Function, wrapping};
use crate::session::Output;
use crate::session::output::{Step, deliver};

impl Module {
    /// `C_EncapsulateKey`: gives the length of the ciphertext in bytes, and the handle of the new key unless only the
    /// length was asked for.
    ///
    /// # Errors
    /// [`Error::KeyOutsideTemplate`] if the new key does not fit CKA_ENCAPSULATE_TEMPLATE; which attribute breaks
    /// which rule; the handle's and the output's own. Then no key is there.
    pub fn encapsulate_key(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        public_key: ObjectHandle,
        template: &[RawAttribute],
        output: Output<'_>,
    ) -> Result<(usize, Option<ObjectHandle>)> {
        let session = self.session(session)?;
        let Asked { spec, role, params } = self.asked(
            mechanism,
            params,
            |roles| roles.encapsulate,
            "it does not encapsulate keys",
        )?;
        let public = session.token.key(public_key, KeyRole::Key)?;
        let material = public.key_for(Function::Encapsulate, spec, KeyRole::Key)?;
        role.check(material, &params)?;
        let template = template::parse(template)?;
        let draft = self.draft(&session, template, Origin::Encapsulate, None)?;
        let wanted = draft.encapsulated_len_wanted()?;
        let needed = role.ciphertext_len(material, &params)?;
        let mut made = None;
        let step = deliver(output, needed, |ciphertext| {
            let value = role.encapsulate(material, &params, wanted, ciphertext)?;
            let key = draft
                .complete_encapsulated(value)
                .map_err(as_encapsulation_error)?;
            wrapping::check_admitted(&key, &public, CKA_ENCAPSULATE_TEMPLATE)?;
            made = Some(self.insert(&session, key)?);
            Ok(needed)
        })?;
        Ok(match step {
            Step::Goes(bytes) => (bytes, None),
            Step::Over(bytes) => (bytes, made),
        })
    }

    /// `C_DecapsulateKey`.
    ///
    /// # Errors
    /// [`Error::WrappedKeyInvalid`], [`Error::WrappedKeyLenRange`]; which attribute breaks which rule; the handle's.
    pub fn decapsulate_key(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        private_key: ObjectHandle,
        ciphertext: &[u8],
        template: &[RawAttribute],
    ) -> Result<ObjectHandle> {
        let session = self.session(session)?;
        let Asked { spec, role, params } = self.asked(
            mechanism,
            params,
            |roles| roles.decapsulate,
            "it does not decapsulate keys",
        )?;
        let private = session.token.key(private_key, KeyRole::UnwrappingKey)?;
        let material = private.key_for(Function::Decapsulate, spec, KeyRole::UnwrappingKey)?;
        role.check(material, &params)?;
        let template = forced(template, &private, CKA_DECAPSULATE_TEMPLATE)?;
        // A ciphertext has no header: as what comes in by unwrapping, it does not say what its key is for.
        self.check_entering(&template, (&private, CKA_DECAPSULATE_TEMPLATE), Form::GENERAL)?;
        let draft = self.draft(&session, template, Origin::Encapsulate, None)?;
        let wanted = draft.encapsulated_len_wanted()?;
        let value = role.decapsulate(material, &params, ciphertext, wanted)?;
        self.insert(&session, draft.complete_encapsulated(value)?)
    }
}

/// A secret that was just made is not a wrapped key that somebody sent.
fn as_encapsulation_error(error: Error) -> Error {
    match error {
        Error::WrappedKeyLenRange => Error::TemplateInconsistent {
            attribute: CKA_VALUE_LEN,
            why: "the mechanism gives another length",
        },
        other => other,
    }
}

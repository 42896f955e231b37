//! Making, wrapping, unwrapping and deriving keys. What takes long is done before anything is locked or stored.

use super::Module;
use super::mechanisms::Asked;
use crate::attribute::{AttributeSet, RawAttribute, Value};
use crate::ck::{
    AttributeType, CKA_DERIVE_TEMPLATE, CKA_TOKEN, CKA_UNWRAP_TEMPLATE, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY,
    CKO_SECRET_KEY, MechanismId, ObjectClass, ObjectHandle, SessionHandle,
};
use crate::error::{KeyRole, Result};
use crate::mechanism::{MechanismSpec, ParamSource, WrapTarget};
use crate::object::template::{self, Made, Origin};
use crate::object::{Function, Object, wrapping};
use crate::session::Output;
use crate::session::output::deliver;

/// What a mechanism makes.
fn made(class: ObjectClass, spec: &MechanismSpec) -> Made<'_> {
    Made {
        class,
        key_types: spec.key.types,
    }
}

impl Module {
    /// `C_GenerateKey`.
    ///
    /// # Errors
    /// Which attribute breaks which rule; what the session may not do; the store's.
    pub fn generate_key(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        template: &[RawAttribute],
    ) -> Result<ObjectHandle> {
        let session = self.session(session)?;
        let Asked { spec, role, params } = self.asked(
            mechanism,
            params,
            |roles| roles.generate,
            "it does not generate keys",
        )?;
        let template = template::parse(template)?;
        let origin = Origin::Generate { mechanism };
        let draft = self.draft(&session, template, origin, Some(made(CKO_SECRET_KEY, spec)))?;
        role.check(&params, draft.attributes())?;
        let made = role.generate(&params, draft.attributes())?;
        self.insert(&session, draft.complete(made)?)
    }

    /// `C_GenerateKeyPair`: gives the handles of the public and the private key.
    ///
    /// # Errors
    /// As [`Module::generate_key`]; then neither key is there.
    pub fn generate_key_pair(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        public: &[RawAttribute],
        private: &[RawAttribute],
    ) -> Result<(ObjectHandle, ObjectHandle)> {
        let session = self.session(session)?;
        let Asked { spec, role, params } = self.asked(
            mechanism,
            params,
            |roles| roles.generate_pair,
            "it does not generate key pairs",
        )?;
        let public = template::parse(public)?;
        let private = template::parse(private)?;
        let origin = Origin::GeneratePublic { mechanism };
        let public = self.draft(&session, public, origin, Some(made(CKO_PUBLIC_KEY, spec)))?;
        let origin = Origin::GeneratePrivate { mechanism };
        let private = self.draft(&session, private, origin, Some(made(CKO_PRIVATE_KEY, spec)))?;
        role.check(&params, public.attributes(), private.attributes())?;
        let components = role.generate(&params, public.attributes())?;
        let (public, private) = template::complete_pair(public, private, components)?;
        let stored = |key: &AttributeSet| key.bool(CKA_TOKEN) == Some(true);
        let both_stored = stored(&public) && stored(&private);
        let pair = session.token.create_pair(session.handle, public, private)?;
        if !both_stored && let Err(closed) = self.still_open(&session) {
            // One of them may be on the token, where nobody could use it without the other.
            let _ = session.token.destroy(pair.0);
            let _ = session.token.destroy(pair.1);
            return Err(closed);
        }
        Ok(pair)
    }

    /// `C_WrapKey`: gives the length of the wrapped key in bytes.
    ///
    /// # Errors
    /// [`crate::error::Error::KeyUnextractable`], [`crate::error::Error::KeyNotWrappable`], [`crate::error::Error::KeySizeRange`]; the handles' and usages'; the
    /// output's own.
    pub fn wrap_key(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        wrapping_key: ObjectHandle,
        key: ObjectHandle,
        output: Output<'_>,
    ) -> Result<usize> {
        let session = self.session(session)?;
        let Asked { spec, role, params } =
            self.asked(mechanism, params, |roles| roles.wrap, "it does not wrap keys")?;
        let wrapping_object = session.token.key(wrapping_key, KeyRole::WrappingKey)?;
        let target = session.token.key(key, KeyRole::WrappedKey)?;
        let material = wrapping_object.key_for(Function::Wrap, spec, KeyRole::WrappingKey)?;
        wrapping::check_wrappable(&wrapping_object, &target)?;
        role.check(material, &params)?;
        let payload = wrapping::payload(&target)?;
        let target = WrapTarget {
            payload: &payload,
            attributes: target.attributes(),
        };
        let needed = role.wrapped_len(material, &params, &target)?;
        let step = deliver(output, needed, |out| role.wrap(material, &params, &target, out))?;
        Ok(step.bytes())
    }

    /// `C_UnwrapKey`.
    ///
    /// # Errors
    /// [`crate::error::Error::WrappedKeyInvalid`], [`crate::error::Error::WrappedKeyLenRange`]; which attribute breaks which rule; the handle's.
    pub fn unwrap_key(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        unwrapping_key: ObjectHandle,
        wrapped: &[u8],
        template: &[RawAttribute],
    ) -> Result<ObjectHandle> {
        let session = self.session(session)?;
        let Asked { spec, role, params } =
            self.asked(mechanism, params, |roles| roles.unwrap, "it does not unwrap keys")?;
        let unwrapping = session.token.key(unwrapping_key, KeyRole::UnwrappingKey)?;
        let material = unwrapping.key_for(Function::Unwrap, spec, KeyRole::UnwrappingKey)?;
        role.check(material, &params)?;
        let template = forced(template, &unwrapping, CKA_UNWRAP_TEMPLATE)?;
        let draft = self.draft(&session, template, Origin::Unwrap, None)?;
        let unwrapped = role.unwrap(material, &params, wrapped, draft.attributes())?;
        self.insert(&session, draft.complete_unwrapped(unwrapped)?)
    }

    /// `C_DeriveKey`.
    ///
    /// # Errors
    /// Which attribute breaks which rule; what is wrong with the parameter; the handle's.
    pub fn derive_key(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        base_key: ObjectHandle,
        template: &[RawAttribute],
    ) -> Result<ObjectHandle> {
        let session = self.session(session)?;
        let Asked { spec, role, params } =
            self.asked(mechanism, params, |roles| roles.derive, "it does not derive keys")?;
        let base = session.token.key(base_key, KeyRole::Key)?;
        let material = base.key_for(Function::Derive, spec, KeyRole::Key)?;
        role.check(material, &params)?;
        let template = forced(template, &base, CKA_DERIVE_TEMPLATE)?;
        let draft = self.draft(
            &session,
            template,
            Origin::Derive {
                base: base.attributes(),
            },
            None,
        )?;
        let value = role.derive(material, &params, draft.value_len_wanted()?)?;
        self.insert(&session, draft.complete_derived(value)?)
    }
}

/// The template of a new key together with the one that its parent forces on it.
pub(super) fn forced(
    template: &[RawAttribute],
    parent: &Object,
    attribute: AttributeType,
) -> Result<AttributeSet> {
    let template = template::parse(template)?;
    match parent.attributes().value(attribute) {
        Some(Value::Template(forced)) => wrapping::merge_template(template, forced),
        _ => Ok(template),
    }
}

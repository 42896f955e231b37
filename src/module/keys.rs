//! Making, wrapping and unwrapping keys. What takes long is done before anything is locked or stored.

use super::mechanisms::Asked;
use super::operations::named_keys;
use super::payment::Form;
use super::{Module, aliases};
use crate::attribute::{AttributeSet, RawAttribute, Value};
use crate::ck::{
    AttributeType, CKA_EC_PARAMS, CKA_MODULUS_BITS, CKA_PRIME, CKA_PRIME_BITS, CKA_TOKEN,
    CKA_UNWRAP_TEMPLATE, CKA_VALUE_LEN, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, MechanismId, ObjectClass,
    ObjectHandle, SessionHandle, to_ulong,
};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{MechanismSpec, ParamSource, Unwrapped, WrapTarget};
use crate::object::template::{self, Made, Origin};
use crate::object::{self, Function, Object, heritage, wrapping};
use crate::session::output::deliver;
use crate::session::{Output, Session};

/// What a mechanism makes.
fn made(class: ObjectClass, spec: &MechanismSpec) -> Made<'_> {
    Made {
        class,
        key_types: spec.key.types,
    }
}

/// Whether keys of the wanted size may be made: a policy may allow less than the mechanism can.
fn allowed_size(spec: &MechanismSpec, template: &AttributeSet) -> Result<()> {
    let bits = |attribute| template.ulong(attribute).map(|bits| (attribute, bits));
    let of_prime = || {
        let prime = template.bytes(CKA_PRIME)?;
        let zeros = prime.first().map_or(0, |first| first.leading_zeros());
        Some((
            CKA_PRIME,
            (8 * to_ulong(prime.len())).saturating_sub(zeros.into()),
        ))
    };
    if let (Some(params), Some(key_type)) = (template.bytes(CKA_EC_PARAMS), template.key_type()) {
        let bits = object::curve_bits(key_type, params)?;
        return match spec.key.allow(key_type, bits) {
            true => Ok(()),
            false => Err(Error::CurveNotSupported),
        };
    }
    match bits(CKA_MODULUS_BITS)
        .or_else(|| bits(CKA_PRIME_BITS))
        .or_else(of_prime)
    {
        Some((attribute, bits)) if !spec.key.sizes.allow_bits(bits) => Err(Error::AttributeValueInvalid {
            attribute,
            why: "`policy = \"modern\"` allows no keys of this size",
        }),
        _ => Ok(()),
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
        let (source, mechanism) = (params, aliases::generation(mechanism));
        let Asked { spec, role, params } = self.asked(
            mechanism,
            params,
            |roles| roles.generate,
            "it does not generate keys",
        )?;
        let mut template = template::parse(template)?;
        if let (Some(length), None) = (role.default_len(), template.value(CKA_VALUE_LEN)) {
            template.set(CKA_VALUE_LEN, Value::Ulong(length));
        }
        if role.is_shared() {
            heritage::open_by_default(&mut template);
        }
        let origin = Origin::Generate { mechanism };
        let draft = self.draft(&session, template, origin, Some(made(role.class(), spec)))?;
        role.check(&params, draft.attributes())?;
        allowed_size(spec, draft.attributes())?;
        let made = role.generate(&params, draft.attributes())?;
        let reply = role.reply(&params)?;
        let key = self.insert(&session, draft.complete(made)?)?;
        source.answer(spec.params, &reply, &[]).inspect_err(|_| {
            session.token.take_back(&[key]);
        })?;
        Ok(key)
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
        let mechanism = aliases::generation(mechanism);
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
        allowed_size(spec, public.attributes())?;
        let components = role.generate_with(&params, public.attributes(), private.attributes())?;
        let (public, private) = template::complete_pair(public, private, components)?;
        let stored = |key: &AttributeSet| key.bool(CKA_TOKEN) == Some(true);
        let both_stored = stored(&public) && stored(&private);
        let pair = session.token.create_pair(session.handle, public, private)?;
        if !both_stored && let Err(closed) = self.still_open(&session) {
            // One of them may be on the token, where nobody could use it without the other.
            session.token.take_back(&[pair.0, pair.1]);
            return Err(closed);
        }
        Ok(pair)
    }

    /// `C_WrapKey`: gives the length of the wrapped key in bytes.
    ///
    /// # Errors
    /// [`Error::KeyUnextractable`], [`Error::KeyNotWrappable`], [`Error::KeySizeRange`]; the handles' and usages'; the
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
        wrapping::check_wrappable(&wrapping_object, &target, self.leaving(role, &wrapping_object))?;
        let params = named_keys(&session, spec, params)?;
        self.check_leaving(&target, &wrapping_object, Form::made_by(role, spec))?;
        role.check(material, &params)?;
        self.check_asked(&target, role.asked_exportability(material, &params)?)?;
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
    /// [`Error::WrappedKeyInvalid`], [`Error::WrappedKeyLenRange`]; which attribute breaks which rule; the handle's.
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
        self.check_entering(&template, (&unwrapping, CKA_UNWRAP_TEMPLATE), Form::read_by(role))?;
        if role.describes_key() {
            let unwrapped = role.unwrap(material, &params, wrapped, &template)?;
            let object = self.described(&session, template, unwrapped)?;
            return self.insert(&session, object);
        }
        let draft = self.draft(&session, template, Origin::Unwrap, None)?;
        let unwrapped = role.unwrap(material, &params, wrapped, draft.attributes())?;
        let object = draft.complete_unwrapped(unwrapped).map_err(|error| match error {
            Error::WrappedKeyLenRange if role.hides_length() => Error::WrappedKeyInvalid,
            other => other,
        })?;
        self.insert(&session, object)
    }
}

impl Module {
    /// The attributes of a key whose wrapped form says what it is: in the template's place where both say something,
    /// which the mechanism has compared.
    fn described(
        &self,
        session: &Session,
        mut template: AttributeSet,
        unwrapped: Unwrapped,
    ) -> Result<AttributeSet> {
        for (attribute, value) in unwrapped.attributes {
            template.set(attribute, value);
        }
        let draft = self.draft(session, template, Origin::Unwrap, None)?;
        draft.complete_unwrapped(Unwrapped {
            payload: unwrapped.payload,
            attributes: AttributeSet::new(),
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::ck::CKM_RSA_PKCS_KEY_PAIR_GEN;

    #[test]
    fn the_size_of_a_modulus_or_a_prime_is_held_to_what_the_policy_leaves() {
        let mut rows = catalog::modern();
        let row = rows.find(|row| row.id == CKM_RSA_PKCS_KEY_PAIR_GEN).unwrap();
        for attribute in [CKA_MODULUS_BITS, CKA_PRIME_BITS] {
            let of = |bits| [(attribute, Value::Ulong(bits))].into_iter().collect();
            assert_eq!(allowed_size(row, &of(2048)), Ok(()));
            assert!(matches!(
                allowed_size(row, &of(2047)),
                Err(Error::AttributeValueInvalid { attribute: told, .. }) if told == attribute
            ));
        }
    }
}

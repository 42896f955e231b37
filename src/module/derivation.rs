//! Deriving keys and other objects: one secret key, or all that a mechanism plans, or none.

use std::sync::Arc;

use super::Module;
use super::keys::forced;
use super::mechanisms::Asked;
use super::payment::{NewLmks, check_derived};
use crate::attribute::{AttributeSet, RawAttribute};
use crate::ck::{
    CKA_DERIVE_TEMPLATE, CKA_TOKEN, CKA_VALUE, CKK_GENERIC_SECRET, CKO_DATA, MechanismId, ObjectHandle,
    SessionHandle,
};
use crate::config::HeaderlessKeys;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{
    DeriveMechanism, DeriveObjects, KeyMaterial, MechanismSpec, ParamSource, Params, Planned,
    PlannedTemplate, Reply, Roles, Sources, Wanted,
};
use crate::object::template::{Draft, Made, Origin};
use crate::object::{Function, Object, heritage};
use crate::session::Session;

/// What a row does for C_DeriveKey.
enum Derivation {
    /// One secret key by its length.
    Value(&'static dyn DeriveMechanism),
    /// Whatever it plans.
    Objects(&'static dyn DeriveObjects),
}

fn derivation(roles: &Roles) -> Option<Derivation> {
    let objects = || roles.derive_objects.map(Derivation::Objects);
    roles.derive.map(Derivation::Value).or_else(objects)
}

/// The base key made ready, if it may be used so; or what a data object has in its place.
fn base_key_for(role: &dyn DeriveObjects, spec: &MechanismSpec, base: &Object) -> Result<Arc<KeyMaterial>> {
    if role.takes_data() && base.class() == CKO_DATA {
        let value = base.attributes().bytes(CKA_VALUE).unwrap_or_default();
        return Ok(Arc::new(KeyMaterial::derived(CKK_GENERIC_SECRET, value.into())));
    }
    match role.is_public() {
        true => base.key_for_public_half(spec, KeyRole::Key).cloned(),
        false => base.key_for(Function::Derive, spec, KeyRole::Key).cloned(),
    }
}

/// The keys that the parameter names.
fn named_keys(session: &Session, role: &dyn DeriveObjects, params: &Params) -> Result<Vec<Arc<Object>>> {
    let handles = role.further_keys(params).into_iter();
    handles
        .map(|handle| session.token.key(handle, KeyRole::Key))
        .collect()
}

/// The place that the caller gave for the handle.
const NO_PLACE: Error = Error::ArgumentsBad("phKey is NULL");

impl Module {
    /// `C_DeriveKey`. `has_place` tells whether the caller has a place for a handle; there is none if the mechanism
    /// gives its handles back through its parameter.
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
        has_place: bool,
    ) -> Result<Option<ObjectHandle>> {
        let session = self.session(session)?;
        let asked = self.asked(mechanism, params, derivation, "it does not derive keys")?;
        match asked.role {
            Derivation::Value(_) if !has_place => Err(NO_PLACE),
            Derivation::Objects(role) if role.gives_handle() && !has_place => Err(NO_PLACE),
            Derivation::Value(role) => self
                .derive_value(&session, role, &asked, base_key, template)
                .map(Some),
            Derivation::Objects(role) => {
                self.derive_objects(&session, role, &asked, params, base_key, template)
            }
        }
    }

    fn derive_value(
        &self,
        session: &Session,
        role: &dyn DeriveMechanism,
        Asked { spec, params, .. }: &Asked<Derivation>,
        base_key: ObjectHandle,
        template: &[RawAttribute],
    ) -> Result<ObjectHandle> {
        let base = session.token.key(base_key, KeyRole::Key)?;
        let material = base.key_for(Function::Derive, spec, KeyRole::Key)?;
        role.check(material, params)?;
        let mut template = forced(template, &base, CKA_DERIVE_TEMPLATE)?;
        if role.is_shared() {
            heritage::open_by_default(&mut template);
        }
        let origin = Origin::Derive {
            base: base.attributes(),
        };
        check_derived(&template, spec)?;
        let draft = self.draft(session, template, origin, None)?;
        let value = role.derive(material, params, draft.value_len_wanted()?)?;
        self.insert(session, draft.complete_derived(value)?)
    }

    fn derive_objects(
        &self,
        session: &Session,
        role: &dyn DeriveObjects,
        Asked { spec, params, .. }: &Asked<Derivation>,
        source: &dyn ParamSource,
        base_key: ObjectHandle,
        template: &[RawAttribute],
    ) -> Result<Option<ObjectHandle>> {
        let base = session.token.key(base_key, KeyRole::Key)?;
        let key = base_key_for(role, spec, &base)?;
        let named = named_keys(session, role, params)?;
        let further: Vec<_> = named
            .iter()
            .map(|object| object.key_for(Function::Derive, spec, KeyRole::Key).cloned())
            .collect::<Result<_>>()?;
        let further_attributes: Vec<_> = named.iter().map(|object| object.attributes()).collect();
        let from = Sources {
            key: &key,
            attributes: base.attributes(),
            further: &further,
            further_attributes: &further_attributes,
            params,
            silent_keys_leave: self.config.payment.headerless_keys == HeaderlessKeys::Template,
        };
        let plans = role.plan(&from, forced(template, &base, CKA_DERIVE_TEMPLATE)?)?;
        let mut drafts = Vec::with_capacity(plans.len());
        for (at, plan) in plans.into_iter().enumerate() {
            let drafted = self
                .planned(session, spec, plan, (&base, &named))
                .and_then(|drafted| role.check_wanted(&drafted.1).map(|()| drafted));
            if let (Err(_), Some(further)) = (&drafted, at.checked_sub(1)) {
                let _ = source.answer(spec.params, &Reply::Refused(further), &[]);
            }
            drafts.push(drafted?);
        }
        let wanted: Vec<_> = drafts.iter().map(|(_, wanted)| *wanted).collect();
        let derived = role.derive(&from, &wanted)?;
        if derived.objects.len() != drafts.len() {
            return Err(Error::Internal("a derivation made other objects than it planned"));
        }
        let objects = drafts
            .into_iter()
            .zip(derived.objects)
            .map(|((draft, _), made)| draft.complete_made(made, role.sets_parity()))
            .collect::<Result<_>>()?;
        let handles = self.insert_all(session, objects)?;
        let (result, others) = match role.gives_handle() {
            true => handles
                .split_first()
                .map(|(first, others)| (Some(*first), others))
                .ok_or(Error::Internal("a derivation without a result"))?,
            false => (None, &handles[..]),
        };
        source
            .answer(spec.params, &derived.reply, others)
            .inspect_err(|_| session.token.take_back(&handles))?;
        Ok(result)
    }

    /// Checks the template of one planned object.
    fn planned(
        &self,
        session: &Session,
        spec: &MechanismSpec,
        plan: Planned,
        (base, further): (&Object, &[Arc<Object>]),
    ) -> Result<(Draft, Wanted)> {
        let mut template = match plan.template {
            PlannedTemplate::Parsed(template) => template,
            PlannedTemplate::Raw(template) => forced(&template, base, CKA_DERIVE_TEMPLATE)?,
        };
        check_derived(&template, spec)?;
        let history = heritage::settle(plan.heritage, &mut template, base, further)?;
        let made = Made {
            class: plan.class,
            key_types: &plan.key_types,
        };
        let draft = self.draft(session, template, Origin::Derive { base: &history }, Some(made))?;
        let in_bytes = plan.length.map(crate::ck::to_usize);
        let wanted = Wanted {
            class: draft.class(),
            key_type: draft.key_type(),
            length: draft.value_len_wanted()?.or(in_bytes),
        };
        Ok((draft, wanted))
    }

    /// Puts finished objects into the token or the session, all or none.
    fn insert_all(&self, session: &Session, objects: Vec<AttributeSet>) -> Result<Vec<ObjectHandle>> {
        let stored = |object: &AttributeSet| object.bool(CKA_TOKEN) == Some(true);
        let all_stored = objects.iter().all(stored);
        let lmks = NewLmks::among(&objects);
        let handles = lmks.insert(session, || session.token.create_all(session.handle, objects))?;
        if !all_stored {
            self.still_open(session)
                .inspect_err(|_| session.token.take_back(&handles))?;
        }
        Ok(handles)
    }
}

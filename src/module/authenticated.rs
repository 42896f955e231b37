//! `C_WrapKeyAuthenticated` and `C_UnwrapKeyAuthenticated`: keys under an AEAD, with additional data and the tag apart.

use super::Module;
use super::keys::forced;
use super::payment::Form;
use crate::attribute::{AttributeSet, RawAttribute};
use crate::ck::{CKA_UNWRAP_TEMPLATE, MechanismId, ObjectHandle, SessionHandle, to_ulong};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::message::{Message, MessageKind, MessageMade, MessageMechanism, MessageParams, Tag};
use crate::mechanism::{MechanismSpec, Roles, Unwrapped};
use crate::object::Function;
use crate::object::template::Origin;
use crate::object::wrapping::{self, Leaving};
use crate::secret::SecretBytes;
use crate::session::Output;
use crate::session::output::deliver;

/// A wrapping with additional data.
pub struct AuthenticatedWrap<'a> {
    /// The mechanism.
    pub mechanism: MechanismId,
    /// Its parameter.
    pub params: &'a MessageParams,
    /// The key that wraps or unwraps.
    pub key: ObjectHandle,
    /// Additional authenticated data.
    pub aad: &'a [u8],
    /// Whether the tag stands behind the wrapped key, and not in the parameter.
    pub tag_behind: bool,
}

impl Module {
    fn authenticating(
        &self,
        mechanism: MechanismId,
        role: impl FnOnce(&Roles) -> Option<&'static dyn MessageMechanism>,
    ) -> Result<(&'static MechanismSpec, &'static dyn MessageMechanism)> {
        let spec = self.mechanisms.find(mechanism)?;
        let role = role(&spec.roles).ok_or(Error::MechanismInvalid {
            mechanism: spec.id,
            why: "it does not wrap keys with additional data",
        })?;
        Ok((spec, role))
    }

    /// The structure that a mechanism takes for C_WrapKeyAuthenticated.
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`], [`Error::MechanismInvalid`].
    pub fn authenticated_kind(&self, session: SessionHandle, mechanism: MechanismId) -> Result<MessageKind> {
        self.session(session)?;
        let (_, role) = self.authenticating(mechanism, |roles| wraps(roles).or(unwraps(roles)))?;
        Ok(role.kind())
    }

    /// `C_WrapKeyAuthenticated`: gives the length of the wrapped key in bytes, and what the parameter learns.
    ///
    /// # Errors
    /// As [`Module::wrap_key`]; [`Error::MechanismParamInvalid`].
    pub fn wrap_key_authenticated(
        &self,
        session: SessionHandle,
        wrap: AuthenticatedWrap<'_>,
        key: ObjectHandle,
        output: Output<'_>,
    ) -> Result<(usize, MessageMade)> {
        let session = self.session(session)?;
        let (spec, role) = self.authenticating(wrap.mechanism, wraps)?;
        let wrapping_object = session.token.key(wrap.key, KeyRole::WrappingKey)?;
        let target = session.token.key(key, KeyRole::WrappedKey)?;
        let material = wrapping_object.key_for(Function::Wrap, spec, KeyRole::WrappingKey)?;
        wrapping::check_wrappable(&wrapping_object, &target, Leaving::default())?;
        self.check_leaving(&target, &wrapping_object, Form::GENERAL)?;
        role.check(material)?;
        let payload = wrapping::payload(&target)?;
        role.check_message(wrap.params, to_ulong(payload.len()))?;
        let nonces = session
            .token
            .nonces(wrap.key, &wrapping_object, KeyRole::WrappingKey)?;
        let mut made = MessageMade::default();
        let behind = if wrap.tag_behind { wrap.params.tag_len } else { 0 };
        let needed = payload.len().saturating_add(behind);
        let step = deliver(output, needed, |out| {
            let (out, behind) = out
                .split_at_mut_checked(payload.len())
                .ok_or(Error::Internal("a wrapped key is longer than it was to be"))?;
            let nonce = nonces.next_nonce(wrap.params)?;
            let mut tag = Tag::zeros(wrap.params.tag_len)?;
            let message = Message {
                nonce: &nonce.bytes,
                aad: wrap.aad,
            };
            role.seal(material, message, &payload, out, tag.as_mut())?;
            made.nonce = nonce.made.then_some(nonce.bytes);
            match wrap.tag_behind {
                true => behind.copy_from_slice(tag.as_ref()),
                false => made.tag = Some(tag),
            }
            Ok(needed)
        })?;
        Ok((step.bytes(), made))
    }

    /// `C_UnwrapKeyAuthenticated`.
    ///
    /// # Errors
    /// As [`Module::unwrap_key`]: a tag that does not fit is [`Error::WrappedKeyInvalid`], the one word for every cause.
    pub fn unwrap_key_authenticated(
        &self,
        session: SessionHandle,
        unwrap: AuthenticatedWrap<'_>,
        wrapped: &[u8],
        template: &[RawAttribute],
    ) -> Result<ObjectHandle> {
        let session = self.session(session)?;
        let (spec, role) = self.authenticating(unwrap.mechanism, unwraps)?;
        let unwrapping = session.token.key(unwrap.key, KeyRole::UnwrappingKey)?;
        let material = unwrapping.key_for(Function::Unwrap, spec, KeyRole::UnwrappingKey)?;
        role.check(material)?;
        let (wrapped, tag) = tag_of(&unwrap, wrapped)?;
        role.check_message(unwrap.params, to_ulong(wrapped.len()))?;
        let template = forced(template, &unwrapping, CKA_UNWRAP_TEMPLATE)?;
        self.check_entering(&template, (&unwrapping, CKA_UNWRAP_TEMPLATE), Form::GENERAL)?;
        let draft = self.draft(&session, template, Origin::Unwrap, None)?;
        let mut payload = SecretBytes::zeros(wrapped.len());
        let message = Message {
            nonce: &unwrap.params.nonce,
            aad: unwrap.aad,
        };
        role.open(material, message, wrapped, tag.as_ref(), payload.as_mut())
            .map_err(|error| match error {
                Error::AeadDecryptFailed => Error::WrappedKeyInvalid,
                other => other,
            })?;
        let unwrapped = Unwrapped {
            payload,
            attributes: AttributeSet::new(),
        };
        self.insert(&session, draft.complete_unwrapped(unwrapped)?)
    }
}

/// The wrapped key and its tag.
fn tag_of<'a>(unwrap: &AuthenticatedWrap<'_>, wrapped: &'a [u8]) -> Result<(&'a [u8], Tag)> {
    if !unwrap.tag_behind {
        let no_tag = Error::MechanismParamInvalid("the pointer to the tag is NULL");
        return Ok((wrapped, unwrap.params.tag.ok_or(no_tag)?));
    }
    let length = wrapped.len().checked_sub(unwrap.params.tag_len);
    let (wrapped, tag) = length
        .and_then(|length| wrapped.split_at_checked(length))
        .ok_or(Error::WrappedKeyLenRange)?;
    Ok((wrapped, Tag::new(tag)?))
}

/// A mechanism wraps so if it wraps and encrypts messages.
fn wraps(roles: &Roles) -> Option<&'static dyn MessageMechanism> {
    roles.wrap.and(roles.message_encrypt)
}

fn unwraps(roles: &Roles) -> Option<&'static dyn MessageMechanism> {
    roles.unwrap.and(roles.message_decrypt)
}

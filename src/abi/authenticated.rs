//! Keys wrapped as messages: with additional data, and the tag in the parameter; or behind the wrapped key, where
//! C_WrapKey has a parameter with a generator of nonces.

use std::cell::Cell;

use super::buffer::{Apart, Buffer, Destination};
use super::guard::Call;
use super::params::{Mechanism, NonceUse, TagUse};
use super::read::{Input, Item};
use super::template::Template;
use super::write::Out;
use crate::attribute::RawAttribute;
use crate::ck::{ObjectHandle, sys};
use crate::error::Result;
use crate::mechanism::message::{MessageKind, MessageMade};
use crate::module::AuthenticatedWrap;

/// C_WrapKeyAuthenticated. The parameter is read first, and learns its nonce and its tag last.
pub(super) fn wrap(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    (wrapping_key, key): (u64, u64),
    aad: Input<'_>,
    wrapped: Buffer<'_>,
) -> Result<()> {
    let mechanism = Mechanism::required(mechanism)?;
    let (aad, wrapped) = (aad.slice()?, wrapped.required()?);
    let kind = call.module.authenticated_kind(call.session, mechanism.id)?;
    let (params, places) = mechanism
        .params
        .message(kind, NonceUse::Generated, TagUse::Made)?;
    let aad = Apart::from(aad, &wrapped)?;
    let made = Cell::new(MessageMade::default());
    wrapped.deliver(0, |output| {
        let wrap = AuthenticatedWrap {
            mechanism: mechanism.id,
            params: &params,
            key: ObjectHandle(wrapping_key),
            aad: &aad,
            tag_behind: false,
        };
        let (length, new) =
            call.module
                .wrap_key_authenticated(call.session, wrap, ObjectHandle(key), output)?;
        made.set(new);
        Ok(length)
    })?;
    places.write(&made.take())
}

/// C_UnwrapKeyAuthenticated.
pub(super) fn unwrap(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    unwrapping_key: u64,
    (wrapped, aad): (Input<'_>, Input<'_>),
    template: Template<'_>,
    key: Out<'_, u64>,
) -> Result<()> {
    let mechanism = Mechanism::required(mechanism)?;
    let (wrapped, aad, key) = (wrapped.slice()?, aad.slice()?, key.required()?);
    let template = template.attributes()?;
    let kind = call.module.authenticated_kind(call.session, mechanism.id)?;
    let (params, _) = mechanism.params.message(kind, NonceUse::Given, TagUse::Checked)?;
    let unwrap = AuthenticatedWrap {
        mechanism: mechanism.id,
        params: &params,
        key: ObjectHandle(unwrapping_key),
        aad,
        tag_behind: false,
    };
    let made = call
        .module
        .unwrap_key_authenticated(call.session, unwrap, wrapped, &template)?;
    key.write(made.0);
    Ok(())
}

/// The structure of the messages of a mechanism, if this is the parameter of C_WrapKey that is like one.
pub(super) fn behind(call: Call, mechanism: &Mechanism<'_>) -> Option<MessageKind> {
    let kind = call.module.authenticated_kind(call.session, mechanism.id).ok()?;
    mechanism.params.is_wrap(kind).then_some(kind)
}

/// C_WrapKey with a generator of nonces.
pub(super) fn wrap_behind(
    call: Call,
    (mechanism, kind): (&Mechanism<'_>, MessageKind),
    (wrapping_key, key): (ObjectHandle, ObjectHandle),
    wrapped: Destination<'_>,
) -> Result<()> {
    let (params, aad, places) = mechanism.params.wrap(kind, NonceUse::Generated)?;
    let aad = Apart::from(aad, &wrapped)?;
    let made = Cell::new(MessageMade::default());
    wrapped.deliver(0, |output| {
        let wrap = AuthenticatedWrap {
            mechanism: mechanism.id,
            params: &params,
            key: wrapping_key,
            aad: &aad,
            tag_behind: true,
        };
        let (length, new) = call
            .module
            .wrap_key_authenticated(call.session, wrap, key, output)?;
        made.set(new);
        Ok(length)
    })?;
    places.write(&made.take())
}

/// C_UnwrapKey of what [`wrap_behind`] made.
pub(super) fn unwrap_behind(
    call: Call,
    (mechanism, kind): (&Mechanism<'_>, MessageKind),
    unwrapping_key: ObjectHandle,
    wrapped: &[u8],
    template: &[RawAttribute],
) -> Result<ObjectHandle> {
    let (params, aad, _) = mechanism.params.wrap(kind, NonceUse::Given)?;
    let unwrap = AuthenticatedWrap {
        mechanism: mechanism.id,
        params: &params,
        key: unwrapping_key,
        aad,
        tag_behind: true,
    };
    call.module
        .unwrap_key_authenticated(call.session, unwrap, wrapped, template)
}

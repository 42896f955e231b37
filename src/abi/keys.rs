//! Keys made, wrapped, unwrapped, derived and encapsulated; random numbers.

use super::authenticated;
use super::buffer::Buffer;
use super::guard::Call;
use super::params::Mechanism;
use super::read::{Input, Item};
use super::template::Template;
use super::write::{Fill, Out};
use crate::ck::{ObjectHandle, sys};
use crate::error::Result;
use crate::session::Output;

/// C_GenerateKey.
pub(super) fn generate(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    template: Template<'_>,
    key: Out<'_, u64>,
) -> Result<()> {
    let (mechanism, template, key) = (
        Mechanism::required(mechanism)?,
        template.attributes()?,
        key.required()?,
    );
    let made = call
        .module
        .generate_key(call.session, mechanism.id, &mechanism.params, &template)?;
    key.write(made.0);
    Ok(())
}

/// C_GenerateKeyPair.
pub(super) fn generate_pair(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    (public, private): (Template<'_>, Template<'_>),
    (public_key, private_key): (Out<'_, u64>, Out<'_, u64>),
) -> Result<()> {
    let mechanism = Mechanism::required(mechanism)?;
    let (public, private) = (public.attributes()?, private.attributes()?);
    let (public_key, private_key) = (public_key.required()?, private_key.required()?);
    let made =
        call.module
            .generate_key_pair(call.session, mechanism.id, &mechanism.params, &public, &private)?;
    public_key.write(made.0.0);
    private_key.write(made.1.0);
    Ok(())
}

/// C_WrapKey. The parameter is read while the result is made, so the result is made apart.
pub(super) fn wrap(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    wrapping_key: u64,
    key: u64,
    wrapped: Buffer<'_>,
) -> Result<()> {
    let (mechanism, wrapped) = (Mechanism::required(mechanism)?, wrapped.required()?);
    let (wrapping_key, key) = (ObjectHandle(wrapping_key), ObjectHandle(key));
    if let Some(kind) = authenticated::behind(call, &mechanism) {
        return authenticated::wrap_behind(call, (&mechanism, kind), (wrapping_key, key), wrapped);
    }
    wrapped.deliver_apart(|output| {
        let params = &mechanism.params;
        call.module
            .wrap_key(call.session, mechanism.id, params, wrapping_key, key, output)
    })
}

/// C_UnwrapKey.
pub(super) fn unwrap(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    unwrapping_key: u64,
    wrapped: Input<'_>,
    template: Template<'_>,
    key: Out<'_, u64>,
) -> Result<()> {
    let (mechanism, wrapped) = (Mechanism::required(mechanism)?, wrapped.slice()?);
    let (template, key) = (template.attributes()?, key.required()?);
    let unwrapping_key = ObjectHandle(unwrapping_key);
    let made = match authenticated::behind(call, &mechanism) {
        Some(kind) => {
            authenticated::unwrap_behind(call, (&mechanism, kind), unwrapping_key, wrapped, &template)
        }
        None => call.module.unwrap_key(
            call.session,
            mechanism.id,
            &mechanism.params,
            unwrapping_key,
            wrapped,
            &template,
        ),
    }?;
    key.write(made.0);
    Ok(())
}

/// C_DeriveKey. Mechanisms that give their handles back through their parameter need no `key`.
pub(super) fn derive(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    base_key: u64,
    template: Template<'_>,
    key: Out<'_, u64>,
) -> Result<()> {
    let mechanism = Mechanism::required(mechanism)?;
    let (template, key) = (template.attributes()?, key.required().ok());
    let made = call.module.derive_key(
        call.session,
        mechanism.id,
        &mechanism.params,
        ObjectHandle(base_key),
        &template,
        key.is_some(),
    )?;
    if let (Some(key), Some(made)) = (key, made) {
        key.write(made.0);
    }
    Ok(())
}

/// C_EncapsulateKey. A query of the length makes no key, and needs no place for its handle.
pub(super) fn encapsulate(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    public_key: u64,
    template: Template<'_>,
    ciphertext: Buffer<'_>,
    key: Out<'_, u64>,
) -> Result<()> {
    let (mechanism, template) = (Mechanism::required(mechanism)?, template.attributes()?);
    let public_key = ObjectHandle(public_key);
    let key = match ciphertext.is_query() {
        true => None,
        false => Some(key.required()?),
    };
    let ciphertext = ciphertext.required()?;
    let (mut made, params) = (None, &mechanism.params);
    let encapsulate = |output: Output<'_>| {
        let (bytes, handle) =
            call.module
                .encapsulate_key(call.session, mechanism.id, params, public_key, &template, output)?;
        made = handle;
        Ok(bytes)
    };
    // A parameter is read while the result is made.
    match params.is_empty() {
        true => ciphertext.deliver(0, encapsulate)?,
        false => ciphertext.deliver_apart(encapsulate)?,
    }
    if let (Some(key), Some(made)) = (key, made) {
        key.write(made.0);
    }
    Ok(())
}

/// C_DecapsulateKey.
pub(super) fn decapsulate(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    private_key: u64,
    template: Template<'_>,
    ciphertext: Input<'_>,
    key: Out<'_, u64>,
) -> Result<()> {
    let (mechanism, template) = (Mechanism::required(mechanism)?, template.attributes()?);
    let (ciphertext, key) = (ciphertext.slice()?, key.required()?);
    let made = call.module.decapsulate_key(
        call.session,
        mechanism.id,
        &mechanism.params,
        ObjectHandle(private_key),
        ciphertext,
        &template,
    )?;
    key.write(made.0);
    Ok(())
}

/// C_SeedRandom.
pub(super) fn seed_random(call: Call, seed: Input<'_>) -> Result<()> {
    call.module.seed_random(call.session, seed.slice()?)
}

/// C_GenerateRandom.
pub(super) fn generate_random(call: Call, random: Fill<'_>) -> Result<()> {
    call.module.generate_random(call.session, random.slice()?)
}

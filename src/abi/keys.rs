//! Keys made, wrapped, unwrapped and derived; random numbers.

use super::authenticated;
use super::buffer::Buffer;
use super::guard::Call;
use super::params::Mechanism;
use super::read::{Input, Item};
use super::template::Template;
use super::write::{Fill, Out};
use crate::ck::{ObjectHandle, sys};
use crate::error::Result;

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

/// C_DeriveKey.
pub(super) fn derive(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    base_key: u64,
    template: Template<'_>,
    key: Out<'_, u64>,
) -> Result<()> {
    let mechanism = Mechanism::required(mechanism)?;
    let (template, key) = (template.attributes()?, key.required()?);
    let base_key = ObjectHandle(base_key);
    let made = call
        .module
        .derive_key(call.session, mechanism.id, &mechanism.params, base_key, &template)?;
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

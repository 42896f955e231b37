//! Encryption, decryption, digests, signatures and verification: the shapes that their C functions share. Which
//! method of the module stands behind each is said in `functions.rs`.
//!
//! A data call with arguments that cannot be read ends its operation, as any other failed data call does; an
//! invalid session handle ends nothing.

use super::buffer::{Apart, Buffer, Destination};
use super::guard::Call;
use super::params::Mechanism;
use super::read::{Input, Item, copied};
use crate::ck::{MechanismId, ObjectHandle, SessionHandle, sys};
use crate::error::Result;
use crate::mechanism::ParamSource;
use crate::module::Module;
use crate::session::{OperationKind, Output};

/// C_…Init without a key. A NULL mechanism cancels.
pub(super) fn init(
    call: Call,
    kind: OperationKind,
    begin: impl FnOnce(&Module, SessionHandle, MechanismId, &dyn ParamSource) -> Result<()>,
    mechanism: Item<'_, sys::CK_MECHANISM>,
) -> Result<()> {
    match Mechanism::optional(mechanism)? {
        Some(mechanism) => begin(call.module, call.session, mechanism.id, &mechanism.params),
        None => call.module.cancel_operation(call.session, kind),
    }
}

/// C_…Init with a key.
pub(super) fn init_with_key(
    call: Call,
    kind: OperationKind,
    begin: impl FnOnce(&Module, SessionHandle, MechanismId, &dyn ParamSource, ObjectHandle) -> Result<()>,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    key: u64,
) -> Result<()> {
    let begin = |module: &Module, session, mechanism, params: &dyn ParamSource| {
        begin(module, session, mechanism, params, ObjectHandle(key))
    };
    init(call, kind, begin, mechanism)
}

/// C_VerifySignatureInit: as [`init_with_key`], with the signature.
pub(super) fn verify_signature_init(
    call: Call,
    mechanism: Item<'_, sys::CK_MECHANISM>,
    key: u64,
    signature: Input<'_>,
) -> Result<()> {
    let begin = |module: &Module, session, mechanism, params: &dyn ParamSource| {
        let signature = copied(signature.slice()?)?.into_boxed_slice();
        module.verify_signature_init(session, mechanism, params, ObjectHandle(key), signature)
    };
    init(call, OperationKind::VerifySignature, begin, mechanism)
}

/// Data in, data out. In-place work is allowed: overlapping input is set apart first.
pub(super) fn transform(
    call: Call,
    kind: OperationKind,
    step: impl Fn(&Module, SessionHandle, &[u8], Output<'_>) -> Result<usize>,
    input: Input<'_>,
    output: Buffer<'_>,
) -> Result<()> {
    let arguments = input.slice().and_then(|input| Ok((input, output.required()?)));
    let (input, output) = or_abandon(call, kind, arguments)?;
    produce(call, step, input, output)
}

/// As [`transform`] for two operations at once: arguments that cannot be read leave both as they were.
pub(super) fn transform_by_two(
    call: Call,
    step: impl Fn(&Module, SessionHandle, &[u8], Output<'_>) -> Result<usize>,
    input: Input<'_>,
    output: Buffer<'_>,
) -> Result<()> {
    produce(call, step, input.slice()?, output.required()?)
}

fn produce(
    call: Call,
    step: impl Fn(&Module, SessionHandle, &[u8], Output<'_>) -> Result<usize>,
    input: &[u8],
    output: Destination<'_>,
) -> Result<()> {
    let input = Apart::from(input, &output)?;
    output.deliver(input.len(), |output| {
        step(call.module, call.session, &input, output)
    })
}

/// The last step of a multi-part operation: data out.
pub(super) fn finish(
    call: Call,
    kind: OperationKind,
    step: impl Fn(&Module, SessionHandle, Output<'_>) -> Result<usize>,
    output: Buffer<'_>,
) -> Result<()> {
    let output = or_abandon(call, kind, output.required())?;
    output.deliver(0, |output| step(call.module, call.session, output))
}

/// Data in, nothing out.
pub(super) fn absorb(
    call: Call,
    kind: OperationKind,
    step: impl FnOnce(&Module, SessionHandle, &[u8]) -> Result<()>,
    input: Input<'_>,
) -> Result<()> {
    let input = or_abandon(call, kind, input.slice())?;
    step(call.module, call.session, input)
}

/// The last step of a multi-part operation that gives nothing but its answer.
pub(super) fn end(call: Call, step: impl FnOnce(&Module, SessionHandle) -> Result<()>) -> Result<()> {
    step(call.module, call.session)
}

/// C_DigestKey.
pub(super) fn digest_key(call: Call, key: u64) -> Result<()> {
    call.module.digest_key(call.session, ObjectHandle(key))
}

/// C_Verify: data and signature in.
pub(super) fn verify(call: Call, data: Input<'_>, signature: Input<'_>) -> Result<()> {
    let arguments = data.slice().and_then(|data| Ok((data, signature.slice()?)));
    let (data, signature) = or_abandon(call, OperationKind::Verify, arguments)?;
    call.module.verify(call.session, data, signature)
}

fn or_abandon<T>(call: Call, kind: OperationKind, arguments: Result<T>) -> Result<T> {
    if arguments.is_err() {
        call.module.abandon(call.session, kind)?;
    }
    arguments
}

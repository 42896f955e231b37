//! Encryption, decryption, digests, signatures and verification: the shapes that their C functions share. Which
//! method of the module stands behind each is said in `functions.rs`.
//!
//! A data call with arguments that cannot be read ends its operation, as any other failed data call does; an
//! invalid session handle ends nothing.

use super::buffer::Buffer;
use super::guard::Call;
use super::params::Mechanism;
use super::read::{Input, Item, copied};
use crate::ck::{MechanismId, ObjectHandle, SessionHandle, sys};
use crate::error::Result;
use crate::mechanism::ParamSource;
use crate::module::Module;
use crate::secret::SecretBytes;
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
    let apart;
    let input = match output.overlaps(input) {
        false => input,
        true => {
            apart = SecretBytes::new(copied(input)?);
            &apart
        }
    };
    output.deliver(input.len(), |output| {
        step(call.module, call.session, input, output)
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

//! Messages: many of them signed or verified with one key. None has a parameter of its own.

use super::buffer::{Apart, Buffer};
use super::guard::Call;
use super::messages::or_end_message;
use super::params::CParam;
use super::read::Input;
use crate::ck::SessionHandle;
use crate::error::Result;
use crate::module::Module;
use crate::session::{OperationKind, Output};

/// C_SignMessage.
pub(super) fn sign(call: Call, param: CParam<'_>, data: Input<'_>, signature: Buffer<'_>) -> Result<()> {
    call.module
        .message_running(call.session, OperationKind::MessageSign)?;
    param.no_message()?;
    sign_into(call, Module::sign_message, data, signature)
}

/// C_SignMessageBegin and C_VerifyMessageBegin.
pub(super) fn begin(
    call: Call,
    kind: OperationKind,
    begin: impl FnOnce(&Module, SessionHandle) -> Result<()>,
    param: CParam<'_>,
) -> Result<()> {
    call.module.message_running(call.session, kind)?;
    param.no_message()?;
    begin(call.module, call.session)
}

/// C_SignMessageNext. A NULL length says that more is to come.
pub(super) fn sign_next(call: Call, param: CParam<'_>, data: Input<'_>, signature: Buffer<'_>) -> Result<()> {
    const SIGN: OperationKind = OperationKind::MessageSign;
    call.module.message_running(call.session, SIGN)?;
    or_end_message(call, SIGN, param.no_message())?;
    let part = or_end_message(call, SIGN, data.slice())?;
    match signature.has_length() {
        true => sign_into(call, Module::sign_message_last, data, signature),
        false => call.module.sign_message_next(call.session, part),
    }
}

fn sign_into(
    call: Call,
    step: impl Fn(&Module, SessionHandle, &[u8], Output<'_>) -> Result<usize>,
    data: Input<'_>,
    signature: Buffer<'_>,
) -> Result<()> {
    let (data, output) = (data.slice()?, signature.required()?);
    let data = Apart::from(data, &output)?;
    output.deliver(data.len(), |output| {
        step(call.module, call.session, &data, output)
    })
}

/// C_VerifyMessage.
pub(super) fn verify(call: Call, param: CParam<'_>, data: Input<'_>, signature: Input<'_>) -> Result<()> {
    call.module
        .message_running(call.session, OperationKind::MessageVerify)?;
    param.no_message()?;
    call.module
        .verify_message(call.session, data.slice()?, signature.slice()?)
}

/// C_VerifyMessageNext. A NULL signature says that more is to come.
pub(super) fn verify_next(
    call: Call,
    param: CParam<'_>,
    data: Input<'_>,
    signature: Input<'_>,
) -> Result<()> {
    const VERIFY: OperationKind = OperationKind::MessageVerify;
    call.module.message_running(call.session, VERIFY)?;
    let read = || {
        param.no_message()?;
        let more = signature.is_null();
        Ok((data.slice()?, if more { None } else { Some(signature.slice()?) }))
    };
    match or_end_message(call, VERIFY, read())? {
        (data, None) => call.module.verify_message_next(call.session, data),
        (data, Some(signature)) => call.module.verify_message_last(call.session, data, signature),
    }
}

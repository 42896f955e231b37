//! What stands before and behind every entry point: is the module there, did it panic, what is the answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::state;
use crate::ck::{CKR_OK, SessionHandle};
use crate::error::{Error, Result};
use crate::logging;
use crate::module::Module;

/// A call on a session. Whether the session exists is the module's to find out.
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// The module.
    pub(super) module: &'static Module,
    /// The handle that the caller gave.
    pub(super) session: SessionHandle,
}

/// A function that works before C_Initialize and after C_Finalize.
pub(super) fn any_time(function: &'static str, body: impl FnOnce() -> Result<()>) -> u64 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => CKR_OK.0,
        Ok(Err(error)) => refused(function, &error),
        Err(payload) => panicked(function, payload),
    }
}

/// A function that needs the module.
pub(super) fn module(function: &'static str, body: impl FnOnce(&'static Module) -> Result<()>) -> u64 {
    any_time(function, || body(state::module()?))
}

/// A function that needs a session, its first argument.
pub(super) fn session(function: &'static str, session: u64, body: impl FnOnce(Call) -> Result<()>) -> u64 {
    any_time(function, || {
        let call = Call {
            module: state::module()?,
            session: SessionHandle(session),
        };
        body(call).map_err(|error| outranked(call, error))
    })
}

/// [PKCS#11 3.2, 5.1] a bad session outranks a bad argument, which is found first.
#[cold]
fn outranked(call: Call, error: Error) -> Error {
    match error {
        Error::ArgumentsBad(_) => call.module.session_info(call.session).err().unwrap_or(error),
        _ => error,
    }
}

#[cold]
fn refused(function: &'static str, error: &Error) -> u64 {
    if !matches!(error, Error::BufferTooSmall { .. }) {
        logging::refused(function, error);
    }
    match state::wants_standard_return_values() {
        true => error.standard_rv_of(function).0,
        false => error.rv_of(function).0,
    }
}

#[cold]
fn panicked(function: &'static str, payload: Box<dyn std::any::Any + Send>) -> u64 {
    // A payload may hold anything, even something that panics when it is dropped; a panic is rare enough to leak.
    std::mem::forget(payload);
    state::poison();
    refused(
        function,
        &Error::Internal("a panic was caught; the module answers nothing more until C_Finalize"),
    )
}

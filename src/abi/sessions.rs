//! Sessions, login and PINs.

use super::buffer::Buffer;
use super::guard::Call;
use super::read::Input;
use super::write::Out;
use crate::ck::{ObjectHandle, SlotId, UserType, sys};
use crate::error::{Error, Result};
use crate::module::Module;

/// C_OpenSession. `pApplication` and `Notify` are not needed: there are no notifications.
pub(super) fn open(module: &Module, slot: u64, flags: u64, session: Out<'_, u64>) -> Result<()> {
    let session = session.required()?;
    session.write(module.open_session(SlotId(slot), flags)?.0);
    Ok(())
}

/// C_CloseSession.
pub(super) fn close(call: Call) -> Result<()> {
    call.module.close_session(call.session)
}

/// C_CloseAllSessions.
pub(super) fn close_all(module: &Module, slot: u64) -> Result<()> {
    module.close_all_sessions(SlotId(slot))
}

/// C_GetSessionInfo.
pub(super) fn info(call: Call, info: Out<'_, sys::CK_SESSION_INFO>) -> Result<()> {
    let place = info.required()?;
    let info = call.module.session_info(call.session)?;
    place.write(sys::CK_SESSION_INFO {
        slotID: info.slot.0,
        state: info.state,
        flags: info.flags,
        ulDeviceError: 0,
    });
    Ok(())
}

/// C_Login.
pub(super) fn login(call: Call, user: u64, pin: Input<'_>) -> Result<()> {
    let user = user_type(call, user)?;
    call.module.login(call.session, user, pin.required()?)
}

/// C_LoginUser.
pub(super) fn login_user(call: Call, user: u64, pin: Input<'_>, name: Input<'_>) -> Result<()> {
    let user = user_type(call, user)?;
    call.module
        .login_user(call.session, user, pin.required()?, name.slice()?)
}

fn user_type(call: Call, user: u64) -> Result<UserType> {
    match user {
        sys::CKU_SO => Ok(UserType::So),
        sys::CKU_USER => Ok(UserType::User),
        sys::CKU_CONTEXT_SPECIFIC => Ok(UserType::ContextSpecific),
        _ => {
            call.module.session_info(call.session)?;
            Err(Error::UserTypeInvalid)
        }
    }
}

/// C_Logout.
pub(super) fn logout(call: Call) -> Result<()> {
    call.module.logout(call.session)
}

/// C_InitPIN.
pub(super) fn init_pin(call: Call, pin: Input<'_>) -> Result<()> {
    call.module.init_pin(call.session, pin.required()?)
}

/// C_SetPIN.
pub(super) fn set_pin(call: Call, old: Input<'_>, new: Input<'_>) -> Result<()> {
    let (old, new) = (old.required()?, new.required()?);
    call.module.set_pin(call.session, old, new)
}

/// C_SessionCancel.
pub(super) fn cancel(call: Call, flags: u64) -> Result<()> {
    call.module.session_cancel(call.session, flags)
}

/// C_GetOperationState.
pub(super) fn operation_state(call: Call, state: Buffer<'_>) -> Result<()> {
    let state = state.required()?;
    state.deliver(0, |output| call.module.operation_state(call.session, output))
}

/// C_SetOperationState.
pub(super) fn set_operation_state(
    call: Call,
    state: Input<'_>,
    encryption_key: u64,
    authentication_key: u64,
) -> Result<()> {
    let state = state.required()?;
    let (encryption_key, authentication_key) =
        (ObjectHandle(encryption_key), ObjectHandle(authentication_key));
    call.module
        .set_operation_state(call.session, state, encryption_key, authentication_key)
}

/// C_GetFunctionStatus and C_CancelFunction, left over from parallel functions: they "simply return" that, whichever
/// session is named [PKCS#11 3.2, C_GetFunctionStatus], and openCryptoki's test programs want it before they have one.
pub(super) fn not_parallel(_module: &Module) -> Result<()> {
    Err(Error::FunctionNotParallel)
}

/// C_GetSessionValidationFlags: nothing here is validated by anybody, whichever flags are asked for.
pub(super) fn validation_flags(call: Call, _type: u64, flags: Out<'_, u64>) -> Result<()> {
    let flags = flags.required()?;
    call.module.session_info(call.session)?;
    flags.write(0);
    Ok(())
}

/// The functions of asynchronous sessions, which cannot be opened.
pub(super) fn not_async(call: Call) -> Result<()> {
    call.module.session_info(call.session)?;
    Err(Error::SessionAsyncNotSupported)
}

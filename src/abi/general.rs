//! C_Initialize, C_Finalize and C_GetInfo.

use super::read::Item;
use super::slots::version;
use super::state;
use super::write::{Out, padded};
use crate::ck::sys;
use crate::config::Config;
use crate::crypto::keep_keys_in_the_vault;
use crate::error::{Error, Result};
use crate::logging;
use crate::module::{self, Module};
use crate::os::vault;

/// C_Initialize. The module makes no threads, so CKF_LIBRARY_CANT_CREATE_OS_THREADS asks nothing of it.
pub(super) fn initialize(arguments: Item<'_, sys::CK_C_INITIALIZE_ARGS>) -> Result<()> {
    let arguments = arguments.optional()?;
    state::initialize(|| {
        keep_keys_in_the_vault();
        let config = Config::load().inspect_err(logging::report_unusable_configuration)?;
        logging::start(&config.log);
        vault::open();
        if let Some(arguments) = arguments {
            accept(&arguments, config.strictness.nss_reserved)?;
        }
        Module::new(config)
    })
}

/// [PKCS#11 3.2, 5.4.1] all four mutex functions or none; ours are the operating system's locks.
fn accept(arguments: &sys::CK_C_INITIALIZE_ARGS, nss_reserved: bool) -> Result<()> {
    if !arguments.pReserved.is_null() && !nss_reserved {
        return Err(Error::ArgumentsBad(
            "pReserved is not NULL; set strictness.nss_reserved in the configuration for NSS",
        ));
    }
    let given = [
        arguments.CreateMutex.is_some(),
        arguments.DestroyMutex.is_some(),
        arguments.LockMutex.is_some(),
        arguments.UnlockMutex.is_some(),
    ];
    match given.into_iter().filter(|given| *given).count() {
        0 => Ok(()),
        4 if arguments.flags & sys::CKF_OS_LOCKING_OK != 0 => Ok(()),
        4 => Err(Error::CantLock),
        _ => Err(Error::ArgumentsBad(
            "some mutex functions are given and some are NULL",
        )),
    }
}

/// C_Finalize.
pub(super) fn finalize(reserved: *const std::ffi::c_void) -> Result<()> {
    if !reserved.is_null() {
        state::module()?;
        return Err(Error::ArgumentsBad("pReserved is not NULL"));
    }
    state::finalize()?;
    vault::give_back();
    Ok(())
}

/// C_GetInfo of the interface of this version.
pub(super) fn info(_: &Module, interface: sys::CK_VERSION, info: Out<'_, sys::CK_INFO>) -> Result<()> {
    info.required()?.write(sys::CK_INFO {
        cryptokiVersion: interface,
        manufacturerID: padded(module::MANUFACTURER),
        flags: 0,
        libraryDescription: padded(module::LIBRARY_DESCRIPTION),
        libraryVersion: version(),
    });
    Ok(())
}

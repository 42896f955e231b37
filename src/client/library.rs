//! Loading a module, its life cycle, its slots and tokens.
//!
//! A loaded library is never unloaded: modules leave thread-locals and exit handlers behind.

use std::path::Path;
use std::ptr;

use super::{Error, Result, call};
use crate::ck::sys::{
    CK_C_INITIALIZE_ARGS, CK_FLAGS, CK_FUNCTION_LIST, CK_FUNCTION_LIST_3_2, CK_INFO, CK_INTERFACE, CK_RV,
    CK_TOKEN_INFO, CK_UTF8CHAR, CK_VERSION,
};
use crate::ck::{SlotId, sys, to_ulong, to_usize};

/// The symbol every module exports.
type FunctionListGetter = unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV;

/// The symbol that modules of version 3.0 and later export beside it.
type InterfaceGetter =
    unsafe extern "C" fn(*mut CK_UTF8CHAR, *mut CK_VERSION, *mut *mut CK_INTERFACE, CK_FLAGS) -> CK_RV;

/// A loaded module.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    pub(super) list: &'static CK_FUNCTION_LIST,
    /// The functions of version 3.2, of a module that has them.
    pub(super) list_3_2: Option<&'static CK_FUNCTION_LIST_3_2>,
}

/// What a module says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryInfo {
    /// `manufacturerID` without padding.
    pub manufacturer: String,
    /// `libraryDescription` without padding.
    pub description: String,
    /// `libraryVersion`, major and minor.
    pub version: (u8, u8),
}

/// What a token says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// `label` without padding.
    pub label: String,
    /// `model` without padding.
    pub model: String,
    /// `serialNumber` without padding.
    pub serial: String,
    /// `CKF_TOKEN_INITIALIZED`.
    pub initialized: bool,
    /// `CKF_LOGIN_REQUIRED`.
    pub login_required: bool,
}

impl Library {
    /// Loads the module at `path` and fetches its function list. Calls nothing else.
    ///
    /// # Errors
    /// The file cannot be loaded, has no `C_GetFunctionList`, or that gives no list.
    pub fn load(path: &Path) -> Result<Self> {
        let broken = |why: &str| Error::Load(why.to_owned());
        // SAFETY: the user named this file as a module to be run; it stays loaded for good.
        let library = Box::leak(Box::new(
            unsafe { libloading::Library::new(path) }.map_err(|e| reason(&e))?,
        ));
        // SAFETY: the symbol has this type in every PKCS#11 module [PKCS#11 3.2, 5.4.3].
        let getter = unsafe { library.get::<FunctionListGetter>(b"C_GetFunctionList\0") };
        let getter = getter.map_err(|_| broken("not a PKCS#11 module: it exports no C_GetFunctionList"))?;
        let mut list = ptr::null_mut();
        // SAFETY: `list` is a valid place for one pointer.
        super::check("C_GetFunctionList", unsafe { getter(&raw mut list) })?;
        // SAFETY: the list belongs to the module, is constant, and the module is never unloaded.
        let list = unsafe { list.as_ref() };
        let list = list.ok_or_else(|| broken("C_GetFunctionList gave no list"))?;
        Ok(Self {
            list,
            list_3_2: list_3_2(library),
        })
    }

    /// `C_Initialize` with operating system locks.
    ///
    /// # Errors
    /// What the module answers.
    pub fn initialize(&self) -> Result<()> {
        let mut arguments = CK_C_INITIALIZE_ARGS {
            flags: sys::CKF_OS_LOCKING_OK,
            ..CK_C_INITIALIZE_ARGS::default()
        };
        // SAFETY: the argument is a valid structure for the time of the call.
        unsafe { call!(self.list, C_Initialize((&raw mut arguments).cast())) }
    }

    /// `C_Finalize`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn finalize(&self) -> Result<()> {
        // SAFETY: NULL is the one value that the standard allows here.
        unsafe { call!(self.list, C_Finalize(ptr::null_mut())) }
    }

    /// `C_GetInfo`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn info(&self) -> Result<LibraryInfo> {
        let mut info = CK_INFO::default();
        // SAFETY: `info` is a valid structure to be written.
        unsafe { call!(self.list, C_GetInfo(&raw mut info)) }?;
        Ok(LibraryInfo {
            manufacturer: text(&info.manufacturerID),
            description: text(&info.libraryDescription),
            version: (info.libraryVersion.major, info.libraryVersion.minor),
        })
    }

    /// `C_GetSlotList` of the slots that hold a token.
    ///
    /// # Errors
    /// What the module answers.
    pub fn slots(&self) -> Result<Vec<SlotId>> {
        let mut count = 0;
        // SAFETY: NULL asks for the number of slots.
        unsafe {
            call!(
                self.list,
                C_GetSlotList(sys::CK_TRUE, ptr::null_mut(), &raw mut count)
            )
        }?;
        let mut slots = vec![0; to_usize(count)];
        count = to_ulong(slots.len());
        // SAFETY: `slots` has room for `count` numbers.
        unsafe {
            call!(
                self.list,
                C_GetSlotList(sys::CK_TRUE, slots.as_mut_ptr(), &raw mut count)
            )
        }?;
        slots.truncate(to_usize(count));
        Ok(slots.into_iter().map(SlotId).collect())
    }

    /// `C_GetTokenInfo`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn token_info(&self, slot: SlotId) -> Result<TokenInfo> {
        let mut info = CK_TOKEN_INFO::default();
        // SAFETY: `info` is a valid structure to be written.
        unsafe { call!(self.list, C_GetTokenInfo(slot.0, &raw mut info)) }?;
        Ok(TokenInfo {
            label: text(&info.label),
            model: text(&info.model),
            serial: text(&info.serialNumber),
            initialized: info.flags & sys::CKF_TOKEN_INITIALIZED != 0,
            login_required: info.flags & sys::CKF_LOGIN_REQUIRED != 0,
        })
    }

    /// `C_InitToken`. `label` is padded with blanks to 32 bytes, or cut.
    ///
    /// # Errors
    /// What the module answers.
    pub fn init_token(&self, slot: SlotId, so_pin: &[u8], label: &str) -> Result<()> {
        let mut padded = [b' '; 32];
        for (to, from) in padded.iter_mut().zip(label.bytes()) {
            *to = from;
        }
        let pin = so_pin.as_ptr().cast_mut();
        // SAFETY: the PIN is read for its length, the label is 32 bytes as the standard wants.
        unsafe {
            call!(
                self.list,
                C_InitToken(slot.0, pin, to_ulong(so_pin.len()), padded.as_mut_ptr())
            )
        }
    }
}

/// The function list of version 3.2 [PKCS#11 3.2, 5.4.5], if the module has one.
fn list_3_2(library: &libloading::Library) -> Option<&'static CK_FUNCTION_LIST_3_2> {
    // SAFETY: the symbol has this type in every module that exports it [PKCS#11 3.2, 5.4.5].
    let getter = unsafe { library.get::<InterfaceGetter>(b"C_GetInterface\0") }.ok()?;
    let (mut name, mut version) = (*b"PKCS 11\0", CK_VERSION { major: 3, minor: 2 });
    let mut interface = ptr::null_mut();
    // SAFETY: the name ends with a zero, and `interface` is a valid place for one pointer.
    let answer = unsafe { getter(name.as_mut_ptr(), &raw mut version, &raw mut interface, 0) };
    super::check("C_GetInterface", answer).ok()?;
    // SAFETY: the interface belongs to the module, is constant, and the module is never unloaded.
    let interface = unsafe { interface.as_ref() }?;
    // SAFETY: an interface of this name and version points to this list, which stays as the interface does.
    unsafe { interface.pFunctionList.cast::<CK_FUNCTION_LIST_3_2>().as_ref() }
}

/// The system's words, which `libloading` keeps one level down.
fn reason(error: &libloading::Error) -> Error {
    let words = std::error::Error::source(error).map(ToString::to_string);
    Error::Load(words.unwrap_or_else(|| error.to_string()))
}

/// A blank-padded field of the standard.
fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field)
        .trim_end_matches([' ', '\0'])
        .to_owned()
}

//! The module under test: `libvhsm.so` beside this test binary, loaded as a C program loads it.

use super::{Answer, Refusal, answer};
use cryptoki_sys::*;
use std::path::PathBuf;
use std::sync::OnceLock;

/// One loaded PKCS#11 module: its newest function list, with empty places where an older module ends.
pub struct Module {
    pub list: CK_FUNCTION_LIST_3_2,
    /// The list of `C_GetFunctionList`.
    pub old: &'static CK_FUNCTION_LIST,
    pub library: libloading::Library,
}

// SAFETY: a function list is constant, and the standard allows calls from every thread.
unsafe impl Sync for Module {}
// SAFETY: as above.
unsafe impl Send for Module {}

/// Calls a function of the module: `call!(C_Sign(session, data, len, out, out_len))` gives an `Answer`.
macro_rules! call {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        let function = $crate::harness::module().list.$function.expect(concat!(stringify!($function), " is missing"));
        // SAFETY: what C lets a caller do, which is what is tested; the values outlive the call.
        #[allow(unused_unsafe, reason = "stands inside unsafe blocks as well")]
        let rv = unsafe { function($($argument),*) };
        $crate::harness::listed(stringify!($function), rv);
        $crate::harness::answer(rv)
    }};
}
pub(crate) use call;

/// Where the library under test lies. Cargo builds it with the tests, since they depend on the package.
pub fn library_path() -> PathBuf {
    if let Some(other) = std::env::var_os("VHSM_TEST_MODULE") {
        return PathBuf::from(other);
    }
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
    [deps.join("libvhsm.so"), deps.join("../libvhsm.so")]
        .into_iter()
        .find(|path| path.exists())
        .expect("cargo builds libvhsm.so beside the tests")
}

/// The module, loaded once.
pub fn module() -> &'static Module {
    static MODULE: OnceLock<Module> = OnceLock::new();
    MODULE.get_or_init(|| load(&library_path()))
}

fn load(path: &std::path::Path) -> Module {
    // SAFETY: the module's initialisers are its own matter.
    let library = unsafe { libloading::Library::new(path) }.unwrap();
    let mut old: *mut CK_FUNCTION_LIST = std::ptr::null_mut();
    // SAFETY: the symbol has this type by the standard.
    let get = unsafe {
        library.get::<unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV>(b"C_GetFunctionList")
    };
    // SAFETY: `old` is a place for one pointer.
    answer(unsafe { get.unwrap()(&raw mut old) }).unwrap();
    // SAFETY: the list is constant and stays for the life of the library.
    let old = unsafe { &*old };
    let list = newest(&library, old);
    Module { list, old, library }
}

fn newest(library: &libloading::Library, old: &CK_FUNCTION_LIST) -> CK_FUNCTION_LIST_3_2 {
    type GetInterface =
        unsafe extern "C" fn(*mut CK_UTF8CHAR, *mut CK_VERSION, *mut *mut CK_INTERFACE, CK_FLAGS) -> CK_RV;
    // SAFETY: the symbol has this type by the standard.
    if let Ok(get) = unsafe { library.get::<GetInterface>(b"C_GetInterface") } {
        let mut interface = std::ptr::null_mut();
        // SAFETY: `interface` is a place for one pointer; NULL asks for the default.
        answer(unsafe { get(std::ptr::null_mut(), std::ptr::null_mut(), &raw mut interface, 0) }).unwrap();
        // SAFETY: the default interface is the newest, 3.2.
        return unsafe { *(*interface).pFunctionList.cast::<CK_FUNCTION_LIST_3_2>() };
    }
    // SAFETY: all members are nullable function pointers, and the old list is a prefix of the new one.
    unsafe {
        let mut list: CK_FUNCTION_LIST_3_2 = std::mem::zeroed();
        (&raw mut list).cast::<CK_FUNCTION_LIST>().write(*old);
        list
    }
}

/// `C_Initialize` with the system's locks.
pub fn initialize() -> Answer {
    let mut arguments = initialize_arguments(CKF_OS_LOCKING_OK);
    call!(C_Initialize((&raw mut arguments).cast()))
}

/// Arguments of `C_Initialize` without callbacks.
pub fn initialize_arguments(flags: CK_FLAGS) -> CK_C_INITIALIZE_ARGS {
    CK_C_INITIALIZE_ARGS {
        CreateMutex: None,
        DestroyMutex: None,
        LockMutex: None,
        UnlockMutex: None,
        flags,
        pReserved: std::ptr::null_mut(),
    }
}

/// `C_Finalize`.
pub fn finalize() -> Answer {
    call!(C_Finalize(std::ptr::null_mut()))
}

/// The slots, refreshed.
pub fn slots(with_token: bool) -> Answer<Vec<CK_SLOT_ID>> {
    let present = CK_BBOOL::from(with_token);
    let mut count = 0;
    call!(C_GetSlotList(present, std::ptr::null_mut(), &raw mut count))?;
    let mut slots = vec![0; count as usize];
    call!(C_GetSlotList(present, slots.as_mut_ptr(), &raw mut count))?;
    slots.truncate(count as usize);
    Ok(slots)
}

/// `C_GetSlotInfo`.
pub fn slot_info(slot: CK_SLOT_ID) -> Answer<CK_SLOT_INFO> {
    // SAFETY: a structure of numbers.
    let mut info: CK_SLOT_INFO = unsafe { std::mem::zeroed() };
    call!(C_GetSlotInfo(slot, &raw mut info)).map(|()| info)
}

/// `C_GetTokenInfo`.
pub fn token_info(slot: CK_SLOT_ID) -> Answer<CK_TOKEN_INFO> {
    // SAFETY: a structure of numbers.
    let mut info: CK_TOKEN_INFO = unsafe { std::mem::zeroed() };
    call!(C_GetTokenInfo(slot, &raw mut info)).map(|()| info)
}

/// `C_GetMechanismList`.
pub fn mechanisms(slot: CK_SLOT_ID) -> Answer<Vec<CK_MECHANISM_TYPE>> {
    let mut count = 0;
    call!(C_GetMechanismList(slot, std::ptr::null_mut(), &raw mut count))?;
    let mut list = vec![0; count as usize];
    call!(C_GetMechanismList(slot, list.as_mut_ptr(), &raw mut count))?;
    list.truncate(count as usize);
    Ok(list)
}

/// `C_GetMechanismInfo`.
pub fn mechanism_info(slot: CK_SLOT_ID, mechanism: CK_MECHANISM_TYPE) -> Answer<CK_MECHANISM_INFO> {
    // SAFETY: a structure of numbers.
    let mut info: CK_MECHANISM_INFO = unsafe { std::mem::zeroed() };
    call!(C_GetMechanismInfo(slot, mechanism, &raw mut info)).map(|()| info)
}

/// The mechanism's name in the standard.
pub fn mechanism_name(mechanism: CK_MECHANISM_TYPE) -> String {
    vhsm::ck::MechanismId(mechanism).to_string()
}

/// A refusal that did not come from the module.
pub fn refusal<T>(rv: CK_RV) -> Answer<T> {
    Err(Refusal(rv))
}

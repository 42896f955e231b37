//! The module under test, linked into this process and called through its function list; its token and sessions.
//!
//! [`call!`] judges every answer: the standard lists it or the project has its reason, and it is none of those that
//! tell of a panic or of a failure of the machine.

use std::path::PathBuf;
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use cryptoki_sys::*;
use vhsm::ck::Rv;

use crate::listed::is_listed;

/// The PINs that inputs choose from; the first is the SO's, the second the user's.
pub const PINS: [&[u8]; 3] = [b"so-12345678", b"user-1234", b"another-1"];

/// Calls a function of the module and judges the answer, which is the value.
#[macro_export]
macro_rules! call {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        let function = $crate::module::functions().$function.unwrap();
        // SAFETY: what C lets a caller do; the memory outlives the call.
        #[allow(unused_unsafe, reason = "stands inside unsafe blocks as well")]
        let rv = unsafe { function($($argument),*) };
        $crate::module::judged(stringify!($function), rv)
    }};
}

unsafe extern "C" {
    // Of the library `vhsm`, which exports it for C.
    fn C_GetInterface(
        name: *mut CK_UTF8CHAR,
        version: *mut CK_VERSION,
        interface: *mut *mut CK_INTERFACE,
        flags: CK_FLAGS,
    ) -> CK_RV;
}

/// The functions of version 3.2.
pub fn functions() -> &'static CK_FUNCTION_LIST_3_2 {
    static LIST: OnceLock<&CK_FUNCTION_LIST_3_2> = OnceLock::new();
    LIST.get_or_init(|| {
        let mut interface = null_mut();
        // SAFETY: NULL asks for the default interface, which is that of 3.2 and leads to a static list.
        unsafe {
            assert_eq!(
                C_GetInterface(null_mut(), null_mut(), &raw mut interface, 0),
                CKR_OK
            );
            &*(*interface).pFunctionList.cast()
        }
    })
}

/// Whether it is one of the values that `include/vhsm.h` adds.
fn is_vendor(rv: CK_RV) -> bool {
    Rv::VENDOR_NAMES.iter().any(|(value, _)| value.0 == rv)
}

/// The answer, if it is one that may be given at all.
#[track_caller]
pub fn judged(function: &str, rv: CK_RV) -> CK_RV {
    let failed = [
        CKR_GENERAL_ERROR,
        CKR_FUNCTION_FAILED,
        CKR_HOST_MEMORY,
        CKR_DEVICE_ERROR,
        CKR_DEVICE_MEMORY,
        CKR_DEVICE_REMOVED,
    ];
    assert!(
        (is_listed(function, rv) || is_vendor(rv)) && !failed.contains(&rv),
        "{function} answered {}",
        Rv(rv)
    );
    rv
}

/// Asserts that a call worked.
#[track_caller]
pub fn works(rv: CK_RV) {
    assert_eq!(rv, CKR_OK, "{}", Rv(rv));
}

/// More of the configuration.
static MORE: OnceLock<&str> = OnceLock::new();

/// Says more of the configuration, before the first session.
pub fn configure(more: &'static str) {
    assert!(MORE.set(more).is_ok(), "the configuration is said once");
}

/// Where this process keeps its configuration and its store.
fn home() -> &'static PathBuf {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = std::env::temp_dir().join(format!("vhsm-fuzz-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).unwrap();
        let configuration = format!(
            "data_dir = {:?}\n[pin]\nargon2_memory_kib = 8\nargon2_iterations = 1\nargon2_parallelism = 1\n\
             failures_max_user = 1000\nfailures_max_so = 1000\n{}",
            home.join("data"),
            MORE.get().unwrap_or(&"")
        );
        std::fs::write(home.join("vhsm.toml"), configuration).unwrap();
        // SAFETY: libFuzzer runs targets on one thread.
        unsafe { std::env::set_var("VHSM_CONF", home.join("vhsm.toml")) };
        home
    })
}

/// The slot of the token; the first call makes it.
pub fn slot() -> CK_SLOT_ID {
    static SLOT: OnceLock<CK_SLOT_ID> = OnceLock::new();
    *SLOT.get_or_init(|| {
        home();
        works(call!(C_Initialize(null_mut())));
        begin_anew();
        1
    })
}

/// The token as it was at first: nothing in it, nobody logged in, both PINs set.
pub fn renew(slot: CK_SLOT_ID) {
    let there = call!(C_CloseAllSessions(slot)) == CKR_OK;
    if !(there && PINS.iter().any(|pin| init_token(slot, pin) == CKR_OK) && set_pins(slot)) {
        begin_anew();
    }
}

/// A new store.
fn begin_anew() {
    call!(C_Finalize(null_mut()));
    let _ = std::fs::remove_dir_all(home().join("data"));
    works(call!(C_Initialize(null_mut())));
    let mut slots = [0; 8];
    let mut count = 8;
    works(call!(C_GetSlotList(CK_TRUE, slots.as_mut_ptr(), &raw mut count)));
    assert_eq!(slots[0], 1, "the slot of the first token");
    works(init_token(1, PINS[0]));
    assert!(set_pins(1));
}

fn init_token(slot: CK_SLOT_ID, pin: &[u8]) -> CK_RV {
    let mut label = *b"fuzz                            ";
    call!(C_InitToken(
        slot,
        pin.as_ptr().cast_mut(),
        pin.len() as CK_ULONG,
        label.as_mut_ptr()
    ))
}

fn set_pins(slot: CK_SLOT_ID) -> bool {
    let session = open(slot, CKF_RW_SESSION);
    let so = PINS.iter().find(|pin| login(session, CKU_SO, pin) == CKR_OK);
    let done = so.is_some_and(|so| {
        let (user, so_new) = (PINS[1], PINS[0]);
        works(call!(C_InitPIN(
            session,
            user.as_ptr().cast_mut(),
            user.len() as CK_ULONG
        )));
        works(call!(C_SetPIN(
            session,
            so.as_ptr().cast_mut(),
            so.len() as CK_ULONG,
            so_new.as_ptr().cast_mut(),
            so_new.len() as CK_ULONG
        )));
        true
    });
    works(call!(C_CloseSession(session)));
    done
}

/// `C_Login`.
pub fn login(session: CK_SESSION_HANDLE, user: CK_USER_TYPE, pin: &[u8]) -> CK_RV {
    call!(C_Login(
        session,
        user,
        pin.as_ptr().cast_mut(),
        pin.len() as CK_ULONG
    ))
}

/// A session.
pub fn open(slot: CK_SLOT_ID, flags: CK_FLAGS) -> CK_SESSION_HANDLE {
    let mut session = 0;
    works(call!(C_OpenSession(
        slot,
        CKF_SERIAL_SESSION | flags,
        null_mut(),
        None,
        &raw mut session
    )));
    assert_ne!(session, 0);
    session
}

/// The handle of [`keeper`], or 0.
static KEEPER: AtomicU64 = AtomicU64::new(0);
/// Objects on the token that may not be destroyed.
static STAYING: AtomicU64 = AtomicU64::new(0);

/// A session that stays, with the user logged in, so that those opened beside it are logged in, too.
pub fn keeper() -> CK_SESSION_HANDLE {
    if KEEPER.load(Relaxed) == 0 {
        let session = open(slot(), CKF_RW_SESSION);
        works(login(session, CKU_USER, PINS[1]));
        KEEPER.store(session, Relaxed);
    }
    KEEPER.load(Relaxed)
}

/// Notes an object that may not be destroyed. When there are many of them, the token is made anew.
pub fn stays(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) {
    let mut on_token = 0_u8;
    let mut wanted = CK_ATTRIBUTE {
        type_: CKA_TOKEN,
        pValue: (&raw mut on_token).cast(),
        ulValueLen: 1,
    };
    works(call!(C_GetAttributeValue(session, object, &raw mut wanted, 1)));
    STAYING.fetch_add(u64::from(on_token), Relaxed);
}

/// A read/write session beside [`keeper`], closed with all its objects when it is dropped.
pub struct Session(pub CK_SESSION_HANDLE);

impl Session {
    /// Opens one.
    pub fn new() -> Self {
        if STAYING.load(Relaxed) > 32 {
            STAYING.store(0, Relaxed);
            KEEPER.store(0, Relaxed);
            renew(slot());
        }
        keeper();
        Self(open(slot(), CKF_RW_SESSION))
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            works(call!(C_CloseSession(self.0)));
        }
    }
}

/// Calls one of the functions that take a session, with nothing but the session.
pub fn call_without_arguments(place: usize, session: CK_SESSION_HANDLE) -> CK_RV {
    type Words = unsafe extern "C" fn(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64) -> CK_RV;
    let list: *const CK_FUNCTION_LIST_3_2 = functions();
    // SAFETY: after the version come the functions; all arguments are words or smaller, and NULL is read by none.
    let rv = unsafe {
        let function = std::mem::transmute::<u64, Words>(*list.cast::<u64>().add(1 + place));
        function(session, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    };
    judged(crate::FUNCTIONS[place].name, rv)
}

/// The places of the functions that take a session and that no step speaks of: called with nothing but the session,
/// they refuse, or cancel what no step begins.
pub fn functions_beside() -> Vec<usize> {
    let parts = [
        "Message",
        "Async",
        "Recover",
        "Authenticated",
        "VerifySignature",
        "Validation",
        "State",
        "DigestEncrypt",
        "DecryptDigest",
        "SignEncrypt",
        "DecryptVerify",
    ];
    let is_it = |name: &str| parts.iter().any(|part| name.contains(part));
    let all = crate::FUNCTIONS.iter().enumerate();
    all.filter(|(_, function)| function.arguments.starts_with('S') && is_it(function.name))
        .map(|(place, _)| place)
        .collect()
}

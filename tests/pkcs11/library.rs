//! The library itself: initialisation, interfaces, threads, events [PKCS#11 3.2, 5.4, 5.5.4].

use crate::harness::*;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

type GetInterfaceList = unsafe extern "C" fn(*mut CK_INTERFACE, *mut CK_ULONG) -> CK_RV;
type GetInterface =
    unsafe extern "C" fn(*mut CK_UTF8CHAR, *mut CK_VERSION, *mut *mut CK_INTERFACE, CK_FLAGS) -> CK_RV;

fn interface_list(list: *mut CK_INTERFACE, count: *mut CK_ULONG) -> Answer {
    // SAFETY: the symbol has this type by the standard.
    answer(unsafe {
        module()
            .library
            .get::<GetInterfaceList>(b"C_GetInterfaceList")
            .unwrap()(list, count)
    })
}

fn interface(name: Option<&[u8]>, version: Option<(u8, u8)>, flags: CK_FLAGS) -> Answer<*const CK_INTERFACE> {
    let name = name.map_or(null_mut(), p);
    let mut version = version.map(|(major, minor)| CK_VERSION { major, minor });
    let version = version.as_mut().map_or(null_mut(), |version| &raw mut *version);
    let mut found = null_mut();
    // SAFETY: the symbol has this type by the standard.
    answer(unsafe {
        module().library.get::<GetInterface>(b"C_GetInterface").unwrap()(name, version, &raw mut found, flags)
    })?;
    Ok(found)
}

fn version_of(interface: *const CK_INTERFACE) -> (u8, u8) {
    // SAFETY: every function list begins with its version.
    let version = unsafe { *(*interface).pFunctionList.cast::<CK_VERSION>() };
    (version.major, version.minor)
}

/// Every pointer of the function list that follows its version.
fn pointers(list: *const u8, count: usize) -> Vec<usize> {
    // SAFETY: the list has `count` pointers after the version, by its type.
    (1..=count)
        .map(|at| unsafe { *list.cast::<usize>().add(at) })
        .collect()
}

fn all_interfaces() -> Vec<CK_INTERFACE> {
    let mut count = 0;
    interface_list(null_mut(), &raw mut count).works();
    // SAFETY: structures of pointers and numbers.
    let mut list = vec![unsafe { std::mem::zeroed::<CK_INTERFACE>() }; count as usize];
    interface_list(list.as_mut_ptr(), &raw mut count).works();
    list
}

/// INI-1
#[test]
fn the_three_discovery_functions_work_before_initialisation_and_after_the_end() {
    isolated(|| {
        let look = || {
            let mut list = null_mut();
            call!(C_GetFunctionList(&raw mut list)).works();
            assert!(!list.is_null());
            assert!(!all_interfaces().is_empty());
            interface(None, None, 0).works();
        };
        look();
        initialize().works();
        look();
        finalize().works();
        look();
    });
}

/// INI-1
#[test]
fn every_other_function_says_not_initialised_before_initialisation_and_after_the_end() {
    isolated(|| {
        let ask_all = || {
            let scratch = Box::leak(Box::new([0_u64; 512])).as_mut_ptr() as u64;
            for function in &FUNCTIONS {
                if [
                    "C_Initialize",
                    "C_GetFunctionList",
                    "C_GetInterface",
                    "C_GetInterfaceList",
                ]
                .contains(&function.name)
                {
                    continue;
                }
                let words: Vec<u64> = function
                    .arguments
                    .chars()
                    .map(|kind| if "iotmLHqp".contains(kind) { scratch } else { 0 })
                    .collect();
                let answer = call_words(function, &words);
                assert!(
                    answer.rv() == CKR_CRYPTOKI_NOT_INITIALIZED,
                    "{} gave {answer:?}",
                    function.name
                );
            }
        };
        ask_all();
        initialize().works();
        finalize().works();
        ask_all();
    });
}

/// INI-1
#[test]
fn a_thousand_lives_of_the_module_leave_nothing_behind() {
    isolated(|| {
        let token = Token::fresh();
        finalize().works();
        let life = || {
            initialize().works();
            slots(true).works();
            token.user().random(8).works();
            finalize().works();
        };
        let used = || {
            let mappings = std::fs::read_to_string("/proc/self/maps")
                .unwrap()
                .lines()
                .count();
            let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
            let resident: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
            let files = std::fs::read_dir("/proc/self/fd").unwrap().count();
            (mappings, resident * 4, files)
        };
        (0..50).for_each(|_| life());
        let before = used();
        (0..1000).for_each(|_| life());
        let after = used();
        assert!(after.0 <= before.0 + 4, "mappings: {before:?}, {after:?}");
        // The empty shell of a module stays, for a thread that may still be inside a call.
        assert!(after.1 <= before.1 + 12_800, "KiB: {before:?}, {after:?}");
        assert_eq!(after.2, before.2, "descriptors");
    });
}

/// INI-2
#[test]
fn the_function_list_is_of_version_2_40_and_has_its_68_functions() {
    isolated(|| {
        let list = module().old;
        assert_eq!((list.version.major, list.version.minor), (2, 40));
        let listed = pointers((&raw const *list).cast(), 68);
        assert!(listed.iter().all(|pointer| *pointer != 0));
        let newest = pointers((&raw const module().list).cast(), 104);
        let different: Vec<_> = (0..68)
            .filter(|at| listed[*at] != newest[*at])
            .map(|at| FUNCTIONS[at].name)
            .collect();
        assert_eq!(different, ["C_GetInfo"], "which names the version of its list");
    });
}

/// INI-3
#[test]
fn no_interface_has_an_empty_place() {
    isolated(|| {
        for interface in all_interfaces() {
            let version = version_of(&raw const interface);
            let count = match version {
                (2, _) => 68,
                (3, 0 | 1) => 92,
                _ => 104,
            };
            let pointers = pointers(interface.pFunctionList.cast(), count);
            for (pointer, function) in pointers.iter().zip(&FUNCTIONS) {
                assert_ne!(*pointer, 0, "{} in {version:?}", function.name);
            }
        }
    });
}

/// INI-3
#[test]
fn a_function_that_is_not_offered_says_so_and_does_nothing() {
    isolated(|| {
        let s = Token::fresh().user();
        let scratch = Box::leak(Box::new([0_u64; 512])).as_mut_ptr() as u64;
        for function in FUNCTIONS
            .iter()
            .filter(|function| function.name.contains("Message") || function.name.contains("Async"))
        {
            let words: Vec<u64> = function
                .arguments
                .chars()
                .map(|kind| match kind {
                    'S' => s.handle,
                    'i' | 'o' | 't' | 'm' | 'L' | 'H' | 'q' | 'p' => scratch,
                    _ => 0,
                })
                .collect();
            assert_ne!(
                call_words(function, &words).rv(),
                CKR_GENERAL_ERROR,
                "{}",
                function.name
            );
        }
        s.random(8).works();
    });
}

/// INI-4
#[test]
fn the_interface_list_follows_the_rules_of_lists() {
    isolated(|| {
        let mut count = 77;
        interface_list(null_mut(), &raw mut count).works();
        assert!(count >= 3, "2.40, 3.0 and 3.2 at least");
        // SAFETY: a structure of pointers and numbers.
        let mut one = unsafe { std::mem::zeroed::<CK_INTERFACE>() };
        let mut room = 1;
        interface_list(&raw mut one, &raw mut room).gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(room, count);
        interface_list(null_mut(), null_mut()).gives(CKR_ARGUMENTS_BAD);
    });
}

/// INI-5
#[test]
fn every_version_of_the_standard_interface_is_found() {
    isolated(|| {
        for version in [(2, 40), (3, 0), (3, 1), (3, 2)] {
            let found = interface(Some(b"PKCS 11\0"), Some(version), 0).works();
            assert_eq!(version_of(found), version);
            assert_eq!(
                found,
                interface(Some(b"PKCS 11\0"), Some(version), 0).works(),
                "the same pointer again"
            );
        }
        let newest = interface(None, None, 0).works();
        assert_eq!(version_of(newest), (3, 2));
        assert_eq!(newest, interface(Some(b"PKCS 11\0"), None, 0).works());
    });
}

/// INI-5: choices, C_GetInterface with nothing that fits.
#[test]
fn an_interface_that_does_not_exist_is_refused() {
    isolated(|| {
        interface(Some(b"PKCS 12\0"), None, 0).gives(CKR_ARGUMENTS_BAD);
        interface(Some(b"PKCS 11\0"), Some((9, 9)), 0).gives(CKR_ARGUMENTS_BAD);
        interface(Some(b"PKCS 11\0"), Some((3, 3)), 0).gives(CKR_ARGUMENTS_BAD);
        interface(None, None, 1 << 40).gives(CKR_ARGUMENTS_BAD);
        let get = function("C_GetInterface");
        call_words(get, &[0, 0, 0, 0]).gives(CKR_ARGUMENTS_BAD);
    });
}

/// INI-6
#[test]
fn every_interface_is_fork_safe() {
    isolated(|| {
        for interface in all_interfaces() {
            assert_eq!(interface.flags, CKF_INTERFACE_FORK_SAFE);
        }
        interface(None, None, CKF_INTERFACE_FORK_SAFE).works();
    });
}

/// INI-7
#[test]
fn a_second_initialisation_is_refused() {
    isolated(|| {
        call!(C_Initialize(null_mut())).works();
        call!(C_Initialize(null_mut())).gives(CKR_CRYPTOKI_ALREADY_INITIALIZED);
        initialize().gives(CKR_CRYPTOKI_ALREADY_INITIALIZED);
    });
}

unsafe extern "C" fn create(mutex: *mut *mut std::ffi::c_void) -> CK_RV {
    // SAFETY: the caller gives a place for one pointer.
    unsafe { *mutex = leak(&[0]).cast() };
    CKR_OK
}

unsafe extern "C" fn nothing(_: *mut std::ffi::c_void) -> CK_RV {
    CKR_OK
}

/// INI-7
#[test]
fn mutex_callbacks_come_all_four_or_not_at_all() {
    isolated(|| {
        for mask in 1..15_u8 {
            let mut arguments = initialize_arguments(CKF_OS_LOCKING_OK);
            arguments.CreateMutex = (mask & 1 != 0).then_some(create as _);
            arguments.DestroyMutex = (mask & 2 != 0).then_some(nothing as _);
            arguments.LockMutex = (mask & 4 != 0).then_some(nothing as _);
            arguments.UnlockMutex = (mask & 8 != 0).then_some(nothing as _);
            call!(C_Initialize((&raw mut arguments).cast())).gives(CKR_ARGUMENTS_BAD);
        }
        let mut all = initialize_arguments(CKF_OS_LOCKING_OK);
        all.CreateMutex = Some(create);
        all.DestroyMutex = Some(nothing);
        all.LockMutex = Some(nothing);
        all.UnlockMutex = Some(nothing);
        call!(C_Initialize((&raw mut all).cast())).works();
        finalize().works();
        all.flags = 0;
        call!(C_Initialize((&raw mut all).cast())).gives(CKR_CANT_LOCK);
    });
}

/// INI-7
#[test]
fn no_locking_and_no_threads_are_accepted() {
    isolated(|| {
        for flags in [
            0,
            CKF_LIBRARY_CANT_CREATE_OS_THREADS,
            CKF_LIBRARY_CANT_CREATE_OS_THREADS | CKF_OS_LOCKING_OK,
        ] {
            let mut arguments = initialize_arguments(flags);
            call!(C_Initialize((&raw mut arguments).cast())).works();
            finalize().works();
        }
    });
}

/// INI-7
#[test]
fn the_reserved_pointer_of_initialisation_has_to_be_null() {
    isolated(|| {
        let mut arguments = initialize_arguments(CKF_OS_LOCKING_OK);
        arguments.pReserved = leak(b"parameters\0").cast();
        call!(C_Initialize((&raw mut arguments).cast())).gives(CKR_ARGUMENTS_BAD);
        initialize().works();
    });
}

/// INI-7: choices, NSS passes a string.
#[test]
fn the_strings_of_nss_are_accepted_when_the_configuration_says_so() {
    isolated_with("[strictness]\nnss_reserved = true\n", || {
        let mut arguments = initialize_arguments(CKF_OS_LOCKING_OK);
        arguments.pReserved = leak(b"configdir='sql:/nowhere'\0").cast();
        call!(C_Initialize((&raw mut arguments).cast())).works();
    });
}

/// INI-8
#[test]
fn finalize_takes_null_only() {
    isolated(|| {
        initialize().works();
        call!(C_Finalize(leak(b"x").cast())).gives(CKR_ARGUMENTS_BAD);
        finalize().works();
        finalize().gives(CKR_CRYPTOKI_NOT_INITIALIZED);
    });
}

/// INI-8
#[test]
fn finalize_ends_sessions_logins_and_session_objects() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let object = s.create(&data("gone", b"1")).works();
        let kept = s.create(&on_token(&data("kept", b"2"))).works();
        finalize().works();
        initialize().works();
        s.info().gives(CKR_SESSION_HANDLE_INVALID);
        let again = token.rw();
        assert_ne!(again.handle, s.handle, "a handle is not reused quickly");
        assert_eq!(again.info().works().state, CKS_RW_PUBLIC_SESSION);
        assert!(again.find(&[a(CKA_LABEL, "gone")]).works().is_empty());
        assert_eq!(again.find(&[a(CKA_LABEL, "kept")]).works().len(), 1);
        let _ = (object, kept);
    });
}

/// INI-11, and BL-M-1 of the profiles of each version
#[test]
fn the_library_information_names_the_version_of_the_interface_that_is_asked() {
    isolated(|| {
        initialize().works();
        for row in all_interfaces() {
            let at = FUNCTIONS
                .iter()
                .position(|function| function.name == "C_GetInfo")
                .unwrap();
            let pointer = pointers(row.pFunctionList.cast(), at + 1)[at];
            // SAFETY: the standard puts C_GetInfo, of this type, there in the list of every version.
            let info_of =
                unsafe { std::mem::transmute::<usize, unsafe extern "C" fn(*mut CK_INFO) -> CK_RV>(pointer) };
            // SAFETY: a structure of numbers.
            let mut info: CK_INFO = unsafe { std::mem::zeroed() };
            // SAFETY: the structure outlives the call.
            answer(unsafe { info_of(&raw mut info) }).works();
            let version = (info.cryptokiVersion.major, info.cryptokiVersion.minor);
            assert_eq!(version, version_of(&raw const row));
        }
    });
}

/// INI-11
#[test]
fn the_library_information_is_that_of_3_2() {
    isolated(|| {
        initialize().works();
        // SAFETY: a structure of numbers.
        let mut info: CK_INFO = unsafe { std::mem::zeroed() };
        call!(C_GetInfo(&raw mut info)).works();
        assert_eq!((info.cryptokiVersion.major, info.cryptokiVersion.minor), (3, 2));
        assert_eq!(info.flags, 0);
        for text in [info.manufacturerID, info.libraryDescription] {
            assert!(text.iter().all(|c| *c >= b' '), "blank padded, no NUL: {text:?}");
            assert_eq!(text[31], b' ');
        }
    });
}

/// INI-12
#[test]
fn null_for_what_has_to_be_written_is_a_bad_argument() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let key = s.aes(16);
        call!(C_GetInfo(null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_GetFunctionList(null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_GetSlotList(CK_TRUE, null_mut(), null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_GetSlotInfo(token.slot, null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_GetTokenInfo(token.slot, null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_GetMechanismList(token.slot, null_mut(), null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_GetMechanismInfo(token.slot, CKM_AES_CBC, null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_OpenSession(
            token.slot,
            CKF_SERIAL_SESSION,
            null_mut(),
            None,
            null_mut()
        ))
        .gives(CKR_ARGUMENTS_BAD);
        call!(C_GetSessionInfo(s.handle, null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_GetObjectSize(s.handle, key, null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_GenerateRandom(s.handle, null_mut(), 4)).gives(CKR_ARGUMENTS_BAD);
        call!(C_SeedRandom(s.handle, null_mut(), 4)).gives(CKR_ARGUMENTS_BAD);
        let template = data("none", b"");
        let (first, count) = (template.as_ptr().cast_mut(), template.len() as CK_ULONG);
        call!(C_CreateObject(s.handle, first, count, null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_CopyObject(s.handle, key, null_mut(), 0, null_mut())).gives(CKR_ARGUMENTS_BAD);
        assert!(
            s.find(&[a(CKA_LABEL, "none")]).works().is_empty(),
            "nothing was made"
        );
    });
}

/// INI-12: what makes keys or searches makes nothing where the handles could not be told.
#[test]
fn null_for_a_handle_makes_nothing() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let kek = s.aes(16);
        let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
        let wrapped = s.wrap(kwp, kek, s.import(CKK_AES, &[1; 16])).works();
        let (peer, base) = s.ec(curve::P256);
        let ecdh = Mech::ecdh(CKD_NULL, b"", &s.get(peer, CKA_EC_POINT).works());
        let (public, private) = s.pq_pair("ML-KEM-512", &[]).works();
        let kem = Mech::new(CKM_ML_KEM);
        let template = [
            a(CKA_CLASS, CKO_SECRET_KEY),
            a(CKA_KEY_TYPE, CKK_AES),
            a(CKA_VALUE_LEN, 16),
        ];
        let (ciphertext, _) = s.encapsulate(kem, public, &template).works();
        let (first, h) = (template.as_ptr().cast_mut(), s.handle);
        let count = || s.find(&[]).works().len();
        let before = count();
        let aes = Mech::new(CKM_AES_KEY_GEN);
        call!(C_GenerateKey(h, aes.p(), first, 3, null_mut())).gives(CKR_ARGUMENTS_BAD);
        let (ec, curve) = (Mech::new(CKM_EC_KEY_PAIR_GEN), [a(CKA_EC_PARAMS, curve::P256)]);
        let (curve, mut one) = (curve.as_ptr().cast_mut(), 0);
        for (outer, inner) in [
            (null_mut(), &raw mut one),
            (&raw mut one, null_mut()),
            (null_mut(), null_mut()),
        ] {
            call!(C_GenerateKeyPair(
                h,
                ec.p(),
                curve,
                1,
                null_mut(),
                0,
                outer,
                inner
            ))
            .gives(CKR_ARGUMENTS_BAD);
        }
        let length = wrapped.len() as CK_ULONG;
        call!(C_UnwrapKey(
            h,
            kwp.p(),
            kek,
            p(&wrapped),
            length,
            first,
            2,
            null_mut()
        ))
        .gives(CKR_ARGUMENTS_BAD);
        call!(C_DeriveKey(h, ecdh.p(), base, first, 3, null_mut())).gives(CKR_ARGUMENTS_BAD);
        let mut place = vec![0; ciphertext.len()];
        let mut room = place.len() as CK_ULONG;
        call!(C_EncapsulateKey(
            h,
            kem.p(),
            public,
            first,
            2,
            place.as_mut_ptr(),
            &raw mut room,
            null_mut()
        ))
        .gives(CKR_ARGUMENTS_BAD);
        call!(C_EncapsulateKey(
            h,
            kem.p(),
            public,
            first,
            2,
            place.as_mut_ptr(),
            null_mut(),
            &raw mut one
        ))
        .gives(CKR_ARGUMENTS_BAD);
        call!(C_DecapsulateKey(
            h,
            kem.p(),
            private,
            first,
            2,
            p(&ciphertext),
            room,
            null_mut()
        ))
        .gives(CKR_ARGUMENTS_BAD);
        assert_eq!((count(), one), (before, 0));
        s.find_init(&[]).works();
        let (mut found, mut handle) = (0, 0);
        call!(C_FindObjects(h, null_mut(), 1, &raw mut found)).gives(CKR_ARGUMENTS_BAD);
        call!(C_FindObjects(h, &raw mut handle, 1, null_mut())).gives(CKR_ARGUMENTS_BAD);
    });
}

/// INI-13
#[test]
fn a_thousand_threads_work_each_in_its_own_session() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let key = s.aes(16);
        let right = s.encrypt(Mech::new(CKM_AES_ECB), key, &[7; 16]).works();
        std::thread::scope(|scope| {
            for _ in 0..1000 {
                scope.spawn(|| {
                    let own = token.rw();
                    for _ in 0..5 {
                        assert_eq!(own.encrypt(Mech::new(CKM_AES_ECB), key, &[7; 16]).works(), right);
                    }
                    own.close().works();
                });
            }
        });
        assert_eq!(token.info().ulSessionCount, 1);
    });
}

/// INI-13
#[test]
fn threads_in_one_session_disturb_each_other_only_by_return_values() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.aes(16);
        let right = s.encrypt(Mech::new(CKM_AES_ECB), key, &[7; 16]).works();
        let done = AtomicUsize::new(0);
        let normal = [CKR_OK, CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED];
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..3000 {
                        let started = s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), key);
                        let result = s.step(Step::Encrypt, &[7; 16]);
                        assert!(normal.contains(&started.rv()) && normal.contains(&result.rv()));
                        if let Ok(output) = result {
                            assert_eq!(output, right);
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert!(done.load(Ordering::Relaxed) > 0);
    });
}

/// INI-13
#[test]
fn finalize_while_other_threads_call_ends_them_with_a_return_value() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let key = s.aes(16);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Ok(own) = token.open(CKF_SERIAL_SESSION) {
                        if own.encrypt(Mech::new(CKM_AES_ECB), key, &[7; 16]).is_err() {
                            break;
                        }
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(100));
            finalize().works();
        });
        s.info().gives(CKR_CRYPTOKI_NOT_INITIALIZED);
        initialize().works();
        token.user().random(4).works();
    });
}

fn slot_event(flags: CK_FLAGS, reserved: *mut std::ffi::c_void) -> Answer<CK_SLOT_ID> {
    let mut slot = 0;
    call!(C_WaitForSlotEvent(flags, &raw mut slot, reserved)).map(|()| slot)
}

/// WSE-1
#[test]
fn without_an_event_a_caller_that_does_not_block_is_told_so() {
    isolated(|| {
        initialize().works();
        slot_event(CKF_DONT_BLOCK, null_mut()).gives(CKR_NO_EVENT);
        slot_event(CKF_DONT_BLOCK, leak(b"x").cast()).gives(CKR_ARGUMENTS_BAD);
        call!(C_WaitForSlotEvent(CKF_DONT_BLOCK, null_mut(), null_mut())).gives(CKR_ARGUMENTS_BAD);
    });
}

/// WSE-1
#[test]
fn a_caller_that_waits_for_an_event_is_released_by_finalize() {
    isolated(|| {
        initialize().works();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| (slot_event(0, null_mut()), Instant::now()));
            std::thread::sleep(Duration::from_millis(300));
            assert!(!waiting.is_finished(), "it blocks");
            let ended = Instant::now();
            finalize().works();
            let (answer, released) = waiting.join().unwrap();
            answer.gives(CKR_CRYPTOKI_NOT_INITIALIZED);
            assert!(released - ended < Duration::from_secs(2));
        });
    });
}

/// PAR-1
#[test]
fn the_parallel_functions_of_old_are_refused() {
    isolated(|| {
        let s = Token::fresh().rw();
        call!(C_GetFunctionStatus(s.handle)).gives(CKR_FUNCTION_NOT_PARALLEL);
        call!(C_CancelFunction(s.handle)).gives(CKR_FUNCTION_NOT_PARALLEL);
        call!(C_GetFunctionStatus(s.handle + 1000)).gives(CKR_FUNCTION_NOT_PARALLEL);
        call!(C_CancelFunction(0)).gives(CKR_FUNCTION_NOT_PARALLEL);
    });
}

//! Return values: which outranks which [RET-1], that every one of ours is provoked by a test, and that of several who
//! initialise the module at once one does [INI-9].

use crate::harness::*;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::ptr::null_mut;
use std::time::Duration;

/// All arguments zero and NULL but a session.
fn bare(function: &Function, session: u64) -> Vec<u64> {
    let word = |kind| if kind == 'S' { session } else { 0 };
    function.arguments.chars().map(word).collect()
}

/// RET-1: a session comes before everything that is not universal.
#[test]
fn a_bad_session_outranks_bad_arguments() {
    isolated(|| {
        Token::fresh().user();
        for function in FUNCTIONS
            .iter()
            .filter(|function| function.arguments.starts_with('S'))
        {
            for session in [0, 4711, u64::MAX] {
                let mut answers = vec![call_words(function, &bare(function, session))];
                // Lengths without bytes.
                let mut words = bare(function, session);
                for (word, kind) in words.iter_mut().zip(function.arguments.chars()) {
                    if kind == 'l' {
                        *word = 1 << 40;
                    }
                }
                answers.push(call_words(function, &words));
                for answer in answers {
                    assert!(
                        answer.rv() == CKR_SESSION_HANDLE_INVALID || is_not_offered(answer.rv()),
                        "{} gave {answer:?}",
                        function.name
                    );
                }
            }
        }
    });
}

/// RET-1, INI-1: before the module is there, nothing is looked at.
#[test]
fn an_uninitialised_module_outranks_bad_arguments() {
    isolated(|| {
        for function in &FUNCTIONS {
            let any_time = [
                "C_Initialize",
                "C_GetFunctionList",
                "C_GetInterface",
                "C_GetInterfaceList",
            ];
            if !any_time.contains(&function.name) {
                let answer = call_words(function, &bare(function, 4711));
                assert!(
                    answer.rv() == CKR_CRYPTOKI_NOT_INITIALIZED,
                    "{} gave {answer:?}",
                    function.name
                );
            }
        }
        call!(C_Finalize(leak(b"x").cast())).gives(CKR_CRYPTOKI_NOT_INITIALIZED);
    });
}

/// RET-1, RET-2: pairs of faults in one call.
#[test]
fn of_two_faults_the_weightier_is_told() {
    isolated(|| {
        let token = Token::fresh();
        let (s, ro) = (token.user(), token.ro());
        let kept = on_token(&with(
            &data("kept", b"1"),
            &[a(CKA_DESTROYABLE, false), a(CKA_MODIFIABLE, false)],
        ));
        let kept = s.create(&kept).works();
        // Where it is to be done, before whether it may be done at all.
        ro.destroy(kept).gives(CKR_SESSION_READ_ONLY);
        ro.set(kept, &[a(CKA_LABEL, "x")]).gives(CKR_SESSION_READ_ONLY);
        // The handle, before what is to be done with it.
        ro.destroy(4711).gives(CKR_OBJECT_HANDLE_INVALID);
        s.set(4711, &[a(0xdead, "x")]).gives(CKR_OBJECT_HANDLE_INVALID);
        // An operation that runs, before everything about the next one.
        s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
        s.begin(Class::Digest, Mech::new(0xdead_beef), 0)
            .gives(CKR_OPERATION_ACTIVE);
        s.find_init(&[]).works();
        call!(C_FindObjectsInit(s.handle, null_mut(), 0)).gives(CKR_OPERATION_ACTIVE);
        // Who is logged in, before the PIN.
        s.login(CKU_SO, b"x").gives(CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
        s.login(CKU_USER, b"x").gives(CKR_USER_ALREADY_LOGGED_IN);
        ro.set_pin(b"x", b"y").gives(CKR_SESSION_READ_ONLY);
        token.open(0).gives(CKR_SESSION_PARALLEL_NOT_SUPPORTED);
        Token { slot: 4711 }.open(0).gives(CKR_SLOT_ID_INVALID);
        init_token(token.slot, b"wrong", "x").gives(CKR_SESSION_EXISTS);
    });
}

/// RET-2: a wrong length is told before what is wrong inside.
#[test]
fn a_wrong_length_outranks_wrong_contents() {
    isolated(|| {
        let s = Token::fresh().user();
        let (public, private) = s.rsa();
        let too_long = [0xff; 257];
        s.sign(Mech::new(CKM_RSA_X_509), private, &too_long)
            .gives(CKR_DATA_LEN_RANGE);
        s.sign(Mech::new(CKM_RSA_X_509), private, &too_long[1..])
            .gives(CKR_DATA_INVALID);
        let (aes, pad) = (s.aes(16), Mech::iv(CKM_AES_CBC_PAD, &[0; 16]));
        s.decrypt(pad, aes, &[0xff; 17])
            .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        let pkcs1 = Mech::new(CKM_SHA256_RSA_PKCS);
        s.verify(pkcs1, public, b"x", &too_long)
            .gives(CKR_SIGNATURE_LEN_RANGE);
        s.verify(pkcs1, public, b"x", &too_long[1..])
            .gives(CKR_SIGNATURE_INVALID);
        let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
        let named = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)];
        s.unwrap_key(kwp, aes, &[0xff; 25], &named)
            .gives(CKR_WRAPPED_KEY_LEN_RANGE);
        s.unwrap_key(kwp, aes, &[0xff; 24], &named)
            .gives(CKR_WRAPPED_KEY_INVALID);
    });
}

/// INI-9
#[test]
fn of_eight_threads_that_initialise_at_once_one_does() {
    isolated(|| {
        let _ = Token::fresh();
        finalize().works();
        let all_at_once = |call: fn() -> Answer| -> Vec<CK_RV> {
            let start = std::sync::Barrier::new(8);
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8)
                    .map(|_| {
                        scope.spawn(|| {
                            start.wait();
                            call().rv()
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            })
        };
        for _ in 0..10 {
            let mut answers = all_at_once(initialize);
            answers.retain(|answer| *answer != CKR_CRYPTOKI_ALREADY_INITIALIZED);
            assert_eq!(answers, [CKR_OK]);
            Token::labelled("test").user().close().works();
            let mut answers = all_at_once(finalize);
            answers.retain(|answer| *answer != CKR_CRYPTOKI_NOT_INITIALIZED);
            assert_eq!(answers, [CKR_OK]);
        }
    });
}

/// INI-9: the application is inside C_Initialize when a library that it uses calls it as well. The configuration is
/// a pipe, so that the test says how long that takes.
#[test]
fn a_second_layer_waits_for_the_first_and_is_told() {
    isolated(|| match role().as_str() {
        "" => {
            let pipe = home().join("pipe.toml");
            let name = std::ffi::CString::new(pipe.to_str().unwrap()).unwrap();
            // SAFETY: a text that ends with NUL and outlives the call.
            assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
            let mut command = process("layers");
            command.env("VHSM_CONF", &pipe);
            let helper = start_command(&mut command);
            helper.wait_for("waiting");
            std::fs::write(&pipe, "unusable\n").unwrap();
            helper.wait_for("CKR_GENERAL_ERROR");
            // The first layer has failed; the second tries itself.
            std::fs::write(&pipe, std::fs::read(home().join("vhsm.toml")).unwrap()).unwrap();
            helper.wait_for("CKR_OK");
            helper.end();
        }
        _ => {
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| say(name(initialize().rv())));
                }
                std::thread::sleep(Duration::from_millis(100));
                // Nobody else is held up meanwhile.
                call!(C_GetInfo(null_mut())).gives(CKR_CRYPTOKI_NOT_INITIALIZED);
                finalize().gives(CKR_CRYPTOKI_NOT_INITIALIZED);
                let mut list = null_mut();
                call!(C_GetFunctionList(&raw mut list)).works();
                say("waiting");
            });
            initialize().gives(CKR_CRYPTOKI_ALREADY_INITIALIZED);
            finalize().works();
        }
    });
}

/// Codes that no other test insists on.
#[test]
fn the_codes_that_are_left_are_provoked() {
    unsafe extern "C" fn mutex(_: *mut std::ffi::c_void) -> CK_RV {
        CKR_OK
    }
    unsafe extern "C" fn create(_: *mut *mut std::ffi::c_void) -> CK_RV {
        CKR_OK
    }
    isolated(|| {
        let mut arguments = initialize_arguments(0);
        arguments.CreateMutex = Some(create);
        arguments.DestroyMutex = Some(mutex);
        arguments.LockMutex = Some(mutex);
        arguments.UnlockMutex = Some(mutex);
        call!(C_Initialize((&raw mut arguments).cast())).gives(CKR_CANT_LOCK);
        initialize().works();
        let empty = Token { slot: free_slot() };
        empty.open(CKF_SERIAL_SESSION).gives(CKR_TOKEN_NOT_INITIALIZED);
        let s = Token::another("test").user();
        let key = s.import(CKK_AES, &[1; 16]);
        let (_, rsa) = s.rsa();
        s.sign(Mech::new(CKM_RSA_X_509), rsa, &[0xff; 256])
            .gives(CKR_DATA_INVALID);
        let template = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)];
        s.unwrap_key(Mech::new(CKM_AES_KEY_WRAP), key, &[0; 15], &template)
            .gives(CKR_WRAPPED_KEY_LEN_RANGE);
    });
}

/// CKR_HOST_MEMORY: what the configuration asks for is more than there is.
#[test]
fn a_want_of_memory_is_a_code_and_not_the_end_of_the_host() {
    isolated(|| match role().as_str() {
        "" => {
            let greedy = home().join("greedy.toml");
            let data = data_dir();
            std::fs::write(
                &greedy,
                format!("data_dir = {data:?}\n[pin]\nargon2_memory_kib = 4194304\n"),
            )
            .unwrap();
            let mut command = process("greedy");
            command.env("VHSM_CONF", &greedy);
            start_command(&mut command).end();
        }
        _ => {
            initialize().works();
            let slot = free_slot();
            let limit = libc::rlimit {
                rlim_cur: 2 << 30,
                rlim_max: libc::RLIM_INFINITY,
            };
            // SAFETY: changes what this process may do; the structure outlives the call.
            assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
            init_token(slot, SO_PIN, "test").gives(CKR_HOST_MEMORY);
            assert_eq!(slots(true).works(), [slot]);
        }
    });
}

/// Codes that `src/error/return_value.rs` knows and that no caller can provoke, with the reason.
const NEVER: &[(&str, &str)] = &[
    (
        "CKR_PUBLIC_KEY_INVALID",
        "in a template it is the value of CKA_EC_POINT, in a derivation the parameter",
    ),
    (
        "CKR_TOKEN_NOT_PRESENT",
        "every slot has a token, if only an uninitialised one",
    ),
];

fn source(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).unwrap()
}

/// The names of codes in a text that stand there as words of the program: neither in comments nor quoted.
fn codes(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("CKR_") {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !line[..at].ends_with('"') && !line[..at].ends_with(word) {
                found.insert(line[at..].chars().take_while(|c| word(*c)).collect());
            }
        }
    }
    found
}

/// RET-3: a code that no test provokes is one that nobody knows to be right.
#[test]
fn every_code_of_ours_is_provoked_by_a_test_or_cannot_be() {
    let ours = codes(&source("src/error/return_value.rs"));
    let mut provoked = BTreeSet::new();
    for file in std::fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pkcs11")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // One of several that would do is not insisted on.
            let strict: Vec<&str> = text
                .split_inclusive(';')
                .filter(|statement| !statement.contains("gives_one_of"))
                .collect();
            provoked.extend(codes(&strict.concat()));
        }
    }
    let never: BTreeSet<String> = NEVER.iter().map(|(code, _)| (*code).to_owned()).collect();
    let missing: Vec<_> = ours
        .difference(&provoked)
        .filter(|code| !never.contains(*code))
        .collect();
    assert!(missing.is_empty(), "no test provokes {missing:?}");
    let wrong: Vec<_> = never
        .iter()
        .filter(|code| provoked.contains(*code) || !ours.contains(*code))
        .collect();
    assert!(wrong.is_empty(), "provoked all the same, or not ours: {wrong:?}");
}

//! Sessions and login [PKCS#11 3.2, 5.6].

use crate::harness::*;
use std::ptr::null_mut;

fn state(session: &Session) -> CK_STATE {
    session.info().works().state
}

/// SES-1
#[test]
fn a_session_has_to_be_serial() {
    isolated(|| {
        let token = Token::fresh();
        token.open(0).gives(CKR_SESSION_PARALLEL_NOT_SUPPORTED);
        token
            .open(CKF_RW_SESSION)
            .gives(CKR_SESSION_PARALLEL_NOT_SUPPORTED);
        token
            .open(CKF_SERIAL_SESSION | CKF_ASYNC_SESSION)
            .gives(CKR_SESSION_ASYNC_NOT_SUPPORTED);
    });
}

/// SES-1
#[test]
fn no_read_only_session_opens_while_the_officer_is_logged_in() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.officer();
        token
            .open(CKF_SERIAL_SESSION)
            .gives(CKR_SESSION_READ_WRITE_SO_EXISTS);
        assert_eq!(state(&token.rw()), CKS_RW_SO_FUNCTIONS);
        s.logout().works();
        token.ro();
    });
}

/// SES-1
#[test]
fn the_configured_number_of_sessions_is_the_limit() {
    isolated_with("[sessions]\nmax = 3\n", || {
        let token = Token::fresh();
        let some: Vec<Session> = (0..3).map(|_| token.ro()).collect();
        token.open(CKF_SERIAL_SESSION).gives(CKR_SESSION_COUNT);
        some[1].close().works();
        token.ro();
    });
}

/// A callback and its context are accepted and never called.
#[test]
fn a_notification_callback_is_accepted() {
    unsafe extern "C" fn notify(_: CK_SESSION_HANDLE, _: CK_NOTIFICATION, _: *mut std::ffi::c_void) -> CK_RV {
        CKR_OK
    }
    isolated(|| {
        let token = Token::fresh();
        let mut handle = 0;
        let application = leak(b"mine").cast();
        call!(C_OpenSession(
            token.slot,
            CKF_SERIAL_SESSION,
            application,
            Some(notify),
            &raw mut handle
        ))
        .works();
        assert_ne!(handle, 0);
    });
}

/// SES-2
#[test]
fn session_handles_are_never_zero_never_twice_and_no_object_handles() {
    isolated(|| {
        let token = Token::fresh();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..500 {
            let s = token.ro();
            assert_ne!(s.handle, CK_INVALID_HANDLE);
            assert!(seen.insert(s.handle), "reused");
            s.close().works();
        }
        let s = token.user();
        let object = s.create(&data("x", b"")).works();
        assert!(!seen.contains(&object));
        assert_ne!(object, 0);
    });
}

/// SES-2
#[test]
fn a_closed_session_is_unknown_to_every_session_function() {
    isolated(|| {
        let token = Token::fresh();
        let closed = token.rw();
        closed.close().works();
        let live = token.user();
        let scratch = Box::leak(Box::new([0_u64; 512])).as_mut_ptr() as u64;
        for function in FUNCTIONS
            .iter()
            .filter(|function| function.arguments.starts_with('S'))
        {
            for handle in [closed.handle, 0, CK_ULONG::MAX] {
                let words: Vec<u64> = function
                    .arguments
                    .chars()
                    .map(|kind| match kind {
                        'S' => handle,
                        'l' | 'f' | 'k' | 'c' | 'V' => 0,
                        _ => scratch,
                    })
                    .collect();
                let answer = call_words(function, &words).rv();
                assert!(
                    answer == CKR_SESSION_HANDLE_INVALID || is_not_offered(answer),
                    "{} gave {}",
                    function.name,
                    name(answer)
                );
            }
        }
        live.info().works();
    });
}

/// SES-3
#[test]
fn login_is_one_state_for_all_sessions_of_the_application() {
    isolated(|| {
        let token = Token::fresh();
        let (rw, ro) = (token.rw(), token.ro());
        assert_eq!(
            (state(&rw), state(&ro)),
            (CKS_RW_PUBLIC_SESSION, CKS_RO_PUBLIC_SESSION)
        );
        ro.login(CKU_USER, USER_PIN).works();
        assert_eq!(
            (state(&rw), state(&ro)),
            (CKS_RW_USER_FUNCTIONS, CKS_RO_USER_FUNCTIONS)
        );
        assert_eq!(
            state(&token.ro()),
            CKS_RO_USER_FUNCTIONS,
            "a new session is born logged in"
        );
        rw.logout().works();
        assert_eq!(
            (state(&rw), state(&ro)),
            (CKS_RW_PUBLIC_SESSION, CKS_RO_PUBLIC_SESSION)
        );
    });
}

/// SES-3
#[test]
fn login_on_one_token_is_none_on_another() {
    isolated_with("[slots]\nfree_slot = true\n", || {
        let first = Token::fresh();
        let second = Token::another("second");
        first.user();
        assert_eq!(state(&second.rw()), CKS_RW_PUBLIC_SESSION);
    });
}

/// SES-4
#[test]
fn the_session_information_is_that_of_the_session() {
    isolated(|| {
        let token = Token::fresh();
        let info = token.rw().info().works();
        assert_eq!(
            (info.slotID, info.flags),
            (token.slot, CKF_SERIAL_SESSION | CKF_RW_SESSION)
        );
        assert_eq!(info.ulDeviceError, 0);
        assert_eq!(token.ro().info().works().flags, CKF_SERIAL_SESSION);
        token.close_all().works();
        assert_eq!(state(&token.officer()), CKS_RW_SO_FUNCTIONS);
    });
}

/// SES-4
#[test]
fn a_read_only_user_session_reads_the_token_and_writes_the_session() {
    isolated(|| {
        let token = Token::fresh();
        let rw = token.user();
        let kept = rw.create(&on_token(&data("kept", b"1"))).works();
        let ro = token.ro();
        assert_eq!(ro.get(kept, CKA_VALUE).works(), b"1");
        ro.destroy(kept).gives(CKR_SESSION_READ_ONLY);
        ro.set(kept, &[a(CKA_LABEL, "new")]).gives(CKR_SESSION_READ_ONLY);
        ro.create(&on_token(&data("new", b"2")))
            .gives(CKR_SESSION_READ_ONLY);
        let own = ro.create(&data("own", b"3")).works();
        ro.set(own, &[a(CKA_LABEL, "changed")]).works();
        ro.destroy(own).works();
    });
}

/// SES-4
#[test]
fn the_officer_neither_sees_nor_uses_private_objects() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let private = on_token(&with(&data("secret", b"1"), &[a(CKA_PRIVATE, true)]));
        let object = s.create(&private).works();
        let key = s
            .aes_with(16, &[a(CKA_TOKEN, true), a(CKA_LABEL, "secret")])
            .works();
        s.create(&on_token(&data("open", b"2"))).works();
        s.logout().works();
        s.login(CKU_SO, SO_PIN).works();
        assert!(s.find(&[a(CKA_LABEL, "secret")]).works().is_empty());
        assert_eq!(s.find(&[a(CKA_LABEL, "open")]).works().len(), 1);
        s.get(object, CKA_VALUE).gives(CKR_OBJECT_HANDLE_INVALID);
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), key)
            .gives(CKR_KEY_HANDLE_INVALID);
        s.create(&private).gives(CKR_USER_NOT_LOGGED_IN);
        s.aes_with(16, &[]).gives(CKR_USER_NOT_LOGGED_IN);
    });
}

/// SES-5
#[test]
fn login_refuses_each_wrong_situation_with_its_own_code() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.rw();
        s.login(7, USER_PIN).gives(CKR_USER_TYPE_INVALID);
        s.login(CK_ULONG::MAX, USER_PIN).gives(CKR_USER_TYPE_INVALID);
        s.login(CKU_USER, b"wrong").gives(CKR_PIN_INCORRECT);
        s.login(CKU_USER, b"").gives(CKR_PIN_INCORRECT);
        call!(C_Login(s.handle, CKU_USER, null_mut(), 8)).gives(CKR_ARGUMENTS_BAD);
        call!(C_Login(s.handle, CKU_USER, null_mut(), 0)).gives(CKR_ARGUMENTS_BAD);
        s.login(CKU_USER, USER_PIN).works();
        s.login(CKU_USER, USER_PIN).gives(CKR_USER_ALREADY_LOGGED_IN);
        s.login(CKU_USER, b"wrong").gives(CKR_USER_ALREADY_LOGGED_IN);
        s.login(CKU_SO, SO_PIN).gives(CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
        s.logout().works();
        let ro = token.ro();
        s.login(CKU_SO, SO_PIN).gives(CKR_SESSION_READ_ONLY_EXISTS);
        ro.login(CKU_SO, SO_PIN).gives(CKR_SESSION_READ_ONLY_EXISTS);
        ro.close().works();
        s.login(CKU_SO, SO_PIN).works();
        s.login(CKU_USER, USER_PIN)
            .gives(CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    });
}

/// SES-7
#[test]
fn logout_when_nobody_is_logged_in_says_so() {
    isolated(|| {
        Token::fresh().rw().logout().gives(CKR_USER_NOT_LOGGED_IN);
    });
}

/// SES-7
#[test]
fn handles_of_private_objects_die_for_ever_at_logout() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.aes_with(16, &[a(CKA_TOKEN, true), a(CKA_LABEL, "k")]).works();
        let public = s.create(&on_token(&data("public", b"1"))).works();
        s.logout().works();
        s.get(key, CKA_LABEL).gives(CKR_OBJECT_HANDLE_INVALID);
        assert_eq!(s.get(public, CKA_VALUE).works(), b"1");
        s.login(CKU_USER, USER_PIN).works();
        s.get(key, CKA_LABEL).gives(CKR_OBJECT_HANDLE_INVALID);
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), key)
            .gives(CKR_KEY_HANDLE_INVALID);
        let again = s.find(&[a(CKA_LABEL, "k")]).works();
        assert_eq!(again.len(), 1);
        assert_ne!(again[0], key);
    });
}

/// SES-7
#[test]
fn logout_destroys_private_session_objects_and_keeps_public_ones() {
    isolated(|| {
        let s = Token::fresh().user();
        s.aes_with(16, &[a(CKA_LABEL, "private")]).works();
        s.create(&data("public", b"1")).works();
        s.logout().works();
        s.login(CKU_USER, USER_PIN).works();
        assert!(s.find(&[a(CKA_LABEL, "private")]).works().is_empty());
        assert_eq!(s.find(&[a(CKA_LABEL, "public")]).works().len(), 1);
    });
}

/// SES-7
#[test]
fn an_operation_with_a_private_key_ends_at_logout() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.aes(16);
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), key).works();
        s.logout().works();
        s.step(Step::Encrypt, &[0; 16])
            .gives(CKR_OPERATION_NOT_INITIALIZED);
    });
}

/// SES-8
#[test]
fn closing_the_last_session_logs_out() {
    isolated(|| {
        let token = Token::fresh();
        let (first, second) = (token.user(), token.ro());
        first.close().works();
        assert_eq!(state(&second), CKS_RO_USER_FUNCTIONS);
        second.close().works();
        assert_eq!(state(&token.rw()), CKS_RW_PUBLIC_SESSION);
    });
}

/// SES-8
#[test]
fn closing_a_session_destroys_the_objects_that_it_made() {
    isolated(|| {
        let token = Token::fresh();
        let (first, second) = (token.user(), token.rw());
        let of_first = first.create(&data("first", b"1")).works();
        let of_second = second.create(&data("second", b"2")).works();
        assert_eq!(
            second.get(of_first, CKA_VALUE).works(),
            b"1",
            "sessions see each other's objects"
        );
        first.close().works();
        second.get(of_first, CKA_VALUE).gives(CKR_OBJECT_HANDLE_INVALID);
        assert_eq!(second.get(of_second, CKA_VALUE).works(), b"2");
    });
}

/// SES-8
#[test]
fn closing_all_sessions_ends_those_of_its_slot_only() {
    isolated_with("[slots]\nfree_slot = true\n", || {
        let first = Token::fresh();
        let second = Token::another("second");
        let (a_first, b_first, a_second) = (first.user(), first.ro(), second.user());
        first.close_all().works();
        a_first.info().gives(CKR_SESSION_HANDLE_INVALID);
        b_first.info().gives(CKR_SESSION_HANDLE_INVALID);
        assert_eq!(state(&a_second), CKS_RW_USER_FUNCTIONS);
        assert_eq!(state(&first.rw()), CKS_RW_PUBLIC_SESSION);
        first.close_all().works();
        first.close_all().works();
    });
}

/// SES-9
#[test]
fn a_context_specific_login_needs_an_operation_that_asks_for_it() {
    isolated(|| {
        let s = Token::fresh().user();
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN)
            .gives(CKR_OPERATION_NOT_INITIALIZED);
        s.logout().works();
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN)
            .gives(CKR_OPERATION_NOT_INITIALIZED);
    });
}

/// CAN-1
#[test]
fn session_cancel_ends_the_named_operations_and_no_other() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.aes(16);
        let ecb = Mech::new(CKM_AES_ECB);
        s.begin(Class::Encrypt, ecb, key).works();
        s.begin(Class::Decrypt, ecb, key).works();
        s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
        s.find_init(&[]).works();
        s.cancel(0).works();
        s.cancel(CKF_SIGN | CKF_VERIFY).works();
        s.cancel(CKF_ENCRYPT | CKF_FIND_OBJECTS).works();
        s.is_idle(Class::Encrypt);
        s.find_next(1).gives(CKR_OPERATION_NOT_INITIALIZED);
        s.step(Step::Decrypt, &[0; 16]).works();
        s.step(Step::Digest, &[0; 16]).works();
        s.begin(Class::Encrypt, ecb, key).works();
        s.find_init(&[]).works();
    });
}

/// CAN-2
#[test]
fn init_without_a_mechanism_cancels_the_operation() {
    isolated(|| {
        let s = Token::fresh().user();
        let aes = s.aes(16);
        let secret = s.secret(32);
        let cases = [
            (Class::Encrypt, CKM_AES_ECB, aes),
            (Class::Decrypt, CKM_AES_ECB, aes),
            (Class::Digest, CKM_SHA256, 0),
            (Class::Sign, CKM_SHA256_HMAC, secret),
            (Class::Verify, CKM_SHA256_HMAC, secret),
        ];
        for (class, mechanism, key) in cases {
            s.cancel_by_init(class).gives(CKR_ARGUMENTS_BAD);
            s.begin(class, Mech::new(mechanism), key).works();
            s.cancel_by_init(class).works();
            s.is_idle(class);
            s.begin(class, Mech::new(mechanism), key).works();
        }
    });
}

/// VAL-1
#[test]
fn nothing_was_validated() {
    isolated(|| {
        let s = Token::fresh().rw();
        let mut flags = 99;
        let answer = call!(C_GetSessionValidationFlags(
            s.handle,
            CKS_LAST_VALIDATION_OK,
            &raw mut flags
        ));
        answer.works();
        assert_eq!(flags, 0);
        s.login(CKU_USER, USER_PIN).works();
        let mine = [a(CKA_OBJECT_VALIDATION_FLAGS, 1)];
        s.aes_with(16, &mine).gives(CKR_ATTRIBUTE_READ_ONLY);
        s.create(&with(&open_secret(CKK_AES, &[1; 16]), &mine))
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        let key = s.aes(16);
        s.set(key, &mine).gives(CKR_ATTRIBUTE_READ_ONLY);
        s.copy(key, &mine).gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

//! Signatures that their data is recovered from, signatures that come before their data, logins by name, and the
//! functions of validation and of asynchronous sessions [PKCS#11 3.2, 5.6, 5.13, 5.15, 5.21].

use crate::harness::*;
use std::ptr::null_mut;

fn user() -> Session {
    Token::fresh().user()
}

/// The block that a PKCS#1 v1.5 signature opens to [RFC 8017, 9.2].
fn block_of_type_1(data: &[u8], length: usize) -> Vec<u8> {
    let padding = vec![0xff; length - 3 - data.len()];
    [&[0, 1], &padding[..], &[0], data].concat()
}

/// SIG-1; [RFC 8017, 8.2.1]: C_SignRecover makes the signature that C_Sign makes, C_VerifyRecover gives its data back.
#[test]
fn data_is_recovered_from_the_signature_that_was_made_of_it() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        for (mechanism, most) in [(CKM_RSA_PKCS, 245), (CKM_RSA_X_509, 256)] {
            let m = Mech::new(mechanism);
            for length in [0, 1, 20, most] {
                let data = vec![0x5a; length];
                s.begin(Class::SignRecover, m, private).works();
                let signature = s.step(Step::SignRecover, &data).works();
                s.is_idle(Class::SignRecover);
                assert_eq!(signature, s.sign(m, private, &data).works());
                s.begin(Class::VerifyRecover, m, public).works();
                let recovered = s.step(Step::VerifyRecover, &signature).works();
                s.is_idle(Class::VerifyRecover);
                match mechanism {
                    CKM_RSA_PKCS => assert_eq!(recovered, data),
                    _ => assert_eq!(recovered, [vec![0; 256 - length], data].concat()),
                }
            }
        }
        // One mechanism opens what the other signed.
        let block = block_of_type_1(b"by hand", 256);
        let signature = s.sign(Mech::new(CKM_RSA_X_509), private, &block).works();
        s.begin(Class::VerifyRecover, Mech::new(CKM_RSA_PKCS), public)
            .works();
        assert_eq!(s.step(Step::VerifyRecover, &signature).works(), b"by hand");
    });
}

/// What is recovered from a signature of a digest is the `DigestInfo` of [RFC 8017, 9.2, note 1] with the digest of
/// [FIPS 180-4's example "abc"].
#[test]
fn the_digest_info_is_recovered_from_a_signature_of_a_digest() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let signature = s.sign(Mech::new(CKM_SHA256_RSA_PKCS), private, b"abc").works();
        s.begin(Class::VerifyRecover, Mech::new(CKM_RSA_PKCS), public)
            .works();
        let info = "3031300d060960864801650304020105000420\
                    ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(s.step(Step::VerifyRecover, &signature).works(), hex(info));
    });
}

/// SIG-2: signature errors outrank CKR_BUFFER_TOO_SMALL, and every verification ends the operation.
#[test]
fn a_wrong_signature_is_told_before_a_short_buffer() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let m = Mech::new(CKM_RSA_PKCS);
        let signature = s.sign(m, private, b"data").works();
        let mut wrong = signature.clone();
        wrong[100] ^= 1;
        for (signature, code) in [
            (&wrong[..], CKR_SIGNATURE_INVALID),
            (&signature[1..], CKR_SIGNATURE_LEN_RANGE),
            (&[], CKR_SIGNATURE_LEN_RANGE),
            (&[0xff; 256], CKR_SIGNATURE_INVALID),
        ] {
            for capacity in [0, 1, 300] {
                s.begin(Class::VerifyRecover, m, public).works();
                s.offer(Step::VerifyRecover, signature, capacity).0.gives(code);
                s.is_idle(Class::VerifyRecover);
            }
        }
        // A block that is of no type 1.
        let other = s.sign(Mech::new(CKM_RSA_X_509), private, b"data").works();
        s.begin(Class::VerifyRecover, m, public).works();
        s.step(Step::VerifyRecover, &other).gives(CKR_SIGNATURE_INVALID);
    });
}

/// OUT-1, OUT-2
#[test]
fn a_length_query_or_a_short_buffer_leaves_recovery_as_it_was() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let m = Mech::new(CKM_RSA_PKCS);
        s.begin(Class::SignRecover, m, private).works();
        assert_eq!(s.query(Step::SignRecover, b"data").works(), 256);
        let (answer, length, _) = s.offer(Step::SignRecover, b"data", 255);
        answer.gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(length, 256);
        let signature = s.step(Step::SignRecover, b"data").works();
        s.begin(Class::VerifyRecover, m, public).works();
        assert!(s.query(Step::VerifyRecover, &signature).works() >= 4);
        let (answer, length, _) = s.offer(Step::VerifyRecover, &signature, 3);
        answer.gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(length, 4);
        let (answer, length, out) = s.offer(Step::VerifyRecover, &signature, 4);
        answer.works();
        assert_eq!((length, &out[..]), (4, &b"data"[..]));
        // NULL for the length ends the operation.
        s.begin(Class::VerifyRecover, m, public).works();
        s.step_raw(Step::VerifyRecover, (p(&signature), 256), null_mut(), null_mut())
            .gives(CKR_ARGUMENTS_BAD);
        s.is_idle(Class::VerifyRecover);
    });
}

/// OPA-1, OPA-3, CAN-1, CAN-2, KAT-8
#[test]
fn recovery_begins_and_ends_as_other_operations_do() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let m = Mech::new(CKM_RSA_PKCS);
        let aes = s.aes(16);
        for (class, key, other) in [
            (Class::SignRecover, private, public),
            (Class::VerifyRecover, public, private),
        ] {
            s.begin(class, Mech::new(CKM_SHA256_RSA_PKCS), key)
                .gives(CKR_MECHANISM_INVALID);
            s.begin(class, Mech::new(0xdead_beef), key)
                .gives(CKR_MECHANISM_INVALID);
            s.begin(class, Mech::iv(CKM_RSA_PKCS, &[1]), key)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin(class, m, 0).gives(CKR_KEY_HANDLE_INVALID);
            s.begin(class, m, aes).gives(CKR_KEY_TYPE_INCONSISTENT);
            s.begin(class, m, other).gives(CKR_KEY_TYPE_INCONSISTENT);
            s.cancel_by_init(class).gives(CKR_ARGUMENTS_BAD);
            s.begin(class, m, key).works();
            s.begin(class, m, key).gives(CKR_OPERATION_ACTIVE);
            s.cancel_by_init(class).works();
            s.is_idle(class);
            s.begin(class, m, key).works();
            s.cancel(CKF_SIGN | CKF_VERIFY).works();
            s.begin(class, m, key).gives(CKR_OPERATION_ACTIVE);
            s.cancel(CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER).works();
            s.is_idle(class);
        }
        s.begin(Class::SignRecover, m, private).works();
        s.step(Step::SignRecover, &[1; 246]).gives(CKR_DATA_LEN_RANGE);
        s.is_idle(Class::SignRecover);
        s.begin(Class::SignRecover, Mech::new(CKM_RSA_X_509), private)
            .works();
        s.step(Step::SignRecover, &[0xff; 256]).gives(CKR_DATA_INVALID);
        let no_recovery = ([a(CKA_VERIFY_RECOVER, false)], [a(CKA_SIGN_RECOVER, false)]);
        let (public, private) = s.rsa_with(1024, &no_recovery.0, &no_recovery.1).works();
        s.begin(Class::SignRecover, m, private)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.begin(Class::VerifyRecover, m, public)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
    });
}

/// MEC-1: the flags are there for the three mechanisms that recover, and for no others.
#[test]
fn the_flags_of_recovery_are_those_of_three_mechanisms() {
    isolated_with_everything(|| {
        let token = Token::fresh();
        for mechanism in mechanisms(token.slot).works() {
            let flags =
                mechanism_info(token.slot, mechanism).works().flags & (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER);
            let both = [CKM_RSA_PKCS, CKM_RSA_X_509, CKM_RSA_9796].contains(&mechanism);
            let expected = if both {
                CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER
            } else {
                0
            };
            assert_eq!(flags, expected, "{mechanism:#x}");
        }
    });
}

/// ALW-1, SES-7
#[test]
fn recovery_with_a_private_key_needs_its_pin_and_ends_at_logout() {
    isolated(|| {
        let s = user();
        let always = [a(CKA_ALWAYS_AUTHENTICATE, true), a(CKA_PRIVATE, true)];
        let (_, private) = s.rsa_with(1024, &[], &always).works();
        let m = Mech::new(CKM_RSA_PKCS);
        s.begin(Class::SignRecover, m, private).works();
        s.step(Step::SignRecover, b"x").gives(CKR_USER_NOT_LOGGED_IN);
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
        assert_eq!(s.step(Step::SignRecover, b"x").works().len(), 128);
        let (public, private) = s.rsa_with(1024, &[a(CKA_PRIVATE, true)], &[]).works();
        s.begin(Class::SignRecover, m, private).works();
        s.begin(Class::VerifyRecover, m, public).works();
        s.begin_signature(m, public, &[1; 128]).works();
        s.logout().works();
        s.is_idle(Class::SignRecover);
        s.is_idle(Class::VerifyRecover);
        s.check_signature(b"x").gives(CKR_OPERATION_NOT_INITIALIZED);
    });
}

/// SIG-5: what C_Verify takes, C_VerifySignature takes with the signature first, whole and in parts.
#[test]
fn a_signature_that_comes_first_is_checked_by_every_mechanism() {
    isolated(|| {
        let s = user();
        let (rsa_public, rsa) = s.rsa();
        let (ec_public, ec) = s.ec(curve::P256);
        let (ed_public, ed) = s.ed25519();
        let (aes, secret) = (s.aes(16), s.secret(32));
        let data = &[0x33; 32];
        for (m, sign, verify, parts) in [
            (Mech::new(CKM_RSA_PKCS), rsa, rsa_public, false),
            (Mech::new(CKM_SHA256_RSA_PKCS), rsa, rsa_public, true),
            (Mech::new(CKM_ECDSA), ec, ec_public, false),
            (Mech::new(CKM_ECDSA_SHA384), ec, ec_public, true),
            (Mech::new(CKM_EDDSA), ed, ed_public, true),
            (Mech::new(CKM_AES_CMAC), aes, aes, true),
            (Mech::new(CKM_SHA512_HMAC), secret, secret, true),
        ] {
            let signature = s.sign(m, sign, data).works();
            s.begin_signature(m, verify, &signature).works();
            s.check_signature(data).works();
            s.check_signature(data).gives(CKR_OPERATION_NOT_INITIALIZED);
            let mut wrong = signature.clone();
            *wrong.last_mut().unwrap() ^= 1;
            for (signature, code) in [
                (&wrong, CKR_SIGNATURE_INVALID),
                (&signature[1..].to_vec(), CKR_SIGNATURE_LEN_RANGE),
                (&vec![], CKR_SIGNATURE_LEN_RANGE),
            ] {
                s.begin_signature(m, verify, signature).works();
                s.check_signature(data).gives(code);
                s.check_signature(data).gives(CKR_OPERATION_NOT_INITIALIZED);
            }
            s.begin_signature(m, verify, &signature).works();
            match s.feed_signature(&data[..7]) {
                Ok(()) => {
                    assert!(parts, "{:#x}", m.0.mechanism);
                    s.feed_signature(&data[7..]).works();
                    s.end_signature().works();
                    s.end_signature().gives(CKR_OPERATION_NOT_INITIALIZED);
                    s.begin_signature(m, verify, &wrong).works();
                    s.feed_signature(data).works();
                    s.end_signature().gives(CKR_SIGNATURE_INVALID);
                    s.end_signature().gives(CKR_OPERATION_NOT_INITIALIZED);
                }
                Err(refusal) => {
                    assert!(!parts && refusal.0 == CKR_FUNCTION_NOT_SUPPORTED, "{refusal:?}");
                    s.end_signature().gives(CKR_OPERATION_NOT_INITIALIZED);
                }
            }
        }
    });
}

/// SIG-5, OPA-1, OPA-2, OPA-3, OPA-4, CAN-1, CAN-2
#[test]
fn a_verification_with_the_signature_first_is_an_operation_like_any_other() {
    isolated(|| {
        let s = user();
        let secret = s.secret(32);
        let m = Mech::new(CKM_SHA256_HMAC);
        let mac = s.sign(m, secret, b"").works();
        s.begin_signature(m, 0, &mac).gives(CKR_KEY_HANDLE_INVALID);
        s.begin_signature(Mech::new(CKM_SHA256), secret, &mac)
            .gives(CKR_MECHANISM_INVALID);
        s.begin_signature(m, s.aes(16), &mac)
            .gives(CKR_KEY_TYPE_INCONSISTENT);
        call!(C_VerifySignatureInit(s.handle, m.p(), secret, null_mut(), 32)).gives(CKR_ARGUMENTS_BAD);
        call!(C_VerifySignatureInit(s.handle, null_mut(), 0, null_mut(), 0)).gives(CKR_ARGUMENTS_BAD);
        s.begin_signature(m, secret, &mac).works();
        s.begin_signature(m, secret, &mac).gives(CKR_OPERATION_ACTIVE);
        s.begin(Class::Verify, m, secret).gives(CKR_OPERATION_ACTIVE);
        call!(C_VerifySignatureInit(s.handle, null_mut(), 0, null_mut(), 0)).works();
        s.end_signature().gives(CKR_OPERATION_NOT_INITIALIZED);
        s.begin(Class::Verify, m, secret).works();
        s.begin_signature(m, secret, &mac).gives(CKR_OPERATION_ACTIVE);
        s.end_signature().gives(CKR_OPERATION_NOT_INITIALIZED);
        s.cancel(CKF_VERIFY).works();
        // Nothing at all is a message, too.
        s.begin_signature(m, secret, &mac).works();
        s.end_signature().works();
        s.begin_signature(m, secret, &mac).works();
        s.feed_signature(b"").works();
        s.check_signature(b"").gives(CKR_OPERATION_NOT_INITIALIZED);
        s.end_signature().gives(CKR_OPERATION_NOT_INITIALIZED);
        s.begin_signature(m, secret, &mac).works();
        s.cancel(CKF_VERIFY).works();
        s.end_signature().gives(CKR_OPERATION_NOT_INITIALIZED);
        s.begin_signature(m, secret, &mac).works();
        call!(C_VerifySignatureUpdate(s.handle, null_mut(), 1)).gives(CKR_ARGUMENTS_BAD);
        s.end_signature().gives(CKR_OPERATION_NOT_INITIALIZED);
    });
}

/// SES-6: without a name it is C_Login.
#[test]
fn a_login_without_a_name_is_that_of_the_user() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.rw();
        s.login_user(CKU_USER, b"wrong-pin", b"").gives(CKR_PIN_INCORRECT);
        s.login_user(7, USER_PIN, b"").gives(CKR_USER_TYPE_INVALID);
        s.login_user(CKU_CONTEXT_SPECIFIC, USER_PIN, b"")
            .gives(CKR_OPERATION_NOT_INITIALIZED);
        call!(C_LoginUser(s.handle, CKU_USER, null_mut(), 0, null_mut(), 0)).gives(CKR_ARGUMENTS_BAD);
        call!(C_LoginUser(s.handle, CKU_USER, p(USER_PIN), 4, null_mut(), 3)).gives(CKR_ARGUMENTS_BAD);
        s.login_user(CKU_USER, USER_PIN, b"").works();
        assert_eq!(s.info().works().state, CKS_RW_USER_FUNCTIONS);
        s.login_user(CKU_USER, USER_PIN, b"")
            .gives(CKR_USER_ALREADY_LOGGED_IN);
        s.login_user(CKU_SO, SO_PIN, b"")
            .gives(CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
        s.logout().works();
        s.login_user(CKU_SO, SO_PIN, b"").works();
        assert_eq!(s.info().works().state, CKS_RW_SO_FUNCTIONS);
    });
}

/// SES-6: an unknown name is answered as a wrong PIN is, counts nothing and locks nobody.
#[test]
fn a_name_that_nobody_has_is_answered_as_a_wrong_pin() {
    isolated_with("[pin]\nfailures_max_user = 3\n", || {
        let token = Token::fresh();
        let s = token.rw();
        for _ in 0..5 {
            for (user, pin) in [(CKU_USER, USER_PIN), (CKU_SO, SO_PIN), (CKU_USER, b"wrong-pin")] {
                for name in [&b"alice"[..], "Bj\u{f6}rn".as_bytes(), b"\xff\xfe", &[b'x'; 5000]] {
                    s.login_user(user, pin, name).gives(CKR_PIN_INCORRECT);
                }
            }
        }
        assert!(!token.has(CKF_USER_PIN_COUNT_LOW) && !token.has(CKF_SO_PIN_COUNT_LOW));
        assert_eq!(s.info().works().state, CKS_RW_PUBLIC_SESSION);
        s.login_user(CKU_CONTEXT_SPECIFIC, USER_PIN, b"alice")
            .gives(CKR_OPERATION_NOT_INITIALIZED);
        s.login(CKU_USER, USER_PIN).works();
        s.login_user(CKU_USER, USER_PIN, b"alice")
            .gives(CKR_USER_ALREADY_LOGGED_IN);
        let always = [a(CKA_ALWAYS_AUTHENTICATE, true), a(CKA_PRIVATE, true)];
        let (_, private) = s.rsa_with(1024, &[], &always).works();
        s.begin(Class::Sign, Mech::new(CKM_RSA_PKCS), private).works();
        s.login_user(CKU_CONTEXT_SPECIFIC, USER_PIN, b"alice")
            .gives(CKR_PIN_INCORRECT);
        s.step(Step::Sign, b"x").gives(CKR_USER_NOT_LOGGED_IN);
        s.login_user(CKU_CONTEXT_SPECIFIC, USER_PIN, b"").works();
        s.step(Step::Sign, b"x").works();
    });
}

/// SES-6: the time tells an unknown name from a wrong PIN no more than the code does. Both are derivations of many
/// milliseconds here; the medians are far closer to each other than a derivation is long.
#[test]
fn a_name_that_nobody_has_costs_the_time_of_a_wrong_pin() {
    isolated(|| {
        let slow = "[pin]\nfailures_max_user = 1000\nargon2_memory_kib = 16384\nargon2_iterations = 3\n";
        let configuration = format!("data_dir = {:?}\n{slow}", data_dir());
        std::fs::write(home().join("vhsm.toml"), configuration).unwrap();
        let s = Token::fresh().rw();
        let timed = |name: &[u8]| {
            let start = std::time::Instant::now();
            s.login_user(CKU_USER, b"wrong-pin", name)
                .gives(CKR_PIN_INCORRECT);
            start.elapsed()
        };
        let (mut known, mut unknown): (Vec<_>, Vec<_>) =
            (0..9).map(|_| (timed(b""), timed(b"alice"))).unzip();
        known.sort();
        unknown.sort();
        let (known, unknown) = (known[4], unknown[4]);
        assert!(
            unknown > known / 2 && known > unknown / 2,
            "a wrong PIN takes {known:?}, an unknown name {unknown:?}"
        );
    });
}

/// VAL-1
#[test]
fn nothing_is_validated_and_says_so() {
    isolated(|| {
        let s = user();
        for kind in [CKS_LAST_VALIDATION_OK, 0, u64::MAX] {
            let mut flags = 4711;
            call!(C_GetSessionValidationFlags(s.handle, kind, &raw mut flags)).works();
            assert_eq!(flags, 0);
        }
        call!(C_GetSessionValidationFlags(
            s.handle,
            CKS_LAST_VALIDATION_OK,
            null_mut()
        ))
        .gives(CKR_ARGUMENTS_BAD);
        let mut flags = 4711;
        call!(C_GetSessionValidationFlags(
            4711,
            CKS_LAST_VALIDATION_OK,
            &raw mut flags
        ))
        .gives(CKR_SESSION_HANDLE_INVALID);
        assert_eq!(flags, 4711);
        let key = s.aes(16);
        assert_eq!(s.number(key, CKA_OBJECT_VALIDATION_FLAGS).works(), 0);
        let validated = with(
            &open_secret(CKK_AES, &[1; 16]),
            &[a(CKA_OBJECT_VALIDATION_FLAGS, 1)],
        );
        s.create(&validated).gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

/// ASY-1
#[test]
fn the_functions_of_asynchronous_sessions_say_that_there_are_none() {
    isolated(|| {
        let s = user();
        let name = p(b"C_Sign\0");
        // SAFETY: numbers and pointers.
        let mut data: CK_ASYNC_DATA = unsafe { std::mem::zeroed() };
        let mut id = 0;
        call!(C_AsyncComplete(s.handle, name, &raw mut data)).gives(CKR_SESSION_ASYNC_NOT_SUPPORTED);
        call!(C_AsyncGetID(s.handle, name, &raw mut id)).gives(CKR_SESSION_ASYNC_NOT_SUPPORTED);
        call!(C_AsyncJoin(s.handle, name, 1, null_mut(), 0)).gives(CKR_SESSION_ASYNC_NOT_SUPPORTED);
        call!(C_AsyncComplete(0, name, &raw mut data)).gives(CKR_SESSION_HANDLE_INVALID);
    });
}

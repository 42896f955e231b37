//! Operations: output conventions, life cycle, encryption, signatures, random [PKCS#11 3.2, 5.2 and 5.8 to 5.21].

use crate::harness::*;
use std::ptr::null_mut;

fn user() -> Session {
    Token::fresh().user()
}

/// One operation of each kind that gives bytes: how it begins, what it is fed, what it gives.
struct Case {
    class: Class,
    step: Step,
    mechanism: Mech,
    key: CK_OBJECT_HANDLE,
    /// Fed before the step under test.
    fed: &'static [u8],
    input: Vec<u8>,
    /// The length is known exactly beforehand.
    exact: bool,
}

const IV: [u8; 16] = [0x24; 16];

/// Every function with an output, with keys of every kind.
fn cases(s: &Session) -> Vec<Case> {
    let (aes, secret) = (s.aes(32), s.secret(32));
    let (_, rsa) = s.rsa();
    let (_, ec) = s.ec(curve::P256);
    let (_, ed) = s.ed25519();
    let cbc = Mech::iv(CKM_AES_CBC, &IV);
    let pad = Mech::iv(CKM_AES_CBC_PAD, &IV);
    let gcm = Mech::gcm(&[3; 12], b"aad", 128);
    let ctr = Mech::ctr(64, IV);
    let cipher = |mechanism: Mech| s.encrypt(mechanism, aes, &[5; 32]).unwrap();
    let none = Mech::new;
    let mut cases = Vec::new();
    let mut add = |class, step, mechanism, key, fed, input: &[u8], exact| {
        cases.push(Case {
            class,
            step,
            mechanism,
            key,
            fed,
            input: input.to_vec(),
            exact,
        });
    };
    for mechanism in [none(CKM_AES_ECB), cbc, pad, gcm, ctr] {
        add(Class::Encrypt, Step::Encrypt, mechanism, aes, b"", &[5; 32], true);
        add(
            Class::Encrypt,
            Step::EncryptUpdate,
            mechanism,
            aes,
            b"",
            &[5; 32],
            false,
        );
        add(
            Class::Encrypt,
            Step::EncryptFinal,
            mechanism,
            aes,
            &[5; 32],
            b"",
            false,
        );
        add(
            Class::Decrypt,
            Step::Decrypt,
            mechanism,
            aes,
            b"",
            &cipher(mechanism),
            false,
        );
        add(
            Class::Decrypt,
            Step::DecryptUpdate,
            mechanism,
            aes,
            b"",
            &cipher(mechanism),
            false,
        );
    }
    for mechanism in [CKM_SHA_1, CKM_SHA256, CKM_SHA512] {
        add(
            Class::Digest,
            Step::Digest,
            none(mechanism),
            0,
            b"",
            b"message",
            true,
        );
        add(
            Class::Digest,
            Step::DigestFinal,
            none(mechanism),
            0,
            b"message",
            b"",
            true,
        );
    }
    for (mechanism, key) in [
        (CKM_SHA256_HMAC, secret),
        (CKM_AES_CMAC, aes),
        (CKM_SHA256_RSA_PKCS, rsa),
        (CKM_ECDSA_SHA256, ec),
    ] {
        add(
            Class::Sign,
            Step::Sign,
            none(mechanism),
            key,
            b"",
            b"message",
            true,
        );
        add(
            Class::Sign,
            Step::SignFinal,
            none(mechanism),
            key,
            b"message",
            b"",
            true,
        );
    }
    for (mechanism, key) in [(CKM_RSA_PKCS, rsa), (CKM_ECDSA, ec), (CKM_EDDSA, ed)] {
        add(Class::Sign, Step::Sign, none(mechanism), key, b"", &[7; 32], true);
    }
    cases
}

impl Case {
    fn begin(&self, s: &Session) {
        s.begin(self.class, self.mechanism, self.key).works();
        if !self.fed.is_empty() {
            s.feed(self.class, self.fed).works();
        }
    }

    fn name(&self) -> String {
        format!(
            "{:?} with {}",
            self.step,
            mechanism_name(self.mechanism.0.mechanism)
        )
    }

    /// Whether two runs with the same input give the same bytes.
    fn repeats(&self) -> bool {
        ![CKM_ECDSA, CKM_ECDSA_SHA256].contains(&self.mechanism.0.mechanism)
    }

    fn is_update(&self) -> bool {
        [Step::EncryptUpdate, Step::DecryptUpdate].contains(&self.step)
    }
}

/// OUT-1: the questions of the functions for parts begin no parts.
#[test]
fn who_asked_for_the_length_of_a_part_may_still_give_the_message_whole() {
    isolated(|| {
        let s = Token::fresh().user();
        let (aes, secret) = (s.aes(16), s.secret(32));
        let (cbc, mac) = (Mech::iv(CKM_AES_CBC_PAD, &IV), Mech::new(CKM_SHA256_HMAC));
        let plain = [7; 40];
        let cipher = s.encrypt(cbc, aes, &plain).works();
        s.begin(Class::Encrypt, cbc, aes).works();
        s.query(Step::EncryptUpdate, &plain).works();
        s.query(Step::EncryptFinal, &[]).works();
        assert_eq!(s.step(Step::Encrypt, &plain).works(), cipher);
        s.begin(Class::Decrypt, cbc, aes).works();
        s.query(Step::DecryptUpdate, &cipher).works();
        s.query(Step::DecryptFinal, &[]).works();
        assert_eq!(s.step(Step::Decrypt, &cipher).works(), plain);
        let made = s.sign(mac, secret, &plain).works();
        s.begin(Class::Sign, mac, secret).works();
        s.query(Step::SignFinal, &[]).works();
        assert_eq!(s.step(Step::Sign, &plain).works(), made);
    });
}

/// OUT-1: of a part that gives nothing yet, too; who makes a buffer of no bytes has a NULL and would ask again.
#[test]
fn the_room_for_a_part_is_never_nothing() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        let (gcm, cbc) = (Mech::gcm(&[1; 12], b"", 128), Mech::iv(CKM_AES_CBC_PAD, &IV));
        for (class, update, mech) in [
            (Class::Encrypt, Step::EncryptUpdate, cbc),
            (Class::Decrypt, Step::DecryptUpdate, cbc),
            (Class::Decrypt, Step::DecryptUpdate, gcm),
        ] {
            s.begin(class, mech, aes).works();
            let room = s.query(update, &[0; 5]).works();
            assert!(room > 0);
            let (answer, length, _) = s.offer(update, &[0; 5], room);
            answer.works();
            assert_eq!(length, 0);
            assert_eq!(s.query(update, &[]).works(), 0, "nothing more comes of nothing");
            s.cancel(CKF_ENCRYPT | CKF_DECRYPT).works();
        }
    });
}

/// OUT-1, OUT-2, OUT-4
#[test]
fn a_length_query_names_enough_room_and_changes_nothing() {
    isolated(|| {
        let s = user();
        for case in cases(&s) {
            let name = case.name();
            case.begin(&s);
            let (_, _, right) = s.offer(case.step, &case.input, 4096);
            let _ = s.cancel(CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN);
            case.begin(&s);
            let mut needed = 0;
            for _ in 0..3 {
                needed = s
                    .query(case.step, &case.input)
                    .unwrap_or_else(|code| panic!("{name}: {code:?}"));
            }
            let (answer, length, out) = s.offer(case.step, &case.input, needed.max(1));
            assert!(
                answer.is_ok(),
                "{name} with the room that it asked for: {answer:?}"
            );
            assert!(length <= needed, "{name}: {length} of {needed}");
            assert!(
                !case.exact || length == needed,
                "{name}: {length}, not the {needed} that were named"
            );
            if case.repeats() {
                assert_eq!(
                    out[..length],
                    right[..length],
                    "{name}: the queries changed the result"
                );
            }
            if case.is_update() {
                s.cancel(CKF_ENCRYPT | CKF_DECRYPT).works();
            }
            s.is_idle(case.class);
        }
    });
}

/// OUT-1
#[test]
fn a_short_buffer_names_the_room_and_keeps_the_operation() {
    isolated(|| {
        let s = user();
        for case in cases(&s) {
            let name = case.name();
            case.begin(&s);
            let (_, whole, right) = s.offer(case.step, &case.input, 4096);
            let _ = s.cancel(CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN);
            if whole == 0 {
                continue;
            }
            case.begin(&s);
            for capacity in [0, whole - 1] {
                let (answer, length, out) = s.offer(case.step, &case.input, capacity);
                assert!(
                    answer.rv() == CKR_BUFFER_TOO_SMALL,
                    "{name} into {capacity} bytes: {answer:?}"
                );
                assert!(length >= whole, "{name}: {length} is not enough");
                assert!(
                    out.iter().all(|byte| *byte == 0xEE),
                    "{name} wrote into the short buffer"
                );
            }
            let needed = s.query(case.step, &case.input).unwrap();
            let (answer, length, out) = s.offer(case.step, &case.input, needed);
            assert!(
                answer.is_ok() && length == whole,
                "{name}: {answer:?}, {length} bytes"
            );
            if case.repeats() {
                assert_eq!(out[..length], right[..whole], "{name}");
            }
            let _ = s.cancel(CKF_ENCRYPT | CKF_DECRYPT);
        }
    });
}

/// OUT-1
#[test]
fn a_short_buffer_for_a_wrapped_key_names_the_room() {
    isolated(|| {
        let s = user();
        let kek = s.aes(32);
        let key = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
        let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
        let mut length = 3;
        let mut out = [0; 64];
        call!(C_WrapKey(
            s.handle,
            kwp.p(),
            kek,
            key,
            out.as_mut_ptr(),
            &raw mut length
        ))
        .gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(length, 24);
        call!(C_WrapKey(
            s.handle,
            kwp.p(),
            kek,
            key,
            out.as_mut_ptr(),
            &raw mut length
        ))
        .works();
        assert_eq!(length, 24);
    });
}

/// OUT-3, OUT-5; choices, failed operations.
#[test]
fn every_other_failure_ends_the_operation() {
    isolated(|| {
        let s = user();
        for case in cases(&s) {
            case.begin(&s);
            let input = (p(&case.input), case.input.len() as CK_ULONG);
            let mut out = [0; 600];
            let answer = s.step_raw(case.step, input, out.as_mut_ptr(), null_mut());
            assert!(answer.rv() == CKR_ARGUMENTS_BAD, "{}: {answer:?}", case.name());
            s.is_idle(case.class);
            if !case.input.is_empty() {
                case.begin(&s);
                let mut length = out.len() as CK_ULONG;
                let answer = s.step_raw(case.step, (null_mut(), 8), out.as_mut_ptr(), &raw mut length);
                assert!(
                    answer.rv() == CKR_ARGUMENTS_BAD,
                    "{} of NULL: {answer:?}",
                    case.name()
                );
                s.is_idle(case.class);
            }
            case.begin(&s);
            let _ = s.cancel(CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN);
        }
    });
}

/// OUT-3
#[test]
fn data_of_the_wrong_length_ends_the_operation() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        let cbc = Mech::iv(CKM_AES_CBC, &IV);
        s.encrypt(cbc, aes, &[0; 15]).gives(CKR_DATA_LEN_RANGE);
        s.is_idle(Class::Encrypt);
        s.decrypt(cbc, aes, &[0; 15]).gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        s.is_idle(Class::Decrypt);
        s.encrypt(cbc, aes, &[0; 16]).works();
    });
}

/// OUT-3: an invalid session handle ends nothing.
#[test]
fn a_call_with_a_wrong_session_ends_nothing() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), aes).works();
        let wrong = Session {
            handle: s.handle ^ 0x5a5a,
        };
        wrong
            .step(Step::Encrypt, &[0; 16])
            .gives(CKR_SESSION_HANDLE_INVALID);
        s.step(Step::Encrypt, &[0; 16]).works();
    });
}

/// OUT-6
#[test]
fn encryption_works_in_place() {
    isolated(|| {
        let s = user();
        let aes = s.aes(32);
        let data: Vec<u8> = (0..64).collect();
        let mechanisms = [
            Mech::new(CKM_AES_ECB),
            Mech::iv(CKM_AES_CBC, &IV),
            Mech::iv(CKM_AES_CBC_PAD, &IV),
            Mech::ctr(32, IV),
            Mech::gcm(&[1; 12], b"", 128),
        ];
        for mechanism in mechanisms {
            let name = mechanism_name(mechanism.0.mechanism);
            let right = s.encrypt(mechanism, aes, &data).works();
            let mut buffer = data.clone();
            buffer.resize(128, 0);
            let mut length = 128;
            s.begin(Class::Encrypt, mechanism, aes).works();
            s.step_raw(
                Step::Encrypt,
                (buffer.as_mut_ptr(), 64),
                buffer.as_mut_ptr(),
                &raw mut length,
            )
            .works();
            assert_eq!(buffer[..length as usize], right, "{name}");
            let cipher_length = length;
            let mut length = 128;
            s.begin(Class::Decrypt, mechanism, aes).works();
            s.step_raw(
                Step::Decrypt,
                (buffer.as_mut_ptr(), cipher_length),
                buffer.as_mut_ptr(),
                &raw mut length,
            )
            .works();
            assert_eq!(buffer[..length as usize], data, "{name}");
            let mut length = 128;
            s.begin(Class::Encrypt, mechanism, aes).works();
            s.step_raw(
                Step::EncryptUpdate,
                (buffer.as_mut_ptr(), 64),
                buffer.as_mut_ptr(),
                &raw mut length,
            )
            .works();
            let some = length as usize;
            assert_eq!(buffer[..some], right[..some], "{name}, update");
            s.cancel(CKF_ENCRYPT).works();
        }
    });
}

/// OUT-6
#[test]
fn updates_work_in_buffers_that_overlap() {
    isolated(|| {
        let s = user();
        let aes = s.aes(32);
        let data: Vec<u8> = (0..64).collect();
        for mechanism in [
            Mech::iv(CKM_AES_CBC, &IV),
            Mech::iv(CKM_AES_CBC_PAD, &IV),
            Mech::ctr(32, IV),
            Mech::gcm(&[1; 12], b"", 128),
        ] {
            let right = s.in_pieces(Class::Encrypt, mechanism, aes, &data, 64).works();
            let mut room = vec![0; 256];
            room[3..67].copy_from_slice(&data);
            s.begin(Class::Encrypt, mechanism, aes).works();
            let mut length = 128;
            let start = room.as_mut_ptr();
            // SAFETY: both places are inside the room.
            s.step_raw(
                Step::EncryptUpdate,
                (unsafe { start.add(3) }, 64),
                start,
                &raw mut length,
            )
            .works();
            let some = length as usize;
            assert_eq!(
                room[..some],
                right[..some],
                "{}",
                mechanism_name(mechanism.0.mechanism)
            );
            s.cancel(CKF_ENCRYPT).works();
        }
    });
}

/// OPA-1
#[test]
fn a_second_beginning_is_refused_and_the_first_goes_on() {
    isolated(|| {
        let s = user();
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
            s.begin(class, Mech::new(mechanism), key).works();
            s.begin(class, Mech::new(mechanism), key)
                .gives(CKR_OPERATION_ACTIVE);
            s.begin(class, Mech::new(0xdead), key).gives(CKR_OPERATION_ACTIVE);
        }
        s.step(Step::Encrypt, &[0; 16]).works();
        s.step(Step::Decrypt, &[0; 16]).works();
        s.step(Step::Digest, &[0; 16]).works();
        let mac = s.step(Step::Sign, &[0; 16]).works();
        s.check(&[0; 16], &mac).works();
    });
}

/// OPA-1
#[test]
fn sessions_do_not_share_operations() {
    isolated(|| {
        let token = Token::fresh();
        let (first, second) = (token.user(), token.rw());
        let aes = first.aes(16);
        first.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), aes).works();
        second.is_idle(Class::Encrypt);
        second
            .begin(Class::Encrypt, Mech::iv(CKM_AES_CBC, &IV), aes)
            .works();
        first.step(Step::Encrypt, &[0; 16]).works();
        second.step(Step::Encrypt, &[0; 16]).works();
    });
}

/// OPA-2; choices, mode policing.
#[test]
fn a_single_part_call_does_not_end_a_multi_part_operation() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        let secret = s.secret(32);
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), aes).works();
        s.feed(Class::Encrypt, &[0; 16]).works();
        s.step(Step::Encrypt, &[0; 16]).gives(CKR_OPERATION_ACTIVE);
        s.is_idle(Class::Encrypt);
        s.begin(Class::Decrypt, Mech::new(CKM_AES_ECB), aes).works();
        s.feed(Class::Decrypt, &[0; 16]).works();
        s.step(Step::Decrypt, &[0; 16]).gives(CKR_OPERATION_ACTIVE);
        s.is_idle(Class::Decrypt);
        s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
        s.feed(Class::Digest, b"x").works();
        s.step(Step::Digest, b"x").gives(CKR_OPERATION_ACTIVE);
        s.is_idle(Class::Digest);
        s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC), secret).works();
        s.feed(Class::Sign, b"x").works();
        s.step(Step::Sign, b"x").gives(CKR_OPERATION_ACTIVE);
        s.is_idle(Class::Sign);
        s.begin(Class::Verify, Mech::new(CKM_SHA256_HMAC), secret).works();
        s.feed(Class::Verify, b"x").works();
        s.check(b"x", &[0; 32]).gives(CKR_OPERATION_ACTIVE);
        s.is_idle(Class::Verify);
    });
}

/// OPA-3
#[test]
fn init_checks_in_the_order_of_the_standard() {
    isolated(|| {
        let s = user();
        let bad_iv = Mech::iv(CKM_AES_CBC, &[0; 5]);
        let cbc = Mech::iv(CKM_AES_CBC, &IV);
        let secret = s.secret(16);
        let no_encrypt = s.aes_with(16, &[a(CKA_ENCRYPT, false)]).works();
        let not_allowed = s
            .aes_with(16, &[a(CKA_ALLOWED_MECHANISMS, &[CKM_AES_ECB][..])])
            .works();
        let begin = |mechanism, key| s.begin(Class::Encrypt, mechanism, key);
        begin(Mech::new(0xdead), 99_999).gives(CKR_MECHANISM_INVALID);
        begin(bad_iv, 99_999).gives(CKR_MECHANISM_PARAM_INVALID);
        begin(cbc, 99_999).gives(CKR_KEY_HANDLE_INVALID);
        begin(cbc, secret).gives(CKR_KEY_TYPE_INCONSISTENT);
        begin(cbc, no_encrypt).gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        begin(cbc, not_allowed).gives(CKR_MECHANISM_INVALID);
        s.is_idle(Class::Encrypt);
        begin(Mech::new(CKM_AES_ECB), not_allowed).works();
    });
}

/// RET-2: KEY_TYPE_INCONSISTENT before KEY_FUNCTION_NOT_PERMITTED.
#[test]
fn the_wrong_key_type_outranks_the_missing_permission() {
    isolated(|| {
        let s = user();
        let secret = s
            .generate_key(
                Mech::new(CKM_GENERIC_SECRET_KEY_GEN),
                &[a(CKA_VALUE_LEN, 16), a(CKA_ENCRYPT, false)],
            )
            .works();
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), secret)
            .gives(CKR_KEY_TYPE_INCONSISTENT);
        let (public, _) = s.rsa_with(1024, &[a(CKA_VERIFY, false)], &[]).works();
        s.begin(Class::Verify, Mech::new(CKM_ECDSA), public)
            .gives(CKR_KEY_TYPE_INCONSISTENT);
    });
}

/// OPA-3; choices, wrong parameters.
#[test]
fn a_parameter_of_the_wrong_shape_is_refused() {
    isolated(|| {
        let s = user();
        let (aes, des3) = (
            s.aes(16),
            s.generate_key(Mech::new(CKM_DES3_KEY_GEN), &[]).works(),
        );
        let (public, private) = s.rsa();
        let e = Class::Encrypt;
        for length in [0, 1, 15, 17, 32] {
            s.begin(e, Mech::iv(CKM_AES_CBC, &vec![0; length]), aes)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin(e, Mech::iv(CKM_AES_CBC_PAD, &vec![0; length]), aes)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin(e, Mech::iv(CKM_DES3_CBC, &vec![0; length]), des3)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        for cbc in [CKM_AES_CBC, CKM_AES_CBC_PAD, CKM_AES_CTR, CKM_AES_GCM] {
            s.begin(e, Mech::new(cbc), aes).gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin(e, Mech::new(cbc).with_length(16), aes)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        for bits in [0, 129, CK_ULONG::MAX] {
            s.begin(e, Mech::ctr(bits, IV), aes)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        for bits in [0, 1, 7, 8, 24, 31, 33, 84, 129, 136, CK_ULONG::MAX] {
            s.begin(e, Mech::gcm(&[1; 12], b"", bits), aes)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.begin(e, Mech::gcm(&[], b"", 128), aes)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.begin(e, Mech::oaep(CKM_AES_CBC, CKG_MGF1_SHA1, b""), public)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.begin(e, Mech::oaep(CKM_SHA256, 99, b""), public)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.begin(e, Mech::new(CKM_RSA_PKCS_OAEP), public)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.begin(Class::Sign, Mech::new(CKM_RSA_PKCS_PSS), private)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.begin(
            Class::Sign,
            Mech::pss(CKM_SHA256_RSA_PKCS_PSS, CKM_SHA_1, 20),
            private,
        )
        .gives(CKR_MECHANISM_PARAM_INVALID);
        s.begin(
            Class::Sign,
            Mech::pss(CKM_RSA_PKCS_PSS, CKM_SHA256, 9999),
            private,
        )
        .gives(CKR_MECHANISM_PARAM_INVALID);
        for length in [0, 33, CK_ULONG::MAX] {
            s.begin(
                Class::Sign,
                Mech::general(CKM_SHA256_HMAC_GENERAL, length),
                s.secret(32),
            )
            .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC_GENERAL), s.secret(32))
            .gives(CKR_MECHANISM_PARAM_INVALID);
        for length in [0, 17] {
            s.begin(Class::Verify, Mech::general(CKM_AES_CMAC_GENERAL, length), aes)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// OPA-4
#[test]
fn an_empty_message_is_a_message() {
    isolated(|| {
        let s = user();
        let (aes, secret) = (s.aes(16), s.secret(32));
        let pad = Mech::iv(CKM_AES_CBC_PAD, &IV);
        for (class, mechanism, key, last, whole) in [
            (
                Class::Digest,
                Mech::new(CKM_SHA256),
                0,
                Step::DigestFinal,
                Step::Digest,
            ),
            (
                Class::Sign,
                Mech::new(CKM_SHA256_HMAC),
                secret,
                Step::SignFinal,
                Step::Sign,
            ),
            (
                Class::Sign,
                Mech::new(CKM_AES_CMAC),
                aes,
                Step::SignFinal,
                Step::Sign,
            ),
            (Class::Encrypt, pad, aes, Step::EncryptFinal, Step::Encrypt),
            (
                Class::Encrypt,
                Mech::gcm(&[1; 12], b"", 128),
                aes,
                Step::EncryptFinal,
                Step::Encrypt,
            ),
        ] {
            s.begin(class, mechanism, key).works();
            let at_once = s.step(last, &[]).works();
            s.begin(class, mechanism, key).works();
            s.feed(class, &[]).works();
            assert_eq!(s.step(last, &[]).works(), at_once);
            s.begin(class, mechanism, key).works();
            assert_eq!(s.step(whole, &[]).works(), at_once);
            s.begin(class, mechanism, key).works();
            let mut out = [0; 64];
            let mut length = 64;
            s.step_raw(whole, (null_mut(), 0), out.as_mut_ptr(), &raw mut length)
                .works();
            assert_eq!(out[..length as usize], at_once, "NULL with length 0 is no data");
        }
    });
}

/// OPA-4
#[test]
fn mechanisms_that_take_one_part_refuse_updates() {
    isolated(|| {
        let s = user();
        let (_, rsa) = s.rsa();
        let (_, ec) = s.ec(curve::P256);
        for (mechanism, key) in [(CKM_RSA_PKCS, rsa), (CKM_RSA_X_509, rsa), (CKM_ECDSA, ec)] {
            s.begin(Class::Sign, Mech::new(mechanism), key).works();
            s.feed(Class::Sign, &[1; 8]).gives(CKR_FUNCTION_NOT_SUPPORTED);
            s.is_idle(Class::Sign);
        }
    });
}

/// OPA-4: pieces of every length give what the whole gives.
#[test]
fn a_message_in_pieces_gives_what_the_whole_gives() {
    isolated(|| {
        let s = user();
        let (aes, secret) = (s.aes(32), s.secret(32));
        let des3 = s.generate_key(Mech::new(CKM_DES3_KEY_GEN), &[]).works();
        let data: Vec<u8> = (0..208).map(|at| (at * 7) as u8).collect();
        let iv8 = [1; 8];
        let ciphers = [
            (Mech::new(CKM_AES_ECB), aes),
            (Mech::iv(CKM_AES_CBC, &IV), aes),
            (Mech::iv(CKM_AES_CBC_PAD, &IV), aes),
            (Mech::ctr(128, IV), aes),
            (Mech::gcm(&[9; 12], b"aad", 96), aes),
            (Mech::new(CKM_DES3_ECB), des3),
            (Mech::iv(CKM_DES3_CBC, &iv8), des3),
            (Mech::iv(CKM_DES3_CBC_PAD, &iv8), des3),
        ];
        for piece in [1, 7, 8, 15, 16, 17, 64, 208] {
            for (mechanism, key) in ciphers {
                let name = format!("{} in pieces of {piece}", mechanism_name(mechanism.0.mechanism));
                let whole = s.encrypt(mechanism, key, &data).works();
                assert_eq!(
                    s.in_pieces(Class::Encrypt, mechanism, key, &data, piece).works(),
                    whole,
                    "{name}"
                );
                assert_eq!(
                    s.in_pieces(Class::Decrypt, mechanism, key, &whole, piece).works(),
                    data,
                    "{name}"
                );
            }
            for (class, mechanism, key) in [
                (Class::Digest, CKM_SHA_1, 0),
                (Class::Digest, CKM_SHA512, 0),
                (Class::Sign, CKM_SHA384_HMAC, secret),
                (Class::Sign, CKM_AES_CMAC, aes),
                (Class::Sign, CKM_DES3_CMAC, des3),
            ] {
                let mechanism = Mech::new(mechanism);
                let whole = if class == Class::Digest {
                    s.digest(mechanism, &data)
                } else {
                    s.sign(mechanism, key, &data)
                };
                assert_eq!(
                    s.in_pieces(class, mechanism, key, &data, piece).works(),
                    whole.works()
                );
            }
        }
    });
}

/// ENC-1
#[test]
fn bad_padding_is_invalid_data() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        let cipher = s.encrypt(Mech::iv(CKM_AES_CBC, &IV), aes, &[0x55; 32]).works();
        let pad = Mech::iv(CKM_AES_CBC_PAD, &IV);
        s.decrypt(pad, aes, &cipher).gives(CKR_ENCRYPTED_DATA_INVALID);
        s.decrypt(pad, aes, &cipher[..17])
            .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        s.decrypt(pad, aes, &[]).gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        for last in [0_u8, 17, 255] {
            let mut plain = [9; 16];
            plain[15] = last;
            let cipher = s.encrypt(Mech::iv(CKM_AES_CBC, &IV), aes, &plain).works();
            s.decrypt(pad, aes, &cipher).gives(CKR_ENCRYPTED_DATA_INVALID);
        }
    });
}

/// ENC-1
#[test]
fn decryption_with_padding_holds_back_the_last_block() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        let pad = Mech::iv(CKM_AES_CBC_PAD, &IV);
        let cipher = s.encrypt(pad, aes, &[0x55; 32]).works();
        assert_eq!(cipher.len(), 48);
        s.begin(Class::Decrypt, pad, aes).works();
        assert_eq!(s.step(Step::DecryptUpdate, &cipher).works().len(), 32);
        assert_eq!(s.step(Step::DecryptFinal, &[]).works().len(), 0);
    });
}

/// ENC-1
#[test]
fn a_partial_block_at_the_end_is_refused() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        for mechanism in [Mech::new(CKM_AES_ECB), Mech::iv(CKM_AES_CBC, &IV)] {
            s.begin(Class::Encrypt, mechanism, aes).works();
            s.feed(Class::Encrypt, &[0; 17]).works();
            s.step(Step::EncryptFinal, &[]).gives(CKR_DATA_LEN_RANGE);
            s.is_idle(Class::Encrypt);
            s.begin(Class::Decrypt, mechanism, aes).works();
            s.feed(Class::Decrypt, &[0; 17]).works();
            s.step(Step::DecryptFinal, &[])
                .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
            s.is_idle(Class::Decrypt);
        }
    });
}

/// ENC-2
#[test]
fn gcm_gives_no_plaintext_before_the_tag_is_checked() {
    isolated(|| {
        let s = user();
        let aes = s.aes(32);
        let gcm = Mech::gcm(&[1; 12], b"aad", 128);
        let mut cipher = s.encrypt(gcm, aes, &[7; 100]).works();
        assert_eq!(cipher.len(), 116);
        assert_eq!(s.decrypt(gcm, aes, &cipher).works(), [7; 100]);
        s.begin(Class::Decrypt, gcm, aes).works();
        assert!(s.step(Step::DecryptUpdate, &cipher).works().is_empty());
        assert_eq!(s.step(Step::DecryptFinal, &[]).works(), [7; 100]);
        cipher[50] ^= 1;
        s.begin(Class::Decrypt, gcm, aes).works();
        let (answer, _, out) = s.offer(Step::Decrypt, &cipher, 200);
        answer.gives(CKR_ENCRYPTED_DATA_INVALID);
        assert!(
            out.iter().all(|byte| *byte == 0xEE || *byte == 0),
            "no plaintext is left behind"
        );
        s.decrypt(gcm, aes, &cipher[..15])
            .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        s.decrypt(Mech::gcm(&[1; 12], b"other", 128), aes, &cipher)
            .gives(CKR_ENCRYPTED_DATA_INVALID);
    });
}

/// ENC-2
#[test]
fn gcm_takes_ivs_and_tags_of_many_lengths() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        for iv_length in [1, 8, 12, 13, 16, 60, 128] {
            for tag_bits in (32..=128).step_by(8) {
                let gcm = Mech::gcm(&vec![3; iv_length], b"", tag_bits);
                let cipher = s.encrypt(gcm, aes, &[7; 20]).works();
                assert_eq!(cipher.len() as CK_ULONG, 20 + tag_bits / 8);
                assert_eq!(s.decrypt(gcm, aes, &cipher).works(), [7; 20]);
                assert_eq!(s.in_pieces(Class::Encrypt, gcm, aes, &[7; 20], 9).works(), cipher);
                assert_eq!(s.in_pieces(Class::Decrypt, gcm, aes, &cipher, 9).works(), [7; 20]);
                let whole = s.encrypt(Mech::gcm(&vec![3; iv_length], b"", 128), aes, &[7; 20]);
                assert!(
                    whole.works().starts_with(&cipher),
                    "a short tag is the start of the full one"
                );
            }
        }
    });
}

/// ENC-2: the parameter is told by its size, and `ulIvBits` is not looked at.
#[test]
fn gcm_takes_its_parameter_with_and_without_the_bits_of_the_iv() {
    isolated(|| {
        let s = user();
        let aes = s.import(CKK_AES, &[1; 16]);
        let iv = leak(&[3; 12]) as usize;
        let aad = leak(b"aad") as usize;
        let usual = s.encrypt(Mech::gcm(&[3; 12], b"aad", 96), aes, &[7; 20]).works();
        let older = Mech::with(CKM_AES_GCM, [iv, 12, aad, 3, 96]);
        assert_eq!(s.encrypt(older, aes, &[7; 20]).works(), usual);
        for bits in [0, 96, 8, usize::MAX] {
            let mechanism = Mech::with(CKM_AES_GCM, [iv, 12, bits, aad, 3, 96]);
            assert_eq!(s.encrypt(mechanism, aes, &[7; 20]).works(), usual, "{bits}");
        }
        for length in [39, 41, 47, 49] {
            let mechanism = Mech::with(CKM_AES_GCM, [iv, 12, 96, aad, 3, 96, 0]).with_length(length);
            s.begin(Class::Encrypt, mechanism, aes)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// ENC-2: OpenSSL's provider asks for the length with NULL before it finishes.
#[test]
fn the_last_gcm_decryption_step_can_be_queried() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        let gcm = Mech::gcm(&[1; 12], b"", 128);
        let cipher = s.encrypt(gcm, aes, b"").works();
        s.begin(Class::Decrypt, gcm, aes).works();
        s.feed(Class::Decrypt, &cipher).works();
        assert_eq!(s.query(Step::DecryptFinal, &[]).works(), 0);
        assert_eq!(s.query(Step::DecryptFinal, &[]).works(), 0);
        let mut length = 0;
        s.step_raw(Step::DecryptFinal, (null_mut(), 0), leak(&[0]), &raw mut length)
            .works();
        s.is_idle(Class::Decrypt);
    });
}

/// ENC-2
#[test]
fn the_length_of_a_gcm_update_does_not_count_the_tag() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        s.begin(Class::Encrypt, Mech::gcm(&[1; 12], b"", 128), aes)
            .works();
        assert_eq!(s.query(Step::EncryptUpdate, &[0; 16]).works(), 16);
        assert_eq!(s.step(Step::EncryptUpdate, &[0; 16]).works().len(), 16);
        assert_eq!(s.query(Step::EncryptFinal, &[]).works(), 16);
    });
}

/// ENC-3
#[test]
fn a_counter_does_not_wrap_into_used_values() {
    isolated(|| {
        let s = user();
        let aes = s.aes(16);
        let nearly = [0xff; 16];
        assert_eq!(s.encrypt(Mech::ctr(8, nearly), aes, &[0; 16]).works().len(), 16);
        let wide = s.encrypt(Mech::ctr(128, [0; 16]), aes, &[0; 64]).works();
        assert_eq!(
            s.encrypt(Mech::ctr(32, [0; 16]), aes, &[0; 64]).works(),
            wide,
            "the same while no counter is full"
        );
        s.encrypt(Mech::ctr(4, [0; 16]), aes, &vec![0; 16 * 16]).works();
        s.encrypt(Mech::ctr(4, [0; 16]), aes, &vec![0; 16 * 17])
            .gives(CKR_DATA_LEN_RANGE);
    });
}

/// ENC-3
#[test]
fn rsa_decryption_failures_look_all_the_same() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let pkcs = Mech::new(CKM_RSA_PKCS);
        let cipher = s.encrypt(pkcs, public, b"secret").works();
        assert_eq!(s.decrypt(pkcs, private, &cipher).works(), b"secret");
        let mut codes = std::collections::HashSet::new();
        for at in [0, 100, 255] {
            let mut broken = cipher.clone();
            broken[at] ^= 1;
            broken[0] &= 0x3f;
            codes.insert(s.decrypt(pkcs, private, &broken).rv());
        }
        assert_eq!(codes.len(), 1, "{codes:?}");
        s.decrypt(pkcs, private, &cipher[1..])
            .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        s.encrypt(pkcs, public, &[0; 246]).gives(CKR_DATA_LEN_RANGE);
        s.encrypt(pkcs, public, &[0; 245]).works();
    });
}

/// ENC-3
#[test]
fn oaep_takes_any_hash_label_and_mask() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let hashes = [
            (CKM_SHA_1, 20),
            (CKM_SHA224, 28),
            (CKM_SHA256, 32),
            (CKM_SHA384, 48),
            (CKM_SHA512, 64),
        ];
        for (hash, length) in hashes {
            for mgf in [
                CKG_MGF1_SHA1,
                CKG_MGF1_SHA224,
                CKG_MGF1_SHA256,
                CKG_MGF1_SHA384,
                CKG_MGF1_SHA512,
            ] {
                let oaep = Mech::oaep(hash, mgf, b"label");
                let cipher = s.encrypt(oaep, public, b"secret").works();
                assert_eq!(s.decrypt(oaep, private, &cipher).works(), b"secret");
                s.decrypt(Mech::oaep(hash, mgf, b"other"), private, &cipher)
                    .gives(CKR_ENCRYPTED_DATA_INVALID);
            }
            let oaep = Mech::oaep(hash, mgf_of(hash), b"");
            s.encrypt(oaep, public, &vec![1; 256 - 2 * length - 2]).works();
            s.encrypt(oaep, public, &vec![1; 256 - 2 * length - 1])
                .gives(CKR_DATA_LEN_RANGE);
        }
    });
}

/// SIG-1
#[test]
fn signatures_have_the_lengths_of_their_keys() {
    isolated(|| {
        let s = user();
        for (curve, bits) in curve::WEIERSTRASS {
            let (public, private) = s.ec(curve);
            let length = 2 * bits.div_ceil(8);
            for _ in 0..20 {
                let signature = s.sign(Mech::new(CKM_ECDSA), private, &[7; 20]).works();
                assert_eq!(signature.len(), length, "r and s have fixed lengths");
                s.verify(Mech::new(CKM_ECDSA), public, &[7; 20], &signature)
                    .works();
            }
        }
        assert_eq!(s.sign(Mech::new(CKM_EDDSA), s.ed25519().1, b"").works().len(), 64);
        for bits in [1024, 2048, 3072] {
            let (_, private) = s.rsa_with(bits, &[], &[]).works();
            assert_eq!(
                s.sign(Mech::new(CKM_RSA_PKCS), private, b"x").works().len() as CK_ULONG,
                bits / 8
            );
        }
    });
}

/// SIG-1
#[test]
fn rsa_signatures_take_data_up_to_their_limits() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let pkcs = Mech::new(CKM_RSA_PKCS);
        s.sign(pkcs, private, &[1; 245]).works();
        s.sign(pkcs, private, &[1; 246]).gives(CKR_DATA_LEN_RANGE);
        let raw = Mech::new(CKM_RSA_X_509);
        let short = s.sign(raw, private, b"\x01\x02").works();
        let mut padded = vec![0; 256];
        padded[254..].copy_from_slice(b"\x01\x02");
        assert_eq!(
            s.sign(raw, private, &padded).works(),
            short,
            "zeros are put in front"
        );
        s.verify(raw, public, b"\x01\x02", &short).works();
        s.sign(raw, private, &[0xff; 256]).gives(CKR_DATA_INVALID);
        s.sign(raw, private, &[0; 257]).gives(CKR_DATA_LEN_RANGE);
    });
}

/// SIG-1
#[test]
fn pss_takes_exactly_a_hash_and_any_salt() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        for salt in [0, 20, 32, 222] {
            let pss = Mech::pss(CKM_RSA_PKCS_PSS, CKM_SHA256, salt);
            let signature = s.sign(pss, private, &[7; 32]).works();
            s.verify(pss, public, &[7; 32], &signature).works();
            s.verify(pss, public, &[8; 32], &signature)
                .gives(CKR_SIGNATURE_INVALID);
            s.sign(pss, private, &[7; 31]).gives(CKR_DATA_LEN_RANGE);
            let with_hash = Mech::pss(CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, salt);
            let signature = s.sign(with_hash, private, b"message").works();
            s.verify(with_hash, public, b"message", &signature).works();
            let digest = s.digest(Mech::new(CKM_SHA256), b"message").works();
            s.verify(pss, public, &digest, &signature).works();
        }
    });
}

/// SIG-1
#[test]
fn ecdsa_takes_the_left_part_of_a_long_hash() {
    isolated(|| {
        let s = user();
        let (public, private) = s.ec(curve::P256);
        let mut long = [7; 64];
        let signature = s.sign(Mech::new(CKM_ECDSA), private, &long).works();
        long[40] = 9;
        s.verify(Mech::new(CKM_ECDSA), public, &long, &signature).works();
        s.verify(Mech::new(CKM_ECDSA), public, &[7; 32], &signature)
            .works();
        let nothing = s.sign(Mech::new(CKM_ECDSA), private, b"").works();
        for zero in [&b""[..], &[0; 32]] {
            s.verify(Mech::new(CKM_ECDSA), public, zero, &nothing).works();
        }
    });
}

/// SIG-2; choices, verification failure.
#[test]
fn a_wrong_signature_is_invalid_and_a_short_one_of_wrong_length() {
    isolated(|| {
        let s = user();
        let (rsa_public, rsa) = s.rsa();
        let (ec_public, ec) = s.ec(curve::P256);
        let (ed_public, ed) = s.ed25519();
        let (secret, aes) = (s.secret(32), s.aes(16));
        let cases = [
            (Mech::new(CKM_SHA256_RSA_PKCS), rsa, rsa_public),
            (Mech::new(CKM_RSA_PKCS), rsa, rsa_public),
            (
                Mech::pss(CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, 32),
                rsa,
                rsa_public,
            ),
            (Mech::new(CKM_ECDSA), ec, ec_public),
            (Mech::new(CKM_ECDSA_SHA256), ec, ec_public),
            (Mech::new(CKM_EDDSA), ed, ed_public),
            (Mech::new(CKM_SHA256_HMAC), secret, secret),
            (Mech::general(CKM_SHA256_HMAC_GENERAL, 10), secret, secret),
            (Mech::new(CKM_AES_CMAC), aes, aes),
        ];
        for (mechanism, private, public) in cases {
            let name = mechanism_name(mechanism.0.mechanism);
            let signature = s.sign(mechanism, private, &[7; 32]).works();
            s.verify(mechanism, public, &[7; 32], &signature).works();
            s.is_idle(Class::Verify);
            let mut wrong = signature.clone();
            *wrong.last_mut().unwrap() ^= 1;
            let code = s.verify(mechanism, public, &[7; 32], &wrong).rv();
            assert_eq!(code, CKR_SIGNATURE_INVALID, "{name}: {}", self::name(code));
            s.is_idle(Class::Verify);
            s.verify(mechanism, public, &[8; 32], &signature)
                .gives(CKR_SIGNATURE_INVALID);
            for length in [0, signature.len() - 1] {
                let code = s.verify(mechanism, public, &[7; 32], &signature[..length]).rv();
                assert_eq!(
                    code,
                    CKR_SIGNATURE_LEN_RANGE,
                    "{name} of {length} bytes: {}",
                    self::name(code)
                );
                s.is_idle(Class::Verify);
            }
            let longer = [&signature[..], &[0]].concat();
            s.verify(mechanism, public, &[7; 32], &longer)
                .gives(CKR_SIGNATURE_LEN_RANGE);
        }
    });
}

/// SIG-2
#[test]
fn ecdsa_signatures_of_zeros_and_huge_numbers_are_invalid() {
    isolated(|| {
        let s = user();
        let (public, _) = s.ec(curve::P256);
        for filling in [0, 0xff] {
            s.verify(Mech::new(CKM_ECDSA), public, &[7; 32], &[filling; 64])
                .gives(CKR_SIGNATURE_INVALID);
        }
    });
}

/// SIG-3; choices, HMAC keys.
#[test]
fn hmac_takes_generic_secrets_and_its_own_key_type() {
    isolated(|| {
        let s = user();
        let types = [
            (CKM_SHA_1_HMAC, CKK_SHA_1_HMAC, 20),
            (CKM_SHA224_HMAC, CKK_SHA224_HMAC, 28),
            (CKM_SHA256_HMAC, CKK_SHA256_HMAC, 32),
            (CKM_SHA384_HMAC, CKK_SHA384_HMAC, 48),
            (CKM_SHA512_HMAC, CKK_SHA512_HMAC, 64),
        ];
        for (mechanism, key_type, length) in types {
            let generic = s.import(CKK_GENERIC_SECRET, &[3; 32]);
            let own = s.import(key_type, &[3; 32]);
            let mac = s.sign(Mech::new(mechanism), generic, b"message").works();
            assert_eq!(mac.len(), length);
            assert_eq!(s.sign(Mech::new(mechanism), own, b"message").works(), mac);
            let other = s.import(
                if key_type == CKK_SHA_1_HMAC {
                    CKK_SHA256_HMAC
                } else {
                    CKK_SHA_1_HMAC
                },
                &[3; 32],
            );
            s.begin(Class::Sign, Mech::new(mechanism), other)
                .gives(CKR_KEY_TYPE_INCONSISTENT);
        }
    });
}

/// SIG-3
#[test]
fn a_mac_of_chosen_length_is_the_beginning_of_the_whole() {
    isolated(|| {
        let s = user();
        let (secret, aes) = (s.secret(32), s.aes(16));
        let whole = s.sign(Mech::new(CKM_SHA256_HMAC), secret, b"message").works();
        for length in [1, 4, 31, 32] {
            let general = Mech::general(CKM_SHA256_HMAC_GENERAL, length);
            let mac = s.sign(general, secret, b"message").works();
            assert_eq!(mac, whole[..length as usize]);
            s.verify(general, secret, b"message", &mac).works();
        }
        let whole = s.sign(Mech::new(CKM_AES_CMAC), aes, b"message").works();
        let mac = s
            .sign(Mech::general(CKM_AES_CMAC_GENERAL, 8), aes, b"message")
            .works();
        assert_eq!(mac, whole[..8]);
    });
}

/// SIG-4
#[test]
fn ed25519_has_a_pure_a_context_and_a_prehashed_form() {
    isolated(|| {
        let s = user();
        let (public, private) = s.ed25519();
        let forms = [
            Mech::new(CKM_EDDSA),
            Mech::eddsa(false, b"context"),
            Mech::eddsa(true, b""),
            Mech::eddsa(true, b"context"),
        ];
        let signatures: Vec<Vec<u8>> = forms
            .iter()
            .map(|form| s.sign(*form, private, b"message").works())
            .collect();
        for (form, signature) in forms.iter().zip(&signatures) {
            s.begin(Class::Sign, *form, private).works();
            s.feed(Class::Sign, b"mess").works();
            s.feed(Class::Sign, b"age").works();
            assert_eq!(&s.step(Step::SignFinal, &[]).works(), signature);
        }
        for (at, form) in forms.iter().enumerate() {
            for (other, signature) in signatures.iter().enumerate() {
                let answer = s.verify(*form, public, b"message", signature);
                if at == other {
                    answer.works()
                } else {
                    answer.gives(CKR_SIGNATURE_INVALID)
                }
            }
        }
        s.begin(Class::Sign, Mech::eddsa(false, &[1; 256]), private)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// DIG-1
#[test]
fn a_secret_key_is_digested_if_it_may_be_seen() {
    isolated(|| {
        let s = user();
        let key = s.import(CKK_GENERIC_SECRET, b"abc");
        s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
        s.feed(Class::Digest, b"12").works();
        s.digest_key(key).works();
        s.feed(Class::Digest, b"3").works();
        assert_eq!(
            s.step(Step::DigestFinal, &[]).works(),
            s.digest(Mech::new(CKM_SHA256), b"12abc3").works()
        );
        s.digest_key(key).gives(CKR_OPERATION_NOT_INITIALIZED);
        let (public, private) = s.ec(curve::P256);
        let object = s.create(&data("data", b"x")).works();
        let kept = with(&open_secret(CKK_AES, &[1; 16]), &[a(CKA_EXTRACTABLE, false)]);
        let kept = s.create(&kept).works();
        for (handle, code) in [
            (public, CKR_KEY_INDIGESTIBLE),
            (private, CKR_KEY_INDIGESTIBLE),
            (s.aes(16), CKR_KEY_INDIGESTIBLE),
            (kept, CKR_KEY_INDIGESTIBLE),
            (object, CKR_KEY_HANDLE_INVALID),
            (0, CKR_KEY_HANDLE_INVALID),
        ] {
            s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
            s.digest_key(handle).gives(code);
            s.is_idle(Class::Digest);
        }
    });
}

fn always(s: &Session) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
    s.rsa_with(
        1024,
        &[],
        &[a(CKA_ALWAYS_AUTHENTICATE, true), a(CKA_PRIVATE, true)],
    )
    .works()
}

/// ALW-1
#[test]
fn a_key_that_always_authenticates_wants_a_login_for_each_operation() {
    isolated(|| {
        let s = user();
        let (public, private) = always(&s);
        assert!(s.flag(private, CKA_ALWAYS_AUTHENTICATE).works());
        let pkcs = Mech::new(CKM_RSA_PKCS);
        s.begin(Class::Sign, pkcs, private).works();
        s.step(Step::Sign, b"x").gives(CKR_USER_NOT_LOGGED_IN);
        let _ = s.cancel(CKF_SIGN);
        for _ in 0..2 {
            s.begin(Class::Sign, pkcs, private).works();
            s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
            assert_eq!(s.query(Step::Sign, b"x").works(), 128);
            let signature = s.step(Step::Sign, b"x").works();
            s.verify(pkcs, public, b"x", &signature).works();
        }
        let cipher = s.encrypt(pkcs, public, b"secret").works();
        s.begin(Class::Decrypt, pkcs, private).works();
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
        assert_eq!(s.step(Step::Decrypt, &cipher).works(), b"secret");
        s.begin(Class::Decrypt, pkcs, private).works();
        s.step(Step::Decrypt, &cipher).gives(CKR_USER_NOT_LOGGED_IN);
    });
}

/// ALW-1: the PIN is good for the operation that was begun last.
#[test]
fn a_login_for_one_operation_is_none_for_another() {
    isolated(|| {
        let s = user();
        let (public, private) = always(&s);
        let pkcs = Mech::new(CKM_RSA_PKCS);
        let cipher = s.encrypt(pkcs, public, b"secret").works();
        s.begin(Class::Decrypt, pkcs, private).works();
        s.begin(Class::Sign, pkcs, private).works();
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
        s.step(Step::Decrypt, &cipher).gives(CKR_USER_NOT_LOGGED_IN);
        s.step(Step::Sign, b"x").works();
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
        assert_eq!(s.step(Step::Decrypt, &cipher).works(), b"secret");
    });
}

/// ALW-1
#[test]
fn a_multi_part_operation_needs_the_login_once() {
    isolated(|| {
        let s = user();
        let (_, private) = always(&s);
        s.begin(Class::Sign, Mech::new(CKM_SHA256_RSA_PKCS), private)
            .works();
        s.feed(Class::Sign, b"x").gives(CKR_USER_NOT_LOGGED_IN);
        let _ = s.cancel(CKF_SIGN);
        s.begin(Class::Sign, Mech::new(CKM_SHA256_RSA_PKCS), private)
            .works();
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
        s.feed(Class::Sign, b"x").works();
        s.feed(Class::Sign, b"y").works();
        s.step(Step::SignFinal, &[]).works();
    });
}

/// ALW-1
#[test]
fn only_private_keys_that_are_private_always_authenticate() {
    isolated(|| {
        let s = user();
        let open = [a(CKA_ALWAYS_AUTHENTICATE, true), a(CKA_PRIVATE, false)];
        s.rsa_with(1024, &[], &open).gives(CKR_TEMPLATE_INCONSISTENT);
        assert!(
            !s.flag(s.ec(curve::P256).1, CKA_ALWAYS_AUTHENTICATE).works(),
            "readable on every private key"
        );
    });
}

/// ALW-0
#[test]
fn a_context_login_without_need_is_refused_and_the_operation_goes_on() {
    isolated(|| {
        let s = user();
        let key = s.secret(32);
        s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC), key).works();
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN)
            .gives(CKR_OPERATION_NOT_INITIALIZED);
        s.step(Step::Sign, b"x").works();
    });
}

/// ALW-0; choices, context-specific login.
#[test]
fn a_wrong_context_pin_counts_and_changes_nothing_else() {
    isolated_with("[pin]\nfailures_max_user = 3\n", || {
        let token = Token::fresh();
        let s = token.user();
        let (_, private) = always(&s);
        s.begin(Class::Sign, Mech::new(CKM_RSA_PKCS), private).works();
        s.login(CKU_CONTEXT_SPECIFIC, b"wrong").gives(CKR_PIN_INCORRECT);
        assert!(token.has(CKF_USER_PIN_COUNT_LOW));
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
        s.step(Step::Sign, b"x").works();
    });
}

/// RNG-1
#[test]
fn random_bytes_are_of_any_length_and_never_the_same() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.rw();
        call!(C_GenerateRandom(s.handle, null_mut(), 0)).works();
        assert_ne!(s.random(32).works(), s.random(32).works());
        assert_ne!(s.random(32).works(), token.rw().random(32).works());
        let many = s.random(1_000_000).works();
        let ones: u32 = many.iter().map(|byte| byte.count_ones()).sum();
        assert!(
            (3_990_000..4_010_000).contains(&ones),
            "{ones} ones in eight million bits"
        );
        call!(C_SeedRandom(s.handle, p(b"seed"), 4)).works();
        call!(C_SeedRandom(s.handle, null_mut(), 0)).works();
        assert_ne!(s.random(32).works(), s.random(32).works());
    });
}

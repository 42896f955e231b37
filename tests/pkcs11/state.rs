//! Operations that are saved and gone on with elsewhere [PKCS#11 3.2, 5.6: C_GetOperationState, C_SetOperationState].

use crate::harness::*;
use std::ptr::null_mut;

impl Session {
    pub fn restore(
        &self,
        state: &[u8],
        encryption: CK_OBJECT_HANDLE,
        authentication: CK_OBJECT_HANDLE,
    ) -> Answer {
        let length = state.len() as CK_ULONG;
        call!(C_SetOperationState(
            self.handle,
            p(state),
            length,
            encryption,
            authentication
        ))
    }

    pub fn save(&self) -> Answer<Vec<u8>> {
        self.step(Step::State, &[])
    }
}

/// An operation that can be saved: how it begins, the key that it is restored with, and what ends it.
struct Case {
    class: Class,
    m: Mech,
    key: CK_OBJECT_HANDLE,
}

impl Case {
    /// The two handles of C_SetOperationState.
    fn keys(&self) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
        match self.class {
            Class::Encrypt | Class::Decrypt => (self.key, 0),
            Class::Digest => (0, 0),
            _ => (0, self.key),
        }
    }

    fn part(&self, s: &Session, data: &[u8]) -> Vec<u8> {
        match self.class {
            Class::Encrypt => s.step(Step::EncryptUpdate, data).works(),
            Class::Decrypt => s.step(Step::DecryptUpdate, data).works(),
            class => {
                s.feed(class, data).works();
                vec![]
            }
        }
    }

    fn end(&self, s: &Session, mac: &[u8]) -> Vec<u8> {
        match self.class {
            Class::Encrypt => s.step(Step::EncryptFinal, &[]).works(),
            Class::Decrypt => s.step(Step::DecryptFinal, &[]).works(),
            Class::Digest => s.step(Step::DigestFinal, &[]).works(),
            Class::Sign => s.step(Step::SignFinal, &[]).works(),
            _ => {
                s.check_final(mac).works();
                mac.to_vec()
            }
        }
    }
}

/// Every mechanism whose operations are saved.
fn cases(s: &Session) -> Vec<Case> {
    let (aes, des) = (
        s.aes(32),
        s.generate_key(Mech::new(CKM_DES3_KEY_GEN), &[]).works(),
    );
    let (secret, short) = (s.secret(40), s.aes(16));
    let mut all = Vec::new();
    for mechanism in [
        CKM_SHA_1,
        CKM_SHA224,
        CKM_SHA256,
        CKM_SHA384,
        CKM_SHA512,
        CKM_SHA3_256,
        CKM_BLAKE2B_160,
        CKM_BLAKE2B_256,
        CKM_BLAKE2B_384,
        CKM_BLAKE2B_512,
        CKM_MD5,
        CKM_RIPEMD160,
    ] {
        all.push((Class::Digest, Mech::new(mechanism), 0));
    }
    for class in [Class::Sign, Class::Verify] {
        for mechanism in [
            CKM_SHA_1_HMAC,
            CKM_SHA224_HMAC,
            CKM_SHA256_HMAC,
            CKM_SHA384_HMAC,
            CKM_SHA512_HMAC,
            CKM_SHA3_256_HMAC,
            CKM_BLAKE2B_160_HMAC,
            CKM_BLAKE2B_512_HMAC,
        ] {
            all.push((class, Mech::new(mechanism), secret));
        }
        let five: CK_ULONG = 5;
        all.push((class, Mech::with(CKM_SHA256_HMAC_GENERAL, five), secret));
        all.push((class, Mech::with(CKM_BLAKE2B_256_HMAC_GENERAL, five), secret));
        all.push((class, Mech::with(CKM_AES_CMAC_GENERAL, five), aes));
        all.push((class, Mech::with(CKM_DES3_CMAC_GENERAL, five), des));
        all.push((class, Mech::new(CKM_AES_CMAC), aes));
        all.push((class, Mech::new(CKM_DES3_CMAC), des));
        all.push((class, Mech::new(CKM_AES_MAC), aes));
        all.push((class, Mech::new(CKM_DES3_MAC), des));
        all.push((class, Mech::new(CKM_AES_XCBC_MAC), short));
        all.push((class, Mech::new(CKM_AES_XCBC_MAC_96), short));
        all.push((class, Mech::with(CKM_AES_MAC_GENERAL, five), aes));
    }
    for class in [Class::Encrypt, Class::Decrypt] {
        all.push((class, Mech::new(CKM_AES_ECB), aes));
        all.push((class, Mech::iv(CKM_AES_CBC, &[1; 16]), aes));
        all.push((class, Mech::iv(CKM_AES_CBC_PAD, &[2; 16]), aes));
        all.push((class, Mech::iv(CKM_AES_CTS, &[7; 16]), aes));
        all.push((class, Mech::ctr(32, [3; 16]), aes));
        for mechanism in [
            CKM_AES_OFB,
            CKM_AES_CFB128,
            CKM_AES_CFB64,
            CKM_AES_CFB8,
            CKM_AES_CFB1,
        ] {
            all.push((class, Mech::iv(mechanism, &[6; 16]), aes));
        }
        all.push((class, Mech::new(CKM_DES3_ECB), des));
        all.push((class, Mech::iv(CKM_DES3_CBC, &[4; 8]), des));
        all.push((class, Mech::iv(CKM_DES3_CBC_PAD, &[5; 8]), des));
    }
    all.into_iter()
        .map(|(class, m, key)| Case { class, m, key })
        .collect()
}

/// What goes in and what comes out, computed in one call.
fn whole(s: &Session, case: &Case) -> (Vec<u8>, Vec<u8>) {
    let data: Vec<u8> = (0..96).collect();
    match case.class {
        Class::Encrypt => {
            let cipher = s.encrypt(case.m, case.key, &data).works();
            (data, cipher)
        }
        Class::Decrypt => (s.encrypt(case.m, case.key, &data).works(), data),
        Class::Digest => {
            let digest = s.digest(case.m, &data).works();
            (data, digest)
        }
        _ => {
            let mac = s.sign(case.m, case.key, &data).works();
            (data, mac)
        }
    }
}

/// OPS-1, OPS-2: at every point of a message, with and without the key named, here and in another session.
#[test]
fn a_saved_operation_goes_on_where_it_was() {
    isolated(|| {
        let token = Token::fresh();
        let (s, other) = (token.user(), token.rw());
        for case in cases(&s) {
            let (input, expected) = whole(&s, &case);
            for cut in [0, 1, 7, 8, 9, 15, 16, 17, 31, 48, 63, 64, 65, 95] {
                s.begin(case.class, case.m, case.key).works();
                let mut made = case.part(&s, &input[..cut]);
                let mut also = made.clone();
                let state = s.save().works();
                // It goes on by itself as well.
                made.extend(case.part(&s, &input[cut..]));
                made.extend(case.end(&s, &expected));
                assert_eq!(made, expected, "{:#x}", case.m.0.mechanism);
                let (encryption, authentication) = if cut % 2 == 0 { case.keys() } else { (0, 0) };
                other.restore(&state, encryption, authentication).works();
                also.extend(case.part(&other, &input[cut..]));
                also.extend(case.end(&other, &expected));
                assert_eq!(also, expected, "{:#x} cut at {cut}", case.m.0.mechanism);
            }
        }
    });
}

/// OPS-1: before the first part, one call can still do it all.
#[test]
fn an_operation_that_has_only_begun_is_restored_as_such() {
    isolated(|| {
        let token = Token::fresh();
        let (s, other) = (token.user(), token.rw());
        for case in cases(&s) {
            let (input, expected) = whole(&s, &case);
            s.begin(case.class, case.m, case.key).works();
            let state = s.save().works();
            other.restore(&state, 0, 0).works();
            let once = |s: &Session| match case.class {
                Class::Encrypt => s.step(Step::Encrypt, &input).works(),
                Class::Decrypt => s.step(Step::Decrypt, &input).works(),
                Class::Digest => s.step(Step::Digest, &input).works(),
                Class::Sign => s.step(Step::Sign, &input).works(),
                _ => {
                    s.check(&input, &expected).works();
                    expected.clone()
                }
            };
            assert_eq!(once(&other), expected);
            assert_eq!(once(&s), expected);
        }
    });
}

/// OPS-1: two operations that run at once are one state; a part that waits for its buffer is in it.
#[test]
fn all_operations_of_a_session_are_saved_together() {
    isolated(|| {
        let token = Token::fresh();
        let (s, other) = (token.user(), token.rw());
        let (aes, secret) = (s.aes(16), s.secret(20));
        let pad = Mech::iv(CKM_AES_CBC_PAD, &[7; 16]);
        let begin = || {
            s.begin(Class::Encrypt, pad, aes).works();
            s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC), secret).works();
            s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
        };
        begin();
        let first = s.step(Step::SignEncrypt, &[1; 20]).works();
        s.feed(Class::Digest, &[1; 20]).works();
        let state = s.save().works();
        for (encryption, authentication) in [(0, 0), (aes, 0), (0, secret), (aes, secret)] {
            other.restore(&state, encryption, authentication).works();
            let mut cipher = [first.clone(), other.step(Step::SignEncrypt, &[2; 9]).works()].concat();
            other.feed(Class::Digest, &[2; 9]).works();
            cipher.extend(other.step(Step::EncryptFinal, &[]).works());
            let plain = [&[1; 20][..], &[2; 9]].concat();
            assert_eq!(other.decrypt(pad, aes, &cipher).works(), plain);
            let mac = other.step(Step::SignFinal, &[]).works();
            other
                .verify(Mech::new(CKM_SHA256_HMAC), secret, &plain, &mac)
                .works();
            let digest = other.step(Step::DigestFinal, &[]).works();
            assert_eq!(digest, other.digest(Mech::new(CKM_SHA256), &plain).works());
        }
        // What comes last waits for a longer buffer.
        s.cancel(CKF_ENCRYPT | CKF_SIGN | CKF_DIGEST).works();
        let cipher = s.encrypt(pad, aes, &[9; 25]).works();
        s.begin(Class::Decrypt, pad, aes).works();
        s.step(Step::DecryptUpdate, &cipher).works();
        s.offer(Step::DecryptFinal, &[], 3).0.gives(CKR_BUFFER_TOO_SMALL);
        let state = s.save().works();
        other.restore(&state, aes, 0).works();
        assert_eq!(other.step(Step::DecryptFinal, &[]).works(), [9; 9]);
        assert_eq!(s.step(Step::DecryptFinal, &[]).works(), [9; 9]);
    });
}

/// OUT-1, OUT-5, RET-2
#[test]
fn a_state_is_asked_for_as_any_output() {
    isolated(|| {
        let s = Token::fresh().user();
        s.save().gives(CKR_OPERATION_NOT_INITIALIZED);
        call!(C_GetOperationState(s.handle, null_mut(), null_mut())).gives(CKR_ARGUMENTS_BAD);
        s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
        s.feed(Class::Digest, b"abc").works();
        let needed = s.query(Step::State, &[]).works();
        let (answer, length, out) = s.offer(Step::State, &[], needed - 1);
        answer.gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!((length, out), (needed, vec![0xEE; needed - 1]));
        let (answer, length, first) = s.offer(Step::State, &[], needed);
        answer.works();
        assert_eq!(length, needed);
        // The same state is not the same bytes.
        assert_ne!(s.save().works(), first);
        call!(C_GetOperationState(s.handle, null_mut(), null_mut())).gives(CKR_ARGUMENTS_BAD);
        s.step(Step::DigestFinal, &[]).works();
    });
}

/// OPS-1
#[test]
fn what_cannot_be_saved_says_so_and_goes_on() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let (public, private) = s.rsa();
        let (_, ec) = s.ec(curve::P256);
        let aes = s.aes(16);
        let xts = s.import(CKK_AES_XTS, &(0..64).collect::<Vec<u8>>());
        for (class, m, key) in [
            (Class::Sign, Mech::new(CKM_RSA_PKCS), private),
            (Class::Sign, Mech::new(CKM_SHA256_RSA_PKCS), private),
            (Class::Sign, Mech::new(CKM_ECDSA_SHA256), ec),
            (Class::Verify, Mech::new(CKM_RSA_PKCS), public),
            (Class::Encrypt, Mech::new(CKM_RSA_PKCS), public),
            (Class::Encrypt, Mech::gcm(&[1; 12], b"", 128), aes),
            (Class::Decrypt, Mech::gcm(&[1; 12], b"", 128), aes),
            (Class::Encrypt, Mech::new(CKM_AES_KEY_WRAP), aes),
            (Class::Encrypt, Mech::iv(CKM_AES_XTS, &[1; 16]), xts),
            (Class::Sign, Mech::gcm_of(CKM_AES_GMAC, &[1; 12]), aes),
            (Class::SignRecover, Mech::new(CKM_RSA_PKCS), private),
            (Class::VerifyRecover, Mech::new(CKM_RSA_PKCS), public),
        ] {
            s.begin(class, m, key).works();
            s.save().gives(CKR_STATE_UNSAVEABLE);
            s.query(Step::State, &[]).gives(CKR_STATE_UNSAVEABLE);
            s.begin(class, m, key).gives(CKR_OPERATION_ACTIVE);
            s.cancel_by_init(class).works();
        }
        s.begin_signature(Mech::new(CKM_AES_CMAC), aes, &[0; 16]).works();
        s.save().gives(CKR_STATE_UNSAVEABLE);
        s.check_signature(b"").gives(CKR_SIGNATURE_INVALID);
        s.find_init(&[]).works();
        s.save().gives(CKR_STATE_UNSAVEABLE);
        s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
        s.save().gives(CKR_STATE_UNSAVEABLE);
        s.find_final().works();
        s.save().works();
    });
}

/// OPS-2
#[test]
fn a_state_that_is_not_ours_is_refused_and_changes_nothing() {
    isolated_with("[slots]\nfree_slot = true\n", || {
        let token = Token::fresh();
        let other = Token::another("other");
        let s = token.user();
        let secret = s.secret(20);
        let m = Mech::new(CKM_SHA256_HMAC);
        s.begin(Class::Sign, m, secret).works();
        s.feed(Class::Sign, b"abc").works();
        let state = s.save().works();
        let refused = |state: &[u8]| s.restore(state, 0, secret).gives(CKR_SAVED_STATE_INVALID);
        for at in 0..state.len() {
            let mut changed = state.clone();
            changed[at] ^= 1;
            refused(&changed);
        }
        for length in 0..state.len() {
            refused(&state[..length]);
        }
        refused(&[&state[..], &[0]].concat());
        refused(&[0; 4096]);
        call!(C_SetOperationState(s.handle, null_mut(), 0, 0, 0)).gives(CKR_ARGUMENTS_BAD);
        call!(C_SetOperationState(s.handle, null_mut(), 99, 0, 0)).gives(CKR_ARGUMENTS_BAD);
        // What ran, runs.
        s.feed(Class::Sign, b"def").works();
        let mac = s.step(Step::SignFinal, &[]).works();
        s.verify(m, secret, b"abcdef", &mac).works();
        // Another kind of session, nobody logged in, another token.
        token
            .ro()
            .restore(&state, 0, secret)
            .gives(CKR_SAVED_STATE_INVALID);
        s.logout().works();
        s.restore(&state, 0, 0).gives(CKR_SAVED_STATE_INVALID);
        s.login(CKU_USER, USER_PIN).works();
        other.user().restore(&state, 0, 0).gives(CKR_SAVED_STATE_INVALID);
    });
}

/// OPS-2
#[test]
fn the_key_of_a_state_is_the_one_that_it_had() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let (secret, another, aes) = (s.secret(20), s.secret(20), s.aes(16));
        let hmac = Mech::new(CKM_SHA256_HMAC);
        s.begin(Class::Sign, hmac, secret).works();
        s.feed(Class::Sign, b"abc").works();
        let mac = s.save().works();
        s.cancel(CKF_SIGN).works();
        s.restore(&mac, 0, another).gives(CKR_KEY_CHANGED);
        s.restore(&mac, 0, aes).gives(CKR_KEY_CHANGED);
        s.restore(&mac, 0, 4711).gives(CKR_KEY_CHANGED);
        s.restore(&mac, secret, secret).gives(CKR_KEY_NOT_NEEDED);
        s.restore(&mac, secret, 0).gives(CKR_KEY_NOT_NEEDED);
        let object = s.create(&data("data", b"x")).works();
        s.restore(&mac, 0, object).gives(CKR_KEY_CHANGED);
        s.is_idle(Class::Sign);
        // A copy is the same key.
        let copy = s.copy(secret, &[]).works();
        s.restore(&mac, 0, copy).works();
        s.cancel(CKF_SIGN).works();
        // One that may not sign any more is not.
        s.set(copy, &[a(CKA_SIGN, false)]).works();
        s.restore(&mac, 0, copy).gives(CKR_KEY_CHANGED);
        s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
        let digest = s.save().works();
        s.restore(&digest, 0, secret).gives(CKR_KEY_NOT_NEEDED);
        s.restore(&digest, aes, 0).gives(CKR_KEY_NOT_NEEDED);
        s.cancel(CKF_DIGEST).works();
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), aes).works();
        let cipher = s.save().works();
        s.restore(&cipher, s.aes(16), 0).gives(CKR_KEY_CHANGED);
        s.restore(&cipher, aes, aes).gives(CKR_KEY_NOT_NEEDED);
        s.restore(&cipher, aes, 0).works();
        // The module finds the key itself as long as it is there [CKF_RESTORE_KEY_NOT_NEEDED].
        assert!(token.has(CKF_RESTORE_KEY_NOT_NEEDED));
        s.restore(&mac, 0, 0).works();
        s.destroy(secret).works();
        s.restore(&mac, 0, 0).gives(CKR_KEY_NEEDED);
    });
}

/// OPS-2: what ran in the session is over; a refused state ends nothing.
#[test]
fn a_restored_state_is_all_that_runs() {
    isolated(|| {
        let s = Token::fresh().user();
        let (aes, secret) = (s.aes(16), s.secret(20));
        let (public, private) = s.rsa();
        s.begin(Class::Digest, Mech::new(CKM_SHA256), 0).works();
        let state = s.save().works();
        s.cancel(CKF_DIGEST).works();
        let begin = || {
            s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), aes).works();
            s.begin(Class::Decrypt, Mech::new(CKM_AES_ECB), aes).works();
            s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC), secret).works();
            s.begin_signature(Mech::new(CKM_SHA256_HMAC), secret, &[0; 32])
                .works();
            s.begin(Class::SignRecover, Mech::new(CKM_RSA_PKCS), private)
                .works();
            s.begin(Class::VerifyRecover, Mech::new(CKM_RSA_PKCS), public)
                .works();
        };
        begin();
        s.restore(&state, aes, 0).gives(CKR_KEY_NOT_NEEDED);
        s.step(Step::Encrypt, &[0; 16]).works();
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), aes).works();
        s.restore(&state, 0, 0).works();
        for class in [
            Class::Encrypt,
            Class::Decrypt,
            Class::Sign,
            Class::SignRecover,
            Class::VerifyRecover,
        ] {
            s.is_idle(class);
        }
        s.check_signature(b"").gives(CKR_OPERATION_NOT_INITIALIZED);
        s.step(Step::DigestFinal, &[]).works();
        // A state is good more than once.
        s.restore(&state, 0, 0).works();
        s.step(Step::DigestFinal, &[]).works();
    });
}

/// OPS-2: neither the key nor the data is in the state.
#[test]
fn a_state_reveals_neither_the_key_nor_the_data() {
    isolated(|| {
        let s = Token::fresh().user();
        let (value, data) = ([0x5c; 16], [0xa3; 13]);
        let key = s.import(CKK_AES, &value);
        s.begin(Class::Encrypt, Mech::iv(CKM_AES_CBC, &[0x77; 16]), key)
            .works();
        s.step(Step::EncryptUpdate, &data).works();
        let state = s.save().works();
        for secret in [&value[..8], &data[..8], &[0x77; 8]] {
            assert!(!state.windows(8).any(|window| window == secret));
        }
    });
}

/// OPS-2: the token is the same in another process, and so is its state; a session's own key is not there.
#[test]
fn a_state_goes_on_in_another_process() {
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            let key = s
                .create(&on_token(&open_secret(CKK_GENERIC_SECRET, b"Jefe")))
                .works();
            let own = s.import(CKK_GENERIC_SECRET, b"session");
            // [RFC 4231, 4.3: test case 2].
            for (name, key) in [("token", key), ("own", own)] {
                s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC), key).works();
                s.feed(Class::Sign, b"what do ya want ").works();
                std::fs::write(home().join(name), s.save().works()).unwrap();
                s.cancel(CKF_SIGN).works();
            }
            start_command(&mut process("other")).end();
        }
        _ => {
            let s = Token::existing().user();
            let state = |name: &str| std::fs::read(home().join(name)).unwrap();
            s.restore(&state("token"), 0, 0).works();
            s.feed(Class::Sign, b"for nothing?").works();
            assert_eq!(
                s.step(Step::SignFinal, &[]).works(),
                hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
            );
            s.restore(&state("own"), 0, 0).gives(CKR_KEY_NEEDED);
            let same = s.import(CKK_GENERIC_SECRET, b"session");
            s.restore(&state("own"), 0, same).works();
        }
    });
}

//! The functions that do two things with one part [PKCS#11 3.2, 5.17].

use crate::harness::*;
use std::ptr::null_mut;

const MESSAGE: &[u8] = b"What is encrypted here is digested or signed as well, in parts of all lengths.";

const DIGEST: CK_MECHANISM_TYPE = CKM_SHA256;
const MAC: CK_MECHANISM_TYPE = CKM_SHA256_HMAC;

fn cbc() -> Mech {
    Mech::iv(CKM_AES_CBC_PAD, &[7; 16])
}

struct Scene {
    s: Session,
    aes: CK_OBJECT_HANDLE,
    secret: CK_OBJECT_HANDLE,
    cipher: Vec<u8>,
    digest: Vec<u8>,
    mac: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        let s = Token::fresh().user();
        let (aes, secret) = (s.aes(16), s.secret(32));
        Self {
            s,
            aes,
            secret,
            cipher: s.encrypt(cbc(), aes, MESSAGE).works(),
            digest: s.digest(Mech::new(DIGEST), MESSAGE).works(),
            mac: s.sign(Mech::new(MAC), secret, MESSAGE).works(),
        }
    }

    /// Begins both operations of a dual function.
    fn begin(&self, step: Step) {
        let (first, second) = classes(step);
        for class in [first, second] {
            self.begin_one(class);
        }
    }

    fn begin_one(&self, class: Class) {
        let (m, key) = match class {
            Class::Encrypt | Class::Decrypt => (cbc(), self.aes),
            Class::Digest => (Mech::new(DIGEST), 0),
            _ => (Mech::new(MAC), self.secret),
        };
        self.s.begin(class, m, key).works();
    }

    fn input(&self, step: Step) -> &[u8] {
        match classes(step).0 {
            Class::Decrypt => &self.cipher,
            _ => MESSAGE,
        }
    }

    /// Ends both operations, and checks what they give. The plaintext that comes out last is digested or verified
    /// apart, as the standard has it.
    fn end(&self, step: Step, mut made: Vec<u8>) {
        let s = self.s;
        let (cipher, other) = classes(step);
        let last = match cipher {
            Class::Encrypt => Step::EncryptFinal,
            _ => Step::DecryptFinal,
        };
        let rest = s.step(last, &[]).works();
        made.extend(&rest);
        let expected = if cipher == Class::Encrypt {
            &self.cipher
        } else {
            MESSAGE
        };
        assert_eq!(made, expected, "{step:?}");
        if cipher == Class::Decrypt {
            s.feed(other, &rest).works();
        }
        match other {
            Class::Digest => assert_eq!(s.step(Step::DigestFinal, &[]).works(), self.digest),
            Class::Sign => assert_eq!(s.step(Step::SignFinal, &[]).works(), self.mac),
            _ => s.check_final(&self.mac).works(),
        }
    }
}

const ALL: [Step; 4] = [
    Step::DigestEncrypt,
    Step::DecryptDigest,
    Step::SignEncrypt,
    Step::DecryptVerify,
];

fn classes(step: Step) -> (Class, Class) {
    match step {
        Step::DigestEncrypt => (Class::Encrypt, Class::Digest),
        Step::DecryptDigest => (Class::Decrypt, Class::Digest),
        Step::SignEncrypt => (Class::Encrypt, Class::Sign),
        _ => (Class::Decrypt, Class::Verify),
    }
}

/// DUA-1
#[test]
fn dual_functions_give_what_the_two_functions_give() {
    isolated(|| {
        let scene = Scene::new();
        for step in ALL {
            for piece in [1, 7, 16, 17, 33, 500] {
                scene.begin(step);
                let mut made = Vec::new();
                for part in scene.input(step).chunks(piece) {
                    made.extend(scene.s.step(step, part).works());
                }
                made.extend(scene.s.step(step, b"").works());
                scene.end(step, made);
            }
        }
    });
}

/// DUA-1: a dual function is one of the ways to feed an operation; the others go on beside it.
#[test]
fn dual_functions_and_single_ones_take_turns() {
    isolated(|| {
        let scene = Scene::new();
        let s = scene.s;
        scene.begin(Step::DigestEncrypt);
        let mut made = s.step(Step::DigestEncrypt, &MESSAGE[..20]).works();
        made.extend(s.step(Step::EncryptUpdate, &MESSAGE[20..30]).works());
        s.feed(Class::Digest, &MESSAGE[20..30]).works();
        made.extend(s.step(Step::DigestEncrypt, &MESSAGE[30..]).works());
        scene.end(Step::DigestEncrypt, made);
    });
}

/// DUA-1
#[test]
fn dual_functions_need_both_operations() {
    isolated(|| {
        let scene = Scene::new();
        let s = scene.s;
        for step in ALL {
            s.step(step, b"x").gives(CKR_OPERATION_NOT_INITIALIZED);
            let (first, second) = classes(step);
            for (one, flag) in [(first, second), (second, first)] {
                scene.begin_one(one);
                s.step(step, &[0; 16]).gives(CKR_OPERATION_NOT_INITIALIZED);
                // The one that runs has not moved.
                scene.begin_one(flag);
                let made = s.step(step, scene.input(step)).works();
                scene.end(step, made);
            }
        }
    });
}

/// DUA-1, OUT-1, OUT-2: what does not come out has not gone in.
#[test]
fn a_length_query_or_a_short_buffer_leaves_both_operations_as_they_were() {
    isolated(|| {
        let scene = Scene::new();
        let s = scene.s;
        for step in ALL {
            scene.begin(step);
            let mut made = Vec::new();
            for part in scene.input(step).chunks(35) {
                let needed = s.query(step, part).works();
                // A part that gives nothing yet has room for one byte.
                if needed > 1 {
                    let (answer, length, _) = s.offer(step, part, needed - 1);
                    answer.gives(CKR_BUFFER_TOO_SMALL);
                    assert_eq!(length, needed);
                }
                let (answer, length, out) = s.offer(step, part, needed);
                answer.works();
                assert!(length == needed || (length, needed) == (0, 1));
                made.extend(&out[..length]);
            }
            scene.end(step, made);
        }
    });
}

/// OUT-1: who only asked may still give the message whole.
#[test]
fn a_length_query_begins_no_message_in_parts() {
    isolated(|| {
        let scene = Scene::new();
        let s = scene.s;
        scene.begin(Step::SignEncrypt);
        s.query(Step::SignEncrypt, MESSAGE).works();
        assert_eq!(s.step(Step::Sign, MESSAGE).works(), scene.mac);
        assert_eq!(s.step(Step::Encrypt, MESSAGE).works(), scene.cipher);
    });
}

/// DUA-1: arguments that cannot be read, and what one of the two mechanisms does not take.
#[test]
fn an_error_of_one_half_leaves_both_operations_as_they_were() {
    isolated(|| {
        let scene = Scene::new();
        let s = scene.s;
        for step in ALL {
            scene.begin(step);
            let mut length = 64;
            s.step_raw(step, (null_mut(), 16), null_mut(), &raw mut length)
                .gives(CKR_ARGUMENTS_BAD);
            s.step_raw(step, (p(MESSAGE), 16), null_mut(), null_mut())
                .gives(CKR_ARGUMENTS_BAD);
            let made = s.step(step, scene.input(step)).works();
            scene.end(step, made);
        }
        // A counter that would come round.
        let ctr = Mech::ctr(1, [0; 16]);
        s.begin(Class::Encrypt, ctr, scene.aes).works();
        s.begin(Class::Digest, Mech::new(DIGEST), 0).works();
        s.step(Step::DigestEncrypt, &[0; 33]).gives(CKR_DATA_LEN_RANGE);
        let made = s.step(Step::DigestEncrypt, &MESSAGE[..32]).works();
        assert_eq!(made, {
            let other = Session { ..s };
            other.step(Step::EncryptFinal, &[]).works();
            other.encrypt(ctr, scene.aes, &MESSAGE[..32]).works()
        });
        assert_eq!(
            s.step(Step::DigestFinal, &[]).works(),
            s.digest(Mech::new(DIGEST), &MESSAGE[..32]).works()
        );
        // A signature that takes no parts.
        let (_, rsa) = s.rsa();
        scene.begin_one(Class::Encrypt);
        s.begin(Class::Sign, Mech::new(CKM_RSA_PKCS), rsa).works();
        s.step(Step::SignEncrypt, MESSAGE)
            .gives(CKR_FUNCTION_NOT_SUPPORTED);
        assert_eq!(s.step(Step::Sign, b"x").works().len(), 256);
        assert_eq!(s.step(Step::Encrypt, MESSAGE).works(), scene.cipher);
        // A cipher that takes no parts.
        s.begin(Class::Encrypt, Mech::new(CKM_AES_KEY_WRAP), scene.aes)
            .works();
        scene.begin_one(Class::Digest);
        s.step(Step::DigestEncrypt, &[0; 16])
            .gives(CKR_FUNCTION_NOT_SUPPORTED);
        assert_eq!(s.step(Step::Digest, MESSAGE).works(), scene.digest);
    });
}

/// OUT-6
#[test]
fn dual_functions_work_in_place() {
    isolated(|| {
        let scene = Scene::new();
        for step in ALL {
            scene.begin(step);
            let input = scene.input(step);
            let mut room = [input, &[0; 64]].concat();
            let mut length = room.len() as CK_ULONG;
            let place = room.as_mut_ptr();
            scene
                .s
                .step_raw(step, (place, input.len() as CK_ULONG), place, &raw mut length)
                .works();
            room.truncate(length as usize);
            scene.end(step, room);
        }
    });
}

/// ALW-1
#[test]
fn a_key_that_wants_its_pin_holds_both_operations_up() {
    isolated(|| {
        let scene = Scene::new();
        let s = scene.s;
        let always = [a(CKA_ALWAYS_AUTHENTICATE, true), a(CKA_PRIVATE, true)];
        let (public, private) = s.rsa_with(1024, &[], &always).works();
        scene.begin_one(Class::Encrypt);
        let m = Mech::new(CKM_SHA256_RSA_PKCS);
        s.begin(Class::Sign, m, private).works();
        s.step(Step::SignEncrypt, MESSAGE).gives(CKR_USER_NOT_LOGGED_IN);
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
        let mut made = s.step(Step::SignEncrypt, MESSAGE).works();
        made.extend(s.step(Step::EncryptFinal, &[]).works());
        assert_eq!(made, scene.cipher);
        let signature = s.step(Step::SignFinal, &[]).works();
        s.verify(m, public, MESSAGE, &signature).works();
    });
}

/// ENC-2: what comes out only at the end of a decryption with a tag is digested by the caller.
#[test]
fn a_decryption_that_checks_a_tag_gives_its_plaintext_at_the_end() {
    isolated(|| {
        let scene = Scene::new();
        let s = scene.s;
        let gcm = Mech::gcm(&[1; 12], b"", 128);
        let sealed = s.encrypt(gcm, scene.aes, MESSAGE).works();
        s.begin(Class::Decrypt, gcm, scene.aes).works();
        scene.begin_one(Class::Digest);
        assert_eq!(s.step(Step::DecryptDigest, &sealed).works(), b"");
        let plain = s.step(Step::DecryptFinal, &[]).works();
        assert_eq!(plain, MESSAGE);
        s.feed(Class::Digest, &plain).works();
        assert_eq!(s.step(Step::DigestFinal, &[]).works(), scene.digest);
    });
}

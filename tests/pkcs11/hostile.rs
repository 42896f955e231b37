//! Input that no well-meaning program sends: it may be refused, it may not crash, hang or read too far (STO-3).
//!
//! Each function of the standard gets a process of its own; before every call the process writes what it is about
//! to do, so that a crash names the call. Buffers end where forbidden memory begins. `CKR_GENERAL_ERROR` counts as
//! a failure: it is what a caught panic answers.

use crate::harness::*;
use std::time::Duration;

/// Lengths that no memory has.
const TOO_LONG: [u64; 5] = [u64::MAX, u64::MAX - 15, 1 << 63, (1 << 63) + 1, u64::MAX / 24 + 2];

/// PINs are guessed a lot here.
const PATIENT: &str = "[pin]\nfailures_max_user = 1000\nfailures_max_so = 1000\n";

/// One call that is about to happen.
struct Attack {
    what: String,
    words: Vec<u64>,
}

/// Objects that live through a function's attacks.
struct Scene {
    token: Token,
    aes: CK_OBJECT_HANDLE,
    secret: CK_OBJECT_HANDLE,
}

impl Scene {
    fn new() -> Self {
        let token = Token::labelled("test");
        let keeper = token.user();
        Self {
            token,
            aes: keeper.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).unwrap(),
            secret: keeper.secret(32),
        }
    }

    /// A session in which one operation of every class is active, unless the function begins one.
    fn session(&self, function: &Function) -> Session {
        let s = self.token.rw();
        let _ = s.login(CKU_USER, USER_PIN);
        if function.name.ends_with("Init") {
            return s;
        }
        let cbc = Mech::iv(CKM_AES_CBC, &[0; 16]);
        self.begin_messages(function, &s);
        if function.name.starts_with("C_VerifySignature") {
            let _ = s.begin_signature(Mech::new(CKM_AES_CMAC), self.aes, &[0; 16]);
            return s;
        }
        let _ = s.begin(Class::Encrypt, cbc, self.aes);
        let _ = s.begin(Class::Decrypt, cbc, self.aes);
        let _ = s.begin(Class::Digest, Mech::new(CKM_SHA256), 0);
        let _ = s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC), self.secret);
        let _ = s.begin(Class::Verify, Mech::new(CKM_SHA256_HMAC), self.secret);
        s
    }

    /// Messages of every class, begun if the function goes on with one.
    fn begin_messages(&self, function: &Function, s: &Session) {
        let (cmac, none) = (Mech::new(CKM_AES_CMAC), std::ptr::null_mut());
        for way in [Way::Encrypt, Way::Decrypt] {
            let _ = s.begin_messages(way, Mech::new(CKM_AES_GCM), self.aes);
        }
        let _ = call!(C_MessageSignInit(s.handle, cmac.p(), self.aes));
        let _ = call!(C_MessageVerifyInit(s.handle, cmac.p(), self.aes));
        if function.name.ends_with("Next") {
            for way in [Way::Encrypt, Way::Decrypt] {
                let _ = s.begin_message(way, &mut Param::gcm(&[0; 12]), b"");
            }
            let _ = call!(C_SignMessageBegin(s.handle, none, 0));
            let _ = call!(C_VerifyMessageBegin(s.handle, none, 0));
        }
    }

    /// Good arguments: what the attacks start from.
    fn good(&self, function: &Function, session: &Session) -> Vec<u64> {
        let scratch = || Box::leak(vec![0_u64; 512].into_boxed_slice()).as_mut_ptr() as u64;
        let mut before = ' ';
        let mut words = Vec::new();
        for kind in function.arguments.chars() {
            words.push(match kind {
                'S' => session.handle,
                's' => self.token.slot,
                'k' => self.aes,
                'm' => Box::leak(Box::new(mechanism_for(function.name).0)) as *mut CK_MECHANISM as u64,
                't' => at_the_edge(bytes_of(&template_for(function.name))).as_mut_ptr() as u64,
                'l' if before == 't' => template_for(function.name).len() as u64,
                'i' => at_the_edge(&[b' '; 32]).as_mut_ptr() as u64,
                'p' if crypts_messages(function.name) => {
                    at_the_edge(words_of(&gcm_message())).as_mut_ptr() as u64
                }
                'l' if before == 'p' && crypts_messages(function.name) => 48,
                'l' if before == 'p' => 0,
                'l' => 32,
                'o' | 'q' | 'H' => scratch(),
                'L' => Box::leak(Box::new(4096_u64)) as *mut u64 as u64,
                'f' => flags_for(function.name),
                _ => 0,
            });
            before = kind;
        }
        words
    }
}

fn mechanism_for(function: &str) -> Mech {
    match function {
        "C_DigestInit" => Mech::new(CKM_SHA256),
        "C_GenerateKey" => Mech::new(CKM_AES_KEY_GEN),
        "C_GenerateKeyPair" => Mech::new(CKM_EC_KEY_PAIR_GEN),
        "C_WrapKey" | "C_UnwrapKey" => Mech::new(CKM_AES_KEY_WRAP_KWP),
        "C_SignRecoverInit" | "C_VerifyRecoverInit" => Mech::new(CKM_RSA_PKCS),
        "C_MessageEncryptInit" | "C_MessageDecryptInit" => Mech::new(CKM_AES_GCM),
        "C_WrapKeyAuthenticated" | "C_UnwrapKeyAuthenticated" => Mech::with(CKM_AES_GCM, gcm_message()),
        "C_DeriveKey" => Mech::ecdh(CKD_NULL, b"", &[4; 65]),
        name if name.contains("Sign") || name.contains("Verify") => Mech::new(CKM_AES_CMAC),
        _ => Mech::iv(CKM_AES_CBC, &[0; 16]),
    }
}

/// Functions with a parameter that has fields.
fn crypts_messages(function: &str) -> bool {
    ["EncryptMessage", "DecryptMessage"]
        .iter()
        .any(|part| function.contains(part))
}

/// The parameter of a message, its nonce and its tag at the edge.
fn gcm_message() -> [u64; 6] {
    let (nonce, tag) = (at_the_edge(&[0; 12]), at_the_edge(&[0; 16]));
    let (nonce, tag) = (nonce.as_mut_ptr() as u64, tag.as_mut_ptr() as u64);
    [nonce, 12, 32, CKG_GENERATE, tag, 128]
}

fn words_of(words: &[u64]) -> &[u8] {
    // SAFETY: words are bytes.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

fn template_for(function: &str) -> Vec<CK_ATTRIBUTE> {
    match function {
        "C_GenerateKey" => vec![a(CKA_VALUE_LEN, 16), a(CKA_LABEL, "hostile")],
        "C_GenerateKeyPair" => vec![a(CKA_EC_PARAMS, curve::P256), a(CKA_LABEL, "hostile")],
        "C_UnwrapKey" | "C_DeriveKey" | "C_UnwrapKeyAuthenticated" => {
            vec![a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)]
        }
        _ => vec![a(CKA_CLASS, CKO_DATA), a(CKA_LABEL, "hostile")],
    }
}

fn flags_for(function: &str) -> u64 {
    match function {
        "C_OpenSession" => CKF_SERIAL_SESSION | CKF_RW_SESSION,
        "C_WaitForSlotEvent" => CKF_DONT_BLOCK,
        "C_Login" | "C_LoginUser" => CKU_USER,
        _ => 0,
    }
}

fn bytes_of(template: &[CK_ATTRIBUTE]) -> &[u8] {
    // SAFETY: attributes are three words each, without padding.
    unsafe { std::slice::from_raw_parts(template.as_ptr().cast(), size_of_val(template)) }
}

/// A copy of `bytes` at an address that suits no type.
fn unaligned(bytes: &[u8]) -> u64 {
    let room = at_the_edge(&[&[0], bytes, &[0; 2]].concat());
    let start = room.as_mut_ptr() as u64;
    let odd = start | 1;
    // SAFETY: the room has three bytes more than the copy, so that one of its first two addresses is odd.
    unsafe { (odd as *mut u8).copy_from(bytes.as_ptr(), bytes.len()) };
    odd
}

/// Templates whose entries lie.
fn lying_templates() -> Vec<(String, Vec<CK_ATTRIBUTE>)> {
    let null = std::ptr::null_mut();
    let mut all = Vec::new();
    for kind in [
        CKA_CLASS,
        CKA_LABEL,
        CKA_VALUE,
        CKA_TOKEN,
        CKA_VALUE_LEN,
        CKA_EC_PARAMS,
        CKA_ID,
        CKA_UNWRAP_TEMPLATE,
        CKA_ALLOWED_MECHANISMS,
    ] {
        for length in [1, 8, 24, UNAVAILABLE, 1 << 63, u64::MAX - 7] {
            all.push((
                format!("{} NULL of {length:#x}", attribute_name(kind)),
                vec![raw(kind, null, length)],
            ));
        }
        for length in [UNAVAILABLE, 1 << 63, u64::MAX - 7] {
            all.push((
                format!("{} of {length:#x}", attribute_name(kind)),
                vec![raw(kind, leak(&[0; 64]), length)],
            ));
        }
        let edge = at_the_edge(&[1; 7]).as_mut_ptr();
        all.push((
            format!("{} of 7 bytes at the edge", attribute_name(kind)),
            vec![raw(kind, edge, 7)],
        ));
    }
    let inner = [raw(CKA_LABEL, null, 9), raw(CKA_LABEL, leak(&[0; 8]), 1 << 63)];
    all.push((
        "a nested template that lies".to_owned(),
        vec![nested(CKA_UNWRAP_TEMPLATE, &inner)],
    ));
    let mut deep = a(CKA_LABEL, "x");
    for _ in 0..2000 {
        deep = nested(CKA_UNWRAP_TEMPLATE, &[deep]);
    }
    all.push(("2000 templates in each other".to_owned(), vec![deep]));
    let odd = raw(
        CKA_UNWRAP_TEMPLATE,
        unaligned(bytes_of(&[a(CKA_LABEL, "x")])) as *mut u8,
        24,
    );
    all.push(("an unaligned nested template".to_owned(), vec![odd]));
    all.push((
        "an unaligned number".to_owned(),
        vec![raw(CKA_CLASS, unaligned(&[0; 8]) as *mut u8, 8)],
    ));
    all
}

/// Everything that is tried on one function.
fn attacks(scene: &Scene, function: &Function) -> Vec<Attack> {
    let mut all = Vec::new();
    let kinds: Vec<char> = function.arguments.chars().collect();
    for (at, kind) in kinds.iter().enumerate() {
        let mut add = |what: &str, changes: &[(usize, u64)]| {
            let mut words = scene.good(function, &scene.session(function));
            for (place, word) in changes {
                words[*place] = *word;
            }
            all.push(Attack {
                what: format!("argument {} ({kind}): {what}", at + 1),
                words,
            });
        };
        match kind {
            'S' | 's' | 'k' => {
                for word in [0, 1, 1 << 63, u64::MAX] {
                    add(&format!("{word:#x}"), &[(at, word)]);
                }
            }
            'f' if function.name == "C_WaitForSlotEvent" => add("all flags", &[(at, u64::MAX)]),
            'f' => {
                for word in [1, 2, 1 << 63, u64::MAX] {
                    add(&format!("{word:#x}"), &[(at, word)]);
                }
            }
            'm' => {
                add("NULL", &[(at, 0)]);
                let mechanism = mechanism_for(function.name).0;
                let bytes = [
                    mechanism.mechanism,
                    mechanism.pParameter as u64,
                    mechanism.ulParameterLen,
                ]
                .map(u64::to_ne_bytes)
                .concat();
                add("unaligned", &[(at, unaligned(&bytes))]);
                for length in TOO_LONG {
                    let long = Box::leak(Box::new(mechanism_for(function.name).with_length(length).0))
                        as *mut CK_MECHANISM;
                    add(&format!("a parameter of {length:#x}"), &[(at, long as u64)]);
                }
                let unknown = Box::leak(Box::new(Mech::new(u64::MAX).0)) as *mut CK_MECHANISM;
                add("an unknown mechanism", &[(at, unknown as u64)]);
            }
            't' => {
                add("NULL", &[(at, 0)]);
                add("NULL and none", &[(at, 0), (at + 1, 0)]);
                add(
                    "unaligned",
                    &[(at, unaligned(bytes_of(&template_for(function.name))))],
                );
                for (what, template) in lying_templates() {
                    let count = template.len() as u64;
                    let template = at_the_edge(bytes_of(&template)).as_mut_ptr() as u64;
                    add(&what, &[(at, template), (at + 1, count)]);
                }
            }
            'i' => {
                add("NULL", &[(at, 0)]);
                if kinds.get(at + 1) == Some(&'l') {
                    add("NULL and none", &[(at, 0), (at + 1, 0)]);
                    let empty = at_the_edge(&[1; 1]).as_mut_ptr() as u64 + 1;
                    add("none at the edge", &[(at, empty), (at + 1, 0)]);
                }
            }
            'l' => {
                for word in TOO_LONG {
                    add(&format!("{word:#x}"), &[(at, word)]);
                }
            }
            'o' => {
                add("NULL", &[(at, 0)]);
                if let Some(input) = kinds.iter().position(|kind| *kind == 'i') {
                    let shared = Box::leak(vec![0_u8; 8192].into_boxed_slice()).as_mut_ptr() as u64;
                    for distance in [0, 1, 7, 16, 31] {
                        add(
                            &format!("the input's place and {distance}"),
                            &[(input, shared), (at, shared + distance)],
                        );
                        add(
                            &format!("the input's place less {distance}"),
                            &[(input, shared + distance), (at, shared)],
                        );
                    }
                }
                // As much room as the length says, so that what is written stays in it.
                let length = Box::leak(vec![4096_u64; 512].into_boxed_slice()).as_mut_ptr() as u64;
                add("the place of its own length", &[(at, length), (at + 1, length)]);
            }
            'L' => {
                add("NULL", &[(at, 0)]);
                add("unaligned", &[(at, unaligned(&4096_u64.to_ne_bytes()))]);
                for room in [0, 1, u64::MAX, 1 << 63] {
                    add(
                        &format!("room of {room:#x}"),
                        &[(at, Box::leak(Box::new(room)) as *mut u64 as u64)],
                    );
                }
            }
            'H' => {
                add("NULL", &[(at, 0)]);
                add("unaligned", &[(at, unaligned(&[0; 8]))]);
            }
            'q' => {
                add("NULL", &[(at, 0)]);
                let odd = Box::leak(vec![0_u8; 8192].into_boxed_slice()).as_mut_ptr() as u64 | 1;
                add("unaligned", &[(at, odd)]);
            }
            'p' => {
                add(
                    "unaligned",
                    &[(at, unaligned(words_of(&gcm_message()))), (at + 1, 48)],
                );
                for field in 0..6 {
                    for word in [0, 1, 13, 1 << 20, 1 << 32, 1 << 63, u64::MAX] {
                        let mut lie = gcm_message();
                        lie[field] = word;
                        // A pointer to what is not there is nobody's to see through.
                        if [0, 4].contains(&field) && word != 0 && word != u64::MAX {
                            continue;
                        }
                        if field == 1 && (word == 13 || word == 1 << 20) {
                            lie[0] = at_the_edge(&vec![0; word as usize]).as_mut_ptr() as u64;
                        }
                        let lie = at_the_edge(words_of(&lie)).as_mut_ptr() as u64;
                        add(&format!("field {field} is {word:#x}"), &[(at, lie), (at + 1, 48)]);
                    }
                }
                for length in [1, 24, 48, 56] {
                    add(&format!("NULL of {length}"), &[(at, 0), (at + 1, length)]);
                    let zeros = at_the_edge(&vec![0; length as usize]).as_mut_ptr() as u64;
                    add(&format!("zeros of {length}"), &[(at, zeros), (at + 1, length)]);
                }
            }
            'V' => add("not NULL", &[(at, leak(&[0; 64]) as u64)]),
            _ => {}
        }
    }
    all
}

/// Says what happens next, where the parent sees it even after a crash.
fn announce(what: &str) {
    std::fs::write(home().join("announced"), what).unwrap();
}

fn announced() -> String {
    std::fs::read_to_string(home().join("announced")).unwrap_or_default()
}

/// Attacks one function; the process ends well if the module stands all of it.
fn attack(function: &Function) {
    let scene = Scene::new();
    for attack in attacks(&scene, function) {
        announce(&format!("{} with {}", function.name, attack.what));
        let answer = call_words(function, &attack.words);
        assert!(
            answer.rv() != CKR_GENERAL_ERROR,
            "{}: CKR_GENERAL_ERROR",
            announced()
        );
        if function.name == "C_Finalize" && answer.is_ok() {
            initialize().works();
        }
        if let Some(session) = attack
            .words
            .first()
            .filter(|_| function.arguments.starts_with('S'))
        {
            let _ = Session { handle: *session }.close();
        }
    }
    announce(&format!("{}: the work afterwards", function.name));
    let s = scene.token.rw();
    let _ = s.login(CKU_USER, USER_PIN);
    s.encrypt(Mech::new(CKM_AES_ECB), s.aes(16), &[0; 16]).works();
}

/// Attacks all functions that a filter lets through, each in a process; names every crash.
#[track_caller]
fn attack_all(which: impl Fn(&Function) -> bool) {
    match role().strip_prefix("attack ") {
        Some(name) => {
            initialize().works();
            attack(function(name));
        }
        None => {
            Token::fresh();
            finalize().works();
            let mut falls = Vec::new();
            for function in FUNCTIONS.iter().filter(|function| which(function)) {
                let (status, output) = finish(
                    &mut process(&format!("attack {}", function.name)),
                    Duration::from_secs(60),
                );
                let status = status.map_or("hangs".to_owned(), |status| status.to_string());
                if status != "exit status: 0" {
                    let panic = output
                        .lines()
                        .skip_while(|line| !line.contains("panicked"))
                        .nth(1)
                        .unwrap_or("");
                    falls.push(format!("{} [{status}] {panic}", announced()));
                }
            }
            assert!(falls.is_empty(), "\n{}", falls.join("\n"));
        }
    }
}

fn is_message(function: &Function) -> bool {
    function.name.contains("Message")
        || function.name.contains("Async")
        || function.name.contains("capsulate")
}

/// STO-3
#[test]
fn functions_on_slots_and_tokens_stand_hostile_arguments() {
    isolated_with(PATIENT, || {
        attack_all(|function| !function.arguments.starts_with('S'))
    });
}

/// STO-3
#[test]
fn functions_on_sessions_and_objects_stand_hostile_arguments() {
    isolated_with(PATIENT, || {
        attack_all(|function| {
            function.arguments.starts_with('S') && !is_message(function) && !function.arguments.contains('L')
        });
    });
}

/// STO-3
#[test]
fn functions_with_outputs_stand_hostile_arguments() {
    isolated_with(PATIENT, || {
        attack_all(|function| {
            function.arguments.starts_with('S') && !is_message(function) && function.arguments.contains('L')
        });
    });
}

/// STO-3
#[test]
fn message_functions_stand_hostile_arguments() {
    isolated_with(PATIENT, || attack_all(is_message));
}

/// The parameter lengths that are tried with every mechanism.
fn parameters() -> Vec<(String, *mut u8, u64)> {
    let mut all = Vec::new();
    for length in (0..=64).chain([128, 4096]) {
        all.push((
            format!("{length} zeros"),
            at_the_edge(&vec![0; length]).as_mut_ptr(),
            length as u64,
        ));
    }
    for words in 1..=8_usize {
        for place in 0..words {
            for word in [1_u64, 1 << 31, 1 << 63, u64::MAX] {
                let mut bytes = vec![0; words * 8];
                bytes[place * 8..place * 8 + 8].copy_from_slice(&word.to_ne_bytes());
                let what = format!("{words} words, number {place} is {word:#x}");
                all.push((what, at_the_edge(&bytes).as_mut_ptr(), bytes.len() as u64));
            }
        }
    }
    for length in TOO_LONG.into_iter().chain([1, 16, 48]) {
        all.push((format!("NULL of {length:#x}"), std::ptr::null_mut(), length));
    }
    for length in TOO_LONG {
        all.push((format!("a length of {length:#x}"), leak(&[0; 64]), length));
    }
    all
}

/// STO-3: parameter lengths are checked before anything is read.
#[test]
fn every_mechanism_stands_hostile_parameters() {
    isolated(|| {
        if let Some(mechanism) = role().strip_prefix("mechanism ") {
            initialize().works();
            return parameters_of(mechanism.parse().unwrap());
        }
        let slot = Token::fresh().slot;
        let all = mechanisms(slot).works();
        finalize().works();
        let mut falls = Vec::new();
        for mechanism in all {
            let (status, output) = finish(
                &mut process(&format!("mechanism {mechanism}")),
                Duration::from_secs(60),
            );
            let status = status.map_or("hangs".to_owned(), |status| status.to_string());
            if status != "exit status: 0" {
                let panic = output
                    .lines()
                    .skip_while(|line| !line.contains("panicked"))
                    .nth(1)
                    .unwrap_or("");
                falls.push(format!("{} [{status}] {panic}", announced()));
            }
        }
        assert!(falls.is_empty(), "\n{}", falls.join("\n"));
    });
}

fn parameters_of(mechanism: CK_MECHANISM_TYPE) {
    let token = Token::labelled("test");
    let s = token.user();
    let flags = mechanism_info(token.slot, mechanism).works().flags;
    let keys = [
        s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).unwrap(),
        s.secret(32),
        s.generate_key(Mech::new(CKM_DES3_KEY_GEN), &[]).unwrap(),
        s.create(&rsa_template()).unwrap(),
        s.ec(curve::P256).1,
        s.ed25519().1,
        s.x25519().1,
    ];
    let template = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_GENERIC_SECRET)];
    for (what, pointer, length) in parameters() {
        announce(&format!(
            "{} with a parameter of {what}",
            mechanism_name(mechanism)
        ));
        let mech = Mech(CK_MECHANISM {
            mechanism,
            pParameter: pointer.cast(),
            ulParameterLen: length,
        });
        let mut codes = Vec::new();
        if flags & CKF_DIGEST != 0 {
            codes.push(s.digest(mech, &[1; 32]).rv());
        }
        for key in keys {
            if flags & CKF_ENCRYPT != 0 {
                codes.push(s.encrypt(mech, key, &[1; 32]).rv());
                codes.push(s.decrypt(mech, key, &[1; 32]).rv());
            }
            if flags & CKF_SIGN != 0 {
                codes.push(s.sign(mech, key, &[1; 32]).rv());
                codes.push(s.verify(mech, key, &[1; 32], &[1; 64]).rv());
            }
            if flags & CKF_WRAP != 0 {
                codes.push(s.wrap(mech, key, keys[0]).rv());
                codes.push(s.unwrap_key(mech, key, &[1; 32], &template).rv());
            }
            if flags & CKF_DERIVE != 0 {
                codes.push(s.derive(mech, key, &template).rv());
            }
        }
        if flags & CKF_GENERATE != 0 && length != 0 {
            codes.push(s.generate_key(mech, &[a(CKA_VALUE_LEN, 16)]).rv());
        }
        if flags & CKF_GENERATE_KEY_PAIR != 0 && length != 0 {
            codes.push(s.generate_pair(mech, &[a(CKA_MODULUS_BITS, 512)], &[]).rv());
        }
        assert!(
            !codes.contains(&CKR_GENERAL_ERROR),
            "{}: CKR_GENERAL_ERROR",
            announced()
        );
        let _ = s.cancel(CKF_ENCRYPT | CKF_DECRYPT | CKF_SIGN | CKF_VERIFY | CKF_DIGEST);
    }
}

/// STO-3: inputs are read to their last byte and not one further.
#[test]
fn data_that_ends_where_memory_ends_is_read_to_its_end() {
    isolated(|| {
        let s = Token::fresh().user();
        let aes = s.aes(32);
        for length in [1, 15, 16, 17, 31, 48, 64, 100, 4096] {
            let data = at_the_edge(&vec![7; length]);
            let same = vec![7; length];
            for mechanism in [
                Mech::ctr(64, [0; 16]),
                Mech::iv(CKM_AES_CBC_PAD, &[0; 16]),
                Mech::gcm(&[1; 12], b"", 128),
            ] {
                let cipher = s.encrypt(mechanism, aes, data).works();
                assert_eq!(cipher, s.encrypt(mechanism, aes, &same).works());
                assert_eq!(s.decrypt(mechanism, aes, at_the_edge(&cipher)).works(), same);
                let room = at_the_edge(&vec![0; cipher.len()]);
                let mut capacity = room.len() as CK_ULONG;
                s.begin(Class::Encrypt, mechanism, aes).works();
                s.step_raw(
                    Step::Encrypt,
                    (p(data), length as CK_ULONG),
                    room.as_mut_ptr(),
                    &raw mut capacity,
                )
                .works();
                assert_eq!(room, cipher);
            }
            for mechanism in [CKM_SHA_1, CKM_SHA256, CKM_SHA512] {
                assert_eq!(
                    s.digest(Mech::new(mechanism), data).works(),
                    s.digest(Mech::new(mechanism), &same).works()
                );
            }
        }
    });
}

/// STO-3: a number of attributes at once.
#[test]
fn a_template_with_ten_thousand_entries_is_answered() {
    isolated(|| {
        let s = Token::fresh().user();
        let many = vec![a(CKA_LABEL, "x"); 10_000];
        let _ = s.create(&with(&[a(CKA_CLASS, CKO_DATA)], &many));
        let _ = s.find(&many);
        let key = s.aes(16);
        let mut query = many.clone();
        assert_ne!(s.get_raw(key, &mut query).rv(), CKR_GENERAL_ERROR);
        s.encrypt(Mech::new(CKM_AES_ECB), key, &[0; 16]).works();
    });
}

/// Fixed sequences of calls in a random order: no order may crash, and the module still works afterwards.
#[test]
fn calls_in_any_order_are_answered() {
    isolated_with(PATIENT, || {
        let token = Token::fresh();
        let keeper = token.user();
        let (aes, secret) = (keeper.aes(16), keeper.secret(32));
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let classes = [
            Class::Encrypt,
            Class::Decrypt,
            Class::Digest,
            Class::Sign,
            Class::Verify,
        ];
        let steps = [
            Step::Encrypt,
            Step::EncryptUpdate,
            Step::EncryptFinal,
            Step::Decrypt,
            Step::DecryptUpdate,
            Step::DecryptFinal,
            Step::Digest,
            Step::DigestFinal,
            Step::Sign,
            Step::SignFinal,
        ];
        let mechanisms = [
            Mech::new(CKM_AES_ECB),
            Mech::iv(CKM_AES_CBC, &[0; 16]),
            Mech::iv(CKM_AES_CBC_PAD, &[0; 16]),
            Mech::gcm(&[1; 12], b"", 128),
            Mech::ctr(64, [0; 16]),
            Mech::new(CKM_SHA256),
            Mech::new(CKM_SHA256_HMAC),
            Mech::new(CKM_AES_CMAC),
        ];
        let s = token.rw();
        for _ in 0..200_000 {
            let length = next(40) as usize;
            let code = match next(8) {
                0 | 1 => s
                    .begin(
                        classes[next(5) as usize],
                        mechanisms[next(8) as usize],
                        [aes, secret][next(2) as usize],
                    )
                    .rv(),
                2 => s.feed(classes[2 + next(3) as usize], &vec![1; length]).rv(),
                3 => s.query(steps[next(10) as usize], &vec![1; length]).rv(),
                4 => s
                    .offer(steps[next(10) as usize], &vec![1; length], next(64) as usize)
                    .0
                    .rv(),
                5 => s.check(&vec![1; length], &[0; 32]).rv(),
                6 => s.check_final(&[0; 32]).rv(),
                _ => s.step(steps[next(10) as usize], &vec![1; length]).rv(),
            };
            assert_ne!(code, CKR_GENERAL_ERROR);
        }
        keeper.encrypt(Mech::new(CKM_AES_ECB), aes, &[0; 16]).works();
    });
}

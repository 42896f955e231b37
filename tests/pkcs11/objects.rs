//! Objects: making, copying, changing, destroying, reading and finding them [PKCS#11 3.2, 4 and 5.7].

use crate::harness::*;
use std::ptr::null_mut;

fn user() -> Session {
    Token::fresh().user()
}

/// What an attribute query left: the code, and the lengths.
fn ask(s: &Session, object: CK_OBJECT_HANDLE, mut template: Vec<CK_ATTRIBUTE>) -> (CK_RV, Vec<CK_ULONG>) {
    let answer = s.get_raw(object, &mut template);
    (
        answer.rv(),
        template.iter().map(|attribute| attribute.ulValueLen).collect(),
    )
}

/// A place for `length` bytes of an attribute.
fn room(kind: CK_ATTRIBUTE_TYPE, length: usize) -> CK_ATTRIBUTE {
    raw(kind, leak(&vec![0; length]), length as CK_ULONG)
}

/// OBJ-1
#[test]
fn each_fault_of_a_template_has_its_code() {
    isolated(|| {
        let s = user();
        let good = data("x", b"1");
        s.create(&with(&good, &[a(0x4000_1234, "?")]))
            .gives(CKR_ATTRIBUTE_TYPE_INVALID);
        s.create(&with(&good, &[a(CKA_TOKEN, &[2_u8])]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&with(&good, &[a(CKA_TOKEN, &[1_u8, 0])]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&with(&good, &[a(CKA_TOKEN, b"")]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&with(&good, &[a(CKA_CLASS, &[0_u8; 4])]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&with(&good, &[a(CKA_CLASS, 0x7777)]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&without(&good, &[CKA_CLASS]))
            .gives(CKR_TEMPLATE_INCOMPLETE);
        s.create(&with(&good, &[a(CKA_UNIQUE_ID, "mine")]))
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        let mut none = 0;
        call!(C_CreateObject(s.handle, null_mut(), 3, &raw mut none)).gives(CKR_ARGUMENTS_BAD);
        let secret = open_secret(CKK_AES, &[1; 16]);
        s.create(&without(&secret, &[CKA_KEY_TYPE]))
            .gives(CKR_TEMPLATE_INCOMPLETE);
        s.create(&without(&secret, &[CKA_VALUE]))
            .gives(CKR_TEMPLATE_INCOMPLETE);
        s.create(&with(&secret, &[a(CKA_KEY_TYPE, 0x7777)]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&with(&secret, &[a(CKA_VALUE, &[1; 15])]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&with(&secret, &[a(CKA_MODULUS, &[1; 15])]))
            .gives(CKR_ATTRIBUTE_TYPE_INVALID);
        s.create(&with(&secret, &[a(CKA_LOCAL, true)]))
            .gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

/// OBJ-1
#[test]
fn an_attribute_that_is_given_twice_counts_once_if_both_agree() {
    isolated(|| {
        let s = user();
        let twice = |second: &str| [data("x", b"1"), vec![a(CKA_LABEL, second)]].concat();
        let object = s.create(&twice("x")).works();
        assert_eq!(s.get(object, CKA_LABEL).works(), b"x");
        s.create(&twice("y")).gives(CKR_TEMPLATE_INCONSISTENT);
    });
}

/// OBJ-2
#[test]
fn a_refused_template_makes_nothing() {
    isolated(|| {
        let s = user();
        let count = || s.find(&[]).works().len();
        let before = count();
        s.create(&on_token(&with(&data("x", b"1"), &[a(CKA_LOCAL, true)])))
            .gives(CKR_ATTRIBUTE_TYPE_INVALID);
        let bad = [a(CKA_TOKEN, true), a(CKA_SENSITIVE, &[7_u8])];
        let good = [a(CKA_TOKEN, true), a(CKA_EC_PARAMS, curve::P256)];
        s.generate_pair(Mech::new(CKM_EC_KEY_PAIR_GEN), &good, &bad)
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.rsa_with(1024, &[a(CKA_TOKEN, true)], &[a(CKA_VALUE, b"?")])
            .gives(CKR_ATTRIBUTE_TYPE_INVALID);
        assert_eq!(count(), before, "both keys of a pair or none");
    });
}

/// OBJ-3
#[test]
fn a_read_only_session_makes_no_token_objects_by_any_way() {
    isolated(|| {
        let token = Token::fresh();
        let rw = token.user();
        let kek = rw.aes_with(16, &[a(CKA_TOKEN, true)]).works();
        let target = rw.import(CKK_AES, &[1; 16]);
        let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
        let wrapped = rw.wrap(kwp, kek, target).works();
        let (_, base) = rw
            .pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &[a(CKA_TOKEN, true)])
            .works();
        let (peer, _) = rw.ec(curve::P256);
        let point = rw.get(peer, CKA_EC_POINT).works();
        let ro = token.ro();
        let on = [a(CKA_TOKEN, true)];
        let key = with(&[a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)], &on);
        ro.create(&on_token(&data("x", b"1")))
            .gives(CKR_SESSION_READ_ONLY);
        ro.aes_with(16, &on).gives(CKR_SESSION_READ_ONLY);
        ro.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &on, &[])
            .gives(CKR_SESSION_READ_ONLY);
        ro.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &on)
            .gives(CKR_SESSION_READ_ONLY);
        ro.copy(target, &on).gives(CKR_SESSION_READ_ONLY);
        ro.unwrap_key(kwp, kek, &wrapped, &key)
            .gives(CKR_SESSION_READ_ONLY);
        let ecdh = Mech::ecdh(CKD_NULL, b"", &point);
        ro.derive(ecdh, base, &with(&key, &[a(CKA_VALUE_LEN, 16)]))
            .gives(CKR_SESSION_READ_ONLY);
        let kem = Mech::new(CKM_ML_KEM);
        let (public, private) = rw.pq_pair("ML-KEM-512", &[]).works();
        let (ciphertext, _) = rw.encapsulate(kem, public, &without(&key, &[CKA_TOKEN])).works();
        ro.encapsulate(kem, public, &key).gives(CKR_SESSION_READ_ONLY);
        ro.decapsulate(kem, private, &ciphertext, &key)
            .gives(CKR_SESSION_READ_ONLY);
        ro.unwrap_key(kwp, kek, &wrapped, &without(&key, &[CKA_TOKEN]))
            .works();
    });
}

/// OBJ-3
#[test]
fn nobody_makes_private_objects_without_login() {
    isolated(|| {
        let s = Token::fresh().rw();
        s.create(&with(&data("x", b"1"), &[a(CKA_PRIVATE, true)]))
            .gives(CKR_USER_NOT_LOGGED_IN);
        s.create(&open_secret(CKK_AES, &[1; 16]))
            .gives(CKR_USER_NOT_LOGGED_IN);
        s.aes_with(16, &[]).gives(CKR_USER_NOT_LOGGED_IN);
        s.rsa_with(1024, &[], &[]).gives(CKR_USER_NOT_LOGGED_IN);
        let key = s.aes_with(16, &[a(CKA_PRIVATE, false)]).works();
        // What is public itself makes private objects no more than anything else.
        let public = |more: &[CK_ATTRIBUTE]| with(&[a(CKA_PRIVATE, false)], more);
        let open = with(&open_secret(CKK_AES, &[1; 16]), &public(&[]));
        let open = s.create(&open).works();
        let private = [a(CKA_PRIVATE, true)];
        s.copy(open, &private).gives(CKR_USER_NOT_LOGGED_IN);
        let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
        let blob = s.wrap(kwp, key, open).works();
        let named = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)];
        s.unwrap_key(kwp, key, &blob, &named)
            .gives(CKR_USER_NOT_LOGGED_IN);
        s.unwrap_key(kwp, key, &blob, &public(&named)).works();
        let (peer, base) = s
            .pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &public(&[]))
            .works();
        let ecdh = Mech::ecdh(CKD_NULL, b"", &s.get(peer, CKA_EC_POINT).works());
        let sized = with(&named, &[a(CKA_VALUE_LEN, 16)]);
        s.derive(ecdh, base, &sized).gives(CKR_USER_NOT_LOGGED_IN);
        s.derive(ecdh, base, &public(&sized)).works();
        let kem = Mech::new(CKM_ML_KEM);
        let (peer, base) = s.pq_pair("ML-KEM-512", &public(&[])).works();
        s.encapsulate(kem, peer, &named).gives(CKR_USER_NOT_LOGGED_IN);
        let (ciphertext, _) = s.encapsulate(kem, peer, &public(&named)).works();
        s.decapsulate(kem, base, &ciphertext, &named)
            .gives(CKR_USER_NOT_LOGGED_IN);
    });
}

/// OBJ-4; choices, defaults.
#[test]
fn what_a_template_leaves_out_has_the_documented_default() {
    isolated(|| {
        let s = user();
        let flags = |object, list: &[(CK_ATTRIBUTE_TYPE, bool)]| {
            for (kind, expected) in list {
                assert_eq!(
                    s.flag(object, *kind).works(),
                    *expected,
                    "{}",
                    attribute_name(*kind)
                );
            }
        };
        let storage = [
            (CKA_TOKEN, false),
            (CKA_MODIFIABLE, true),
            (CKA_COPYABLE, true),
            (CKA_DESTROYABLE, true),
        ];
        let object = s.create(&[a(CKA_CLASS, CKO_DATA)]).works();
        flags(object, &storage);
        flags(object, &[(CKA_PRIVATE, false)]);
        for kind in [CKA_LABEL, CKA_VALUE, CKA_APPLICATION, CKA_OBJECT_ID] {
            assert_eq!(s.get(object, kind).works(), b"", "{}", attribute_name(kind));
        }
        let key = s.aes(16);
        flags(key, &storage);
        flags(
            key,
            &[
                (CKA_PRIVATE, true),
                (CKA_SENSITIVE, true),
                (CKA_EXTRACTABLE, false),
            ],
        );
        flags(
            key,
            &[
                (CKA_ENCRYPT, true),
                (CKA_DECRYPT, true),
                (CKA_SIGN, true),
                (CKA_VERIFY, true),
            ],
        );
        flags(
            key,
            &[
                (CKA_WRAP, true),
                (CKA_UNWRAP, true),
                (CKA_TRUSTED, false),
                (CKA_WRAP_WITH_TRUSTED, false),
            ],
        );
        let (public, private) = s.rsa();
        flags(public, &storage);
        flags(
            public,
            &[
                (CKA_PRIVATE, false),
                (CKA_ENCRYPT, true),
                (CKA_VERIFY, true),
                (CKA_WRAP, true),
            ],
        );
        flags(private, &storage);
        flags(
            private,
            &[
                (CKA_PRIVATE, true),
                (CKA_SENSITIVE, true),
                (CKA_EXTRACTABLE, false),
            ],
        );
        flags(
            private,
            &[
                (CKA_DECRYPT, true),
                (CKA_SIGN, true),
                (CKA_UNWRAP, true),
                (CKA_ALWAYS_AUTHENTICATE, false),
            ],
        );
        flags(s.ec(curve::P256).1, &[(CKA_SIGN, true), (CKA_DERIVE, true)]);
        flags(s.x25519().1, &[(CKA_DERIVE, true)]);
        flags(s.ed25519().1, &[(CKA_SIGN, true)]);
        assert_eq!(s.get(key, CKA_LABEL).works(), b"");
        assert_eq!(s.get(key, CKA_ID).works(), b"");
        assert_eq!(s.get(key, CKA_START_DATE).works(), b"");
    });
}

/// Usage flags that a template leaves out, when the configuration is strict.
#[test]
fn with_explicit_usage_a_flag_that_is_left_out_is_false() {
    isolated_with("[strictness]\nusage_defaults = \"explicit\"\n", || {
        let s = user();
        let key = s.aes_with(16, &[a(CKA_ENCRYPT, true)]).works();
        assert!(s.flag(key, CKA_ENCRYPT).works());
        assert!(!s.flag(key, CKA_DECRYPT).works());
        s.begin(Class::Decrypt, Mech::new(CKM_AES_ECB), key)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
    });
}

/// OBJ-5
#[test]
fn every_object_has_a_unique_id_that_stays() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let key = s.aes_with(16, &[a(CKA_TOKEN, true)]).works();
        let id = s.get(key, CKA_UNIQUE_ID).works();
        assert!(!id.is_empty());
        let copy = s.copy(key, &[]).works();
        assert_ne!(s.get(copy, CKA_UNIQUE_ID).works(), id);
        assert_ne!(s.get(s.aes(16), CKA_UNIQUE_ID).works(), id);
        s.copy(key, &[a(CKA_UNIQUE_ID, "mine")])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.set(key, &[a(CKA_UNIQUE_ID, "mine")])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.aes_with(16, &[a(CKA_UNIQUE_ID, "mine")])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        assert_eq!(s.find(&[a(CKA_UNIQUE_ID, &id)]).works(), [key]);
        finalize().works();
        initialize().works();
        let s = token.user();
        let found = s.find(&[a(CKA_UNIQUE_ID, &id)]).works();
        assert_eq!(found.len(), 1);
        assert_eq!(s.get(found[0], CKA_UNIQUE_ID).works(), id);
    });
}

/// OBJ-6
#[test]
fn a_key_says_whether_it_was_made_here_and_how() {
    isolated(|| {
        let s = user();
        let key = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
        assert!(s.flag(key, CKA_LOCAL).works());
        assert_eq!(s.number(key, CKA_KEY_GEN_MECHANISM).works(), CKM_AES_KEY_GEN);
        let copy = s.copy(key, &[]).works();
        assert!(s.flag(copy, CKA_LOCAL).works());
        let (public, private) = s.ec(curve::P256);
        for half in [public, private] {
            assert!(s.flag(half, CKA_LOCAL).works());
            assert_eq!(s.number(half, CKA_KEY_GEN_MECHANISM).works(), CKM_EC_KEY_PAIR_GEN);
        }
        let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
        let blob = s.wrap(kwp, s.aes(16), key);
        let imported = s.import(CKK_AES, &[1; 16]);
        let mut foreign = vec![imported];
        let kek = s.aes(16);
        let blob = blob.and_then(|_| s.wrap(kwp, kek, key)).works();
        foreign.push(
            s.unwrap_key(
                kwp,
                kek,
                &blob,
                &[a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)],
            )
            .works(),
        );
        let point = s.get(public, CKA_EC_POINT).works();
        let secret = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_GENERIC_SECRET)];
        foreign.push(
            s.derive(Mech::ecdh(CKD_NULL, b"", &point), private, &secret)
                .works(),
        );
        for key in foreign {
            assert!(!s.flag(key, CKA_LOCAL).works());
            assert_eq!(s.number(key, CKA_KEY_GEN_MECHANISM).works(), UNAVAILABLE);
        }
    });
}

fn history(s: &Session, key: CK_OBJECT_HANDLE) -> (bool, bool) {
    (
        s.flag(key, CKA_ALWAYS_SENSITIVE).works(),
        s.flag(key, CKA_NEVER_EXTRACTABLE).works(),
    )
}

/// OBJ-7
#[test]
fn a_generated_key_remembers_whether_it_was_ever_open() {
    isolated(|| {
        let s = user();
        for sensitive in [false, true] {
            for extractable in [false, true] {
                let template = [a(CKA_SENSITIVE, sensitive), a(CKA_EXTRACTABLE, extractable)];
                let key = s.aes_with(16, &template).works();
                assert_eq!(history(&s, key), (sensitive, !extractable));
                let (_, private) = s
                    .pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &template)
                    .works();
                assert_eq!(history(&s, private), (sensitive, !extractable));
            }
        }
    });
}

/// OBJ-7
#[test]
fn a_key_that_came_from_outside_was_open_once() {
    isolated(|| {
        let s = user();
        let closed = [a(CKA_SENSITIVE, true), a(CKA_EXTRACTABLE, false)];
        let imported = s.create(&with(&open_secret(CKK_AES, &[1; 16]), &closed)).works();
        assert_eq!(history(&s, imported), (false, false));
        let private = s
            .create(&with(&with(&rsa_template(), &rsa_crt()), &closed))
            .works();
        assert_eq!(history(&s, private), (false, false));
        let kek = s.aes(16);
        let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
        let blob = s.wrap(kwp, kek, s.import(CKK_AES, &[1; 16])).works();
        let template = with(&[a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)], &closed);
        let unwrapped = s.unwrap_key(kwp, kek, &blob, &template).works();
        assert_eq!(history(&s, unwrapped), (false, false));
    });
}

/// OBJ-7
#[test]
fn a_derived_key_inherits_the_history_of_its_base() {
    isolated(|| {
        let s = user();
        let (peer, _) = s.ec(curve::P256);
        let ecdh = Mech::ecdh(CKD_NULL, b"", &s.get(peer, CKA_EC_POINT).works());
        let secret = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_GENERIC_SECRET)];
        for base_open in [false, true] {
            let base = [a(CKA_SENSITIVE, !base_open), a(CKA_EXTRACTABLE, base_open)];
            let (_, private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &base).works();
            for open in [false, true] {
                let template = with(&secret, &[a(CKA_SENSITIVE, !open), a(CKA_EXTRACTABLE, open)]);
                let key = s.derive(ecdh, private, &template).works();
                let closed_all_along = !base_open && !open;
                assert_eq!(history(&s, key), (closed_all_along, closed_all_along));
            }
        }
    });
}

/// OBJ-7
#[test]
fn a_copy_keeps_the_history() {
    isolated(|| {
        let s = user();
        let open = s
            .aes_with(16, &[a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)])
            .works();
        let closed = s
            .copy(open, &[a(CKA_SENSITIVE, true), a(CKA_EXTRACTABLE, false)])
            .works();
        assert_eq!(history(&s, closed), (false, false));
        assert_eq!(history(&s, s.copy(s.aes(16), &[]).works()), (true, true));
    });
}

/// OBJ-7
#[test]
fn nobody_writes_a_keys_history() {
    isolated(|| {
        let s = user();
        let key = s.aes(16);
        let history = [CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_LOCAL];
        for kind in history {
            let one = [a(kind, true)];
            s.create(&with(&open_secret(CKK_AES, &[1; 16]), &one))
                .gives(CKR_ATTRIBUTE_READ_ONLY);
            s.aes_with(16, &one).gives(CKR_ATTRIBUTE_READ_ONLY);
            s.copy(key, &one).works(); // the value that it has anyway: choices, OBJ-12
            s.copy(key, &[a(kind, false)]).gives(CKR_ATTRIBUTE_READ_ONLY);
            s.set(key, &one).gives(CKR_ATTRIBUTE_READ_ONLY);
        }
        s.aes_with(16, &[a(CKA_KEY_GEN_MECHANISM, CKM_AES_KEY_GEN)])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

/// OBJ-8
#[test]
fn one_way_flags_go_one_way() {
    isolated(|| {
        let s = user();
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let key = s.aes_with(16, &open).works();
        for (kind, forward) in [
            (CKA_SENSITIVE, true),
            (CKA_EXTRACTABLE, false),
            (CKA_WRAP_WITH_TRUSTED, true),
        ] {
            s.set(key, &[a(kind, forward)]).works();
            assert_eq!(s.flag(key, kind).works(), forward);
            s.set(key, &[a(kind, forward)]).works();
            s.set(key, &[a(kind, !forward)]).gives(CKR_ATTRIBUTE_READ_ONLY);
            s.copy(key, &[a(kind, !forward)]).gives(CKR_ATTRIBUTE_READ_ONLY);
            assert_eq!(s.flag(key, kind).works(), forward);
        }
    });
}

/// OBJ-8
#[test]
fn of_the_storage_attributes_only_the_label_is_set_later() {
    isolated(|| {
        let s = user();
        let object = s.create(&data("x", b"1")).works();
        s.set(object, &[a(CKA_LABEL, "renamed")]).works();
        assert_eq!(s.get(object, CKA_LABEL).works(), b"renamed");
        for (kind, value) in [
            (CKA_TOKEN, true),
            (CKA_PRIVATE, true),
            (CKA_MODIFIABLE, false),
            (CKA_COPYABLE, false),
            (CKA_DESTROYABLE, false),
        ] {
            s.set(object, &[a(kind, value)]).gives(CKR_ATTRIBUTE_READ_ONLY);
        }
        let single = s.copy(object, &[a(CKA_COPYABLE, false)]).works();
        s.copy(single, &[a(CKA_COPYABLE, true)])
            .gives(CKR_ACTION_PROHIBITED);
        let copy = s
            .copy(
                object,
                &[a(CKA_TOKEN, true), a(CKA_PRIVATE, true), a(CKA_MODIFIABLE, false)],
            )
            .works();
        assert!(s.flag(copy, CKA_TOKEN).works() && s.flag(copy, CKA_PRIVATE).works());
        assert!(!s.flag(copy, CKA_MODIFIABLE).works());
    });
}

/// OBJ-9: whatever can be trusted, when it is made and afterwards.
#[test]
fn the_officer_trusts_keys_and_certificates_and_nobody_else_does() {
    isolated(|| {
        let s = user();
        let trusted = [a(CKA_TRUSTED, true)];
        let public = [
            a(CKA_CLASS, CKO_PUBLIC_KEY),
            a(CKA_KEY_TYPE, CKK_RSA),
            rsa_template()[2],
            a(CKA_PUBLIC_EXPONENT, hex("010001")),
        ];
        let secret = with(&open_secret(CKK_AES, &[1; 16]), &[a(CKA_PRIVATE, false)]);
        let templates = [public.to_vec(), secret, certificate()];
        for template in &templates {
            s.create(&with(template, &trusted)).gives(CKR_ATTRIBUTE_READ_ONLY);
            let object = s.create(template).works();
            s.set(object, &trusted).gives(CKR_ATTRIBUTE_READ_ONLY);
            s.copy(object, &trusted).gives(CKR_ATTRIBUTE_READ_ONLY);
        }
        s.logout().works();
        s.login(CKU_SO, SO_PIN).works();
        for template in &templates {
            let made = s.create(&with(template, &trusted)).works();
            assert!(s.flag(made, CKA_TRUSTED).works());
            let object = s.create(template).works();
            s.set(object, &trusted).works();
            assert!(s.flag(object, CKA_TRUSTED).works());
        }
        // It is of no use to trust what is private: the SO has no such objects.
        s.create(&with(&templates[1], &[a(CKA_PRIVATE, true), trusted[0]]))
            .gives(CKR_USER_NOT_LOGGED_IN);
    });
}

/// OBJ-9
#[test]
fn only_the_officer_trusts_a_key() {
    isolated(|| {
        let s = user();
        s.aes_with(16, &[a(CKA_TRUSTED, true)])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        let key = s
            .aes_with(
                16,
                &[a(CKA_TOKEN, true), a(CKA_PRIVATE, false), a(CKA_LABEL, "kek")],
            )
            .works();
        s.set(key, &[a(CKA_TRUSTED, true)]).gives(CKR_ATTRIBUTE_READ_ONLY);
        s.logout().works();
        s.login(CKU_SO, SO_PIN).works();
        let key = s.find(&[a(CKA_LABEL, "kek")]).works()[0];
        s.set(key, &[a(CKA_TRUSTED, true)]).works();
        assert!(s.flag(key, CKA_TRUSTED).works());
        s.logout().works();
        s.login(CKU_USER, USER_PIN).works();
        let copy = s.copy(key, &[a(CKA_LABEL, "copy")]).works();
        assert!(!s.flag(copy, CKA_TRUSTED).works(), "what a user makes of it");
        assert!(s.flag(key, CKA_TRUSTED).works());
    });
}

/// OBJ-11: a change that was answered is not lost to another thread's.
#[test]
fn threads_that_change_one_session_object_lose_no_change() {
    isolated(|| {
        let token = Token::fresh();
        let (s, other) = (token.user(), token.rw());
        for _ in 0..50 {
            let key = s.import(CKK_AES, &[1; 16]);
            std::thread::scope(|scope| {
                scope.spawn(|| s.set(key, &[a(CKA_WRAP_WITH_TRUSTED, true)]).works());
                scope.spawn(|| {
                    for n in 0..10_u8 {
                        other.set(key, &[a(CKA_ID, &[n])]).works();
                    }
                });
            });
            assert!(s.flag(key, CKA_WRAP_WITH_TRUSTED).works());
            assert_eq!(s.get(key, CKA_ID).works(), [9]);
        }
    });
}

/// OBJ-10
#[test]
fn what_may_not_be_modified_destroyed_or_copied_is_not() {
    isolated(|| {
        let s = user();
        let fixed = s
            .create(&with(&data("x", b"1"), &[a(CKA_MODIFIABLE, false)]))
            .works();
        s.set(fixed, &[a(CKA_LABEL, "y")]).gives(CKR_ACTION_PROHIBITED);
        s.destroy(fixed).works();
        let lasting = s
            .create(&with(&data("x", b"1"), &[a(CKA_DESTROYABLE, false)]))
            .works();
        s.destroy(lasting).gives(CKR_ACTION_PROHIBITED);
        let single = s
            .create(&with(&data("x", b"1"), &[a(CKA_COPYABLE, false)]))
            .works();
        s.copy(single, &[]).gives(CKR_ACTION_PROHIBITED);
        let kek = s.aes(16);
        let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
        let blob = s.wrap(kwp, kek, s.import(CKK_AES, &[1; 16])).works();
        let template = [
            a(CKA_CLASS, CKO_SECRET_KEY),
            a(CKA_KEY_TYPE, CKK_AES),
            a(CKA_MODIFIABLE, false),
        ];
        let key = s.unwrap_key(kwp, kek, &blob, &template).works();
        assert!(!s.flag(key, CKA_MODIFIABLE).works());
    });
}

/// OBJ-11
#[test]
fn setting_attributes_is_all_or_nothing() {
    isolated(|| {
        let s = user();
        let key = s.aes_with(16, &[a(CKA_LABEL, "before"), a(CKA_ID, b"1")]).works();
        s.set(key, &[a(CKA_LABEL, "after"), a(CKA_KEY_TYPE, CKK_DES3)])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.set(key, &[a(CKA_LABEL, "after"), a(CKA_VALUE, &[1; 16])])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.set(key, &[a(CKA_LABEL, "after"), a(CKA_ENCRYPT, &[3_u8])])
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.set(key, &[a(CKA_LABEL, "after"), a(CKA_MODULUS, b"1")])
            .gives(CKR_ATTRIBUTE_TYPE_INVALID);
        assert_eq!(s.get(key, CKA_LABEL).works(), b"before");
        s.set(
            key,
            &[a(CKA_LABEL, "after"), a(CKA_ID, b"2"), a(CKA_DECRYPT, false)],
        )
        .works();
        assert_eq!(
            (s.get(key, CKA_LABEL).works(), s.get(key, CKA_ID).works()),
            (b"after".to_vec(), b"2".to_vec())
        );
        s.begin(Class::Decrypt, Mech::new(CKM_AES_ECB), key)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), key).works();
    });
}

/// OBJ-12: what keytool does with every key.
#[test]
fn a_session_key_is_copied_to_the_token_with_a_new_name() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let (_, private) = s.ec(curve::P256);
        let kept = s
            .copy(
                private,
                &[a(CKA_TOKEN, true), a(CKA_LABEL, "kept"), a(CKA_ID, b"7")],
            )
            .works();
        assert!(s.flag(kept, CKA_TOKEN).works());
        assert!(s.flag(kept, CKA_SENSITIVE).works() && !s.flag(kept, CKA_EXTRACTABLE).works());
        s.close().works();
        let s = token.user();
        let found = s
            .find(&[a(CKA_LABEL, "kept"), a(CKA_CLASS, CKO_PRIVATE_KEY)])
            .works();
        assert_eq!(s.sign(Mech::new(CKM_ECDSA), found[0], &[1; 32]).works().len(), 64);
    });
}

/// OBJ-12
#[test]
fn a_copy_may_repeat_what_does_not_change_and_change_nothing_else() {
    isolated(|| {
        let s = user();
        let key = s.create(&open_secret(CKK_AES, &[1; 16])).works();
        s.copy(
            key,
            &[
                a(CKA_CLASS, CKO_SECRET_KEY),
                a(CKA_KEY_TYPE, CKK_AES),
                a(CKA_VALUE, &[1; 16]),
            ],
        )
        .works();
        s.copy(key, &[a(CKA_KEY_TYPE, CKK_DES3)])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.copy(key, &[a(CKA_VALUE, &[2; 16])])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.copy(key, &[a(CKA_PRIVATE, false)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let closed = s
            .copy(key, &[a(CKA_SENSITIVE, true), a(CKA_EXTRACTABLE, false)])
            .works();
        s.get(closed, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
        for guess in [[1; 16], [2; 16]] {
            s.copy(closed, &[a(CKA_VALUE, &guess)])
                .gives(CKR_ATTRIBUTE_READ_ONLY);
            s.set(closed, &[a(CKA_VALUE, &guess)])
                .gives(CKR_ATTRIBUTE_READ_ONLY);
        }
        s.copy(closed, &[a(CKA_SENSITIVE, false)])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

/// OBJ-13
#[test]
fn a_destroyed_object_is_unknown_to_every_function() {
    isolated(|| {
        let s = user();
        let gone = s.aes(16);
        let kek = s.aes(16);
        s.destroy(gone).works();
        for object in [gone, 0, CK_ULONG::MAX] {
            s.destroy(object).gives(CKR_OBJECT_HANDLE_INVALID);
            s.get(object, CKA_LABEL).gives(CKR_OBJECT_HANDLE_INVALID);
            s.set(object, &[a(CKA_LABEL, "x")])
                .gives(CKR_OBJECT_HANDLE_INVALID);
            s.copy(object, &[]).gives(CKR_OBJECT_HANDLE_INVALID);
            s.size(object).gives(CKR_OBJECT_HANDLE_INVALID);
            for class in [Class::Encrypt, Class::Decrypt] {
                s.begin(class, Mech::new(CKM_AES_ECB), object)
                    .gives(CKR_KEY_HANDLE_INVALID);
            }
            for class in [Class::Sign, Class::Verify] {
                s.begin(class, Mech::new(CKM_AES_CMAC), object)
                    .gives(CKR_KEY_HANDLE_INVALID);
            }
            let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
            s.wrap(kwp, kek, object).gives(CKR_KEY_HANDLE_INVALID);
            s.wrap(kwp, object, kek).gives(CKR_WRAPPING_KEY_HANDLE_INVALID);
            let template = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)];
            s.unwrap_key(kwp, object, &[0; 24], &template)
                .gives(CKR_UNWRAPPING_KEY_HANDLE_INVALID);
            s.derive(Mech::ecdh(CKD_NULL, b"", &[4; 65]), object, &template)
                .gives(CKR_KEY_HANDLE_INVALID);
        }
    });
}

/// OBJ-14
#[test]
fn an_object_has_a_plausible_size() {
    isolated(|| {
        let s = user();
        let size = s.size(s.create(&data("x", &[0; 1000])).works()).works();
        assert!(size == UNAVAILABLE || (1000..100_000).contains(&size), "{size}");
    });
}

/// OBJ-15
#[test]
fn other_processes_work_is_seen_at_the_next_search_and_use() {
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            let old = s.aes_with(16, &[a(CKA_TOKEN, true), a(CKA_LABEL, "old")]).works();
            let changed = s.create(&on_token(&data("changing", b"before"))).works();
            s.encrypt(Mech::new(CKM_AES_ECB), old, &[0; 16]).works();
            run("another process");
            s.get(old, CKA_LABEL).gives(CKR_OBJECT_HANDLE_INVALID);
            s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), old)
                .gives(CKR_KEY_HANDLE_INVALID);
            assert!(s.find(&[a(CKA_LABEL, "old")]).works().is_empty());
            assert_eq!(s.get(changed, CKA_VALUE).works(), b"after");
            let new = s.find(&[a(CKA_LABEL, "new")]).works();
            s.encrypt(Mech::new(CKM_AES_ECB), new[0], &[0; 16]).works();
        }
        _ => {
            let s = Token::existing().user();
            s.destroy(s.find(&[a(CKA_LABEL, "old")]).works()[0]).works();
            s.set(
                s.find(&[a(CKA_LABEL, "changing")]).works()[0],
                &[a(CKA_VALUE, b"after")],
            )
            .works();
            s.aes_with(16, &[a(CKA_TOKEN, true), a(CKA_LABEL, "new")]).works();
        }
    });
}

/// OBJ-13: while nobody is logged in, the handle of a private object is none.
#[test]
fn the_handle_of_a_private_object_is_dead_without_login_wherever_it_is_given() {
    isolated(|| {
        let s = user();
        let open = with(&open_secret(CKK_AES, &[1; 16]), &[a(CKA_PRIVATE, false)]);
        let own = s.aes(16);
        s.logout().works();
        let public = s.create(&open).works();
        for call in [
            s.get(own, CKA_LABEL).map(drop),
            s.set(own, &[a(CKA_LABEL, "x")]),
            s.copy(own, &[]).map(drop),
            s.size(own).map(drop),
            s.destroy(own),
        ] {
            call.gives(CKR_OBJECT_HANDLE_INVALID);
        }
        let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
        let ecb = Mech::new(CKM_AES_ECB);
        s.begin(Class::Encrypt, ecb, own).gives(CKR_KEY_HANDLE_INVALID);
        s.begin(Class::Sign, Mech::new(CKM_AES_CMAC), own)
            .gives(CKR_KEY_HANDLE_INVALID);
        s.wrap(kwp, public, own).gives(CKR_KEY_HANDLE_INVALID);
        s.wrap(kwp, own, public).gives(CKR_WRAPPING_KEY_HANDLE_INVALID);
        s.unwrap_key(kwp, own, &[0; 24], &open[..2])
            .gives(CKR_UNWRAPPING_KEY_HANDLE_INVALID);
    });
}

/// GAV-1
#[test]
fn every_entry_of_a_query_is_answered_whatever_the_others_are() {
    isolated(|| {
        let s = user();
        let key = s.aes_with(16, &[a(CKA_LABEL, "abc")]).works();
        let query = vec![
            room(CKA_VALUE, 64),
            room(CKA_MODULUS, 64),
            room(CKA_LABEL, 2),
            room(CKA_LABEL, 64),
            raw(CKA_LABEL, null_mut(), 0),
            room(CKA_KEY_TYPE, 8),
        ];
        let (code, lengths) = ask(&s, key, query);
        assert!(
            [
                CKR_ATTRIBUTE_SENSITIVE,
                CKR_ATTRIBUTE_TYPE_INVALID,
                CKR_BUFFER_TOO_SMALL
            ]
            .contains(&code)
        );
        assert_eq!(lengths, [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, 3, 3, 8]);
    });
}

/// GAV-2
#[test]
fn each_reason_for_no_value_has_its_code() {
    isolated(|| {
        let s = user();
        let key = s.aes_with(16, &[a(CKA_LABEL, "abc")]).works();
        let none = vec![UNAVAILABLE];
        assert_eq!(
            ask(&s, key, vec![room(CKA_VALUE, 64)]),
            (CKR_ATTRIBUTE_SENSITIVE, none.clone())
        );
        assert_eq!(
            ask(&s, key, vec![raw(CKA_VALUE, null_mut(), 0)]),
            (CKR_ATTRIBUTE_SENSITIVE, none.clone())
        );
        assert_eq!(
            ask(&s, key, vec![room(CKA_MODULUS, 64)]),
            (CKR_ATTRIBUTE_TYPE_INVALID, none.clone())
        );
        assert_eq!(
            ask(&s, key, vec![room(0x4000_1234, 64)]),
            (CKR_ATTRIBUTE_TYPE_INVALID, none.clone())
        );
        assert_eq!(
            ask(&s, key, vec![room(CKA_LABEL, 2)]),
            (CKR_BUFFER_TOO_SMALL, none)
        );
        assert_eq!(
            ask(&s, key, vec![raw(CKA_LABEL, null_mut(), 99)]),
            (CKR_OK, vec![3])
        );
        assert_eq!(ask(&s, key, vec![]), (CKR_OK, vec![]));
    });
}

/// GAV-3; choices, CKA_ALLOWED_MECHANISMS.
#[test]
fn an_answer_is_never_ok_and_unavailable_at_once() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let empty = s.create(&[a(CKA_CLASS, CKO_DATA)]).works();
        for kind in [CKA_LABEL, CKA_VALUE, CKA_APPLICATION] {
            assert_eq!(ask(&s, empty, vec![raw(kind, null_mut(), 5)]), (CKR_OK, vec![0]));
            assert_eq!(ask(&s, empty, vec![room(kind, 8)]), (CKR_OK, vec![0]));
        }
        let all = [public, private, empty, s.aes(16), s.ed25519().1];
        for object in all {
            for kind in vhsm::ck::AttributeType::NAMES.iter().map(|(kind, _)| kind.0) {
                let (code, lengths) = ask(&s, object, vec![raw(kind, null_mut(), 0)]);
                assert_eq!(
                    code == CKR_OK,
                    lengths[0] != UNAVAILABLE,
                    "{}",
                    attribute_name(kind)
                );
            }
            assert_eq!(
                ask(&s, object, vec![raw(CKA_ALLOWED_MECHANISMS, null_mut(), 0)]),
                (CKR_ATTRIBUTE_TYPE_INVALID, vec![UNAVAILABLE])
            );
        }
    });
}

/// GAV-4
#[test]
fn the_parts_of_a_key_that_are_secret_and_no_others_are_withheld() {
    isolated(|| {
        let s = user();
        let (_, rsa) = s.rsa();
        for kind in [
            CKA_PRIVATE_EXPONENT,
            CKA_PRIME_1,
            CKA_PRIME_2,
            CKA_EXPONENT_1,
            CKA_EXPONENT_2,
            CKA_COEFFICIENT,
        ] {
            s.get(rsa, kind).gives(CKR_ATTRIBUTE_SENSITIVE);
        }
        assert_eq!(s.get(rsa, CKA_MODULUS).works().len(), 256);
        assert_eq!(s.get(rsa, CKA_PUBLIC_EXPONENT).works(), [1, 0, 1]);
        for (_, private) in [s.ec(curve::P256), s.ed25519(), s.x25519()] {
            s.get(private, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
            assert!(!s.get(private, CKA_EC_PARAMS).works().is_empty());
        }
        let aes = s.aes(16);
        s.get(aes, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
        assert_eq!(s.number(aes, CKA_VALUE_LEN).works(), 16);
        assert_eq!(s.get(aes, CKA_CHECK_VALUE).works().len(), 3);
        for (sensitive, extractable) in [(true, true), (false, false), (true, false)] {
            let key = s
                .aes_with(
                    16,
                    &[a(CKA_SENSITIVE, sensitive), a(CKA_EXTRACTABLE, extractable)],
                )
                .works();
            s.get(key, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
        }
        let open = s
            .aes_with(16, &[a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)])
            .works();
        assert_eq!(s.get(open, CKA_VALUE).works().len(), 16);
    });
}

/// GAV-5
#[test]
fn a_template_in_a_template_is_read_like_any_template() {
    isolated(|| {
        let s = user();
        let inner = [a(CKA_LABEL, "inner"), a(CKA_EXTRACTABLE, true)];
        let key = s.aes_with(16, &[nested(CKA_UNWRAP_TEMPLATE, &inner)]).works();
        let size = size_of::<CK_ATTRIBUTE>() as CK_ULONG;
        assert_eq!(
            ask(&s, key, vec![raw(CKA_UNWRAP_TEMPLATE, null_mut(), 0)]),
            (CKR_OK, vec![2 * size])
        );
        let places = Box::leak(Box::new([raw(0, null_mut(), 0), raw(0, null_mut(), 0)]));
        let outer = |places: &mut [CK_ATTRIBUTE]| {
            vec![raw(CKA_UNWRAP_TEMPLATE, places.as_mut_ptr().cast(), 2 * size)]
        };
        assert_eq!(ask(&s, key, outer(places)).0, CKR_OK);
        for place in places.iter_mut() {
            let expected = inner
                .iter()
                .find(|one| one.type_ == place.type_)
                .expect("the inner types are output");
            assert_eq!(place.ulValueLen, expected.ulValueLen);
            place.pValue = leak(&[0; 16]).cast();
            place.ulValueLen = 16;
        }
        assert_eq!(ask(&s, key, outer(places)).0, CKR_OK);
        let label = places.iter().find(|place| place.type_ == CKA_LABEL).unwrap();
        // SAFETY: the place was given 16 bytes above.
        let value =
            unsafe { std::slice::from_raw_parts(label.pValue.cast::<u8>(), label.ulValueLen as usize) };
        assert_eq!(value, b"inner");
        for place in places.iter_mut() {
            place.ulValueLen = if place.type_ == CKA_LABEL { 2 } else { 1 };
        }
        assert_eq!(ask(&s, key, outer(places)).0, CKR_BUFFER_TOO_SMALL);
        assert_eq!(
            places
                .iter()
                .find(|place| place.type_ == CKA_LABEL)
                .unwrap()
                .ulValueLen,
            UNAVAILABLE
        );
        let small = vec![raw(CKA_UNWRAP_TEMPLATE, places.as_mut_ptr().cast(), size)];
        assert_eq!(ask(&s, key, small), (CKR_BUFFER_TOO_SMALL, vec![UNAVAILABLE]));
    });
}

/// GAV-5: all five, those of encapsulation included, whose numbers do not say that they are arrays.
#[test]
fn every_attribute_that_is_a_template_is_told_as_one() {
    isolated(|| {
        let s = user();
        let inner = [a(CKA_LABEL, "inner"), a(CKA_EXTRACTABLE, true), a(CKA_ID, b"")];
        let of = |kinds: &[CK_ATTRIBUTE_TYPE]| -> Vec<_> {
            kinds.iter().map(|kind| nested(*kind, &inner)).collect()
        };
        let outer = [CKA_WRAP_TEMPLATE, CKA_ENCAPSULATE_TEMPLATE];
        let inner_kinds = [CKA_UNWRAP_TEMPLATE, CKA_DERIVE_TEMPLATE, CKA_DECAPSULATE_TEMPLATE];
        let (public, private) = s.rsa_with(1024, &of(&outer), &of(&inner_kinds)).works();
        let all = outer.iter().map(|kind| (public, kind));
        for (key, kind) in all.chain(inner_kinds.iter().map(|kind| (private, kind))) {
            let places = Box::leak(vec![raw(0, null_mut(), 0); inner.len()].into_boxed_slice());
            let size = size_of_val(&places[..]) as CK_ULONG;
            let what = attribute_name(*kind);
            assert_eq!(
                ask(&s, key, vec![raw(*kind, null_mut(), 0)]),
                (CKR_OK, vec![size]),
                "{what}"
            );
            let question = vec![raw(*kind, places.as_mut_ptr().cast(), size)];
            assert_eq!(ask(&s, key, question), (CKR_OK, vec![size]), "{what}");
            let mut told: Vec<_> = places.iter().map(|one| (one.type_, one.ulValueLen)).collect();
            told.sort_unstable();
            let mut expected: Vec<_> = inner.iter().map(|one| (one.type_, one.ulValueLen)).collect();
            expected.sort_unstable();
            assert_eq!(told, expected, "{what}");
        }
    });
}

/// GAV-5
#[test]
fn the_allowed_mechanisms_are_a_plain_list() {
    isolated(|| {
        let s = user();
        let allowed = [CKM_AES_CBC, CKM_AES_GCM];
        let key = s.aes_with(16, &[a(CKA_ALLOWED_MECHANISMS, &allowed[..])]).works();
        let list: Vec<CK_ULONG> = s
            .get(key, CKA_ALLOWED_MECHANISMS)
            .works()
            .chunks(8)
            .map(|one| CK_ULONG::from_ne_bytes(one.try_into().unwrap()))
            .collect();
        assert_eq!(list, allowed);
    });
}

/// GAV-6
#[test]
fn attributes_are_read_while_an_operation_runs() {
    isolated(|| {
        let s = user();
        let key = s.secret(32);
        s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC), key).works();
        s.feed(Class::Sign, b"some").works();
        s.number(key, CKA_VALUE_LEN).works();
        s.find(&[]).works();
        s.step(Step::SignFinal, &[]).works();
    });
}

/// FND-1
#[test]
fn a_search_has_a_beginning_and_an_end() {
    isolated(|| {
        let s = user();
        s.find_next(1).gives(CKR_OPERATION_NOT_INITIALIZED);
        s.find_final().gives(CKR_OPERATION_NOT_INITIALIZED);
        for number in 0..10 {
            s.create(&data(&format!("object {number}"), b"")).works();
        }
        s.find_init(&[a(CKA_CLASS, CKO_DATA)]).works();
        s.find_init(&[]).gives(CKR_OPERATION_ACTIVE);
        assert_eq!(s.find_next(4).works().len(), 4);
        assert_eq!(s.find_next(0).works().len(), 0);
        assert_eq!(s.find_next(4).works().len(), 4);
        assert_eq!(s.find_next(4).works().len(), 2);
        assert_eq!(s.find_next(4).works().len(), 0);
        assert_eq!(s.find_next(4).works().len(), 0);
        s.find_final().works();
        assert!(s.find(&[]).works().len() >= 10);
    });
}

/// FND-2
#[test]
fn a_search_matches_byte_for_byte_and_knows_no_errors() {
    isolated(|| {
        let s = user();
        let object = s
            .create(&with(&data("label", b"value"), &[a(CKA_APPLICATION, "app")]))
            .works();
        let finds = |template: &[CK_ATTRIBUTE]| s.find(template).works() == [object];
        assert!(finds(&[
            a(CKA_LABEL, "label"),
            a(CKA_CLASS, CKO_DATA),
            a(CKA_APPLICATION, "app")
        ]));
        assert!(finds(&[a(CKA_VALUE, b"value")]));
        assert!(
            finds(&[a(CKA_MODIFIABLE, &[0x55_u8]), a(CKA_LABEL, "label")]),
            "any non-zero byte is TRUE"
        );
        for other in ["labe", "label ", "LABEL", ""] {
            assert!(s.find(&[a(CKA_LABEL, other)]).works().is_empty(), "{other:?}");
        }
        assert!(
            s.find(&[a(CKA_LABEL, "label"), a(CKA_APPLICATION, "other")])
                .works()
                .is_empty()
        );
        assert!(s.find(&[a(0x4000_1234, "x")]).works().is_empty());
        assert!(s.find(&[a(CKA_VENDOR_DEFINED + 5, "x")]).works().is_empty());
        assert!(s.find(&[a(CKA_CLASS, CKO_VENDOR_DEFINED + 5)]).works().is_empty());
        assert!(s.find(&[a(CKA_CLASS, &[0_u8; 4])]).works().is_empty());
    });
}

/// FND-2
#[test]
fn a_search_is_no_oracle_for_sensitive_values() {
    isolated(|| {
        let s = user();
        let secret = open_secret(CKK_AES, &[9; 16]);
        let open = s.create(&secret).works();
        s.create(&with(&secret, &[a(CKA_SENSITIVE, true)])).works();
        s.create(&with(&secret, &[a(CKA_EXTRACTABLE, false)])).works();
        assert_eq!(s.find(&[a(CKA_VALUE, &[9; 16])]).works(), [open]);
    });
}

/// FND-3
#[test]
fn a_search_finds_what_was_there_when_it_began() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        for _ in 0..5 {
            s.create(&data("same", b"")).works();
        }
        s.find_init(&[a(CKA_LABEL, "same")]).works();
        s.create(&data("same", b"")).works();
        assert_eq!(s.find_next(100).works().len(), 5);
        s.find_final().works();
        assert_eq!(s.find(&[a(CKA_LABEL, "same")]).works().len(), 6);
    });
}

/// FND-3
#[test]
fn logout_during_a_search_hides_private_objects() {
    isolated(|| {
        let s = user();
        for _ in 0..3 {
            s.aes_with(16, &[a(CKA_TOKEN, true), a(CKA_LABEL, "mine")])
                .works();
        }
        s.find_init(&[a(CKA_LABEL, "mine")]).works();
        s.logout().works();
        assert!(s.find_next(10).works().is_empty());
        s.find_final().works();
    });
}

/// FND-4
#[test]
fn find_does_not_reveal_private_objects_before_login() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let private = [a(CKA_TOKEN, true), a(CKA_PRIVATE, true), a(CKA_LABEL, "hidden")];
        s.create(&with(&data("hidden", b""), &private)).works();
        s.aes_with(16, &private).works();
        s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &private, &private)
            .works();
        assert_eq!(s.find(&[a(CKA_LABEL, "hidden")]).works().len(), 4);
        s.logout().works();
        assert!(s.find(&[a(CKA_LABEL, "hidden")]).works().is_empty());
        assert!(s.find(&[a(CKA_PRIVATE, true)]).works().is_empty());
        for object in s.find(&[]).works() {
            assert!(!s.flag(object, CKA_PRIVATE).unwrap_or(false));
        }
        s.login(CKU_USER, USER_PIN).works();
        assert_eq!(s.find(&[a(CKA_LABEL, "hidden")]).works().len(), 4);
    });
}

/// FND-5
#[test]
fn the_profile_of_the_provider_is_found_without_login() {
    isolated(|| {
        let s = Token::fresh().rw();
        let profiles = s.find(&[a(CKA_CLASS, CKO_PROFILE)]).works();
        let claimed = [
            CKP_BASELINE_PROVIDER,
            CKP_EXTENDED_PROVIDER,
            CKP_AUTHENTICATION_TOKEN,
            CKP_PUBLIC_CERTIFICATES_TOKEN,
        ];
        assert_eq!(profiles.len(), claimed.len());
        for profile in claimed {
            let id = a(CKA_PROFILE_ID, CK_ULONG::from(profile));
            let found = s.find(&[a(CKA_CLASS, CKO_PROFILE), id]).works();
            assert_eq!(found.len(), 1);
            assert_eq!(
                s.number(found[0], CKA_PROFILE_ID).works(),
                CK_ULONG::from(profile)
            );
            assert_eq!(s.find(&[id]).works(), found, "without the class");
        }
        for class in [CKO_HW_FEATURE, CKO_MECHANISM, CKO_VALIDATION] {
            assert!(s.find(&[a(CKA_CLASS, class)]).works().is_empty());
        }
    });
}

/// FND-5: who lists a token's objects sees the user's.
#[test]
fn profiles_are_found_only_by_searches_that_name_them() {
    isolated(|| {
        let s = Token::fresh().rw();
        for template in [
            &[][..],
            &[a(CKA_TOKEN, true)],
            &[a(CKA_PRIVATE, false)],
            &[a(CKA_LABEL, "")],
        ] {
            assert!(s.find(template).works().is_empty());
        }
        let profile = s.find(&[a(CKA_CLASS, CKO_PROFILE)]).works()[0];
        let id = s.get(profile, CKA_UNIQUE_ID).works();
        assert_eq!(s.find(&[a(CKA_UNIQUE_ID, &id[..])]).works(), [profile]);
    });
}

/// PRO-1
#[test]
fn nobody_makes_or_destroys_profiles() {
    isolated(|| {
        let s = user();
        s.create(&[a(CKA_CLASS, CKO_PROFILE), a(CKA_PROFILE_ID, 1)])
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        let profiles = s.find(&[a(CKA_CLASS, CKO_PROFILE)]).works();
        for profile in &profiles {
            s.destroy(*profile).gives(CKR_ACTION_PROHIBITED);
            s.copy(*profile, &[]).gives(CKR_ACTION_PROHIBITED);
            s.set(*profile, &[a(CKA_LABEL, "x")]).gives(CKR_ACTION_PROHIBITED);
        }
        assert_eq!(s.find(&[a(CKA_CLASS, CKO_PROFILE)]).works(), profiles);
    });
}

/// FND-6
#[test]
fn objects_of_all_classes_are_found_without_naming_the_class() {
    isolated(|| {
        let s = user();
        let named = a(CKA_LABEL, "one");
        s.create(&with(&data("one", b"1"), &[])).works();
        s.create(&with(&certificate(), &[named])).works();
        s.aes_with(16, &[named]).works();
        s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[named], &[named])
            .works();
        for template in [
            vec![
                a(CKA_CLASS, CKO_TRUST),
                a(CKA_ISSUER, hex("300d310b3009060355040613025553")),
                a(CKA_SERIAL_NUMBER, b"\x02\x01\x05"),
            ],
            vec![
                a(CKA_CLASS, CKO_DOMAIN_PARAMETERS),
                a(CKA_KEY_TYPE, CKK_DH),
                a(CKA_PRIME, &[0xff; 128]),
                a(CKA_BASE, b"\x02"),
            ],
            vec![
                a(CKA_CLASS, CKO_OTP_KEY),
                a(CKA_KEY_TYPE, CKK_HOTP),
                a(CKA_VALUE, &[1; 20]),
            ],
        ] {
            let object = s.create(&with(&template, &[named])).works();
            assert_eq!(s.find(&[named, template[0]]).works(), [object]);
        }
        assert_eq!(s.find(&[named]).works().len(), 8);
        assert_eq!(s.find(&[named, a(CKA_CLASS, CKO_PUBLIC_KEY)]).works().len(), 1);
    });
}

fn certificate() -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_CERTIFICATE),
        a(CKA_CERTIFICATE_TYPE, CK_ULONG::from(CKC_X_509)),
        a(CKA_SUBJECT, hex("300d310b3009060355040613025553")),
        a(CKA_VALUE, hex("3003020101")),
    ]
}

/// CRT-1
#[test]
fn a_certificate_is_kept_as_it_is() {
    isolated(|| {
        let s = user();
        let object = s
            .create(&on_token(&with(
                &certificate(),
                &[a(CKA_ID, b"1"), a(CKA_SERIAL_NUMBER, b"\x02\x01\x05")],
            )))
            .works();
        assert_eq!(s.get(object, CKA_VALUE).works(), hex("3003020101"));
        assert_eq!(s.get(object, CKA_SERIAL_NUMBER).works(), b"\x02\x01\x05");
        assert!(!s.flag(object, CKA_PRIVATE).works() && !s.flag(object, CKA_TRUSTED).works());
        assert_eq!(
            s.number(object, CKA_CERTIFICATE_CATEGORY).works(),
            CK_CERTIFICATE_CATEGORY_UNSPECIFIED as CK_ULONG
        );
        assert_eq!(
            s.find(&[
                a(CKA_SERIAL_NUMBER, b"\x02\x01\x05"),
                a(CKA_SUBJECT, hex("300d310b3009060355040613025553"))
            ])
            .works(),
            [object]
        );
        s.create(&without(&certificate(), &[CKA_SUBJECT]))
            .gives(CKR_TEMPLATE_INCOMPLETE);
        s.create(&without(&certificate(), &[CKA_VALUE]))
            .gives(CKR_TEMPLATE_INCOMPLETE);
        // Instead of the value: where it is, with the hashes of the keys.
        let elsewhere = with(
            &without(&certificate(), &[CKA_VALUE]),
            &[a(CKA_URL, "http://example.org/certificate")],
        );
        let hashes = [CKA_HASH_OF_SUBJECT_PUBLIC_KEY, CKA_HASH_OF_ISSUER_PUBLIC_KEY];
        let hashes = hashes.map(|kind| a(kind, &[1; 20]));
        s.create(&elsewhere).gives(CKR_TEMPLATE_INCOMPLETE);
        s.create(&with(&elsewhere, &hashes[..1]))
            .gives(CKR_TEMPLATE_INCOMPLETE);
        s.create(&with(&elsewhere, &hashes)).works();
        // The check value is the start of SHA-1 of the value.
        let sha1 = s.digest(Mech::new(CKM_SHA_1), &hex("3003020101")).works();
        assert_eq!(s.get(object, CKA_CHECK_VALUE).works(), sha1[..3]);
        s.create(&with(&certificate(), &[a(CKA_CHECK_VALUE, b"abc")]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&with(&certificate(), &[a(CKA_START_DATE, "20301301")]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&with(&certificate(), &[a(CKA_TRUSTED, true)]))
            .gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

/// TRU-1
#[test]
fn a_trust_object_names_its_certificate_by_hash_where_it_trusts() {
    isolated(|| {
        let s = user();
        let named = [
            a(CKA_CLASS, CKO_TRUST),
            a(CKA_ISSUER, hex("300d310b3009060355040613025553")),
            a(CKA_SERIAL_NUMBER, b"\x02\x01\x05"),
        ];
        for required in [CKA_ISSUER, CKA_SERIAL_NUMBER] {
            s.create(&without(&named, &[required]))
                .gives(CKR_TEMPLATE_INCOMPLETE);
        }
        let level = |attribute, level: u32| a(attribute, CK_ULONG::from(level));
        let anchor = [level(CKA_TRUST_SERVER_AUTH, CKT_TRUST_ANCHOR)];
        let hash = [
            a(CKA_HASH_OF_CERTIFICATE, &[1; 32]),
            a(CKA_NAME_HASH_ALGORITHM, CKM_SHA256),
        ];
        s.create(&with(&named, &anchor)).gives(CKR_TEMPLATE_INCOMPLETE);
        for one in hash {
            let incomplete = with(&named, &[anchor[0], one]);
            s.create(&incomplete).gives(CKR_TEMPLATE_INCOMPLETE);
        }
        let trusting = s
            .create(&on_token(&[&named[..], &anchor, &hash].concat()))
            .works();
        assert_eq!(
            s.number(trusting, CKA_TRUST_SERVER_AUTH).works(),
            CK_ULONG::from(CKT_TRUST_ANCHOR)
        );
        assert_eq!(
            s.number(trusting, CKA_TRUST_CODE_SIGNING).works(),
            CK_ULONG::from(CKT_TRUST_UNKNOWN)
        );
        assert!(s.flag(trusting, CKA_MODIFIABLE).works() && !s.flag(trusting, CKA_PRIVATE).works());
        assert_eq!(s.find(&named).works(), [trusting]);

        let distrusting = with(&named, &[level(CKA_TRUST_CLIENT_AUTH, CKT_NOT_TRUSTED)]);
        let distrusting = s.create(&distrusting).works();
        s.set(distrusting, &[level(CKA_TRUST_CLIENT_AUTH, CKT_TRUSTED)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let trusted = with(&hash, &[level(CKA_TRUST_CLIENT_AUTH, CKT_TRUSTED)]);
        s.set(distrusting, &trusted).works();
    });
}

/// TRU-1: what no certificate has, and no trust is.
#[test]
fn a_trust_object_has_levels_and_a_hash_that_exist() {
    isolated(|| {
        let s = user();
        let named = [
            a(CKA_CLASS, CKO_TRUST),
            a(CKA_ISSUER, hex("300d310b3009060355040613025553")),
            a(CKA_SERIAL_NUMBER, b"\x02\x01\x05"),
        ];
        let wrong = [
            a(CKA_TRUST_OCSP_SIGNING, 5),
            a(CKA_NAME_HASH_ALGORITHM, CKM_AES_GCM),
            a(CKA_HASH_OF_CERTIFICATE, &[1; 32]), // without a name it is SHA-1
        ];
        let object = s.create(&named).works();
        for one in wrong {
            s.create(&with(&named, &[one])).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            s.set(object, &[one]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        s.create(&with(&named, &[a(CKA_SERIAL_NUMBER, b"")]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.create(&with(&named, &[a(CKA_VALUE, b"1")]))
            .gives(CKR_ATTRIBUTE_TYPE_INVALID);
        s.create(&with(&named, &[a(CKA_HASH_OF_CERTIFICATE, &[1; 20])]))
            .works();
    });
}

/// DAT-1
#[test]
fn everything_of_a_data_object_can_be_changed() {
    isolated(|| {
        let s = user();
        let object = s.create(&on_token(&data("x", b"1"))).works();
        let new = [
            a(CKA_APPLICATION, "app"),
            a(CKA_OBJECT_ID, b"\x06\x01\x2a"),
            a(CKA_VALUE, b"a longer value"),
        ];
        s.set(object, &new).works();
        assert_eq!(s.get(object, CKA_APPLICATION).works(), b"app");
        assert_eq!(s.get(object, CKA_VALUE).works(), b"a longer value");
        assert_eq!(s.find(&[a(CKA_APPLICATION, "app")]).works(), [object]);
    });
}

#[test]
fn values_of_any_length_come_back_as_they_were() {
    isolated(|| {
        let s = user();
        for length in [0, 1, 255, 256, 65_535, 65_536, 1_000_000] {
            let value: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let object = s.create(&on_token(&data("x", &value))).works();
            assert_eq!(s.get(object, CKA_VALUE).works(), value);
            s.destroy(object).works();
        }
    });
}

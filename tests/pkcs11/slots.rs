//! Slots, mechanism lists, tokens and their PINs [PKCS#11 3.2, 5.5].

use crate::harness::*;
use std::ptr::null_mut;

/// SLT-1
#[test]
fn the_slot_list_follows_the_rules_of_lists() {
    isolated(|| {
        Token::fresh();
        for held in [0, 1, 99, CK_ULONG::MAX] {
            let mut count = held;
            call!(C_GetSlotList(CK_FALSE, null_mut(), &raw mut count)).works();
            assert!((1..100).contains(&count), "{count}");
        }
        let mut none = 0;
        let mut slot = 0;
        call!(C_GetSlotList(CK_FALSE, &raw mut slot, &raw mut none)).gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(none as usize, slots(false).works().len());
    });
}

/// SLT-1
#[test]
fn without_a_token_there_is_one_slot_to_make_one_in() {
    isolated(|| {
        initialize().works();
        assert_eq!(slots(true).works().len(), 1);
        assert_eq!(slots(false).works(), slots(true).works());
    });
}

/// The phantom slot that clients trip on: none is listed once there is a token.
#[test]
fn beside_a_token_no_uninitialised_slot_is_listed() {
    isolated(|| {
        let token = Token::fresh();
        assert_eq!(slots(true).works(), [token.slot]);
        assert_eq!(slots(false).works(), [token.slot]);
    });
}

#[test]
fn the_configuration_can_ask_for_a_free_slot() {
    isolated_with("[slots]\nfree_slot = true\n", || {
        let first = Token::fresh();
        assert_eq!(slots(true).works().len(), 2);
        let second = Token::another("second");
        assert_ne!(first.slot, second.slot);
        assert_eq!(slots(true).works().len(), 3);
    });
}

/// SLT-2
#[test]
fn an_uninitialised_token_is_present_but_not_initialised() {
    isolated(|| {
        initialize().works();
        let slot = free_slot();
        assert_eq!(slot_info(slot).works().flags, CKF_TOKEN_PRESENT);
        let info = token_info(slot).works();
        assert_eq!(info.flags & (CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED), 0);
    });
}

/// SLT-2
#[test]
fn what_needs_an_initialised_token_says_that_it_is_not() {
    isolated(|| {
        initialize().works();
        let token = Token { slot: free_slot() };
        token
            .open(CKF_SERIAL_SESSION | CKF_RW_SESSION)
            .gives(CKR_TOKEN_NOT_INITIALIZED);
    });
}

/// SLT-3
#[test]
fn slot_numbers_are_small_positive_and_stable() {
    isolated(|| {
        let token = Token::fresh();
        assert!((1..0x7fff_ffff).contains(&token.slot));
        finalize().works();
        initialize().works();
        assert_eq!(Token::labelled("test").slot, token.slot);
    });
}

/// SLT-3
#[test]
fn a_slot_that_does_not_exist_is_refused_by_every_slot_function() {
    isolated(|| {
        Token::fresh();
        for slot in [4711, CK_ULONG::MAX, 1 << 40] {
            slot_info(slot).gives(CKR_SLOT_ID_INVALID);
            token_info(slot).gives(CKR_SLOT_ID_INVALID);
            mechanisms(slot).gives(CKR_SLOT_ID_INVALID);
            mechanism_info(slot, CKM_AES_CBC).gives(CKR_SLOT_ID_INVALID);
            init_token(slot, SO_PIN, "x").gives(CKR_SLOT_ID_INVALID);
            let token = Token { slot };
            token.open(CKF_SERIAL_SESSION).gives(CKR_SLOT_ID_INVALID);
            token.close_all().gives(CKR_SLOT_ID_INVALID);
        }
    });
}

/// SLT-4; choices, token information.
#[test]
fn the_token_information_is_complete_and_blank_padded() {
    isolated(|| {
        let info = Token::fresh().info();
        assert_eq!(info.label, padded("test"));
        for text in [
            &info.label[..],
            &info.manufacturerID,
            &info.model,
            &info.serialNumber,
        ] {
            assert!(text.iter().all(|c| (0x20..0x7f).contains(c)), "{text:?}");
        }
        assert_ne!(info.serialNumber, [b' '; 16]);
        assert_eq!((info.ulMinPinLen, info.ulMaxPinLen), (4, 255));
        let flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED;
        assert_eq!(info.flags & flags, flags, "{:#x}", info.flags);
        let troubles = CKF_WRITE_PROTECTED
            | CKF_USER_PIN_COUNT_LOW
            | CKF_USER_PIN_LOCKED
            | CKF_SO_PIN_COUNT_LOW
            | CKF_SO_PIN_LOCKED;
        assert_eq!(info.flags & troubles, 0);
        if info.flags & CKF_CLOCK_ON_TOKEN == 0 {
            assert!(info.utcTime.iter().all(|c| *c == b' '));
        } else {
            assert!(info.utcTime.iter().all(u8::is_ascii_digit));
        }
    });
}

/// SLT-4
#[test]
fn the_flags_show_how_near_the_user_pin_is_to_its_lock() {
    isolated_with("[pin]\nfailures_max_user = 3\n", || {
        let token = Token::fresh();
        let s = token.rw();
        s.login(CKU_USER, b"wrong").gives(CKR_PIN_INCORRECT);
        assert!(token.has(CKF_USER_PIN_COUNT_LOW));
        assert!(!token.has(CKF_USER_PIN_FINAL_TRY));
        s.login(CKU_USER, b"wrong").gives(CKR_PIN_INCORRECT);
        assert!(token.has(CKF_USER_PIN_FINAL_TRY));
        s.login(CKU_USER, b"wrong").gives(CKR_PIN_INCORRECT);
        assert!(token.has(CKF_USER_PIN_LOCKED));
        s.login(CKU_USER, USER_PIN).gives(CKR_PIN_LOCKED);
    });
}

/// SLT-4
#[test]
fn a_right_pin_clears_the_count() {
    isolated_with("[pin]\nfailures_max_user = 3\n", || {
        let token = Token::fresh();
        let s = token.rw();
        for _ in 0..3 {
            s.login(CKU_USER, b"wrong").gives(CKR_PIN_INCORRECT);
            s.login(CKU_USER, b"wrong").gives(CKR_PIN_INCORRECT);
            s.login(CKU_USER, USER_PIN).works();
            assert!(!token.has(CKF_USER_PIN_COUNT_LOW));
            s.logout().works();
        }
    });
}

/// SLT-4
#[test]
fn the_officers_pin_locks_as_well() {
    isolated_with("[pin]\nfailures_max_so = 2\n", || {
        let token = Token::fresh();
        let s = token.rw();
        s.login(CKU_SO, b"wrong").gives(CKR_PIN_INCORRECT);
        assert!(token.has(CKF_SO_PIN_FINAL_TRY));
        s.login(CKU_SO, b"wrong").gives(CKR_PIN_INCORRECT);
        assert!(token.has(CKF_SO_PIN_LOCKED));
        s.login(CKU_SO, SO_PIN).gives(CKR_PIN_LOCKED);
        s.close().works();
        init_token(token.slot, SO_PIN, "again").gives(CKR_PIN_LOCKED);
    });
}

/// SLT-5
#[test]
fn the_session_counts_follow_opening_and_closing() {
    isolated(|| {
        let token = Token::fresh();
        let counts = || (token.info().ulSessionCount, token.info().ulRwSessionCount);
        assert_eq!(counts(), (0, 0));
        let first = token.rw();
        let second = token.ro();
        assert_eq!(counts(), (2, 1));
        second.close().works();
        assert_eq!(counts(), (1, 1));
        first.close().works();
        assert_eq!(counts(), (0, 0));
    });
}

/// MEC-1
#[test]
fn the_mechanism_list_follows_the_rules_of_lists() {
    isolated(|| {
        let token = Token::fresh();
        let all = mechanisms(token.slot).works();
        let mut room = 1;
        let mut one = 0;
        call!(C_GetMechanismList(token.slot, &raw mut one, &raw mut room)).gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(room as usize, all.len());
        let mut sorted = all.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), all.len(), "each once");
    });
}

/// MEC-1
#[test]
fn every_listed_mechanism_has_information_and_no_other_does() {
    isolated(|| {
        let token = Token::fresh();
        let all = mechanisms(token.slot).works();
        for mechanism in &all {
            let info = mechanism_info(token.slot, *mechanism).works();
            assert_ne!(
                info.flags & !CKF_HW,
                0,
                "{} does nothing",
                mechanism_name(*mechanism)
            );
            assert!(info.ulMinKeySize <= info.ulMaxKeySize);
        }
        for mechanism in [
            CKM_RC4,
            CKM_FASTHASH,
            CKM_VENDOR_DEFINED,
            0xdead_beef,
            CK_ULONG::MAX,
        ] {
            assert!(!all.contains(&mechanism));
            mechanism_info(token.slot, mechanism).gives(CKR_MECHANISM_INVALID);
        }
    });
}

/// MEC-2
#[test]
fn key_sizes_are_in_the_units_of_the_standard() {
    isolated(|| {
        let token = Token::fresh();
        let sizes = |mechanism| {
            let info = mechanism_info(token.slot, mechanism).works();
            (info.ulMinKeySize, info.ulMaxKeySize)
        };
        for rsa in [
            CKM_RSA_PKCS_KEY_PAIR_GEN,
            CKM_RSA_PKCS,
            CKM_SHA256_RSA_PKCS,
            CKM_RSA_PKCS_OAEP,
        ] {
            assert_eq!(sizes(rsa), (512, 16384), "{}: bits", mechanism_name(rsa));
        }
        assert_eq!(sizes(CKM_EC_KEY_PAIR_GEN), (192, 521), "bits");
        for aes in [CKM_AES_KEY_GEN, CKM_AES_CBC, CKM_AES_GCM, CKM_AES_KEY_WRAP] {
            assert_eq!(sizes(aes), (16, 32), "{}: bytes", mechanism_name(aes));
        }
        assert_eq!(sizes(CKM_DES2_KEY_GEN), (16, 16), "bytes");
        assert_eq!(sizes(CKM_DES3_KEY_GEN), (24, 24), "bytes");
        let hmac = sizes(CKM_SHA256_HMAC);
        assert_eq!(hmac.0, 1, "bytes");
        let secrets = sizes(CKM_GENERIC_SECRET_KEY_GEN);
        assert_eq!(secrets, (8, 8 * hmac.1), "bits [PKCS#11 3.2, 6.8.3]");
        for bits in [CKM_DSA, CKM_DSA_SHA256, CKM_DSA_KEY_PAIR_GEN] {
            assert_eq!(sizes(bits), (512, 3072), "{}: bits", mechanism_name(bits));
        }
        // Bytes of the public key [FIPS 203, table 3; FIPS 204, table 2; FIPS 205, table 2].
        for kem in [CKM_ML_KEM_KEY_PAIR_GEN, CKM_ML_KEM] {
            assert_eq!(sizes(kem), (800, 1568), "{}", mechanism_name(kem));
        }
        for signature in [CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, CKM_HASH_ML_DSA_SHA256] {
            assert_eq!(sizes(signature), (1312, 2592), "{}", mechanism_name(signature));
        }
        for signature in [CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA] {
            assert_eq!(sizes(signature), (32, 64), "{}", mechanism_name(signature));
        }
        // The generation of keys is in bytes, and the cipher in bits [PKCS#11 3.2, 6.44.4, 6.44.5, 6.45.4 and 6.45.5];
        // of the others the text tells no unit, and NSS has bytes.
        for bytes in [
            CKM_CHACHA20_KEY_GEN,
            CKM_SALSA20_KEY_GEN,
            CKM_POLY1305,
            CKM_CHACHA20_POLY1305,
            CKM_SALSA20_POLY1305,
        ] {
            assert_eq!(sizes(bytes), (32, 32), "{}: bytes", mechanism_name(bytes));
        }
        for bits in [CKM_CHACHA20, CKM_SALSA20] {
            assert_eq!(sizes(bits), (256, 256), "{}: bits", mechanism_name(bits));
        }
        // "Both indicate 48 bytes", whatever the premaster key has [PKCS#11 3.2, 6.26.4 to 6.26.6; Historical 3.1, 2.25].
        for master in [
            CKM_TLS12_MASTER_KEY_DERIVE,
            CKM_TLS12_MASTER_KEY_DERIVE_DH,
            CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE,
            CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH,
            CKM_TLS12_KEY_AND_MAC_DERIVE,
            CKM_TLS12_KEY_SAFE_DERIVE,
            CKM_TLS_PRE_MASTER_KEY_GEN,
            CKM_TLS_MASTER_KEY_DERIVE,
            CKM_TLS_MASTER_KEY_DERIVE_DH,
            CKM_TLS_KEY_AND_MAC_DERIVE,
        ] {
            assert_eq!(sizes(master), (48, 48), "{}: bytes", mechanism_name(master));
        }
        for digest in [CKM_SHA_1, CKM_SHA256, CKM_SHA512] {
            assert_eq!(sizes(digest), (0, 0), "{}: no key", mechanism_name(digest));
        }
    });
}

/// MEC-3
#[test]
fn the_curve_mechanisms_say_which_curves_and_points_they_take() {
    isolated(|| {
        let token = Token::fresh();
        for mechanism in [CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, CKM_ECDSA_SHA256, CKM_ECDH1_DERIVE] {
            let flags = mechanism_info(token.slot, mechanism).works().flags;
            for needed in [CKF_EC_F_P, CKF_EC_OID, CKF_EC_UNCOMPRESS] {
                assert_eq!(flags & needed, needed, "{}", mechanism_name(mechanism));
            }
        }
    });
}

/// MEC-3, MEC-4: of each pair of flags one at least, for every mechanism that works on curves, and none elsewhere; the
/// flags of encapsulation where keys are encapsulated.
#[test]
fn every_mechanism_of_curves_has_one_flag_of_each_pair() {
    isolated_with_everything(|| {
        let token = Token::fresh();
        let pairs = [
            CKF_EC_F_P | CKF_EC_F_2M,
            CKF_EC_OID | CKF_EC_CURVENAME | CKF_EC_ECPARAMETERS,
            CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS,
        ];
        let both = CKF_ENCAPSULATE | CKF_DECAPSULATE;
        for mechanism in mechanisms(token.slot).works() {
            let flags = mechanism_info(token.slot, mechanism).works().flags;
            let name = mechanism_name(mechanism);
            let curves = ["CKM_EC", "CKM_ED", "CKM_VHSM_ECDH"]
                .iter()
                .any(|start| name.starts_with(start));
            for pair in pairs {
                assert_eq!(flags & pair != 0, curves, "{name}: {pair:#x}");
            }
            let encapsulates = [
                CKM_ML_KEM,
                CKM_RSA_PKCS,
                CKM_RSA_PKCS_OAEP,
                CKM_RSA_X_509,
                CKM_DH_PKCS_DERIVE,
                CKM_X9_42_DH_DERIVE,
                CKM_ECDH1_DERIVE,
                CKM_ECDH1_COFACTOR_DERIVE,
            ];
            let expected = if encapsulates.contains(&mechanism) {
                both
            } else {
                0
            };
            assert_eq!(flags & both, expected, "{name}");
        }
    });
}

/// MEC-1: each class of function answers exactly as the flags say.
#[test]
fn a_flag_that_is_not_set_is_a_mechanism_that_is_not_there() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let key = s.aes(16);
        let classes = [
            (CKF_ENCRYPT, Class::Encrypt),
            (CKF_DECRYPT, Class::Decrypt),
            (CKF_DIGEST, Class::Digest),
            (CKF_SIGN, Class::Sign),
            (CKF_VERIFY, Class::Verify),
        ];
        for mechanism in mechanisms(token.slot).works() {
            let flags = mechanism_info(token.slot, mechanism).works().flags;
            let mech = Mech::new(mechanism);
            let judge = |flag: CK_FLAGS, answer: CK_RV, what: &str| {
                if (mechanism, flag) == (CKM_EDDSA, CKF_GENERATE_KEY_PAIR) {
                    return; // another name of CKM_EC_EDWARDS_KEY_PAIR_GEN there
                }
                let there = answer != CKR_MECHANISM_INVALID;
                assert_eq!(
                    there,
                    flags & flag != 0,
                    "{} {what}: {}",
                    mechanism_name(mechanism),
                    name(answer)
                );
            };
            for (flag, class) in classes {
                judge(flag, s.begin(class, mech, key).rv(), &format!("{class:?}"));
                let _ = s.cancel_by_init(class);
            }
            judge(CKF_GENERATE, s.generate_key(mech, &[]).rv(), "generate");
            judge(
                CKF_GENERATE_KEY_PAIR,
                s.generate_pair(mech, &[], &[]).rv(),
                "generate pair",
            );
            judge(CKF_WRAP, s.wrap(mech, key, key).rv(), "wrap");
            let template = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_GENERIC_SECRET)];
            judge(
                CKF_UNWRAP,
                s.unwrap_key(mech, key, &[0; 24], &template).rv(),
                "unwrap",
            );
            judge(CKF_DERIVE, s.derive(mech, key, &template).rv(), "derive");
        }
    });
}

#[test]
fn the_mechanisms_of_the_configuration_are_the_only_ones() {
    isolated_with(
        "[mechanisms]\ndeny = [\"CKM_RSA_X_509\", \"CKM_DES3_ECB\"]\n",
        || {
            let token = Token::fresh();
            let s = token.user();
            for denied in [CKM_RSA_X_509, CKM_DES3_ECB] {
                assert!(!mechanisms(token.slot).works().contains(&denied));
                mechanism_info(token.slot, denied).gives(CKR_MECHANISM_INVALID);
                s.begin(Class::Encrypt, Mech::new(denied), 0)
                    .gives(CKR_MECHANISM_INVALID);
            }
            assert!(mechanisms(token.slot).works().contains(&CKM_RSA_PKCS));
        },
    );
}

/// TOK-1
#[test]
fn a_token_with_an_open_session_is_not_initialised_again() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.ro();
        init_token(token.slot, SO_PIN, "again").gives(CKR_SESSION_EXISTS);
        s.close().works();
        init_token(token.slot, SO_PIN, "again").works();
    });
}

/// TOK-1
#[test]
fn initialising_again_needs_the_officers_pin_and_clears_everything() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        s.create(&on_token(&data("old", b"1"))).works();
        s.aes_with(16, &[a(CKA_TOKEN, true)]).works();
        s.close().works();
        init_token(token.slot, b"wrong-pin", "again").gives(CKR_PIN_INCORRECT);
        assert_eq!(token.info().label, padded("test"), "nothing has happened");
        let serial = token.info().serialNumber;
        init_token(token.slot, SO_PIN, "again").works();
        let info = Token::labelled("again").info();
        assert_eq!(info.flags & CKF_USER_PIN_INITIALIZED, 0);
        let again = Token::labelled("again");
        assert_eq!(again.slot, token.slot);
        let s = again.officer();
        s.init_pin(USER_PIN).works();
        s.logout().works();
        s.login(CKU_USER, USER_PIN).works();
        assert!(
            s.find(&[])
                .works()
                .iter()
                .all(|object| s.number(*object, CKA_CLASS).works() == CKO_PROFILE)
        );
        let _ = serial;
    });
}

/// TOK-1
#[test]
fn a_label_that_fills_its_32_bytes_is_kept_as_it_is() {
    isolated(|| {
        initialize().works();
        let label = "0123456789abcdef0123456789abcdef";
        init_token(free_slot(), SO_PIN, label).works();
        assert_eq!(&Token::labelled(label).info().label, label.as_bytes());
    });
}

/// TOK-1: a label is UTF-8 [PKCS#11 3.2, 5.5.7].
#[test]
fn a_label_that_is_not_utf8_is_refused_and_nothing_is_changed() {
    isolated(|| {
        initialize().works();
        let wrong: [&[u8]; 4] = [
            b"caf\xe9",
            b"\xff",
            b"\xc0\xaf",
            "0123456789abcdef0123456789abcde\u{e9}".as_bytes(),
        ];
        let label = |bytes: &[u8]| {
            let mut label = [b' '; 32];
            label.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            label
        };
        for bytes in wrong {
            init_token_raw(free_slot(), SO_PIN, label(bytes)).gives(CKR_ARGUMENTS_BAD);
        }
        assert_eq!(token_info(free_slot()).works().flags & CKF_TOKEN_INITIALIZED, 0);
        init_token(free_slot(), SO_PIN, "caf\u{e9}").works();
        let token = Token::labelled("caf\u{e9}");
        init_token_raw(token.slot, SO_PIN, label(wrong[0])).gives(CKR_ARGUMENTS_BAD);
        assert_eq!(token.info().label, padded("caf\u{e9}"));
    });
}

/// TOK-1: PyKCS11 gives a C string, and what lies behind it in memory is none of the label.
#[test]
fn a_label_ends_before_its_first_nul() {
    isolated(|| {
        initialize().works();
        let mut label = *b"my label\0\xff rest of some memory..";
        init_token_raw(free_slot(), SO_PIN, label).works();
        let token = Token::labelled("my label");
        assert_eq!(token.info().label, padded("my label"));
        label[0] = 0;
        init_token_raw(token.slot, SO_PIN, label).works();
        assert_eq!(token.info().label, padded(""));
    });
}

/// TOK-1
#[test]
fn the_officers_pin_has_to_be_of_legal_length() {
    isolated(|| {
        initialize().works();
        init_token(free_slot(), b"123", "short").gives(CKR_PIN_LEN_RANGE);
        init_token(free_slot(), &[b'x'; 256], "long").gives(CKR_PIN_LEN_RANGE);
        call!(C_InitToken(
            free_slot(),
            null_mut(),
            8,
            padded("null").as_mut_ptr()
        ))
        .gives(CKR_ARGUMENTS_BAD);
        call!(C_InitToken(
            free_slot(),
            p(SO_PIN),
            SO_PIN.len() as CK_ULONG,
            null_mut()
        ))
        .gives(CKR_ARGUMENTS_BAD);
        assert!(
            slots(true)
                .works()
                .iter()
                .all(|slot| token_info(*slot).works().flags & CKF_TOKEN_INITIALIZED == 0)
        );
    });
}

/// TOK-2
#[test]
fn sessions_of_another_process_do_not_survive_a_new_initialisation() {
    isolated(|| match role().as_str() {
        "" => {
            let token = Token::fresh();
            let s = token.user();
            let key = s.aes_with(16, &[a(CKA_TOKEN, true), a(CKA_LABEL, "old")]).works();
            run("initialise again");
            assert!(
                s.find(&[a(CKA_LABEL, "old")])
                    .map_or(true, |found| found.is_empty())
            );
            assert!(
                s.encrypt(Mech::new(CKM_AES_ECB), key, &[0; 16]).is_err(),
                "the old key is dead"
            );
        }
        _ => {
            let token = Token::existing();
            init_token(token.slot, SO_PIN, "test").works();
        }
    });
}

/// TOK-3
#[test]
fn only_the_officer_sets_the_first_user_pin() {
    isolated(|| {
        initialize().works();
        let token = Token::without_user_pin("test");
        let s = token.rw();
        s.init_pin(USER_PIN).gives(CKR_USER_NOT_LOGGED_IN);
        s.login(CKU_USER, USER_PIN).gives(CKR_USER_PIN_NOT_INITIALIZED);
        s.login(CKU_SO, SO_PIN).works();
        s.init_pin(b"123").gives(CKR_PIN_LEN_RANGE);
        s.init_pin(&[b'1'; 256]).gives(CKR_PIN_LEN_RANGE);
        call!(C_InitPIN(s.handle, null_mut(), 8)).gives(CKR_ARGUMENTS_BAD);
        assert!(!token.has(CKF_USER_PIN_INITIALIZED));
        s.init_pin(USER_PIN).works();
        assert!(token.has(CKF_USER_PIN_INITIALIZED));
        s.logout().works();
        s.login(CKU_USER, USER_PIN).works();
        s.init_pin(b"another").gives(CKR_USER_NOT_LOGGED_IN);
    });
}

/// TOK-3
#[test]
fn a_pin_that_is_not_text_is_invalid() {
    isolated(|| {
        initialize().works();
        let s = Token::without_user_pin("test").officer();
        s.init_pin(b"abc\xff\xfe\xfd").gives(CKR_PIN_INVALID);
    });
}

/// TOK-3
#[test]
fn the_officer_unlocks_a_locked_user_pin() {
    isolated_with("[pin]\nfailures_max_user = 2\n", || {
        let token = Token::fresh();
        let s = token.user();
        let key = s
            .aes_with(16, &[a(CKA_TOKEN, true), a(CKA_LABEL, "mine")])
            .works();
        let right = s.encrypt(Mech::new(CKM_AES_ECB), key, &[0; 16]).works();
        s.logout().works();
        s.login(CKU_USER, b"wrong").gives(CKR_PIN_INCORRECT);
        s.login(CKU_USER, b"wrong").gives(CKR_PIN_INCORRECT);
        s.login(CKU_USER, USER_PIN).gives(CKR_PIN_LOCKED);
        s.login(CKU_SO, SO_PIN).works();
        s.init_pin(b"new-pin").works();
        assert!(!token.has(CKF_USER_PIN_LOCKED));
        s.logout().works();
        s.login(CKU_USER, b"new-pin").works();
        let found = s.find(&[a(CKA_LABEL, "mine")]).works();
        assert_eq!(
            s.encrypt(Mech::new(CKM_AES_ECB), found[0], &[0; 16]).works(),
            right,
            "the keys are still there"
        );
    });
}

/// TOK-4
#[test]
fn a_pin_is_changed_by_whoever_knows_the_old_one() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.rw();
        s.set_pin(b"wrong", b"new-pin").gives(CKR_PIN_INCORRECT);
        s.set_pin(USER_PIN, b"new").gives(CKR_PIN_LEN_RANGE);
        s.set_pin(USER_PIN, &[b'n'; 256]).gives(CKR_PIN_LEN_RANGE);
        s.login(CKU_USER, USER_PIN).works();
        s.set_pin(USER_PIN, b"new-pin").works();
        s.logout().works();
        s.login(CKU_USER, USER_PIN).gives(CKR_PIN_INCORRECT);
        s.login(CKU_USER, b"new-pin").works();
        s.logout().works();
        s.set_pin(b"new-pin", USER_PIN).works();
        s.login(CKU_SO, SO_PIN).works();
        s.set_pin(SO_PIN, b"new-so-pin").works();
        s.logout().works();
        s.login(CKU_SO, SO_PIN).gives(CKR_PIN_INCORRECT);
        s.login(CKU_SO, b"new-so-pin").works();
    });
}

/// TOK-4
#[test]
fn a_read_only_session_changes_no_pin() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.ro();
        s.set_pin(USER_PIN, b"new-pin").gives(CKR_SESSION_READ_ONLY);
        s.login(CKU_USER, USER_PIN).works();
        s.set_pin(USER_PIN, b"new-pin").gives(CKR_SESSION_READ_ONLY);
    });
}

/// TOK-4
#[test]
fn a_user_pin_that_is_not_set_cannot_be_changed() {
    isolated(|| {
        initialize().works();
        let s = Token::without_user_pin("test").rw();
        s.set_pin(b"any-pin", b"new-pin")
            .gives(CKR_USER_PIN_NOT_INITIALIZED);
    });
}

/// TOK-4
#[test]
fn guessing_through_set_pin_locks_the_pin() {
    isolated_with("[pin]\nfailures_max_user = 2\n", || {
        let s = Token::fresh().rw();
        s.set_pin(b"wrong", b"new-pin").gives(CKR_PIN_INCORRECT);
        s.set_pin(b"wrong", b"new-pin").gives(CKR_PIN_INCORRECT);
        s.set_pin(USER_PIN, b"new-pin").gives(CKR_PIN_LOCKED);
    });
}

/// TOK-5
#[test]
fn a_new_pin_opens_the_old_keys() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let key = s
            .aes_with(16, &[a(CKA_TOKEN, true), a(CKA_LABEL, "mine")])
            .works();
        let right = s.encrypt(Mech::new(CKM_AES_ECB), key, &[0; 16]).works();
        s.set_pin(USER_PIN, b"new-pin").works();
        finalize().works();
        initialize().works();
        let s = token.rw();
        s.login(CKU_USER, b"new-pin").works();
        let found = s.find(&[a(CKA_LABEL, "mine")]).works();
        assert_eq!(
            s.encrypt(Mech::new(CKM_AES_ECB), found[0], &[0; 16]).works(),
            right
        );
    });
}

/// A token that another process makes is there at the next look.
#[test]
fn a_new_token_of_another_process_appears_at_the_next_slot_list() {
    isolated_with("[slots]\nfree_slot = true\n", || match role().as_str() {
        "" => {
            Token::fresh();
            let before = slots(true).works().len();
            run("make one");
            assert_eq!(slots(true).works().len(), before + 1);
            Token::labelled("from another").user();
        }
        _ => {
            initialize().works();
            Token::another("from another");
        }
    });
}

/// The program deletes a token, as another process.
#[track_caller]
fn delete_token(label: &str) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vhsm"));
    command.args(["token", "delete", "--yes", label]);
    let (status, output) = finish(&mut command, std::time::Duration::from_secs(60));
    assert!(status.is_some_and(|status| status.success()), "{output}");
}

/// SLT-3
#[test]
fn the_slot_of_a_token_that_another_process_deleted_goes_at_the_next_slot_list() {
    isolated(|| {
        let (first, second) = two_tokens();
        let (s, other) = (first.user(), second.user());
        let key = s.aes(16);
        delete_token("test");
        assert_eq!(slots(true).works(), [second.slot]);
        assert_eq!(slots(false).works(), [second.slot]);
        slot_info(first.slot).gives(CKR_SLOT_ID_INVALID);
        token_info(first.slot).gives(CKR_SLOT_ID_INVALID);
        mechanisms(first.slot).gives(CKR_SLOT_ID_INVALID);
        first.open(CKF_SERIAL_SESSION).gives(CKR_SLOT_ID_INVALID);
        first.close_all().gives(CKR_SLOT_ID_INVALID);
        init_token(first.slot, SO_PIN, "x").gives(CKR_SLOT_ID_INVALID);
        s.encrypt(Mech::new(CKM_AES_ECB), key, &[0; 16])
            .gives(CKR_SESSION_HANDLE_INVALID);
        s.info().gives(CKR_SESSION_HANDLE_INVALID);
        s.close().gives(CKR_SESSION_HANDLE_INVALID);
        other
            .encrypt(Mech::new(CKM_AES_ECB), other.aes(16), &[0; 16])
            .works();
    });
}

/// Two tokens, `test` and `second`. The second one is made by a process with a free slot.
fn two_tokens() -> (Token, Token) {
    let first = Token::fresh();
    make_token("second");
    (first, Token::labelled("second"))
}

/// The program makes a token with the PINs of the tests.
#[track_caller]
fn make_token(label: &str) {
    let file = |name: &str, pin: &[u8]| {
        let path = home().join(name);
        std::fs::write(&path, pin).unwrap();
        path
    };
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vhsm"));
    command
        .args(["token", "init", "--label", label, "--so-pin-file"])
        .arg(file("so.pin", SO_PIN))
        .arg("--pin-file")
        .arg(file("user.pin", USER_PIN));
    let (status, output) = finish(&mut command, std::time::Duration::from_secs(60));
    assert!(status.is_some_and(|status| status.success()), "{output}");
}

/// SLT-1: the list is as it was until its length is asked for.
#[test]
fn until_the_next_slot_list_a_slot_whose_token_is_gone_says_so() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let key = s.aes_with(16, &[a(CKA_TOKEN, true)]).works();
        delete_token("test");
        let (mut slot, mut count) = (0, 1);
        call!(C_GetSlotList(CK_TRUE, &raw mut slot, &raw mut count)).works();
        assert_eq!((slot, count), (token.slot, 1));
        slot_info(token.slot).works();
        token_info(token.slot).gives(CKR_DEVICE_REMOVED);
        token.open(CKF_SERIAL_SESSION).gives(CKR_DEVICE_REMOVED);
        init_token(token.slot, SO_PIN, "x").gives(CKR_DEVICE_REMOVED);
        s.encrypt(Mech::new(CKM_AES_ECB), key, &[0; 16])
            .gives(CKR_DEVICE_REMOVED);
        s.create(&on_token(&data("x", b"1"))).gives(CKR_DEVICE_REMOVED);
    });
}

/// SLT-1: between the two calls of the usual pattern the list stays as long as it was, whatever is initialised.
#[test]
fn initialising_a_token_changes_the_list_of_slots_no_more_than_its_own_slot() {
    isolated_with("[slots]\nfree_slot = true\n", || {
        let first = Token::fresh();
        let session = first.user();
        let mut count = 0;
        call!(C_GetSlotList(CK_FALSE, null_mut(), &raw mut count)).works();
        assert_eq!(count, 2);
        let free = free_slot();
        delete_token("test");
        init_token(free, SO_PIN, "new").works();
        let mut list = [0; 2];
        call!(C_GetSlotList(CK_FALSE, list.as_mut_ptr(), &raw mut count)).works();
        assert_eq!((count, list), (2, [first.slot, free]));
        slot_info(first.slot).works();
        session.info().works();
        let labelled = token_info(free).works();
        assert!(labelled.label.starts_with(b"new "));
        assert_eq!(
            slots(false).works().len(),
            2,
            "the new token, and a free slot again"
        );
        session.info().gives(CKR_SESSION_HANDLE_INVALID);
    });
}

/// SLT-3
#[test]
fn after_the_last_token_one_slot_is_there_for_the_next_and_it_is_another_one() {
    isolated(|| {
        let first = Token::fresh();
        let s = first.user();
        delete_token("test");
        let [free] = slots(true).works()[..] else {
            panic!("one slot")
        };
        assert_ne!(free, first.slot);
        assert_eq!(token_info(free).works().flags & CKF_TOKEN_INITIALIZED, 0);
        s.info().gives(CKR_SESSION_HANDLE_INVALID);
        let next = Token::another("next");
        assert_eq!(next.slot, free);
        assert_eq!(slots(true).works(), [free]);
        next.user();
        slot_info(first.slot).gives(CKR_SLOT_ID_INVALID);
        finalize().works();
        initialize().works();
        assert_eq!(slots(true).works(), [free], "the number is the token's own");
    });
}

/// SLT-3
#[test]
fn a_token_made_by_another_process_after_a_deletion_gets_another_slot() {
    isolated(|| {
        let first = Token::fresh();
        let s = first.user();
        delete_token("test");
        make_token("test");
        token_info(first.slot).gives(CKR_DEVICE_REMOVED);
        let second = Token::labelled("test");
        assert_ne!(second.slot, first.slot);
        assert_eq!(slots(true).works(), [second.slot]);
        s.info().gives(CKR_SESSION_HANDLE_INVALID);
        second.user();
    });
}

/// SLT-3: two processes see the same free slot.
#[test]
fn a_free_slot_that_another_process_used_meanwhile_is_not_free_any_more() {
    isolated(|| {
        initialize().works();
        let free = free_slot();
        make_token("test");
        delete_token("test");
        init_token(free, SO_PIN, "late").gives(CKR_DEVICE_REMOVED);
        assert_ne!(free_slot(), free);
        Token::another("late").user();
    });
}

#[test]
fn a_configured_free_slot_stays_when_a_token_beside_it_is_deleted() {
    isolated_with("[slots]\nfree_slot = true\n", || {
        Token::fresh();
        let second = Token::another("second");
        let before = slots(true).works();
        assert_eq!(before.len(), 3);
        delete_token("test");
        let after = slots(true).works();
        assert_eq!(after, before[1..]);
        second.user();
        delete_token("second");
        assert_eq!(slots(true).works(), before[2..]);
    });
}

#[test]
fn sessions_end_at_the_slot_list_after_another_process_initialised_their_token_anew() {
    isolated(|| match role().as_str() {
        "" => {
            let token = Token::fresh();
            let s = token.user();
            run("initialise again");
            assert_eq!(slots(true).works(), [token.slot]);
            s.info().gives(CKR_SESSION_HANDLE_INVALID);
            let info = token.info();
            assert_eq!((info.ulSessionCount, info.ulRwSessionCount), (0, 0));
            token.rw().info().works();
        }
        _ => init_token(Token::existing().slot, SO_PIN, "test").works(),
    });
}

//! What clients rely on, where no run of the client in `conformance/` shows it: the habits of programs that need more
//! than this machine to run (Hyperledger Fabric, Vault), and those of libraries that many programs use.

use crate::harness::*;

fn user() -> Session {
    Token::fresh().user()
}

/// Hyperledger Fabric's BCCSP makes a pair, names it by the hash of its point, leaves a copy that does not change, and
/// destroys the first.
#[test]
fn a_pair_is_renamed_copied_as_one_that_does_not_change_and_the_first_destroyed() {
    isolated(|| {
        let s = user();
        let token = [a(CKA_TOKEN, true)];
        let private = [token[0], a(CKA_SENSITIVE, true), a(CKA_EXTRACTABLE, false)];
        let (public, private) = s
            .pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &token, &private)
            .works();
        for key in [public, private] {
            let names = [a(CKA_ID, b"ski"), a(CKA_LABEL, "BCPRV1")];
            s.set(key, &names).works();
            let copy = s.copy(key, &[a(CKA_MODIFIABLE, false)]).works();
            s.destroy(key).works();
            assert_eq!(s.get(copy, CKA_ID).works(), b"ski");
            assert!(s.flag(copy, CKA_TOKEN).works());
            s.set(copy, &names[1..]).gives(CKR_ACTION_PROHIBITED);
        }
        let named = |class| s.find(&[a(CKA_CLASS, class), a(CKA_ID, b"ski")]).works();
        let [private] = named(CKO_PRIVATE_KEY)[..] else {
            panic!("one private key")
        };
        for flag in [CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE] {
            assert!(s.flag(private, flag).works(), "{flag:#x} is kept");
        }
        assert!(!s.flag(private, CKA_EXTRACTABLE).works());
        let signature = s.sign(Mech::new(CKM_ECDSA), private, &[7; 32]).works();
        assert_eq!(signature.len(), 64, "r and s");
        let public = named(CKO_PUBLIC_KEY)[0];
        s.verify(Mech::new(CKM_ECDSA), public, &[7; 32], &signature)
            .works();
        assert_eq!(s.info().works().state, CKS_RW_USER_FUNCTIONS);
    });
}

/// Vault and OpenBao ask for two objects at most, to tell whether a name is taken twice.
#[test]
fn two_objects_asked_for_tell_whether_a_name_is_taken_twice() {
    isolated(|| {
        let s = user();
        let names = [a(CKA_TOKEN, true), a(CKA_LABEL, "seal"), a(CKA_ID, b"1")];
        for expected in [1, 2, 2] {
            s.aes_with(32, &names).works();
            s.find_init(&[a(CKA_CLASS, CKO_SECRET_KEY), names[1], names[2]])
                .works();
            assert_eq!(s.find_next(2).works().len(), expected);
            s.find_final().works();
        }
    });
}

/// NSS searches for its own classes and attributes, which the token does not have.
#[test]
fn classes_and_attributes_of_other_vendors_match_nothing_and_are_no_error() {
    const NSS: u64 = 0x8000_0000 | 0x4e53_4350;
    isolated(|| {
        let s = user();
        s.aes(16);
        for class in [NSS + 1, NSS + 2, NSS + 3, NSS + 4] {
            assert!(s.find(&[a(CKA_CLASS, class)]).works().is_empty());
        }
        for attribute in [NSS + 1, NSS + 0x23, NSS + 0x7f] {
            assert!(s.find(&[a(attribute, b"x")]).works().is_empty());
        }
    });
}

/// NSS and OpenSSL watch removable slots; a slot of a file on the disk is none.
#[test]
fn slots_are_neither_removable_nor_hardware() {
    isolated(|| {
        let token = Token::fresh();
        let flags = slot_info(token.slot).works().flags;
        assert_eq!(flags & (CKF_REMOVABLE_DEVICE | CKF_HW_SLOT), 0);
        assert_ne!(flags & CKF_TOKEN_PRESENT, 0);
    });
}

/// SunPKCS11 drops a mechanism that decrypts and does not encrypt, or verifies and does not sign, as legacy.
#[test]
fn only_stateful_signatures_are_verified_and_not_made() {
    isolated(|| {
        let slot = Token::fresh().slot;
        let mut one_way = Vec::new();
        for mechanism in mechanisms(slot).works() {
            let flags = mechanism_info(slot, mechanism).works().flags;
            let has = |flag| flags & flag != 0;
            let standard = mechanism & CKM_VENDOR_DEFINED == 0;
            if standard && (has(CKF_DECRYPT) && !has(CKF_ENCRYPT) || has(CKF_VERIFY) && !has(CKF_SIGN)) {
                one_way.push(mechanism);
            }
        }
        one_way.sort();
        let mut expected = [CKM_HSS, CKM_XMSS, CKM_XMSSMT];
        expected.sort();
        assert_eq!(one_way, expected);
    });
}

/// crypto11, Vault and SunPKCS11 give AES-GCM an IV of 12 bytes, crypto11 16 where nothing else is said.
#[test]
fn gcm_takes_the_ivs_that_clients_give() {
    isolated(|| {
        let s = user();
        let key = s.aes(32);
        for iv in [&[7; 12][..], &[7; 16]] {
            let sealed = s.encrypt(Mech::gcm(iv, b"aad", 128), key, b"data").works();
            assert_eq!(sealed.len(), 4 + 16);
            let opened = s.decrypt(Mech::gcm(iv, b"aad", 128), key, &sealed).works();
            assert_eq!(opened, b"data");
        }
    });
}

/// pkcs11-helper (OpenVPN, gnupg-pkcs11-scd) initialises the module within its handler of fork.
#[test]
fn a_handler_of_fork_may_initialise_the_module_for_the_child() {
    isolated(|| crate::programs::run_program("atfork", &[]));
}

/// pkcs11-provider loads the module with symbols of its own before all others.
#[test]
fn the_module_works_when_it_prefers_its_own_symbols() {
    isolated(|| crate::programs::run_program("deepbind", &[]));
}

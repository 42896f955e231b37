//! The library itself: initialisation, interfaces, information [PKCS#11 3.2, 5.4].

use crate::harness::*;

/// INI-7
#[test]
fn a_second_initialisation_is_refused() {
    isolated(|| {
        initialize().works();
        initialize().gives(CKR_CRYPTOKI_ALREADY_INITIALIZED);
    });
}

#[test]
fn a_fresh_token_signs() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s
            .generate_key(Mech::new(CKM_AES_KEY_GEN), &[a(CKA_VALUE_LEN, 16)])
            .works();
        println!("{:?}", s.encrypt(Mech::new(CKM_AES_ECB), key, &[0; 16]).works());
    });
}

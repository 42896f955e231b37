//! What each key type can do: the default of usage flags that no template names.

use crate::ck::*;

/// The flags of the ways in which a key of this class and type can be used.
#[must_use]
pub fn default_uses(class: ObjectClass, key_type: KeyType) -> &'static [AttributeType] {
    match (class, key_type) {
        (CKO_PUBLIC_KEY, CKK_RSA) => &[
            CKA_ENCRYPT,
            CKA_VERIFY,
            CKA_VERIFY_RECOVER,
            CKA_WRAP,
            CKA_ENCAPSULATE,
        ],
        (CKO_PRIVATE_KEY, CKK_RSA) => &[
            CKA_DECRYPT,
            CKA_SIGN,
            CKA_SIGN_RECOVER,
            CKA_UNWRAP,
            CKA_DECAPSULATE,
        ],
        (CKO_PUBLIC_KEY, CKK_EC) => &[CKA_VERIFY, CKA_WRAP, CKA_DERIVE, CKA_ENCAPSULATE],
        (CKO_PRIVATE_KEY, CKK_EC) => &[CKA_SIGN, CKA_UNWRAP, CKA_DERIVE, CKA_DECAPSULATE],
        (CKO_PUBLIC_KEY, CKK_EC_EDWARDS | CKK_DSA) => &[CKA_VERIFY],
        (CKO_PRIVATE_KEY, CKK_EC_EDWARDS | CKK_DSA) => &[CKA_SIGN],
        (CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY) => &[CKA_WRAP, CKA_DERIVE, CKA_ENCAPSULATE],
        (CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY) => &[CKA_UNWRAP, CKA_DERIVE, CKA_DECAPSULATE],
        (CKO_PUBLIC_KEY, CKK_DH | CKK_X9_42_DH) => &[CKA_DERIVE, CKA_ENCAPSULATE],
        (CKO_PRIVATE_KEY, CKK_DH | CKK_X9_42_DH) => &[CKA_DERIVE, CKA_DECAPSULATE],
        (CKO_PUBLIC_KEY, CKK_ML_KEM) => &[CKA_ENCAPSULATE],
        (CKO_PRIVATE_KEY, CKK_ML_KEM) => &[CKA_DECAPSULATE],
        (CKO_PUBLIC_KEY, CKK_ML_DSA | CKK_SLH_DSA | CKK_HSS | CKK_XMSS | CKK_XMSSMT) => &[CKA_VERIFY],
        (CKO_PRIVATE_KEY, CKK_ML_DSA | CKK_SLH_DSA) => &[CKA_SIGN],
        (CKO_SECRET_KEY, CKK_AES | CKK_DES | CKK_DES2 | CKK_DES3 | CKK_CAMELLIA | CKK_ARIA) => &[
            CKA_ENCRYPT,
            CKA_DECRYPT,
            CKA_SIGN,
            CKA_VERIFY,
            CKA_WRAP,
            CKA_UNWRAP,
            CKA_DERIVE,
        ],
        (CKO_SECRET_KEY, CKK_AES_XTS | CKK_BLOWFISH | CKK_TWOFISH | CKK_CHACHA20 | CKK_SALSA20) => {
            &[CKA_ENCRYPT, CKA_DECRYPT, CKA_WRAP, CKA_UNWRAP]
        }
        (CKO_SECRET_KEY, CKK_POLY1305) => &[CKA_SIGN, CKA_VERIFY],
        (CKO_OTP_KEY, _) => &[CKA_SIGN, CKA_VERIFY],
        (CKO_SECRET_KEY, CKK_HKDF) => &[CKA_DERIVE],
        (CKO_SECRET_KEY, CKK_VHSM_LMK) => &[CKA_WRAP, CKA_UNWRAP],
        // Generic secrets and HMAC keys.
        (CKO_SECRET_KEY, _) => &[CKA_SIGN, CKA_VERIFY, CKA_DERIVE],
        _ => &[],
    }
}

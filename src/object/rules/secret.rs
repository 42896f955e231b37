//! CKO_SECRET_KEY [PKCS#11 3.2, 4.11, and 6 for the key types].

use super::Change::{Narrower, ToFalseOnly, ToTrueOnly};
use super::Presence::{Forbidden, Required};
use super::key::KEY;
use super::storage::{PRIVATE_BY_DEFAULT, STORAGE};
use super::table::Table;
use super::{Default, Kind, Rule};
use crate::ck::*;

pub(super) fn tables(key_type: KeyType) -> Option<&'static Table> {
    match key_type {
        CKK_DES | CKK_DES2 | CKK_DES3 | CKK_CHACHA20 | CKK_POLY1305 | CKK_SALSA20 => Some(&FIXED_LENGTH),
        CKK_AES | CKK_AES_XTS | CKK_CAMELLIA | CKK_ARIA | CKK_BLOWFISH | CKK_TWOFISH | CKK_GENERIC_SECRET
        | CKK_MD5_HMAC | CKK_SHA_1_HMAC | CKK_SHA224_HMAC | CKK_SHA256_HMAC | CKK_SHA384_HMAC
        | CKK_SHA512_HMAC | CKK_SHA512_224_HMAC | CKK_SHA512_256_HMAC | CKK_SHA512_T_HMAC
        | CKK_SHA3_224_HMAC | CKK_SHA3_256_HMAC | CKK_SHA3_384_HMAC | CKK_SHA3_512_HMAC
        | CKK_BLAKE2B_160_HMAC | CKK_BLAKE2B_256_HMAC | CKK_BLAKE2B_384_HMAC | CKK_BLAKE2B_512_HMAC
        | CKK_RIPEMD160_HMAC | CKK_HKDF => Some(&VARIABLE_LENGTH),
        CKK_VHSM_LMK => Some(&LMK),
        _ => None,
    }
}

/// Keys whose length the template says: AES, generic secrets, HMAC keys [PKCS#11 3.2, 6.8, 6.10, 6.22].
pub(super) static VARIABLE_LENGTH: Table = Table::of(&[
    STORAGE,
    PRIVATE_BY_DEFAULT,
    KEY,
    SECRET,
    PAYMENT,
    &[VALUE_LEN.create(Forbidden).generate(Required)],
]);

/// Keys whose type says the length: DES, ChaCha20, Salsa20, Poly1305 [PKCS#11 3.2, 6.18, 6.44 to 6.46]. They need no
/// CKA_VALUE_LEN; clients name it, so it is taken if it is right, and can be read.
pub(super) static FIXED_LENGTH: Table = Table::of(&[
    STORAGE,
    PRIVATE_BY_DEFAULT,
    KEY,
    SECRET,
    PAYMENT,
    &[VALUE_LEN.create(Forbidden)],
]);

/// Local master keys: secret keys that no template opens, and no payment keys [include/vhsm.h].
pub(super) static LMK: Table = Table::of(&[
    STORAGE,
    PRIVATE_BY_DEFAULT,
    KEY,
    SECRET,
    &[
        VALUE_LEN.create(Forbidden),
        Rule::new(CKA_VHSM_LMK_ID, Kind::Code(2))
            .create(Required)
            .generate(Required),
        Rule::new(CKA_VHSM_LMK_OLD, Kind::Bool)
            .change(ToTrueOnly)
            .default(Default::Bool(false)),
        Rule::new(CKA_VHSM_LMK_SEPARATE_002, Kind::Bool)
            .change(ToTrueOnly)
            .default(Default::Bool(true)),
    ],
]);

const VALUE_LEN: Rule = Rule::new(CKA_VALUE_LEN, Kind::Ulong).default(Default::Computed);

/// What all secret keys have.
pub(super) const SECRET: &[Rule] = &[
    Rule::new(CKA_VALUE, Kind::Bytes)
        .create(Required)
        .generate(Forbidden)
        .unwrap(Forbidden)
        .sensitive(),
    Rule::new(CKA_SENSITIVE, Kind::Bool)
        .change(ToTrueOnly)
        .default(Default::Bool(true)),
    Rule::usage(CKA_ENCRYPT),
    Rule::usage(CKA_DECRYPT),
    Rule::usage(CKA_SIGN),
    Rule::usage(CKA_VERIFY),
    Rule::usage(CKA_WRAP),
    Rule::usage(CKA_UNWRAP),
    Rule::new(CKA_EXTRACTABLE, Kind::Bool)
        .change(ToFalseOnly)
        .default(Default::Extractable),
    Rule::new(CKA_ALWAYS_SENSITIVE, Kind::Bool).by_token(),
    Rule::new(CKA_NEVER_EXTRACTABLE, Kind::Bool).by_token(),
    Rule::new(CKA_CHECK_VALUE, Kind::Bytes).default(Default::Computed),
    Rule::new(CKA_WRAP_WITH_TRUSTED, Kind::Bool)
        .change(ToTrueOnly)
        .default(Default::Bool(false)),
    Rule::new(CKA_TRUSTED, Kind::Bool)
        .so_only()
        .default(Default::Bool(false)),
    Rule::new(CKA_WRAP_TEMPLATE, Kind::Template),
    Rule::new(CKA_UNWRAP_TEMPLATE, Kind::Template),
    Rule::new(CKA_DERIVE_TEMPLATE, Kind::Template),
];

/// What a key block says of its key.
pub(super) const PAYMENT: &[Rule] = &[
    Rule::new(CKA_VHSM_KEY_USAGE, Kind::KeyUsage),
    Rule::new(CKA_VHSM_MODE_OF_USE, Kind::ModeOfUse).change(Narrower),
    Rule::new(CKA_VHSM_EXPORTABILITY, Kind::Exportability).change(Narrower),
    Rule::new(CKA_VHSM_KEY_VERSION, Kind::Code(2)),
    Rule::new(CKA_VHSM_OPTIONAL_BLOCKS, Kind::OptionalBlocks),
    Rule::new(CKA_VHSM_KEY_ALGORITHM, Kind::Code(1)),
    Rule::new(CKA_VHSM_DECIMALIZATION_TABLE, Kind::Code(16)),
];

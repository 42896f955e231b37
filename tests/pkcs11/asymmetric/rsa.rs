//! RSA against another implementation: the `rsa` crate, and modular powers by `crypto-bigint`.

use super::dsa::power;
use super::*;
use ::rsa::pkcs8::DecodePrivateKey;
use ::rsa::traits::PublicKeyParts;
use sha1::Sha1;
use sha2::{Digest, Sha224};

const E: [u8; 3] = [1, 0, 1];

fn pair(s: &Session) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE, Vec<u8>) {
    let private = s.create(&with(&rsa_template(), &rsa_crt())).works();
    let modulus = s.get(private, CKA_MODULUS).works();
    let template = [
        a(CKA_CLASS, CKO_PUBLIC_KEY),
        a(CKA_KEY_TYPE, CKK_RSA),
        a(CKA_MODULUS, &modulus),
        a(CKA_PUBLIC_EXPONENT, &E),
    ];
    (s.create(&template).works(), private, modulus)
}

/// `DigestInfo` of a SHA-1 digest [RFC 8017, 9.2, note 1].
fn sha1_info(message: &[u8]) -> Vec<u8> {
    [
        hex("3021300906052b0e03021a05000414"),
        Sha1::digest(message).to_vec(),
    ]
    .concat()
}

/// `EM` of EMSA-PKCS1-v1_5 without its leading zero [RFC 8017, 9.2].
fn padded(info: &[u8], length: usize) -> Vec<u8> {
    [&[1][..], &vec![0xff; length - info.len() - 3], &[0], info].concat()
}

#[test]
fn rsa_signatures_are_the_powers_that_another_implementation_finds() {
    isolated(|| {
        let s = user();
        let (public, private, modulus) = pair(&s);
        let opened = |signature: &[u8]| power(signature, &E, &modulus);
        let info = sha1_info(b"message");
        for (mechanism, data, expected) in [
            (CKM_RSA_X_509, &b"\x12\x34"[..], vec![0x12, 0x34]),
            (CKM_RSA_PKCS, &info, padded(&info, 256)),
            (CKM_SHA1_RSA_PKCS, b"message", padded(&info, 256)),
        ] {
            let signature = s.sign(Mech::new(mechanism), private, data).works();
            assert_eq!(opened(&signature), expected);
            s.verify(Mech::new(mechanism), public, data, &signature).works();
        }
        // The other way: what is a power of the plain block decrypts to it.
        let cipher = power(b"\x12\x34", &E, &modulus);
        let plain = s.decrypt(
            Mech::new(CKM_RSA_X_509),
            private,
            &[vec![0; 256 - cipher.len()], cipher].concat(),
        );
        assert!(plain.works().ends_with(b"\x12\x34"));
        let block = [&[2][..], &[7; 246], &[0], b"message"].concat();
        let cipher = power(&block, &E, &modulus);
        let cipher = [vec![0; 256 - cipher.len()], cipher].concat();
        let plain = s.decrypt(Mech::new(CKM_RSA_PKCS), private, &cipher).works();
        assert_eq!(plain, b"message");
    });
}

#[test]
fn rsa_pss_with_sha224_is_accepted_by_another_implementation_and_the_other_way() {
    isolated(|| {
        use ::rsa::pss::{Signature, SigningKey, VerifyingKey};
        use ::rsa::signature::{RandomizedSigner, SignatureEncoding, Verifier};
        let s = user();
        let (public, private, _) = pair(&s);
        let open = with(
            &with(&rsa_template(), &rsa_crt()),
            &[a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)],
        );
        let key = exported(&s, s.create(&open).works());
        let mechanism = Mech::pss(CKM_SHA224_RSA_PKCS_PSS, CKM_SHA224, 28);
        let ours = s.sign(mechanism, private, b"message").works();
        let verifier = VerifyingKey::<Sha224>::new(key.to_public_key());
        verifier
            .verify(b"message", &Signature::try_from(&ours[..]).unwrap())
            .unwrap();
        let signer = SigningKey::<Sha224>::new(key);
        let theirs = signer.sign_with_rng(&mut Randomness, b"message").to_bytes();
        s.verify(mechanism, public, b"message", &theirs).works();
    });
}

/// A private key as the `rsa` crate reads it; it checks that the numbers belong together.
fn exported(s: &Session, private: CK_OBJECT_HANDLE) -> ::rsa::RsaPrivateKey {
    let (aes, kwp) = (s.import(CKK_AES, &[7; 32]), Mech::new(CKM_AES_KEY_WRAP_KWP));
    let wrapped = s.wrap(kwp, aes, private).works();
    let pkcs8 = s.decrypt(kwp, aes, &wrapped).works();
    ::rsa::RsaPrivateKey::from_pkcs8_der(&pkcs8).unwrap()
}

#[test]
fn rsa_pairs_are_sound_for_another_implementation() {
    isolated(|| {
        let s = user();
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        for (mechanism, bits) in [
            (CKM_RSA_PKCS_KEY_PAIR_GEN, 1024 as CK_ULONG),
            (CKM_RSA_PKCS_KEY_PAIR_GEN, 2048),
            (CKM_RSA_X9_31_KEY_PAIR_GEN, 1024),
            (CKM_RSA_X9_31_KEY_PAIR_GEN, 2048),
        ] {
            let (public, private) = s
                .generate_pair(Mech::new(mechanism), &[a(CKA_MODULUS_BITS, bits)], &open)
                .works();
            let key = exported(&s, private);
            key.validate().unwrap();
            assert_eq!(key.n().bits(), bits as u32);
            assert_eq!(
                s.get(public, CKA_MODULUS).works(),
                s.get(private, CKA_MODULUS).works()
            );
            assert_eq!(s.number(private, CKA_KEY_GEN_MECHANISM).works(), mechanism);
        }
    });
}

/// A pair of these numbers, big-endian: public, private.
fn pair_of(s: &Session, n: &[u8], e: &[u8], d: &[u8]) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
    let of = |class| {
        vec![
            a(CKA_CLASS, class),
            a(CKA_KEY_TYPE, CKK_RSA),
            a(CKA_MODULUS, n),
            a(CKA_PUBLIC_EXPONENT, e),
        ]
    };
    let private = with(&of(CKO_PRIVATE_KEY), &[a(CKA_PRIVATE_EXPONENT, d)]);
    (s.create(&of(CKO_PUBLIC_KEY)).works(), s.create(&private).works())
}

const ISO9796: &str = include_str!("../../vectors/rsa/iso9796.txt");

fn signs_with_recovery(s: &Session, private: CK_OBJECT_HANDLE, data: &[u8]) -> Answer<Vec<u8>> {
    s.begin(Class::SignRecover, Mech::new(CKM_RSA_9796), private)
        .works();
    s.step(Step::SignRecover, data)
}

fn recovers(s: &Session, public: CK_OBJECT_HANDLE, signature: &[u8]) -> Answer<Vec<u8>> {
    s.begin(Class::VerifyRecover, Mech::new(CKM_RSA_9796), public)
        .works();
    s.step(Step::VerifyRecover, signature)
}

#[test]
fn iso_9796_signatures_are_those_of_the_standard_and_of_another_implementation() {
    isolated_with_everything(|| {
        let s = user();
        let m = Mech::new(CKM_RSA_9796);
        let (mut keys, mut cases) = ((0, 0), 0);
        for line in ISO9796.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["key", n, e, d] => keys = pair_of(&s, &hex(n), &hex(e), &hex(d)),
                ["case", message, signature] => {
                    let ((public, private), message, signature) = (keys, hex(message), hex(signature));
                    assert_eq!(s.sign(m, private, &message).works(), signature, "{line}");
                    assert_eq!(signs_with_recovery(&s, private, &message).works(), signature);
                    s.verify(m, public, &message, &signature).works();
                    assert_eq!(recovers(&s, public, &signature).works(), message, "{line}");
                    let other = [&[message[0] ^ 1], &message[1..]].concat();
                    s.verify(m, public, &other, &signature)
                        .gives(CKR_SIGNATURE_INVALID);
                    cases += 1;
                }
                _ => assert!(line.starts_with('#'), "{line}"),
            }
        }
        assert_eq!(cases, 33);
    });
}

/// [PKCS#11 3.2, 6.1.11]: at most half as many bytes as the modulus has; ISO/IEC 9796 has no empty messages, and allows
/// a byte less where the modulus has too few bits.
#[test]
fn iso_9796_refuses_what_has_a_wrong_length_or_is_no_signature() {
    isolated_with_everything(|| {
        let s = user();
        let m = Mech::new(CKM_RSA_9796);
        for (bits, most) in [(1024 as CK_ULONG, 64), (1032, 64), (1036, 64), (1040, 65)] {
            let (public, private) = s.rsa_with(bits, &[], &[]).works();
            let signature = s.sign(m, private, &vec![0x5a; most]).works();
            assert_eq!(signature.len(), bits.div_ceil(8) as usize);
            for length in [0, most + 1, signature.len(), 1000] {
                let data = vec![0x5a; length];
                s.sign(m, private, &data).gives(CKR_DATA_LEN_RANGE);
                signs_with_recovery(&s, private, &data).gives(CKR_DATA_LEN_RANGE);
                s.verify(m, public, &data, &signature).gives(CKR_DATA_LEN_RANGE);
            }
            let wrong_len = [&signature[1..], &[], &[&[0], &signature[..]].concat()];
            for wrong in wrong_len {
                s.verify(m, public, b"x", wrong).gives(CKR_SIGNATURE_LEN_RANGE);
                recovers(&s, public, wrong).gives(CKR_SIGNATURE_LEN_RANGE);
            }
            let mut changed = signature.clone();
            changed[50] ^= 1;
            let raw = s.sign(Mech::new(CKM_RSA_X_509), private, b"data").works();
            for wrong in [
                changed,
                raw,
                vec![0; signature.len()],
                vec![0xff; signature.len()],
            ] {
                s.verify(m, public, &vec![0x5a; most], &wrong)
                    .gives(CKR_SIGNATURE_INVALID);
                recovers(&s, public, &wrong).gives(CKR_SIGNATURE_INVALID);
            }
        }
    });
}

/// docs/mechanisms.md: off unless `mechanisms.enable` names it.
#[test]
fn iso_9796_is_off_by_default() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let (public, private) = s.rsa();
        assert!(!mechanisms(token.slot).works().contains(&CKM_RSA_9796));
        for (class, key) in [
            (Class::Sign, private),
            (Class::SignRecover, private),
            (Class::Verify, public),
            (Class::VerifyRecover, public),
        ] {
            s.begin(class, Mech::new(CKM_RSA_9796), key)
                .gives(CKR_MECHANISM_INVALID);
        }
        assert!(log().contains("`mechanisms.enable`"), "{}", log());
    });
}

/// Randomness from the kernel for the other implementation.
struct Randomness;

impl ::rsa::rand_core::TryRng for Randomness {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        getrandom::fill(out).unwrap();
        Ok(())
    }
}

impl ::rsa::rand_core::TryCryptoRng for Randomness {}

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

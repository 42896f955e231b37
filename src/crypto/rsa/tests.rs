//! Known answers of others, and the `rsa` crate as oracle.

use std::sync::LazyLock;

use rsa::signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};

mod iso9796;
mod known_answers;

use super::*;
use crate::crypto::hash::Hash;

const HASHES: [Hash; 5] = [Hash::Sha1, Hash::Sha224, Hash::Sha256, Hash::Sha384, Hash::Sha512];

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(2048, &[1, 0, 1]).unwrap());

fn all_parts(numbers: &PrivateComponents) -> CrtParts<'_> {
    CrtParts {
        prime_1: Some(&numbers.prime_1),
        prime_2: Some(&numbers.prime_2),
        exponent_1: Some(&numbers.exponent_1),
        exponent_2: Some(&numbers.exponent_2),
        coefficient: Some(&numbers.coefficient),
    }
}

fn import(numbers: &PrivateComponents, parts: CrtParts<'_>) -> Result<PrivateKey> {
    PrivateKey::from_components(
        &numbers.modulus,
        &numbers.public_exponent,
        &numbers.private_exponent,
        parts,
    )
}

fn oracle() -> rsa::RsaPrivateKey {
    let numbers = KEY.components().unwrap();
    let number = |bytes: &[u8]| rsa::BoxedUint::from_be_slice_vartime(bytes);
    rsa::RsaPrivateKey::from_components(
        number(&numbers.modulus),
        number(&numbers.public_exponent),
        number(&numbers.private_exponent),
        vec![number(&numbers.prime_1), number(&numbers.prime_2)],
    )
    .unwrap()
}

#[test]
fn a_key_of_every_kind_of_length_has_exactly_that_length_and_works() {
    for bits in [512, 513, 768, 1000, 1024, 1031, 1032, 1033, 1536] {
        let key = PrivateKey::generate(bits, &[1, 0, 1]).unwrap();
        assert_eq!(key.public().bits(), bits);
        assert_eq!(key.block_len(), bits.div_ceil(8));
        let mut signature = vec![0; key.block_len()];
        key.sign_pkcs1(None, b"data", &mut signature).unwrap();
        key.public().verify_pkcs1(None, b"data", &signature).unwrap();
        let pss = Pss {
            hash: Hash::Sha1,
            mgf: Hash::Sha1,
            salt_len: 20,
        };
        key.sign_pss(&pss, &[7; 20], &mut signature).unwrap();
        key.public().verify_pss(&pss, &[7; 20], &signature).unwrap();
        let numbers = key.components().unwrap();
        import(&numbers, all_parts(&numbers)).unwrap();
    }
}

#[test]
fn a_key_may_have_any_odd_public_exponent() {
    for exponent in [
        &[3][..],
        &[17],
        &[0, 1, 0, 1],
        &[1, 0, 0, 0, 0, 0, 0, 0, 15],
        &[0xff; 16],
    ] {
        let key = PrivateKey::generate(1024, exponent).unwrap();
        let mut signature = vec![0; key.block_len()];
        key.sign_pkcs1(None, b"data", &mut signature).unwrap();
        key.public().verify_pkcs1(None, b"data", &signature).unwrap();
    }
    for exponent in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[1; 33]] {
        assert!(
            matches!(PrivateKey::generate(1024, exponent), Err(Error::KeyInvalid(_))),
            "{exponent:?}"
        );
    }
    for bits in [0, 511, 16385] {
        assert!(matches!(
            PrivateKey::generate(bits, &[3]),
            Err(Error::KeyInvalid(_))
        ));
    }
}

#[test]
fn missing_parts_of_a_key_are_computed() {
    let numbers = KEY.components().unwrap();
    let all = all_parts(&numbers);
    let parts = [
        CrtParts::default(),
        CrtParts {
            prime_1: all.prime_1,
            ..CrtParts::default()
        },
        CrtParts {
            prime_2: all.prime_2,
            ..CrtParts::default()
        },
        CrtParts {
            prime_1: all.prime_1,
            prime_2: all.prime_2,
            ..CrtParts::default()
        },
        CrtParts {
            coefficient: None,
            ..all
        },
    ];
    for parts in parts {
        let found = import(&numbers, parts).unwrap().components().unwrap();
        assert_eq!(found.prime_1, numbers.prime_1);
        assert_eq!(found.exponent_2, numbers.exponent_2);
        assert_eq!(found.coefficient, numbers.coefficient);
    }
}

#[test]
fn numbers_that_do_not_belong_together_are_refused() {
    let numbers = KEY.components().unwrap();
    let all = all_parts(&numbers);
    let wrong: SecretBytes = {
        let mut bytes = numbers.prime_1.to_vec();
        bytes[40] ^= 4;
        bytes.into()
    };
    for parts in [
        CrtParts {
            prime_1: Some(&wrong),
            ..all
        },
        CrtParts {
            prime_2: Some(&wrong),
            ..all
        },
        CrtParts {
            exponent_1: Some(&wrong),
            ..all
        },
        CrtParts {
            exponent_2: Some(&wrong),
            ..all
        },
        CrtParts {
            coefficient: Some(&wrong),
            ..all
        },
        CrtParts {
            prime_1: Some(&wrong),
            ..CrtParts::default()
        },
        CrtParts {
            prime_1: Some(&[]),
            ..CrtParts::default()
        },
        CrtParts {
            prime_1: Some(&[1]),
            prime_2: Some(&numbers.modulus),
            ..CrtParts::default()
        },
    ] {
        assert!(matches!(import(&numbers, parts), Err(Error::KeyInvalid(_))));
    }
    let (n, e, d) = (
        &numbers.modulus,
        &numbers.public_exponent,
        &numbers.private_exponent,
    );
    for (n, e, d) in [
        (n, e, &wrong),
        (n, d, d),
        (&wrong, e, d),
        (d, e, n),
        (n, e, &SecretBytes::zeros(3)),
    ] {
        assert!(PrivateKey::from_components(n, e, d, CrtParts::default()).is_err());
    }
    assert!(PublicKey::from_components(&[], &[]).is_err());
    assert!(PublicKey::from_components(&[0xff; 63], &[3]).is_err());
}

#[test]
fn leading_zeros_of_numbers_are_ignored() {
    let numbers = KEY.components().unwrap();
    let modulus = [&[0, 0], &numbers.modulus[..]].concat();
    let public = PublicKey::from_components(&modulus, &[0, 1, 0, 1]).unwrap();
    assert_eq!(public.block_len(), 256);
}

#[test]
fn the_oracle_accepts_our_signatures_and_we_accept_its() {
    let (private, digest) = (oracle(), Sha256::digest(b"message"));
    let mut ours = vec![0; 256];
    KEY.sign_pkcs1(Some(Hash::Sha256), &digest, &mut ours).unwrap();
    let theirs = private.sign(rsa::Pkcs1v15Sign::new::<Sha256>(), &digest).unwrap();
    assert_eq!(ours, theirs);
    KEY.public()
        .verify_pkcs1(Some(Hash::Sha256), &digest, &theirs)
        .unwrap();

    for salt_len in [0, 20, 32, 100, 222] {
        let pss = Pss {
            hash: Hash::Sha256,
            mgf: Hash::Sha256,
            salt_len,
        };
        KEY.sign_pss(&pss, &digest, &mut ours).unwrap();
        let verifying =
            rsa::pss::VerifyingKey::<Sha256>::new_with_salt_len(private.to_public_key(), salt_len);
        verifying
            .verify_prehash(&digest, &rsa::pss::Signature::try_from(&ours[..]).unwrap())
            .unwrap();
        let signing = rsa::pss::SigningKey::<Sha256>::new_with_salt_len(private.clone(), salt_len);
        let theirs = signing.sign_prehash_with_rng(&mut rand_core(), &digest).unwrap();
        KEY.public()
            .verify_pss(&pss, &digest, &Box::<[u8]>::from(theirs))
            .unwrap();
    }
}

#[test]
fn the_oracle_opens_our_ciphertexts_and_we_open_its() {
    let private = oracle();
    let public = private.to_public_key();
    let mut block = vec![0; 256];
    let mut out = vec![0; 256];
    for message in [&b""[..], b"x", &[0; 100], &[0xab; 190]] {
        KEY.public().encrypt_pkcs1(message, &mut block).unwrap();
        assert_eq!(private.decrypt(rsa::Pkcs1v15Encrypt, &block).unwrap(), message);
        let theirs = public
            .encrypt(&mut rand_core(), rsa::Pkcs1v15Encrypt, message)
            .unwrap();
        let length = KEY.decrypt_pkcs1(&theirs, &mut out).unwrap();
        assert_eq!(out[..length], *message);

        let oaep = Oaep {
            hash: Hash::Sha256,
            mgf: Hash::Sha1,
            label: b"label",
        };
        let padding = || rsa::Oaep::<Sha256, sha1::Sha1>::new_with_mgf_hash_and_label(*b"label");
        KEY.public().encrypt_oaep(&oaep, message, &mut block).unwrap();
        assert_eq!(private.decrypt(padding(), &block).unwrap(), message);
        let theirs = public.encrypt(&mut rand_core(), padding(), message).unwrap();
        let length = KEY.decrypt_oaep(&oaep, &theirs, &mut out).unwrap();
        assert_eq!(out[..length], *message);
    }
    assert_eq!(public.size(), 256);
}

/// The system's random source, as the oracle wants it.
fn rand_core() -> getrandom::rand_core::UnwrapErr<getrandom::SysRng> {
    getrandom::rand_core::UnwrapErr(getrandom::SysRng)
}

#[test]
fn every_hash_signs_with_every_mask_hash() {
    let mut signature = vec![0; 256];
    for hash in HASHES {
        let digest = vec![0x5a; hash.output_len()];
        KEY.sign_pkcs1(Some(hash), &digest, &mut signature).unwrap();
        KEY.public()
            .verify_pkcs1(Some(hash), &digest, &signature)
            .unwrap();
        for mgf in HASHES {
            let pss = Pss {
                hash,
                mgf,
                salt_len: hash.output_len(),
            };
            KEY.sign_pss(&pss, &digest, &mut signature).unwrap();
            KEY.public().verify_pss(&pss, &digest, &signature).unwrap();
            let other = Pss {
                salt_len: hash.output_len() + 1,
                ..pss
            };
            assert_eq!(
                KEY.public().verify_pss(&other, &digest, &signature),
                Err(Error::SignatureInvalid)
            );
            signature[3] ^= 1;
            assert_eq!(
                KEY.public().verify_pss(&pss, &digest, &signature),
                Err(Error::SignatureInvalid)
            );
        }
    }
}

#[test]
fn a_key_too_short_for_hash_and_salt_is_refused() {
    let key = PrivateKey::generate(512, &[3]).unwrap();
    let mut out = vec![0; 64];
    let pss = Pss {
        hash: Hash::Sha256,
        mgf: Hash::Sha256,
        salt_len: 31,
    };
    assert!(matches!(
        key.sign_pss(&pss, &[0; 32], &mut out),
        Err(Error::DataLenRange(_))
    ));
    key.sign_pss(&Pss { salt_len: 30, ..pss }, &[0; 32], &mut out)
        .unwrap();
    assert!(matches!(
        key.sign_pkcs1(Some(Hash::Sha512), &[0; 64], &mut out),
        Err(Error::DataLenRange(_))
    ));
    assert!(!digest_fits(Hash::Sha512, 64));
    assert!(digest_fits(Hash::Sha256, 64));
    let oaep = Oaep {
        hash: Hash::Sha256,
        mgf: Hash::Sha256,
        label: b"",
    };
    assert!(matches!(
        key.public().encrypt_oaep(&oaep, b"", &mut out),
        Err(Error::DataLenRange(_))
    ));
}

#[test]
fn data_that_is_too_long_is_refused() {
    let mut out = vec![0; 256];
    KEY.sign_pkcs1(None, &[1; 245], &mut out).unwrap();
    assert!(matches!(
        KEY.sign_pkcs1(None, &[1; 246], &mut out),
        Err(Error::DataLenRange(_))
    ));
    KEY.public().encrypt_pkcs1(&[1; 245], &mut out).unwrap();
    assert!(matches!(
        KEY.public().encrypt_pkcs1(&[1; 246], &mut out),
        Err(Error::DataLenRange(_))
    ));
    assert!(matches!(
        KEY.public().encrypt_pkcs1(&[1; 300], &mut out),
        Err(Error::DataLenRange(_))
    ));
    let oaep = Oaep {
        hash: Hash::Sha1,
        mgf: Hash::Sha1,
        label: b"",
    };
    KEY.public().encrypt_oaep(&oaep, &[1; 214], &mut out).unwrap();
    assert!(matches!(
        KEY.public().encrypt_oaep(&oaep, &[1; 215], &mut out),
        Err(Error::DataLenRange(_))
    ));
}

#[test]
fn the_raw_operations_are_each_others_inverse_also_on_0_1_and_n_less_1() {
    let modulus = KEY.components().unwrap().modulus.to_vec();
    let mut less_one = modulus.clone();
    less_one[255] -= 1;
    let mut two = vec![0; 256];
    two[255] = 2;
    let mut one = vec![0; 256];
    one[255] = 1;
    for block in [vec![0; 256], one, two, less_one] {
        let mut copy = block.clone();
        KEY.raw(&mut copy).unwrap();
        KEY.public().raw(&mut copy).unwrap();
        assert_eq!(copy, block);
    }
    let mut whole = modulus;
    assert!(matches!(KEY.raw(&mut whole), Err(Error::DataInvalid(_))));
    assert!(matches!(
        KEY.public().raw(&mut whole[1..]),
        Err(Error::DataLenRange(_))
    ));
}

#[test]
fn a_wrong_padding_decrypts_to_the_same_nonsense_every_time() {
    let mut block = vec![0x17; 256];
    block[0] = 0;
    let (mut one, mut two) = (vec![0; 245], vec![0; 245]);
    let first = KEY.decrypt_pkcs1(&block, &mut one).unwrap();
    let second = KEY.decrypt_pkcs1(&block, &mut two).unwrap();
    assert_eq!((first, &one), (second, &two));
    block[255] ^= 1;
    let third = KEY.decrypt_pkcs1(&block, &mut two).unwrap();
    assert!(third != first || one != two);
    assert!(KEY.decrypt_pkcs1(&vec![0; 256], &mut two).is_ok());
    assert!(matches!(
        KEY.decrypt_pkcs1(&block[1..], &mut two),
        Err(Error::EncryptedDataLenRange(_))
    ));
    assert_eq!(
        KEY.decrypt_pkcs1(&[0xff; 256], &mut two),
        Err(Error::EncryptedDataInvalid)
    );
}

#[test]
fn every_fault_of_an_oaep_block_is_one_error() {
    let oaep = Oaep {
        hash: Hash::Sha256,
        mgf: Hash::Sha256,
        label: b"",
    };
    let mut block = vec![0; 256];
    let mut out = vec![0; 256];
    KEY.public().encrypt_oaep(&oaep, b"message", &mut block).unwrap();
    for other in [
        Oaep { label: b"x", ..oaep },
        Oaep {
            hash: Hash::Sha1,
            ..oaep
        },
        Oaep {
            mgf: Hash::Sha1,
            ..oaep
        },
    ] {
        assert_eq!(
            KEY.decrypt_oaep(&other, &block, &mut out),
            Err(Error::EncryptedDataInvalid)
        );
    }
    block[17] ^= 1;
    assert_eq!(
        KEY.decrypt_oaep(&oaep, &block, &mut out),
        Err(Error::EncryptedDataInvalid)
    );
    assert_eq!(
        KEY.decrypt_oaep(&oaep, &[0xff; 256], &mut out),
        Err(Error::EncryptedDataInvalid)
    );
    assert!(matches!(
        KEY.decrypt_oaep(&oaep, b"", &mut out),
        Err(Error::EncryptedDataLenRange(_))
    ));
}

#[test]
fn threads_share_a_key() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut signature = vec![0; 256];
                for _ in 0..20 {
                    KEY.sign_pkcs1(None, b"data", &mut signature).unwrap();
                    KEY.public().verify_pkcs1(None, b"data", &signature).unwrap();
                }
            });
        }
    });
}

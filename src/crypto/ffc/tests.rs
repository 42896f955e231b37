//! Groups against NIST CAVP and the RFCs.

use super::*;
use crate::crypto::aws_lc::primes::{rfc_3526, rfc_7919};
use crate::crypto::hash::Hash;
use crate::crypto::testing::hex;
use crate::crypto::{dh, dsa};

/// The lines `name = value` of one part of the file.
fn field<'a>(part: &'a str, name: &str) -> &'a str {
    let line = part.lines().find(|line| line.starts_with(name)).unwrap();
    line.split(" = ").nth(1).unwrap()
}

#[test]
fn seeds_give_the_primes_of_cavp() {
    let file = include_str!("vectors/pqggen.txt");
    let mut seen = 0;
    for part in file.split("\n[").skip(1) {
        let (prime_bits, order_bits, hash) = match part.lines().next().unwrap() {
            "L=1024, N=160, SHA-1]" => (1024, 160, Hash::Sha1),
            "L=2048, N=224, SHA-256]" => (2048, 224, Hash::Sha256),
            "L=2048, N=256, SHA-512]" => (2048, 256, Hash::Sha512),
            "L=3072, N=256, SHA-256]" => (3072, 256, Hash::Sha256),
            other => panic!("{other}"),
        };
        let subgroup = Subgroup::of(prime_bits, order_bits).unwrap();
        let seed = hex(field(part, "domain_parameter_seed"));
        let (p, q, counter) = subgroup.of_seed(hash, &seed).unwrap().unwrap();
        assert_eq!(p.to_bytes().unwrap()[..], hex(field(part, "P")));
        assert_eq!(q.to_bytes().unwrap()[..], hex(field(part, "Q")));
        assert_eq!(counter.to_string(), field(part, "counter"));
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn a_made_group_is_sound_and_works_for_dsa_and_diffie_hellman() {
    let group = Subgroup::of(512, 160).unwrap().generate().unwrap();
    assert_eq!((group.bits(), group.order_len()), (512, 20));
    assert_eq!(group.wrong_relation(), Ok(None));
    let (public, private) = dsa::generate(&group).unwrap();
    assert!(group.has(&public).unwrap() && group.has_private(&private).unwrap());
    assert_eq!(group.power_of_base(&private).unwrap()[..], public[..]);
    let key = dsa::PrivateKey::new(group.clone(), &private).unwrap();
    let mut signature = [0; 40];
    key.sign(&[7; 32], &mut signature).unwrap();
    let verifier = dsa::PublicKey::new(group.clone(), &public).unwrap();
    verifier.verify(&[7; 32], &signature).unwrap();
    verifier.verify(&[7; 20], &signature).unwrap();
    assert_eq!(
        verifier.verify(&[8; 32], &signature),
        Err(Error::SignatureInvalid)
    );
    assert_eq!(
        verifier.verify(&[7; 32], &signature[1..]),
        Err(Error::SignatureLenRange)
    );
    let (other_public, other_private) = dh::generate(&group, None).unwrap();
    let mine = dh::PrivateKey::new(group.clone(), &private).unwrap();
    let theirs = dh::PrivateKey::new(group, &other_private).unwrap();
    let secret = mine.shared_secret(&other_public).unwrap();
    assert_eq!(secret.len(), 64);
    assert_eq!(secret[..], theirs.shared_secret(&public).unwrap()[..]);
}

#[test]
fn lengths_that_make_no_group_are_refused() {
    for (prime_bits, order_bits) in [
        (448, 160),
        (1000, 160),
        (1024, 152),
        (1024, 161),
        (512, 512),
        (8256, 256),
        (1024, 520),
        (0, 0),
    ] {
        assert_eq!(
            Subgroup::of(prime_bits, order_bits),
            None,
            "{prime_bits} {order_bits}"
        );
    }
    for bits in [0, 511, 2049, 2056, 8191, 8193, usize::MAX] {
        assert_eq!(SafePrimes::of(bits), None);
    }
}

#[test]
fn named_groups_have_safe_primes_and_short_private_numbers() {
    for bits in [1536, 2048, 3072, 4096, 6144, 8192] {
        let group = SafePrimes::of(bits).unwrap().group().unwrap();
        assert_eq!(group.bits(), bits);
        let private_bits = group.usual_private_bits().unwrap();
        assert!((225..=400).contains(&private_bits));
        // [RFC 7919, A; RFC 3526]: (p - 1) / 2 is a prime, too. The test of the longest would take long.
        if bits <= 3072 {
            let p = BigNum::from_bytes(&group.p).unwrap();
            let (half, _) = p.divide(&BigNum::from_word(2).unwrap()).unwrap();
            assert!(p.is_prime().unwrap() && half.is_prime().unwrap());
        }
        let modp = rfc_3526(bits).unwrap().to_bytes().unwrap();
        let modp = Group::new(&modp, None, &[2]).unwrap();
        assert_eq!(modp.usual_private_bits(), Some(private_bits));
        let other_base = Group::new(&modp.p, None, &[5]).unwrap();
        assert_eq!(other_base.usual_private_bits(), None);
    }
    assert!(rfc_3526(1024).is_err() && rfc_7919(1024).is_err());
}

#[test]
fn a_safe_prime_that_is_searched_for_is_one() {
    let group = SafePrimes::of(512).unwrap().group().unwrap();
    assert_eq!((group.bits(), group.usual_private_bits()), (512, None));
    let p = BigNum::from_bytes(&group.p).unwrap();
    let (half, _) = p.divide(&BigNum::from_word(2).unwrap()).unwrap();
    assert!(p.is_prime().unwrap() && half.is_prime().unwrap());
}

#[test]
fn private_numbers_have_the_length_that_was_asked_for() {
    let group = SafePrimes::of(2048).unwrap().group().unwrap();
    for bits in [160, 161, 167, 168, 256, 1000, 2046] {
        let (public, private) = dh::generate(&group, Some(bits)).unwrap();
        assert_eq!(BigNum::from_bytes(&private).unwrap().bits(), bits);
        assert_eq!(group.power_of_base(&private).unwrap()[..], public[..]);
    }
    for bits in [0, 1, 159, 2047, 2048, usize::MAX] {
        assert!(matches!(
            dh::generate(&group, Some(bits)),
            Err(Error::KeyInvalid(_))
        ));
    }
    let (_, private) = dh::generate(&group, None).unwrap();
    assert!(BigNum::from_bytes(&private).unwrap().bits() <= 225);
}

#[test]
fn public_numbers_outside_of_the_group_are_refused() {
    let group = SafePrimes::of(2048).unwrap().group().unwrap();
    let (_, private) = dh::generate(&group, None).unwrap();
    let key = dh::PrivateKey::new(group.clone(), &private).unwrap();
    let p = BigNum::from_bytes(&group.p).unwrap();
    let more = p
        .plus(&BigNum::from_word(1).unwrap())
        .unwrap()
        .to_bytes()
        .unwrap();
    let less = p.minus_word(1).unwrap().to_bytes().unwrap();
    for wrong in [&[][..], &[0], &[1], &[0, 1], &less, &group.p, &more, &[0xff; 300]] {
        assert!(!group.has(wrong).unwrap());
        assert!(matches!(
            key.shared_secret(wrong),
            Err(Error::PublicKeyInvalid(_))
        ));
    }
    for right in [&[2][..], &[0, 0, 3]] {
        assert!(group.has(right).unwrap());
        key.shared_secret(right).unwrap();
    }
}

#[test]
fn numbers_that_are_no_group_are_told_apart() {
    let group = Subgroup::of(512, 160).unwrap().generate().unwrap();
    let (p, q, g) = (group.p.clone(), group.q.clone().unwrap(), group.g.clone());
    let changed = |number: &[u8], at: usize, by: u8| {
        let mut number = number.to_vec();
        number[at] ^= by;
        number
    };
    let last = p.len() - 1;
    assert_eq!(Group::check(&p, Some(&q), &g), Ok(None));
    assert_eq!(Group::check(&p, None, &g), Ok(None));
    assert_eq!(
        Group::check(&changed(&p, last, 1), Some(&q), &g),
        Ok(Some(Wrong::Prime))
    );
    assert_eq!(Group::check(&p[1..], Some(&q), &g), Ok(Some(Wrong::Prime)));
    assert_eq!(
        Group::check(&p, Some(&changed(&q, 19, 2)), &g),
        Ok(Some(Wrong::Order))
    );
    assert_eq!(
        Group::check(&p, Some(&changed(&q, 19, 1)), &g),
        Ok(Some(Wrong::Order))
    );
    assert_eq!(Group::check(&p, Some(&q[1..]), &g), Ok(Some(Wrong::Order)));
    for wrong in [&[][..], &[1], &changed(&p, last, 1), &p, &[2], &changed(&g, 5, 1)] {
        assert_eq!(Group::check(&p, Some(&q), wrong), Ok(Some(Wrong::Base)));
    }
    assert!(matches!(
        Group::new(&p[1..], Some(&q), &g),
        Err(Error::DomainParamsInvalid(_))
    ));
}

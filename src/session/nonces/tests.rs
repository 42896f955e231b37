use super::*;
use crate::mechanism::message::MessageKind;

fn params(nonce: &[u8], fixed_bits: u64, generator: NonceGenerator) -> MessageParams {
    MessageParams {
        kind: MessageKind::Gcm,
        nonce: ShortBytes::new(nonce),
        fixed_bits,
        generator,
        data_len: None,
        tag_len: 16,
        tag: None,
    }
}

fn next(nonces: &mut Nonces, nonce: &[u8], fixed_bits: u64, generator: NonceGenerator) -> Option<Vec<u8>> {
    let nonce = nonces.next_nonce(&params(nonce, fixed_bits, generator)).ok()?;
    assert_eq!(nonce.made, generator != NonceGenerator::Caller);
    Some(nonce.bytes.to_vec())
}

#[test]
fn the_callers_nonce_is_taken_as_it_is_as_often_as_it_comes() {
    let mut nonces = Nonces::default();
    for _ in 0..3 {
        let nonce = next(&mut nonces, &[7; 12], 999, NonceGenerator::Caller);
        assert_eq!(nonce, Some(vec![7; 12]));
    }
}

/// [PKCS#11 3.2, 6.13.1] the counter begins at zero, behind the fixed bits.
#[test]
fn a_counter_stands_behind_the_fixed_bits_and_begins_at_zero() {
    let mut nonces = Nonces::default();
    for counter in 0..300_u64 {
        let nonce = next(&mut nonces, &[0xff; 12], 32, NonceGenerator::Counter).unwrap();
        assert_eq!(nonce, [&[0xff; 4][..], &counter.to_be_bytes()].concat());
    }
    let mut nonces = Nonces::default();
    for counter in 0..8 {
        let nonce = next(&mut nonces, &[0xff; 2], 13, NonceGenerator::Counter);
        assert_eq!(nonce, Some(vec![0xff, 0xf8 | counter]));
    }
    assert_eq!(next(&mut nonces, &[0xff; 2], 13, NonceGenerator::Counter), None);
}

#[test]
fn a_counter_that_is_ored_in_leaves_the_base_where_it_was() {
    let (mut nonces, base) = (Nonces::default(), [0xa5; 12]);
    let mut given = base.to_vec();
    for counter in 0..300_u64 {
        let expected: Vec<u8> = base
            .iter()
            .zip([&[0; 4][..], &counter.to_be_bytes()].concat())
            .map(|(base, counter)| base ^ counter)
            .collect();
        // The caller gives the base again, or what it was given last.
        let nonce = if counter % 2 == 0 { base.to_vec() } else { given };
        given = next(&mut nonces, &nonce, 0, NonceGenerator::CounterXor).unwrap();
        assert_eq!(given, expected);
    }
    assert_eq!(next(&mut nonces, &[0; 12], 0, NonceGenerator::CounterXor), None);
}

#[test]
fn two_ways_of_counting_never_meet() {
    let ways = [
        (12, 0, NonceGenerator::Counter),
        (12, 8, NonceGenerator::Counter),
        (13, 0, NonceGenerator::Counter),
        (12, 0, NonceGenerator::CounterXor),
        (12, 32, NonceGenerator::Module),
        (12, 32, NonceGenerator::Counter),
    ];
    for first in ways {
        for second in ways {
            let mut nonces = Nonces::default();
            let take = |nonces: &mut Nonces, (length, fixed, generator): (usize, u64, NonceGenerator)| {
                next(nonces, &vec![0; length], fixed, generator)
            };
            assert!(take(&mut nonces, first).is_some());
            assert_eq!(
                take(&mut nonces, second).is_some(),
                first == second,
                "{first:?} {second:?}"
            );
            // Random nonces and the caller's own go beside.
            assert!(take(&mut nonces, (12, 0, NonceGenerator::Random)).is_some());
            assert!(take(&mut nonces, (12, 0, NonceGenerator::Caller)).is_some());
        }
    }
    // Other fixed bits are other nonces.
    let mut nonces = Nonces::default();
    let first = next(&mut nonces, &[1; 12], 32, NonceGenerator::Counter).unwrap();
    let second = next(&mut nonces, &[2; 12], 32, NonceGenerator::Counter).unwrap();
    assert_eq!((first[0], second[0], second[11]), (1, 2, 1));
}

#[test]
fn random_nonces_keep_the_fixed_bits_and_differ() {
    for (length, fixed) in [(12, 0), (12, 33), (13, 64), (64, 100), (4, 0)] {
        for generator in [NonceGenerator::Random, NonceGenerator::Module] {
            let mut nonces = Nonces::default();
            let mut all = std::collections::BTreeSet::new();
            for _ in 0..50 {
                let nonce = next(&mut nonces, &vec![0xff; length], fixed, generator).unwrap();
                let whole = usize::try_from(fixed / 8).unwrap();
                assert!(nonce[..whole].iter().all(|byte| *byte == 0xff));
                assert_eq!(nonce[whole] & !(0xff >> (fixed % 8)), !(0xff >> (fixed % 8)));
                all.insert(nonce);
            }
            assert!(
                all.len() == 50,
                "{length} bytes, {fixed} bits fixed, {generator:?}"
            );
        }
    }
}

/// Two processes under one key and with the same fixed bits: neither knows of the other's nonces.
#[test]
fn what_the_module_counts_begins_elsewhere_each_time() {
    for fixed in [1, 32, 33, 64] {
        let mut all = std::collections::BTreeSet::new();
        for _ in 0..10 {
            let mut nonces = Nonces::default();
            for _ in 0..10 {
                let nonce = next(&mut nonces, &[0xff; 12], fixed, NonceGenerator::Module).unwrap();
                let whole = usize::try_from(fixed / 8).unwrap();
                assert!(nonce[..whole].iter().all(|byte| *byte == 0xff));
                assert!(all.insert(nonce), "{fixed} bits fixed");
            }
        }
    }
    // One life of the module, many wrapped keys; around the end of the counter, too.
    let given: Vec<_> = (0..4)
        .map(|count| {
            let mut nonces = Nonces::from(count, u64::MAX - 1);
            next(&mut nonces, &[0; 12], 64, NonceGenerator::Module).unwrap()[8..].to_vec()
        })
        .collect();
    let last = [0xff; 3];
    assert_eq!(
        given,
        [
            [&last[..], &[0xfe]].concat(),
            vec![0xff; 4],
            vec![0; 4],
            vec![0, 0, 0, 1]
        ]
    );
}

#[test]
fn bits_that_are_not_there_are_refused() {
    let mut nonces = Nonces::default();
    for generator in [
        NonceGenerator::Module,
        NonceGenerator::Counter,
        NonceGenerator::Random,
        NonceGenerator::CounterXor,
    ] {
        for fixed in [97, u64::MAX] {
            assert_eq!(next(&mut nonces, &[0; 12], fixed, generator), None);
        }
    }
    assert_eq!(next(&mut nonces, &[0; 12], 65, NonceGenerator::Random), None);
    assert_eq!(next(&mut nonces, &[0; 3], 0, NonceGenerator::Random), None);
    // All bits fixed: the one nonce that there is.
    assert!(next(&mut nonces, &[9; 12], 96, NonceGenerator::Counter).is_some());
    assert_eq!(next(&mut nonces, &[9; 12], 96, NonceGenerator::Counter), None);
}

#[test]
fn no_counter_comes_round() {
    let mut nonces = Nonces::from(255, 0);
    assert_eq!(
        next(&mut nonces, &[0; 1], 0, NonceGenerator::Counter),
        Some(vec![255])
    );
    assert_eq!(next(&mut nonces, &[0; 1], 0, NonceGenerator::Counter), None);
    let mut nonces = Nonces::from(u64::MAX, 0);
    assert_eq!(next(&mut nonces, &[0; 12], 0, NonceGenerator::Counter), None);
    let mut nonces = Nonces {
        random: RANDOM_MESSAGES_MAX,
        ..Nonces::default()
    };
    assert_eq!(next(&mut nonces, &[0; 12], 0, NonceGenerator::Random), None);
}

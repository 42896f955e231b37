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

fn next(nonces: &Nonces, nonce: &[u8], fixed_bits: u64, generator: NonceGenerator) -> Option<Vec<u8>> {
    let nonce = nonces.next_nonce(&params(nonce, fixed_bits, generator)).ok()?;
    assert_eq!(nonce.made, generator != NonceGenerator::Caller);
    Some(nonce.bytes.to_vec())
}

#[test]
fn the_callers_nonce_is_taken_as_it_is_as_often_as_it_comes() {
    let nonces = Nonces::default();
    for _ in 0..3 {
        let nonce = next(&nonces, &[7; 12], 999, NonceGenerator::Caller);
        assert_eq!(nonce, Some(vec![7; 12]));
    }
}

/// [PKCS#11 3.2, 6.13.1] the counter begins at zero, behind the fixed bits.
#[test]
fn a_counter_stands_behind_the_fixed_bits_and_begins_at_zero() {
    let nonces = Nonces::default();
    for counter in 0..300_u64 {
        let nonce = next(&nonces, &[0xff; 12], 32, NonceGenerator::Counter).unwrap();
        assert_eq!(nonce, [&[0xff; 4][..], &counter.to_be_bytes()].concat());
    }
    let nonces = Nonces::default();
    for counter in 0..8 {
        let nonce = next(&nonces, &[0xff; 2], 13, NonceGenerator::Counter);
        assert_eq!(nonce, Some(vec![0xff, 0xf8 | counter]));
    }
    assert_eq!(next(&nonces, &[0xff; 2], 13, NonceGenerator::Counter), None);
}

#[test]
fn a_counter_that_is_ored_in_leaves_the_base_where_it_was() {
    let (nonces, base) = (Nonces::default(), [0xa5; 12]);
    let mut given = base.to_vec();
    for counter in 0..300_u64 {
        let expected: Vec<u8> = base
            .iter()
            .zip([&[0; 4][..], &counter.to_be_bytes()].concat())
            .map(|(base, counter)| base ^ counter)
            .collect();
        // The caller gives the base again, or what it was given last.
        let nonce = if counter % 2 == 0 { base.to_vec() } else { given };
        given = next(&nonces, &nonce, 0, NonceGenerator::CounterXor).unwrap();
        assert_eq!(given, expected);
    }
    assert_eq!(next(&nonces, &[0; 12], 0, NonceGenerator::CounterXor), None);
}

#[test]
fn two_ways_of_counting_never_meet() {
    let ways = [
        (12, 0, NonceGenerator::Counter),
        (12, 8, NonceGenerator::Counter),
        (12, 0, NonceGenerator::CounterXor),
        (12, 32, NonceGenerator::Module),
        (12, 32, NonceGenerator::Counter),
    ];
    for first in ways {
        for second in ways {
            let nonces = Nonces::default();
            let take = |nonces: &Nonces, (length, fixed, generator): (usize, u64, NonceGenerator)| {
                next(nonces, &vec![0; length], fixed, generator)
            };
            assert!(take(&nonces, first).is_some());
            assert_eq!(
                take(&nonces, second).is_some(),
                first == second,
                "{first:?} {second:?}"
            );
            // Random nonces and the caller's own go beside, and those of other lengths, which count for themselves.
            assert!(take(&nonces, (12, 0, NonceGenerator::Random)).is_some());
            assert!(take(&nonces, (12, 0, NonceGenerator::Caller)).is_some());
            for length in [13, 7] {
                assert_eq!(
                    take(&nonces, (length, 9, NonceGenerator::Counter)),
                    Some(vec![0; length])
                );
            }
        }
    }
    // Other fixed bits are other nonces.
    let nonces = Nonces::default();
    let first = next(&nonces, &[1; 12], 32, NonceGenerator::Counter).unwrap();
    let second = next(&nonces, &[2; 12], 32, NonceGenerator::Counter).unwrap();
    assert_eq!((first[0], second[0], second[11]), (1, 2, 1));
}

/// A base that another one's counter could reach is refused, unless it is a nonce that came of the first.
#[test]
fn a_counter_is_ored_into_one_base() {
    let nonces = Nonces::default();
    let xor = |nonce: &[u8]| next(&nonces, nonce, 32, NonceGenerator::CounterXor);
    let base = [0x5a; 12];
    let of = |count: u8| [&[0x5a; 11][..], &[0x5a ^ count]].concat();
    for count in 0..4 {
        assert_eq!(xor(&base), Some(of(count)));
    }
    assert_eq!(xor(&of(3)), Some(of(4)), "what was given last");
    assert_eq!(xor(&of(1)), Some(of(5)), "what another operation was given last");
    assert_eq!(xor(&of(6)), None);
    assert_eq!(xor(&[0x5b; 12]), None);
    assert_eq!(xor(&[&[0x5b][..], &[0x5a; 11]].concat()), None);
}

#[test]
fn threads_share_what_there_is() {
    let nonces = Nonces::default();
    let given: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let take = || -> Vec<_> {
            (0..100)
                .filter_map(|_| next(&nonces, &[0; 12], 88, NonceGenerator::Counter))
                .collect()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
        let all = threads.into_iter().map(|thread| thread.join().unwrap());
        all.flatten().collect()
    });
    let different: std::collections::BTreeSet<_> = given.iter().collect();
    assert_eq!((given.len(), different.len()), (256, 256));
}

#[test]
fn random_nonces_keep_the_fixed_bits_and_differ() {
    for (length, fixed) in [(12, 0), (12, 33), (13, 64), (64, 100), (4, 0)] {
        for generator in [NonceGenerator::Random, NonceGenerator::Module] {
            let nonces = Nonces::default();
            let mut all = std::collections::BTreeSet::new();
            for _ in 0..50 {
                let nonce = next(&nonces, &vec![0xff; length], fixed, generator).unwrap();
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
            let nonces = Nonces::default();
            for _ in 0..10 {
                let nonce = next(&nonces, &[0xff; 12], fixed, NonceGenerator::Module).unwrap();
                let whole = usize::try_from(fixed / 8).unwrap();
                assert!(nonce[..whole].iter().all(|byte| *byte == 0xff));
                assert!(all.insert(nonce), "{fixed} bits fixed");
            }
        }
    }
}

/// Around the end of the counter, too.
#[test]
fn what_begins_anywhere_goes_on_from_there() {
    let nonces = Nonces::default();
    let params = params(&[0; 12], 64, NonceGenerator::Module);
    let way = Counting {
        start: u64::MAX - 1,
        ..Counting::new(&params).unwrap()
    };
    assert!(nonces.counting.set(Box::new(way)).is_ok());
    for expected in [u32::MAX - 1, u32::MAX, 0, 1] {
        let nonce = nonces.next_nonce(&params).unwrap().bytes;
        assert_eq!(nonce[..], [&[0; 8][..], &expected.to_be_bytes()].concat());
    }
}

#[test]
fn bits_that_are_not_there_are_refused() {
    let nonces = Nonces::default();
    for generator in [
        NonceGenerator::Module,
        NonceGenerator::Counter,
        NonceGenerator::Random,
        NonceGenerator::CounterXor,
    ] {
        for fixed in [97, u64::MAX] {
            assert_eq!(next(&nonces, &[0; 12], fixed, generator), None);
        }
    }
    for generator in [NonceGenerator::Random, NonceGenerator::Module] {
        assert_eq!(next(&nonces, &[0; 12], 65, generator), None);
        assert_eq!(next(&nonces, &[0; 3], 0, generator), None);
        assert!(next(&nonces, &[0; 12], 64, generator).is_some());
    }
    let nonces = Nonces::default();
    // All bits fixed: the one nonce that there is.
    assert!(next(&nonces, &[9; 12], 96, NonceGenerator::Counter).is_some());
    assert_eq!(next(&nonces, &[9; 12], 96, NonceGenerator::Counter), None);
}

#[test]
fn no_counter_comes_round() {
    let at = |length: usize, count| {
        let nonces = Nonces::default();
        let way = Counting::new(&params(&vec![0; length], 0, NonceGenerator::Counter)).unwrap();
        way.counter.store(count, Ordering::Relaxed);
        assert!(nonces.counting.set(Box::new(way)).is_ok());
        nonces
    };
    let nonces = at(1, 255);
    assert_eq!(
        next(&nonces, &[0; 1], 0, NonceGenerator::Counter),
        Some(vec![255])
    );
    for _ in 0..2 {
        assert_eq!(next(&nonces, &[0; 1], 0, NonceGenerator::Counter), None);
    }
    let nonces = at(12, u64::MAX);
    assert_eq!(next(&nonces, &[0; 12], 0, NonceGenerator::Counter), None);
    let nonces = Nonces::default();
    nonces.random.store(RANDOM_MESSAGES_MAX, Ordering::Relaxed);
    assert_eq!(next(&nonces, &[0; 12], 0, NonceGenerator::Random), None);
}

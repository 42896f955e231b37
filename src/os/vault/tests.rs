use super::*;

fn fill(place: NonNull<u8>, length: usize) {
    // SAFETY: the place is this test's own and has so many bytes.
    unsafe { place.write_bytes(0x41, length) };
}

fn is_zero(place: NonNull<u8>, length: usize) -> bool {
    // SAFETY: as above.
    (0..length).all(|at| unsafe { place.add(at).read() } == 0)
}

#[test]
fn a_place_is_large_enough_aligned_zero_and_nobody_elses() {
    let mut all = Vec::new();
    for length in [0, 1, 16, 64, 65, 1000, 4096, PLACE_MAX] {
        for _ in 0..300 {
            let place = take(length).unwrap();
            let room = super::length(place).unwrap();
            assert!(
                room >= length && room < 2 * length.max(UNIT),
                "{length} in {room}"
            );
            assert!(place.addr().get().is_multiple_of(UNIT));
            assert!(is_zero(place, room));
            fill(place, room);
            all.push((place.addr().get(), room, place));
        }
    }
    all.sort_unstable();
    assert!(all.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
    for (_, _, place) in all {
        // SAFETY: each was taken once and is used no more.
        assert!(unsafe { give(place) });
    }
}

#[test]
fn what_is_too_large_and_what_is_somebody_elses_is_not_the_vaults() {
    assert!(take(PLACE_MAX + 1).is_none());
    let mut other = 7_u8;
    let pointer = NonNull::from(&mut other);
    assert_eq!(length(pointer), None);
    // SAFETY: it is no place of the vault's, so that nothing is done.
    assert!(!unsafe { give(pointer) });
    assert_eq!(other, 7);
}

/// Each thread writes its own number and finds it again; each gives back what another took.
#[test]
fn threads_get_places_of_their_own_and_free_those_of_others() {
    const ROUNDS: usize = 20_000;
    let addresses = std::sync::Mutex::new(std::collections::BTreeSet::new());
    let seen = &addresses;
    std::thread::scope(|scope| {
        for number in 1..=4_u8 {
            let (sender, receiver) = std::sync::mpsc::sync_channel::<usize>(10);
            scope.spawn(move || {
                for address in receiver {
                    let place = NonNull::new(std::ptr::with_exposed_provenance_mut(address)).unwrap();
                    // SAFETY: the sender gave the place away.
                    assert!(unsafe { place.add(99).read() } == number && unsafe { give(place) });
                }
            });
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    let place = take(100).unwrap();
                    assert!(is_zero(place, 100));
                    // SAFETY: the place is this thread's.
                    unsafe { place.write_bytes(number, 100) };
                    seen.lock().unwrap().insert(place.addr());
                    sender.send(place.as_ptr().expose_provenance()).unwrap();
                }
            });
        }
    });
    let different = addresses.into_inner().unwrap().len();
    assert!(
        different < ROUNDS,
        "{different} places, though those that were given back would do"
    );
}

/// The neighbour keeps its bytes.
#[test]
fn a_pointer_into_a_place_or_a_header_is_no_place_and_nothing_is_wiped() {
    let place = take(PLACE_MAX).unwrap();
    fill(place, PLACE_MAX);
    let header = place.addr().get() / (16 << 10) * (16 << 10);
    for wrong in [1, 63, 64, 4096, PLACE_MAX - 64] {
        // SAFETY: within the place, which is this test's.
        let wrong = unsafe { place.add(wrong) };
        assert_eq!(length(wrong), None);
        // SAFETY: it is no place, so that nothing is done.
        assert!(unsafe { give(wrong) }, "the vault's all the same");
    }
    let header = NonNull::new(std::ptr::with_exposed_provenance_mut::<u8>(header)).unwrap();
    assert_eq!(length(header), None);
    // SAFETY: the place has so many bytes, and is given back once.
    unsafe {
        assert!((0..PLACE_MAX).all(|at| place.add(at).read() == 0x41));
        assert!(give(place));
    }
}

fn resident(place: NonNull<u8>) -> bool {
    let page = place.addr().get() / 4096 * 4096;
    let mut there = 0_u8;
    // SAFETY: asks about one mapped page and writes one byte.
    let asked = unsafe { libc::mincore(std::ptr::with_exposed_provenance_mut(page), 4096, &raw mut there) };
    asked == 0 && there & 1 == 1
}

/// Tells others to end, also where a test fails.
struct Ends<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// How many of the places are still there once memory was given back. Other tests of this process have places among them,
/// and give back as well, what nobody else sees meanwhile: after a while it is to be gone all the same.
fn left_of(places: &[NonNull<u8>]) -> usize {
    let mut left = places.len();
    for _ in 0..500 {
        give_back();
        left = places.iter().filter(|place| resident(**place)).count();
        if left < places.len() / 10 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    left
}

/// Others take and give meanwhile: what they have is theirs, and what is given back to the system comes again as zeros.
#[test]
fn memory_in_which_nothing_stands_goes_back_and_is_taken_again() {
    let busy = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        let _ends = Ends(&busy);
        for number in 1..=2_u8 {
            let busy = &busy;
            scope.spawn(move || {
                while busy.load(Ordering::Relaxed) {
                    let places: Vec<_> = (0..100).map(|_| take(1000).unwrap()).collect();
                    for place in &places {
                        assert!(is_zero(*place, 1000));
                        // SAFETY: the place is this thread's.
                        unsafe { place.write_bytes(number, 1000) };
                    }
                    for place in places {
                        // SAFETY: as above, and given back once.
                        assert!(unsafe { place.add(999).read() } == number && unsafe { give(place) });
                    }
                }
            });
        }
        for _ in 0..20 {
            let kept = take(5000).unwrap();
            fill(kept, 5000);
            let places: Vec<_> = (0..1000).map(|_| take(5000).unwrap()).collect();
            for place in &places {
                fill(*place, 5000);
            }
            for place in &places {
                // SAFETY: each was taken once and is used no more.
                assert!(unsafe { give(*place) });
            }
            let left = left_of(&places);
            assert!(left < 100, "{left} of 1000 are still there");
            let again = take(64).unwrap();
            assert!(is_zero(again, 64));
            // SAFETY: both are this test's and given back once.
            unsafe {
                assert!((0..5000).all(|at| kept.add(at).read() == 0x41));
                assert!(give(again) && give(kept));
            }
        }
    });
}

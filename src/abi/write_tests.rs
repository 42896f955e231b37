//! Results as a C caller gets them.

use std::ptr;

use super::*;

fn list(pointer: *mut u64, count: &mut u64, items: &[u64]) -> Result<()> {
    // SAFETY: the tests name memory of their own.
    unsafe { List::new(pointer, count) }?.write(items)
}

#[test]
fn a_list_is_counted_written_or_too_long() {
    let (mut places, mut count) = ([0u64; 2], 99);
    assert_eq!(list(ptr::null_mut(), &mut count, &[1, 2]), Ok(()));
    assert_eq!(count, 2);
    assert_eq!(list(places.as_mut_ptr(), &mut count, &[1, 2]), Ok(()));
    assert_eq!((places, count), ([1, 2], 2));
    count = 1;
    let answer = list(places.as_mut_ptr(), &mut count, &[8, 9]);
    assert_eq!(answer, Err(Error::BufferTooSmall { needed: 2 }));
    assert_eq!((places, count), ([1, 2], 2));
}

#[test]
fn a_room_is_filled_in_pieces_until_nothing_is_left() {
    for (available, max, expected) in [
        (0, 10, 0),
        (5, 10, 5),
        (10, 5, 5),
        (200, 130, 130),
        (64, 64, 64),
        (9, 0, 0),
    ] {
        let (mut places, mut count) = ([0u64; 130], 77);
        let mut left = 0..available;
        // SAFETY: 130 places at most.
        let room = unsafe { Room::new(places.as_mut_ptr(), max, &raw mut count) }.unwrap();
        let answer = room.fill(|piece| {
            Ok(piece
                .iter_mut()
                .zip(left.by_ref())
                .map(|(place, number)| *place = number + 1)
                .count())
        });
        assert_eq!((answer, count), (Ok(()), expected), "{available} {max}");
        let written = places.iter().take_while(|place| **place != 0).count();
        assert_eq!(to_ulong(written), expected);
    }
}

#[test]
fn a_room_without_an_array_is_refused() {
    let mut count = 0;
    for max in [1, u64::MAX] {
        // SAFETY: refused before anything is written.
        assert!(unsafe { Room::new(ptr::null_mut(), max, &raw mut count) }.is_err());
    }
}

#[test]
fn text_is_padded_with_blanks_or_cut_at_a_character() {
    assert_eq!(&padded::<6>("vhsm"), b"vhsm  ");
    assert_eq!(&padded::<4>("vhsm 1"), b"vhsm");
    assert_eq!(&padded::<3>("aéé"), "aé".as_bytes());
    assert_eq!(&padded::<2>("aé"), b"a ");
}

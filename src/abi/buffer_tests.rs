//! Output buffers as a C caller would give them.

use std::ptr;

use super::*;

fn buffer<'a>(pointer: *mut u8, length: *mut u64) -> Buffer<'a> {
    // SAFETY: the tests name memory of their own, and results that stay within it.
    unsafe { Buffer::new(pointer, length) }
}

fn two_bytes(output: Output<'_>) -> Result<usize> {
    match output {
        Output::Length => Ok(2),
        Output::Buffer(buffer) => match buffer.get_mut(..2) {
            Some(place) => {
                place.copy_from_slice(b"ok");
                Ok(2)
            }
            None => Err(Error::BufferTooSmall { needed: 2 }),
        },
    }
}

#[test]
fn a_result_and_its_length_are_written() {
    let (mut bytes, mut length) = ([0u8; 4], 4);
    let out = buffer(bytes.as_mut_ptr(), &raw mut length);
    assert_eq!(out.required().unwrap().deliver(0, two_bytes), Ok(()));
    assert_eq!((&bytes, length), (b"ok\0\0", 2));
}

#[test]
fn no_buffer_asks_for_the_length_whatever_the_length_held() {
    let mut length = u64::MAX;
    let out = buffer(ptr::null_mut(), &raw mut length);
    assert_eq!(out.required().unwrap().deliver(0, two_bytes), Ok(()));
    assert_eq!(length, 2);
}

#[test]
fn a_short_buffer_learns_the_length_and_is_not_touched() {
    let (mut bytes, mut length) = ([7u8; 1], 1);
    let out = buffer(bytes.as_mut_ptr(), &raw mut length);
    let answer = out.required().unwrap().deliver(0, two_bytes);
    assert_eq!(answer, Err(Error::BufferTooSmall { needed: 2 }));
    assert_eq!((bytes, length), ([7], 2));
}

#[test]
fn another_error_leaves_the_length_alone() {
    let (mut bytes, mut length) = ([7u8; 2], 2);
    let out = buffer(bytes.as_mut_ptr(), &raw mut length);
    let answer = out
        .required()
        .unwrap()
        .deliver(0, |_| Err(Error::EncryptedDataInvalid));
    assert_eq!((answer, length), (Err(Error::EncryptedDataInvalid), 2));
}

#[test]
fn null_for_the_length_is_refused() {
    let mut bytes = [0u8; 2];
    assert!(buffer(bytes.as_mut_ptr(), ptr::null_mut()).required().is_err());
}

#[test]
fn a_buffer_that_cannot_be_so_long_is_cut_to_what_is_needed() {
    let mut bytes = vec![0u8; LONGER_THAN_INPUT_MAX];
    for named in [u64::MAX, u64::MAX - 1, 1 << 63, 1 << 46] {
        let mut length = named;
        let out = buffer(bytes.as_mut_ptr(), &raw mut length);
        let longest = std::cell::Cell::new(0);
        let answer = out.required().unwrap().deliver(0, |output| {
            if let Output::Buffer(buffer) = &output {
                longest.set(buffer.len());
            }
            two_bytes(output)
        });
        assert_eq!(
            (answer, length, longest.get()),
            (Ok(()), 2, LONGER_THAN_INPUT_MAX),
            "{named:#x}"
        );
    }
}

#[test]
fn what_an_operation_has_held_back_may_be_longer_than_the_usual_bound() {
    const HELD_BACK: usize = LONGER_THAN_INPUT_MAX * 2;
    let mut bytes = vec![0u8; HELD_BACK];
    let mut length = to_ulong(HELD_BACK);
    let out = buffer(bytes.as_mut_ptr(), &raw mut length);
    let answer = out.required().unwrap().deliver(0, |output| match output {
        Output::Length => Ok(HELD_BACK),
        Output::Buffer(buffer) => {
            buffer.fill(1);
            Ok(buffer.len())
        }
    });
    assert_eq!((answer, length), (Ok(()), to_ulong(HELD_BACK)));
    assert!(bytes.iter().all(|byte| *byte == 1));
}

#[test]
fn a_result_made_apart_arrives() {
    let (mut bytes, mut length) = ([0u8; 4], 4);
    let out = buffer(bytes.as_mut_ptr(), &raw mut length);
    assert_eq!(out.required().unwrap().deliver_apart(two_bytes), Ok(()));
    assert_eq!((&bytes, length), (b"ok\0\0", 2));
}

#[test]
fn overlaps_are_seen_at_both_ends_and_neighbours_are_not() {
    let mut bytes = [0u8; 30];
    let mut length = 10;
    let out = buffer(bytes[10..].as_mut_ptr(), &raw mut length)
        .required()
        .unwrap();
    assert!(!out.overlaps(&bytes[..10]) && !out.overlaps(&bytes[20..]) && !out.overlaps(&bytes[..0]));
    assert!(out.overlaps(&bytes[..11]) && out.overlaps(&bytes[19..]) && out.overlaps(&bytes[12..13]));
    assert!(
        !buffer(ptr::null_mut(), &raw mut length)
            .required()
            .unwrap()
            .overlaps(&bytes)
    );
}

#[test]
fn input_that_is_overwritten_is_read_as_it_was() {
    let mut bytes = *b"abcdef";
    let mut length = 4;
    let place = bytes.as_mut_ptr();
    let out = buffer(place, &raw mut length).required().unwrap();
    // SAFETY: within `bytes`, which nothing else refers to; the output is written after `Apart` has looked at it.
    let input = unsafe { &*ptr::slice_from_raw_parts(place.add(2), 4) };
    let input = Apart::from(input, &out).unwrap();
    let answer = out.deliver(input.len(), |output| match output {
        Output::Length => Ok(4),
        Output::Buffer(buffer) => {
            buffer.fill(b'-');
            buffer[..4].copy_from_slice(&input);
            Ok(4)
        }
    });
    assert_eq!((answer, &bytes), (Ok(()), b"cdefef"));
}

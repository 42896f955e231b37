//! Memory for one input: each piece ends where a forbidden page begins, so that reading or writing one byte too many
//! is a crash.

use std::ptr::null_mut;

const PAGE: usize = 4096;

/// Pieces that live until the arena is dropped.
#[derive(Default)]
pub struct Arena(Vec<Mapping>);

struct Mapping {
    start: *mut libc::c_void,
    length: usize,
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own, and nobody uses it any more.
        unsafe { libc::munmap(self.start, self.length) };
    }
}

impl Arena {
    /// Room of so many bytes, filled with a pattern.
    pub fn room(&mut self, length: usize) -> *mut u8 {
        let length_mapped = (length.div_ceil(PAGE) + 1) * PAGE;
        let (access, kind) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        );
        // SAFETY: an anonymous mapping, of which the last page is then forbidden.
        unsafe {
            let start = libc::mmap(null_mut(), length_mapped, access, kind, -1, 0);
            assert_ne!(start, libc::MAP_FAILED);
            self.0.push(Mapping {
                start,
                length: length_mapped,
            });
            let edge = start.cast::<u8>().add(length_mapped - PAGE);
            assert_eq!(libc::mprotect(edge.cast(), PAGE, libc::PROT_NONE), 0);
            let room = edge.sub(length);
            room.write_bytes(0xee, length);
            room
        }
    }

    /// A copy of the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> *mut u8 {
        let room = self.room(bytes.len());
        // SAFETY: the room has this length.
        unsafe { room.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        room
    }

    /// A copy of the items, at an address that may suit no type.
    pub fn items<T: Copy>(&mut self, items: &[T]) -> *mut T {
        let room: *mut T = self.room(size_of_val(items)).cast();
        // SAFETY: the room has this length.
        unsafe {
            room.cast::<u8>()
                .copy_from_nonoverlapping(items.as_ptr().cast(), size_of_val(items))
        };
        room
    }
}

//! The library's own memory, which keys are in, comes from the vault.
//!
//! What the vault has no place for stands in the form that the library itself gives its memory, so that what was taken
//! before [`from_the_vault`] was called is freed by whoever frees it: the length in bytes, then the bytes.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_sys as sys;

use crate::os::vault;

/// Bytes before the memory that the caller sees.
const PREFIX: usize = 8;

static SET: AtomicBool = AtomicBool::new(false);

/// To be called before the library is used by several threads; later calls do nothing.
pub(crate) fn from_the_vault() {
    if SET.swap(true, Ordering::Relaxed) {
        return;
    }
    // SAFETY: the three functions keep the contract of malloc, realloc and free, do not unwind, and free what the
    // library's own functions gave. No other thread is inside the library.
    unsafe { sys::CRYPTO_set_mem_functions(Some(allocate), Some(reallocate), Some(free)) };
}

extern "C" fn allocate(length: usize, _: *const c_char, _: c_int) -> *mut c_void {
    if let Some(place) = vault::take(length) {
        return place.as_ptr().cast();
    }
    let Some(whole) = length.checked_add(PREFIX) else {
        return ptr::null_mut();
    };
    // SAFETY: takes any length; memory of malloc is aligned for the prefix, which it has room for.
    unsafe {
        let memory = libc::malloc(whole);
        if memory.is_null() {
            return memory;
        }
        memory.cast::<usize>().write(length);
        memory.byte_add(PREFIX)
    }
}

/// Memory that the vault has not: where it begins, and its length without the prefix.
///
/// # Safety
/// The pointer came from [`allocate`], or from the library's own function of that kind, and is not the vault's.
unsafe fn ordinary(memory: *mut c_void) -> (*mut c_void, usize) {
    // SAFETY: such memory has the prefix before it.
    unsafe {
        let start = memory.byte_sub(PREFIX);
        (start, start.cast::<usize>().read())
    }
}

unsafe extern "C" fn reallocate(
    memory: *mut c_void,
    length: usize,
    file: *const c_char,
    line: c_int,
) -> *mut c_void {
    let Some(old) = NonNull::new(memory.cast::<u8>()) else {
        return allocate(length, file, line);
    };
    let new = allocate(length, file, line);
    if !new.is_null() {
        // SAFETY: the library reallocates what it was given; both have as many bytes as are copied and are different
        // memory.
        unsafe {
            let old_length = vault::length(old).unwrap_or_else(|| ordinary(memory).1);
            ptr::copy_nonoverlapping(memory.cast::<u8>(), new.cast(), old_length.min(length));
            free(memory, file, line);
        }
    }
    new
}

unsafe extern "C" fn free(memory: *mut c_void, _: *const c_char, _: c_int) {
    let Some(place) = NonNull::new(memory.cast::<u8>()) else {
        return;
    };
    // SAFETY: the library frees once what it was given.
    unsafe {
        if !vault::give(place) {
            let (start, length) = ordinary(memory);
            sys::OPENSSL_cleanse(memory, length);
            libc::free(start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In a process whose other threads are inside the library the functions are tried by themselves.
    #[test]
    fn memory_of_any_length_keeps_its_bytes_when_it_grows_and_shrinks() {
        let place = (ptr::null(), 0);
        for lengths in [[1, 100, 10_000, 50], [20_000, 8192, 8193, 1]] {
            // SAFETY: each pointer has as many bytes as were asked for, and is freed once.
            unsafe {
                let mut memory = reallocate(ptr::null_mut(), 1, place.0, place.1).cast::<u8>();
                memory.write(0x41);
                for length in lengths {
                    memory = reallocate(memory.cast(), length, place.0, place.1).cast();
                    assert_eq!(memory.read(), 0x41);
                    memory.add(length - 1).write(0x41);
                }
                free(memory.cast(), place.0, place.1);
                free(ptr::null_mut(), place.0, place.1);
            }
        }
    }

    #[test]
    fn memory_that_the_library_took_before_is_freed_in_its_form() {
        // SAFETY: the bytes are the library's, of this length, and freed once.
        unsafe {
            let memory = sys::OPENSSL_malloc(100);
            if vault::length(NonNull::new(memory.cast()).unwrap()).is_none() {
                assert_eq!(ordinary(memory).1, 100);
            }
            free(memory, ptr::null(), 0);
        }
    }
}

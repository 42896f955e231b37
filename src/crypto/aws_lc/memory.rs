//! The library's own memory, which keys are in, comes from the vault.
//!
//! It calls `OPENSSL_memory_alloc` and the like where the process has them, whoever defines them: a host's own would get
//! every key. They are defined here, hidden, so that neither does the host replace them nor does it see them. On
//! processors for which that is not written the functions are set while the process runs, which fails, and is logged,
//! where the host has defined its own. `tests/exports.rs` sees to it that nothing is left to be looked for.
//!
//! What the vault has no place for stands in the form that the library itself gives its memory: the length in bytes,
//! then the bytes.

use std::ffi::c_void;
use std::ptr::{self, NonNull};

use aws_lc_sys as sys;

use crate::os::vault;

/// Bytes before the memory that the caller sees.
const PREFIX: usize = 8;

#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod link {
    use std::ffi::c_void;
    use std::hint::black_box;

    /// Rust exports every function whose name it leaves alone; a hidden one is written in the assembler's words.
    macro_rules! hidden {
        ($jump:literal, $($name:literal is $function:ident;)*) => {
            $(std::arch::global_asm!(
                concat!(".globl ", $name),
                concat!(".hidden ", $name),
                concat!(".type ", $name, ", %function"),
                concat!($name, ":"),
                concat!($jump, " {function}"),
                function = sym super::$function,
            );)*
        };
    }

    #[cfg(target_arch = "x86_64")]
    hidden! { "jmp",
        "OPENSSL_memory_alloc" is allocate;
        "OPENSSL_memory_free" is free;
        "OPENSSL_memory_get_size" is length;
        "OPENSSL_memory_realloc" is reallocate;
    }
    #[cfg(target_arch = "aarch64")]
    hidden! { "b",
        "OPENSSL_memory_alloc" is allocate;
        "OPENSSL_memory_free" is free;
        "OPENSSL_memory_get_size" is length;
        "OPENSSL_memory_realloc" is reallocate;
    }

    unsafe extern "C" {
        fn OPENSSL_memory_alloc(length: usize) -> *mut c_void;
    }

    /// Asks the linker for the functions: the library only takes them if they are there.
    pub(super) fn functions() {
        let asked: unsafe extern "C" fn(usize) -> *mut c_void = OPENSSL_memory_alloc;
        black_box(asked);
    }
}

#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
mod link {
    use std::ffi::{c_char, c_int, c_void};
    use std::sync::atomic::{AtomicBool, Ordering};

    static SET: AtomicBool = AtomicBool::new(false);

    extern "C" fn allocate(length: usize) -> *mut c_void {
        super::allocate(length)
    }

    unsafe extern "C" fn reallocate(
        memory: *mut c_void,
        length: usize,
        _: *const c_char,
        _: c_int,
    ) -> *mut c_void {
        // SAFETY: the library's promise.
        unsafe { super::reallocate(memory, length) }
    }

    unsafe extern "C" fn free(memory: *mut c_void, _: *const c_char, _: c_int) {
        // SAFETY: the library's promise.
        unsafe { super::free(memory) }
    }

    pub(super) fn functions() {
        if SET.swap(true, Ordering::Relaxed) {
            return;
        }
        // SAFETY: the three functions keep the contract of malloc, realloc and free, do not unwind, and free what the
        // library's own functions gave. No other thread is inside the library.
        let set =
            unsafe { aws_lc_sys::CRYPTO_set_mem_functions(Some(allocate), Some(reallocate), Some(free)) };
        if set != 1 {
            log::error!(
                "aws-lc takes its memory, and the keys in it, from the OPENSSL_memory_ functions of this process and \
                 not from the vault: link the program without them"
            );
        }
    }
}

/// To be called before the library is used by several threads; later calls do nothing.
pub(crate) fn from_the_vault() {
    link::functions();
}

extern "C" fn allocate(length: usize) -> *mut c_void {
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

/// Bytes that the caller may use; those of a place of the vault's may be more than were asked for.
///
/// # Safety
/// As for [`ordinary`].
#[cfg_attr(
    not(any(target_arch = "x86_64", target_arch = "aarch64")),
    allow(dead_code, reason = "the library does not ask there")
)]
unsafe extern "C" fn length(memory: *mut c_void) -> usize {
    let place = NonNull::new(memory.cast::<u8>());
    // SAFETY: the caller's promise.
    place.map_or(0, |place| unsafe {
        vault::length(place).unwrap_or_else(|| ordinary(memory).1)
    })
}

unsafe extern "C" fn reallocate(memory: *mut c_void, wanted: usize) -> *mut c_void {
    if memory.is_null() {
        return allocate(wanted);
    }
    let new = allocate(wanted);
    if !new.is_null() {
        // SAFETY: the library reallocates what it was given; both have as many bytes as are copied and are different
        // memory.
        unsafe {
            ptr::copy_nonoverlapping(memory.cast::<u8>(), new.cast(), length(memory).min(wanted));
            free(memory);
        }
    }
    new
}

unsafe extern "C" fn free(memory: *mut c_void) {
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

    #[test]
    fn memory_of_any_length_keeps_its_bytes_when_it_grows_and_shrinks() {
        for lengths in [[1, 100, 10_000, 50], [20_000, 8192, 8193, 1]] {
            // SAFETY: each pointer has as many bytes as were asked for, and is freed once.
            unsafe {
                let mut memory = reallocate(ptr::null_mut(), 1).cast::<u8>();
                memory.write(0x41);
                for wanted in lengths {
                    memory = reallocate(memory.cast(), wanted).cast();
                    assert_eq!(memory.read(), 0x41);
                    assert!(length(memory.cast()) >= wanted);
                    memory.add(wanted - 1).write(0x41);
                }
                free(memory.cast());
                free(ptr::null_mut());
            }
        }
    }

    #[test]
    fn the_library_takes_its_memory_from_the_vault() {
        from_the_vault();
        // SAFETY: the bytes are the library's, of this length, and freed once.
        unsafe {
            let memory = sys::OPENSSL_malloc(100);
            assert!(vault::length(NonNull::new(memory.cast()).unwrap()).is_some());
            sys::OPENSSL_free(memory);
        }
    }
}

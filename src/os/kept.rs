//! [`Kept`] and [`KeptBytes`]: values and bytes that stand in the vault and are wiped when dropped.
//!
//! What is too large for the vault, or comes when it is full, gets ordinary memory, which is wiped all the same.

use std::alloc::Layout;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use zeroize::Zeroize;

use crate::os::vault;

/// A value that is wiped when dropped, whatever its type does.
pub struct Kept<T>(NonNull<T>);

// SAFETY: owns its value as a `Box` does.
unsafe impl<T: Send> Send for Kept<T> {}
// SAFETY: a shared reference gives shared references to the value only.
unsafe impl<T: Sync> Sync for Kept<T> {}

impl<T> Kept<T> {
    /// Moves the value to its place. Where it comes from the compiler may leave a copy: see
    /// [`stack::wipe`](crate::os::stack::wipe).
    pub fn new(value: T) -> Self {
        const { assert!(align_of::<T>() <= vault::ALIGNMENT && size_of::<T>() > 0) }
        let place = zeroed(Layout::new::<T>()).cast::<T>();
        // SAFETY: the place has the value's size and alignment.
        unsafe { place.write(value) };
        Self(place)
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the place holds a value as long as `self` lives.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        // SAFETY: the value is dropped once and its place given back after it, with the layout it was taken with.
        unsafe {
            self.0.drop_in_place();
            release(self.0.cast(), Layout::new::<T>());
        }
    }
}

/// Bytes that are wiped when dropped.
pub struct KeptBytes {
    pointer: NonNull<u8>,
    length: usize,
}

// SAFETY: owns its bytes as a `Box` does.
unsafe impl Send for KeptBytes {}
// SAFETY: a shared reference only reads.
unsafe impl Sync for KeptBytes {}

impl KeptBytes {
    /// So many zero bytes.
    #[must_use]
    pub fn zeros(length: usize) -> Self {
        match Some(length).filter(|length| *length > 0).and_then(vault::take) {
            Some(pointer) => Self { pointer, length },
            None => Self::ordinary(vec![0; length].into_boxed_slice()),
        }
    }

    /// Takes over a vector, and wipes what it leaves behind. One that is too large for the vault stays where it is.
    #[must_use]
    pub fn take_over(mut bytes: Vec<u8>) -> Self {
        if bytes.len() > vault::PLACE_MAX && bytes.len() == bytes.capacity() {
            return Self::ordinary(bytes.into_boxed_slice());
        }
        let mut kept = Self::zeros(bytes.len());
        kept.copy_from_slice(&bytes);
        bytes.zeroize();
        kept
    }

    fn ordinary(bytes: Box<[u8]>) -> Self {
        let length = bytes.len();
        let pointer = NonNull::from(Box::leak(bytes)).cast();
        Self { pointer, length }
    }
}

impl Deref for KeptBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        let bytes = NonNull::slice_from_raw_parts(self.pointer, self.length);
        // SAFETY: the place has so many bytes, all of them written, as long as `self` lives.
        unsafe { bytes.as_ref() }
    }
}

impl DerefMut for KeptBytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        let mut bytes = NonNull::slice_from_raw_parts(self.pointer, self.length);
        // SAFETY: as for `deref`; `&mut self` makes the reference the only one.
        unsafe { bytes.as_mut() }
    }
}

impl Drop for KeptBytes {
    fn drop(&mut self) {
        // SAFETY: the place is used no more; a boxed slice has the layout of its value.
        unsafe { release(self.pointer, Layout::for_value::<[u8]>(self)) };
    }
}

/// A place in the vault, or in ordinary memory. The layout's size is not 0.
fn zeroed(layout: Layout) -> NonNull<u8> {
    vault::take(layout.size()).unwrap_or_else(|| {
        // SAFETY: the size is not 0.
        let pointer = unsafe { std::alloc::alloc_zeroed(layout) };
        NonNull::new(pointer).unwrap_or_else(|| std::alloc::handle_alloc_error(layout))
    })
}

/// # Safety
/// The place came from [`vault::take`], or from the allocator with this layout unless that is empty, and is used no more.
unsafe fn release(pointer: NonNull<u8>, layout: Layout) {
    // SAFETY: what is said above; a place that is not the vault's is the allocator's.
    unsafe {
        if !vault::give(pointer) && layout.size() > 0 {
            let mut bytes = NonNull::slice_from_raw_parts(pointer, layout.size());
            bytes.as_mut().zeroize();
            std::alloc::dealloc(pointer.as_ptr(), layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_any_length_are_kept() {
        for length in [0, 1, 16, 64, 100, vault::PLACE_MAX, vault::PLACE_MAX + 1, 1 << 20] {
            assert!(KeptBytes::zeros(length).iter().all(|byte| *byte == 0));
            let mut spare = Vec::with_capacity(length + 7);
            spare.resize(length, 7);
            for bytes in [vec![7; length], spare] {
                let mut kept = KeptBytes::take_over(bytes);
                assert!(kept.len() == length && kept.iter().all(|byte| *byte == 7));
                kept.fill(8);
            }
        }
    }

    #[test]
    fn a_value_stands_in_the_vault_and_is_dropped_once() {
        struct Counted<'a>(&'a std::cell::Cell<u32>, [u8; 3000]);
        impl Drop for Counted<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() + u32::from(self.1[2999]));
            }
        }
        assert!(vault::length(KeptBytes::zeros(1).pointer).is_some());
        assert!(
            vault::length(KeptBytes::zeros(0).pointer).is_none(),
            "no bytes take no place"
        );
        let drops = std::cell::Cell::new(0);
        let kept = Kept::new(Counted(&drops, [1; 3000]));
        let place = kept.0.cast::<u8>();
        assert!(vault::length(place).is_some());
        drop(kept);
        assert_eq!(drops.get(), 1);
    }
}

//! Results written where a C caller wants them. Only `abi/` may use this.
//!
//! As in [`super::read`], the wrappers are made unsafely from the arguments of a C function and checked before
//! anything is done; writing is safe then. Output buffers are in [`super::buffer`].

use std::marker::PhantomData;

use super::read::{Plain, span};
use crate::ck::to_ulong;
use crate::error::{Error, Result};

/// One `T` that the caller wants written; perhaps NULL.
#[derive(Clone, Copy)]
pub(super) struct Out<'a, T> {
    pointer: *mut T,
    caller: PhantomData<&'a T>,
}

impl<'a, T> Out<'a, T> {
    /// Takes over what the caller named.
    ///
    /// # Safety
    /// Unless `pointer` is NULL, one `T` there must be writable (readable too, if it is read) for `'a`, and nobody
    /// else may touch it.
    pub(super) const unsafe fn new(pointer: *mut T) -> Self {
        Self {
            pointer,
            caller: PhantomData,
        }
    }

    /// Whether the pointer is NULL.
    pub(super) const fn is_null(&self) -> bool {
        self.pointer.is_null()
    }

    /// The place, which the standard wants to be there.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] for NULL, and for a pointer that cannot be.
    pub(super) fn required(self) -> Result<Place<'a, T>> {
        match span(self.pointer, 1) {
            Some(_) => Ok(Place(self)),
            None => Err(Error::ArgumentsBad("a pointer for a result is NULL")),
        }
    }
}

/// A place for one `T`; not NULL, perhaps not aligned.
#[derive(Clone, Copy)]
pub(super) struct Place<'a, T>(Out<'a, T>);

impl<T> Place<'_, T> {
    /// Writes the value.
    pub(super) fn write(self, value: T) {
        // SAFETY: not NULL, and `Out::new`'s caller vouched for the place; alignment is not assumed.
        unsafe { self.0.pointer.write_unaligned(value) }
    }

    /// What the caller put there.
    pub(super) fn read(self) -> T
    where
        T: Plain,
    {
        // SAFETY: as `write`; every pattern of bits is a `T`.
        unsafe { self.0.pointer.read_unaligned() }
    }
}

/// An array with its count, for answers of the form "NULL asks for the number" [PKCS#11 3.2, 5.5.1].
pub(super) struct List<'a, T> {
    pointer: *mut T,
    count: Place<'a, u64>,
}

impl<'a, T: Copy> List<'a, T> {
    /// Takes over what the caller named.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] if `count` is NULL.
    ///
    /// # Safety
    /// As [`Out::new`] for `count`; unless `pointer` is NULL, as many `T` as `count` says must be writable there.
    pub(super) unsafe fn new(pointer: *mut T, count: *mut u64) -> Result<Self> {
        // SAFETY: the caller's promise is passed on.
        let count = unsafe { Out::new(count) }.required()?;
        Ok(Self { pointer, count })
    }

    /// Whether only the number is asked for.
    pub(super) fn is_query(&self) -> bool {
        self.pointer.is_null()
    }

    /// Writes the number, and the items if there is room for all of them.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`], with the number written.
    pub(super) fn write(self, items: &[T]) -> Result<()> {
        let room = self.count.read();
        self.count.write(to_ulong(items.len()));
        if self.is_query() {
            return Ok(());
        }
        if room < to_ulong(items.len()) || span(self.pointer, to_ulong(items.len())).is_none() {
            return Err(Error::BufferTooSmall { needed: items.len() });
        }
        self.write_some(0, items);
        Ok(())
    }

    fn write_some(&self, from: usize, items: &[T]) {
        for (at, item) in items.iter().enumerate() {
            // SAFETY: the caller of the private functions has compared with the room that `new`'s caller vouched for.
            unsafe { self.pointer.add(from + at).write_unaligned(*item) };
        }
    }
}

/// An array of fixed room, filled as far as there is something [PKCS#11 3.2, 5.7.8].
pub(super) struct Room<'a> {
    list: List<'a, u64>,
    max: usize,
}

impl Room<'_> {
    /// How many items are asked for at a time.
    pub(super) const PIECE: usize = 64;

    /// Takes over what the caller named.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] if `count` is NULL, or if `pointer` is with a room.
    ///
    /// # Safety
    /// As [`Out::new`] for `count`; unless `pointer` is NULL, `max` numbers must be writable there.
    pub(super) unsafe fn new(pointer: *mut u64, max: u64, count: *mut u64) -> Result<Self> {
        let max =
            span(pointer, max).ok_or(Error::ArgumentsBad("the array is NULL, or its size cannot be"))?;
        // SAFETY: the caller's promise is passed on.
        let list = unsafe { List::new(pointer, count) }?;
        Ok(Self { list, max })
    }

    /// Asks `more` for pieces until the room is full or a piece is not, and writes the total.
    ///
    /// # Errors
    /// What `more` says; then the total is not written.
    pub(super) fn fill(self, mut more: impl FnMut(&mut [u64]) -> Result<usize>) -> Result<()> {
        let mut piece = [0; Self::PIECE];
        let mut written = 0;
        loop {
            let wanted = piece.len().min(self.max - written);
            let given = more(piece.get_mut(..wanted).unwrap_or_default())?.min(wanted);
            self.list
                .write_some(written, piece.get(..given).unwrap_or_default());
            written += given;
            if given < piece.len() {
                self.list.count.write(to_ulong(written));
                return Ok(());
            }
        }
    }
}

/// Bytes that a call fills whole: C_GenerateRandom.
pub(super) struct Fill<'a> {
    pointer: *mut u8,
    length: u64,
    caller: PhantomData<&'a u8>,
}

impl<'a> Fill<'a> {
    /// Takes over what the caller named.
    ///
    /// # Safety
    /// Unless `pointer` is NULL, `length` bytes there must be writable for `'a`, and nobody else may touch them.
    pub(super) const unsafe fn new(pointer: *mut u8, length: u64) -> Self {
        Self {
            pointer,
            length,
            caller: PhantomData,
        }
    }

    /// The bytes.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] for NULL with a length, and for a length that cannot be.
    pub(super) fn slice(self) -> Result<&'a mut [u8]> {
        match span(self.pointer, self.length) {
            None => Err(Error::ArgumentsBad("the buffer is NULL, or its length cannot be")),
            Some(0) => Ok(&mut []),
            // SAFETY: the span is not NULL and does not wrap; `new`'s caller vouched for it.
            Some(length) => Ok(unsafe { slice_mut(self.pointer, length) }),
        }
    }
}

/// A slice to be written.
///
/// # Safety
/// As `std::slice::from_raw_parts_mut`.
pub(super) unsafe fn slice_mut<'a>(pointer: *mut u8, length: usize) -> &'a mut [u8] {
    #[allow(clippy::disallowed_methods, reason = "here pointers are written")]
    // SAFETY: the caller's promise is passed on.
    unsafe {
        std::slice::from_raw_parts_mut(pointer, length)
    }
}

/// Text in a field of fixed length: cut at a character if it is too long, blank padded if it is shorter, without
/// NUL [PKCS#11 3.2, 3.1].
pub(super) fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [b' '; N];
    let end = (0..=N.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    let text = text.get(..end.unwrap_or(0)).unwrap_or_default();
    for (place, byte) in field.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    field
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;

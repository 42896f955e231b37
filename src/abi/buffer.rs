//! Output buffers in the convention of [PKCS#11 3.2, 5.2]: NULL asks for the length, a short buffer learns it.
//!
//! When a length query or a short buffer ends an operation is the session's to know. Here nobody makes a slice
//! longer than the result can need, because callers are known to name more room than they have.

use super::read::copied;
use super::write::{Out, Place, slice_mut};
use crate::ck::{to_ulong, to_usize};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;
use crate::session::Output;

/// Results are longer than their input by less than this, but for what an operation has held back.
const LONGER_THAN_INPUT_MAX: usize = 64 << 10;

/// An output buffer with its length, in the convention of [PKCS#11 3.2, 5.2].
#[derive(Clone, Copy)]
pub(super) struct Buffer<'a> {
    pointer: *mut u8,
    length: Out<'a, u64>,
}

impl<'a> Buffer<'a> {
    /// Takes over what the caller named.
    ///
    /// # Safety
    /// As [`Out::new`] for `length`; unless `pointer` is NULL, as many bytes as `length` says must be writable
    /// there for `'a`, and nobody else may touch them.
    pub(super) const unsafe fn new(pointer: *mut u8, length: *mut u64) -> Self {
        Self {
            pointer,
            // SAFETY: the caller's promise is passed on.
            length: unsafe { Out::new(length) },
        }
    }

    /// Whether there is a pointer to the length.
    pub(super) const fn has_length(&self) -> bool {
        !self.length.is_null()
    }

    /// Whether only the length is asked for.
    pub(super) fn is_query(&self) -> bool {
        self.pointer.is_null()
    }

    /// The buffer, if its length can be read.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] if the pointer to the length is NULL.
    pub(super) fn required(self) -> Result<Destination<'a>> {
        let length = self.length.required()?;
        // Longer than the address space goes on is a way to say "long enough".
        let most = isize::MAX.unsigned_abs().saturating_sub(self.pointer.addr());
        Ok(Destination {
            pointer: self.pointer,
            named: to_usize(length.read()).min(most),
            length,
        })
    }
}

/// Input that an output does not overlap. Of input that it overlaps only a copy is left, so that nothing refers to the
/// caller's bytes any more when they are written to.
pub(super) enum Apart<'a> {
    /// The caller's own bytes.
    Given(&'a [u8]),
    /// A copy of them.
    Copied(SecretBytes),
}

impl<'a> Apart<'a> {
    /// Sets the input apart where it must be.
    ///
    /// # Errors
    /// [`Error::HostMemory`].
    pub(super) fn from(input: &'a [u8], output: &Destination<'_>) -> Result<Self> {
        match output.overlaps(input) {
            false => Ok(Self::Given(input)),
            true => Ok(Self::Copied(SecretBytes::new(copied(input)?))),
        }
    }
}

impl std::ops::Deref for Apart<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Given(input) => input,
            Self::Copied(copy) => copy,
        }
    }
}

/// A [`Buffer`] whose length has been read.
pub(super) struct Destination<'a> {
    pointer: *mut u8,
    named: usize,
    length: Place<'a, u64>,
}

impl Destination<'_> {
    /// Whether a byte of the buffer may be one of `input`.
    pub(super) fn overlaps(&self, input: &[u8]) -> bool {
        let (output, input) = (
            self.pointer.addr(),
            input.as_ptr().addr()..input.as_ptr().addr() + input.len(),
        );
        !self.pointer.is_null() && output < input.end && input.start < output.saturating_add(self.named)
    }

    /// Runs `produce` on the buffer, or as a length query if there is none, and writes the length.
    ///
    /// # Errors
    /// What `produce` says; with [`Error::BufferTooSmall`] the needed length is written.
    pub(super) fn deliver(
        self,
        input_len: usize,
        mut produce: impl FnMut(Output<'_>) -> Result<usize>,
    ) -> Result<()> {
        let outcome = match self.room(input_len, &mut produce) {
            Ok(None) => produce(Output::Length),
            // SAFETY: `room` is at most what `Buffer::new`'s caller vouched for; the caller of this function has
            // made sure that no reference to these bytes is left.
            Ok(Some(room)) => produce(Output::Buffer(unsafe { slice_mut(self.pointer, room) })),
            Err(error) => Err(error),
        };
        self.note_length(outcome)
    }

    /// As [`Destination::deliver`], by way of a buffer of our own: for results that are made while the caller's
    /// structures are still being read. Those could lie in the buffer.
    ///
    /// # Errors
    /// As [`Destination::deliver`].
    pub(super) fn deliver_apart(self, mut produce: impl FnMut(Output<'_>) -> Result<usize>) -> Result<()> {
        let outcome = match self.room(0, &mut produce) {
            Ok(None) => produce(Output::Length),
            Ok(Some(room)) => {
                let mut apart = SecretBytes::zeros(room);
                let written = produce(Output::Buffer(apart.as_mut()));
                let result = written.as_ref().ok().and_then(|written| apart.get(..*written));
                let result = result.unwrap_or_default();
                // SAFETY: no more than `room`, see `deliver`; `apart` is our own memory.
                unsafe {
                    self.pointer
                        .copy_from_nonoverlapping(result.as_ptr(), result.len())
                };
                written
            }
            Err(error) => Err(error),
        };
        self.note_length(outcome)
    }

    /// How long a slice to make of the buffer; `None` if there is no buffer. Where the caller names more than a
    /// result is likely to need, the operation is asked.
    fn room(
        &self,
        input_len: usize,
        produce: &mut impl FnMut(Output<'_>) -> Result<usize>,
    ) -> Result<Option<usize>> {
        let likely = input_len.saturating_add(LONGER_THAN_INPUT_MAX);
        if self.pointer.is_null() {
            return Ok(None);
        }
        if self.named <= likely {
            return Ok(Some(self.named));
        }
        let needed = produce(Output::Length)?;
        Ok(Some(self.named.min(needed.max(likely))))
    }

    fn note_length(self, outcome: Result<usize>) -> Result<()> {
        match outcome {
            Ok(written) => {
                self.length.write(to_ulong(written));
                Ok(())
            }
            Err(Error::BufferTooSmall { needed }) => {
                self.length.write(to_ulong(needed));
                Err(Error::BufferTooSmall { needed })
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
#[path = "buffer_tests.rs"]
mod tests;

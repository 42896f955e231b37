//! [`Output`] and [`Slot`]: the only code that knows how output buffers and the end of an operation work
//! [PKCS#11 3.2, 5.2].
//!
//! A length query or a short buffer leaves an operation as it was; anything else that answers ends it, unless the
//! step says that more is to come. Nothing is computed, drawn or counted before the buffer is known to suffice.

use super::key::OperationKey;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Where a result goes.
#[derive(Debug)]
pub enum Output<'a> {
    /// Nowhere: the caller asks for the length.
    Length,
    /// Into the caller's buffer.
    Buffer(&'a mut [u8]),
}

/// How a step left its operation.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The operation goes on; so many bytes were written, or would be.
    Goes(usize),
    /// The operation is over; so many bytes were written.
    Over(usize),
}

impl Step {
    /// The number of bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Goes(bytes) | Self::Over(bytes) => *bytes,
        }
    }
}

/// Writes a result of known length: answers the query, refuses the short buffer, or lets `produce` fill exactly
/// `needed` bytes or fewer and ends the operation.
///
/// # Errors
/// [`Error::BufferTooSmall`], or what `produce` says.
pub fn deliver(
    output: Output<'_>,
    needed: usize,
    produce: impl FnOnce(&mut [u8]) -> Result<usize>,
) -> Result<Step> {
    match output {
        Output::Length => Ok(Step::Goes(needed)),
        Output::Buffer(buffer) => match buffer.get_mut(..needed) {
            Some(buffer) => produce(buffer).map(Step::Over),
            None => Err(Error::BufferTooSmall { needed }),
        },
    }
}

/// Writes a result of which only a bound is known, such as a plaintext behind its padding. A buffer shorter than
/// the bound may still suffice: the result is then made aside first, and again when it did not fit.
///
/// # Errors
/// [`Error::BufferTooSmall`], or what `produce` says.
pub fn deliver_bounded(
    output: Output<'_>,
    bound: usize,
    produce: impl FnOnce(&mut [u8]) -> Result<usize>,
) -> Result<Step> {
    let Output::Buffer(buffer) = output else {
        return Ok(Step::Goes(bound));
    };
    if let Some(buffer) = buffer.get_mut(..bound) {
        return produce(buffer).map(Step::Over);
    }
    let mut aside = SecretBytes::zeros(bound);
    let written = produce(aside.as_mut())?;
    let result = aside.get(..written).unwrap_or_default();
    match buffer.get_mut(..written) {
        Some(buffer) => {
            buffer.copy_from_slice(result);
            Ok(Step::Over(written))
        }
        None => Err(Error::BufferTooSmall { needed: written }),
    }
}

/// A whole result, in memory of its own: `call` is asked for its length first.
///
/// # Errors
/// What `call` says.
pub fn whole(call: impl Fn(Output<'_>) -> Result<usize>) -> Result<Vec<u8>> {
    let mut out = vec![0; call(Output::Length)?];
    let length = call(Output::Buffer(&mut out))?;
    out.truncate(length);
    Ok(out)
}

/// The place of one operation of a session: empty, or running.
#[derive(Debug)]
pub struct Slot<T>(Option<T>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Slot<T> {
    /// Whether an operation runs.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the place is free for a new operation.
    ///
    /// # Errors
    /// [`Error::OperationActive`].
    pub fn free(&self) -> Result<()> {
        match self.0 {
            None => Ok(()),
            Some(_) => Err(Error::OperationActive),
        }
    }

    /// Begins an operation; the caller has asked [`Slot::free`].
    pub fn begin(&mut self, operation: T) {
        self.0 = Some(operation);
    }

    /// Ends the operation without a result; gives it back.
    pub fn end(&mut self) -> Option<T> {
        self.0.take()
    }

    /// Ends the operation without a result if it is such a one.
    pub fn end_if(&mut self, ends: impl FnOnce(&T) -> bool) {
        if self.0.as_ref().is_some_and(ends) {
            self.0 = None;
        }
    }

    /// The running operation, to look at.
    #[must_use]
    pub fn active(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// The running operation, for a step that does not end it.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn running(&mut self) -> Result<&mut T> {
        self.0.as_mut().ok_or(Error::OperationNotInitialized)
    }

    /// The running operation, to change without a step.
    pub fn active_mut(&mut self) -> Option<&mut T> {
        self.0.as_mut()
    }

    /// Runs one step. Gives the step's answer, and the operation if it is over.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], or what the step says; [`Error::BufferTooSmall`] and
    /// [`Error::UserNotLoggedIn`] (a key that wants its PIN first) leave the operation as it was, every other error
    /// ends it.
    pub fn run(&mut self, step: impl FnOnce(&mut T) -> Result<Step>) -> (Result<usize>, Option<T>) {
        let Some(operation) = self.0.as_mut() else {
            return (Err(Error::OperationNotInitialized), None);
        };
        match step(operation) {
            Ok(Step::Goes(bytes)) => (Ok(bytes), None),
            Ok(Step::Over(bytes)) => (Ok(bytes), self.0.take()),
            Err(error @ (Error::BufferTooSmall { .. } | Error::UserNotLoggedIn(_))) => (Err(error), None),
            Err(error) => (Err(error), self.0.take()),
        }
    }
}

impl<T: Into<OperationKey>> Slot<T> {
    /// The same; when the operation is over, its key stays at hand for the next one.
    ///
    /// # Errors
    /// As [`Slot::run`].
    pub fn run_with_key(
        &mut self,
        recent_key: &mut Option<OperationKey>,
        step: impl FnOnce(&mut T) -> Result<Step>,
    ) -> Result<usize> {
        let (answer, over) = self.run(step);
        if let Some(operation) = over {
            *recent_key = Some(operation.into());
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_bytes(out: &mut [u8]) -> Result<usize> {
        out[..2].copy_from_slice(b"ok");
        Ok(2)
    }

    #[test]
    fn a_length_query_computes_nothing() {
        let step = deliver(Output::Length, 2, |_| panic!("computed"));
        assert_eq!(step, Ok(Step::Goes(2)));
    }

    #[test]
    fn a_short_buffer_keeps_the_operation_and_says_what_is_needed() {
        let mut slot = Slot::default();
        slot.begin(());
        let mut short = [0; 1];
        let (answer, over) = slot.run(|()| deliver(Output::Buffer(&mut short), 2, two_bytes));
        assert_eq!(answer, Err(Error::BufferTooSmall { needed: 2 }));
        assert!(over.is_none() && slot.is_active());
    }

    #[test]
    fn a_result_ends_the_operation() {
        let mut slot = Slot::default();
        slot.begin(());
        let mut buffer = [0; 5];
        let (answer, over) = slot.run(|()| deliver(Output::Buffer(&mut buffer), 2, two_bytes));
        assert_eq!((answer, over), (Ok(2), Some(())));
        assert_eq!(
            slot.run(|()| Ok(Step::Goes(0))).0,
            Err(Error::OperationNotInitialized)
        );
    }

    #[test]
    fn any_other_error_ends_the_operation() {
        let mut slot = Slot::default();
        slot.begin(());
        let (answer, _) = slot.run(|()| Err(Error::DataLenRange("test")));
        assert_eq!(answer, Err(Error::DataLenRange("test")));
        assert!(!slot.is_active());
    }

    #[test]
    fn a_result_shorter_than_its_bound_fits_a_buffer_of_its_own_length() {
        let mut exact = [0; 2];
        let step = deliver_bounded(Output::Buffer(&mut exact), 16, two_bytes);
        assert_eq!((step, &exact), (Ok(Step::Over(2)), b"ok"));
    }

    #[test]
    fn a_result_that_does_not_fit_leaves_the_buffer_and_tells_its_length() {
        let mut short = [7; 1];
        let step = deliver_bounded(Output::Buffer(&mut short), 16, two_bytes);
        assert_eq!(step, Err(Error::BufferTooSmall { needed: 2 }));
        assert_eq!(short, [7]);
        let step = deliver_bounded(Output::Length, 16, |_| panic!("computed"));
        assert_eq!(step, Ok(Step::Goes(16)));
    }
}
